// The reference counts as lanes beside the diagram: one for each record, from step to step, at the
// height of the messages.

const COUNT = 62; // the width of a lane
const UNIT = 6; // how far one reference is to the right of none

class Counts {
  constructor(story, places) {
    this.moments = story.moments;
    this.places = places;
    this.on = false;
    this.names = this.moments[0].sections ? this.counted() : [];
    this.picture = draw("g", { class: "counts" });
    this.heads = this.names.map((name) => {
      const [kind, ...of] = name.replace(/^tee_/, "").split(" ");
      const element = make("span", { class: "count-head", title: `references on ${name}` },
        make("small", {}, kind), make("br"), of.join(" "));
      element.place = [0, 0];
      element.hidden = true;
      return element;
    });
  }

  get width() {
    return this.on ? this.names.length * COUNT + 14 : 0;
  }

  // Everything that ever has references, in the order in which it comes to be.
  counted() {
    const found = new Set();
    for (const { sections } of this.moments) {
      for (const { entries } of sections) {
        for (const { name, count } of entries) if (count !== null) found.add(name);
      }
    }
    return [...found];
  }

  show(on) {
    this.on = on;
    for (const head of this.heads) head.hidden = !on;
  }

  // `opens` is where the picture begins to be seen: a count from before is written there again.
  place(right, opens) {
    this.heads.forEach((head, index) => {
      const left = right + 14 + index * COUNT;
      head.place = [left, left + COUNT];
      const total = right + this.width;
      head.style.left = `${(100 * left) / total}%`;
      head.style.width = `${(100 * COUNT) / total}%`;
    });
    const lanes = this.on ? this.names.map((name, index) =>
      this.lane(name, right + 14 + index * COUNT + 10, opens)) : [];
    this.picture.replaceChildren(...lanes);
  }

  at(name, step) {
    const entries = this.moments[step].sections.flatMap((section) => section.entries);
    const entry = entries.find((one) => one.name === name && one.change !== "gone");
    return entry ? entry.count : null;
  }

  // Where what a step did has been drawn.
  height(step) {
    const { rows, top } = this.places;
    const done = rows.findLastIndex((row) => row.step <= step);
    return done < 0 ? top : rows[done].bottom - 4;
  }

  lane(name, x, opens) {
    const label = (count, y) =>
      draw("text", { x: x + count * UNIT + 5, y: y + 11 }, String(count));
    const parts = [];
    let line = "";
    let was = null;
    let before = null;
    this.moments.forEach((_, step) => {
      const count = this.at(name, step);
      if (count === was) return;
      const y = this.height(step);
      if (was !== null) line += `V${y}`;
      if (count !== null) {
        line += `${was === null ? `M${x + count * UNIT} ${y}` : ""}H${x + count * UNIT}`;
        parts.push(label(count, y));
      }
      was = count;
      if (y < opens) before = count;
    });
    if (before !== null) parts.push(label(before, opens));
    if (was !== null) line += `V${this.places.bottom}`;
    return draw("g", {}, draw("title", {}, `references on ${name}`),
      draw("path", { d: line || "M0 0" }), ...parts);
  }
}

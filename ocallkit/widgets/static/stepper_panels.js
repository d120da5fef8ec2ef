// What is so at a step, beside the diagram: what can happen next, and in tabs everything else.

const MARKS = {
  intact: ["✓", "intact so far"],
  ahead: ["▷", "violation ahead, at step "],
  here: ["✗", "broken here"],
  broken: ["✗", "broken at step "],
  "not asked": ["–", "not asked: the run stops early"],
};

const CHANGES = { new: "+", changed: "●", gone: "−" };

const TABS = { state: "What is so", properties: "Properties", step: "This step", waits: "Who waits" };

class Panels {
  // `acts` has what the panels ask for: `take` an alternative, `change` of a record.
  constructor(story, acts) {
    this.story = story;
    this.acts = acts;
    this.shown = [];
    this.marked = "";
    this.next = make("ul", { class: "next" });
    this.peeked = make("div", { class: "peek", role: "status", hidden: true });
    this.pages = {
      state: this.statePage(),
      properties: make("ul", { class: "marks" }),
      step: this.stepPage(),
      waits: this.waitsPage(),
    };
    this.tabs = Object.fromEntries(Object.entries(TABS).map(([name, words]) =>
      [name, button(words, words, () => this.open(name), { role: "tab" })]));
    this.tabs.waits.disabled = !story.waits;
    if (!story.waits) this.tabs.waits.title = "Nobody waits at the end of this run";
    this.broken = make("div", { class: "broken-line", "aria-label": "Properties", role: "group" });
    const follows = make("section", { class: "follows" },
      make("h4", {}, "What can happen next"), this.peeked, this.next);
    const tabs = make("div", { class: "tabs", role: "tablist" }, ...Object.values(this.tabs));
    const more = make("section", { class: "more" }, tabs, ...Object.values(this.pages));
    for (const part of [follows, ...Object.values(this.pages)]) part.tabIndex = -1;
    this.element = make("div", { class: "panel" }, follows, more);
    this.open("state");
  }

  statePage() {
    this.tables = this.story.moments[0].sections.map(({ title }) =>
      make("tbody", { "aria-label": title }));
    return make("div", {}, make("table", { class: "state" }, ...this.tables));
  }

  stepPage() {
    this.source = make("p", { class: "source" });
    this.sentences = make("ol", { class: "sentences" });
    return make("div", {}, this.source, this.sentences);
  }

  // A picture by an address of its own: its ids and its paper stay its own.
  waitsPage() {
    if (!this.story.waits) return make("div");
    const address = `data:image/svg+xml;base64,${btoa(
      String.fromCharCode(...new TextEncoder().encode(this.story.waits)))}`;
    return make("div", {}, make("img", { src: address, alt: this.story.ending }));
  }

  open(name) {
    this.opened = name;
    for (const [one, tab] of Object.entries(this.tabs)) {
      tab.setAttribute("aria-selected", String(one === name));
      this.pages[one].hidden = one !== name;
    }
  }

  update(moment) {
    this.peek(null);
    this.updateState(moment);
    this.updateNext(moment);
    this.updateMarks(moment);
    this.updateStep(moment);
    // Where nobody can go on, it is seen who waits for whom.
    const isEnd = moment.number === this.story.moments.length - 1;
    if (isEnd && this.story.waits) this.before = this.before ?? this.opened;
    if (isEnd && this.story.waits) this.open("waits");
    else if (this.before) {
      if (this.opened === "waits") this.open(this.before);
      this.before = undefined;
    }
  }

  // Most steps leave most of it as it was.
  updateState(moment) {
    moment.sections.forEach((section, index) => {
      const content = JSON.stringify(section);
      if (this.shown[index] === content) return;
      this.shown[index] = content;
      this.tables[index].replaceChildren(...section.entries.map((entry) => this.entry(section, entry)));
    });
  }

  entry({ title }, { name, count, words, change }) {
    const sign = make("span", { class: "sign", title: change }, CHANGES[change] ?? "");
    if (change) sign.append(make("span", { class: "unseen" }, ` ${change}: `));
    const own = button(breakable(name), `${name}: to its next change (n)`, () => this.acts.change(name));
    return make("tr", { class: change || false, title },
      make("th", { scope: "row" }, sign, own),
      make("td", { class: "number" }, count ?? ""),
      make("td", {}, breakable(words)));
  }

  updateStep({ name, file, function: what, about, told }) {
    this.source.replaceChildren(make("b", {}, name || "Before the first step"));
    if (name) this.source.append(" is ", make("code", {}, `${file}: ${what}`), ` — ${about}`);
    this.sentences.replaceChildren(...told.map((words) => make("li", {}, words)));
  }

  updateNext(moment) {
    const first = [...moment.can].sort((one, other) => other.taken - one.taken);
    const can = first.map((way) => this.way(way));
    const cannot = moment.cannot.map(({ name, reason, waits_for: whom }) =>
      make("li", { class: "blocked" }, button(name, `${name} cannot happen`, () => {}, { disabled: true }),
        make("span", {}, ` ${reason} (waits for ${whom})`)));
    const nothing = can.length ? [] : [make("li", {}, "Nothing more can happen.")];
    this.next.replaceChildren(...can, ...nothing, ...cannot);
  }

  way(way) {
    const { name, decision, fault, taken } = way;
    const words = [name, fault ? "a fault" : "", taken ? "this run goes on so" : "leave the run here"];
    const own = button(name, words.filter(Boolean).join(", "), () => this.acts.take(way), {
      class: `${fault ? "fault" : ""} ${taken ? "taken" : ""}`.trim() || false,
    });
    const item = make("li", {}, own);
    if (fault) item.append(make("span", { class: "sort" }, " fault"));
    if (taken) item.append(make("b", {}, " ← this run goes on so"));
    const [, place] = decision.split("@");
    if (place && !taken) item.append(make("span", { class: "quiet" }, ` at ${place}`));
    return item;
  }

  // What would come of an alternative, where nobody can compute how it goes on.
  peek(way, why = "") {
    this.peeked.hidden = !way;
    if (!way) return;
    const { token, told, changed, breaks } = way.then;
    const close = button("Back to the run", "Back to the run", () => this.peek(null));
    this.peeked.replaceChildren(
      make("p", {}, make("b", {}, `If ${way.name} came next: `), told.join(" ")),
      ...changed.map(({ name, count, words, change }) =>
        make("p", {}, `${CHANGES[change]} ${name}${count === null ? "" : ` (${count})`}: ${words}`)),
      ...breaks.map((name) => make("p", { class: "bad" }, `✗ ${name} is broken by it`)),
      make("p", { class: "quiet" }, why),
      this.acts.named(token),
      close,
    );
    this.peeked.scrollIntoView?.({ block: "nearest" });
  }

  // What is broken, or will be, stays in view; a property says there what it asks.
  updateMarks(moment) {
    const content = moment.marks.join();
    if (this.marked === content) return;
    this.marked = content;
    const all = this.story.properties.map((property, index) => {
      const mark = moment.marks[index];
      const [sign, words] = MARKS[mark];
      const where = mark === "ahead" || mark === "broken" ? property.breaks : "";
      return { ...property, mark, sign, says: `${property.name}: ${words}${where}` };
    });
    this.pages.properties.replaceChildren(...all.map(({ mark, sign, says, about }) =>
      make("li", { class: mark.replace(" ", "-") },
        make("span", { class: "sign", "aria-hidden": "true" }, sign),
        make("span", {}, make("span", { class: "says" }, says), make("small", {}, about)))));
    const bad = new Map();
    for (const { mark, name, breaks } of all) {
      if (mark === "intact" || mark === "not asked") continue;
      const key = `${mark} ${breaks}`;
      const names = [...(bad.get(key)?.names ?? []), name];
      bad.set(key, { mark, names, where: mark === "here" ? "" : breaks });
    }
    const chips = [...bad.values()].map(({ mark, names, where }) => {
      const [sign, words] = MARKS[mark];
      return this.chip(`${sign} ${words}${where}: ${names.join(", ")}`, mark);
    });
    const good = all.filter(({ mark }) => mark === "intact").length;
    this.broken.replaceChildren(...chips, this.chip(`✓ ${good} intact so far`, "intact"));
  }

  chip(words, mark) {
    return button(words, `${words}. What they ask`, () => this.open("properties"), { class: mark });
  }
}

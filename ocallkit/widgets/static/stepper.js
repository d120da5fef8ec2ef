// The page's side of ocallkit.widgets.stepper.  Everything that it shows came with the model, as
// data: a step is a look-up, and the kernel is only told where the reader is.

const SVG = "http://www.w3.org/2000/svg";
const PLAY = 900; // milliseconds from step to step
const TELL = 250; // milliseconds of rest after which the kernel is told

const AROUND = 60; // pixels that stay in view above and below the current step

const BESIDE = 12; // pixels by which a band is wider than its lanes

const HELP = [
  ["→ or j", "next step"],
  ["← or k", "previous step"],
  ["Home, End", "before the first step, after the last"],
  [". and ,", "next and previous event of the chosen lane"],
  ["f", "to the violation"],
  ["Space", "play or pause"],
  ["?", "show or hide these keys"],
  ["click", "on a message: to its step; on a lane's name: choose the lane, or none"],
];

const MARKS = {
  intact: ["✓", "intact so far"],
  ahead: ["▷", "violation ahead, at step "],
  here: ["✗", "broken here"],
  broken: ["✗", "broken at step "],
  "not asked": ["–", "not asked: the run stops early"],
};

// What comes with the story can be saved without a kernel; everything else the kernel writes.
const STORED = {
  svg: (story) => story.svg,
  text: (story) => `${story.text}\n`,
  token: (story) => `${story.token}\n`,
};

const ANSWERS = 5000; // milliseconds after which a kernel is taken for one that does not answer

const CHANGES = { new: "+", changed: "●", gone: "−" };

let views = 0;

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

function draw(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function button(label, title, act, ...more) {
  const element = make("button", { type: "button", title, "aria-label": title }, label, ...more);
  element.addEventListener("click", act);
  return element;
}

// Names have no spaces to break at: let them break behind their separators.
function breakable(text) {
  return text.replace(/([_/:@])/g, "$1\u200b");
}

class Stepper {
  constructor(model, el) {
    this.model = model;
    this.view = ++views;
    this.root = make("div", { class: "ocallkit-stepper", tabindex: 0, role: "group" });
    el.append(this.root);
    this.onStory = () => this.build();
    this.onAt = () => this.moved();
    this.onWritten = (content) => this.written(content);
    model.on("change:story", this.onStory);
    model.on("change:at", this.onAt);
    model.on("msg:custom", this.onWritten);
    this.root.addEventListener("keydown", (event) => this.onKey(event));
    this.observer = new ResizeObserver(() => this.measure());
    this.observer.observe(this.root);
    this.build();
  }

  remove() {
    this.pause();
    clearTimeout(this.telling);
    clearTimeout(this.waiting);
    this.observer.disconnect();
    this.model.off("change:story", this.onStory);
    this.model.off("change:at", this.onAt);
    this.model.off("msg:custom", this.onWritten);
  }

  get at() {
    return Math.min(this.model.get("at"), this.last);
  }

  get last() {
    return this.story.moments.length - 1;
  }

  // --- what stands still -----------------------------------------------------------------------

  build() {
    this.pause();
    this.settle("");
    this.story = this.model.get("story");
    this.lane = null;
    this.breaks = [...new Set(this.story.properties.map((p) => p.breaks))]
      .filter((at) => at !== null)
      .sort((one, other) => one - other);
    this.root.setAttribute("aria-label", `Stepper: ${this.story.title}`);
    const title = make("h4", { class: "title" }, this.story.title);
    const parts = [this.controls(), this.help(), this.line(), this.body(), this.foot()];
    this.root.replaceChildren(title, ...parts);
    this.measure();
    this.update();
  }

  controls() {
    this.playing = button("Play", "Play or pause (Space)", () => this.toggle());
    this.slider = make("input", { type: "range", min: 0, max: this.last, "aria-label": "Step" });
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    this.count = make("span", { class: "count" });
    const none = this.breaks.length === 0;
    const violation = button("✗ Violation", "To the violation (f)", () => this.toViolation());
    violation.disabled = none;
    if (none) violation.title = "Nothing is violated on this run";
    this.asks = button("?", "Keys (?)", () => this.toggleHelp());
    this.asks.setAttribute("aria-expanded", "false");
    return make(
      "div",
      { class: "controls" },
      button("|◀", "Before the first step (Home)", () => this.go(0)),
      button("◀", "Previous step (←, k)", () => this.go(this.at - 1)),
      button("▶", "Next step (→, j)", () => this.go(this.at + 1)),
      button("▶|", "After the last step (End)", () => this.go(this.last)),
      this.playing,
      this.slider,
      this.count,
      violation,
      this.asks,
    );
  }

  help() {
    const keys = HELP.map(([key, meaning]) =>
      make("div", {}, make("b", {}, key), make("span", {}, meaning)));
    this.keys = make("div", { class: "help", hidden: true }, ...keys);
    return this.keys;
  }

  line() {
    this.source = make("p", { class: "source" });
    this.told = make("p", { class: "told" });
    this.said = make("div", { class: "line", "aria-live": "polite" }, this.source, this.told);
    return this.said;
  }

  body() {
    this.marks = make("ul", { class: "marks" });
    this.next = make("ul", { class: "next" });
    this.state = make("table", { class: "state" });
    const title = (text) => make("h4", {}, text);
    this.tables = this.story.moments[0].sections.map(({ title: kind }) =>
      make("tbody", { "aria-label": kind }));
    this.state.append(...this.tables);
    this.shown = [];
    this.marked = "";
    const follows = make(
      "div",
      {},
      make("section", {}, title("What can happen next"), this.next),
      make("section", {}, title("Properties"), this.marks),
    );
    const state = make("section", {}, title("What is so now"), this.state);
    const panel = make("div", { class: "panel" }, state, follows);
    return make("div", { class: "body" }, this.diagram(), panel);
  }

  foot() {
    this.copied = make("span", { role: "status" });
    this.token = make("code", {}, breakable(this.story.token));
    const text = make("pre", {}, this.story.text);
    return make(
      "div",
      { class: "foot" },
      button("Copy token", "Copy the token that names this run", () => this.copy()),
      this.token,
      this.copied,
      ...this.saving(),
      make("details", {}, make("summary", {}, "The whole trace as text"), text),
    );
  }

  saving() {
    const asks = typeof this.model.send === "function";
    const options = this.story.forms.map(({ name, title }) => {
      const there = asks || name in STORED;
      const words = there ? title : `${title}: needs a kernel`;
      return make("option", { value: name, disabled: !there }, words);
    });
    this.form = make("select", { "aria-label": "Form in which it is saved" }, ...options);
    this.saved = make("span", { role: "status" });
    const save = button("Save as", "Save this run as a file", () => this.save());
    return [save, this.form, this.saved];
  }

  save() {
    const form = this.form.value;
    if (form in STORED) this.download(form, STORED[form](this.story));
    else this.ask(form);
  }

  ask(form) {
    this.settle("asked the kernel");
    this.asked = form;
    this.waiting = setTimeout(() => this.settle("the kernel does not answer"), ANSWERS);
    this.model.send({ write: form });
  }

  written({ form, digest, text }) {
    if (form === this.asked && digest === this.story.digest) this.download(form, text);
  }

  // Whatever was asked for has come, or is waited for no longer.
  settle(words) {
    clearTimeout(this.waiting);
    this.asked = undefined;
    if (this.saved) this.saved.textContent = words;
  }

  download(form, text) {
    const { suffix } = this.story.forms.find((one) => one.name === form);
    const name = `${this.story.title.replace(/[^\w.+-]+/g, "-")}${suffix}`;
    const link = make("a", { href: URL.createObjectURL(new Blob([text])), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 0);
    this.settle(`saved ${name}`);
  }

  // --- the diagram -----------------------------------------------------------------------------

  diagram() {
    const { svg, digest, places } = this.story;
    // Ids are the page's: the same run may be shown twice.
    const own = svg.replaceAll(`run-${digest}`, `ocallkit-${this.view}`);
    const parsed = new DOMParser().parseFromString(own, "image/svg+xml").documentElement;
    this.picture = document.adoptNode(parsed);
    this.width = Number(this.picture.getAttribute("width"));
    this.bottom = Number(this.picture.getAttribute("height"));
    for (const name of ["width", "height"]) this.picture.removeAttribute(name);
    // The lanes' headers stand above the picture, where they stay in view.
    const box = [0, places.top, this.width, this.bottom - places.top];
    this.picture.setAttribute("viewBox", box.join(" "));
    this.aside = places.rows.map((row) => this.asidePart(row));
    this.column = draw("rect", {
      class: "lane", y: places.top, height: places.bottom - places.top, width: 0,
    });
    this.veil = draw("rect", { class: "veil", x: 1, width: this.width - 2 });
    this.now = draw("g", { class: "now" });
    const covers = this.aside.filter((part) => part.localName === "rect");
    this.picture.append(...covers, this.column, this.veil);
    // Behind the messages, so that it does not lie on their labels.
    this.picture.insertBefore(this.now, this.aside.find((part) => part.localName === "g"));
    this.picture.addEventListener("click", (event) => this.onClick(event));
    this.head = make("div", { class: "head", role: "group", "aria-label": "Lanes" });
    this.lanes = places.lanes.map((lane, index) => this.laneButton(lane, index));
    this.head.append(...this.bands(), ...this.lanes);
    this.sheet = make("div", { class: "sheet" }, this.head, this.picture);
    this.scroll = make("div", { class: "diagram" }, this.sheet);
    return this.scroll;
  }

  // What fades when another lane is singled out: a message itself; of a note, a cover over it.
  asidePart(row) {
    if (row.message) return this.picture.getElementById(`ocallkit-${this.view}-m${row.message}`);
    const { left, right, top, bottom } = row;
    return draw("rect", {
      class: "cover", x: left, y: top + 9, width: right - left, height: bottom - top - 18,
    });
  }

  bands() {
    const { lanes } = this.story.places;
    return [...new Set(lanes.map((lane) => lane.band))].map((band) => {
      const own = lanes.filter((lane) => lane.band === band);
      const left = own[0].x - own[0].half - BESIDE;
      const right = own.at(-1).x + own.at(-1).half + BESIDE;
      const element = make("span", { class: "band" }, band);
      element.style.left = `${(100 * left) / this.width}%`;
      element.style.width = `${(100 * (right - left)) / this.width}%`;
      return element;
    });
  }

  laneButton(lane, index) {
    const title = `${lane.name}: single out this lane`;
    const element = button(lane.name, title, () => this.choose(index));
    element.style.left = `${(100 * (lane.x - lane.half)) / this.width}%`;
    element.style.width = `${(200 * lane.half) / this.width}%`;
    element.setAttribute("aria-pressed", "false");
    return element;
  }

  choose(index) {
    this.lane = this.lane === index ? null : index;
    this.lanes.forEach((one, at) => one.setAttribute("aria-pressed", String(at === this.lane)));
    this.story.places.rows.forEach((row, at) => {
      const off = this.lane !== null && !row.lanes.includes(this.lane);
      this.aside[at].classList.toggle("off", off);
    });
    const lane = this.story.places.lanes[this.lane];
    this.column.setAttribute("x", lane ? lane.x - lane.half - 6 : 0);
    this.column.setAttribute("width", lane ? 2 * lane.half + 12 : 0);
  }

  // The only place that reads the page's measures: stepping itself reads none.
  measure() {
    if (!this.sheet) return;
    const room = this.scroll.clientWidth;
    this.scale = Math.min(1, Math.max(0.78, room / this.width));
    this.sheet.style.width = `${Math.floor(this.width * this.scale)}px`;
    this.root.style.setProperty("--scale", this.scale);
    this.room = this.scroll.clientHeight;
    this.headRoom = this.head.offsetHeight;
    if (this.drawn !== undefined) this.keepInView();
  }

  onClick(event) {
    const box = this.picture.getBoundingClientRect();
    const { rows, top } = this.story.places;
    const y = top + (event.clientY - box.top) * (this.width / box.width);
    const row = rows.find((one) => one.top <= y && y < one.bottom);
    if (row) this.go(row.step);
    this.root.focus({ preventScroll: true });
  }

  // --- moving ----------------------------------------------------------------------------------

  go(to) {
    const at = Math.max(0, Math.min(to, this.last));
    if (at === this.at) return;
    this.mine = at;
    this.model.set("at", at);
    clearTimeout(this.telling);
    this.telling = setTimeout(() => {
      this.telling = 0;
      this.model.save_changes();
    }, TELL);
  }

  // The kernel echoes what it was told; a reader who has moved on since then is not taken back.
  moved() {
    if (this.telling && this.model.get("at") !== this.mine) this.model.set("at", this.mine);
    else this.update();
  }

  toEvent(direction) {
    const of = (row) => this.lane === null || row.lanes.includes(this.lane);
    const steps = this.story.places.rows.filter(of).map((row) => row.step);
    const beyond = steps.filter((step) => (step - this.at) * direction > 0);
    if (beyond.length) this.go(direction > 0 ? Math.min(...beyond) : Math.max(...beyond));
  }

  toViolation() {
    if (!this.breaks.length) return;
    this.go(this.breaks.find((step) => step > this.at) ?? this.breaks[0]);
  }

  toggle() {
    if (this.timer) {
      this.pause();
      return;
    }
    if (this.at === this.last) this.go(0);
    this.said.setAttribute("aria-live", "off");
    this.playing.textContent = "Pause";
    this.timer = setInterval(() => {
      if (this.at < this.last) this.go(this.at + 1);
      if (this.at >= this.last) this.pause();
    }, PLAY);
  }

  pause() {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.timer = undefined;
    this.playing.textContent = "Play";
    this.said.setAttribute("aria-live", "polite");
  }

  toggleHelp() {
    this.keys.hidden = !this.keys.hidden;
    this.asks.setAttribute("aria-expanded", String(!this.keys.hidden));
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(this.story.token);
      this.copied.textContent = "copied";
    } catch {
      getSelection().selectAllChildren(this.token);
      this.copied.textContent = "selected: copy it with your browser's key";
    }
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.key === "Tab") return;
    if (event.shiftKey && event.key === "Enter") return;
    // The place around has keys of its own for the same letters.
    event.stopPropagation();
    // A menu has keys of its own as well.
    if (event.target.localName === "select") return;
    const onButton = event.target.localName === "button" || event.target.localName === "summary";
    const act = {
      ArrowRight: () => this.go(this.at + 1),
      ArrowDown: () => this.go(this.at + 1),
      j: () => this.go(this.at + 1),
      ArrowLeft: () => this.go(this.at - 1),
      ArrowUp: () => this.go(this.at - 1),
      k: () => this.go(this.at - 1),
      Home: () => this.go(0),
      End: () => this.go(this.last),
      ".": () => this.toEvent(1),
      ",": () => this.toEvent(-1),
      f: () => this.toViolation(),
      " ": onButton ? undefined : () => this.toggle(),
      "?": () => this.toggleHelp(),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  // --- what changes with a step ----------------------------------------------------------------

  update() {
    const at = this.at;
    this.drawn = at;
    const moment = this.story.moments[at];
    this.slider.value = at;
    this.slider.setAttribute("aria-valuetext", `step ${at} of ${this.last}`);
    this.count.textContent = `step ${at} of ${this.last}`;
    this.copied.textContent = "";
    this.updateLine(moment);
    this.updateState(moment);
    this.updateNext(moment);
    this.updateMarks(moment);
    this.updateDiagram(at);
  }

  updateLine(moment) {
    const { name, file, about } = moment;
    const source = `${file}: ${moment.function}`;
    const before = "Before the first step";
    this.source.replaceChildren(make("b", {}, name || before));
    if (name) this.source.append(" is ", make("code", {}, source), ` — ${about}`);
    this.told.textContent = moment.told.join(" ");
  }

  // Most steps leave most of it as it was.
  updateState(moment) {
    moment.sections.forEach((section, index) => {
      const content = JSON.stringify(section);
      if (this.shown[index] === content) return;
      this.shown[index] = content;
      this.tables[index].replaceChildren(...this.section(section));
    });
  }

  section({ title, entries }) {
    return entries.map((entry) => {
      const sign = make("span", { class: "sign", title: entry.change }, CHANGES[entry.change] ?? "");
      if (entry.change) sign.append(make("span", { class: "unseen" }, ` ${entry.change}: `));
      return make(
        "tr",
        { class: entry.change || false, title },
        make("th", { scope: "row" }, sign, breakable(entry.name)),
        make("td", { class: "number" }, entry.count ?? ""),
        make("td", {}, breakable(entry.words)),
      );
    });
  }

  updateNext(moment) {
    const can = moment.can.map(({ name, fault, taken }) => {
      const item = make("li", {}, make("code", {}, name));
      if (fault) item.append(" (a fault)");
      if (taken) item.append(make("b", {}, " ← this run goes on so"));
      return item;
    });
    const cannot = moment.cannot.map(({ name, reason, waits_for: whom }) =>
      make("li", { class: "blocked" }, "cannot: ", make("code", {}, name),
        ` — ${reason} (waits for ${whom})`));
    const nothing = can.length ? [] : [make("li", {}, "Nothing more can happen.")];
    this.next.replaceChildren(...can, ...nothing, ...cannot);
  }

  updateMarks(moment) {
    const content = moment.marks.join();
    if (this.marked === content) return;
    this.marked = content;
    const marks = this.story.properties.map((property, index) => {
      const mark = moment.marks[index];
      const [sign, words] = MARKS[mark];
      const where = mark === "ahead" || mark === "broken" ? property.breaks : "";
      return make(
        "li",
        { class: mark.replace(" ", "-"), title: property.about },
        make("span", { class: "sign", "aria-hidden": "true" }, sign),
        make("span", {}, `${property.name}: ${words}${where}`),
      );
    });
    this.marks.replaceChildren(...marks);
  }

  updateDiagram(at) {
    const { rows, bottom } = this.story.places;
    const done = rows.findLastIndex((row) => row.step <= at);
    const edge = done < 0 ? this.story.places.top : rows[done].bottom;
    const shown = at === this.last ? bottom : edge;
    this.veil.setAttribute("y", shown);
    this.veil.setAttribute("height", bottom - shown);
    const current = rows.filter((row) => row.step === at);
    this.here = [current.length ? current[0].top : edge, edge];
    this.now.replaceChildren(...(current.length ? this.around(current) : this.between(edge)));
    this.keepInView();
  }

  // The messages of the step stand in one frame, with a pointer to each at the margin.
  around(rows) {
    const left = Math.min(...rows.map((row) => row.left)) - 4;
    const right = Math.max(...rows.map((row) => row.right)) + 4;
    const top = rows[0].top;
    const height = rows.at(-1).bottom - top;
    return [
      draw("rect", { class: "frame", x: left, y: top, width: right - left, height, rx: 4 }),
      ...rows.map((row) => this.pointer((row.top + row.bottom) / 2)),
    ];
  }

  // A step without a message stands between two rows.
  between(edge) {
    const line = draw("path", { class: "edge", d: `M12 ${edge}H${this.width - 12}` });
    return [line, this.pointer(edge)];
  }

  pointer(y) {
    return draw("path", { class: "pointer", d: `M2 ${y - 6}l10 6l-10 6z` });
  }

  keepInView() {
    if (!this.room || !this.here) return;
    const [top, bottom] = this.here.map((y) => (y - this.story.places.top) * this.scale);
    const room = this.room - this.headRoom;
    const high = this.scroll.scrollTop;
    if (top - AROUND < high) this.scroll.scrollTop = top - AROUND;
    else if (bottom + AROUND > high + room) this.scroll.scrollTop = bottom + AROUND - room;
  }
}

function render({ model, el }) {
  const stepper = new Stepper(model, el);
  return () => stepper.remove();
}

export default { render };

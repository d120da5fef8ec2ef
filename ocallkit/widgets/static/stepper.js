// The stepper itself: where the reader is, the keys, and the parts put together.

const PLAY = 900; // milliseconds from step to step at the usual speed
const NOBODY = "that is computed, and neither a kernel nor Python runs in this page";
const ROOM = 678; // pixels of height into which it fits
const TELL = 250; // milliseconds of rest after which the kernel is told

const HELP = [
  ["→ or j", "on by a step (or a message, as chosen under View)"],
  ["← or k", "back"],
  ["m, M", "next and previous message"],
  ["Home, End", "before the first step, after the last"],
  [". and ,", "next and previous event of the chosen lane"],
  ["f", "to the violation"],
  ["n", "to the next change of the record asked for last"],
  ["h", "hide the chosen lane, or show all again"],
  ["w", "the invocation, or the whole life"],
  ["/", "find a message or a record; Enter: the next, Shift Enter: the one before"],
  ["Space", "play or pause"],
  ["Enter", "to the buttons: arrows go from one to another, Escape leads back"],
  ["Escape", "out of the stepper"],
  ["?", "show or hide these keys"],
  ["click", "on a message: to its step; on a lane's name: single it out"],
  ["marks", "on the slider: ◆ OCALL, † kill, ! another fault, ✗ violation"],
];

const SIGNS = { OCALL: "◆", kill: "†", fault: "!", violation: "✗" };
const SPEEDS = [["0.5", "half speed"], ["1", "usual speed"], ["2", "twice as fast"], ["4", "four times"]];

class Stepper {
  constructor(model, el) {
    this.model = model;
    this.kernel = new Kernel(model);
    this.unit = "step";
    this.speed = 1;
    this.root = make("div", { class: "ocallkit-stepper", tabindex: 0, role: "group" });
    el.append(this.root);
    this.onStory = () => this.build();
    this.onAt = () => this.moved();
    this.onBeside = () => this.takeBeside();
    this.onTrail = () => this.updateTrail();
    this.heard = { story: this.onStory, at: this.onAt, beside: this.onBeside, trail: this.onTrail };
    for (const [name, act] of Object.entries(this.heard)) model.on(`change:${name}`, act);
    this.root.addEventListener("keydown", (event) => this.onKey(event));
    // Who clicks goes on with the keys of the stepper, not with those of a button.
    this.root.addEventListener("click", (event) => {
      const by = event.target.closest?.("button, .diagram");
      if (event.detail > 0 && by) this.root.focus({ preventScroll: true });
    });
    this.observer = new ResizeObserver(() => this.measure());
    this.observer.observe(this.root);
    this.build();
  }

  remove() {
    this.pause();
    clearTimeout(this.telling);
    this.observer.disconnect();
    this.kernel.remove();
    for (const [name, act] of Object.entries(this.heard)) this.model.off(`change:${name}`, act);
  }

  get at() {
    return Math.min(this.model.get("at"), this.last);
  }

  get last() {
    return this.story.moments.length - 1;
  }

  // From where to where the slider goes: the steps of what is shown.
  get range() {
    const { start, end } = this.story.places;
    return this.diagram.whole ? [0, this.last] : [Math.max(0, start - 1), end];
  }

  // --- what stands still -----------------------------------------------------------------------

  build() {
    this.pause();
    this.kernel.done();
    // Of the run before, nothing is told any more.
    clearTimeout(this.telling);
    this.telling = 0;
    const had = this.root.contains(document.activeElement);
    const whole = this.diagram?.whole && this.diagram.hasInvocation;
    this.story = this.model.get("story");
    this.sub = null;
    this.record = null;
    this.breaks = [...new Set(this.story.properties.map((p) => p.breaks))]
      .filter((at) => at !== null)
      .sort((one, other) => one - other);
    this.root.setAttribute("aria-label", `Stepper: ${this.story.title}`);
    this.diagram = new Diagram(this.story, (step) => this.go(step));
    const [first, last] = this.range;
    if (whole || this.at < first || last < this.at) this.diagram.show(true);
    this.panels = new Panels(this.story, {
      take: (way) => this.take(way),
      change: (name) => this.toChange(name),
      named: (token) => this.saving.named(token, this.at + 1),
    });
    this.saving = new Saving(this.story, this.kernel, () => this.at);
    this.trail = make("nav", { class: "trail", "aria-label": "Where the run was left" });
    this.diagrams = make("div", { class: "diagrams" }, this.diagram.element);
    this.body = make("div", { class: "body" }, this.diagrams, this.panels.element);
    const text = make("pre", {}, this.story.text);
    this.trace = make("details", {}, make("summary", {}, "The trace as text"), text);
    this.saving.element.append(this.trace);
    this.root.replaceChildren(this.heading(), this.controls(), this.help(), this.line(),
      this.panels.broken, this.body, this.saving.element);
    // A live picture is looked at first, all of it; it is veiled once the reader steps, or where the
    // stepper was opened at a step: who was led to a violation asks at once what stands in its way.
    const isLed = this.at !== this.story.places.start;
    this.isTouched = isLed || (this.model.get("trail") ?? []).length > 0;
    this.takeBeside();
    this.updateTrail();
    this.rangeChanged();
    this.measure();
    this.update();
    if (had) this.root.focus({ preventScroll: true });
  }

  heading() {
    const title = make("h4", { class: "title" }, this.story.title);
    this.life = tick("whole life", this.diagram.whole, (on) => this.showWhole(on));
    this.life.title = "Everything from opening the device to the end, or the invocation alone (w)";
    this.life.hidden = !this.diagram.hasInvocation;
    this.away = button("", "Show all lanes", () => this.showLanes(), { class: "away", hidden: true });
    return make("div", { class: "heading" }, title, this.trail, this.away, this.life, this.viewMenu());
  }

  viewMenu() {
    const lanes = this.story.places.lanes.map(({ name }, index) =>
      tick(`lane ${name}`, true, (on) => this.hide(index, !on)));
    this.laneTicks = lanes.map((one) => one.firstChild);
    const others = [["", "no other design"], ...this.story.designs.map((name) => [name, name])];
    this.other = select("Beside another design", others, (design) => this.askBeside(design));
    const menu = make("div", { class: "menu" },
      tick("reference counts as lanes", false, (on) => this.diagram.showCounts(on)),
      select("Go on by", [["step", "step by step"], ["message", "message by message"]],
        (unit) => { this.unit = unit; }),
      select("Speed", SPEEDS, (speed) => { this.speed = Number(speed); }),
      this.kernel.isThere ? make("label", { class: "tick" }, "Beside: ", this.other)
        : make("p", { class: "quiet" }, `Beside another design: ${NOBODY}.`),
      ...lanes);
    menu.querySelector("select[aria-label='Speed']").value = String(this.speed);
    menu.querySelector("select[aria-label='Go on by']").value = this.unit;
    return make("details", { class: "view" }, make("summary", {}, "View"), menu);
  }

  controls() {
    this.playing = button("Play", "Play or pause (Space)", () => this.toggle());
    this.slider = make("input", { type: "range", "aria-label": "Step" });
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    this.turns = make("div", { class: "turns" });
    this.count = make("span", { class: "count" });
    const none = this.breaks.length === 0;
    const violation = button("✗ Violation", "To the violation (f)", () => this.toViolation());
    violation.disabled = none;
    if (none) violation.title = "Nothing is violated on this run";
    this.asks = button("?", "Keys (?)", () => this.toggleHelp(), { "aria-expanded": "false" });
    this.finding = make("input", { type: "search", placeholder: "find", "aria-label": "Find (/)" });
    this.finding.addEventListener("input", () => this.find(0));
    this.found = make("span", { class: "found", role: "status" });
    const track = make("div", { class: "track" }, this.slider, this.turns);
    return make("div", { class: "controls" },
      button("|◀", "Before the first step (Home)", () => this.go(this.range[0])),
      button("◀", "Back (←, k)", () => this.move(-1)),
      button("▶", "On (→, j)", () => this.move(1)),
      button("▶|", "After the last step (End)", () => this.go(this.range[1])),
      this.playing, track, this.count, violation, this.finding, this.found, this.asks);
  }

  help() {
    const keys = HELP.map(([key, meaning]) =>
      make("div", {}, make("b", {}, key), make("span", {}, meaning)));
    this.keys = make("div", { class: "help", hidden: true }, ...keys);
    return this.keys;
  }

  line() {
    this.name = make("b", {});
    this.told = make("span", { class: "told" });
    this.said = make("p", { class: "line", "aria-live": "polite" }, this.name, " ", this.told);
    return this.said;
  }

  // --- what is shown of it ---------------------------------------------------------------------

  showWhole(on) {
    this.diagram.show(on);
    this.companion?.show(on);
    this.life.firstChild.checked = this.diagram.whole;
    this.rangeChanged();
    const [first, last] = this.range;
    this.go(Math.max(first, Math.min(this.at, last)), false);
    this.update();
  }

  rangeChanged() {
    const [first, last] = this.range;
    this.slider.min = first;
    this.slider.max = last;
    const inside = this.story.turns.filter(({ step }) => first <= step && step <= last);
    const byStep = grouped(inside);
    this.turns.replaceChildren(...[...byStep].map(([step, all]) => {
      const words = `step ${step}: ${all.map((one) => one.words).join(", ")}`;
      // The gravest of them is the mark.
      const kind = Object.keys(SIGNS).findLast((sort) => all.some((one) => one.kind === sort));
      const mark = button(SIGNS[kind], words, () => this.go(step), { class: kind });
      mark.style.setProperty("--place", (step - first) / Math.max(1, last - first));
      return mark;
    }));
  }

  hide(index, away) {
    const isDone = this.diagram.hide(index, away);
    this.laneTicks[index].checked = !(away && isDone);
    this.companion?.hideAs(this.diagram);
    const { hidden, places } = this.diagram;
    const names = places.lanes.filter((_, lane) => hidden.has(lane)).map(({ name }) => name);
    const messages = places.rows.filter((row) => row.message && this.diagram.isHidden(row)).length;
    this.away.hidden = !hidden.size;
    const them = names.length === 1 ? "it" : "them";
    const words = `${names.join(", ")} hidden, and ${several(messages, "message")} with ${them}: show`;
    this.away.textContent = words;
    this.away.setAttribute("aria-label", words);
    this.sub = null;
    this.update();
    if (!isDone) this.say("one lane stays");
  }

  showLanes() {
    for (const index of [...this.diagram.hidden]) this.hide(index, false);
  }

  hideChosen() {
    const { lane } = this.diagram;
    if (lane === null) this.showLanes();
    else this.hide(lane, true);
  }

  // All of it fits a screen of ROOM pixels, unless the reader opens what is folded away.
  measure() {
    if (this.body?.offsetHeight && this.keys.hidden && !this.trace.open) {
      const rest = this.root.offsetHeight - this.body.offsetHeight;
      this.root.style.setProperty("--room", `${ROOM - rest}px`);
    }
    this.diagram?.measure();
    this.companion?.measure();
  }

  // --- another run beside ----------------------------------------------------------------------

  askBeside(design) {
    this.root.querySelector("details.view").open = false;
    if (!this.kernel.isThere) this.say(NOBODY);
    else {
      const say = (words) => this.say(words);
      this.kernel.ask({ beside: design }, () => true, say, say);
    }
  }

  takeBeside() {
    const beside = this.model.get("beside") ?? {};
    this.pairs = beside.pairs;
    this.parts = beside.parts ?? null;
    this.kernel.done();
    this.companion = beside.svg ? new Diagram(beside, () => {}) : null;
    this.root.classList.toggle("two", this.companion !== null);
    const mine = make("div", { class: "side" }, this.diagram.element);
    if (!this.companion) {
      this.diagrams.replaceChildren(this.diagram.element);
    } else {
      this.companion.show(this.diagram.whole);
      this.companion.hideAs(this.diagram);
      this.parting = make("p", { class: "parting", role: "status" });
      this.theirs = make("p", { class: "theirs" });
      mine.prepend(make("p", { class: "theirs" }, make("b", {}, this.story.title)));
      const side = make("div", { class: "side" }, this.theirs, this.companion.element);
      this.diagrams.replaceChildren(this.parting, mine, side);
    }
    this.measure();
    if (!this.name) return;
    this.say("");
    this.update();
  }

  updateBeside() {
    if (!this.companion) return;
    const { at } = this;
    const there = this.pairs[at];
    const { name, told } = this.companion.story.moments[there];
    this.companion.update(there, null, this.isTouched);
    this.theirs.replaceChildren(make("b", {}, this.companion.story.title),
      ` step ${there}: ${name} — ${told.join(" ")}`);
    const { parts } = this;
    const words = parts === null ? "The two do the same."
      : at < parts ? `The two do the same up to step ${parts}, where they part.`
        : at === parts ? "Here the two part." : `The two have parted at step ${parts}.`;
    this.parting.textContent = words;
    this.parting.classList.toggle("here", at === parts);
  }

  // --- other ways ------------------------------------------------------------------------------

  take(way) {
    if (way.taken) {
      this.go(this.at + 1);
      return;
    }
    this.pause();
    const peek = (why) => this.panels.peek(way, why);
    if (this.kernel.isThere) {
      this.tell();
      this.kernel.ask({ branch: way.name, at: this.at }, () => false, (words) =>
        peek(`Computed beforehand, one step deep: ${words}.`), peek);
    } else {
      peek("Computed beforehand, one step deep: no kernel runs here that could go on.");
    }
  }

  updateTrail() {
    if (!this.trail) return;
    const crumbs = (this.model.get("trail") ?? []).flatMap(({ title, at, name }, place) => [
      button(`${place ? "" : `${title}, `}step ${at}`, `Back to ${title}, step ${at}`, () =>
        this.kernel.ask({ back: place }, () => false, (words) => this.say(words))),
      make("span", {}, ` › ${name} `),
    ]);
    this.trail.replaceChildren(...crumbs);
  }

  say(words) {
    this.found.textContent = words;
  }

  // --- moving ----------------------------------------------------------------------------------

  // Play pauses at any move of the reader's, and any move unveils what had only been looked at.
  go(to, isReader = true) {
    if (isReader) {
      this.pause();
      this.isTouched = true;
    }
    this.sub = null;
    if (isReader) this.say("");
    let at = Math.max(0, Math.min(to, this.last));
    // Two runs stop where they part.
    if (this.parts !== null && this.at < this.parts && this.parts < at) at = this.parts;
    const [first, last] = this.range;
    if (at < first || last < at) this.showWhole(true);
    if (at === this.at) {
      this.update();
      return;
    }
    this.mine = at;
    this.model.set("at", at);
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.tell(), TELL);
  }

  tell() {
    clearTimeout(this.telling);
    this.telling = 0;
    this.model.save_changes();
  }

  // The kernel echoes what it was told; a reader who has moved on since then is not taken back.
  moved() {
    if (this.telling && this.model.get("at") !== this.mine) this.model.set("at", this.mine);
    else this.update();
  }

  move(direction, isReader = true) {
    if (this.unit === "message") this.toMessage(direction, isReader);
    else this.go(this.at + direction, isReader);
  }

  toMessage(direction, isReader = true) {
    const own = this.diagram.rowsOf(this.at);
    const here = this.sub ?? (direction > 0 ? -1 : own.length);
    const sub = here + direction;
    if (this.sub !== null && 0 <= sub && sub < own.length) {
      this.pause(isReader);
      this.sub = sub;
      this.update();
      return;
    }
    const beyond = this.diagram.steps().filter((step) => (step - this.at) * direction > 0);
    if (!beyond.length) return;
    const step = direction > 0 ? Math.min(...beyond) : Math.max(...beyond);
    this.go(step, isReader);
    if (this.at !== step) return;
    this.sub = direction > 0 ? 0 : this.diagram.rowsOf(step).length - 1;
    this.update();
  }

  toEvent(direction) {
    const beyond = this.diagram.steps().filter((step) => (step - this.at) * direction > 0);
    if (beyond.length) this.go(direction > 0 ? Math.min(...beyond) : Math.max(...beyond));
  }

  toViolation() {
    if (!this.breaks.length) return;
    this.go(this.breaks.find((step) => step > this.at) ?? this.breaks[0]);
  }

  toChange(name) {
    this.record = name ?? this.record;
    if (!this.record) return;
    const changes = this.story.moments.filter(({ sections }) => sections.some(({ entries }) =>
      entries.some((entry) => entry.name === this.record && entry.change)));
    const steps = changes.map(({ number }) => number);
    if (steps.length) this.go(steps.find((step) => step > this.at) ?? steps[0]);
    this.say(`${this.record} changes ${several(steps.length, "time")}`);
  }

  // `direction` 0 stays where it fits already.
  find(direction) {
    const wanted = this.finding.value.trim().toLowerCase();
    if (!wanted) {
      this.say("");
      return;
    }
    const steps = this.story.moments.slice(1).filter((moment) => this.wordsOf(moment).includes(wanted))
      .map(({ number }) => number);
    if (!steps.length) {
      this.say("nothing found");
      return;
    }
    const next = direction < 0
      ? steps.findLast((step) => step < this.at) ?? steps.at(-1)
      : steps.find((step) => step >= this.at + direction) ?? steps[0];
    this.go(next);
    this.say(`${steps.indexOf(next) + 1} of ${steps.length}`);
  }

  wordsOf({ name, told, sections }) {
    const changed = sections.flatMap(({ entries }) => entries.filter(({ change }) => change));
    return [name, ...told, ...changed.map((entry) => entry.name)].join("\n").toLowerCase();
  }

  toggle() {
    if (this.timer) {
      this.pause();
      return;
    }
    this.isTouched = true;
    const [first, last] = this.range;
    if (this.at >= last) this.go(first);
    this.said.setAttribute("aria-live", "off");
    this.playing.textContent = "Pause";
    const beat = () => {
      this.move(1, false);
      const isOver = this.at >= this.range[1] || this.at === this.parts;
      if (isOver) this.pause();
      else this.timer = setTimeout(beat, PLAY / this.speed);
    };
    this.timer = setTimeout(beat, PLAY / this.speed);
  }

  pause(isAsked = true) {
    if (!this.timer || !isAsked) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.playing.textContent = "Play";
    this.said.setAttribute("aria-live", "polite");
  }

  toggleHelp() {
    this.keys.hidden = !this.keys.hidden;
    this.asks.setAttribute("aria-expanded", String(!this.keys.hidden));
  }

  // --- keys ------------------------------------------------------------------------------------

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.key === "Tab") return;
    const { target } = event;
    const isFinding = target === this.finding;
    if (event.shiftKey && event.key === "Enter" && !isFinding) return;
    if (event.key === "Escape" && target === this.root) {
      // Out: the place around may take it from here.
      this.root.blur();
      return;
    }
    // The place around has keys of its own for the same letters.
    event.stopPropagation();
    const act = this.actOf(event, target.closest(STOPS));
    if (!act) return;
    event.preventDefault();
    act();
  }

  actOf({ key, shiftKey }, stop) {
    if (key === "Escape") return () => this.stepOut();
    if (stop === this.finding) {
      return key === "Enter" ? () => this.find(shiftKey ? -1 : 1) : undefined;
    }
    const along = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[key];
    const isVertical = key === "ArrowDown" || key === "ArrowUp";
    if (stop?.localName === "select") {
      return along && !isVertical ? () => this.toStop(stop, along) : undefined;
    }
    if (along && stop && !(stop === this.slider && !isVertical)) return () => this.toStop(stop, along);
    if (stop && (key === " " || key === "Enter")) return undefined;
    if (along) return () => this.move(along);
    return {
      Enter: () => this.toStop(null, 1),
      j: () => this.move(1),
      k: () => this.move(-1),
      m: () => this.toMessage(1),
      M: () => this.toMessage(-1),
      Home: () => this.go(this.range[0]),
      End: () => this.go(this.range[1]),
      ".": () => this.toEvent(1),
      ",": () => this.toEvent(-1),
      f: () => this.toViolation(),
      n: () => this.toChange(),
      h: () => this.hideChosen(),
      w: () => this.showWhole(!this.diagram.whole),
      "/": () => this.finding.focus(),
      " ": () => this.toggle(),
      "?": () => this.toggleHelp(),
    }[key];
  }

  // From a button to the next that can be seen, around the ends.
  toStop(from, direction) {
    const stops = [...this.root.querySelectorAll(STOPS)]
      .filter((one) => !one.disabled && one.checkVisibility());
    const place = from ? stops.indexOf(from) + direction : 0;
    stops.at(place % stops.length)?.focus();
  }

  stepOut() {
    for (const open of this.root.querySelectorAll("details.view[open]")) open.open = false;
    this.root.focus({ preventScroll: true });
  }

  // --- what changes with a step ----------------------------------------------------------------

  update() {
    const { at, sub } = this;
    const moment = this.story.moments[at];
    const own = this.diagram.rowsOf(at);
    const current = sub === null ? own : [own[sub]];
    const numbers = current.map(({ message }) => message).filter((number) => number);
    const messages = numbers.length ? ` · message ${numbers.join(", ")}` : "";
    this.slider.value = at;
    this.slider.setAttribute("aria-valuetext", `step ${at} of ${this.last}`);
    this.count.textContent = `step ${at} of ${this.last}${messages}`;
    this.saving.say("");
    this.name.textContent = moment.name || "Before the first step";
    this.told.textContent = moment.told.join(" ");
    this.said.title = this.told.textContent;
    this.root.classList.toggle("touched", this.isTouched);
    this.panels.update(moment);
    if (this.wasTouched !== this.isTouched) this.measure();
    this.wasTouched = this.isTouched;
    this.diagram.update(at, sub, this.isTouched);
    this.updateBeside();
  }
}

function grouped(turns) {
  const found = new Map();
  for (const one of turns) found.set(one.step, [...(found.get(one.step) ?? []), one]);
  return found;
}

function render({ model, el }) {
  const stepper = new Stepper(model, el);
  return () => stepper.remove();
}

export default { render };

// The page's side of ocallkit.widgets.crash_lab.  A reader's decision goes to the model as `asked`;
// what comes of it is `shown`, and in it what it answers to: decisions follow from one another there.

const HEAD = 48; // pixels of the lanes' headers

class CrashLab {
  constructor(model, el) {
    this.model = model;
    this.waits = [];
    this.root = make("div", { class: "ocallkit-lab crash-lab", role: "group" });
    this.root.setAttribute("aria-label", "Crash lab");
    this.top = make("div", { class: "controls" });
    this.said = make("p", { class: "said", role: "status" });
    this.diagram = make("div", { class: "diagram" });
    this.turns = make("p", { class: "turns" });
    this.hint = make("p", { class: "hint" });
    this.files = make("ol", { class: "files" });
    this.then = make("div", { class: "then" });
    this.ends = make("div", { class: "ends" });
    this.root.append(this.top, this.body(), this.ends);
    el.append(this.root);
    keepKeys(this.root);
    this.onShown = () => this.update();
    model.on("change:shown", this.onShown);
    this.update();
  }

  remove() {
    clearInterval(this.coming);
    this.model.off("change:shown", this.onShown);
  }

  body() {
    const title = (text) => make("h4", {}, text);
    this.where = title("");
    this.whose = title("");
    const time = make("section", { class: "time" }, this.where, this.turns, this.diagram, this.hint);
    const order = make("section", {}, this.whose, this.files, this.then);
    const what = make("section", {}, title("What comes of it"), this.said);
    return make("div", { class: "body" }, time, make("div", { class: "panel" }, order, what));
  }

  // What the model has made of the decisions, and what is decided since and not answered yet.
  get asked() {
    return Object.assign({}, this.shown.asked, ...this.waits.map(({ changes }) => changes));
  }

  // What was said of the decisions before does not hold for these.
  ask(changes) {
    const asked = { ...this.asked, ...changes };
    if (JSON.stringify(asked) === JSON.stringify(this.asked)) return;
    const turn = (this.waits.at(-1)?.turn ?? this.shown.asked.turn) + 1;
    this.waits.push({ turn, changes });
    // Each by itself, for what is decided may change what a decision before it has come to.
    this.model.set("asked", { decisions: [...this.waits] });
    this.waiting();
    this.model.save_changes();
  }

  waiting() {
    this.said.textContent = "The model runs …";
    this.ends.replaceChildren();
    this.root.setAttribute("aria-busy", "true");
  }

  update() {
    const shown = this.model.get("shown");
    this.waits = this.waits.filter(({ turn }) => turn > shown.asked.turn);
    // The answer to an earlier decision is none to those that wait, which are answered as well.
    if (this.waits.length) return;
    this.shown = shown;
    this.root.removeAttribute("aria-busy");
    this.updateTop();
    this.updateTitles();
    if (this.drawn !== this.shown.digest) this.draw();
    this.updateGaps();
    this.updateFiles();
    this.said.textContent = this.shown.said;
    this.ends.innerHTML = this.shown.ends;
  }

  updateTop() {
    const { scenarios, designs, threads, clients } = this.shown.names;
    const { mortals, moment, moments } = this.shown;
    const same = (groups) => groups.map(({ label, names }) =>
      ({ label, names: names.map((name) => [name, name]) }));
    const numbers = (many) => many.map((n) => [String(n), String(n)]);
    const { asked } = this;
    const keyed = (key, label, names, chosen, act) => {
      const found = select(label, names, chosen, act);
      found.querySelector("select").dataset.key = key;
      return found;
    };
    const several = Object.keys(mortals).length > 1;
    const stepping = { "data-key": "steps", "aria-pressed": String(asked.stepping) };
    refill(
      this.top,
      keyed("scenario", "Scenario", same(scenarios), asked.scenario, (scenario) =>
        this.ask({ scenario, order: [], then: "" })),
      keyed("design", "Design", same(designs), asked.design, (design) => this.ask({ design })),
      keyed("beside", "Beside it", same(designs), asked.beside, (beside) => this.ask({ beside })),
      keyed("threads", "Secure threads", numbers(threads), String(asked.threads), (n) =>
        this.ask({ threads: Number(n) })),
      ...(clients.length > 1
        ? [keyed("clients", "CAs", numbers(clients), String(this.shown.clients), (n) =>
          this.ask({ clients: Number(n) }))]
        : []),
      ...(several
        ? [keyed("who", "Who dies", Object.entries(mortals), this.shown.who, (who) =>
          this.ask({ who }))]
        : []),
      button({ class: "find", "data-key": "find" }, () => this.find(), "Find me one"),
      this.moment("earlier", "◀ Die earlier", moment === null ? -1 : moment - 1),
      this.moment("later", "Die later ▶", moment === null ? 0 : moment + 1),
      button({ "data-key": "live", disabled: moment === null }, () =>
        this.ask({ row: null, moment: null }), `Let ${several ? "all" : "it"} live`),
      button(stepping, () => this.step(!asked.stepping), "Step through it"),
    );
  }

  updateTitles() {
    const { title, turns } = this.shown;
    this.where.textContent = `Click between two messages: ${title} is killed there`;
    const whose = title === "the CA" ? "its files" : `the files of ${title}`;
    this.whose.textContent = `In this order ${whose} are closed`;
    const back = button({ "data-key": "own" }, () =>
      this.ask({ turns: [], way: [], row: null, moment: null }), "Back to its own turns");
    refill(this.turns, turns.words, ...(turns.own ? [] : [" ", back]));
    this.turns.hidden = !turns.words;
  }

  // All that can happen is tried, which may take a while.
  find() {
    this.waiting();
    this.model.send({ find: true });
  }

  // The stepper comes below the lab, when the kernel has made it.
  step(stepping) {
    this.ask({ stepping });
    clearInterval(this.coming);
    if (!stepping) return;
    let left = 100;
    this.coming = setInterval(() => {
      const stepper = this.root.closest(".widget-vbox")?.querySelector(".ocallkit-stepper");
      stepper?.scrollIntoView({ block: "nearest" });
      if (stepper || !--left) clearInterval(this.coming);
    }, 100);
  }

  moment(key, words, moment) {
    const row = this.shown.moments[moment];
    return button({ "data-key": key, disabled: row === undefined }, () =>
      this.ask({ row, moment }), words);
  }

  // --- the line of time ------------------------------------------------------------------------

  draw() {
    const { svg, digest, places, gaps } = this.shown;
    this.drawn = digest;
    const parsed = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
    this.picture = document.adoptNode(parsed);
    const [width, height] = ["width", "height"].map((one) =>
      Number(this.picture.getAttribute(one)));
    this.high = height - places.top;
    for (const name of ["width", "height"]) this.picture.removeAttribute(name);
    this.picture.setAttribute("viewBox", `0 ${places.top} ${width} ${this.high}`);
    this.picture.setAttribute("aria-hidden", "true");
    const head = make("div", { class: "head", "aria-hidden": "true" });
    for (const lane of places.lanes) {
      const name = make("span", {}, lane.name);
      name.style.left = `${(100 * (lane.x - lane.half)) / width}%`;
      name.style.width = `${(200 * lane.half) / width}%`;
      head.append(name);
    }
    this.deathline = make("div", { class: "death" });
    this.measure();
    this.buttons = gaps.map((gap) => this.gap(gap));
    this.canvas = make("div", { class: "canvas" }, this.picture, this.deathline, ...this.buttons);
    const sheet = make("div", { class: "sheet" }, head, this.canvas);
    sheet.style.setProperty("--margin", `${this.margin}px`);
    sheet.style.maxWidth = `${width + this.margin}px`;
    sheet.style.minWidth = `${Math.round(width * 0.78) + this.margin - 34}px`;
    const high = this.diagram.scrollTop;
    this.diagram.replaceChildren(sheet);
    // Under another design the same scenario stays where the reader is.
    const same = this.told === this.asked.scenario;
    this.told = this.asked.scenario;
    const moved = this.seen !== `${this.shown.row} ${this.shown.moment}`;
    requestAnimationFrame(() => {
      if (same) this.diagram.scrollTop = high;
      else this.reveal(this.first, 0);
      if (moved && this.shown.row !== null) this.reveal(this.shown.row, 90);
    });
  }

  // Where the crosses stand: a column for each who can die, as wide as most of them in one gap.
  measure() {
    const { crosses, mortals, who } = this.shown;
    const many = {};
    for (const one of crosses) {
      const place = `${one.who} ${one.row}`;
      many[place] = (many[place] ?? 0) + 1;
    }
    this.names = Object.keys(mortals).length > 1;
    this.wide = this.names ? 26 : 18;
    this.columns = {};
    let left = 8;
    for (const one of [who, ...Object.keys(mortals).filter((other) => other !== who)]) {
      this.columns[one] = left;
      const most = Math.max(1, ...Object.entries(many)
        .filter(([place]) => place.startsWith(`${one} `)).map(([, number]) => number));
      left += most * (this.wide + 2) + 4;
    }
    this.margin = Math.max(34, left + 2);
  }

  // Whose a cross is: the letter of a CA, of anybody else the first letters.
  letter(who) {
    return this.names ? who.slice(0, 2).replace("te", "s") : "";
  }

  // One cross for each moment of everybody: those of who dies can be chosen in the gap as well.
  drawCrosses() {
    for (const one of this.crosses ?? []) one.remove();
    const { crosses, who, moment, mortals, row } = this.shown;
    const done = {};
    this.crosses = crosses.map((one) => {
      const place = `${one.who} ${one.row}`;
      const before = (done[place] ??= []);
      before.push(one.moment);
      const own = one.who === who;
      const chosen = own && row !== null && one.moment === moment;
      const title = mortals[one.who];
      const words = `${title.replace(/^the/, "The")} dies here, at its moment ${one.moment + 1}`;
      const element = button(
        { class: `cross${own ? " own" : ""}${chosen ? " chosen" : ""}`, tabindex: -1, title: words,
          "aria-label": words, "aria-pressed": String(chosen) },
        () => this.ask({ who: one.who, row: one.row, moment: one.moment }),
        `✕${this.letter(one.who)}`,
      );
      element.style.top = `${this.edge(one.row)}%`;
      element.style.left = `${this.columns[one.who] + (before.length - 1) * (this.wide + 2)}px`;
      element.style.width = `${this.wide}px`;
      return element;
    });
    this.canvas.append(...this.crosses);
  }

  // The gap with which the invocation begins.
  get first() {
    const { gaps, places } = this.shown;
    return Math.max(0, gaps.findIndex((gap) => places.rows[gap.row].step >= places.start));
  }

  // Where the gap after a row lies, in percent of the picture's height.
  edge(row) {
    return (100 * (this.shown.places.rows[row].bottom - this.shown.places.top)) / this.high;
  }

  gap(gap) {
    const words = `After ${gap.after}: ${gap.words}`;
    const user = gap.crosses.length;
    const classes = `gap ${gap.moment === null ? "late" : user ? "user" : "kernel"}`;
    const element = button(
      { class: classes, "aria-label": `Kill ${this.shown.title}. ${words}`, tabindex: -1 },
      () => this.kill(gap.row),
      make("span", { class: "tick", "aria-hidden": "true" }),
    );
    element.style.top = `${this.edge(gap.row)}%`;
    if (gap.moment === null) element.setAttribute("aria-disabled", "true");
    for (const event of ["focus", "mouseenter"]) {
      element.addEventListener(event, () => this.tell(words));
    }
    element.addEventListener("mouseleave", () => this.tell());
    element.addEventListener("keydown", (event) => this.onKey(event, gap.row));
    return element;
  }

  kill(row) {
    if (this.shown.gaps[row].moment !== null) this.ask({ row, moment: null });
  }

  onKey(event, row) {
    const last = this.buttons.length - 1;
    const to = { ArrowDown: row + 1, ArrowUp: row - 1, j: row + 1, k: row - 1, Home: 0, End: last };
    if (!(event.key in to)) return;
    event.preventDefault();
    this.go(Math.max(0, Math.min(last, to[event.key])));
  }

  go(row) {
    for (const [at, one] of this.buttons.entries()) one.tabIndex = at === row ? 0 : -1;
    this.reveal(row, 90);
    this.buttons[row].focus({ preventScroll: true });
  }

  // Scrolls so that a gap is in view, `around` pixels from the edges; 0: at the top.
  reveal(row, around) {
    const room = this.diagram.clientHeight;
    const at = this.buttons[row].offsetTop;
    const high = this.diagram.scrollTop;
    if (!around) this.diagram.scrollTop = Math.max(0, at - 2 * HEAD);
    else if (at < high + around) this.diagram.scrollTop = at - around;
    else if (at > high + room - HEAD - around) this.diagram.scrollTop = at + HEAD + around - room;
  }

  tell(words) {
    const marks = "✕ dies at once   ┊ in the kernel: the kill waits.   ";
    const keys = "Keys: ↑ ↓ from gap to gap, Enter kills.";
    this.hint.textContent = words ?? marks + keys;
  }

  updateGaps() {
    const { row, title } = this.shown;
    const gap = row === null ? null : this.shown.gaps[row];
    this.drawCrosses();
    this.buttons.forEach((one, at) => {
      one.classList.toggle("chosen", at === row);
      one.setAttribute("aria-pressed", String(at === row));
    });
    const focus = this.buttons.indexOf(document.activeElement);
    const at = focus >= 0 ? focus : row ?? this.first;
    this.buttons.forEach((one, n) => (one.tabIndex = n === at ? 0 : -1));
    this.deathline.hidden = gap === null;
    this.tell();
    if (gap === null) return;
    this.deathline.style.top = `${this.edge(this.shown.dies_at)}%`;
    const where = `✕ ${title} dies here${gap.waits ? ", when it is back" : ""}`;
    const { word, says } = this.shown.verdict;
    this.deathline.replaceChildren(make("span", { "data-word": word }, `${where}: ${says}`));
    this.follow();
  }

  // Where somebody dies elsewhere than before, that place comes into view.
  follow() {
    const { row, moment } = this.shown;
    const place = `${row} ${moment}`;
    if (row !== null && this.seen !== place) this.reveal(row, 90);
    this.seen = place;
  }

  // --- the order of closing --------------------------------------------------------------------

  updateFiles() {
    const { files, choices } = this.shown;
    if (!files.length) {
      const lives = "Nobody is killed: each closes its own files.";
      const none = this.shown.row === null ? lives : "None is open.";
      refill(this.files, make("li", { class: "none" }, none));
    } else {
      refill(this.files, ...files.map((file, at) => this.file(file, at)));
    }
    const ways = choices.map((way) => [way, way]);
    refill(this.then, ...(choices.length
      ? [select("Where it can go on in several ways", ways, this.asked.then || choices[0],
        (then) => this.ask({ then }))]
      : []));
  }

  file({ name, note }, at) {
    const last = this.shown.files.length - 1;
    const step = (by, sign, words) =>
      button(
        {
          "data-key": `${name}${by}`,
          "aria-label": `${name}: close it ${words}`,
          title: `Close it ${words}`,
          disabled: by < 0 ? at === 0 : at === last,
        },
        () => this.move(at, at + by),
        sign,
      );
    const element = make("li", { draggable: "true" },
      make("span", { class: "grip", "aria-hidden": "true" }, "⠿"),
      make("span", { class: "file" }, make("b", {}, name), note ? ` ${note}` : ""),
      step(-1, "▲", "earlier"), step(1, "▼", "later"));
    element.addEventListener("dragstart", (event) => {
      this.dragged = at;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", name);
    });
    element.addEventListener("dragover", (event) => {
      if (this.dragged === undefined) return;
      event.preventDefault();
      element.classList.add("over");
    });
    element.addEventListener("dragleave", () => element.classList.remove("over"));
    element.addEventListener("drop", (event) => {
      event.preventDefault();
      event.stopPropagation();
      this.move(this.dragged, at);
    });
    element.addEventListener("dragend", () => {
      this.dragged = undefined;
      element.classList.remove("over");
    });
    return element;
  }

  move(from, to) {
    if (from === undefined || from === to) return;
    const order = this.shown.files.map((file) => file.name);
    order.splice(to, 0, ...order.splice(from, 1));
    this.ask({ order });
  }
}

function render({ model, el }) {
  const lab = new CrashLab(model, el);
  return () => lab.remove();
}

export default { render };

// The page's side of ocallkit.widgets.crash_lab.  A reader's decision goes to the model as `asked`;
// what comes of it is `shown`.

const HEAD = 48; // pixels of the lanes' headers

class CrashLab {
  constructor(model, el) {
    this.model = model;
    this.root = make("div", { class: "ocallkit-lab crash-lab", role: "group" });
    this.root.setAttribute("aria-label", "Crash lab");
    this.top = make("div", { class: "controls" });
    this.said = make("p", { class: "said", role: "status" });
    this.diagram = make("div", { class: "diagram" });
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
    const where = title("Click between two messages: the CA is killed there");
    const time = make("section", { class: "time" }, where, this.diagram, this.hint);
    const order = make("section", {}, title("In this order its files are closed"), this.files,
      this.then);
    const what = make("section", {}, title("What comes of it"), this.said);
    return make("div", { class: "body" }, time, make("div", { class: "panel" }, order, what));
  }

  get asked() {
    return this.model.get("asked");
  }

  // What was said of the decisions before does not hold for these.
  ask(changes) {
    const asked = { ...this.asked, ...changes };
    if (JSON.stringify(asked) === JSON.stringify(this.asked)) return;
    this.model.set("asked", asked);
    this.waiting();
    this.model.save_changes();
  }

  waiting() {
    this.said.textContent = "The model runs …";
    this.ends.replaceChildren();
    this.root.setAttribute("aria-busy", "true");
  }

  update() {
    this.shown = this.model.get("shown");
    this.root.removeAttribute("aria-busy");
    this.updateTop();
    if (this.drawn !== this.shown.digest) this.draw();
    this.updateGaps();
    this.updateFiles();
    this.said.textContent = this.shown.said;
    this.ends.innerHTML = this.shown.ends;
  }

  updateTop() {
    const { scenarios, designs, threads } = this.shown.names;
    const same = (names) => names.map((name) => [name, name]);
    const { asked } = this;
    const keyed = (key, label, names, chosen, act) => {
      const found = select(label, names, chosen, act);
      found.querySelector("select").dataset.key = key;
      return found;
    };
    const stepping = { "data-key": "steps", "aria-pressed": String(asked.stepping) };
    refill(
      this.top,
      keyed("scenario", "Scenario", same(scenarios), asked.scenario, (scenario) =>
        this.ask({ scenario, row: null, order: [], then: "" })),
      keyed("design", "Design", same(designs), asked.design, (design) => this.ask({ design })),
      keyed("beside", "Beside it", same(designs), asked.beside, (beside) => this.ask({ beside })),
      keyed("threads", "Secure threads", threads.map((n) => [String(n), String(n)]),
        String(asked.threads), (n) => this.ask({ threads: Number(n) })),
      button({ class: "find", "data-key": "find" }, () => this.model.send({ find: true }),
        "Find me one"),
      this.moment("earlier", "◀ Die earlier", this.shown.moments.findLast((one) => one < this.dies)),
      this.moment("later", "Die later ▶", this.shown.moments.find((one) => one > this.dies)),
      button({ "data-key": "live", disabled: asked.row === null }, () => this.ask({ row: null }),
        "Let it live"),
      button(stepping, () => this.step(!asked.stepping), "Step through it"),
    );
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

  // The row after which the CA dies; one that lives has it before it.
  get dies() {
    const { row } = this.shown;
    return row === null ? -1 : this.shown.gaps[row].dies_after;
  }

  moment(key, words, row) {
    return button({ "data-key": key, disabled: row === undefined }, () => this.ask({ row }), words);
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
    this.buttons = gaps.map((gap) => this.gap(gap));
    const canvas = make("div", { class: "canvas" }, this.picture, this.deathline,
      ...this.buttons);
    const sheet = make("div", { class: "sheet" }, head, canvas);
    sheet.style.maxWidth = `${width + 34}px`;
    sheet.style.minWidth = `${Math.round(width * 0.78)}px`;
    const high = this.diagram.scrollTop;
    this.diagram.replaceChildren(sheet);
    // Under another design the same scenario stays where the reader is.
    const same = this.told === this.asked.scenario;
    this.told = this.asked.scenario;
    requestAnimationFrame(() => {
      if (same) this.diagram.scrollTop = high;
      else this.reveal(this.first, 0);
    });
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
    const classes = `gap ${gap.moment === null ? "late" : gap.has_cross ? "user" : "kernel"}`;
    const element = button(
      { class: classes, "aria-label": `Kill the CA. ${words}`, tabindex: -1 },
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
    if (this.shown.gaps[row].moment !== null) this.ask({ row });
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
    const { row } = this.shown;
    const gap = row === null ? null : this.shown.gaps[row];
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
    const edge = this.edge(gap.dies_after);
    this.deathline.style.top = `${edge}%`;
    const where = gap.waits ? "✕ the CA dies here, when it is back" : "✕ the CA dies here";
    const { word, says } = this.shown.verdict;
    this.deathline.replaceChildren(make("span", { "data-word": word }, `${where}: ${says}`));
    if (this.seen !== row) this.reveal(row, 90);
    this.seen = row;
  }

  // --- the order of closing --------------------------------------------------------------------

  updateFiles() {
    const { files, choices } = this.shown;
    if (!files.length) {
      const none = this.shown.row === null ? "The CA lives: it closes its own files." : "None is open.";
      refill(this.files, make("li", { class: "none" }, none));
    } else {
      refill(this.files, ...files.map((file, at) => this.file(file, at)));
    }
    const ways = choices.map((way) => [way, way]);
    refill(this.then, ...(choices.length && files.length
      ? [select("After an OCALL that has failed the TA", ways, this.asked.then || choices[0],
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

// The picture of a run, with what is drawn over it: where the run is, and which lanes are asked for.

const AROUND = 44; // pixels that stay in view above and below the current step
const ASIDE = 24; // the same to its left and right
const BESIDE = 12; // pixels by which a band is wider than its lanes
const FOOT = 34; // pixels of the names below the lanes
const LEAST = 0.74; // the scale below which the words would be too small

let pictures = 0;

class Diagram {
  // `go` is told the step of a message that is clicked.
  constructor(story, go) {
    this.story = story;
    this.go = go;
    this.lane = null;
    this.hidden = new Set();
    this.whole = !this.hasInvocation;
    this.drawPicture();
    this.counts = new Counts(story, story.places);
    this.picture.append(this.counts.picture);
    this.head = make("div", { class: "head", role: "group", "aria-label": "Lanes" });
    this.lanes = this.places.lanes.map((lane, index) => this.laneButton(lane, index));
    this.bands = [...new Set(this.places.lanes.map((lane) => lane.band))].map((band) =>
      make("span", { class: "band" }, band));
    this.head.append(...this.bands, ...this.lanes, ...this.counts.heads);
    this.sheet = make("div", { class: "sheet" }, this.head, this.picture);
    this.element = make("div", { class: "diagram", tabindex: -1 }, this.sheet);
    this.mark();
    this.cut();
  }

  // Where everything stands without the lanes that are hidden.
  get places() {
    return this.fold;
  }

  get width() {
    return this.fold.width;
  }

  get hasInvocation() {
    const { opens, closes, top, bottom } = this.story.places;
    return opens > top || closes < bottom;
  }

  drawPicture() {
    const { svg, digest } = this.story;
    this.view = ++pictures;
    // Ids are the page's: the same run may be shown twice.
    const own = svg.replaceAll(`run-${digest}`, `ocallkit-${this.view}`);
    const parsed = new DOMParser().parseFromString(own, "image/svg+xml").documentElement;
    this.picture = document.adoptNode(parsed);
    this.fullWidth = Number(this.picture.getAttribute("width"));
    this.fold = folded(this.story.places, this.fullWidth, this.hidden);
    this.bottom = Number(this.picture.getAttribute("height"));
    for (const name of ["width", "height"]) this.picture.removeAttribute(name);
    const message = (number) => this.picture.getElementById(`ocallkit-${this.view}-m${number}`);
    this.parts = new Parts(this.picture, this.story.places, this.fullWidth, message);
    this.aside = this.places.rows.map((row) => this.asidePart(row));
    const { top, bottom } = this.places;
    this.column = draw("rect", { class: "lane", y: top, height: bottom - top, width: 0 });
    this.veil = draw("rect", { class: "veil", x: 1 });
    this.now = draw("g", { class: "now" });
    const covers = this.aside.filter((part) => part.localName === "rect");
    this.picture.append(...covers, this.column, this.veil);
    // Behind the messages, so that it does not lie on their labels.
    const first = this.aside.find((part) => part.localName === "g") ?? this.column;
    this.picture.insertBefore(this.now, first);
    this.picture.addEventListener("click", (event) => this.onClick(event));
  }

  // What fades when another lane is singled out: a message itself; of a note, a cover over it.
  asidePart(row) {
    if (row.message) return this.picture.getElementById(`ocallkit-${this.view}-m${row.message}`);
    const { top, bottom } = row;
    return draw("rect", { class: "cover", y: top + 3, height: bottom - top - 6 });
  }

  // The names of the bands and lanes, above those that are seen.
  placeNames() {
    const { lanes } = this.places;
    this.lanes.forEach((element, index) => {
      const { x, half } = lanes[index];
      element.place = [x - half, x + half];
      element.hidden = this.hidden.has(index);
    });
    for (const element of this.bands) {
      const own = lanes.filter((lane, index) =>
        lane.band === element.textContent && !this.hidden.has(index));
      element.hidden = !own.length;
      if (!own.length) continue;
      element.place = [own[0].x - own[0].half - BESIDE, own.at(-1).x + own.at(-1).half + BESIDE];
    }
  }

  laneButton(lane, index) {
    const title = `${lane.name}: single out this lane`;
    const element = button(lane.name, title, () => this.choose(index));
    element.setAttribute("aria-pressed", "false");
    return element;
  }

  // --- what of it is shown ---------------------------------------------------------------------

  // The invocation, with the numbers of the text; or the whole life, with what is drawn below it.
  show(whole) {
    this.whole = whole || !this.hasInvocation;
    this.cut();
  }

  showCounts(on) {
    this.counts.show(on);
    this.cut();
  }

  get opens() {
    return this.whole ? this.places.top : this.places.opens - 2;
  }

  get closes() {
    const { closes, bottom } = this.places;
    // The key below is as wide as all lanes.
    if (this.whole) return this.hidden.size ? bottom + FOOT : this.bottom;
    return Math.min(closes + 1, bottom - 1);
  }

  // The lanes' headers stand above the picture, where they stay in view.
  cut() {
    this.total = this.width + this.counts.width;
    const box = [0, this.opens, this.total, this.closes - this.opens];
    this.picture.setAttribute("viewBox", box.join(" "));
    this.placeNames();
    this.veil.setAttribute("width", this.width - 2);
    for (const element of [...this.head.children].filter((one) => one.place)) {
      const [left, right] = element.place;
      element.style.left = `${(100 * left) / this.total}%`;
      element.style.width = `${(100 * (right - left)) / this.total}%`;
    }
    this.counts.place(this.width, this.opens);
    this.measure();
  }

  isOff(row) {
    return this.lane !== null && !row.lanes.includes(this.lane);
  }

  isHidden(row) {
    return !this.fold.isSeen(row);
  }

  choose(index) {
    this.lane = this.lane === index ? null : index;
    this.mark();
  }

  // One lane stays; returns whether this one could be hidden.
  hide(index, away) {
    if (away && this.hidden.size === this.lanes.length - 1) return false;
    if (away) this.hidden.add(index);
    else this.hidden.delete(index);
    if (this.hidden.has(this.lane)) this.lane = null;
    this.fold = folded(this.story.places, this.fullWidth, this.hidden);
    this.parts.place(this.fold, this.hidden);
    this.mark();
    this.cut();
    if (this.last) this.update(...this.last);
    return true;
  }

  // The lanes of the same names.
  hideAs(other) {
    const names = [...other.hidden].map((at) => other.places.lanes[at].name);
    this.story.places.lanes.forEach(({ name }, at) => {
      if (this.hidden.has(at) !== names.includes(name)) this.hide(at, !this.hidden.has(at));
    });
  }

  mark() {
    const { lanes, rows } = this.places;
    this.lanes.forEach((one, at) => one.setAttribute("aria-pressed", String(at === this.lane)));
    rows.forEach((row, at) => {
      const part = this.aside[at];
      part.classList.toggle("off", this.isOff(row));
      part.classList.toggle("hidden", this.isHidden(row));
      if (row.message) return;
      part.setAttribute("x", row.left);
      part.setAttribute("width", row.right - row.left);
    });
    const lane = lanes[this.lane];
    this.column.setAttribute("x", lane ? lane.x - lane.half - 6 : 0);
    this.column.setAttribute("width", lane ? 2 * lane.half + 12 : 0);
  }

  // --- where the run is ------------------------------------------------------------------------

  rowsOf(step) {
    return this.places.rows.filter((row) => row.step === step && !this.isHidden(row));
  }

  // The steps that draw something in the lane that is singled out, or anywhere.
  steps() {
    const seen = this.places.rows.filter((row) => !this.isOff(row) && !this.isHidden(row));
    return seen.map((row) => row.step);
  }

  // `sub` is the row of the step that is looked at alone, null for all of them.
  update(at, sub, isVeiled) {
    this.last = [at, sub, isVeiled];
    const { rows, top } = this.places;
    const last = this.story.moments.length - 1;
    const own = this.rowsOf(at);
    const current = sub === null || !own[sub] ? own : [own[sub]];
    const done = rows.findLastIndex((row) => row.step <= at);
    const through = done < 0 ? top : rows[done].bottom;
    const edge = sub === null || !current.length ? through : current[0].bottom;
    const shown = !isVeiled || (at === last && edge === through) ? this.bottom : edge;
    this.veil.setAttribute("y", shown);
    this.veil.setAttribute("height", this.bottom - shown);
    this.here = current.length
      ? { top: current[0].top, bottom: edge,
          left: Math.min(...current.map((row) => row.left)),
          right: Math.max(...current.map((row) => row.right)) }
      : { top: edge, bottom: edge };
    this.now.replaceChildren(...(current.length ? this.around(current) : this.between(edge)));
    this.keepInView();
  }

  // The messages of the step stand in one frame, with a pointer to each at the margin.
  around(rows) {
    const { top, left, right } = this.here;
    const height = rows.at(-1).bottom - top;
    return [
      draw("rect", {
        class: "frame", x: left - 4, y: top, width: right - left + 8, height, rx: 4,
      }),
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

  // --- its place on the page -------------------------------------------------------------------

  // The only place that reads the page's measures: stepping itself reads none.
  measure() {
    const room = this.element.clientWidth;
    if (!room) return;
    this.room = { width: room, height: this.element.clientHeight };
    this.headRoom = this.head.offsetHeight;
    const fits = (this.room.height - this.headRoom) / (this.closes - this.opens);
    const wide = room / this.total;
    // The invocation is to be seen as a whole where its words stay readable.
    const best = this.whole || fits < LEAST ? wide : Math.min(wide, fits);
    this.scale = Math.min(1, Math.max(LEAST, best));
    this.sheet.style.width = `${Math.floor(this.total * this.scale)}px`;
    this.element.style.setProperty("--scale", this.scale);
    this.keepInView();
  }

  keepInView() {
    if (!this.room || !this.here) return;
    const { element } = this;
    const [top, bottom] = [this.here.top, this.here.bottom]
      .map((y) => (y - this.opens) * this.scale);
    const room = this.room.height - this.headRoom;
    const high = element.scrollTop;
    if (top - AROUND < high) element.scrollTop = top - AROUND;
    else if (bottom + AROUND > high + room) element.scrollTop = bottom + AROUND - room;
    if (this.here.left === undefined) return;
    const [left, right] = [this.here.left, this.here.right].map((x) => x * this.scale);
    if (left - ASIDE < element.scrollLeft) element.scrollLeft = left - ASIDE;
    else if (right + ASIDE > element.scrollLeft + this.room.width) {
      // What is wider than its room shows where it begins.
      element.scrollLeft = Math.min(left - ASIDE, right + ASIDE - this.room.width);
    }
  }

  onClick(event) {
    const box = this.picture.getBoundingClientRect();
    const y = this.opens + (event.clientY - box.top) * (this.total / box.width);
    const row = this.places.rows.find((one) => one.top <= y && y < one.bottom);
    if (row) this.go(row.step);
  }
}

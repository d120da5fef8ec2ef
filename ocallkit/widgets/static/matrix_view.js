// The page's side of ocallkit.widgets.matrix_view: a table of verdicts, each a button.

class MatrixView {
  constructor(model, el) {
    this.model = model;
    this.root = make("div", { class: "ocallkit-lab matrix-view", role: "group" });
    this.root.setAttribute("aria-label", "Matrix of verdicts");
    this.top = make("div", { class: "controls" });
    this.field = make("div", { class: "field" });
    this.said = make("p", { class: "said", role: "status" });
    this.root.append(this.top, this.field, this.said);
    el.append(this.root);
    keepKeys(this.root);
    this.field.addEventListener("keydown", (event) => this.onKey(event));
    this.onShown = () => this.update();
    model.on("change:shown", this.onShown);
    this.update();
  }

  remove() {
    this.model.off("change:shown", this.onShown);
  }

  ask(changes) {
    this.model.set("asked", { ...this.model.get("asked"), ...changes });
    this.model.save_changes();
  }

  update() {
    const { properties, said, size } = this.model.get("shown");
    const { property } = this.model.get("asked");
    const names = [["", "any"], ...properties.map((name) => [name, name])];
    const filter = select("What breaks", names, property, (name) => this.ask({ property: name }));
    filter.querySelector("select").dataset.key = "property";
    refill(this.top, filter, make("span", { class: "hint" }, size));
    refill(this.field, this.table());
    this.said.textContent = said;
  }

  table() {
    const { scenarios, rows } = this.model.get("shown");
    const heads = scenarios.map((name) => make("th", { scope: "col" }, name));
    const body = rows.map(({ design, squares }) =>
      make("tr", {}, make("th", { scope: "row" }, design),
        ...squares.map((one) => make("td", {}, this.square(design, one)))));
    return make("table", {}, make("thead", {}, make("tr", {}, make("td"), ...heads)),
      make("tbody", {}, ...body));
  }

  square(design, { scenario, word, label, more, shape }) {
    const { chosen } = this.model.get("asked");
    const is = chosen && chosen[0] === design && chosen[1] === scenario;
    const first = !chosen && design === this.model.get("shown").rows[0].design &&
      scenario === this.model.get("shown").scenarios[0];
    const element = button(
      {
        class: `verdict${is ? " chosen" : ""}`,
        "data-key": `${design}/${scenario}`,
        "data-word": word,
        "aria-label": `${design} in ${scenario}: ${label}, ${more}`,
        "aria-pressed": String(Boolean(is)),
        tabindex: is || first ? 0 : -1,
      },
      () => this.ask({ chosen: [design, scenario] }),
      mark(shape),
      make("span", {}, label, make("br"), make("small", {}, more)),
    );
    return edged(element, shape);
  }

  // The arrows go from cell to cell.
  onKey(event) {
    const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    const cell = event.target.closest("td");
    if (!by || !cell) return;
    event.preventDefault();
    const row = cell.parentElement;
    const to = row.parentElement.children[row.sectionRowIndex + by[0]];
    const next = to?.children[cell.cellIndex + by[1]]?.querySelector("button");
    if (!next) return;
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }
}

function render({ model, el }) {
  const view = new MatrixView(model, el);
  return () => view.remove();
}

export default { render };

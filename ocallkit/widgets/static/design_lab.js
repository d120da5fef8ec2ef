// The page's side of ocallkit.widgets.design_lab: a question for each decision, and the verdicts.

class DesignLab {
  constructor(model, el) {
    this.model = model;
    this.root = make("div", { class: "ocallkit-lab design-lab", role: "group" });
    this.root.setAttribute("aria-label", "Design lab");
    this.questions = make("div", { class: "questions" });
    this.nearest = make("p", { class: "nearest", role: "status" });
    this.verdicts = make("ul", { class: "verdicts" });
    this.said = make("p", { class: "said", role: "status" });
    const right = make("div", {}, this.nearest, this.verdicts, this.said);
    this.root.append(make("div", { class: "body" }, this.questions, right));
    el.append(this.root);
    keepKeys(this.root);
    this.group = `ocallkit-design-${Math.random().toString(36).slice(2)}`;
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
    const { questions, named, nearest, verdicts, said } = this.model.get("shown");
    refill(this.questions, ...questions.map((one) => this.question(one)), this.named(named));
    this.nearest.textContent = nearest;
    refill(this.verdicts, ...verdicts.map((one) => this.verdict(one)));
    this.said.textContent = said;
  }

  question({ name, words, answers }) {
    const asked = this.model.get("asked")[name];
    const inputs = answers.map(({ value, words: said }) => {
      const input = make("input", {
        type: "radio", name: `${this.group}-${name}`, "data-key": `${name}-${value}`,
        checked: value === asked,
      });
      input.addEventListener("change", () => this.ask({ [name]: value }));
      return make("label", {}, input, said);
    });
    return make("fieldset", { "data-question": name }, make("legend", {}, words), ...inputs);
  }

  // The designs of the discussion, each a set of answers.
  named(designs) {
    const buttons = designs.map(({ name, answers, is }) =>
      button({ "data-key": name, "aria-pressed": String(is) }, () => this.ask(answers), name));
    return make("div", { class: "named", role: "group", "aria-label": "Decide as" },
      make("span", {}, "Decide as"), ...buttons);
  }

  verdict({ scenario, word, change, broken, shape, chosen }) {
    const element = button(
      {
        class: `verdict${change ? " changed" : ""}${chosen ? " chosen" : ""}`,
        "data-key": scenario,
        "data-word": word,
        "aria-pressed": String(chosen),
        title: broken.length ? `breaks ${broken.join(", ")}` : "every property holds",
      },
      () => this.ask({ scenario: chosen ? "" : scenario }),
      make("span", { class: "scenario" }, scenario),
      mark(shape),
      make("span", {}, word),
      make("span", { class: "change" }, change),
    );
    return make("li", {}, edged(element, shape));
  }
}

function render({ model, el }) {
  const lab = new DesignLab(model, el);
  return () => lab.remove();
}

export default { render };

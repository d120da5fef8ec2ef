// Brings the widgets of a page to life.  The page has their data, `widgets.js` their scripts, as text:
// a browser loads no module from a file, but it does from text.
"use strict";

// The part of a widget's model that anywidget documents, without a kernel behind it.
class Model {
  constructor(state, save = () => {}) {
    this.state = state;
    this.save = save;
    this.listeners = new Map();
  }

  get(name) {
    return this.state[name];
  }

  set(name, value) {
    if (this.state[name] === value) return;
    this.state[name] = value;
    for (const act of [...(this.listeners.get(`change:${name}`) ?? [])]) act();
  }

  on(event, act) {
    this.listeners.set(event, [...(this.listeners.get(event) ?? []), act]);
  }

  off(event, act) {
    this.listeners.set(event, (this.listeners.get(event) ?? []).filter((one) => one !== act));
  }

  save_changes() {
    this.save();
  }
}

const loaded = new Map();

function load(name) {
  if (!loaded.has(name)) {
    const script = new Blob([OCALLKIT_MODULES[name]], { type: "text/javascript" });
    loaded.set(name, import(URL.createObjectURL(script)));
  }
  return loaded.get(name);
}

// Shows a widget in `place`; returns what takes it away again.
async function show(place, name, model) {
  const { default: widget } = await load(name);
  const el = document.createElement("div");
  place.append(el);
  try {
    const clean = await widget.render({ model, el });
    return () => {
      clean?.();
      el.remove();
    };
  } catch (error) {
    el.remove();
    throw error;
  }
}

// The matrix: whatever it can be asked was answered when the site was built.
class Matrix {
  constructor(place) {
    const { start } = OCALLKIT_MATRIX;
    this.place = place;
    this.panel = new Model({ ...start }, () => this.answer());
    this.run = null;
    this.remove = () => {};
  }

  async show() {
    // From then on a stepper is there at once, before another cell can be chosen.
    await load(OCALLKIT_MATRIX.stepper);
    await show(this.place, this.place.dataset.module, this.panel);
    this.below = document.createElement("div");
    this.place.append(this.below);
  }

  async answer() {
    const { tables, answers, runs, stepper } = OCALLKIT_MATRIX;
    const { property, chosen } = this.panel.get("asked");
    const { said, run } = answers[property][chosen ? chosen.join("/") : ""];
    this.panel.set("shown", { ...tables[property], said });
    if (run === this.run) return;
    this.run = run;
    this.remove();
    this.remove = run ? await show(this.below, stepper, new Model({ ...runs[run] })) : () => {};
  }
}

async function wake(place) {
  const picture = [...place.children];
  // The matrix alone has its data in a file.
  const data = JSON.parse(place.querySelector("script").textContent);
  await (data ? show(place, place.dataset.module, new Model(data)) : new Matrix(place).show());
  // What is printed is the picture.
  for (const part of picture) part.classList.add("still");
  place.classList.add("awake");
}

// The widgets look for the theme where JupyterLab says it.
const prefersDark = matchMedia("(prefers-color-scheme: dark)");

function paint() {
  const { theme } = document.body.dataset;
  const dark = theme === "dark" || (theme !== "light" && prefersDark.matches);
  document.body.dataset.jpThemeLight = String(!dark);
}

new MutationObserver(paint).observe(document.body, { attributeFilter: ["data-theme"] });
prefersDark.addEventListener("change", paint);
paint();
for (const place of document.querySelectorAll(".ocallkit-widget")) wake(place);

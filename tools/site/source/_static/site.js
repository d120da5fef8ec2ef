// Brings the widgets of a page to life.  The page has their data, `widgets.js` their scripts, as text:
// a browser loads no module from a file, but it does from text.
"use strict";

// The part of a widget's model that anywidget documents.  Behind it is nothing but the page, or
// `kernel`, which is told of what the page has set and sent.
class Model {
  constructor(state, kernel = {}) {
    this.state = state;
    this.kernel = kernel;
    this.mine = {};
    this.listeners = new Map();
    // Widgets take who can be sent something for somebody who answers.
    if (kernel.sent) this.send = (content) => kernel.sent(content);
  }

  get(name) {
    return this.state[name];
  }

  set(name, value) {
    if (this.state[name] === value) return;
    this.mine[name] = value;
    this.follow({ [name]: value });
  }

  // Takes over what somebody else has set, all of it before anybody is told.
  follow(changes) {
    Object.assign(this.state, changes);
    for (const [name, value] of Object.entries(changes)) this.tell(`change:${name}`, this, value);
    this.tell("change", this);
  }

  tell(event, ...about) {
    for (const act of [...(this.listeners.get(event) ?? [])]) act(...about);
  }

  on(event, act) {
    this.listeners.set(event, [...(this.listeners.get(event) ?? []), act]);
  }

  off(event, act) {
    this.listeners.set(event, (this.listeners.get(event) ?? []).filter((one) => one !== act));
  }

  save_changes() {
    const { mine } = this;
    this.mine = {};
    this.kernel.changed?.(mine);
  }

  // Where a step of a run is to be seen.
  address(token, step) {
    return new URL(addressOf(token, step), location.href).href;
  }
}

// A run that was computed when the site was built.  Asked for more, Python starts in the page and
// goes on from there.
function computed(state) {
  let taken;
  const ask = async (...asked) => {
    const say = (words) => model.tell("msg:custom", { working: words });
    try {
      taken ??= ocallkitPython.adopt(model, say);
      const { outputs } = await ocallkitPython.ask(say, asked[0], await taken, ...asked.slice(1));
      const refused = outputs.find((one) => one.error)?.error;
      if (refused) model.tell("msg:custom", { refused });
    } catch (error) {
      taken = undefined;
      model.tell("msg:custom", { refused: error.message });
    }
  };
  const model = new Model({ trail: [], beside: {}, ...state }, OCALLKIT_ALIVE ? {
    changed: (changes) => taken && ask("change", changes),
    sent: (content) => ask("message", content),
  } : {});
  return model;
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
    linkToStep(model, el);
    return () => {
      clean?.();
      el.remove();
    };
  } catch (error) {
    el.remove();
    throw error;
  }
}

// --- runs by their tokens ----------------------------------------------------------------------

function loadScript(address) {
  return new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = done;
    script.onerror = () => failed(new Error(`${address} cannot be loaded`));
    document.head.append(script);
  });
}

// What a stepper shows of a run that was computed when the site was built.
async function recorded(token) {
  const { files, stories } = OCALLKIT_RUNS;
  if (!stories[token]) await loadScript(`_static/runs/${files[token]}`);
  return stories[token];
}

function addressOf(token, step) {
  const at = step === undefined ? "" : `&step=${step}`;
  return `matrix.html#replay=${encodeURI(token).replace(/[#&]/g, encodeURIComponent)}${at}`;
}

// Below a stepper: where the step is that it shows.
function linkToStep(model, el) {
  if (!model.get("story")) return;
  const link = document.createElement("a");
  const line = document.createElement("p");
  link.textContent = "Link to this step";
  line.className = "link-to-step";
  line.append(link);
  el.append(line);
  const update = () => {
    link.href = addressOf(model.get("story").token, model.get("at"));
  };
  model.on("change:at", update);
  model.on("change:story", update);
  update();
}

const TOKEN = /[A-Za-z0-9.][\w.-]*\/[\w.-]+\/t\d+\/c\d+\/[A-Za-z0-9_.:@+,/=!-]*/g;

// Every token in a text leads to its run.
function linkTokens(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT, (node) =>
    node.parentElement.closest("a, script, .ocallkit-widget, .highlight-python")
      ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const node of texts) {
    for (const found of [...node.data.matchAll(TOKEN)].reverse()) {
      // What ends a sentence or goes on in it is no part of a token.
      const token = found[0].replace(/[.,:]+$/, "");
      node.splitText(found.index + token.length);
      const link = document.createElement("a");
      link.href = addressOf(token);
      link.append(node.splitText(found.index));
      node.after(link);
    }
  }
}

// `#replay=TOKEN&step=N`: the run of a link, above everything else.
class Linked {
  constructor(place) {
    this.place = place;
    this.remove = () => {};
    addEventListener("hashchange", () => this.open());
  }

  async open() {
    const found = /^#replay=([^&]*)(?:&step=(.*))?$/.exec(location.hash);
    this.place.hidden = !found;
    if (!found) return;
    this.remove();
    const [token, step] = found.slice(1).map((part) => part && readable(part));
    const told = document.createElement("p");
    const code = document.createElement("code");
    this.body = document.createElement("div");
    code.textContent = token;
    told.setAttribute("role", "status");
    this.place.replaceChildren(code, told, this.body);
    this.place.scrollIntoView();
    const number = /^\d+$/.test(step ?? "") ? Number(step) : undefined;
    const notes = step && number === undefined ? [`step: a number was expected, not ${step}.`] : [];
    const say = (...more) => (told.textContent = [...notes, ...more].join(" "));
    say();
    if (!token) say("A link to a run ends in #replay=TOKEN&step=N.");
    else if (OCALLKIT_RUNS.files[token]) await this.show(token, number, say);
    else if (window.ocallkitPython) await this.replay(token, number, say);
    else say(`This run was not computed for these pages. ocallkit show --replay ${token} shows it.`);
  }

  async show(token, step, say) {
    const { body } = this;
    const story = await recorded(token);
    const last = story.moments.length - 1;
    if (step > last) {
      say(`${story.title} has steps 0 to ${last}, not ${step}: it stands at the last.`);
    }
    const at = Math.min(step ?? story.start, last);
    const remove = await show(body, OCALLKIT_RUNS.stepper, computed({ story, at }));
    if (body === this.body) this.remove = remove;
    else remove();
  }

  async replay(token, step, say) {
    const { body } = this;
    const answer = await ocallkitPython.ask(say, "replay", token, step ?? null);
    say();
    if (body === this.body) await ocallkitPython.render(answer.outputs, body);
  }
}

function readable(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

// --- what a page has -----------------------------------------------------------------------------

// The matrix: whatever it can be asked was answered when the site was built.
class Matrix {
  constructor(place) {
    const { start } = OCALLKIT_MATRIX;
    this.place = place;
    this.panel = new Model({ ...start }, { changed: () => this.answer() });
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
    const { tables, answers, stepper } = OCALLKIT_MATRIX;
    const { property, chosen } = this.panel.get("asked");
    const { said, run } = answers[property][chosen ? chosen.join("/") : ""];
    this.panel.set("shown", { ...tables[property], said });
    if (run === this.run) return;
    this.run = run;
    this.remove();
    this.remove = () => {};
    if (!run) return;
    const story = await recorded(run);
    // The reader may have gone on to another one.
    if (this.run !== run) return;
    const at = story.moments.length - 1;
    this.remove = await show(this.below, stepper, computed({ story, at }));
  }
}

async function wake(place) {
  const picture = [...place.children];
  // The matrix alone has its data in a file.
  const data = JSON.parse(place.querySelector("script").textContent);
  const model = data && (data.story ? computed(data) : new Model(data));
  await (model ? show(place, place.dataset.module, model) : new Matrix(place).show());
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
linkTokens(document.querySelector("article") ?? document.body);
window.ocallkitPython = OCALLKIT_ALIVE ? new Python() : undefined;
const linked = document.querySelector("#linked");
if (linked) new Linked(linked).open();

// Python in the page: started when the reader asks for it, in a worker of its own.  Cells can be
// changed and run; what they show is live.
"use strict";

const PLACE = "data-ocallkit-live";
const REFERENCE = "IPY_MODEL_";

class Python {
  constructor() {
    this.models = new Map();
    this.asked = new Map();
    this.number = 0;
    for (const cell of document.querySelectorAll(".highlight-python")) this.prepare(cell);
  }

  // --- the worker ------------------------------------------------------------------------------

  // Asks the kernel, which is started first if it has to be; `say` tells the reader what goes on.
  async ask(say, ...asked) {
    try {
      this.started ??= this.start(say);
      await this.started;
      say("Running…");
      return this.take(await this.post({ asked }));
    } catch (error) {
      return { outputs: [{ error: String(error.message) }] };
    }
  }

  async start(say) {
    try {
      say("Loading Python…");
      await loadScript("_static/python/index.js");
      const { names, files, script } = OCALLKIT_PYTHON;
      await Promise.all(names.map((name) => loadScript(`_static/python/${name}.js`)));
      say("Starting Python…");
      const source = new Blob([script], { type: "text/javascript" });
      this.worker = new Worker(URL.createObjectURL(source));
      this.worker.onmessage = ({ data }) => this.answered(data);
      this.worker.onerror = (event) => this.lost(event.message ?? "it does not start");
      const started = this.post({ texts: files });
      // The worker has its own.
      for (const name of names) delete files[name];
      await started;
      document.documentElement.dataset.python = "runs";
    } catch (error) {
      // It can be tried again.
      this.started = undefined;
      throw new Error(`Python does not run in this page: ${error.message}`);
    }
  }

  post(message) {
    this.number += 1;
    const { number } = this;
    return new Promise((done, failed) => {
      this.asked.set(number, { done, failed });
      this.worker.postMessage({ ...message, number });
    });
  }

  answered({ number, answer, failed }) {
    const asked = this.asked.get(number);
    this.asked.delete(number);
    if (failed) asked.failed(new Error(failed));
    else asked.done(answer);
  }

  lost(why) {
    for (const { failed } of this.asked.values()) failed(new Error(why));
    this.asked.clear();
    this.started = undefined;
  }

  // Lets the widgets follow an answer.
  take(answer) {
    const known = Object.entries(answer.widgets ?? {}).filter(([id]) => this.models.has(id));
    for (const [id, state] of Object.entries(answer.widgets ?? {})) {
      if (!this.models.has(id)) this.models.set(id, this.model(id, state));
    }
    for (const [id, state] of known) this.models.get(id).follow(state);
    for (const [id, content] of answer.said ?? []) this.models.get(id)?.tell("msg:custom", content);
    return answer;
  }

  model(id, state) {
    const tell = async (...asked) => {
      const { outputs } = await this.ask(() => {}, ...asked);
      const error = outputs.find((one) => one.error);
      if (error) this.model_says(id, error.error);
    };
    return new Model(state, {
      changed: (changes) => tell("change", id, changes),
      sent: (content) => tell("message", id, content),
    });
  }

  // Takes over a stepper of the page; returns the name by which Python knows it.
  async adopt(model, say) {
    const { story } = model.state;
    const { outputs } = await this.ask(say, "replay", story.token, model.get("at"));
    const failed = outputs.find((one) => one.error);
    if (failed) throw new Error(failed.error);
    const html = outputs.find((one) => one.data)?.data["text/html"];
    const id = this.shownIn(new RegExp(`${PLACE}="([0-9a-f]+)"`).exec(html)[1]);
    this.models.set(id, model);
    return id;
  }

  // The widget that comes to life in the picture of that name.
  shownIn(place) {
    const live = [...this.models.values()].find((model) => model.get("place") === place);
    return live.get("shows").slice(REFERENCE.length);
  }

  model_says(id, text) {
    const place = document.querySelector(`[data-model="${id}"]`);
    place?.querySelector(":scope > .error")?.remove();
    place?.append(textOf(text, "error"));
  }

  // --- cells -----------------------------------------------------------------------------------

  prepare(cell) {
    const code = cell.querySelector("pre");
    const bar = document.createElement("p");
    const run = document.createElement("button");
    const told = document.createElement("span");
    bar.className = "run-cell";
    run.type = "button";
    run.textContent = "Run it here";
    run.title = "Runs Python in this page (Shift+Enter). You may change the code first.";
    told.setAttribute("role", "status");
    bar.append(run, told);
    // Folded code is in a place of its own, what it shows stands behind that.
    (cell.parentElement.localName === "details" ? cell.parentElement : cell).after(bar);
    code.contentEditable = "plaintext-only";
    code.spellcheck = false;
    for (const [name, value] of Object.entries({
      role: "textbox", "aria-multiline": "true", "aria-label": "The code of this cell",
    })) code.setAttribute(name, value);
    let busy = false;
    const act = async () => {
      if (busy) return;
      busy = true;
      run.setAttribute("aria-disabled", "true");
      const say = (text) => (told.textContent = text);
      const { outputs } = await this.ask(say, "run", codeOf(code));
      // What it showed before: everything up to the mark behind the cell.
      let place = bar.nextElementSibling;
      while (place && !place.matches(".outputs-end")) {
        const next = place.nextElementSibling;
        place.remove();
        place = next;
      }
      const body = document.createElement("div");
      body.className = "outputs live";
      bar.after(body);
      await this.render(outputs, body);
      say(outputs.length ? "" : "It shows nothing.");
      run.removeAttribute("aria-disabled");
      busy = false;
    };
    run.addEventListener("click", act);
    code.addEventListener("keydown", (event) => {
      if (!event.shiftKey || event.key !== "Enter") return;
      event.preventDefault();
      act();
    });
  }

  // --- what cells show -------------------------------------------------------------------------

  async render(outputs, place) {
    for (const output of outputs) {
      const part = document.createElement("div");
      part.className = "output";
      place.append(part);
      if (output.error !== undefined) part.append(textOf(output.error, "error"));
      else if (output.text !== undefined) part.append(textOf(output.text));
      else await this.display(output.data, part);
    }
    linkTokens(place);
  }

  async display(data, place) {
    if (data["text/html"]) {
      place.innerHTML = data["text/html"].replace(/(href="[\w-]+)\.ipynb/g, "$1.html");
      for (const picture of place.querySelectorAll(`[${PLACE}]`)) await this.wake(picture);
    } else place.append(textOf(data["text/markdown"] ?? data["text/plain"] ?? ""));
  }

  // Puts a widget into the place of its picture, as `live.js` does in JupyterLab.
  async wake(picture) {
    const found = picture.cloneNode(false);
    await this.show(this.shownIn(picture.getAttribute(PLACE)), found);
    picture.replaceWith(found);
  }

  // Shows a widget; of a box what is in it, and from then on what comes into it.
  async show(id, place) {
    const model = this.models.get(id);
    const el = document.createElement("div");
    el.dataset.model = id;
    el.className = "ocallkit-widget";
    place.append(el);
    const name = model.get("_anywidget_id");
    if (OCALLKIT_MODULES[name]) await show(el, name, model);
    else if (model.get("children")) {
      // As JupyterLab calls it; the labs look for it.
      el.classList.add("widget-vbox");
      await this.fill(model, el);
    } else if (model.get("min") !== undefined) el.append(slider(model));
    else html(model, el);
  }

  async fill(model, el) {
    const update = async () => {
      const ids = model.get("children").map((child) => child.slice(REFERENCE.length));
      for (const child of [...el.children]) if (!ids.includes(child.dataset.model)) child.remove();
      const here = [...el.children].map((child) => child.dataset.model);
      for (const id of ids) if (!here.includes(id)) await this.show(id, el);
    };
    let last = Promise.resolve();
    model.on("change:children", () => (last = last.then(update)));
    await update();
  }
}

// The code as it stands in its cell: where somebody has typed, a line may end in an element.
function codeOf(pre) {
  const copy = pre.cloneNode(true);
  for (const end of copy.querySelectorAll("br")) end.replaceWith("\n");
  return copy.textContent;
}

function textOf(text, kind = "") {
  const pre = document.createElement("pre");
  pre.className = kind;
  pre.textContent = text;
  return pre;
}

function html(model, el) {
  const update = () => (el.innerHTML = model.get("value") ?? "");
  model.on("change:value", update);
  update();
}

function slider(model) {
  const label = document.createElement("label");
  const input = document.createElement("input");
  const number = document.createElement("output");
  Object.assign(input, { type: "range", min: model.get("min"), max: model.get("max") });
  const update = () => {
    input.value = model.get("value");
    number.textContent = model.get("value");
  };
  input.addEventListener("input", () => {
    model.set("value", Number(input.value));
    model.save_changes();
  });
  model.on("change:value", update);
  update();
  label.append(`${model.get("description")} `, input, " ", number);
  return label;
}

// Saving a run, and asking the kernel for what was not computed beforehand.

const ANSWERS = 5000; // milliseconds after which a kernel is taken for one that does not answer

// What comes with the story can be saved without a kernel; everything else the kernel writes.
const STORED = {
  svg: (story) => story.svg,
  text: (story) => `${story.text}\n`,
  token: (story) => `${story.token}\n`,
};

// The kernel behind a model, if there is one.
class Kernel {
  constructor(model) {
    this.model = model;
    this.onMessage = (content) => this.heard(content);
    model.on("msg:custom", this.onMessage);
  }

  // What says where a step of a run is to be seen, on pages that have addresses for them.
  get address() {
    return this.model.address;
  }

  get isThere() {
    return typeof this.model.send === "function";
  }

  // `answered` is called with what comes back, `failed` with why nothing does, `working` with what
  // goes on meanwhile: Python that has to start says so, and takes its time.
  ask(content, answered, failed, working) {
    this.done();
    this.answered = answered;
    this.failed = failed;
    this.working = working;
    const silent = "the kernel does not answer: run the cell again";
    this.waiting = setTimeout(() => this.fail(silent), ANSWERS);
    try {
      this.model.send(content);
    } catch {
      this.fail(silent);
    }
  }

  heard(content) {
    if (content.working !== undefined) {
      clearTimeout(this.waiting);
      this.working?.(content.working);
    } else if (content.refused !== undefined) this.fail(content.refused);
    else if (this.answered?.(content)) this.done();
  }

  fail(words) {
    const { failed } = this;
    this.done();
    failed?.(words);
  }

  done() {
    clearTimeout(this.waiting);
    this.answered = this.failed = this.working = undefined;
  }

  remove() {
    this.done();
    this.model.off("msg:custom", this.onMessage);
  }
}

// The menu "save as", and the token that names the run.
class Saving {
  constructor(story, kernel, at) {
    this.story = story;
    this.kernel = kernel;
    this.at = at;
    this.said = make("span", { class: "said", role: "status" });
    this.token = make("code", {}, breakable(story.token));
    const more = [["png", "PNG"], ["link", "link to this step"]];
    const there = ({ name }) => kernel.isThere || name in STORED;
    const forms = story.forms.map((form) =>
      [form.name, there(form) ? form.title : `${form.title}: needs a kernel`]);
    this.form = select("Form in which it is saved", [...forms, ...more], () => this.say(""));
    story.forms.forEach((form, place) => { this.form.options[place].disabled = !there(form); });
    this.element = make("div", { class: "foot" },
      button("Copy token", "Copy the token that names this run", () => this.copy(story.token)),
      this.token,
      button("Save as", "Save this run as a file", () => this.save()),
      this.form,
      this.said);
  }

  say(words) {
    this.said.textContent = words;
  }

  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      this.say("copied");
    } catch {
      this.token.textContent = text;
      getSelection().selectAllChildren(this.token);
      this.say("selected: copy it with your browser's key");
    }
  }

  save() {
    const form = this.form.value;
    if (form === "png") this.png();
    else if (form === "link") this.copy(this.link());
    else if (form in STORED) this.download(form, [STORED[form](this.story)]);
    else this.ask(form);
  }

  // On a page of the site the address; in a notebook the line that shows the step.
  link() {
    const { token } = this.story;
    return this.kernel.address?.(token, this.at())
      ?? `Stepper(replay(${JSON.stringify(token)}), at=${this.at()})`;
  }

  // The token of another run, as a link where there are pages; to be copied everywhere.
  named(token, step) {
    const href = this.kernel.address?.(token, step);
    const code = make("code", {}, breakable(token));
    const shown = href ? make("a", { href, class: "run" }, "Open it from here: ", code) : code;
    if (href) shown.tabIndex = -1;
    const copy = button("Copy its token", "Copy the token of this alternative", () => this.copy(token));
    return make("p", { class: "named" }, shown, " ", copy);
  }

  ask(form) {
    this.say("asked the kernel");
    const mine = ({ form: found, digest, text }) => {
      if (found !== form || digest !== this.story.digest) return false;
      this.download(form, [text]);
      return true;
    };
    this.kernel.ask({ write: form }, mine, (words) => this.say(words));
  }

  // At twice its size, so that its words are sharp where it is shown.
  async png() {
    const picture = new Image();
    const { svg } = this.story;
    picture.src = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
    await picture.decode();
    URL.revokeObjectURL(picture.src);
    const canvas = make("canvas", { width: 2 * picture.width, height: 2 * picture.height });
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => this.download("png", [blob]), "image/png");
  }

  download(form, parts) {
    const suffix = this.story.forms.find((one) => one.name === form)?.suffix ?? `.${form}`;
    const name = `${this.story.title.replace(/[^\w.+-]+/g, "-")}${suffix}`;
    const link = make("a", { href: URL.createObjectURL(new Blob(parts)), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 0);
    this.say(`saved ${name}`);
  }
}

// What the pages of the labs share; it stands before each of them.

const SVG = "http://www.w3.org/2000/svg";

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

function button(attributes, act, ...children) {
  const element = make("button", { type: "button", ...attributes }, ...children);
  element.addEventListener("click", act);
  return element;
}

// The shape of a verdict: its word says the same.
function mark({ d }) {
  const picture = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  const own = { d, fill: "none", stroke: "currentColor", "stroke-width": 2 };
  for (const [name, value] of Object.entries(own)) path.setAttribute(name, value);
  picture.setAttribute("viewBox", "0 0 12 12");
  picture.setAttribute("class", "mark");
  picture.setAttribute("aria-hidden", "true");
  picture.append(path);
  return picture;
}

// The edge of a verdict, in the palette's colour and in its style.
function edged(element, { edge, line }) {
  element.style.setProperty("--on-light", edge);
  element.style.borderLeftStyle = line;
  return element;
}

// A choice among names, which may be in groups with a label, under its label.
function select(label, names, chosen, act) {
  const option = ([value, words]) => make("option", { value, selected: value === chosen }, words);
  const entry = (one) => (Array.isArray(one)
    ? option(one)
    : make("optgroup", { label: one.label }, ...one.names.map(option)));
  const element = make("select", {}, ...names.map(entry));
  element.addEventListener("change", () => act(element.value));
  return make("label", { class: "select" }, `${label} `, element);
}

// Names have no spaces to break at: let them break behind their separators.
function breakable(text) {
  return text.replace(/([_/:.@-])/g, "$1\u200b");
}

// The place around has keys of its own for letters and arrows: they stay here.
function keepKeys(root) {
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.shiftKey && event.key === "Enter") return;
    event.stopPropagation();
  });
}

// Replaces the content of `root`, and leaves the focus on what has the same key.
function refill(root, ...children) {
  const key = root.contains(document.activeElement) && document.activeElement.dataset.key;
  root.replaceChildren(...children);
  if (!key) return;
  const again = [...root.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key);
  const near = again?.disabled ? again.parentElement.querySelector("[data-key]:enabled") : again;
  near?.focus({ preventScroll: true });
}

// The page's side of ocallkit.widgets.stepper, in parts that stand one behind the other in one
// module.  Everything that it shows came with the model, as data: a step is a look-up, and the
// kernel is only told where the reader is, and asked for what was not computed beforehand.

const SVG = "http://www.w3.org/2000/svg";

// The whole stepper is one stop of the Tab key; inside it the arrows go from one of these to another.
const STOPS = "button, select, input, summary, a";

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  if (element.matches(STOPS)) element.tabIndex = -1;
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

function draw(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function button(label, title, act, attributes = {}) {
  const element = make("button", { type: "button", title, "aria-label": title, ...attributes }, label);
  element.addEventListener("click", act);
  return element;
}

// A choice among [value, words], under its label.
function select(label, options, act) {
  const element = make("select", { "aria-label": label },
    ...options.map(([value, words]) => make("option", { value }, words)));
  element.addEventListener("change", () => act(element.value));
  return element;
}

function tick(words, checked, act) {
  const element = make("input", { type: "checkbox", checked });
  element.addEventListener("change", () => act(element.checked));
  return make("label", { class: "tick" }, element, ` ${words}`);
}

// Names have no spaces to break at: let them break behind their separators.
function breakable(text) {
  return text.replace(/([_/:@])/g, "$1\u200b");
}

function several(count, word) {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

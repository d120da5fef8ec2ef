// The page's side of ocallkit.widgets.live.  It has no view: it looks for the pictures that name it,
// and shows its widget in front of each for as long as the kernel answers.

const PLACE = "data-ocallkit-live";
const DEAD = new Set(["autorestarting", "dead", "terminating"]);
const GONE = "The kernel is gone: run this cell again.";

// An image has the colours of the place around it, which says so to nobody but style sheets.
const STYLE = `
  @media screen {
    [data-jp-theme-light="false"] .jp-RenderedHTMLCommon img { color-scheme: dark; }
    [data-jp-theme-light="true"] .jp-RenderedHTMLCommon img { color-scheme: light; }
  }
  @media screen {
    [${PLACE}].alive > :not(.ocallkit-alive) { display: none; }
  }
  @media print {
    [${PLACE}] img { color-scheme: light; }
    [${PLACE}] > :is(.ocallkit-alive, p:last-child) { display: none; }
  }
`;

// One for the page, whichever kernel each widget belongs to.
function registry() {
  const name = Symbol.for("ocallkit.live");
  if (globalThis[name]) return globalThis[name];
  const known = new Map();
  const sweep = () => known.forEach((live) => live.sweep());
  new MutationObserver(sweep).observe(document.body, { childList: true, subtree: true });
  const style = document.createElement("style");
  style.textContent = STYLE;
  document.head.append(style);
  return (globalThis[name] = known);
}

class Live {
  constructor(model, id) {
    this.model = model;
    this.id = id;
    this.views = new Map();
  }

  // JupyterLab takes what is off the screen out of the page, and brings it back.
  sweep() {
    for (const [place, view] of this.views) {
      if (place.isConnected) continue;
      this.views.delete(place);
      this.close(place, view);
    }
    for (const place of document.querySelectorAll(`[${PLACE}="${this.id}"]`)) {
      if (!this.views.has(place)) this.open(place);
    }
  }

  open(place) {
    const front = document.createElement("div");
    front.className = "ocallkit-alive";
    const view = { front, made: this.view() };
    this.views.set(place, view);
    view.made.then(({ luminoWidget }) => {
      if (this.views.get(place) !== view || !place.isConnected) return;
      place.prepend(front);
      // The class is not to be had from here by its name; every widget inherits from it.
      luminoWidget.constructor.attach(luminoWidget, front);
      place.classList.add("alive");
    });
  }

  async view() {
    const manager = this.model.widget_manager;
    const shown = await manager.get_model(this.model.get("shows").replace("IPY_MODEL_", ""));
    return manager.create_view(shown);
  }

  close(place, { front, made }) {
    place.classList.remove("alive");
    made.then((view) => {
      // JupyterLab's widgets want to be taken away from a page, and not only with it.
      if (!front.isConnected && front.hasChildNodes()) document.body.append(front);
      view.remove();
      front.remove();
    });
  }

  // Nothing that is shown would be answered any more: the picture says what to do.
  end() {
    for (const [place, view] of this.views) {
      this.close(place, view);
      const words = document.createElement("strong");
      words.textContent = GONE;
      place.lastElementChild.replaceChildren(words);
    }
    this.views.clear();
  }
}

function initialize({ model }) {
  const known = registry();
  const id = model.get("place");
  const live = new Live(model, id);
  const end = () => {
    live.end();
    known.delete(id);
  };
  known.set(id, live);
  model.on("comm_live_update", end);
  // Of a kernel that was shut down or has died JupyterLab tells its session alone.
  const session = model.widget_manager.context?.sessionContext;
  const changed = (_sender, { oldValue }) => oldValue && end();
  const dead = (_sender, status) => DEAD.has(status) && end();
  session?.kernelChanged.connect(changed);
  session?.statusChanged.connect(dead);
  live.sweep();
  return () => {
    session?.kernelChanged.disconnect(changed);
    session?.statusChanged.disconnect(dead);
    end();
  };
}

export default { initialize };

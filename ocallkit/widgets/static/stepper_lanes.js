// A picture without some of its lanes: those that stay move together, and what is left out is gone.

const LEAST_GAP = 116; // from lane to lane, in the picture's pixels
const BETWEEN = 12; // between the headers of one band
const BANDS_APART = 32; // between those of two
const RIM = 28.5; // from a picture's edge to its first header
const BARS = 60; // what the bars at both ends of a label take, and the air around it
const HANGING = 24; // how far a note reaches to the left of its lane
const MARGIN = 16;

// A divider crosses every lane, and belongs to none.
function isDivider(row) {
  return row.message === 0 && row.lanes.length !== 1;
}

function middle([left, right]) {
  return (left + right) / 2;
}

// Where everything stands without the lanes in `hidden`; the places themselves where none is.
function folded(places, width, hidden) {
  const { lanes, rows } = places;
  const isSeen = (row) => isDivider(row) || !row.lanes.some((lane) => hidden.has(lane));
  if (!hidden.size) return { ...places, width, isSeen, label: (row) => middle(row.words) };
  const seen = lanes.map((_, index) => index).filter((index) => !hidden.has(index));
  const shown = rows.filter(isSeen);
  const xs = lanes.map(({ x }) => x);
  const needed = (one, other) => {
    const [left, right] = [lanes[one], lanes[other]];
    const apart = left.band === right.band ? BETWEEN : BANDS_APART;
    const over = shown.filter((row) => row.message && Math.min(...row.lanes) <= one
      && Math.max(...row.lanes) >= other && between(middle(row.words)) === one);
    const notes = shown.filter((row) => !row.message && row.lanes.length === 1 && row.lanes[0] === one);
    const wide = ({ words: [from, to] }) => to - from;
    return Math.round(Math.max(LEAST_GAP, left.half + apart + right.half,
      ...over.map((row) => wide(row) + BARS), ...notes.map((row) => wide(row) - HANGING + BETWEEN)));
  };
  // The last lane that is seen to the left of a place.
  const between = (x) => seen.findLast((lane) => lanes[lane].x < x) ?? seen[0];
  xs[seen[0]] = lanes[seen[0]].half + RIM;
  for (let place = 1; place < seen.length; place += 1) {
    const [one, other] = [seen[place - 1], seen[place]];
    const gap = other === one + 1 ? lanes[other].x - lanes[one].x : needed(one, other);
    xs[other] = xs[one] + gap;
  }
  const last = seen.at(-1);
  const boxes = shown.filter((row) => !row.message).map(({ words: [from, to] }) => to - from);
  const beyond = last === lanes.length - 1 ? width - lanes[last].x : lanes[last].half + RIM;
  const total = Math.round(Math.max(xs[last] + beyond, ...boxes.map((wide) => wide + 2 * RIM)));
  const label = (row) => {
    const one = between(middle(row.words));
    const other = seen[seen.indexOf(one) + 1];
    return other === undefined || other === one + 1
      ? middle(row.words) + xs[one] - lanes[one].x : (xs[one] + xs[other]) / 2;
  };
  const moved = (row) => {
    const [from, to] = row.words;
    const half = (to - from) / 2;
    if (isDivider(row)) return { ...row, right: total };
    if (!row.message) {
      const [lane] = row.lanes;
      const left = Math.max(MARGIN + 4, Math.min(from + xs[lane] - lanes[lane].x, total - MARGIN - 2 * half));
      return { ...row, left, right: left + 2 * half };
    }
    if (!isSeen(row)) return row;
    const ends = row.lanes.map((lane) => xs[lane]);
    return { ...row,
      left: Math.min(...ends.map((x) => x - 9), label(row) - half),
      right: Math.max(...ends.map((x) => x + 9), label(row) + half) };
  };
  return { ...places, lanes: lanes.map((lane, index) => ({ ...lane, x: xs[index] })),
    rows: rows.map(moved), width: total, isSeen, label };
}

// Draws a picture's parts where they stand then.
class Parts {
  // `message` finds the element of a message by its number.
  constructor(picture, places, width, message) {
    this.places = places;
    this.width = width;
    const all = (name) => [...picture.querySelectorAll(`[data-${name}]`)];
    this.paper = picture.querySelector("rect");
    this.lanes = all("lane");
    this.rows = all("row");
    this.bands = all("band");
    this.endings = all("ending");
    this.messages = places.rows.filter((row) => row.message).map((row) => {
      const [shaft, head] = message(row.message).querySelectorAll("path");
      const [, from, y, to] = /^M(\S+) (\S+)H(\S+)$/.exec(shaft.getAttribute("d"));
      return { row, shaft, head, from: Number(from), to: Number(to), y,
        words: message(row.message).querySelectorAll("text") };
    });
  }

  place(fold, hidden) {
    const by = (lane) => fold.lanes[lane].x - this.places.lanes[lane].x;
    this.paper.setAttribute("width", fold.width - 1);
    for (const part of this.lanes) {
      const lane = Number(part.dataset.lane);
      part.toggleAttribute("data-away", hidden.has(lane));
      shift(part, by(lane));
    }
    // As wide as all lanes; its words stand under what cannot happen, too.
    for (const part of this.endings) part.toggleAttribute("data-away", hidden.size > 0);
    for (const part of this.rows) this.box(part, Number(part.dataset.row), fold);
    for (const part of this.bands) this.band(part, fold, hidden);
    for (const { row, shaft, head, from, to, y, words } of this.messages) {
      if (!fold.isSeen(row)) continue;
      const [source, target] = row.lanes.map(by);
      shaft.setAttribute("d", `M${from + source} ${y}H${to + target}`);
      shift(head, target);
      for (const text of words) shift(text, fold.label(row) - middle(row.words));
    }
  }

  box(part, index, fold) {
    const row = this.places.rows[index];
    part.toggleAttribute("data-away", !fold.isSeen(row));
    if (!isDivider(row)) {
      shift(part, fold.rows[index].left - row.left);
      return;
    }
    for (const one of part.children) {
      if (one.localName !== "path") shift(one, (fold.width - this.width) / 2);
      else one.setAttribute("d", one.getAttribute("d").replace(/H.*/, `H${fold.width - MARGIN}`));
    }
  }

  band(part, fold, hidden) {
    const own = fold.lanes.filter((lane, index) =>
      lane.band === part.dataset.band && !hidden.has(index));
    part.toggleAttribute("data-away", !own.length);
    if (!own.length) return;
    const left = own[0].x - own[0].half - BESIDE + 0.5;
    const right = own.at(-1).x + own.at(-1).half + BESIDE - 0.5;
    const [area, words] = part.children;
    area.setAttribute("x", left);
    area.setAttribute("width", right - left);
    words.setAttribute("x", (left + right) / 2);
  }
}

function shift(part, by) {
  if (by) part.setAttribute("transform", `translate(${by} 0)`);
  else part.removeAttribute("transform");
}

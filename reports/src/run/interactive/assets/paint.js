// Colours and patterns of the canvas: those of the style sheet, so that light, dark and print need no second list.
//
// No meaning hangs on colour alone: a role also has its own height in a lane, a pause is hatched, a death leaves the
// lane empty, a fault has its word. The palette is that of Okabe and Ito, which colour-blind readers tell apart.

const NAMES = [
  "paper", "page", "ink", "muted", "line", "link", "leader", "on-leader", "candidate", "precandidate", "follower",
  "unknown", "on-role", "bad", "ok", "unsure", "hatch",
];

/** The colours as the style sheet has them now: its own, and those of the classes of faults. */
export function colours(classes) {
  const style = getComputedStyle(document.documentElement);
  const out = {};
  for (const name of [...NAMES, ...classes.map(({ name }) => name)]) out[name] = style.getPropertyValue(`--${name}`).trim() || "#888";
  return out;
}

/** A pattern of slanted strokes in `colour`. */
export function hatch(context, colour, gap = 6, weight = 1.6) {
  const tile = document.createElement("canvas");
  const scale = window.devicePixelRatio || 1;
  const size = Math.round(gap * scale);
  tile.width = size;
  tile.height = size;
  const pen = tile.getContext("2d");
  pen.strokeStyle = colour;
  pen.lineWidth = weight * scale;
  for (const shift of [-size, 0, size]) {
    pen.beginPath();
    pen.moveTo(shift - 1, size + 1);
    pen.lineTo(shift + size + 1, -1);
    pen.stroke();
  }
  const pattern = context.createPattern(tile, "repeat");
  pattern.setTransform(new DOMMatrix([1 / scale, 0, 0, 1 / scale, 0, 0]));
  return pattern;
}

/** Gives a canvas the size of its box in device pixels; returns its context, scaled to CSS pixels. */
export function fitted(canvas, width, height) {
  const scale = window.devicePixelRatio || 1;
  const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.setProperty("height", `${height}px`);
  }
  const context = canvas.getContext("2d", { alpha: false });
  context.setTransform(scale, 0, 0, scale, 0, 0);
  return context;
}

const widths = new Map();

/** The width of `text` in the context's font, pixels; digits are all as wide as each other. */
export function widthOf(context, text) {
  const key = `${context.font}|${text.replace(/\d/g, "0")}`;
  let width = widths.get(key);
  if (width === undefined) {
    if (widths.size > 4000) widths.clear();
    width = context.measureText(text).width;
    widths.set(key, width);
  }
  return width;
}


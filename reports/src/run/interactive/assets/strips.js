// Many small rectangles, painted as few pictures.
//
// A crowded lane is thousands of columns a pixel wide, of a handful of colours and heights. A call for each would cost
// more than all else together. Those of one colour, place and height are one row of pixels instead, stretched to their
// height: one picture for a thousand columns. Few or wide rectangles are painted as they are.

const CROWD = 60;
const NARROW_ENOUGH = 6;
const readings = new Map();
let row = null;

/** The red, green, blue and opacity of a colour as a canvas keeps them. */
function pixelOf(colour) {
  let pixel = readings.get(colour);
  if (pixel === undefined) {
    const canvas = new OffscreenCanvas(1, 1);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    pixel = new Uint32Array(context.getImageData(0, 0, 1, 1).data.buffer)[0];
    readings.set(colour, pixel);
  }
  return pixel;
}

/** Rectangles collected by colour. */
export class Rectangles {
  constructor() {
    this.byColour = new Map();
  }

  /** Adds a rectangle. */
  add(colour, x, y, width, height) {
    let list = this.byColour.get(colour);
    if (!list) this.byColour.set(colour, (list = []));
    list.push(x, y, width, height);
  }

  /** Paints and forgets them, `order` first to last, then whatever else there is. */
  paint(context, fills, order = []) {
    for (const colour of [...order, ...this.byColour.keys()]) {
      const list = this.byColour.get(colour);
      if (!list) continue;
      const fill = fills[colour] ?? colour;
      if (list.length > CROWD * 4 && typeof fill === "string") paintCrowd(context, fill, list);
      else paintEach(context, fill, list);
      this.byColour.delete(colour);
    }
  }
}

function paintEach(context, fill, list) {
  context.fillStyle = fill;
  for (let i = 0; i < list.length; i += 4) context.fillRect(list[i], list[i + 1], list[i + 2], list[i + 3]);
}

function paintCrowd(context, fill, list) {
  const wide = [];
  const rows = new Map();
  for (let i = 0; i < list.length; i += 4) {
    if (list[i + 2] > NARROW_ENOUGH) {
      wide.push(list[i], list[i + 1], list[i + 2], list[i + 3]);
      continue;
    }
    const key = list[i + 1] * 4096 + list[i + 3];
    let places = rows.get(key);
    if (!places) rows.set(key, (places = { y: list[i + 1], height: list[i + 3], x: [] }));
    places.x.push(list[i], list[i + 2]);
  }
  paintEach(context, fill, wide);
  for (const places of rows.values()) paintRow(context, fill, places);
}

function paintRow(context, fill, { y, height, x }) {
  const { width } = context.canvas;
  const scale = context.getTransform().a;
  if (row?.canvas.width !== width) {
    const canvas = new OffscreenCanvas(width, 1);
    const image = new ImageData(width, 1);
    row = { canvas, context: canvas.getContext("2d"), image, pixels: new Uint32Array(image.data.buffer) };
  }
  row.pixels.fill(0);
  const pixel = pixelOf(fill);
  for (let i = 0; i < x.length; i += 2) {
    const from = Math.max(Math.round(x[i] * scale), 0);
    const to = Math.max(Math.round((x[i] + x[i + 1]) * scale), from + 1);
    for (let p = from; p < to && p < width; p += 1) row.pixels[p] = pixel;
  }
  row.context.putImageData(row.image, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(row.canvas, 0, 0, width, 1, 0, y, width / scale, height);
}

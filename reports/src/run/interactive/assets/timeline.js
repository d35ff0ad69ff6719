// The timeline: where each row lies, and drawing all of them for one view.
//
// One canvas, drawn whole for each frame that needs it: that is simpler than keeping pieces, and with the work bound
// to pixels (see `columns.js`) it is also fast. How long the drawing took is kept in `Timeline.times`, so that a test
// or a curious reader can ask the page itself.

import { ticks, moment } from "./scale.js";
import { colours, fitted, hatch, widthOf } from "./paint.js";
import { drawClients, drawCount, drawLane } from "./lanes.js";
import { faultEnd, drawFaultBands, drawFaults, drawLinks, drawMarks, drawPhases, drawStalls, packFaults } from "./bands.js";

const AXIS = 20;
const FLAGS = 18;
const PHASES = 16;
const STRIP = 17;
const MOST_FAULT_ROWS = 6;
const KEEP_TIMES = 2000;

/** Everything that paints: colours, patterns and fonts. Made anew when the theme changes. */
export function paintBox(context, classes) {
  const colour = colours(classes);
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  colour["on-fault"] = dark ? "#0d0f11" : "#1b1c1d";
  const family = getComputedStyle(document.body).fontFamily;
  return {
    colour,
    dark,
    fill: {
      ...colour,
      dead: colour.paper,
      deadLine: colour.line,
      one: colour.leader,
      none: colour.bad,
      answered: colour.ok,
      unanswered: colour.bad,
      many: colour.candidate,
      manyBad: colour.bad,
      pausedHatch: hatch(context, dark ? "rgba(10,12,14,.85)" : "rgba(255,255,255,.85)", 7, 2.4),
      pausedTint: dark ? "rgba(10,12,14,.45)" : "rgba(255,255,255,.5)",
      unknownHatch: hatch(context, colour.muted, 4, 0.8),
      spanHatch: hatch(context, dark ? "rgba(10,12,14,.6)" : "rgba(255,255,255,.75)", 4, 1.2),
    },
    font: { small: `11px ${family}`, strong: `600 11px ${family}`, name: `600 13px ${family}`, label: `11px ${family}`, tiny: `10px ${family}` },
  };
}

/** The rows of the timeline, top to bottom, in pixels. */
export function layoutOf(run, faultRows, width) {
  const nodes = run.nodes.length;
  const lane = nodes <= 7 ? 34 : nodes <= 15 ? 26 : 18;
  const faultRow = faultRows <= 4 ? 17 : 13;
  const linkRow = run.links.length <= 8 ? 12 : run.links.length <= 24 ? 5 : run.links.length <= 60 ? 3 : 2;
  const links = Math.min(run.links.length, 120);
  const rows = { lane, faultRow, linkRow, flags: AXIS };
  let y = AXIS + FLAGS + 4;
  const place = (name, height, gap) => {
    rows[name] = y;
    rows[`${name}Height`] = height;
    y += height + (height > 0 ? gap : 0);
  };
  place("phases", run.phases.length ? PHASES : 0, 2);
  place("clients", run.clients ? STRIP : 0, 5);
  place("effective", run.effective ? STRIP : 0, 5);
  place("claimed", STRIP, 9);
  place("lanes", nodes * lane, 6);
  place("faults", faultRows * faultRow, 8);
  place("links", links * linkRow, 6);
  const names = width < 640 ? 66 : 128;
  return { rows, height: y + 4, box: { x: names, width: Math.max(width - names - 12, 40) }, names };
}

/** The timeline of a run on a canvas. */
export class Timeline {
  constructor(canvas, run) {
    this.canvas = canvas;
    this.run = run;
    this.faultRows = packFaults(run, MOST_FAULT_ROWS);
    this.times = [];
    this.flags = [];
    this.paint = null;
  }

  /** To be called when the theme or the size of the window changed. */
  restyle() {
    this.paint = null;
    this.layout = null;
  }

  /** Draws `view` with the cursor at `cursor` and a hair line at `hover` (null: none). */
  draw(view, cursor, hover) {
    const began = performance.now();
    const width = this.canvas.parentElement.clientWidth;
    if (!this.layout || this.layout.width !== width) this.layout = { width, ...layoutOf(this.run, this.faultRows, width) };
    const { rows, height, box } = this.layout;
    const context = fitted(this.canvas, width, height);
    this.paint ??= paintBox(context, this.run.colours);
    const { paint, run } = this;
    context.fillStyle = paint.colour.paper;
    context.fillRect(0, 0, width, height);
    this.axis(context, view);
    context.save();
    context.beginPath();
    context.rect(box.x, 0, box.width, height);
    context.clip();
    const bottom = height - 4;
    drawPhases(context, run, view, box, rows.phases, rows.phasesHeight, paint);
    drawFaultBands(context, run, view, box, rows, paint);
    drawClients(context, run.clients, view, box, rows.clients, rows.clientsHeight, paint);
    drawCount(context, run.effective, view, box, rows.effective, rows.effectiveHeight, paint, true);
    drawCount(context, run.claimed, view, box, rows.claimed, rows.claimedHeight, paint, false);
    run.nodes.forEach((node, i) => drawLane(context, node, view, box, rows.lanes + i * rows.lane + 3, rows.lane - 7, paint));
    drawFaults(context, run, view, box, rows.faults, rows.faultRow, paint);
    drawLinks(context, run, view, box, rows.links, rows.linkRow, paint);
    drawStalls(context, run, view, box, rows.clients, bottom - rows.clients, paint);
    this.hair(context, view, cursor, paint.colour.ink, 1.5, bottom);
    if (hover !== null) this.hair(context, view, hover, paint.colour.muted, 1, bottom);
    this.flags = drawMarks(context, run.marks, view, box, rows.flags, AXIS + FLAGS + 6, bottom, paint);
    context.restore();
    this.names(context);
    this.times.push(performance.now() - began);
    if (this.times.length > KEEP_TIMES) this.times.splice(0, KEEP_TIMES / 2);
  }

  axis(context, view) {
    const { box, height } = this.layout;
    const { step, at } = ticks(view, box.width / 96);
    const scale = box.width / (view.end - view.start);
    context.font = this.paint.font.label;
    context.textBaseline = "middle";
    context.textAlign = "center";
    for (const t of at) {
      const x = box.x + (t - view.start) * scale;
      context.fillStyle = this.paint.colour.line;
      context.fillRect(Math.round(x), AXIS - 3, 1, height - AXIS);
      context.fillStyle = this.paint.colour.muted;
      const text = moment(t, step);
      const half = widthOf(context, text) / 2;
      context.fillText(text, Math.min(Math.max(x, box.x + half), box.x + box.width - half), AXIS / 2);
    }
  }

  hair(context, view, t, colour, width, bottom) {
    const { box } = this.layout;
    if (t < view.start || t > view.end) return;
    const x = box.x + ((t - view.start) / (view.end - view.start)) * box.width;
    context.fillStyle = colour;
    context.fillRect(x - width / 2, AXIS - 4, width, bottom - AXIS + 4);
    if (width > 1) {
      context.beginPath();
      context.moveTo(x - 5, AXIS - 5);
      context.lineTo(x + 5, AXIS - 5);
      context.lineTo(x, AXIS + 2);
      context.fill();
    }
  }

  names(context) {
    const { rows, names } = this.layout;
    const { paint, run } = this;
    context.textBaseline = "middle";
    context.textAlign = "right";
    const right = names - 10;
    const write = (text, y, font, colour) => {
      context.font = font;
      context.fillStyle = colour;
      context.fillText(clipped(context, text, right - 6), right, y);
    };
    const small = names < 100;
    const rowName = (long, short, y) => write(small ? short : long, y, paint.font.label, paint.colour.muted);
    if (rows.phasesHeight) rowName("phase", "phase", rows.phases + rows.phasesHeight / 2);
    if (rows.clientsHeight) rowName("clients", "clients", rows.clients + STRIP / 2);
    if (rows.effectiveHeight) rowName("leaders, in effect", "in effect", rows.effective + STRIP / 2);
    rowName("leaders, claimed", "claimed", rows.claimed + STRIP / 2);
    run.nodes.forEach((node, i) => {
      write(node.name, rows.lanes + i * rows.lane + rows.lane / 2, paint.font.name, paint.colour.ink);
    });
    if (rows.faultsHeight) rowName("faults", "faults", rows.faults + rows.faultRow / 2);
    if (!rows.linksHeight) return;
    if (rows.linkRow < 12) rowName("links cut or slow", "links", rows.links + 6);
    else run.links.forEach((link, i) => write(link.name, rows.links + i * rows.linkRow + rows.linkRow / 2, paint.font.tiny, paint.colour.muted));
  }

  /** The moment under the pixel `x` of the canvas. */
  timeAt(view, x) {
    const { box } = this.layout;
    return view.start + ((x - box.x) / box.width) * (view.end - view.start);
  }

  /** What lies under a point: a flag, a node's number, a fault, a link. */
  hit(view, x, y) {
    if (!this.layout) return {};
    const { rows, box } = this.layout;
    const flag = y >= rows.flags && y <= rows.flags + FLAGS ? this.flags.find((f) => x >= f.left && x <= f.right) : undefined;
    const inside = x >= box.x && x <= box.x + box.width;
    const row = (name, height) => (y >= rows[name] && y < rows[name] + rows[`${name}Height`] ? Math.floor((y - rows[name]) / height) : -1);
    const node = row("lanes", rows.lane);
    const faultRow = row("faults", rows.faultRow);
    const link = row("links", rows.linkRow);
    const t = this.timeAt(view, x);
    const slack = ((view.end - view.start) / box.width) * 3;
    const fault = faultRow < 0 || !inside ? undefined : this.run.faults.findLast(
      (f) => f.row === faultRow && f.begin - slack <= t && faultEnd(f, this.run) + slack * (f.happened ? 1 : 3) >= t,
    );
    return { flag, inside, node: inside ? node : -1, fault, link: inside ? link : -1, t };
  }
}

// `text` cut to `room` pixels, with an ellipsis.
function clipped(context, text, room) {
  if (context.measureText(text.slice(0, 200)).width <= room && text.length <= 200) return text;
  let [low, high] = [0, Math.min(text.length, 200)];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (context.measureText(`${text.slice(0, middle)}…`).width <= room) low = middle;
    else high = middle - 1;
  }
  return `${text.slice(0, low)}…`;
}

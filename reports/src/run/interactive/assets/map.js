// The map: the whole run at a glance, with a brush for the part in view.
//
// The picture is drawn once (and when the size or theme changes) on a canvas of its own and copied; only the brush
// moves. Violations are drawn last and never merged away.

import { fitted } from "./paint.js";
import { drawCount } from "./lanes.js";
import { eachColumn } from "./columns.js";
import { paintBox } from "./timeline.js";
import { ticks, moment, viewOf, panned } from "./scale.js";

const HEIGHT = 58;
const HANDLE = 6;

/** The map on `canvas`; it reads and moves the store's view. */
export class RunMap {
  constructor(canvas, run, store, margin) {
    Object.assign(this, { canvas, run, store, margin });
    this.picture = document.createElement("canvas");
    this.grip = null;
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { this.grip = null; });
  }

  restyle() {
    this.paint = null;
  }

  get box() {
    const { left, right } = this.margin();
    return { x: left, width: Math.max(this.width - left - right, 40) };
  }

  redraw(context) {
    const { run, paint } = this;
    const whole = { start: 0, end: Math.max(run.length, 1) };
    const { box } = this;
    context.fillStyle = paint.colour.paper;
    context.fillRect(0, 0, this.width, HEIGHT);
    context.fillStyle = paint.colour.page;
    context.fillRect(box.x, 0, box.width, HEIGHT - 15);
    drawCount(context, run.effective ?? run.claimed, whole, box, 4, 20, paint, Boolean(run.effective));
    const scale = box.width / whole.end;
    let last = -1;
    for (const fault of run.faults) {
      const x0 = fault.begin * scale;
      const x1 = Math.max((fault.end ?? run.length) * scale, x0 + 1.5);
      if (!fault.happened || x1 - last < 0.5) continue;
      context.fillStyle = paint.colour[fault.colour];
      context.fillRect(box.x + Math.max(x0, last), 28, x1 - Math.max(x0, last), 9);
      last = x1;
    }
    context.fillStyle = paint.colour.muted;
    eachColumn(run.stalls, whole, box.width, (x0, x1) => context.fillRect(box.x + x0, 39, Math.max(x1 - x0, 1), 2));
    for (const mark of run.marks) {
      if (mark.kind === "trigger") continue;
      context.fillStyle = paint.colour[mark.certain ? "bad" : "unsure"];
      const x = box.x + Math.min(Math.max(mark.at * scale, 1), box.width - 1);
      context.fillRect(x - 1, 0, 2, HEIGHT - 15);
      context.beginPath();
      context.moveTo(x - 5, 0);
      context.lineTo(x + 5, 0);
      context.lineTo(x, 8);
      context.fill();
    }
    context.font = paint.font.label;
    context.textBaseline = "middle";
    context.textAlign = "center";
    context.fillStyle = paint.colour.muted;
    const { step, at } = ticks(whole, box.width / 110);
    for (const t of at) {
      const text = moment(t, step);
      const half = context.measureText(text).width / 2;
      context.fillText(text, Math.min(Math.max(box.x + t * scale, box.x + half), box.x + box.width - half), HEIGHT - 6);
    }
    context.textAlign = "right";
    if (box.x > 80) context.fillText("whole run", box.x - 10, 14);
  }

  draw() {
    const width = this.canvas.parentElement.clientWidth;
    const { view, cursor } = this.store;
    if (!this.paint || this.width !== width || this.left !== this.margin().left) {
      this.width = width;
      this.left = this.margin().left;
      const picture = fitted(this.picture, width, HEIGHT);
      this.paint = paintBox(picture, this.run.colours);
      this.redraw(picture);
    }
    const context = fitted(this.canvas, width, HEIGHT);
    context.drawImage(this.picture, 0, 0, width, HEIGHT);
    const { box, paint } = this;
    const scale = box.width / Math.max(this.run.length, 1);
    const x0 = box.x + view.start * scale;
    const x1 = Math.max(box.x + view.end * scale, x0 + 3);
    const tall = HEIGHT - 15;
    context.fillStyle = paint.colour.page;
    context.globalAlpha = 0.66;
    context.fillRect(box.x, 0, x0 - box.x, tall);
    context.fillRect(x1, 0, box.x + box.width - x1, tall);
    context.globalAlpha = 1;
    context.strokeStyle = paint.colour.link;
    context.lineWidth = 1.5;
    context.strokeRect(x0, 0.75, x1 - x0, tall - 1.5);
    context.fillStyle = paint.colour.link;
    for (const x of [x0, x1]) {
      context.beginPath();
      context.roundRect(x - 3, tall / 2 - 9, 6, 18, 3);
      context.fill();
    }
    context.fillStyle = paint.colour.ink;
    context.fillRect(box.x + cursor * scale - 0.5, 0, 1, tall);
  }

  time(event) {
    const { box } = this;
    const x = event.clientX - this.canvas.getBoundingClientRect().left - box.x;
    return (Math.min(Math.max(x, 0), box.width) / box.width) * this.run.length;
  }

  down(event) {
    const t = this.time(event);
    const { view, length } = this.store;
    const slack = (HANDLE * length) / this.box.width;
    this.store.stop();
    const whole = view.end - view.start > length * 0.999;
    if (Math.abs(t - view.start) < slack && !whole) this.grip = { fixed: view.end };
    else if (Math.abs(t - view.end) < slack && !whole) this.grip = { fixed: view.start };
    else if (t > view.start && t < view.end && !whole) this.grip = { moved: t };
    else this.grip = { fixed: t };
    this.canvas.setPointerCapture(event.pointerId);
    event.preventDefault();
  }

  move(event) {
    if (!this.grip) return;
    const t = this.time(event);
    const { store } = this;
    if (this.grip.fixed !== undefined) {
      const [a, b] = [Math.min(t, this.grip.fixed), Math.max(t, this.grip.fixed)];
      if (b - a > store.length / 2000) store.setView(viewOf(a, b, store.length));
    } else {
      store.setView(panned(store.view, t - this.grip.moved, store.length));
      this.grip.moved = t;
    }
  }
}

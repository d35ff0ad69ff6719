// What is on the screen now: the view, the cursor and the pointer's moment; and who wants to know of a change.
//
// All parts of the page read this one place and none calls another: that keeps the timeline, the map, the events and
// the network in step both ways. Changes within one frame are told once.

import { panned, revealing, viewOf, zoomed } from "./scale.js";

/** The state of the page. */
export class Store {
  constructor(length) {
    this.length = length;
    this.view = viewOf(0, length, length);
    this.cursor = 0;
    this.hover = null;
    this.listeners = [];
    this.changed = new Set();
    this.frame = 0;
    this.moving = 0;
  }

  /** Calls `listener(store, changed)` once a frame in which something changed; `changed` has "view", "cursor", "hover". */
  on(listener) {
    this.listeners.push(listener);
  }

  tell(what) {
    this.changed.add(what);
    this.frame ||= requestAnimationFrame(() => this.flush());
  }

  /** Tells everyone now. */
  flush() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    const changed = this.changed;
    this.changed = new Set();
    for (const listener of this.listeners) listener(this, changed);
  }

  setView(view) {
    if (view.start === this.view.start && view.end === this.view.end) return;
    this.view = view;
    this.tell("view");
  }

  zoom(factor, at = this.centre()) {
    this.stop();
    this.setView(zoomed(this.view, factor, at, this.length));
  }

  pan(by) {
    this.stop();
    this.setView(panned(this.view, by, this.length));
  }

  /** Where zooming by keys holds still: the cursor if it is in view, else the middle. */
  centre() {
    const { start, end } = this.view;
    return this.cursor >= start && this.cursor <= end ? this.cursor : (start + end) / 2;
  }

  /** Puts the cursor at `t`; `reveal` brings it into view. */
  setCursor(t, reveal = true, by = "reader") {
    this.cursor = Math.min(Math.max(t, 0), this.length);
    this.cursorBy = by;
    this.tell("cursor");
    if (reveal) this.glide(revealing(this.view, this.cursor, this.length));
  }

  /** Goes to a moment with `width` in view; the page itself, when it opens, goes there at once. */
  goTo(t, width, by = "reader") {
    this.setCursor(t, false, by);
    const view = viewOf(t - width / 2, t + width / 2, this.length);
    if (by === "page") this.setView(view);
    else this.glide(view);
  }

  setHover(t) {
    if (t === this.hover) return;
    this.hover = t;
    this.tell("hover");
  }

  /** Moves to `view`, in a quarter of a second, or at once for those who asked for less motion. */
  glide(view) {
    this.stop();
    if (matchMedia("(prefers-reduced-motion: reduce)").matches || document.hidden) return this.setView(view);
    const from = this.view;
    const began = performance.now();
    const step = () => {
      const share = Math.min((performance.now() - began) / 240, 1);
      const eased = 1 - (1 - share) ** 3;
      const between = (a, b) => a + (b - a) * eased;
      this.moving = share < 1 ? requestAnimationFrame(step) : 0;
      this.setView(share < 1 ? viewOf(between(from.start, view.start), between(from.end, view.end), this.length) : view);
    };
    this.moving = requestAnimationFrame(step);
  }

  /** Ends a glide. */
  stop() {
    cancelAnimationFrame(this.moving);
    this.moving = 0;
  }
}

// A table of any length: only the rows in sight exist.
//
// Rows are all of one height, so the row at a scroll position is a division. Browsers cap the height of an element
// (Firefox at 17.8 million pixels); beyond TALLEST the scroll position stands for a share of the rows instead.
//
// A row that stays in sight stays the same element: a press and a release make a click, and a selection holds, only on
// an element that is not replaced between them.

import { el } from "./dom.js";

const ROW = 26;
const TALLEST = 8e6;
const SPARE = 6;

/** A virtual table in `host`. `columns` are `{title, class}`; `cells(index)` gives a row's cells. */
export class LongTable {
  constructor(host, columns, cells, options = {}) {
    this.cells = cells;
    this.options = options;
    this.count = 0;
    this.drawn = new Map();
    this.body = el("div", { class: "rows-body", role: "rowgroup" });
    this.spacer = el("div", { class: "rows-space" }, this.body);
    const head = el("div", { class: "row head", role: "row" }, columns.map((column) => el("span", { role: "columnheader", class: column.class }, column.title)));
    this.view = el("div", { class: `rows ${options.class ?? ""}`, role: "table", tabindex: "0", "aria-label": options.label ?? "table", "data-empty": `No ${options.label ?? "rows"} to show.` }, el("div", { role: "rowgroup", class: "rows-head" }, head), this.spacer);
    this.columns = columns;
    host.append(this.view);
    this.view.addEventListener("scroll", () => this.later(), { passive: true });
    this.body.addEventListener("click", (event) => {
      const row = event.target.closest(".row");
      if (row) options.chosen?.(Number(row.dataset.index));
    });
    this.frame = 0;
  }

  later() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  /** Shows `count` rows anew. */
  show(count) {
    this.count = count;
    this.height = Math.min(count * ROW, TALLEST);
    this.spacer.style.setProperty("height", `${this.height}px`);
    // A short table is as tall as its rows, a long one as tall as the style sheet allows.
    if (count < 14) {
      const height = (bar) => this.view.style.setProperty("height", `${(count + 1) * ROW + 2 + bar}px`);
      height(0);
      // A bar to scroll sideways by takes room of its own.
      height(Math.max(this.view.offsetHeight - this.view.clientHeight - 2, 0));
    } else this.view.style.removeProperty("height");
    this.view.classList.toggle("bare", count === 0);
    if (count === 0) this.view.style.setProperty("height", `${ROW * 2 + 16}px`);
    this.view.setAttribute("aria-rowcount", String(count + 1));
    this.drawn.clear();
    this.body.replaceChildren();
    this.draw();
  }

  // How many rows fit, and which is the first.
  place() {
    const fits = Math.ceil((this.view.clientHeight - ROW) / ROW);
    const most = Math.max(this.height - (this.view.clientHeight - ROW), 1);
    const share = Math.min(this.view.scrollTop / most, 1);
    const exact = this.height < TALLEST ? this.view.scrollTop / ROW : share * Math.max(this.count - fits, 0);
    return { fits, first: Math.max(Math.floor(exact) - SPARE, 0), exact };
  }

  draw() {
    const { fits, first, exact } = this.place();
    const last = Math.min(first + fits + 2 * SPARE, this.count);
    const top = this.height < TALLEST ? first * ROW : this.view.scrollTop - (exact - first) * ROW;
    this.body.style.setProperty("transform", `translateY(${top}px)`);
    const before = this.drawn;
    this.drawn = new Map();
    for (let i = first; i < last; i += 1) this.drawn.set(i, before.get(i) ?? this.built(i));
    for (const [i, row] of before) if (!this.drawn.has(i)) row.remove();
    let next = this.body.firstChild;
    for (const [i, row] of this.drawn) {
      row.classList.toggle("current", i === this.current);
      if (i === this.current) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
      if (row === next) next = row.nextSibling;
      else this.body.insertBefore(row, next);
    }
  }

  built(i) {
    const { cells, kind } = this.cells(i);
    return el("div", { class: `row ${kind ?? ""}`, role: "row", "data-index": i, "aria-rowindex": i + 2 },
      cells.map((cell, c) => el("span", { role: "cell", class: this.columns[c].class }, cell)));
  }

  /** Marks row `index` and, if `reveal`, scrolls it into the middle when it is out of sight. */
  mark(index, reveal) {
    this.current = index;
    if (reveal && index >= 0 && this.count > 0) {
      const { fits, exact } = this.place();
      if (index < exact || index > exact + fits - 2) {
        const target = Math.max(index - fits / 2, 0);
        this.view.scrollTop = this.height < TALLEST ? target * ROW : (target / Math.max(this.count - fits, 1)) * (this.height - this.view.clientHeight + ROW);
      }
    }
    this.draw();
  }
}

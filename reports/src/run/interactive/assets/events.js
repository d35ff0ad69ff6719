// The events: every line of the history worth a row, filtered as one types, in step with the timeline.
//
// A filter makes a list of row numbers, once per change of the filter; the table reads through that list. The words of
// each row are put in lower case on first use and kept, so that each further letter costs one pass of `includes`.

import { firstFrom, lastUpTo } from "./search.js";
import { moment, grouped } from "./scale.js";
import { el, short } from "./dom.js";
import { LongTable } from "./table.js";

/** The numbers of the rows that `filter` = `{node, kind, text, from, to}` lets through. */
export function filtered(rows, filter) {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const [low, high] = filter.from === undefined ? [0, rows.length] : [firstFrom(rows.t, filter.from), lastUpTo(rows.t, filter.to) + 1];
  const out = [];
  for (let i = low; i < high; i += 1) {
    if (filter.kind && rows.kind(i) !== filter.kind) continue;
    if (filter.node && !rows.node(i).split(/ |->/).includes(filter.node) && rows.node(i) !== filter.node) continue;
    if (words.length > 0) {
      const text = rows.lower(i);
      if (!words.every((word) => text.includes(word))) continue;
    }
    out.push(i);
  }
  return out;
}

/** The table of events with its filter. */
export class Events {
  constructor(host, run, store) {
    Object.assign(this, { run, store, numbers: [] });
    const rows = run.rows;
    const option = (value, words = value) => el("option", { value }, short(words, 60));
    this.node = el("select", { id: "filter-node", "aria-label": "node" }, option("", "every node"), run.nodes.map((node) => option(node.name)));
    this.kind = el("select", { id: "filter-type", "aria-label": "type" }, option("", "every type"), rows.kinds.map((kind) => option(kind)));
    this.text = el("input", { id: "filter-text", type: "search", placeholder: "words to find", "aria-label": "text", autocomplete: "off", spellcheck: "false" });
    this.near = el("input", { id: "filter-view", type: "checkbox" });
    this.count = el("span", { class: "muted count", role: "status" });
    for (const field of [this.node, this.kind, this.near]) field.addEventListener("change", () => this.filter());
    this.text.addEventListener("input", () => this.filter());
    host.append(el("form", { class: "filter", on: { submit: (event) => event.preventDefault() } }, this.node, this.kind, this.text,
      el("label", { class: "check" }, this.near, " only what is in view"), this.count));
    this.table = new LongTable(host, [
      { title: "time", class: "time num" }, { title: "node", class: "who" }, { title: "type", class: "kind" }, { title: "what", class: "what" }, { title: "line", class: "line num muted" },
    ], (i) => this.row(this.numbers[i]), {
      label: "events", class: "events", chosen: (i) => store.setCursor(rows.t[this.numbers[i]], true, "events"),
    });
    this.filter();
  }

  row(i) {
    const { rows } = this.run;
    return {
      cells: [moment(rows.t[i], 1e3), short(rows.node(i), 80), rows.kind(i), short(rows.text(i), 600), String(rows.line[i])],
      kind: `kind-${rows.kind(i)}`,
    };
  }

  filter() {
    const { view } = this.store;
    const window = this.near.checked ? { from: view.start, to: view.end } : {};
    this.numbers = filtered(this.run.rows, { node: this.node.value, kind: this.kind.value, text: this.text.value, ...window });
    this.times = Float64Array.from(this.numbers, (i) => this.run.rows.t[i]);
    this.count.textContent = `${grouped(this.numbers.length)} of ${grouped(this.run.rows.length)}`;
    this.table.show(this.numbers.length);
    this.follow("reader");
  }

  /** Marks the last event not after the cursor; one is recorded a little after it happened. */
  follow(by) {
    const { cursor, view } = this.store;
    const index = lastUpTo(this.times, cursor + Math.min((view.end - view.start) / 500, 1e6));
    const same = by === "events" && this.table.current >= 0 && this.times[this.table.current] === this.store.cursor;
    this.table.mark(same ? this.table.current : index, by !== "events");
  }

  /** The view or the cursor moved. */
  changed(changed) {
    if (changed.has("view") && this.near.checked) this.filter();
    else if (changed.has("cursor")) this.follow(this.store.cursorBy);
  }
}

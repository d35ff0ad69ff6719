// The keyboard. A table of keys, so that the help shows what is true.

import { nextChange, neighbour } from "./model.js";

/** Every key: what it is called, what it does. `go` has `mark(way)` and `fault(way)`. */
export function keyTable(run, store, go, help) {
  const width = () => store.view.end - store.view.start;
  const step = (share) => () => store.setCursor(store.cursor + share * width());
  const change = (way) => () => {
    const t = nextChange(run, store.cursor, way);
    if (t !== null) store.setCursor(t);
  };
  return [
    { keys: ["n"], words: "next violation", act: () => go.mark(1) },
    { keys: ["p"], words: "previous violation", act: () => go.mark(-1) },
    { keys: ["f"], words: "next fault", act: () => go.fault(1) },
    { keys: ["F"], words: "previous fault", act: () => go.fault(-1) },
    { keys: ["ArrowRight"], shown: "→", words: "cursor right", act: step(0.02) },
    { keys: ["ArrowLeft"], shown: "←", words: "cursor left", act: step(-0.02) },
    { keys: ["Shift+ArrowRight"], shown: "Shift →", words: "pan right", act: () => store.pan(width() * 0.2) },
    { keys: ["Shift+ArrowLeft"], shown: "Shift ←", words: "pan left", act: () => store.pan(width() * -0.2) },
    { keys: ["."], words: "next change of any node", act: change(1) },
    { keys: [","], words: "previous change", act: change(-1) },
    { keys: ["+", "="], shown: "+", words: "zoom in", act: () => store.zoom(0.6) },
    { keys: ["-", "_"], shown: "−", words: "zoom out", act: () => store.zoom(1 / 0.6) },
    { keys: ["0"], words: "the whole run", act: () => store.glide({ start: 0, end: Math.max(store.length, 2e5) }) },
    { keys: ["?"], words: "this help", act: help },
  ];
}

/** Listens. Keys typed into a field, and those of the browser, are left alone. */
export function listen(table) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest("input, select, textarea, [contenteditable]")) return;
    const arrow = event.key.startsWith("Arrow");
    if (arrow && target?.closest(".rows, .scroll")) return;
    const name = arrow && event.shiftKey ? `Shift+${event.key}` : event.key;
    const entry = table.find(({ keys }) => keys.includes(name));
    if (!entry) return;
    event.preventDefault();
    entry.act();
  });
}

/** Moves among marks and faults. */
export function travel(run, store, chosen) {
  const marks = run.marks.filter((mark) => mark.kind !== "trigger");
  const times = marks.map((mark) => mark.at);
  const faults = run.faults.filter((fault) => fault.happened);
  const starts = faults.map((fault) => fault.inForce).sort((a, b) => a - b);
  let last = -1;
  return {
    mark(way) {
      if (marks.length === 0) return false;
      // Several at one moment are visited in turn; at the end it goes round.
      const count = marks.length;
      const here = last >= 0 && marks[last].at === store.cursor;
      if (here) last = (last + way + count) % count;
      else if (way > 0) last = Math.max(times.findIndex((t) => t > store.cursor), 0);
      else last = times.findLastIndex((t) => t < store.cursor);
      if (last < 0) last = count - 1;
      chosen(marks[last]);
      return true;
    },
    fault(way) {
      const t = neighbour(starts, store.cursor, way);
      if (t !== null) store.setCursor(t);
    },
  };
}

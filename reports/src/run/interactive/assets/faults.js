// The faults as a table: what was done to whom, when it took hold, for how long.

import { el, short } from "./dom.js";
import { duration, moment } from "./scale.js";
import { LongTable } from "./table.js";

/** Skipped faults of one reason are told once when they are so many. */
const TOLD_ONCE = 3;

/** The faults that have a row, and the reasons that stand for many: `[reason, how many]`. */
export function foldedOf(faults) {
  const counts = new Map();
  for (const fault of faults) if (!fault.happened && fault.reason !== "") counts.set(fault.reason, (counts.get(fault.reason) ?? 0) + 1);
  const folded = [...counts].filter(([, count]) => count >= TOLD_ONCE);
  const reasons = new Set(folded.map(([reason]) => reason));
  return { rows: faults.filter((fault) => fault.happened || !reasons.has(fault.reason)), folded };
}

/** Fills the section. */
export function showFaults(host, run, store, toTimeline) {
  if (run.faults.length === 0) return host.append(el("p", { class: "empty" }, "No fault was injected in this run."));
  const columns = [
    { title: "#", class: "num" }, { title: "fault", class: "fault" }, { title: "asked for", class: "num" }, { title: "took hold after", class: "num" },
    { title: "lasted", class: "num" }, { title: "outcome", class: "kind" }, { title: "why", class: "what" },
  ];
  const { rows, folded } = foldedOf(run.faults);
  const cells = (i) => {
    const fault = rows[i];
    return {
      kind: fault.happened ? "" : "skipped",
      cells: [String(fault.id), el("span", {}, el("i", { class: `dot f-${fault.colour}` }), short(fault.label, 160)), moment(fault.begin, 1e6),
        fault.happened ? duration(fault.inForce - fault.begin) : "–", fault.end === null ? (fault.happened ? "to the end" : "–") : duration(fault.end - fault.begin),
        fault.outcome, short(fault.reason, 200)],
    };
  };
  new LongTable(host, columns, cells, {
    label: "faults", class: "faults", rows: rows.length,
    chosen: (i) => {
      const fault = rows[i];
      const width = Math.max(((fault.end ?? run.length) - fault.begin) * 2.5, 1e9);
      store.goTo(fault.inForce, Math.min(width, run.length));
      toTimeline();
    },
  }).show(rows.length);
  for (const [reason, count] of folded) host.append(el("p", { class: "small muted" }, `${count} faults were skipped: ${short(reason, 200)}.`));
}

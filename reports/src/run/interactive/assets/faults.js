// The faults as a table: what was done to whom, when it took hold, for how long.

import { el, short } from "./dom.js";
import { duration, moment } from "./scale.js";
import { LongTable } from "./table.js";

/** Fills the section. */
export function showFaults(host, run, store, toTimeline) {
  if (run.faults.length === 0) return host.append(el("p", { class: "empty" }, "No fault was injected in this run."));
  const columns = [
    { title: "#", class: "num" }, { title: "fault", class: "fault" }, { title: "asked for", class: "num" }, { title: "took hold after", class: "num" },
    { title: "lasted", class: "num" }, { title: "outcome", class: "kind" }, { title: "why", class: "what" },
  ];
  const cells = (i) => {
    const fault = run.faults[i];
    return {
      kind: fault.happened ? "" : "skipped",
      cells: [String(fault.id), el("span", {}, el("i", { class: `dot f-${fault.colour}` }), short(fault.label, 160)), moment(fault.begin, 1e6),
        fault.happened ? duration(fault.inForce - fault.begin) : "–", fault.end === null ? (fault.happened ? "to the end" : "–") : duration(fault.end - fault.begin),
        fault.outcome, short(fault.reason, 200)],
    };
  };
  new LongTable(host, columns, cells, {
    label: "faults", class: "faults", rows: run.faults.length,
    chosen: (i) => {
      const fault = run.faults[i];
      const width = Math.max(((fault.end ?? run.length) - fault.begin) * 2.5, 1e9);
      store.goTo(fault.inForce, Math.min(width, run.length));
      toTimeline();
    },
  }).show(run.faults.length);
}

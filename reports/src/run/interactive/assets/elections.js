// Elections: how long the cluster took, as a distribution against its bound, and each one by one.

import { el, short, svg } from "./dom.js";
import { duration, moment, grouped } from "./scale.js";
import { LongTable } from "./table.js";

const WIDTH = 560;
const [LEFT, RIGHT, TOP] = [46, 16, 14];
const [ECDF, BARS, GAP] = [150, 76, 26];

/** The value below which `share` of sorted `values` lie. */
export function quantile(values, share) {
  return values.length === 0 ? null : values[Math.max(Math.ceil(share * values.length) - 1, 0)];
}

/** Counts of sorted `values` in `bins` equal bins over [0, top]. */
export function histogram(values, bins, top) {
  const counts = new Array(bins).fill(0);
  for (const value of values) counts[Math.min(Math.floor((value / top) * bins), bins - 1)] += 1;
  return counts;
}

/** A round number not below `x`, for the end of an axis. */
export function roundUp(x) {
  const power = 10 ** Math.floor(Math.log10(Math.max(x, 1)));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((step) => step * power >= x * 0.9999) * power;
}

/** The chart: the share of elections done within a time, above a histogram of the same axis. */
export function chart(values, bound) {
  const worst = values[values.length - 1];
  const shown = bound !== null && bound <= worst * 2.5;
  const top = roundUp(Math.max(worst, shown ? bound : 0) * 1.04);
  const x = (value) => LEFT + ((WIDTH - LEFT - RIGHT) * value) / top;
  const y = (share) => TOP + ECDF * (1 - share);
  const floor = TOP + ECDF + GAP + BARS;
  const bins = Math.min(Math.max(Math.ceil(Math.sqrt(values.length) * 2), 8), 48);
  const counts = histogram(values, bins, top);
  const most = Math.max(...counts);
  const parts = [];
  for (const share of [0, 0.5, 0.9, 1]) {
    parts.push(svg("line", { class: "chart-grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(share), y2: y(share) }),
      svg("text", { class: "chart-label end", x: LEFT - 6, y: y(share) + 4 }, `${share * 100} %`));
  }
  for (let i = 0; i <= 4; i += 1) {
    const value = (top * i) / 4;
    parts.push(svg("text", { class: `chart-label ${i === 4 ? "end" : "middle"}`, x: i === 4 ? WIDTH - RIGHT : x(value), y: floor + 16 }, i === 0 ? "0" : duration(value)),
      svg("line", { class: "chart-grid", x1: x(value), x2: x(value), y1: TOP, y2: floor }));
  }
  const stride = Math.max(Math.floor(values.length / 1500), 1);
  let path = `M${x(0).toFixed(1)} ${y(0)}`;
  for (let i = 0; i < values.length; i += 1) {
    if (i % stride !== 0 && i !== values.length - 1) continue;
    path += `H${x(values[i]).toFixed(1)}V${y((i + 1) / values.length).toFixed(1)}`;
  }
  parts.push(svg("path", { class: "chart-line", d: `${path}H${WIDTH - RIGHT}` }));
  const wide = (WIDTH - LEFT - RIGHT) / bins;
  counts.forEach((count, i) => {
    if (count === 0) return;
    const tall = Math.max((BARS * count) / most, 1.5);
    parts.push(svg("rect", { class: "chart-bar", x: LEFT + i * wide + 0.5, y: floor - tall, width: Math.max(wide - 1, 1), height: tall },
      svg("title", {}, `${count} between ${duration((top * i) / bins)} and ${duration((top * (i + 1)) / bins)}`)));
  });
  parts.push(svg("line", { class: "chart-base", x1: LEFT, x2: WIDTH - RIGHT, y1: floor, y2: floor }),
    svg("text", { class: "chart-label end", x: LEFT - 6, y: floor - BARS + 8 }, grouped(most)),
    svg("text", { class: "chart-label end", x: LEFT - 6, y: floor }, "0"));
  for (const [share, name] of [[0.5, "median"], [0.99, "p99"]]) {
    const value = quantile(values, share);
    if (values.length * (1 - share) < 5 - 1e-9) continue;
    parts.push(svg("circle", { class: "chart-point", cx: x(value), cy: y(share), r: 3.5 }),
      svg("text", { class: `chart-note ${x(value) > WIDTH * 0.7 ? "end" : ""}`, x: x(value) + (x(value) > WIDTH * 0.7 ? -8 : 8), y: y(share) + 15 }, `${name} ${duration(value)}`));
  }
  if (shown) {
    parts.push(svg("line", { class: "chart-bound", x1: x(bound), x2: x(bound), y1: TOP - 4, y2: floor }),
      svg("text", { class: "chart-note bad end", x: x(bound) - 5, y: TOP + ECDF + GAP - 6 }, `bound ${duration(bound)}`));
  }
  return svg("svg", { viewBox: `0 0 ${WIDTH} ${floor + 22}`, role: "img", class: "chart" },
    svg("title", {}, `${values.length} elections: ${values.length < 10 ? "" : `median ${duration(quantile(values, 0.5))}, `}longest ${duration(worst)}${bound === null ? "" : `, bound ${duration(bound)}`}`), parts);
}

const COLUMNS = [
  ["term", "num", (e) => e.term, (e) => String(e.term)],
  ["leader", "who", (e) => e.leader, (e) => short(e.leader, 60)],
  ["fault", "fault", (e) => e.faultAt ?? -1, (e, run) => faultName(e, run)],
  ["detection", "num", (e) => e.detection ?? -1, (e) => duration(e.detection)],
  ["campaign", "num", (e) => e.campaign ?? -1, (e) => duration(e.campaign)],
  ["adoption", "num", (e) => e.adoption ?? -1, (e) => duration(e.adoption)],
  ["from the fault", "num", (e) => e.total ?? -1, (e) => duration(e.total)],
  ["without a leader", "num", (e) => e.without ?? -1, (e) => `${duration(e.without)}${e.stalled ? " (stall)" : ""}`],
  ["split rounds", "num", (e) => e.split, (e) => String(e.split)],
  ["won at", "num", (e) => e.won, (e) => moment(e.won, 1e6)],
];

function faultName(election, run) {
  if (election.fault === null) return "–";
  const fault = run.faultById.get(election.fault);
  return fault ? short(fault.label, 80) : `fault ${election.fault}`;
}

/** Fills the section. */
export function showElections(host, run, store, toTimeline) {
  const { elections } = run;
  if (elections.length === 0) return host.append(el("p", { class: "empty" }, "No election was seen in this run."));
  const go = (election) => {
    const begin = election.faultAt ?? election.won - (election.total ?? 0);
    const width = Math.max((election.won - begin) * 3, 1e9);
    store.goTo((begin + election.won) / 2, width);
    store.setCursor(election.won, false);
    toTimeline();
  };
  const timed = elections.slice(1).filter((election) => election.without !== null && !election.stalled);
  const values = timed.map((election) => election.without).sort((a, b) => a - b);
  const worst = [...timed].sort((a, b) => b.without - a.without).slice(0, 5);
  const beyond = run.bound !== null && values.length > 0 && run.bound > values[values.length - 1] * 2.5;
  host.append(el("div", { class: "two" },
    values.length === 0
      ? el("p", { class: "empty" }, "No leader was replaced while a majority was certain and nothing stalled, so no re-election has a time.")
      : el("figure", { class: "card" }, chart(values, run.bound), el("figcaption", {},
        `For how long a majority was without a leader: ${grouped(values.length)} re-election${values.length === 1 ? "" : "s"}, above as the share done within a time, below as a count.`,
        beyond ? ` The bound, ${duration(run.bound)}, lies far to the right.` : "")),
    worst.length === 0 ? null : el("div", { class: "card worst" }, el("h3", {}, worst.length === 5 ? "The five longest" : "The longest"),
      el("ol", {}, worst.map((election) => el("li", {},
        el("a", { href: `#t=${election.won / 1e9}`, on: { click: (event) => { event.preventDefault(); go(election); } } }, duration(election.without)),
        ` term ${election.term}, ${short(election.leader, 40)}`,
        el("span", { class: "muted" }, ` · ${faultName(election, run)}${election.split > 0 ? ` · ${election.split} split ${election.split === 1 ? "round" : "rounds"}` : ""}`)))))));
  let order = elections.map((_, i) => i);
  let sorted = { column: -1, way: 1 };
  const sort = (column) => {
    sorted = { column, way: sorted.column === column ? -sorted.way : column === 0 || column === COLUMNS.length - 1 ? 1 : -1 };
    const key = COLUMNS[column][2];
    const compare = (a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0);
    order = order.sort((a, b) => sorted.way * compare(elections[a], elections[b]) || a - b);
    buttons.forEach((button, i) => button.parentElement?.setAttribute("aria-sort", i !== column ? "none" : sorted.way > 0 ? "ascending" : "descending"));
    table.show(order.length);
  };
  const buttons = COLUMNS.map(([title], i) => el("button", { type: "button", class: "sort", on: { click: () => sort(i) } }, title));
  const table = new LongTable(host, COLUMNS.map(([, name], i) => ({ title: buttons[i], class: name })),
    (row) => ({ cells: COLUMNS.map(([, , , show]) => show(elections[order[row]], run)) }),
    { label: "elections", class: "elections", chosen: (row) => go(elections[order[row]]), rows: elections.length });
  table.show(order.length);
}

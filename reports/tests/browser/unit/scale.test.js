import { test, same, ok } from "./harness.js";
import { viewOf, zoomed, panned, revealing, ticks, tickStep, moment, duration, grouped, momentOfHash, hashOfMoment, CLOSEST } from "../../../src/run/interactive/assets/scale.js";

const HOUR = 3.6e12;

test("a view stays inside the run", () => {
  same(viewOf(-5e9, 5e9, 60e9), { start: 0, end: 10e9 });
  same(viewOf(55e9, 65e9, 60e9), { start: 50e9, end: 60e9 });
  same(viewOf(0, 1e15, 60e9), { start: 0, end: 60e9 });
});

test("zooming keeps the moment under the pointer at its place", () => {
  const view = { start: 10e9, end: 20e9 };
  const closer = zoomed(view, 0.5, 12e9, 60e9);
  const share = (v) => (12e9 - v.start) / (v.end - v.start);
  ok(Math.abs(share(view) - share(closer)) < 1e-9);
  same(closer.end - closer.start, 5e9);
});

test("zooming ends at the closest view and at the whole run", () => {
  let view = { start: 0, end: 10 * HOUR };
  for (let i = 0; i < 200; i += 1) view = zoomed(view, 0.5, 5 * HOUR, 10 * HOUR);
  ok(Math.abs(view.end - view.start - CLOSEST) < 10);
  for (let i = 0; i < 200; i += 1) view = zoomed(view, 2, 5 * HOUR, 10 * HOUR);
  same(view, { start: 0, end: 10 * HOUR });
});

test("panning stops at both ends without changing the width", () => {
  same(panned({ start: 1e9, end: 3e9 }, -5e9, 60e9), { start: 0, end: 2e9 });
  same(panned({ start: 1e9, end: 3e9 }, 500e9, 60e9), { start: 58e9, end: 60e9 });
});

test("a run shorter than the closest view is shown whole", () => {
  const view = viewOf(0, 10, 10);
  same(view, { start: 0, end: CLOSEST });
  same(zoomed(view, 0.5, 5, 10), { start: 0, end: CLOSEST });
});

test("revealing moves only when it must", () => {
  const view = { start: 10e9, end: 20e9 };
  ok(revealing(view, 15e9, 60e9) === view);
  same(revealing(view, 40e9, 60e9), { start: 35e9, end: 45e9 });
});

test("ticks are round, lie in view and are not more than fit", () => {
  for (const width of [1e6, 3.3e8, 7e9, 4.2e11, 10 * HOUR]) {
    const view = { start: width / 3, end: width / 3 + width };
    const { step, at } = ticks(view, 10);
    ok(at.length >= 2 && at.length <= 11, `${at.length} ticks over ${width}`);
    ok(at.every((t) => t >= view.start && t <= view.end && Math.abs(t / step - Math.round(t / step)) < 1e-6));
  }
  same(tickStep({ start: 0, end: 6e11 }, 10), 6e10);
});

test("moments are written with the decimals that the step can tell apart", () => {
  same(moment(14.3e9, 1e6), "14.300 s");
  same(moment(0, 1e9), "0 s");
  same(moment(125.34e9, 1e8), "2:05.3");
  same(moment(3725e9, 1e9), "1:02:05");
  same(moment(59.9996e9, 1e6), "1:00.000");
});

test("durations are short words", () => {
  same([312e6, 1.83e9, 40e3, 99.96e6, 5e9, 125e9, 2.5 * HOUR, 3].map(duration), ["312 ms", "1.8 s", "40 µs", "100 ms", "5 s", "2 min 5 s", "2 h 30 min", "3 ns"]);
  same(duration(null), "–");
});

test("large numbers are grouped", () => same(grouped(1234567), "1\u202f234\u202f567"));

test("the address holds a moment and gives it back", () => {
  same(momentOfHash(hashOfMoment(14.3e9, 2e9)), { at: 14.3e9, width: 2e9 });
  same(momentOfHash("#t=7"), { at: 7e9, width: null });
  for (const other of ["", "#", "#v3", "#t=", "#t=-1", "#t=1e9", "#t=<script>", "#w=4"]) same(momentOfHash(other), null);
});

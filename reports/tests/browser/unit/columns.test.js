import { test, same, ok } from "./harness.js";
import { Track } from "../../../src/run/interactive/assets/model.js";
import { eachColumn, clusters } from "../../../src/run/interactive/assets/columns.js";

const track = (...rows) => new Track(Float64Array.from(rows, (r) => r[0]), Float64Array.from(rows, (r) => r[1]), { rank: Uint8Array.from(rows, (r) => r[2]) });
const drawn = (t, view, width) => {
  const out = [];
  eachColumn(t, view, width, (x0, x1, base, top, i) => out.push({ x0, x1, base, top, i }));
  return out;
};

test("what is wider than a pixel is drawn as it is", () => {
  same(drawn(track([0, 50, 1], [50, 100, 4]), { start: 0, end: 100 }, 100), [
    { x0: 0, x1: 50, base: 1, top: 1, i: 0 }, { x0: 50, x1: 100, base: 4, top: 4, i: 1 },
  ]);
});

test("a leader of a millionth of the view is still seen", () => {
  const t = track([0, 5e8, 1], [5e8, 5e8 + 1000, 4], [5e8 + 1000, 1e9, 1]);
  const seen = drawn(t, { start: 0, end: 1e9 }, 1000).filter((d) => d.top === 4);
  same(seen.length, 1);
  same(seen[0].x0, 500);
});

test("an interval of no length is still seen", () => {
  ok(drawn(track([0, 10, 1], [10, 10, 4], [10, 20, 1]), { start: 0, end: 20 }, 20).some((d) => d.top === 4));
});

test("no zoom hides the one rare interval among a hundred thousand, and the work follows the pixels", () => {
  const rows = [];
  for (let i = 0; i < 100000; i += 1) rows.push([i * 10, i * 10 + 10, i === 61234 ? 4 : i % 2]);
  const t = track(...rows);
  for (const width of [20, 333, 1200]) {
    const out = drawn(t, { start: 0, end: 1e6 }, width);
    ok(out.some((d) => d.top === 4), `hidden at ${width} pixels`);
    ok(out.length <= width + 2, `${out.length} pieces for ${width} pixels`);
  }
});

test("everything outside of the view is left out", () => {
  const out = drawn(track([0, 10, 1], [20, 30, 2], [40, 50, 3]), { start: 18, end: 32 }, 100);
  same(out.map((d) => d.base), [2]);
});

test("what reaches into the view from far outside is clipped, not lost", () => {
  const [only] = drawn(track([0, 1e12, 4]), { start: 5e11, end: 5e11 + 1e6 }, 800);
  ok(only.x0 >= -2 && only.x1 <= 802 && only.x1 - only.x0 >= 800);
});

test("a cluster of marks holds every one of them", () => {
  const groups = clusters([1, 2, 3, 50, 51, 200], 10);
  same(groups.map(({ from, to }) => to - from), [3, 2, 1]);
});

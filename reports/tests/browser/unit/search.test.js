import { test, same, ok } from "./harness.js";
import { firstFrom, lastUpTo, Union, highest } from "../../../src/run/interactive/assets/search.js";

let seed = 1;
const random = (below) => {
  seed = (seed * 1103515245 + 12345) % 2147483648;
  return seed % below;
};

test("binary search agrees with looking at everything", () => {
  for (let round = 0; round < 200; round += 1) {
    const times = Float64Array.from({ length: random(40) }, () => random(30)).sort();
    const t = random(34) - 2;
    const plain = times.findIndex((time) => time >= t);
    same(firstFrom(times, t), plain < 0 ? times.length : plain);
    same(lastUpTo(times, t), times.findLastIndex((time) => time <= t));
  }
});

test("the union of any range is the union of its parts", () => {
  for (const length of [0, 1, 31, 32, 33, 1000, 40000]) {
    const bits = Uint32Array.from({ length }, () => 1 << random(20));
    const union = new Union(bits);
    for (let round = 0; round < 60; round += 1) {
      const from = length === 0 ? 0 : random(length);
      const to = from + random(length - from + 1);
      let plain = 0;
      for (let i = from; i < to; i += 1) plain |= bits[i];
      same(union.of(from, to), plain);
    }
  }
});

test("one rare thing among a hundred thousand is found", () => {
  const bits = new Uint32Array(100000).fill(2);
  bits[77777] = 16;
  const union = new Union(bits);
  same(highest(union.of(0, 100000)), 4);
  same(highest(union.of(0, 77777)), 1);
  same(highest(union.of(5, 5)), -1);
  ok(union.levels.length >= 3);
});

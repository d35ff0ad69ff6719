// Finding things among many intervals: binary search, and the answer to "what all lies in here?" without a walk.
//
// A ten-hour run has hundreds of thousands of intervals and a screen two thousand pixels. What a pixel shows must
// not depend on which intervals a loop happened to meet, so each pixel asks for the union of everything in its
// stretch of time. [`Union`] answers from blocks of ORs, in a time that grows with the logarithm.

/** The first index of sorted `times` whose value is not below `t`. */
export function firstFrom(times, t) {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle] < t) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The last index of sorted `times` whose value is not above `t`; -1 if there is none. */
export function lastUpTo(times, t) {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle] <= t) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

const BLOCK = 5;

/** The union of bit sets over any range of indices. */
export class Union {
  /** `bits[i]` is what the thing with index i is, as a bit set. */
  constructor(bits) {
    this.levels = [bits];
    let below = bits;
    while (below.length > 1 << BLOCK) {
      const above = new Uint32Array(Math.ceil(below.length / (1 << BLOCK)));
      for (let i = 0; i < below.length; i += 1) above[i >> BLOCK] |= below[i];
      this.levels.push(above);
      below = above;
    }
  }

  /** The union of indices `from` to `to`, `to` not included. */
  of(from, to) {
    let union = 0;
    let [low, high] = [from, to];
    for (const bits of this.levels) {
      if (low >= high) break;
      const last = bits === this.levels[this.levels.length - 1];
      if (last || high - low <= 2 << BLOCK) {
        for (let i = low; i < high; i += 1) union |= bits[i];
        break;
      }
      while (low & ((1 << BLOCK) - 1)) union |= bits[low++];
      while (high & ((1 << BLOCK) - 1)) union |= bits[--high];
      low >>>= BLOCK;
      high >>>= BLOCK;
    }
    return union;
  }
}

/** The place of the highest bit of `bits`; -1 for none. */
export function highest(bits) {
  return 31 - Math.clz32(bits);
}

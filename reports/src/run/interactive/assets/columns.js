// From intervals to pixels: which stretches are drawn as they are, and which pixels must stand for many.
//
// An interval wider than a pixel is drawn as it is. Of those below a pixel, a column shows two things: what held at
// its middle (a fair sample: over many columns the shares come out right) and the highest rank that occurs anywhere
// in it (so that the rare thing that matters is never lost). The cost follows the pixels, not the intervals.

/** Below this width, pixels, intervals are merged. */
const NARROW = 1.5;

/**
 * Calls `draw(x0, x1, base, top, i)` for what `track` shows in `view` over `width` pixels, left to right. `base` is a
 * rank or -1 (nothing known at the column's middle), `top` the highest rank in it, `i` the interval when it is drawn
 * as it is, else -1. Neighbouring columns that look the same come as one.
 */
export function eachColumn(track, view, width, draw) {
  const scale = width / (view.end - view.start);
  const [from, to] = track.within(view.start, view.end);
  let run = null;
  const flush = () => {
    if (run) draw(run.x0, run.x1, run.base, run.top, -1);
    run = null;
  };
  let i = from;
  while (i < to) {
    const x0 = (track.start[i] - view.start) * scale;
    const x1 = (track.end[i] - view.start) * scale;
    if (x1 - x0 >= NARROW) {
      flush();
      draw(Math.max(x0, -2), Math.min(x1, width + 2), track.rank[i], track.rank[i], i);
      i += 1;
      continue;
    }
    const column = Math.floor(x0);
    const edge = view.start + (column + 1) / scale;
    let next = following(track.start, i + 1, to, edge);
    if (next - 1 > i && (track.end[next - 1] - track.start[next - 1]) * scale >= NARROW) next -= 1;
    const top = highestOf(track, i, next);
    // What holds at the middle began in this column, or is the last that began before it.
    const middle = view.start + (column + 0.5) / scale;
    const last = bounded(track.start, i, next, middle) - 1;
    const at = last >= 0 && track.end[last] > middle ? last : -1;
    const base = at < 0 ? -1 : track.rank[at];
    if (run && run.x1 >= column && run.base === base && run.top === top) run.x1 = column + 1;
    else {
      flush();
      run = { x0: column, x1: column + 1, base, top };
    }
    i = next;
  }
  flush();
}

// The first index in [low, high) whose time is not below `t`.
function bounded(times, low, high, t) {
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle] < t) low = middle + 1;
    else high = middle;
  }
  return low;
}

// As `bounded`, for an answer that is likely to be near: a few steps, then ever longer ones.
function following(times, low, high, t) {
  let at = low;
  let step = 1;
  while (at < high && times[at] < t) {
    low = at + 1;
    at += step;
    if (at - low > 8) step *= 2;
  }
  return bounded(times, low, Math.min(at, high), t);
}

// The highest rank among [from, to): few are looked at one by one, many are asked for at once.
function highestOf(track, from, to) {
  if (to - from > 96) return track.highest(from, to);
  const { rank } = track;
  let top = rank[from];
  for (let i = from + 1; i < to; i += 1) if (rank[i] > top) top = rank[i];
  return top;
}

/** Groups sorted positions that lie closer than `near`: `[{x, from, to}]` with indices [from, to). Nothing is left out. */
export function clusters(positions, near) {
  const out = [];
  positions.forEach((x, i) => {
    const last = out[out.length - 1];
    if (last && x - last.x < near) last.to = i + 1;
    else out.push({ x, from: i, to: i + 1 });
  });
  return out;
}

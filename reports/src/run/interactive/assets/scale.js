// Time on a line: the part of the run in view, what a pixel stands for, and how moments are written.
//
// All times are nanoseconds since the run's zero, as plain numbers: ten hours are 3.6e13, far below 2^53. A view is
// a value, never changed in place, so that a frame draws one view from its first pixel to its last. Nothing here
// touches the document.

/** The shortest stretch that can fill the screen, nanoseconds. */
export const CLOSEST = 2e5;

/** A view of [start, end], held inside [0, length] and no narrower than CLOSEST. */
export function viewOf(start, end, length) {
  const whole = Math.max(length, CLOSEST);
  const width = Math.min(Math.max(end - start, CLOSEST), whole);
  const from = Math.min(Math.max(start + (end - start - width) / 2, 0), whole - width);
  return { start: from, end: from + width };
}

/** The view after zooming by `factor` (below 1: closer) with `at` kept at its place. */
export function zoomed(view, factor, at, length) {
  const width = view.end - view.start;
  const next = Math.min(Math.max(width * factor, CLOSEST), Math.max(length, CLOSEST));
  const share = width > 0 ? (at - view.start) / width : 0.5;
  const start = at - share * next;
  return viewOf(start, start + next, length);
}

/** The view moved by `by` nanoseconds. */
export function panned(view, by, length) {
  const width = view.end - view.start;
  const start = Math.min(Math.max(view.start + by, 0), Math.max(Math.max(length, CLOSEST) - width, 0));
  return { start, end: start + width };
}

/** The view that shows `at`: the same one if it does so already, else moved, with `at` in its middle. */
export function revealing(view, at, length) {
  const width = view.end - view.start;
  const edge = width * 0.04;
  if (at >= view.start + edge && at <= view.end - edge) return view;
  if (at >= view.start && at <= view.end && (view.start <= 0 || view.end >= length)) return view;
  return viewOf(at - width / 2, at + width / 2, length);
}

const STEPS = [1, 2, 5];
const LONG = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600].map((s) => s * 1e9);

/** The distance between ticks, nanoseconds: a round one, with at most `most` of them in view. */
export function tickStep(view, most) {
  const least = (view.end - view.start) / Math.max(most, 1);
  if (least > 1e9) return LONG.find((step) => step >= least) ?? Math.ceil(least / 3.6e12) * 3.6e12;
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
  return (STEPS.find((step) => step * power >= least) ?? 10) * power;
}

/** The moments of the ticks in view. */
export function ticks(view, most) {
  const step = tickStep(view, most);
  const out = [];
  for (let i = Math.ceil(view.start / step); i * step <= view.end; i += 1) out.push(i * step);
  return { step, at: out };
}

const pad = (n, width = 2) => String(n).padStart(width, "0");

/** `14.300 s`, `2:05.3`, `1:02:05`: a moment, with as many decimals as `step` (nanoseconds) can tell apart. */
export function moment(t, step = 1e6) {
  const decimals = Math.min(Math.max(Math.ceil(9 - Math.log10(Math.max(step, 1))), 0), 6);
  const scale = 10 ** decimals;
  const ticks = Math.round((t / 1e9) * scale);
  const whole = Math.floor(ticks / scale);
  const rest = decimals > 0 ? `.${pad(ticks % scale, decimals)}` : "";
  if (whole < 60) return `${whole}${rest} s`;
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${pad(m)}:${pad(s)}${rest}` : `${m}:${pad(s)}${rest}`;
}

/** `312 ms`, `1.8 s`, `40 µs`: how long something took. */
export function duration(ns) {
  if (ns === null || ns === undefined || Number.isNaN(ns)) return "–";
  if (ns < 1e3) return `${Math.round(ns)} ns`;
  if (ns < 1e6) return `${trimmed(ns / 1e3)} µs`;
  if (ns < 1e9) return `${trimmed(ns / 1e6)} ms`;
  if (ns < 6e10) return `${trimmed(ns / 1e9)} s`;
  const seconds = Math.round(ns / 1e9);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds / 60) % 60} min`;
}

function trimmed(x) {
  return x >= 99.95 ? String(Math.round(x)) : String(Number(x.toPrecision(x >= 10 ? 3 : 2)));
}

/** `12 345`, with narrow no-break spaces. */
export function grouped(n) {
  return String(n).replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
}

/** What `#t=14.3&w=2` asks for: a moment and perhaps a width, in seconds; null when it asks for nothing of the kind. */
export function momentOfHash(hash) {
  const words = new URLSearchParams(String(hash).replace(/^#/, ""));
  const number = (key) => {
    const word = words.get(key);
    return word !== null && /^\d+(\.\d+)?$/.test(word) ? Number(word) * 1e9 : null;
  };
  const at = number("t");
  return at === null ? null : { at, width: number("w") };
}

/** The hash that brings a reader to `at` with `width` in view. */
export function hashOfMoment(at, width) {
  const seconds = (ns) => String(Number((ns / 1e9).toFixed(6)));
  return width === undefined ? `#t=${seconds(at)}` : `#t=${seconds(at)}&w=${seconds(width)}`;
}

// What lies across the lanes: faults, cut links, phases, stalls, and the marks of violations.
//
// A violation is known within a span. It is drawn as that span (never narrower than two pixels, whatever the zoom),
// a line at its end, and a flag with its number; flags that would overlap become one with a count. So no zoom and
// no crowd hides one.

import { firstFrom, lastUpTo } from "./search.js";
import { clusters } from "./columns.js";
import { Rectangles } from "./strips.js";
import { widthOf } from "./paint.js";

/** How wide the mark of a skipped fault is, pixels. */
const SKIPPED = 7;

/** Where a fault ends on the drawing: an unlifted one lasts to the end of the run, one that was skipped takes no time. */
export function faultEnd(fault, run) {
  return fault.end ?? (fault.happened ? run.length : fault.begin);
}

/** Puts faults into rows so that they do not overlap; at most `most` rows. Sets `fault.row`; returns the rows used. */
export function packFaults(run, most) {
  const free = [];
  for (const fault of run.faults) {
    let row = free.findIndex((end) => end <= fault.begin);
    if (row < 0) row = Math.min(free.length, most - 1);
    free[row] = Math.max(free[row] ?? 0, faultEnd(fault, run));
    fault.row = row;
  }
  return free.length;
}

// The faults that touch the view. Their starts are sorted; the longest one says how far back to look.
function faultsIn(run, view) {
  const from = firstFrom(run.faultStarts, view.start - run.longestFault);
  const to = lastUpTo(run.faultStarts, view.end) + 1;
  const out = [];
  for (let i = from; i < to; i += 1) if (faultEnd(run.faults[i], run) >= view.start) out.push(run.faults[i]);
  return out;
}

/** The tint behind the lanes: faint across all of them, stronger in the lanes of the nodes that a fault hit. */
export function drawFaultBands(context, run, view, box, rows, paint) {
  const scale = box.width / (view.end - view.start);
  const [faint, strong] = paint.dark ? [0.12, 0.34] : [0.08, 0.26];
  const [behind, within] = [new Rectangles(), new Rectangles()];
  const filled = new Float64Array(run.nodes.length + 1).fill(-1);
  const band = (rectangles, lane, colour, x0, x1, top, height) => {
    // Pixels that are tinted already are left as they are: a crowd of faults is no darker than one.
    const last = filled[lane];
    if (x1 - last < 0.5) return;
    const left = Math.max(x0, last);
    rectangles.add(colour, box.x + left, top, Math.max(x1 - left, 1), height);
    filled[lane] = x1;
  };
  const seen = faultsIn(run, view);
  // A fault in every few pixels would tint everything and say nothing.
  if (seen.length > box.width / 6) return;
  for (const fault of seen) {
    if (!fault.happened) continue;
    const x0 = Math.max((fault.begin - view.start) * scale, 0);
    const x1 = Math.min((faultEnd(fault, run) - view.start) * scale, box.width);
    const { colour } = fault;
    band(behind, run.nodes.length, colour, x0, x1, rows.lanes, rows.lanesHeight);
    for (const node of fault.nodes) band(within, node, colour, x0, x1, rows.lanes + node * rows.lane + 3, rows.lane - 7);
  }
  context.globalAlpha = faint;
  behind.paint(context, paint.colour);
  context.globalAlpha = strong;
  within.paint(context, paint.colour);
  context.globalAlpha = 1;
}

/** The faults as bars in rows, with their words where they fit and the spans in which they began. */
export function drawFaults(context, run, view, box, top, rowHeight, paint) {
  const scale = box.width / (view.end - view.start);
  const painted = new Float64Array(64).fill(-1e9);
  const bars = new Rectangles();
  const words = [];
  context.font = paint.font.small;
  context.textBaseline = "middle";
  context.textAlign = "left";
  const seen = faultsIn(run, view);
  const least = seen.length > box.width / 4 ? 1 : 2;
  for (const fault of seen) {
    const x0 = (fault.begin - view.start) * scale;
    const x1 = Math.max((faultEnd(fault, run) - view.start) * scale, x0 + (fault.happened ? least : SKIPPED));
    const y = top + fault.row * rowHeight;
    if (x1 - painted[fault.row] < 0.5) continue;
    const left = Math.max(x0, painted[fault.row], -2);
    painted[fault.row] = x1;
    const wide = Math.min(x1, box.width + 2) - left;
    const height = rowHeight - 2;
    if (!fault.happened) {
      context.strokeStyle = paint.colour.muted;
      context.setLineDash([3, 3]);
      context.strokeRect(box.x + left + 0.5, y + 0.5, Math.max(wide - 1, 1), height - 1);
      context.setLineDash([]);
    } else {
      bars.add(fault.colour, box.x + left, y, wide, height);
      const settled = Math.min((fault.inForce - view.start) * scale, box.width);
      if (settled - x0 > 2) bars.add("spanHatch", box.x + left, y, settled - left, height);
    }
    const room = Math.min(x1, box.width) - Math.max(x0, 0);
    if (rowHeight >= 12 && room > 16) {
      const text = [fault.label, fault.words, fault.kind].find((words) => widthOf(context, words) + 8 <= room);
      if (text) words.push([text, box.x + Math.max(x0, 0) + 4, y + height / 2 + 0.5, fault.happened ? "on-fault" : "muted"]);
    }
  }
  bars.paint(context, paint.fill, [...run.colours.map(({ name }) => name), "spanHatch"]);
  for (const [text, x, y, colour] of words) {
    context.fillStyle = paint.colour[colour];
    context.fillText(text, x, y);
  }
}

/** The links under a rule, a thin row each (or, where there are very many, as one strip). */
export function drawLinks(context, run, view, box, top, rowHeight, paint) {
  const scale = box.width / (view.end - view.start);
  run.links.forEach((link, row) => {
    const [from, to] = link.track.within(view.start, view.end);
    const y = top + row * rowHeight;
    // What follows within a pixel and under the same rule is one bar.
    let bar = null;
    const flush = () => {
      if (!bar) return;
      const thin = bar.cut ? 1 : 2;
      context.fillStyle = paint.colour[bar.colour];
      context.fillRect(box.x + bar.x0, y + thin - 1, bar.x1 - bar.x0, Math.max(rowHeight - thin, 1));
    };
    for (let i = from; i < to; i += 1) {
      const x0 = Math.max((link.track.start[i] - view.start) * scale, 0);
      const x1 = Math.min(Math.max((link.track.end[i] - view.start) * scale, x0 + 1), box.width);
      const { cut, colour } = link.rules[link.track.rule[i]];
      if (bar && bar.colour === colour && x0 - bar.x1 < 1) bar.x1 = Math.max(x1, bar.x1);
      else {
        flush();
        bar = { x0, x1, cut, colour };
      }
    }
    flush();
  });
}

/** Phases as a thin labelled line under the axis. */
export function drawPhases(context, run, view, box, y, height, paint) {
  const scale = box.width / (view.end - view.start);
  context.font = paint.font.small;
  context.textBaseline = "middle";
  context.textAlign = "left";
  run.phases.forEach((phase) => {
    const x0 = Math.max((phase.start - view.start) * scale, 0);
    const x1 = Math.min((phase.end - view.start) * scale, box.width);
    if (x1 < 0 || x0 > box.width || x1 <= x0) return;
    context.fillStyle = paint.colour.line;
    context.fillRect(box.x + x0, y, 1, height);
    if (widthOf(context, phase.name) + 10 > x1 - x0) return;
    context.fillStyle = paint.colour.muted;
    context.fillText(phase.name, box.x + x0 + 5, y + height / 2);
  });
}

/** When the harness itself did not run: grey over everything. */
export function drawStalls(context, run, view, box, top, height, paint) {
  const scale = box.width / (view.end - view.start);
  const [from, to] = run.stalls.within(view.start, view.end);
  context.fillStyle = paint.colour.muted;
  context.globalAlpha = 0.16;
  let last = -1e9;
  for (let i = from; i < to; i += 1) {
    const x0 = Math.max((run.stalls.start[i] - view.start) * scale, last);
    const x1 = Math.max((run.stalls.end[i] - view.start) * scale, x0 + 1);
    if (x1 - last < 0.5) continue;
    context.fillRect(box.x + x0, top, x1 - x0, height);
    last = x1;
  }
  context.globalAlpha = 1;
}

/** Flags, lines and spans of `marks` (violations and triggers). Returns where the flags are, for the pointer. */
export function drawMarks(context, marks, view, box, flagY, top, bottom, paint) {
  const scale = box.width / (view.end - view.start);
  const seen = marks.filter((mark) => mark.span[1] >= view.start && mark.span[0] <= view.end);
  for (const mark of seen) {
    const colour = paint.colour[mark.kind === "trigger" ? "link" : mark.certain ? "bad" : "unsure"];
    const x0 = Math.max((mark.span[0] - view.start) * scale, 0);
    const x1 = Math.min((mark.span[1] - view.start) * scale, box.width);
    context.fillStyle = colour;
    context.globalAlpha = mark.kind === "trigger" ? 0.08 : 0.13;
    if (x1 - x0 > 1) context.fillRect(box.x + x0, top, x1 - x0, bottom - top);
    context.globalAlpha = 1;
    const line = Math.min(Math.max((mark.at - view.start) * scale, 1), box.width - 1);
    context.fillRect(Math.round(box.x + line) - 1, flagY + 8, mark.kind === "trigger" ? 1 : 2, bottom - flagY - 8);
    // The span that the moment is known to lie in, as a bar with two ends.
    if (x1 - x0 > 3) {
      context.fillRect(box.x + x0, top - 3, x1 - x0, 2);
      context.fillRect(box.x + x0, top - 6, 1.5, 8);
      context.fillRect(box.x + x1 - 1.5, top - 6, 1.5, 8);
    }
  }
  context.font = paint.font.strong;
  context.textBaseline = "middle";
  context.textAlign = "center";
  const places = seen.map((mark) => Math.min(Math.max((mark.at - view.start) * scale, 1), box.width - 1));
  return clusters(places, 22).map(({ x, from, to }) => {
    const worst = seen.slice(from, to).sort((a, b) => weight(b) - weight(a))[0];
    const colour = paint.colour[worst.kind === "trigger" ? "link" : worst.certain ? "bad" : "unsure"];
    // Violations are counted; a trigger among them is one of the lines below the flag.
    const alike = seen.slice(from, to).filter((mark) => (mark.kind === "trigger") === (worst.kind === "trigger")).length;
    const text = alike > 1 ? `×${alike}` : worst.flag;
    const wide = Math.max(widthOf(context, text) + 9, 17);
    const left = Math.min(Math.max(box.x + x - wide / 2, box.x), box.x + box.width - wide);
    context.fillStyle = colour;
    context.beginPath();
    if (worst.kind === "trigger") {
      context.roundRect(left, flagY, wide, 15, 7.5);
    } else {
      context.roundRect(left, flagY, wide, 15, 3);
    }
    context.fill();
    context.fillStyle = paint.colour.paper;
    context.fillText(text, left + wide / 2, flagY + 8);
    return { left, right: left + wide, mark: worst, marks: seen.slice(from, to) };
  });
}

function weight(mark) {
  return mark.kind === "trigger" ? 0 : mark.certain ? 2 : 1;
}

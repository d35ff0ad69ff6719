// A lane for each node, and the strips that count leaders.
//
// A role is a colour and a height: a leader fills its lane, a follower keeps to the bottom, a campaign stands between
// them. So a grey print reads like the screen, and where many roles share a pixel the higher one still shows above
// what mostly held. A pause is hatched over the role that the node woke up with, a dead node's lane is empty.

import { widthOf } from "./paint.js";
import { Rectangles } from "./strips.js";
import { eachColumn } from "./columns.js";

// Strokes of a hatch are seen from this width on, pixels; below it a tint says as much and costs far less.
const HATCHED = 4;
const FILLS = ["unknown", "follower", "precandidate", "candidate", "leader"];
const HEIGHTS = [0.14, 0.44, 0.6, 0.78, 1];
const LETTERS = ["?", "follower", "pre", "candidate", "leader"];

/** How tall a role is in a lane of `height` pixels. */
export function roleHeight(rank, height) {
  return Math.max(2, Math.round(HEIGHTS[Math.max(rank, 0)] * height));
}

/** Draws the lane of `node` at `y`. */
export function drawLane(context, node, view, box, y, height, paint) {
  const { x, width } = box;
  const slivers = new Rectangles();
  const bases = new Rectangles();
  const labels = [];
  context.fillStyle = paint.fill.unknownHatch;
  context.fillRect(x, y + height - 4, width, 4);
  eachColumn(node.roles, view, width, (x0, x1, base, top, i) => {
    const [tall, low] = [roleHeight(top, height), roleHeight(base, height)];
    if (top > base) slivers.add(FILLS[top], x + x0, y + height - tall, Math.max(x1 - x0, 1), tall);
    if (base >= 0) bases.add(FILLS[base], x + x0, y + height - low, Math.max(x1 - x0, 1), low);
    if (i >= 0 && x1 - x0 > 9) labels.push([x0, x1, i]);
  });
  context.globalAlpha = 0.62;
  slivers.paint(context, paint.fill, FILLS);
  context.globalAlpha = 1;
  bases.paint(context, paint.fill, FILLS);
  drawProcess(context, node.process, view, box, y, height, paint);
  drawTerms(context, node.roles, labels, box, y, height, paint);
}

// Pauses are hatched, deaths leave the lane empty, and what was never seen is grey.
function drawProcess(context, process, view, box, y, height, paint) {
  const { x, width } = box;
  const empty = new Rectangles();
  const words = [];
  eachColumn(process, view, width, (x0, x1, base, top, i) => {
    const wide = Math.max(x1 - x0, 1);
    if (base === 3) {
      empty.add("dead", x + x0, y, wide, height);
      empty.add("deadLine", x + x0, y + height - 1, wide, 1);
      const left = Math.max(x0, 0);
      const room = Math.min(x1, width) - left;
      if (i >= 0 && room > 44) words.push(x + left + 6);
    } else if (base === 2 || top === 2) empty.add(wide > HATCHED ? "pausedHatch" : "pausedTint", x + x0, y, wide, height);
    else if (base === 0 && wide > HATCHED) empty.add("unknownHatch", x + x0, y + height - 4, wide, 4);
    else if (top === 3) empty.add("deadLine", x + x0, y, 1, height);
  });
  empty.paint(context, paint.fill, ["dead", "deadLine", "pausedTint", "pausedHatch"]);
  context.font = paint.font.small;
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.fillStyle = paint.colour.muted;
  for (const place of words) context.fillText("dead", place, y + height / 2 + 0.5);
}

// The term where it fits; on a wide leader or campaign its role, too.
function drawTerms(context, roles, labels, box, y, height, paint) {
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.lineWidth = 4;
  context.lineJoin = "round";
  let before = -1;
  for (const [x0, x1, i] of labels) {
    const rank = roles.rank[i];
    const term = roles.term[i];
    const left = Math.max(x0, 0);
    const room = Math.min(x1, box.width) - left;
    const tall = roleHeight(rank, height);
    if (i > 0 && before === i - 1 && roles.rank[i - 1] === rank && x0 > 0) {
      context.fillStyle = paint.colour.paper;
      context.fillRect(box.x + x0 - 0.5, y + height - tall, 1, tall);
    }
    before = i;
    if (rank === 0 || tall < 10) continue;
    const number = term < 0 ? "" : String(term);
    context.font = rank === 4 ? paint.font.strong : paint.font.small;
    const long = rank > 1 ? `${LETTERS[rank]} ${number}` : `term ${number}`;
    const text = widthOf(context, long) + 10 <= room ? long : number;
    if (text === "" || widthOf(context, text) + 5 > room) continue;
    context.fillStyle = rank === 4 ? paint.colour["on-leader"] : rank === 3 ? "#1b1c1d" : paint.colour["on-role"];
    const place = [box.x + left + Math.min(5, (room - widthOf(context, text)) / 2), y + height - tall / 2 + 0.5];
    // A rim in the colour of the role keeps the words legible on a hatch.
    context.strokeStyle = paint.colour[FILLS[rank]];
    context.strokeText(text, ...place);
    context.fillText(text, ...place);
  }
}

/** Draws the strip of clients: low and thin where they were answered, full where they were not, nothing where nobody asked. */
export function drawClients(context, track, view, box, y, height, paint) {
  if (!track) return;
  const rectangles = new Rectangles();
  eachColumn(track, view, box.width, (x0, x1, base, top) => {
    const wide = Math.max(x1 - x0, 1);
    const low = Math.round(height * 0.3);
    if (base === 1 || top === 1) rectangles.add("answered", box.x + x0, y + height - low, wide, low);
    if (base === 2 || top === 2) rectangles.add("unanswered", box.x + x0, y, wide, height);
  });
  rectangles.paint(context, paint.fill, ["answered", "unanswered"]);
}

/** Draws a strip that counts leaders: 0 a thin line, 1 a bar, 2 and more a taller bar with its number. */
export function drawCount(context, track, view, box, y, height, paint, strict) {
  if (!track) return;
  const rectangles = new Rectangles();
  const labels = [];
  const names = ["none", "one", strict ? "manyBad" : "many"];
  eachColumn(track, view, box.width, (x0, x1, base, top, i) => {
    const wide = Math.max(x1 - x0, 1);
    // Rank 0: not known; 1: nobody; 2: one; 3: two or more.
    if ((base === 0 || base === -1) && wide > HATCHED) rectangles.add("unknownHatch", box.x + x0, y + height - 4, wide, 4);
    for (const [rank, share] of [[1, 0.25], [2, 0.62], [3, 1]]) {
      if (base !== rank && top !== rank) continue;
      const tall = Math.round(height * share);
      rectangles.add(names[rank - 1], box.x + x0, y + height - tall, rank === 3 ? Math.max(wide, 2) : wide, tall);
    }
    if (i >= 0 && track.count[i] > 1 && x1 - x0 > 10) labels.push([x0, x1, track.count[i]]);
  });
  rectangles.paint(context, paint.fill, ["unknownHatch", "one", "none", "many", "manyBad"]);
  context.font = paint.font.strong;
  context.textBaseline = "middle";
  context.textAlign = "center";
  context.fillStyle = strict ? paint.colour.paper : "#1b1c1d";
  for (const [x0, x1, count] of labels) {
    const middle = (Math.max(x0, 0) + Math.min(x1, box.width)) / 2;
    context.fillText(String(count), box.x + middle, y + height / 2 + 0.5);
  }
}

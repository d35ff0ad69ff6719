// The network at the cursor: who leads whom, and which links are cut or slow.
//
// Nodes stand on a circle in the order of the header, so that a node keeps its place from moment to moment and from run
// to run. A line between two nodes is both links; each half belongs to the node it starts at and is shown broken when
// nothing sent from there crosses. An arrow runs from a node to the leader that it names.

import { el, filled, short, svg } from "./dom.js";
import { duration, moment } from "./scale.js";
import { faultsWithin } from "./model.js";
import { clientWords, instant, lastingWords, leaderWords, liftedWords, nameWords, ruleWords } from "./words.js";

const SIZE = 340;

/** Draws the network and the table of nodes for the cursor. */
export class Network {
  constructor(picture, table, run) {
    Object.assign(this, { picture, table, run });
    this.last = null;
  }

  draw(t) {
    if (t === this.last) return;
    this.last = t;
    const now = instant(this.run, t);
    this.drawPicture(now);
    this.drawTable(now);
  }

  places() {
    const count = this.run.nodes.length;
    const radius = count === 1 ? 0 : SIZE / 2 - 52;
    return this.run.nodes.map((_, i) => {
      const angle = -Math.PI / 2 + (2 * Math.PI * i) / count;
      return { x: SIZE / 2 + radius * Math.cos(angle), y: SIZE / 2 + radius * Math.sin(angle) };
    });
  }

  drawPicture(now) {
    const { run } = this;
    const places = this.places();
    const ruled = new Map(now.links.map((link) => [`${link.from}>${link.to}`, link]));
    const lines = [];
    const size = places.length > 12 ? 15 : 23;
    for (let a = 0; a < places.length; a += 1) {
      for (let b = a + 1; b < places.length; b += 1) {
        lines.push(half(places[a], places[b], ruled.get(`${a}>${b}`), size));
        lines.push(half(places[b], places[a], ruled.get(`${b}>${a}`), size));
      }
    }
    const follows = now.nodes.map((node, i) => {
      const leader = run.nodes.findIndex((other) => other.name === node.leader);
      if (leader < 0 || leader === i || node.life !== "up") return null;
      const agreed = now.nodes[leader].role === "leader" && now.nodes[leader].term === node.term;
      return arrow(places[i], places[leader], size, agreed ? "follows" : "follows stale");
    });
    const nodes = now.nodes.map((node, i) => circle(node, places[i], size));
    const title = svg("title", {}, `The network at ${moment(now.t, 1e6)}: ${now.nodes.slice(0, 12).map((node) => `${short(node.name, 40)} ${node.life === "dead" ? "dead" : node.role}`).join(", ")}`);
    this.picture.replaceChildren(svg("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, role: "img", class: "network-picture" }, title,
      svg("defs", {}, marker("arrow-sure"), marker("arrow-stale")), lines, follows, nodes));
  }

  drawTable(now) {
    const rows = now.nodes.map((node) => el("tr", { class: node.life === "dead" ? "gone-node" : null },
      el("th", { scope: "row", title: node.name.length > 24 ? short(node.name) : null }, short(node.name, 24)),
      el("td", {}, el("i", { class: `dot ${node.life === "dead" ? "dead" : node.role}` }), node.life === "dead" ? "dead" : node.role,
        node.life === "paused" ? " ‖ paused" : ""),
      el("td", { class: "num" }, node.term === null ? "–" : String(node.term)),
      el("td", {}, node.life === "dead" ? "–" : short(nameWords(node.vote), 24)),
      el("td", {}, node.life === "dead" ? "–" : short(nameWords(node.leader), 24)),
      el("td", { class: "num" }, node.since === null ? "–" : duration(now.t - node.since)),
      el("td", { class: "muted" }, node.evidence ?? "–")));
    const head = ["node", "role", "term", "vote", "leader", "for", "evidence"];
    const cut = now.links.filter(({ rule }) => rule.cut);
    const slow = now.links.filter(({ rule }) => !rule.cut);
    const list = (links) => links.slice(0, 12).map(({ link, rule }) => `${short(link, 40)}${rule.cut ? "" : ` (${ruleWords(rule)})`}`).join(", ") + (links.length > 12 ? ` and ${links.length - 12} more` : "");
    const fact = (name, ...words) => [el("dt", {}, name), el("dd", {}, ...words)];
    filled(this.table, [
      el("p", { class: "instant" }, el("b", {}, moment(now.t, 1e6)), now.phase ? el("span", { class: "muted" }, ` · phase ${now.phase}`) : null),
      el("div", { class: "scroll", tabindex: "0" }, el("table", {}, el("thead", {}, el("tr", {}, head.map((word) => el("th", { scope: "col", class: word === "term" || word === "for" ? "num" : null }, word)))), el("tbody", {}, rows))),
      el("dl", { class: "facts" },
        now.effective === null ? null : fact("Leaders in effect", leaderWords(now.effective)),
        fact("Leaders claimed", leaderWords(now.claimed)),
        now.clients ? fact("Clients", clientWords(now.clients)) : null,
        fact("Faults in force", now.faults.length === 0 ? "none" : now.faults.slice(0, 8).map(({ fault, sure }) => short(fault.label, 120) + (sure ? "" : " (not certain)")).join("; ")),
        now.lifted.length === 0 ? null : fact("Just lifted", liftedWords(now.lifted, now.t)),
        fact("Links cut", cut.length === 0 ? "none" : list(cut)),
        slow.length === 0 ? null : fact("Links slow", list(slow)),
        this.lasting(now).map(([name, words]) => fact(name, words))),
    ]);
  }

  // A finding that lasted is not of an instant: its faults are those of all its time.
  lasting(now) {
    const marks = now.marks.map((mark) => [mark, faultsWithin(this.run, mark)]).filter(([, faults]) => faults !== null).slice(0, 2);
    return marks.map(([mark, faults]) => [`In the time of finding ${mark.flag}`, faults.length === 0 ? "no fault" : lastingWords(faults)]);
  }
}

// The half of a line that belongs to the link from `a` to `b`.
function half(a, b, link, size) {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = Math.hypot(dx, dy) || 1;
  const at = (d) => ({ x: a.x + (dx / length) * d, y: a.y + (dy / length) * d });
  const [from, to] = [at(size), at(length / 2)];
  const kind = link ? (link.rule.cut ? "cut" : "slow") : "open";
  const line = svg("line", { class: `link ${kind}`, x1: from.x, y1: from.y, x2: kind === "cut" ? at(length / 2 - 7).x : to.x, y2: kind === "cut" ? at(length / 2 - 7).y : to.y });
  if (kind === "open") return line;
  const group = svg("g", {}, svg("title", {}, `${short(link.link, 80)}: ${ruleWords(link.rule)}`), line);
  if (kind === "cut") {
    // A bar across the end: nothing gets past it.
    const end = at(length / 2 - 7);
    const [nx, ny] = [(-dy / length) * 6, (dx / length) * 6];
    group.append(svg("line", { class: "link bar", x1: end.x - nx, y1: end.y - ny, x2: end.x + nx, y2: end.y + ny }));
  }
  return group;
}

function arrow(from, to, size, kind) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy) || 1;
  // Beside the link, not on it.
  const [nx, ny] = [(-dy / length) * 6, (dx / length) * 6];
  const at = (d) => ({ x: from.x + (dx / length) * d + nx, y: from.y + (dy / length) * d + ny });
  const [a, b] = [at(size + 2), at(length - size - 8)];
  return svg("line", { class: kind, x1: a.x, y1: a.y, x2: b.x, y2: b.y, "marker-end": kind === "follows" ? "url(#arrow-sure)" : "url(#arrow-stale)" });
}

function marker(id) {
  return svg("marker", { id, viewBox: "0 0 8 8", refX: 4, refY: 4, markerWidth: 5, markerHeight: 5, orient: "auto" }, svg("path", { d: "M0 0 8 4 0 8z" }));
}

function circle(node, place, size) {
  const kind = node.life === "dead" ? "dead" : node.role;
  const small = size < 20;
  return svg("g", { class: `node ${kind} ${node.life}`, transform: `translate(${place.x} ${place.y})` },
    svg("title", {}, `${short(node.name, 80)}: ${kind}${node.term === null ? "" : `, term ${node.term}`}${node.life === "paused" ? ", paused" : ""}`),
    svg("circle", { r: size }),
    node.life === "paused" ? svg("circle", { r: size + 4, class: "ring" }) : null,
    svg("text", { y: small ? 4 : -1, class: "name" }, short(node.name, 7)),
    small ? null : svg("text", { y: 12, class: "term" }, kind === "dead" ? "dead" : node.term === null ? "?" : `t${node.term}`));
}

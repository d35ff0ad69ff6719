// The card beside the pointer: everything known at that instant.

import { el, filled, short } from "./dom.js";
import { duration, moment } from "./scale.js";
import { clientWords, faultTimes, instant, leaderWords, nameWords, ruleWords } from "./words.js";

const MOST_NODES = 12;

/** Fills and places the card. */
export class Card {
  constructor(element, run) {
    this.element = element;
    this.run = run;
    this.element.hidden = true;
  }

  hide() {
    this.element.hidden = true;
  }

  /** Shows the instant under `hit` at (x, y) of the window, the view being `width` nanoseconds wide. */
  show(hit, width, x, y) {
    const { run, element } = this;
    const now = instant(run, hit.t);
    const step = Math.max(width / 2000, 1e3);
    filled(element, [
      el("p", { class: "card-time" }, moment(hit.t, step), now.phase ? el("span", { class: "muted" }, ` · ${now.phase}`) : null),
      this.flag(hit),
      this.fault(hit),
      this.link(hit, now),
      el("p", { class: "card-leaders" },
        now.effective === null ? null : `in effect: ${leaderWords(now.effective)} · `,
        `claimed: ${leaderWords(now.claimed)}`),
      now.clients ? el("p", { class: now.clients.answered ? null : "bad" }, `clients: ${clientWords(now.clients)}`) : null,
      this.nodes(now, hit.node),
      this.faults(now),
      now.stalled ? el("p", { class: "warn" }, "The harness itself was stalled here.") : null,
    ]);
    element.hidden = false;
    const box = element.getBoundingClientRect();
    const left = x + 18 + box.width > innerWidth - 8 ? Math.max(x - box.width - 18, 8) : x + 18;
    const top = Math.max(Math.min(y + 14, innerHeight - box.height - 8), 8);
    element.style.setProperty("left", `${left}px`);
    element.style.setProperty("top", `${top}px`);
  }

  flag(hit) {
    return (hit.flag?.marks ?? []).slice(0, 3).map((mark) => el("p", { class: mark.kind === "trigger" ? "note" : "bad" },
      el("b", {}, `${mark.flag} ${short(mark.title, 80)}: `), short(mark.sentence, 400),
      mark.span[1] > mark.span[0] ? ` (within ${duration(mark.span[1] - mark.span[0])})` : "",
      mark.promise ? el("span", { class: "muted" }, ` Promise: ${mark.promise}.`) : null));
  }

  fault(hit) {
    if (!hit.fault) return null;
    const { fault } = hit;
    return el("p", { class: "note", title: fault.about }, el("b", {}, `${short(fault.label, 160)} `), `${fault.outcome}: ${faultTimes(fault)}`,
      fault.reason ? `. ${short(fault.reason, 200)}` : "");
  }

  link(hit, now) {
    const link = this.run.links[hit.link];
    if (!link) return null;
    const rule = now.links.find((other) => other.link === link.name);
    return el("p", { class: "note" }, el("b", {}, `${short(link.name, 80)}: `), rule ? ruleWords(rule.rule) : "open");
  }

  nodes(now, chosen) {
    const rows = now.nodes.slice(0, MOST_NODES).map((node, i) => el("tr", { class: i === chosen ? "chosen" : null },
      el("th", { scope: "row" }, short(node.name, 24)),
      el("td", {}, el("i", { class: `dot ${node.life === "dead" ? "dead" : node.role}` }), node.life === "dead" ? "dead" : node.role,
        node.life === "paused" ? " ‖ paused" : ""),
      el("td", { class: "num" }, node.term === null ? "–" : String(node.term)),
      el("td", {}, node.life === "dead" ? "" : short(nameWords(node.vote), 24)),
      el("td", {}, node.life === "dead" ? "" : short(nameWords(node.leader), 24)),
      el("td", { class: "muted" }, node.evidence ?? "")));
    return el("table", {},
      el("thead", {}, el("tr", {}, ...["node", "role", "term", "vote", "leader", "evidence"].map((word) => el("th", { scope: "col" }, word)))),
      el("tbody", {}, rows),
      now.nodes.length > MOST_NODES ? el("caption", {}, `and ${now.nodes.length - MOST_NODES} more`) : null);
  }

  faults(now) {
    const cut = now.links.filter(({ rule }) => rule.cut).length;
    const slow = now.links.length - cut;
    const links = [cut ? `${cut} ${cut === 1 ? "link" : "links"} cut` : "", slow ? `${slow} slow` : ""].filter(Boolean).join(", ");
    if (now.faults.length === 0 && links === "") return el("p", { class: "muted" }, "no fault in force");
    return el("p", {}, el("span", { class: "muted" }, "in force: "),
      now.faults.slice(0, 5).map(({ fault, sure }) => short(fault.label, 90) + (sure ? "" : " (beginning or not certain)")).join("; "),
      now.faults.length > 5 ? ` and ${now.faults.length - 5} more` : "", links ? ` · ${links}` : "");
  }
}

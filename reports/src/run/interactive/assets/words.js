// An instant in words: for the card under the pointer, for the table beside the network, for a screen reader.

import { duration, moment } from "./scale.js";
import { clientsAt, faultsAt, justLifted, leadersAt, linksAt, nodeAt, phaseAt } from "./model.js";

/** `leader in term 7`; unknown things are said to be unknown. */
export function roleWords(node) {
  if (node.life === "dead") return "dead";
  const role = node.role === "unknown" ? "role unknown" : node.role;
  const term = node.term === null ? "term unknown" : `term ${node.term}`;
  return `${role}, ${term}${node.life === "paused" ? ", paused" : ""}`;
}

/** A vote or a leader: a name, `none`, or `unknown`. */
export function nameWords(name) {
  return name === undefined ? "unknown" : (name ?? "none");
}

/** A count of leaders. */
export function leaderWords(count) {
  return count === null || count === undefined ? "not known" : count === 0 ? "none" : String(count);
}

/** What clients saw: `answered` or `failed`, and for how many attempts it is so. */
export function clientWords({ answered, attempts }) {
  return `${answered ? "answered" : "failed"}, ${attempts} ${attempts === 1 ? "attempt" : "attempts"} in a row`;
}

/** A rule of a link: `cut`, `degrade`, with what crossed. */
export function ruleWords(rule) {
  const bytes = rule.passed === null || rule.passed === undefined ? "" : `, ${rule.passed} bytes passed`;
  return `${rule.rule}${bytes}`;
}

/** `pause (n2), 1 ms before`: faults that were lifted before `t`. */
export function liftedWords(faults, t) {
  const words = faults.slice(0, 4).map((fault) => `${fault.label.slice(0, 80)}, ${duration(t - fault.end)} before`);
  return words.join("; ") + (faults.length > 4 ? ` and ${faults.length - 4} more` : "");
}

/** `cut isolate leader (n2) from 13.037 s to 20.538 s`. */
export function lastingWords(faults) {
  const words = faults.slice(0, 6).map((fault) => `${fault.label.slice(0, 80)} from ${moment(fault.inForce, 1e6)} ${fault.end === null ? "on" : `to ${moment(fault.end, 1e6)}`}`);
  return words.join("; ") + (faults.length > 6 ? ` and ${faults.length - 6} more` : "");
}

/** Everything known at `t`, as data for whoever shows it. */
export function instant(run, t) {
  return {
    t,
    phase: phaseAt(run, t),
    nodes: run.nodes.map((_, n) => nodeAt(run, n, t)),
    faults: faultsAt(run, t),
    lifted: justLifted(run, t),
    links: linksAt(run, t),
    claimed: leadersAt(run.claimed, t),
    effective: leadersAt(run.effective, t),
    clients: clientsAt(run, t),
    stalled: run.stalls.at(t) >= 0,
    marks: run.marks.filter((mark) => mark.span[0] <= t && t <= mark.span[1]),
  };
}

/** One sentence for a screen reader. */
export function spoken(run, t) {
  const now = instant(run, t);
  const parts = [`At ${moment(t, 1e6)}`];
  if (now.phase) parts.push(`phase ${now.phase}`);
  if (now.effective !== null) parts.push(`leaders in effect: ${leaderWords(now.effective)}`);
  parts.push(`leaders claimed: ${leaderWords(now.claimed)}`);
  if (now.clients) parts.push(`clients: ${clientWords(now.clients)}`);
  for (const node of now.nodes.slice(0, 9)) parts.push(`${node.name.slice(0, 60)}: ${roleWords(node)}`);
  if (now.nodes.length > 9) parts.push(`and ${now.nodes.length - 9} more nodes`);
  for (const { fault } of now.faults.slice(0, 4)) parts.push(`fault ${fault.label.slice(0, 80)}`);
  if (now.faults.length > 4) parts.push(`and ${now.faults.length - 4} more faults`);
  if (now.lifted.length > 0) parts.push(`just lifted: ${liftedWords(now.lifted, t)}`);
  const cut = now.links.filter(({ rule }) => rule.cut).length;
  if (cut > 0) parts.push(`links cut: ${cut}`);
  for (const mark of now.marks.slice(0, 2)) parts.push(mark.sentence.slice(0, 300));
  return `${parts.join("; ")}.`;
}

/** A fault with its times. */
export function faultTimes(fault) {
  const began = `${moment(fault.begin, 1e6)}, in force after ${duration(fault.inForce - fault.begin)}`;
  return fault.end === null ? `${began}, never lifted` : `${began}, for ${duration(fault.end - fault.begin)}`;
}

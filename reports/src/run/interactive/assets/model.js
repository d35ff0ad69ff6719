// The run in memory, and what was so at an instant.
//
// What a history says is kept as tracks: sorted, disjoint intervals in typed arrays, one value per column. A track
// answers with an index, and -1 means that nothing is known there: ignorance is a value here, never a guess. An
// instant that belongs to two intervals belongs to the later one; an interval of no length is found by the
// stretch around it, so that a leader of a microsecond is drawn, too.

import { firstFrom, lastUpTo, Union, highest } from "./search.js";

/** Roles by their rank: where several share a pixel, the higher matters more. */
export const ROLES = ["unknown", "follower", "precandidate", "candidate", "leader"];
/** What a process can be. */
export const LIVES = ["unknown", "up", "paused", "dead"];

/** Sorted, disjoint intervals. */
export class Track {
  /** `columns` are arrays as long as `start`; `rank`, if there, must be below 32. */
  constructor(start, end, columns = {}) {
    this.start = start;
    this.end = end;
    Object.assign(this, columns);
    this.length = start.length;
    this.union = null;
  }

  /** The interval that holds at `t`, or -1. */
  at(t) {
    const i = lastUpTo(this.start, t);
    return i >= 0 && (t < this.end[i] || (t === this.end[i] && i === this.length - 1)) ? i : -1;
  }

  /** The indices [from, to) of all that touches [from, to]. */
  within(from, to) {
    let low = lastUpTo(this.start, from);
    if (low < 0 || this.end[low] < from) low += 1;
    while (low > 0 && this.end[low - 1] >= from && this.start[low - 1] === this.start[low]) low -= 1;
    return [low, firstFrom(this.start, to)];
  }

  /** The ranks found among the indices [from, to), as bits. */
  ranks(from, to) {
    this.union ??= new Union(Uint32Array.from(this.rank, (rank) => 1 << rank));
    return this.union.of(from, to);
  }

  /** The highest rank among the indices [from, to); -1 for none. */
  highest(from, to) {
    return highest(this.ranks(from, to));
  }

  /** The next moment after (`way` 1) or before (`way` -1) `t` at which something begins; null for none. */
  change(t, way) {
    const i = way > 0 ? lastUpTo(this.start, t) + 1 : firstFrom(this.start, t) - 1;
    return i >= 0 && i < this.length ? this.start[i] : null;
  }
}

/** What node number `n` of the run was at `t`. */
export function nodeAt(run, n, t) {
  const node = run.nodes[n];
  const p = node.process.at(t);
  const life = p < 0 ? "unknown" : LIVES[node.process.rank[p]];
  const i = life === "dead" ? -1 : node.roles.at(t);
  const known = { name: node.name, life, role: "unknown", term: null, vote: undefined, leader: undefined, since: null };
  if (i < 0) return { ...known, evidence: null };
  const roles = node.roles;
  return {
    ...known,
    role: ROLES[roles.rank[i]],
    term: roles.term[i] < 0 ? null : roles.term[i],
    vote: named(run, roles.vote?.[i]),
    leader: named(run, roles.leader?.[i]),
    since: roles.start[i],
    evidence: node.atomic ? "atomic" : "sampled",
  };
}

// A name by its number: undefined: not known; null: known to be none.
function named(run, number) {
  if (number === undefined || number === -2) return undefined;
  return number < 0 ? null : run.names[number];
}

/** The faults in force at `t`. Those being injected or lifted count: `sure` is false then. */
export function faultsAt(run, t) {
  const last = lastUpTo(run.faultStarts, t);
  const out = [];
  for (let i = last; i >= 0 && i > last - 4000; i -= 1) {
    const fault = run.faults[i];
    if (fault.happened && fault.begin <= t && (fault.end === null || fault.end >= t)) {
      out.push({ fault, sure: fault.inForce <= t && fault.outcome === "installed" });
    }
  }
  return out.reverse();
}

/** A fault that ended no longer ago than this was just lifted, nanoseconds. */
export const JUST = 1e9;

/** The faults that were certainly lifted at `t` or up to a second before it, the last first. */
export function justLifted(run, t) {
  const last = lastUpTo(run.faultStarts, t);
  const out = [];
  for (let i = last; i >= 0 && i > last - 4000; i -= 1) {
    const fault = run.faults[i];
    if (fault.happened && fault.lifted === "installed" && fault.end !== null && fault.end < t && t - fault.end <= JUST) out.push(fault);
  }
  return out.sort((a, b) => b.end - a.end);
}

/** The faults that may have been in force in the span of a finding, for findings that took longer than JUST. */
export function faultsWithin(run, mark) {
  const [from, until] = mark.span;
  if (mark.kind === "trigger" || until - from <= JUST) return null;
  return run.faults.filter((fault) => fault.happened && fault.begin <= until && (fault.end === null || fault.end >= from - JUST));
}

/** The links with a rule at `t`: `{link, from, to, rule}`. */
export function linksAt(run, t) {
  const out = [];
  for (const link of run.links) {
    const i = link.track.at(t);
    if (i >= 0) out.push({ link: link.name, from: link.from, to: link.to, rule: link.rules[link.track.rule[i]] });
  }
  return out;
}

/** How many led at `t`, or null where it is not known. `track` is `run.claimed` or `run.effective`. */
export function leadersAt(track, t) {
  const i = track ? track.at(t) : -1;
  return i < 0 || track.count[i] < 0 ? null : track.count[i];
}

/** Whether clients were answered at `t`, and how many attempts ended so; null where nobody asked. */
export function clientsAt(run, t) {
  const i = run.clients ? run.clients.at(t) : -1;
  return i < 0 ? null : { answered: run.clients.rank[i] === 1, attempts: run.clients.attempts[i], since: run.clients.start[i] };
}

/** The phase at `t`, or null. */
export function phaseAt(run, t) {
  return run.phases.findLast((phase) => phase.start <= t && t <= phase.end)?.name ?? null;
}

/** The moment of the next (`way` 1) or last (`way` -1) of `moments`, seen from `t`; at the end it goes round. */
export function neighbour(moments, t, way) {
  if (moments.length === 0) return null;
  const i = way > 0 ? lastUpTo(moments, t + 0.5) + 1 : firstFrom(moments, t - 0.5) - 1;
  return moments[(i + moments.length) % moments.length];
}

/** The nearest change of any node after or before `t`; null for none. */
export function nextChange(run, t, way) {
  let best = null;
  for (const node of run.nodes) {
    for (const track of [node.roles, node.process]) {
      const at = track.change(t, way);
      if (at !== null && (best === null || (at - best) * way < 0)) best = at;
    }
  }
  return best;
}

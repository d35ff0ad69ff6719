// From the embedded document to the run in memory. The document is described in `interactive/mod.rs`; this is the only
// file that knows its form. It has microseconds and differences; the run has nanoseconds and moments.

import { Track, ROLES } from "./model.js";

/** The document in the text of `#data`: base64 of gzip of JSON. */
export async function unpacked(base64) {
  const packed = Uint8Array.from(atob(base64.trim()), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

const NS = 1000;

/** Sums of a delta column, scaled. */
export function summed(column, scale = 1) {
  const out = new Float64Array(column.length);
  let sum = 0;
  for (let i = 0; i < column.length; i += 1) {
    sum += column[i];
    out[i] = sum * scale;
  }
  return out;
}

/** Starts and ends, nanoseconds, of columns `gap` and `length`. */
export function intervals({ gap, length }) {
  const start = new Float64Array(gap.length);
  const end = new Float64Array(gap.length);
  let at = 0;
  for (let i = 0; i < gap.length; i += 1) {
    at += gap[i];
    start[i] = at * NS;
    at += length[i];
    end[i] = at * NS;
  }
  return [start, end];
}

/** What is to be known of the kind of fault that a word means. */
export function kindsOf({ kinds }) {
  const known = new Map(kinds.flatMap((kind) => kind.words.map((word) => [word, kind])));
  const unknown = kinds[kinds.length - 1];
  return (word) => known.get(word) ?? unknown;
}

/** Text 0 is unknown, 1 is known to be none: -2 and -1 of a run's names. */
function names(column) {
  return Int32Array.from(column, (i) => (i === 0 ? -2 : i === 1 ? -1 : i));
}

const optional = (value, scale = 1) => (value === undefined || value === null || value < 0 ? null : value * scale);

function nodeOf(doc, node) {
  const [start, end] = intervals(node.roles);
  const [from, to] = intervals(node.life);
  return {
    name: doc.strings[node.name],
    atomic: node.atomic,
    starts: node.starts,
    process: new Track(from, to, { rank: Uint8Array.from(node.life.what) }),
    roles: new Track(start, end, {
      rank: Uint8Array.from(node.roles.what),
      term: summed(node.roles.term).map((term) => term - 1),
      vote: names(node.roles.vote),
      leader: names(node.roles.leader),
      line: summed(node.roles.line),
      slack: Float64Array.from(node.roles.slack, (slack) => slack * NS),
      states: node.roles.states,
    }),
  };
}

function countOf(column) {
  if (!column) return null;
  const [start, end] = intervals(column);
  return new Track(start, end, {
    count: Int32Array.from(column.count),
    rank: Uint8Array.from(column.count, (count) => Math.min(Math.max(count, -1), 2) + 1),
  });
}

// What clients saw: rank 1 where they were answered, 2 where they were not.
function clientsOf(column) {
  if (!column) return null;
  const [start, end] = intervals(column);
  return new Track(start, end, {
    rank: Uint8Array.from(column.answered, (answered) => 2 - answered),
    attempts: Float64Array.from(column.attempts),
  });
}

function faultsOf(doc, kindOf) {
  const { faults, strings, sets } = doc;
  const numbers = new Map(doc.nodes.map((node, i) => [strings[node.name], i]));
  const [id, begin, line] = [summed(faults.id), summed(faults.begin, NS), summed(faults.line)];
  const out = Array.from(id, (_, i) => ({
    id: id[i],
    kind: strings[faults.kind[i]],
    label: strings[faults.label[i]],
    nodes: sets[faults.nodes[i]].map((name) => numbers.get(strings[name])).filter((n) => n !== undefined),
    links: sets[faults.links[i]].map((name) => strings[name]),
    begin: begin[i],
    inForce: begin[i] + faults.rise[i] * NS,
    end: faults.length[i] < 0 ? null : begin[i] + faults.length[i] * NS,
    outcome: strings[faults.outcome[i]],
    lifted: strings[faults.lifted[i]],
    reason: strings[faults.reason[i]],
    line: line[i],
    happened: strings[faults.outcome[i]] !== "skipped",
  }));
  for (const fault of out) {
    fault.words = fault.label.replace(/ \([^)]*\)$/, "");
    const { colour, about } = kindOf(fault.kind);
    Object.assign(fault, { colour, about });
  }
  return out.sort((a, b) => a.begin - b.begin);
}

function linkOf(doc, link, kindOf) {
  const { rules } = link;
  const does = Array.from(rules.rule, (word) => kindOf(doc.strings[word]));
  const start = summed(rules.start, NS);
  return {
    name: doc.strings[link.name],
    from: link.from,
    to: link.to,
    track: new Track(start, start.map((at, i) => at + rules.length[i] * NS), {
      rule: Uint32Array.from(rules.length.keys()),
    }),
    rules: Array.from(rules.rule, (word, i) => ({
      rule: doc.strings[word],
      cut: does[i].cuts,
      colour: does[i].colour,
      passed: optional(rules.passed[i]),
      held: optional(rules.held[i]),
      dropped: optional(rules.dropped[i]),
    })),
  };
}

function electionsOf({ elections, strings }) {
  const [term, won] = [summed(elections.term), summed(elections.won, NS)];
  return Array.from(term, (_, i) => ({
    term: term[i],
    leader: strings[elections.leader[i]],
    won: won[i],
    fault: optional(elections.fault[i]),
    faultAt: optional(elections.fault_at[i], NS),
    detection: optional(elections.detection[i], NS),
    campaign: optional(elections.campaign[i], NS),
    adoption: optional(elections.adoption[i], NS),
    total: optional(elections.total[i], NS),
    without: optional(elections.without[i], NS),
    stalled: elections.stalled[i] === 1,
    split: elections.split[i],
  }));
}

/** Violations and triggers as marks on the timeline, in the order of their moments. */
export function marksOf(doc) {
  const promises = new Map(doc.checkers.map(({ name, claims }) => [name, claims]));
  const findings = doc.findings.map((finding) => ({
    kind: finding.kind,
    certain: finding.certain,
    number: finding.number,
    flag: String(finding.number),
    title: finding.certain ? finding.checker : `${finding.checker} (suspected)`,
    checker: finding.checker,
    promise: promises.get(finding.checker) ?? null,
    sentence: finding.sentence,
    span: finding.span.map((t) => t * NS),
    at: finding.span[1] * NS,
    nodes: finding.nodes.map((name) => doc.strings[name]),
    log: finding.log,
  }));
  const triggers = doc.triggers.map((trigger) => ({
    kind: "trigger", certain: true, flag: "◆", title: "trigger", sentence: `fault ${trigger.fault} waited for: ${trigger.text}`, nodes: [], log: null, fault: trigger.fault,
    span: trigger.at.map((t) => t * NS), at: trigger.at[1] * NS,
  }));
  return [...findings, ...triggers].sort((a, b) => a.at - b.at);
}

/** The rows of the events: words are put together when a row is looked at, and kept once they were searched. */
export function rowsOf({ events, strings, run }) {
  const { state } = events;
  const terms = summed(state.term);
  const isState = strings.indexOf("state");
  const place = new Int32Array(events.kind.length).fill(-1);
  let next = 0;
  events.kind.forEach((kind, i) => {
    if (kind === isState) place[i] = next++;
  });
  const nameOr = (i, some, none) => (i === 0 ? "" : i === 1 ? `, ${none}` : `, ${some} ${strings[i]}`);
  const stateWords = (s) => {
    const role = state.role[s] === 0 ? "role unknown" : ROLES[state.role[s]];
    const term = terms[s] === 0 ? ", term unknown" : ` in term ${terms[s] - 1}`;
    const log = state.log[s] > 1 ? `, log ${strings[state.log[s]]}` : "";
    const observer = `${strings[state.observer[s]]} (${state.atomic[s] ? "atomic" : "sampled"})`;
    return `${role}${term}${nameOr(state.vote[s], "voted", "no vote")}${nameOr(state.leader[s], "leader", "no leader")}${log} — ${observer}`;
  };
  const lower = [];
  const rows = {
    length: events.kind.length,
    total: events.total,
    changes: events.changes,
    t: summed(events.t, NS),
    line: summed(events.line),
    kinds: [...new Set(events.kind)].map((kind) => strings[kind]).sort(),
    kind: (i) => strings[events.kind[i]],
    node: (i) => strings[events.node[i]],
    text: (i) => (place[i] >= 0 ? stateWords(place[i]) : strings[events.text[i]]),
    lower: (i) => (lower[i] ??= `${rows.node(i)} ${rows.kind(i)} ${rows.text(i)}`.toLowerCase()),
  };
  // Rows come in the order of the file; what lies a little back in time stays beside its neighbours.
  for (let i = 1; i < rows.length; i += 1) if (rows.t[i] < rows.t[i - 1]) rows.t[i] = rows.t[i - 1];
  rows.run = run.name;
  return rows;
}

/** The run of a document. */
export function runOf(doc) {
  const stalls = summed(doc.stalls.start, NS);
  const phases = summed(doc.phases.start, NS);
  const kindOf = kindsOf(doc);
  const faults = faultsOf(doc, kindOf);
  const length = doc.run.length * NS;
  return {
    facts: doc.run,
    colours: doc.colours,
    length,
    bound: doc.run.bound === null ? null : doc.run.bound * NS,
    names: doc.strings,
    nodes: doc.nodes.map((node) => nodeOf(doc, node)),
    claimed: countOf(doc.leaders.claimed),
    effective: countOf(doc.leaders.effective),
    clients: clientsOf(doc.clients),
    phases: Array.from(phases, (start, i) => ({ start, end: start + doc.phases.length[i] * NS, name: doc.strings[doc.phases.name[i]] })),
    stalls: new Track(stalls, stalls.map((start, i) => start + doc.stalls.length[i] * NS), { rank: new Uint8Array(stalls.length).fill(1) }),
    faults,
    faultStarts: Float64Array.from(faults, (fault) => fault.begin),
    longestFault: faults.reduce((most, fault) => Math.max(most, (fault.end ?? length) - fault.begin), 0),
    links: doc.links.map((link) => linkOf(doc, link, kindOf)),
    elections: electionsOf(doc),
    marks: marksOf(doc),
    rows: rowsOf(doc),
    logs: doc.logs.map((log) => ({
      findings: log.findings,
      from: log.from * NS,
      until: log.until * NS,
      t: summed(log.t, NS),
      exact: log.exact,
      node: log.node.map((name) => doc.strings[name]),
      stream: log.stream.map((name) => doc.strings[name]),
      text: log.text.map((text) => doc.strings[text]),
      leftOut: log.left_out,
    })),
  };
}

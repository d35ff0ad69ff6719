import { test, same, ok } from "./harness.js";
import { kindsOf, runOf, summed, intervals } from "../../../src/run/interactive/assets/decode.js";
import { clientsAt, nodeAt, faultsAt, faultsWithin, justLifted, linksAt, leadersAt, nextChange, neighbour, phaseAt } from "../../../src/run/interactive/assets/model.js";
import { spoken, instant, lastingWords, liftedWords } from "../../../src/run/interactive/assets/words.js";
import { filtered } from "../../../src/run/interactive/assets/events.js";
import { foldedOf } from "../../../src/run/interactive/assets/faults.js";
import { quantile, histogram, roundUp } from "../../../src/run/interactive/assets/elections.js";

const MS = 1e6;
const hostile = "</script><img src=x onerror=alert(1)>";
const strings = ["", "none", "n1", hostile, "kill", "kill leader (n1)", "installed", "skipped", "cut", "n1->n2", "faults", "fault", "state", "events", "fault 1 injected: kill", "because"];

/** A run of two nodes: n1 leads from 10 ms, is paused from 40 to 60, killed at 80; all in microseconds. */
export const sample = () => ({
  schema: 1,
  strings,
  kinds: [
    { words: ["kill"], about: "it is ended", colour: "kill", cuts: false },
    { words: ["cut"], about: "nothing crosses", colour: "cut", cuts: true },
    { words: ["degrade", "worsen"], about: "less crosses", colour: "degrade", cuts: false },
    { words: [], about: "nobody knows", colour: "fault", cuts: false },
  ],
  colours: [{ name: "cut", legend: "cut" }, { name: "fault", legend: "pause" }, { name: "kill", legend: "kill or stop" }, { name: "degrade", legend: "degrade" }],
  checkers: [{ name: "vote-once", kind: "safety", claims: "one vote a term" }],
  sets: [[], [2]],
  run: { name: "r", system: "s", workload: "w", network: "n", seed: "1", length: 100000, bound: 5000, verdict: "valid", headline: "VALID", sentence: "", moment: null, finding: null, ended: "complete" },
  nodes: [
    { name: 2, atomic: true, starts: 1, life: { gap: [0, 0, 0, 0, 0], length: [5000, 35000, 20000, 20000, 20000], what: [3, 1, 2, 1, 3] },
      roles: { gap: [5000, 0], length: [5000, 70000], slack: [0, 0], what: [1, 4], term: [1, 1], vote: [1, 2], leader: [1, 2], line: [2, 3], states: [1, 1] } },
    { name: 3, atomic: false, starts: 1, life: { gap: [0], length: [100000], what: [1] },
      roles: { gap: [20000], length: [80000], slack: [500], what: [1], term: [0], vote: [0], leader: [2], line: [4], states: [1] } },
  ],
  leaders: { claimed: { gap: [0, 0, 0], length: [10000, 70000, 20000], count: [0, 1, 0] }, effective: null },
  phases: { name: [10], start: [1000], length: [99000] },
  stalls: { start: [], length: [] },
  faults: { id: [1, 1], kind: [4, 0], label: [5, 0], nodes: [1, 1], links: [0, 0], begin: [79000, 1000], rise: [1000, 0], length: [-1, 0], outcome: [6, 1], lifted: [0, 0], reason: [0, 13], line: [5, 3] },
  links: [{ name: 9, from: 0, to: 1, rules: { start: [30000], length: [10000], rule: [8], passed: [0], held: [-1], dropped: [-1] } }],
  elections: { term: [1], leader: [2], won: [10000], fault: [-1], fault_at: [-1], detection: [-1], campaign: [9], adoption: [-1], total: [-1], without: [-1], stalled: [0], split: [0] },
  findings: [],
  triggers: [],
  events: { total: 9, changes: 3, line: [2, 1, 2], t: [5000, 5000, 70000], kind: [12, 12, 11], node: [2, 2, 2], text: [0, 0, 14],
    state: { role: [1, 4], term: [1, 1], vote: [1, 2], leader: [0, 2], log: [0, 0], observer: [13, 13], atomic: [1, 1] } },
  logs: [],
  files: [],
});
const doc = sample();
doc.faults.kind[1] = 4;
doc.faults.label[1] = 5;
doc.faults.outcome = [6, 7];
doc.faults.reason = [0, 15];
const run = runOf(doc);

test("what a word means is in the document's tables, and a word that is in none of them is of no known kind", () => {
  const kindOf = kindsOf(sample());
  same(["kill", "worsen", "meteor", ""].map((word) => kindOf(word).colour), ["kill", "degrade", "fault", "fault"]);
  same(run.faults.map(({ colour, about }) => [colour, about]), [["kill", "it is ended"], ["kill", "it is ended"]]);
  same(run.links[0].rules.map(({ rule, cut, colour }) => [rule, cut, colour]), [["cut", true, "cut"]]);
  same(run.colours.map(({ legend }) => legend), ["cut", "pause", "kill or stop", "degrade"]);
});

test("differences become moments", () => {
  same([...summed([3, -1, 5])], [3, 2, 7]);
  same(intervals({ gap: [2, 0, 3], length: [1, 4, 0] }).map((side) => [...side]), [[2000, 3000, 10000], [3000, 7000, 10000]]);
});

test("a node at an instant is what its intervals say, and unknown where they say nothing", () => {
  same(nodeAt(run, 0, 2 * MS).life, "dead");
  const led = nodeAt(run, 0, 20 * MS);
  same([led.role, led.term, led.vote, led.leader, led.evidence], ["leader", 1, "n1", "n1", "atomic"]);
  const asleep = nodeAt(run, 0, 50 * MS);
  same([asleep.life, asleep.role], ["paused", "leader"]);
  same(nodeAt(run, 0, 90 * MS).life, "dead");
  const other = nodeAt(run, 1, 10 * MS);
  same([other.role, other.term, other.evidence], ["unknown", null, null]);
  const sampled = nodeAt(run, 1, 30 * MS);
  same([sampled.role, sampled.term, sampled.vote === undefined, sampled.leader], ["follower", null, true, "n1"]);
});

test("the first role of an instant shared by two is the later one", () => same(nodeAt(run, 0, 10 * MS).role, "leader"));

test("a fault that was skipped never was in force, one without a lift lasts", () => {
  same(faultsAt(run, 99 * MS).map(({ fault, sure }) => [fault.id, sure]), [[1, true]]);
  same(faultsAt(run, 79.5 * MS).map(({ sure }) => sure), [false]);
  same(faultsAt(run, 10 * MS), []);
});

test("a fault that was lifted within a second is told with how long before, if it certainly was", () => {
  const lifted = (word, length = 1000) => {
    const doc = sample();
    doc.strings = [...strings, word];
    Object.assign(doc.faults, { outcome: [6, 6], lifted: [strings.length, 0], length: [length, 0] });
    return runOf(doc);
  };
  const run = lifted("installed");
  same(liftedWords(justLifted(run, 80 * MS), 80 * MS), "", "it is still being lifted");
  same(liftedWords(justLifted(run, 81 * MS), 81 * MS), "kill leader (n1), 1 ms before");
  ok(spoken(run, 81 * MS).includes("just lifted: kill leader (n1), 1 ms before"));
  same([justLifted(run, 79.5 * MS).length, justLifted(run, 1081 * MS).length], [0, 0]);
  same(justLifted(lifted("indeterminate"), 81 * MS).length, 0);
  same(justLifted(lifted("installed", -1), 81 * MS).length, 0);
});

test("a finding that lasted has the faults of all its time", () => {
  const mark = (from, until, kind = "finding") => ({ kind, flag: "1", span: [from * MS, until * MS] });
  same(faultsWithin(run, mark(0, 900)), null, "a moment has those of the cursor");
  same(faultsWithin(run, mark(0, 1200, "trigger")), null);
  same(lastingWords(faultsWithin(run, mark(0, 1200))), "kill leader (n1) from 0.080 s on");
  same(faultsWithin(run, mark(-5000, -2000)), []);
});

test("what was skipped many times for one reason is told once, and everything else has its row", () => {
  const fault = (id, reason, happened = false) => ({ id, reason, happened });
  const seldom = [fault(1, "late"), fault(2, "late"), fault(3, ""), fault(4, ""), fault(5, ""), fault(6, "late", true)];
  const all = foldedOf(seldom);
  same([all.rows.length, all.folded], [6, []]);
  const many = foldedOf([...seldom, fault(7, "late"), fault(8, "nobody")]);
  same([many.rows.map(({ id }) => id), many.folded], [[3, 4, 5, 6, 8], [["late", 3]]]);
});

test("links are cut exactly while their rule holds", () => {
  same(linksAt(run, 35 * MS).map(({ link, rule }) => [link, rule.rule, rule.passed]), [["n1->n2", "cut", 0]]);
  same(linksAt(run, 41 * MS), []);
});

test("leaders are counted, and not known is not none", () => {
  same([leadersAt(run.claimed, 20 * MS), leadersAt(run.claimed, 5 * MS), leadersAt(run.effective, 20 * MS)], [1, 0, null]);
});

test("clients were answered, or were not, or nobody asked", () => {
  const probed = sample();
  probed.clients = { gap: [10000, 500], length: [20000, 30000], answered: [1, 0], attempts: [4, 1] };
  const asked = runOf(probed);
  const seen = (t) => clientsAt(asked, t) && [clientsAt(asked, t).answered, clientsAt(asked, t).attempts];
  same([seen(5 * MS), seen(10 * MS), seen(30.2 * MS), seen(40 * MS)], [null, [true, 4], null, [false, 1]]);
  same(clientsAt(run, 20 * MS), null);
  ok(spoken(asked, 40 * MS).includes("clients: failed, 1 attempt in a row"), spoken(asked, 40 * MS));
});

test("the cursor finds the next change and the last", () => {
  same([nextChange(run, 10 * MS, 1), nextChange(run, 10 * MS, -1), nextChange(run, 99 * MS, 1)], [20 * MS, 5 * MS, null]);
  same([neighbour([1, 5, 9], 5, 1), neighbour([1, 5, 9], 5, -1), neighbour([1, 5, 9], 9, 1), neighbour([], 3, 1)], [9, 1, 1, null]);
});

test("a screen reader hears everything of an instant", () => {
  const words = spoken(run, 35 * MS);
  for (const part of ["At 0.035 s", "n1: leader, term 1", "links cut: 1", "leaders claimed: 1"]) ok(words.includes(part), `${part} is not in: ${words}`);
  ok(words.includes(hostile), "a strange name is said as it is");
  same(instant(run, 50 * MS).phase, "faults");
  same(phaseAt(run, 0), null);
});

test("rows say a state in words and are filtered by node, type, words and time", () => {
  same(run.rows.text(1), "leader in term 1, voted n1, leader n1 — events (atomic)");
  same(filtered(run.rows, { node: "", kind: "", text: "" }).length, 3);
  same(filtered(run.rows, { node: "n1", kind: "fault", text: "" }), [2]);
  same(filtered(run.rows, { node: "", kind: "", text: "LEADER term" }), [1]);
  same(filtered(run.rows, { node: "n2", kind: "", text: "" }), []);
  same(filtered(run.rows, { node: "", kind: "", text: "", from: 9 * MS, to: 11 * MS }), [1]);
});

test("quantiles, bins and the ends of axes", () => {
  same([quantile([1, 2, 3, 4], 0.5), quantile([1, 2, 3, 4], 0.99), quantile([7], 0), quantile([], 0.5)], [2, 4, 7, null]);
  same(histogram([0, 1, 9, 10], 5, 10), [2, 0, 0, 0, 2]);
  same([roundUp(7), roundUp(130), roundUp(1e6), roundUp(9.5)], [8, 150, 1e6, 10]);
});

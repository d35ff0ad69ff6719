//! `report.html` of one run: a page that a script brings to life, and that says the same without one.
//!
//! # Two halves and the contract between them
//!
//! Rust writes the page: the verdict in words, the facts, the findings with the lines that prove them, the static
//! plots; all of that stands in the HTML and needs no script. What is to be zoomed, filtered and pointed at is embedded
//! as data, and the script ([`assets`]) draws it. The two meet at the ids of [`sections`] and at the document of
//! [`document`], and nowhere else.
//!
//! Intervals are embedded and not polls: a node that answered "follower" ten thousand times is one interval. A ten-hour
//! run is a few hundred thousand integers, small once each is the difference to the one before it and all are
//! deflated. The alternative, reading `history.jsonl` from the page, is forbidden to a page opened from disk.
//!
//! # Where the data is
//!
//! `<script type="application/octet-stream" id="data">BASE64</script>`: base64 (standard alphabet, padded) of gzip of a JSON
//! document in UTF-8. The page decodes it with `DecompressionStream("gzip")`. So no string of a node is in the HTML
//! in a form that could end the element, and the page sets text by `textContent` only. The content policy allows one
//! script and one style sheet, by their hashes, `img-src data:`, and nothing else: no `style=` attributes, no handlers.
//!
//! # The document
//!
//! All times are whole **microseconds** since the run's zero; all numbers are safe integers (at most 2^53 - 1). A
//! *column* is an array of integers, and columns that stand beside each other in an object have the same length, one
//! entry for each row. Columns are of these kinds:
//!
//! - **plain**: the values. In a column marked *optional*, -1 is unknown or none.
//! - **delta**: each value is the sum of the entries so far (the first is itself; entries may be negative).
//! - **gap**, with **length**: intervals in order that do not overlap. `gap` is the time from the end of the one before (the first:
//!   from zero) to the start, so `start = end of the one before + gap`, `end = start + length`.
//! - **text**: plain, an index into `strings`. `strings[0]` is `""` (unknown), `strings[1]` is `"none"` (known to be none).
//! - **set**: plain, an index into `sets`; `sets[i]` is a list of indices into `strings`.
//!
//! All strings have passed [`crate::text::clean`]: no control characters, bounded. They are text and never markup.
//!
//! ```text
//! schema      1
//! strings     [string]
//! sets        [[text]]
//! run         { name, system, workload, network: string, seed: string|null, length, bound: µs|null,
//!               verdict: "valid"|"invalid"|"unknown"|null, headline: "INVALID (safety)", sentence: string,
//!               moment: [from, until]|null, finding: number|null, ended: string|null }
//! kinds       [{ words: [string], about: string, colour: name of a class, cuts: bool }]   the kinds of faults there are, and
//!             last, without words, what is said of all others. `cuts`: nothing crosses its links.
//! colours     [{ name, legend: string }]                   their classes of colour; `--NAME` in the style sheet
//! checkers    [{ name, kind: "safety"|"liveness"|"trust", claims: string }]
//! nodes       [{ name: text, atomic: bool, starts: integer,
//!                life:  { gap, length, what },             what: 0 unknown, 1 up, 2 paused, 3 down
//!                roles: { gap, length, slack, what,        what: 0 unknown, 1 follower, 2 precandidate, 3 candidate, 4 leader
//!                         term,                            delta; the term + 1, 0 is unknown
//!                         vote: text, leader: text,        as the node said: a name, "none", or unknown
//!                         line,                            delta; the line of the history that showed it first
//!                         states } }]                      how many states the interval stands for: 1, or more where
//!                                                          short ones were merged (then the others are of the weightiest)
//!             Index in `nodes` is the node's number. Where no interval is, the role is not known (or the node is down).
//!             `slack`: the change happened in [start - slack, start]. A paused node keeps its role.
//! leaders     { claimed: { gap, length, count }, effective: { gap, length, count } | null }   null: not judged
//! clients     { gap, length, answered: 0 or 1, attempts } | null      attempts of the probe that ended alike; null: no probe
//! phases      { name: text, start: delta, length }
//! stalls      { start: delta, length }                     when the harness itself did not run
//! faults      { id: delta, kind: text, label: text, nodes: set, links: set, begin: delta, rise, length: optional,
//!               outcome: text, lifted: text, reason: text, line: delta }
//!             Asked for at `begin`, in force from `begin + rise`, over at `begin + length` (-1: never lifted).
//!             `outcome` "installed", "skipped" (it never happened), "indeterminate".
//! links       [{ name: text, from: node number or -1, to: node number or -1,
//!                rules: { start: delta, length, rule: text (a word of `kinds`), passed, held, dropped: optional } }]
//! elections   { term: delta, leader: text, won: delta, fault: optional (id), fault_at: optional, detection, campaign,
//!               adoption, total, without: optional, stalled: 0 or 1, split }
//! findings    [{ number, checker: string, kind: "safety"|"liveness"|"trust", code: string|null, certain: bool, sentence: string,
//!                span: [from, until], nodes: [text], term: string|null, lines: [line], log: index into logs|null }]
//!             Certain ones first; a finding that is not certain is a suspicion. None is ever left out.
//! triggers    [{ at: [from, until], fault: id, text: string }]      a step that waited for a condition of the cluster
//! events      { total, changes, line: delta, t: delta, kind: text, node: text, text: text,
//!               state: { role (as roles.what), term (as roles.term), vote: text, leader: text, log: text, observer: text,
//!                        atomic: 0|1 } }
//!             `total` events in the history, `changes` of them say something new; what is embedded is all of those, or the
//!             weightiest if they are too many (then there are fewer rows than `changes`; say so and name
//!             history.jsonl). `kind` is one of "harness", "fault", "node", "state", "miss", "link", "expect", "probe", "strange".
//!             Rows of kind "state" whose text is 0 have their parts in `state`: the n-th of them is row n of it.
//! logs        [{ findings: [number], from, until, t: delta, exact: 0|1, node: text, stream: text, text: text, left_out }]
//!             `exact` 0: the line has no time of its own and stands at that of the line before it in its file.
//! files       [{ node: text, stream: text, path: string (relative, encoded for an href), bytes }]
//! ```
//!
//! # The page
//!
//! In the order of the document, with what the script finds in each. Elements with `class="live"` are `hidden` until the
//! script shows them; those with `class="still"` are for readers without script and for print.
//!
//! ```text
//! header#verdict     the banner. a.moment[data-from][data-until][data-finding] (µs): moves the timeline there; without
//!                    script its href leads to the finding. button[data-copy="ID"]: copies the text of #ID.
//! section#map        .live#map-view        the whole run, with a brush
//! section#lanes      .live#lanes-view      swimlanes; .live#lanes-now (aria-live) what is known at the cursor
//! section#network    .live#network-view    nodes and links at the cursor
//! section#elections  .live#elections-view  chart, worst five, table
//! section#faults     .live#faults-view     table
//! section#events     .live#events-view     filter and table
//! section#logs       .live#logs-view       logs around violations; #logs-files: links to whole logs (static)
//! section#findings   article#vN for each finding, with a.moment (static)
//! section#trust      checkers, coverage, numbers, all facts (static)
//! section#plots      .still                static plots; #elections and #faults have a .still table, too
//! #script-note       shown until the script runs: why there is no live part
//! ```
//!
//! The script is the files of [`assets::MODULES`] in their order, made one by [`assets::script`], in one `<script>` with `"use
//! strict"` inside one function scope. The style sheet is the common one of all pages ([`crate::page::style`]) followed by
//! [`assets::STYLE`].

mod assets;
mod banner;
mod before;
mod clients;
mod columns;
mod crashes;
mod document;
mod facts;
mod findings;
mod glossary;
mod logs;
mod pack;
mod sections;
mod trust;

use crate::file::ReportError;
use crate::model::RunModel;
use crate::plot::Plot;

/// The page of a run, with its plots, its data and the logs that lie in its folder.
///
/// # Errors
/// The data cannot be put together, which is a defect.
pub fn page(model: &RunModel, plots: &[Plot]) -> Result<String, ReportError> {
    let logs = logs::read(model);
    let data = pack::pack(&document::document(model, &logs))?;
    Ok(sections::whole(model, plots, &logs, &data))
}

/// The page without its script and data, for tests that look at everything else.
#[cfg(test)]
pub(super) fn without_script(page: &str) -> String {
    let (before, rest) = page.split_once("<script type=\"application/octet-stream\" id=\"data\">").unwrap();
    let (_, rest) = rest.split_once("</script>").unwrap();
    let (script, after) = rest.strip_prefix("<script>").unwrap().split_once("</script>").unwrap();
    assert_eq!(script, sections::script());
    format!("{before}{after}")
}

/// The document that a page carries, for tests.
#[cfg(test)]
pub(super) fn data_of(page: &str) -> serde_json::Value {
    let data = page.split("id=\"data\">").nth(1).and_then(|rest| rest.split('<').next()).unwrap();
    pack::unpack(data)
}

#[cfg(test)]
mod tests;

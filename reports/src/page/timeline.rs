//! The timeline: what every node was, which faults were in force, and where the findings lie.
//!
//! Names stand in a column of their own so that they stay in sight while the rest scrolls. From top to bottom: phases,
//! how many nodes claimed to lead (with the moments at which elections were won), times without an effective leader, a
//! lane for each node, the faults (laid out so that neither bars nor labels overlap), the links that were cut. Findings
//! and stalls cross everything. Each thing has a tooltip; findings and elections are anchors.

use maud::{Markup, html};

use super::{merge, tables};
use crate::model::{Fault, Held, Lane, Life, RunModel};
use crate::text::{count, duration, moment, name};

/// What a screen shows without scrolling, pixels.
pub(super) const SCREEN: f64 = 1080.0;
const NAMES: f64 = 118.0;
const PAD: f64 = 14.0;
const AXIS: f64 = 40.0;
const STRIP: f64 = 16.0;
const LANE: f64 = 34.0;
const FAULT: f64 = 17.0;
const LINK: f64 = 11.0;
const MOST_FAULTS: usize = 1500;
const MOST_LINKS: usize = 60;
const MOST_WON: usize = 1500;

/// Where things are.
struct Layout {
    width: f64,
    height: f64,
    length: u64,
    least: f64,
    phases: f64,
    claimants: f64,
    gone: f64,
    lanes: f64,
    faults: f64,
    links: f64,
    shown_links: usize,
}

impl Layout {
    fn x(&self, t: u64) -> f64 {
        let share = t.min(self.length) as f64 / self.length.max(1) as f64;
        let x = PAD + (self.width - 2.0 * PAD) * share;
        (x * 10.0).round() / 10.0
    }
}

/// The width of the drawing: a screen, and for long runs more, up to what a reader scrolls with patience.
pub(super) fn width(model: &RunModel) -> f64 {
    (model.length as f64 / 1e9 * 14.0).clamp(SCREEN, 6000.0)
}

/// The timeline with its legend.
pub(super) fn timeline(model: &RunModel) -> Markup {
    let rows = pack(model);
    let fault_rows = rows.iter().map(|(_, row)| row + 1).max().unwrap_or(0) as f64;
    let nodes = model.lanes.len() as f64;
    let phases = AXIS;
    let claimants = phases + STRIP + 6.0;
    let gone = claimants + STRIP + 4.0;
    let lanes = gone + STRIP + 2.0;
    let faults = lanes + nodes * LANE + 6.0;
    let links = faults + fault_rows * FAULT + if fault_rows > 0.0 { 8.0 } else { 0.0 };
    let shown_links = model.links.len().min(MOST_LINKS);
    let at = Layout {
        width: width(model),
        height: links + shown_links as f64 * LINK + 8.0,
        length: model.length.max(1),
        least: 1.5f64.max(nodes * 0.15),
        phases,
        claimants,
        gone,
        lanes,
        faults,
        links,
        shown_links,
    };
    let listed = tables::listed_faults(model);
    html! {
        div.timeline role="img" aria-label="Timeline of roles, faults and findings" {
            (names(model, &at, fault_rows))
            div.lanes tabindex="0" {
                svg width=(at.width) height=(at.height) viewBox={ "0 0 " (at.width) " " (at.height) } {
                    defs {
                        pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                            rect width="3" height="6" fill="var(--hatch)" {}
                        }
                    }
                    (axis(&at))
                    (strips(model, &at))
                    @for (index, lane) in model.lanes.iter().enumerate() { (node(model, lane, index, &at)) }
                    @for (fault, row) in &rows { (fault_bar(fault, *row, &at, listed.contains(&fault.id))) }
                    (link_lanes(model, &at))
                    @for (left, right) in merge::spans(model.stalls.iter().map(|s| (s.start, s.end)), &|t| at.x(t), 2.0) {
                        rect.stall x=(left) y=(at.phases) width=(px(right - left)) height=(px(at.height - at.phases)) { title { "the harness did not run" } }
                    }
                    (marks(model, &at))
                }
            }
        }
        (legend(model))
        (left_out(model, &rows, &at))
    }
}

fn px(value: f64) -> f64 {
    (value.max(0.0) * 10.0).round() / 10.0
}

fn names(model: &RunModel, at: &Layout, fault_rows: f64) -> Markup {
    let label = |y: f64, text: &str| html! { text x="12" y=(px(y)) .dim { (text) } };
    html! {
        svg.names width=(NAMES) height=(at.height) viewBox={ "0 0 " (NAMES) " " (at.height) } {
            (label(AXIS - 8.0, "seconds"))
            (label(at.phases + 12.0, "phase"))
            (label(at.claimants + 12.0, "leaders"))
            (label(at.gone + 11.0, "no leader"))
            @for (index, lane) in model.lanes.iter().enumerate() {
                text.n x="12" y=(px(at.lanes + index as f64 * LANE + 20.0)) { (short(&lane.node)) title { (name(&lane.node)) } }
            }
            @if fault_rows > 0.0 { (label(at.faults + 12.0, "faults")) }
            @for (index, lane) in model.links.iter().take(at.shown_links).enumerate() {
                text.dim x="12" y=(px(at.links + index as f64 * LINK + 9.0)) style="font-size:10px" { (short(&lane.link)) }
            }
        }
    }
}

fn short(node: &str) -> String {
    let label = name(node);
    if label.chars().count() <= 12 { label } else { format!("{}…", label.chars().take(11).collect::<String>()) }
}

fn axis(at: &Layout) -> Markup {
    let ticks = merge::ticks(at.length, (at.width / 100.0) as u64);
    html! {
        @for tick in ticks {
            line.grid x1=(at.x(tick)) x2=(at.x(tick)) y1=(AXIS - 4.0) y2=(at.height) {}
            text.dim x=(at.x(tick)) y=(AXIS - 8.0) text-anchor="middle" { (tick as f64 / 1e9) }
        }
    }
}

fn strips(model: &RunModel, at: &Layout) -> Markup {
    let gone = model.outcome.iter().flat_map(|outcome| &outcome.measures.interregna).map(|i| (i.start, i.end));
    html! {
        @for (index, phase) in model.phases.iter().take(200).enumerate() {
            @let width = px(at.x(phase.end) - at.x(phase.start));
            g {
                title { "phase " (phase.what) ": " (moment(phase.start)) " to " (moment(phase.end)) }
                rect class={ "phase" (index % 2) } x=(at.x(phase.start)) y=(at.phases) width=(width) height=(STRIP) {}
                @if width > 7.0 * phase.what.chars().count() as f64 {
                    text.tr x=(at.x(phase.start) + 4.0) y=(at.phases + 12.0) { (phase.what) }
                }
            }
        }
        @for (number, class) in [(0, "c0"), (1, "c1"), (2, "c2")] {
            @let some = model.claimants.iter().filter(|held| held.what.min(2) == number).map(|held| (held.start, held.end));
            @for (left, right) in merge::spans(some.filter(|(start, end)| number != 0 || end > start), &|t| at.x(t), if number == 0 { 0.0 } else { 1.5 }) {
                rect class=(class) x=(left) y=(at.claimants) width=(px(right - left)) height=(STRIP - 4.0) {
                    title { @match number { 0 => "no node claims to lead", 1 => "one leader", _ => "two or more claim to lead (lawful in different terms)" } }
                }
            }
        }
        @for (left, right) in merge::spans(gone, &|t| at.x(t), 1.5) {
            rect.gone x=(left) y=(at.gone + 2.0) width=(px(right - left)) height=(STRIP - 8.0) { title { "no effective leader" } }
        }
        @for (index, election) in model.elections.iter().take(MOST_WON).enumerate() {
            @let x = at.x(election.won);
            g.won id={ "t-e" (index) } {
                title { (name(&election.leader)) " won term " (election.term) " at " (moment(election.won)) }
                path d={ "M" (px(x - 3.5)) " " (at.claimants - 5.0) "h7l-3.5 6z" } {}
            }
        }
    }
}

fn node(model: &RunModel, lane: &Lane, index: usize, at: &Layout) -> Markup {
    let top = at.lanes + index as f64 * LANE;
    let scale = |t: u64| at.x(t);
    let shown = name(&lane.node);
    let paused = lane.process.iter().filter(|held| held.what == Life::Paused).map(|held| (held.start, held.end));
    let down = lane.process.iter().filter(|held| held.what == Life::Down).map(|held| (held.start, held.end));
    let hit = model.faults.iter().filter(|fault| fault.happened() && fault.nodes.contains(&shown));
    html! {
        line.base x1=(at.x(0)) x2=(at.x(at.length)) y1=(top + 15.0) y2=(top + 15.0) {}
        @for piece in merge::roles(&lane.roles, &scale, at.least) {
            @let width = px(piece.right - piece.left);
            rect class={ "r" (piece.role.rank()) } x=(piece.left) y=(top + 4.0) width=(width) height="22" rx=[(width > 6.0).then_some("2")] {
                title {
                    (shown) ": "
                    @if piece.states > 1 { (count(piece.states as u64, "state")) ", among them " }
                    (piece.role.label()) ", " (moment(piece.start)) " to " (moment(piece.end)) " (" (duration(piece.end.saturating_sub(piece.start))) ")"
                }
            }
            (role_label(&piece, lane, top, at))
        }
        @for (left, right) in merge::spans(paused, &scale, 1.5) {
            rect x=(left) y=(top + 4.0) width=(px(right - left)) height="22" fill="url(#hatch)" opacity=".85" { title { (shown) ": paused" } }
        }
        @for (left, right) in merge::spans(down, &scale, 1.0) {
            @if right - left > 40.0 {
                text.dim x=(px((left + right) / 2.0)) y=(top + 12.0) text-anchor="middle" style="font-size:10px" { "down" }
            }
        }
        @for fault in hit.take(400) {
            @let end = at.x(fault.end.unwrap_or(at.length)).max(at.x(fault.in_force) + 1.5);
            rect class=(class(fault)) x=(at.x(fault.in_force)) y=(top + 28.0) width=(px(end - at.x(fault.in_force))) height="3" {}
        }
    }
}

/// The label of a piece, as long as there is room before a pause hatches it.
fn role_label(piece: &merge::Piece, lane: &Lane, top: f64, at: &Layout) -> Markup {
    let next = lane.process.partition_point(|held| held.end <= piece.start);
    let paused = lane.process.iter().skip(next).take_while(|held| held.start < piece.end);
    let paused = paused.into_iter().find(|held| held.what == Life::Paused);
    let width = paused.map_or(piece.right, |held| at.x(held.start).min(piece.right)) - piece.left;
    let (long, term) = (piece.role.label(), piece.role.term.map(|term| format!("t{term}")).unwrap_or_default());
    let label = if width > long.chars().count() as f64 * 6.6 + 8.0 {
        long
    } else if width > term.chars().count() as f64 * 6.6 + 6.0 {
        term
    } else {
        return html! {};
    };
    let class = match piece.role.rank() {
        4 => "t4",
        3 => "t3",
        _ => "tr",
    };
    html! { text class=(class) x=(px(piece.left + 4.0)) y=(top + 19.0) { (label) } }
}

fn class(fault: &Fault) -> &'static str {
    match fault.kind.as_str() {
        "kill" => "f-kill",
        "stop" => "f-stop",
        "wipe" => "f-wipe",
        "restart-all" => "f-restart-all",
        "pause" => "f-pause",
        "stutter" => "f-stutter",
        "cut" => "f-cut",
        "degrade" => "f-degrade",
        _ => "f-other",
    }
}

/// Faults in rows, each in the first row that is free for its bar and its label.
fn pack(model: &RunModel) -> Vec<(&Fault, usize)> {
    let scale = (width(model) - 2.0 * PAD) / model.length.max(1) as f64;
    let mut free: Vec<f64> = Vec::new();
    let mut rows = Vec::new();
    for fault in model.faults.iter().filter(|fault| fault.happened()).take(MOST_FAULTS) {
        let left = fault.begin as f64 * scale;
        let right = fault.end.unwrap_or(model.length) as f64 * scale;
        let label = left + fault.label().chars().count() as f64 * 6.2 + 14.0;
        let row = free.iter().position(|end| *end <= left).unwrap_or(free.len());
        if row == free.len() {
            free.push(0.0);
        }
        free[row] = right.max(label) + 4.0;
        rows.push((fault, row));
    }
    rows
}

fn fault_bar(fault: &Fault, row: usize, at: &Layout, listed: bool) -> Markup {
    let (left, y) = (at.x(fault.begin), at.faults + row as f64 * FAULT);
    let end = at.x(fault.end.unwrap_or(at.length)).max(left + 2.0);
    // Near the right edge a label would be clipped; it stands left of where its bar begins.
    let words = fault.label();
    let flip = left + words.chars().count() as f64 * 6.2 + 8.0 > at.width;
    html! {
        a href=[listed.then(|| format!("#f-{}", fault.id))] {
            title {
                "fault " (fault.id) ": " (words) ", " (moment(fault.begin)) " to "
                @match fault.end { Some(end) => (moment(end)), None => "the end" }
                @if fault.outcome != "installed" { " (" (fault.outcome) ")" }
            }
            rect class=(class(fault)) x=(left) y=(y) width=(px(end - left)) height=(FAULT - 3.0) opacity=".6" rx="2" {}
            @if flip {
                text.f x=(at.width - 4.0) y=(y + 11.0) text-anchor="end" { (words) }
            } @else {
                text.f x=(left + 4.0) y=(y + 11.0) { (words) }
            }
        }
    }
}

fn link_lanes(model: &RunModel, at: &Layout) -> Markup {
    let scale = |t: u64| at.x(t);
    html! {
        @for (index, lane) in model.links.iter().take(at.shown_links).enumerate() {
            @let y = at.links + index as f64 * LINK + 1.0;
            @for (rule, class) in [("cut", "f-cut"), ("degrade", "f-degrade")] {
                @let some = lane.rules.iter().filter(|held| (held.what.rule == "cut") == (rule == "cut"));
                @for (left, right) in merge::spans(some.map(|held: &Held<_>| (held.start, held.end)), &scale, 1.5) {
                    rect class=(class) x=(left) y=(y) width=(px(right - left)) height=(LINK - 3.0) opacity=".8" { title { (lane.link) ": " (rule) } }
                }
            }
        }
    }
}

/// Findings that share a pixel share a mark, but each has its anchor: none is ever hidden.
fn marks(model: &RunModel, at: &Layout) -> Markup {
    let mut marks: Vec<(f64, Vec<&crate::model::Finding>)> = Vec::new();
    for finding in &model.findings {
        let x = at.x(finding.violation.span[1]);
        match marks.iter_mut().find(|(left, _)| (*left - x).abs() < 2.0) {
            Some((_, found)) => found.push(finding),
            None => marks.push((x, vec![finding])),
        }
    }
    html! {
        @for (x, found) in &marks {
            @if let Some(first) = found.first() {
                g.mark.suspicion[!found.iter().any(|finding| finding.certain)] id={ "t-v" (first.number) } {
                    line x1=(x) x2=(x) y1="18" y2=(at.height) {}
                    a href={ "#v" (first.number) } {
                        title { (count(found.len() as u64, "finding")) " at " (moment(first.violation.span[1])) ": " (crate::text::clean(&first.violation.sentence, 160)) }
                        circle cx=(x) cy="11" r="9" {}
                        text x=(x) y="15" text-anchor="middle" { (first.number) }
                        @if found.len() > 1 { text.more x=(x + 12.0) y="15" { "+" (found.len() - 1) } }
                    }
                    @for other in found.iter().skip(1) { g id={ "t-v" (other.number) } { line x1=(x) x2=(x) y1="18" y2="19" {} } }
                }
            }
        }
    }
}

fn legend(model: &RunModel) -> Markup {
    let swatch = |class: &str, words: &str| {
        html! { span { svg width="14" height="12" { rect class=(class) width="14" height="12" rx="2" {} } (words) } }
    };
    html! {
        div.legend {
            (swatch("r4", "leader")) (swatch("r3", "candidate")) (swatch("r2", "precandidate")) (swatch("r1", "follower"))
            span { svg width="14" height="12" { rect.r1 width="14" height="12" {} rect width="14" height="12" fill="url(#hatch)" {} } "paused" }
            span { svg width="14" height="12" { line.base x1="0" x2="14" y1="6" y2="6" {} } "down, or not known" }
            (swatch("gone", "no effective leader")) (swatch("c2", "in the strip of leaders: two or more claim to lead"))
            (swatch("f-kill", "kill, stop")) (swatch("f-pause", "pause, stutter")) (swatch("f-cut", "cut")) (swatch("f-degrade", "degrade"))
            @if !model.stalls.is_empty() { (swatch("stall", "the harness did not run")) }
            @if model.lanes.iter().any(|lane| !lane.atomic && !lane.roles.is_empty()) { span { "Roles here are sampled: what happened between two answers is not seen." } }
        }
    }
}

fn left_out(model: &RunModel, rows: &[(&Fault, usize)], at: &Layout) -> Markup {
    let happened = model.faults.iter().filter(|fault| fault.happened()).count();
    html! {
        @if rows.len() < happened { p.small.muted { "Only the first " (rows.len()) " of " (happened) " faults are drawn." } }
        @if at.shown_links < model.links.len() { p.small.muted { "Only " (at.shown_links) " of " (model.links.len()) " links are drawn." } }
        @if at.width > SCREEN { p.small.muted { "Scroll sideways for the rest of the run; the picture above shows the whole." } }
    }
}

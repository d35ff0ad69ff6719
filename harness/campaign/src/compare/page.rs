//! `report.html` of a comparison: the answer, what it rests on, and what it does not say.

use history::Verdict;
use maud::{Markup, PreEscaped, html};

use super::decide::{probability, signed};
use super::{
    Answer, ComparedRate, Comparison, Facts, Paired, QuantileChange, Redrawn, SideSummary, Tally, Times, short,
};
use reports::page::parts::{head, table};
use reports::page::whole;
use reports::plot::Plot;
use reports::text::{LONGEST, by_percent, clean, duration, grouped, name, percent};

pub(super) fn page(comparison: &Comparison, curves: &[(String, Plot)], runs: Option<&Markup>) -> String {
    let (verdict, words) = match comparison.answer {
        Answer::NotWorse => (Verdict::Valid, "NOT SHOWN TO BE WORSE"),
        Answer::Worse => (Verdict::Invalid, "WORSE"),
        Answer::Unknown => (Verdict::Unknown, "UNKNOWN"),
    };
    let body = html! {
        (head(verdict, words, clean(&comparison.sentence, 4 * LONGEST), html! {
            @if !comparison.warnings.is_empty() {
                ol.found { @for warning in &comparison.warnings { li { (clean(warning, 4 * LONGEST)) } } }
            }
        }))
        @if let Some(pairs) = &comparison.paired { (paired(comparison, pairs)) }
        h2 { "The two sides" }
        (sides(comparison))
        h2 { "How long elections took" }
        (elections(comparison, curves))
        h2 { "How often runs failed" }
        (rates(comparison))
        h2 { "How long there was no leader" }
        p { "Times without an effective leader, as long as a majority existed; those that a fault or the end of the run cut off count as "
            "lasting at least so long (Kaplan and Meier). They are shown and decide nothing." }
        (times(&comparison.interregna, "interregnum"))
        @if let Some(runs) = runs { h2 { "The runs" } (runs) }
        h2 { "What the words mean" }
        (method(comparison))
        footer { "Written by interregnum. For machines: " a href="compare.json" { "compare.json" } "." }
    };
    whole(&format!("{words} · {} and {}", clean(&comparison.a.label, 80), clean(&comparison.b.label, 80)), &body)
}

/// What a meeting needs: how sure it is, what else is different, and how to do it again.
fn paired(comparison: &Comparison, paired: &Paired) -> Markup {
    html! {
        h2 { "What the pairs say" }
        (table(&["elections after a", "#pairs", "#A", "#B", "#change of the mean", ""], html! {
            @for kind in &paired.kinds { tr {
                td { (name(&kind.fault)) @if kind.to_win { span.muted { " (to the win)" } } }
                td.num { (grouped(kind.pairs)) } td.num { (grouped(kind.in_a)) } td.num { (grouped(kind.in_b)) }
                td.num { (kind.change()) }
                td { (match kind.answer { Answer::Worse => "worse", Answer::NotWorse => "not worse", Answer::Unknown => "not known yet" }) }
            } }
        }))
        p.small.muted {
            "Each pair is a run of A and one of B on the same schedule, at the same time. The change is that of the geometric mean of the election "
            "times within pairs, of as many elections of each; in brackets its ends, of which each holds however often it was looked. "
            (grouped(paired.pairs)) " pairs in " (duration(paired.spent)) " of " (duration(paired.budget)) "; only A failed in "
            (grouped(paired.only_a_failed)) ", only B in " (grouped(paired.only_b_failed)) ". Worse is what is longer by more than "
            (by_percent(comparison.tolerance)) ". The chance to be wrong is at most " (percent(paired.alpha)) " for everything together."
        }
        @if !paired.notes.is_empty() {
            h3 { "What else is different" }
            ul { @for note in &paired.notes { li { (clean(note, 2 * LONGEST)) } } }
        }
        @if !paired.commands.is_empty() {
            h3 { "To do it again" }
            pre.command { @for command in &paired.commands { (clean(command, 4 * LONGEST)) "\n" } }
        }
    }
}

/// Each kind of fault by itself.
fn elections(comparison: &Comparison, curves: &[(String, Plot)]) -> Markup {
    html! {
        @if comparison.by_fault.is_empty() { (times(&comparison.elections, "election")) }
        @for kind in &comparison.by_fault {
            h3 { "Elections" (kind.after()) }
            @if kind.to_win { p { "Timed to the win, because one of the sides does not show who follows." } }
            (times(&kind.times, "election"))
        }
        div.plots { @for (name, plot) in curves {
            figure.card.plot { (PreEscaped(&plot.svg)) figcaption { (plot.caption) " " a href={ "plots/" (name) ".svg" } { "SVG" } } }
        } }
    }
}

fn sides(comparison: &Comparison) -> Markup {
    let different = |what: &String| comparison.differences.iter().any(|difference| difference.what == *what);
    let (a, b) = (&comparison.a, &comparison.b);
    let names: std::collections::BTreeSet<&String> = a.facts.keys().chain(b.facts.keys()).collect();
    // What belongs to a difference that another fact names, a path beside a version, is none of its own, and still not the same.
    let (same, apart): (Vec<_>, Vec<_>) = names.into_iter().partition(|what| a.facts.get(*what) == b.facts.get(*what));
    let row = |what: &str, of: &dyn Fn(&SideSummary) -> String| {
        html! { tr { td { (what) } td { (of(a)) } td { (of(b)) } } }
    };
    html! {
        (table(&["", "A", "B"], html! {
            (row("folder", &|side| clean(&side.label, LONGEST)))
            (row("runs", &|side| side.words()))
            (row("runs with a stall", &|side| grouped(side.stalled)))
            (row("elections timed", &|side| grouped(side.elections)))
            @if a.clients.is_some() || b.clients.is_some() {
                (row("clients (measured, never judged)", &|side| side.clients_words().unwrap_or_else(|| "no probe".to_owned())))
            }
            @for what in apart {
                tr { td { @if different(what) { b { (name(what)) } " (differs)" } @else { (name(what)) } } td { (values(&a.facts, what)) } td { (values(&b.facts, what)) } }
            }
        }))
        @let same: Vec<String> = same.into_iter().map(|what| format!("{} {}", name(what), values(&a.facts, what))).collect();
        @if !same.is_empty() { p.small.muted { "The same on both sides: " (same.join("; ")) "." } }
    }
}

fn values(facts: &Facts, what: &str) -> String {
    let values: Vec<String> = facts.get(what).into_iter().flatten().take(20).map(|value| short(value)).collect();
    if values.is_empty() { "not known".to_owned() } else { values.join(", ") }
}

fn rates(comparison: &Comparison) -> Markup {
    let rates = &comparison.rates;
    html! {
        (table(&["", "#A", "#B", "#p"], html! {
            (rate("invalid, of the runs that were judged", &rates.failed))
            (rate("could not be judged, of all", &rates.undecided))
            (rate("with a stall, of all", &rates.stalled))
            @for line in &rates.findings { (rate(&format!("{}: {}", clean(&line.checker, 40), clean(&line.text, LONGEST)), &line.rate)) }
        }))
        p.small.muted { "In brackets the exact 95 % interval (Clopper and Pearson). p: Fisher's exact test, two-sided. The lines of single findings "
            "are many tests at once: their p-values are not corrected for that and decide nothing." }
    }
}

fn rate(what: &str, rate: &ComparedRate) -> Markup {
    html! { tr { td { (what) } td.num { (tally(&rate.a)) } td.num { (tally(&rate.b)) } td.num { (probability(rate.p)) } } }
}

fn tally(tally: &Tally) -> String {
    let (of, all) = (grouped(tally.of), grouped(tally.all));
    if tally.all == 0 {
        return "0 of 0".to_owned();
    }
    format!("{of} of {all}: {} [{}, {}]", percent(tally.rate()), percent(tally.low), percent(tally.high))
}

fn times(times: &Times, noun: &str) -> Markup {
    html! {
        @if times.quantiles.is_empty() {
            p { "There are too few for a quantile on both sides: " (times.in_a) " in A and " (times.in_b) " in B." }
        } @else {
            div.scroll tabindex="0" { table {
                thead { tr { th { (noun) } th.num { "A" } th.num { "B" } th.num { "B less A" } th.num { "change" } td {} } }
                tbody { @for quantile in &times.quantiles { (change(quantile)) } }
            } }
        }
        p.small.muted {
            (grouped(times.in_a)) " in " (grouped(times.runs_in_a)) " runs of A (" (grouped(times.censored_in_a)) " cut off), "
            (grouped(times.in_b)) " in " (grouped(times.runs_in_b)) " runs of B (" (grouped(times.censored_in_b)) " cut off). In brackets the "
            (percent(times.confidence)) " interval, from drawing "
            @match times.drawn { Redrawn::Runs => "runs", Redrawn::Stretches => "stretches of consecutive elections within the runs at hand" }
            " again."
            @if let Some(distance) = times.distance { " Kolmogorov–Smirnov distance: " (format!("{distance:.3}")) "." }
        }
    }
}

fn change(quantile: &QuantileChange) -> Markup {
    let time = |end: Option<f64>| end.map_or("?".to_owned(), signed_duration);
    let share = |end: Option<f64>| end.map_or("?".to_owned(), signed);
    let [low, high] = quantile.difference;
    let [least, most] = quantile.relative;
    html! {
        tr {
            td { (quantile.name()) }
            td.num { (duration(quantile.a)) }
            td.num { (duration(quantile.b)) }
            td.num { (signed_duration(quantile.b as f64 - quantile.a as f64)) " [" (time(low)) ", " (time(high)) "]" }
            td.num { (signed(quantile.ratio())) " [" (share(least)) ", " (share(most)) "]" }
            td.small.muted { @if !quantile.judged { "shown, not judged" } }
        }
    }
}

pub(super) fn signed_duration(nanoseconds: f64) -> String {
    let sign = if nanoseconds < 0.0 { "−" } else { "+" };
    format!("{sign}{}", duration(nanoseconds.abs() as u64))
}

fn method(comparison: &Comparison) -> Markup {
    if comparison.paired.is_some() {
        return html! {
            p { "The answer rests on pairs, with bets that stay honest however often one looks (Ville 1939; Shafer 2021): the table at the top. The "
                "quantiles below them are shown, and decide nothing. An election that a stall overlapped is left out, and no other of its run." }
        };
    }
    html! {
        p { "Worse: more of B's judged runs are invalid, with p < 0.05; or the lower end of the interval of a judged quantile's change lies above "
            (by_percent(comparison.tolerance)) ". Unknown: not worse, and there is too little to say. Otherwise B is not shown to be worse, which does not "
            "prove that it is not: the upper ends of the intervals say how much worse it may be." }
        p { "Elections of one run are not independent of each other, so runs are drawn again and not elections (cluster bootstrap; Davison and Hinkley "
            "1997, Field and Welsh 2007). The intervals of the quantiles that are judged hold together with 95 % (Bonferroni). A quantile is judged where at "
            "least five elections lie beyond it on both sides." }
    }
}

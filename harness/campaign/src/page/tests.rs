use std::collections::BTreeMap;
use std::time::UNIX_EPOCH;

use crate::results::{Cause, ClientTimes, Digest, Entry, Failure, Identity, RunId, Shard, Signature, Tally};
use history::Verdict;

use super::*;

pub(crate) fn identity() -> Identity {
    Identity {
        schema: 1,
        version: "0.1.0".to_owned(),
        id: "3f9c2a7d10b4".to_owned(),
        systems: vec!["reference".to_owned()],
        workloads: vec!["chaos".to_owned(), "leader-crash".to_owned()],
        options: vec!["--network".to_owned(), "switch".to_owned()],
        seed: 1,
        runs: Some(2000),
        cells: vec![],
        experiment: None,
        search: false,
        shard: None,
    }
}

fn coded(code: &str, details: &[&str]) -> Cause {
    Cause::Coded { code: code.to_owned(), details: details.iter().map(|&one| one.to_owned()).collect() }
}

fn double_vote() -> Signature {
    Signature {
        system: "reference".to_owned(),
        checker: "vote-once".to_owned(),
        faults: Vec::new(),
        cause: coded("two-votes-in-one-term", &[]),
    }
}

/// A run of a night of eight hours: every 97th votes twice, every 211th is unknown, every 503rd left no verdict.
pub(crate) fn entry(number: u64) -> Entry {
    let of = |every: u64| number % every == every - 1;
    let verdict = match (of(97), of(211), of(503)) {
        (_, _, true) => None,
        (true, ..) => Some(Verdict::Invalid),
        (_, true, _) => Some(Verdict::Unknown),
        _ => Some(Verdict::Valid),
    };
    let exit = match verdict {
        Some(Verdict::Valid) => 0,
        Some(Verdict::Invalid) => 1,
        Some(Verdict::Unknown) => 2,
        None => 70,
    };
    let workload = ["chaos", "leader-crash"][number as usize % 2];
    let run = format!("{workload}-{}", number + 1);
    let (checker, cause, sentence) = match verdict {
        Some(Verdict::Invalid) => {
            ("vote-once", double_vote().cause, format!("n3 voted for n1 and then for n2 in term {number}."))
        }
        Some(Verdict::Unknown) => (
            "coverage",
            coded("too-little-happened", &["too-few-leader-hits"]),
            "the run did too little to be judged: 1 of at least 2 leader hits".to_owned(),
        ),
        _ => ("harness", coded("overdue", &[]), "the run did not end within 300 s and was killed".to_owned()),
    };
    let failure = Failure {
        signature: Signature { checker: checker.to_owned(), cause, ..double_vote() },
        verdict: verdict.unwrap_or(Verdict::Unknown),
        count: 1 + number % 3,
        sentence: sentence.clone(),
        faults: [&["cut", "kill"][..], &["kill"], &[]][number as usize % 3]
            .iter()
            .map(|&kind| kind.to_owned())
            .collect(),
    };
    let noise = |i: u64| (number * 7919 + i * 104_729) % 1000;
    let time = |i: u64| (150_000 + noise(i) * 180 + (noise(i) / 980) * 900_000 + number * 12) as u32;
    let digest = Digest {
        elections: 12,
        judged: if verdict == Some(Verdict::Valid) { 9 } else { 0 },
        election_times: (0..9).map(time).collect(),
        interregna: (0..10).map(|i| time(i + 3)).collect(),
        censored: vec![4_000_000],
        split_terms: number % 3,
        windows_passed: 11,
        windows_untested: 1,
        expectations_met: 9,
        expectations_unmet: 0,
        clients: Some(ClientTimes {
            probed: 20_000_000_000,
            attempts: 400,
            failures: 2,
            failed: 400_000_000,
            longest: 300_000_000,
            outages: 2,
        }),
        stalls: u64::from(of(31)),
        stalled: if of(31) { 73_000_000 } else { 0 },
        hits: BTreeMap::from([
            ("kill leader".to_owned(), 3),
            ("kill follower".to_owned(), 1),
            ("pause leader".to_owned(), number % 2),
            ("cut leader".to_owned(), 1),
            ("cut links".to_owned(), 2),
            ("stutter unknown".to_owned(), 1),
        ]),
        overlaps: BTreeMap::from([
            ("cut + kill".to_owned(), 2),
            ("kill + kill".to_owned(), 1),
            ("cut + pause".to_owned(), number % 2),
        ]),
        ..Digest::default()
    };
    let at = UNIX_EPOCH + std::time::Duration::from_secs(1_795_377_600 + number * 14);
    Entry {
        search: None,
        version: None,
        unit: RunId { number, system: "reference".to_owned(), workload: workload.to_owned(), seed: number + 1 },
        cell: String::new(),
        began: humantime::format_rfc3339_seconds(at).to_string(),
        duration: 41_000_000_000,
        exit,
        verdict,
        sentence: if verdict == Some(Verdict::Valid) { "no leader was replaced.".to_owned() } else { sentence },
        gist: Default::default(),
        network: "switch".to_owned(),
        failures: if exit == 0 { Vec::new() } else { vec![failure] },
        digest,
        folder: (exit != 0 || of(50)).then(|| format!("runs/{run}")),
        run,
    }
}

pub(crate) fn tally(entries: impl IntoIterator<Item = Entry>) -> Tally {
    let mut tally = Tally::default();
    entries.into_iter().for_each(|entry| tally.add(&entry));
    tally
}

pub(crate) fn extras() -> Extras {
    let shrunk = Shrunk {
        steps_before: 30,
        steps_after: 2,
        rate: (19, 20),
        command: "interregnum replay interregnum-out/latest/shrunk/1 --times 20".to_owned(),
        folder: "shrunk/1".into(),
        steps: vec!["at 2.1 s: pause leader for 400 ms".to_owned(), "at 2.3 s: kill follower".to_owned()],
    };
    Extras { folder: "interregnum-out/latest".into(), shrunk: [(double_vote(), shrunk)].into(), ..Extras::default() }
}

fn written(tally: &Tally, extras: &Extras) -> (String, CampaignVerdict) {
    let folder = tempfile::tempdir().unwrap();
    let written = write(folder.path(), &identity(), tally, extras).unwrap();
    let page = std::fs::read_to_string(&written.report).unwrap();
    let stored: CampaignVerdict = serde_json::from_slice(&std::fs::read(&written.path).unwrap()).unwrap();
    assert_eq!(stored, written.verdict, "verdict.json reads back as what was written");
    (page, stored)
}

#[test]
fn one_bug_is_one_card_with_its_first_seed_its_rate_a_command_and_its_shrunk_schedule() {
    let (page, verdict) = written(&tally((0..2000).map(entry)), &extras());
    assert_eq!((verdict.verdict, verdict.exit, verdict.failures.len()), (Verdict::Invalid, 1, 1));
    let found = &verdict.failures[0];
    assert_eq!((found.runs, found.rate.count, found.rate.of), (20, 20, 1988));
    assert_eq!((found.first.unit, found.first.seed), (96, 97));
    assert_eq!(found.first.command, "interregnum replay interregnum-out/latest/runs/chaos-97");
    let at = |what: &str| page.find(what).unwrap_or_else(|| panic!("{what} is not on the page"));
    assert!(at("INVALID") < at("id=\"f1\""));
    assert!(at("id=\"f1\"") < at("id=\"h1\"") && at("id=\"h1\"") < at("id=\"u1\""), "three lists, apart");
    for what in [
        "n3 voted for n1 and then for n2 in term 96.",
        "Shrunk",
        "at 2.3 s: kill follower",
        "./runs/chaos-97/report.html",
    ] {
        at(what);
    }
    assert_eq!(
        verdict.sentence,
        "2,000 runs: 1,968 valid, 20 invalid in 1 way, 3 failed for the harness, 9 unknown; 17,712 of 24,000 elections could be judged."
    );
    assert!(page.contains(&verdict.statistics));
}

#[test]
fn a_run_that_was_not_kept_is_done_again_by_its_seed_and_options() {
    let first = Entry { folder: None, ..entry(96) };
    let (_, verdict) = written(&tally([first, entry(193)]), &Extras::default());
    let found = &verdict.failures[0];
    assert_eq!(found.first.command, "interregnum test chaos --system reference --seed 97 --network switch");
    assert_eq!(found.kept.as_ref().map(|kept| kept.run.as_str()), Some("leader-crash-194"));
}

/// The same run, drawn by a search.
pub(crate) fn searched(number: u64) -> Entry {
    let search = Some(crate::results::Origin { parents: vec![3], ways: vec![] });
    Entry { search, folder: None, ..entry(number) }
}

#[test]
fn what_a_search_found_is_told_and_counts_for_no_rate_no_quantile_and_no_chance() {
    let blind = tally((0..40).map(entry));
    let failing = |number: u64| Entry { unit: RunId { number, ..entry(96).unit }, ..searched(96) };
    let both = tally((0..40).map(entry).chain((100..400).map(failing)));
    let (_, alone) = written(&blind, &Extras::default());
    let (page, verdict) = written(&both, &Extras::default());
    assert_eq!((verdict.verdict, verdict.exit), (Verdict::Invalid, 1), "what was found stays found");
    assert_eq!((&verdict.totals, &verdict.cells), (&alone.totals, &alone.cells));
    assert!(verdict.statistics.starts_with(&format!("Drawn blind: {}", alone.statistics)), "{}", verdict.statistics);
    assert!(verdict.statistics.ends_with("though 300 of them had a violation."), "{}", verdict.statistics);
    let found = &verdict.failures[0];
    assert_eq!((found.runs, found.searched, found.rate.count, found.rate.of), (300, 300, 0, 40));
    assert_eq!(verdict.searched.as_ref().map(|line| line.runs), Some(300));
    assert!(page.contains("300 by the search; of those drawn blind "), "the rate says of what it is one");
    assert_eq!(
        found.first.command,
        "interregnum test --schedule search/failed-100.json --system reference --network switch"
    );
    assert!(!table(&alone, false).contains("search") && table(&verdict, false).contains("by the search"));
}

#[test]
fn a_campaign_of_before_there_were_situations_says_nothing_of_them() {
    let (page, verdict) = written(&tally((0..40).map(entry)), &Extras::default());
    assert!(verdict.situations.is_none() && !page.contains("id=\"situations\""));
    let mut shown = entry(1);
    shown.digest.situations = vec![5, 9];
    let (page, verdict) = written(&tally([shown]), &Extras::default());
    assert_eq!(verdict.situations.map(|situations| situations.distinct), Some(2));
    assert!(page.contains("id=\"situations\""));
}

#[test]
fn a_campaign_with_something_missing_is_never_valid_and_says_what() {
    let valid = tally((0..40).map(entry));
    let (_, whole) = written(&valid, &Extras::default());
    assert_eq!((whole.verdict, whole.exit), (Verdict::Valid, 0));
    let missing = Missing { shards: vec![Shard { number: 3, of: 8 }], units: 2, first: vec![17, 25] };
    let (page, verdict) = written(&valid, &Extras { missing, ..Extras::default() });
    assert_eq!((verdict.verdict, verdict.exit), (Verdict::Unknown, 2));
    assert!(page.contains(
        "nothing is here of shard 3/8; 2 runs did not finish (units 17, 25). What was not run was not judged."
    ));
    let missing = Missing { units: 1, ..Missing::default() };
    let (_, verdict) = written(&tally([entry(96)]), &Extras { missing, ..Extras::default() });
    assert_eq!((verdict.verdict, verdict.exit), (Verdict::Invalid, 1), "a broken promise stays one");
}

#[test]
fn a_campaign_without_runs_has_a_page_and_proves_nothing() {
    let (page, verdict) = written(&Tally::default(), &Extras::default());
    assert_eq!((verdict.verdict, verdict.exit), (Verdict::Unknown, 2));
    assert!(page.contains("No run was judged, so nothing can be said."));
    assert!(page.contains("No fault was installed in any run."));
    assert!(table(&verdict, false).starts_with("UNKNOWN: 0 runs: 0 valid.\n"));
}

#[test]
fn a_page_of_twenty_thousand_runs_is_as_short_as_one_of_five_thousand() {
    let mut tally = tally((0..10).map(entry));
    for number in 0..20_000 {
        let sample = entry(number % 2000);
        tally.add(&Entry { unit: RunId { number, ..sample.unit }, ..sample });
    }
    let (page, _) = written(&tally, &Extras::default());
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
    assert!(page.contains("each square is 4 neighbouring runs"), "the grid says so");
}

#[test]
fn nothing_hostile_gets_through_to_the_page_or_the_terminal() {
    let evil = "</code><script>alert(1)</script>\u{1b}]0;x\u{7}\u{202e}'\"";
    let mut bad = entry(96);
    let failure = &mut bad.failures[0];
    failure.signature.cause = Cause::Told(evil.to_owned());
    for text in [&mut failure.signature.checker, &mut failure.signature.system, &mut failure.sentence] {
        *text = evil.to_owned();
    }
    failure.faults = vec![evil.to_owned()];
    bad.unit.workload = evil.to_owned();
    bad.unit.system = evil.to_owned();
    bad.run = evil.to_owned();
    bad.folder = Some("javascript:alert(1)//../<x>".to_owned());
    bad.digest.hits = BTreeMap::from([(evil.to_owned(), 1), (format!("kill {evil}"), 1), ("kill".to_owned(), 2)]);
    bad.digest.overlaps = BTreeMap::from([(format!("{evil} + {evil}"), 1)]);
    let extras =
        Extras { notes: vec![evil.to_owned()], cut_short: Some(evil.to_owned()), folder: evil.into(), ..extras() };
    let (page, verdict) = written(&tally([bad]), &extras);
    assert!(!page.contains("<script") && !page.contains("href=\"javascript"), "escaped");
    assert!(page.contains("href=\"./javascript%3Aalert"));
    for text in [page, table(&verdict, false)] {
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "control characters are shown and not sent");
    }
}

#[test]
fn the_terminal_tells_failures_and_what_to_type() {
    let verdict = CampaignVerdict::of(&identity(), &tally((0..2000).map(entry)), &extras());
    let text = table(&verdict, true);
    assert!(text.contains("Failures:\n  vote-once in 20 runs, 1.0 % (0.65 to 1.5 %): n3 voted for"), "{text}");
    assert!(text.contains("    interregnum replay interregnum-out/latest/shrunk/1 --times 20\n"), "{text}");
    assert!(text.contains("\u{1b}[31mINVALID\u{1b}[0m: 2,000 runs"), "{text}");
    assert!(text.lines().count() < 30, "{text}");
}

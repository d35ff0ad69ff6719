use proptest::prelude::*;

use super::*;
use history::verdict::Verdict;

fn campaign(runs: Option<u64>, shard: Option<Shard>) -> Identity {
    Identity {
        schema: 1,
        version: "0.1.0".into(),
        id: "c0ffee".into(),
        systems: vec!["reference".into(), "etcd".into()],
        workloads: vec!["chaos".into(), "leader-crash".into(), "calm".into()],
        options: vec![],
        seed: 100,
        runs,
        cells: vec![],
        experiment: None,
        search: false,
        shard,
    }
}

fn entry(unit: crate::plan::PlannedRun, began: u64, exit: u8) -> Entry {
    let verdict = match exit {
        0 => Some(Verdict::Valid),
        1 => Some(Verdict::Invalid),
        2 => Some(Verdict::Unknown),
        _ => None,
    };
    Entry {
        search: None,
        run: format!("run-{}", unit.number),
        cell: String::new(),
        unit: RunId { number: unit.number, system: "reference".into(), workload: "chaos".into(), seed: unit.seed },
        began: format!("2026-11-22T04:00:{began:02}Z"),
        duration: 1_000_000_000,
        exit,
        verdict,
        sentence: format!("It ended with {exit}."),
        gist: Default::default(),
        version: None,
        network: "switch".into(),
        failures: vec![],
        digest: super::super::Digest { election_times: vec![150_000, 230_000], ..Default::default() },
        folder: (exit != 0).then(|| format!("runs/run-{}", unit.number)),
    }
}

/// A folder of a campaign.
#[derive(Debug, Clone)]
struct Folder {
    identity: Identity,
    record: Option<Record>,
    entries: Vec<Entry>,
}

fn part(runs: Option<u64>, number: u32, of: u32) -> Folder {
    let shard = Shard { number, of };
    let deal = Deal::new(6, 100, Some(runs.unwrap_or(60)), Some(Part { number, of })).unwrap();
    let entries = deal.map(|unit| entry(unit, unit.number % 60, if unit.number % 17 == 5 { 1 } else { 0 })).collect();
    Folder { identity: campaign(runs, Some(shard)), record: None, entries }
}

fn merge(folders: &[Folder]) -> Merged {
    let mut merge = Merge::new("a", &folders[0].identity).unwrap();
    for (source, folder) in folders.iter().enumerate() {
        merge.join("b", &folder.identity, folder.record.as_ref()).unwrap();
        folder.entries.iter().for_each(|entry| merge.add(entry.clone(), source));
    }
    merge.finish()
}

fn again(merged: &Merged) -> Folder {
    Folder {
        identity: merged.identity.clone(),
        record: Some(merged.record.clone()),
        entries: merged.entries.iter().map(|(entry, _)| entry.clone()).collect(),
    }
}

/// What is written of it, byte for byte.
fn written(merged: &Merged) -> String {
    let lines: Vec<String> = merged.entries.iter().map(|(entry, _)| serde_json::to_string(entry).unwrap()).collect();
    let head = serde_json::to_string(&(&merged.identity, &merged.record)).unwrap();
    format!("{head}\n{}", lines.join("\n"))
}

#[test]
fn all_shards_of_a_campaign_are_the_campaign() {
    let merged = merge(&[part(Some(100), 2, 3), part(Some(100), 1, 3), part(Some(100), 3, 3)]);
    let numbers: Vec<u64> = merged.entries.iter().map(|(entry, _)| entry.unit.number).collect();
    assert_eq!(numbers, (0..100).collect::<Vec<_>>());
    assert!(merged.record.complete);
    assert_eq!(merged.record.sentence, "100 units merged: nothing is missing.");
    assert_eq!(merged.identity.shard, None);
}

#[test]
fn a_lost_shard_is_named_and_so_are_its_units() {
    let merged = merge(&[part(Some(100), 1, 3), part(Some(100), 3, 3)]);
    assert_eq!(merged.record.missing_shards, BTreeSet::from([Shard { number: 2, of: 3 }]));
    let lost: Vec<u64> = part(Some(100), 2, 3).entries.iter().map(|entry| entry.unit.number).collect();
    assert_eq!(merged.record.missing_units, ranges(&lost));
    assert!(merged.record.holes.is_empty() && !merged.record.complete);
    let sentence =
        format!("{} units merged: shard 2/3 is missing; {} of 100 units were not run.", 100 - lost.len(), lost.len());
    assert_eq!(merged.record.sentence, sentence);
}

#[test]
fn a_unit_that_a_shard_lacks_is_named_with_what_it_takes_to_run_it() {
    let mut first = part(Some(60), 1, 2);
    let lost = first.entries.remove(4).unit;
    let merged = merge(&[first, part(Some(60), 2, 2)]);
    assert_eq!(merged.record.missing_units, [[lost.number, lost.number]]);
    assert_eq!(merged.record.holes.len(), 1);
    assert_eq!((merged.record.holes[0].number, merged.record.holes[0].seed), (lost.number, lost.seed));
    assert!(merged.record.sentence.contains(&format!("unit {}: ", lost.number)), "{}", merged.record.sentence);
}

/// Of two systems and three workloads only five go together: the sixth cell is not there.
#[test]
fn a_campaign_that_leaves_cells_out_still_knows_what_a_hole_was() {
    let folder = |lost: Option<u64>| {
        let deal = Deal::new(5, 100, Some(50), None).unwrap();
        let mut entries: Vec<Entry> = deal.map(|unit| entry(unit, 0, 0)).collect();
        entries.iter_mut().for_each(|entry| entry.unit.workload = format!("w{}", entry.unit.number % 5));
        entries.retain(|entry| Some(entry.unit.number) != lost);
        Folder { identity: campaign(Some(50), None), record: None, entries }
    };
    let merged = merge(&[folder(Some(13))]);
    let wanted = RunId { number: 13, system: "reference".into(), workload: "w3".into(), seed: 102 };
    assert_eq!(merged.record.holes, [wanted]);
    assert!(merge(&[folder(None)]).record.complete);
}

#[test]
fn of_a_campaign_bounded_by_time_only_holes_before_the_end_of_a_shard_are_certain() {
    let (mut first, second) = (part(None, 1, 2), part(None, 2, 2));
    let lost = first.entries.remove(3).unit.number;
    first.entries.pop();
    let merged = merge(&[first, second]);
    assert_eq!(merged.record.holes.iter().map(|hole| hole.number).collect::<Vec<_>>(), [lost]);
    assert!(merged.record.missing_units.is_empty() && merged.record.complete);
    assert!(!merge(&[part(None, 2, 2)]).record.complete, "a shard is missing");
}

#[test]
fn of_two_runs_of_a_unit_the_worse_stands_for_it_and_the_other_is_recorded() {
    let first = part(Some(60), 1, 1);
    let mut second = first.clone();
    second.entries[7].began = "2026-11-23T00:00:00Z".into();
    second.entries[8] = entry(crate::plan::PlannedRun { number: 8, cell: 2, seed: 101 }, 59, 1);
    let merged = merge(&[first.clone(), second.clone()]);
    assert_eq!(merged.entries[8].0.exit, 1);
    assert_eq!(merged.entries[8].1, 1, "its artifacts are in the second folder");
    assert_eq!(merged.entries[7].0.began, first.entries[7].began);
    assert_eq!(merged.record.repeated.iter().map(|r| r.unit).collect::<Vec<_>>(), [7, 8]);
    assert_eq!(merged.record.repeated[1].kept.ending, Ending::Invalid);
    assert_eq!(
        merged.record.sentence,
        "60 units merged: nothing is missing; 2 units were run more than once and ended differently 1 times; the worse run \
         stands for each."
    );
    assert_eq!(written(&merged), written(&merge(&[second, first])));
}

#[test]
fn the_artifacts_are_taken_from_where_they_are() {
    let whole = part(Some(60), 1, 1);
    let mut without = whole.clone();
    without.entries.iter_mut().for_each(|entry| entry.folder = None);
    for folders in [[whole.clone(), without.clone()], [without.clone(), whole.clone()]] {
        let merged = merge(&folders);
        assert!(merged.record.repeated.is_empty());
        let kept: Vec<_> = merged.entries.iter().filter(|(entry, _)| entry.exit == 1).collect();
        assert!(!kept.is_empty());
        assert!(kept.iter().all(|(entry, source)| entry.folder.is_some() && folders[*source].entries == whole.entries));
    }
}

#[test]
fn what_is_of_another_campaign_is_refused_with_what_differs() {
    let mine = campaign(Some(60), None);
    let refused = |identity: Identity| {
        let mut merge = Merge::new("here", &mine).unwrap();
        merge.join("there", &identity, None).unwrap_err().to_string()
    };
    let other = refused(Identity { seed: 7, id: "beef".into(), ..mine.clone() });
    assert!(other.contains("there is of another campaign than here: seeds from 7 and from 100"), "{other}");
    let other = refused(Identity { workloads: vec!["calm".into()], id: "beef".into(), ..mine.clone() });
    assert!(other.contains("workloads calm and chaos leader-crash calm"), "{other}");
    let other = refused(Identity { id: "beef".into(), ..mine.clone() });
    assert!(other.contains("beef"), "{other}");
    // The same numbers, and an invented id: what is run with each seed still tells them apart.
    let cell = |workload: &str| tally::CellName { system: "reference".into(), workload: workload.into() };
    let listed = |workloads: [&str; 2]| Identity { cells: workloads.map(cell).into(), ..mine.clone() };
    let mut merge = Merge::new("here", &listed(["chaos", "calm"])).unwrap();
    let other = merge.join("there", &listed(["calm", "chaos"]), None).unwrap_err().to_string();
    assert!(other.contains("cells reference/calm reference/chaos and reference/chaos reference/calm"), "{other}");
    merge.join("an old one", &mine, None).unwrap();
    let version = refused(Identity { version: "0.2.0".into(), ..mine.clone() });
    assert!(version.contains("version 0.2.0") && version.contains("0.1.0"), "{version}");
    let schema = refused(Identity { schema: 9, ..mine.clone() });
    assert!(schema.contains("schema 9"), "{schema}");
    assert!(Merge::new("here", &Identity { schema: 0, ..mine.clone() }).is_err());
}

/// Folders as they may lie around: shards, some of them torn, twice, or run again with another ending.
fn folders() -> impl Strategy<Value = Vec<Folder>> {
    let folder = (1..=3u32, 0..20usize, proptest::collection::vec((0..20usize, 0..5u64, 0..4u8), 0..4));
    let folder = folder.prop_map(|(number, lost, changes)| {
        let mut folder = part(Some(50), number, 3);
        for (place, began, exit) in changes {
            let exit = [0, 1, 2, 70][usize::from(exit)];
            let unit = &folder.entries[place % folder.entries.len()].unit;
            let unit = crate::plan::PlannedRun { number: unit.number, cell: 0, seed: unit.seed };
            let place = place % folder.entries.len();
            folder.entries[place] = entry(unit, began, exit);
        }
        folder.entries.truncate(folder.entries.len().saturating_sub(lost).max(1));
        folder
    });
    proptest::collection::vec(folder, 2..6)
}

proptest! {
    #[test]
    fn neither_order_nor_repetition_nor_nesting_changes_a_byte(folders in folders(), turn in 0..6usize) {
        let wanted = written(&merge(&folders));

        let mut turned = folders.clone();
        turned.rotate_left(turn % folders.len());
        turned.swap(0, folders.len() - 1);
        prop_assert_eq!(&written(&merge(&turned)), &wanted);

        let twice = [folders.clone(), folders.clone()].concat();
        prop_assert_eq!(&written(&merge(&twice)), &wanted);

        let merged = again(&merge(&folders));
        prop_assert_eq!(&written(&merge(std::slice::from_ref(&merged))), &wanted);
        prop_assert_eq!(&written(&merge(&[vec![merged], folders.clone()].concat())), &wanted);

        let (left, right) = folders.split_at(folders.len() / 2);
        let halves = [again(&merge(left)), again(&merge(right))];
        prop_assert_eq!(&written(&merge(&halves)), &wanted);
    }
}

use std::ffi::OsStr;
use std::time::{Duration, SystemTime};

use nix::errno::Errno;
use proptest::prelude::*;

use super::super::image::{Attributes, ROOT};
use super::super::loss::Loss;
use super::super::names::Over;
use super::*;

const MODELS: [Model; 3] = [Model::Journal, Model::Strict, Model::Torn];

fn at(seconds: u64) -> Now {
    Now { since: Duration::from_secs(seconds), wall: SystemTime::UNIX_EPOCH + Duration::from_secs(seconds) }
}

fn disk(model: Model) -> Store {
    let epoch = SystemTime::UNIX_EPOCH;
    Store::new(model, Attributes { mode: 0o755, uid: 0, gid: 0, read: epoch, written: epoch, changed: epoch })
}

fn name(text: &str) -> &OsStr {
    OsStr::new(text)
}

fn create(disk: &mut Store, text: &str, seconds: u64) -> Number {
    disk.make(ROOT, name(text), New::File, [0o644, 0, 0], at(seconds)).unwrap()
}

fn write(disk: &mut Store, file: Number, bytes: &[u8], seconds: u64) {
    disk.write(file, 0, bytes, false, at(seconds)).unwrap();
}

fn content(disk: &Store, path: &str) -> Option<Vec<u8>> {
    Some(disk.read(disk.at(Path::new(path))?, 0, u64::MAX / 2).unwrap())
}

/// Saves as a careful program does, leaving out what is named.
fn save(disk: &mut Store, bytes: &[u8], without: &[&str], seconds: u64) {
    let file = create(disk, "new", seconds);
    write(disk, file, bytes, seconds);
    if !without.contains(&"file") {
        disk.sync(file, at(seconds)).unwrap();
    }
    disk.rename((ROOT, name("new")), (ROOT, name("state")), Over::Replace, at(seconds)).unwrap();
    if !without.contains(&"folder") {
        disk.sync(ROOT, at(seconds)).unwrap();
    }
}

#[test]
fn who_syncs_file_and_folder_keeps_both_under_every_model() {
    for model in MODELS {
        for seed in 0..20 {
            let mut disk = disk(model);
            save(&mut disk, b"first", &[], 0);
            save(&mut disk, b"second", &[], 1);
            assert_eq!(disk.cut(seed, at(1)), [], "{model:?}");
            assert_eq!(content(&disk, "state").unwrap(), b"second", "{model:?}");
            assert_eq!(content(&disk, "new"), None);
        }
    }
}

#[test]
fn what_nobody_synced_is_gone_and_named() {
    for model in [Model::Journal, Model::Strict] {
        let mut disk = disk(model);
        save(&mut disk, b"first", &[], 0);
        let file = disk.at(Path::new("state")).unwrap();
        write(&mut disk, file, b"SECOND!", 1);
        create(&mut disk, "other", 1);
        disk.remove(ROOT, name("other"), false, at(1)).unwrap();
        create(&mut disk, "third", 1);
        let lost = disk.cut(0, at(2));
        assert_eq!(content(&disk, "state").unwrap(), b"first");
        let file = "state".to_owned();
        assert_eq!(lost, [Loss::Bytes { file, from: 0, to: 7 }, Loss::Name { file: "third".into() }], "{model:?}");
    }
}

#[test]
fn a_rename_over_a_file_takes_its_data_along_in_a_journal_and_nowhere_else() {
    let after = |model, seed| {
        let mut disk = disk(model);
        save(&mut disk, b"first", &[], 0);
        save(&mut disk, b"second", &["file"], 1);
        disk.cut(seed, at(1));
        content(&disk, "state").unwrap()
    };
    assert_eq!(after(Model::Journal, 0), b"second");
    assert_eq!(after(Model::Strict, 0), b"", "the name is there and the bytes are not");
    let torn: std::collections::BTreeSet<_> = (0..20).map(|seed| after(Model::Torn, seed)).collect();
    assert!(torn.contains(b"".as_slice()) && torn.contains(b"second".as_slice()), "{torn:?}");
}

#[test]
fn a_name_that_no_folder_sync_covered_is_old_or_new_as_the_model_says() {
    let after = |model, seed, later| {
        let mut disk = disk(model);
        save(&mut disk, b"first", &[], 0);
        save(&mut disk, b"second", &["folder"], 1);
        disk.cut(seed, at(later));
        content(&disk, "state").unwrap()
    };
    assert_eq!(after(Model::Journal, 0, 1), b"first");
    assert_eq!(after(Model::Journal, 0, 6), b"second", "after five seconds the timer has done it");
    assert_eq!(after(Model::Strict, 0, 600), b"first", "POSIX knows no timer");
    let torn: std::collections::BTreeSet<_> = (0..20).map(|seed| after(Model::Torn, seed, 1)).collect();
    assert_eq!(torn.len(), 2, "{torn:?}");
}

#[test]
fn an_fsync_of_any_file_commits_the_names_before_it_in_a_journal_only() {
    for (model, kept) in [(Model::Journal, true), (Model::Strict, false)] {
        let mut disk = disk(model);
        create(&mut disk, "one", 0);
        let two = create(&mut disk, "two", 0);
        disk.sync(two, at(0)).unwrap();
        disk.cut(0, at(0));
        assert_eq!(disk.at(Path::new("one")).is_some(), kept, "{model:?}");
    }
}

#[test]
fn data_is_written_by_itself_after_thirty_seconds() {
    let after = |seconds| {
        let mut disk = disk(Model::Journal);
        save(&mut disk, b"first", &[], 0);
        let file = disk.at(Path::new("state")).unwrap();
        write(&mut disk, file, b"other", 1);
        disk.cut(0, at(seconds));
        content(&disk, "state").unwrap()
    };
    assert_eq!((after(30), after(31)), (b"first".to_vec(), b"other".to_vec()));
}

#[test]
fn what_was_written_and_synced_after_an_older_change_is_not_undone_by_it_later() {
    // A file is emptied and renamed, its bytes are written by the timer of data, and only then comes the timer of names.
    let mut disk = disk(Model::Journal);
    save(&mut disk, b"first", &[], 0);
    let file = disk.at(Path::new("state")).unwrap();
    write(&mut disk, file, b"other", 1);
    disk.set(file, Set { size: Some(0), ..Set::default() }, at(28)).unwrap();
    write(&mut disk, file, b"newest", 29);
    disk.advance(at(32));
    disk.advance(at(34));
    disk.cut(0, at(70));
    assert_eq!(content(&disk, "state").unwrap(), b"newest");
}

#[test]
fn a_file_that_is_emptied_and_written_anew_takes_its_data_along_when_it_is_closed() {
    let mut disk = disk(Model::Journal);
    save(&mut disk, b"first", &[], 0);
    let file = disk.at(Path::new("state")).unwrap();
    disk.open(file).unwrap();
    disk.set(file, Set { size: Some(0), ..Set::default() }, at(1)).unwrap();
    write(&mut disk, file, b"second", 1);
    disk.release(file, at(1));
    disk.sync(ROOT, at(1)).unwrap();
    disk.cut(0, at(1));
    assert_eq!(content(&disk, "state").unwrap(), b"second");
}

#[test]
fn pages_count_as_clean_after_an_fsync_that_failed() {
    let mut disk = disk(Model::Journal);
    let file = create(&mut disk, "state", 0);
    write(&mut disk, file, b"lost", 0);
    disk.set_ills(Ills { sync_fails: true, ..Ills::default() });
    assert_eq!(disk.sync(file, at(0)), Err(Errno::EIO));
    disk.set_ills(Ills::default());
    disk.sync(file, at(1)).unwrap();
    disk.cut(0, at(100));
    assert_eq!(content(&disk, "state").unwrap(), b"\0\0\0\0", "the size is there and the bytes are not");
}

#[test]
fn a_disk_that_is_full_takes_what_fits_into_pages_that_are_there() {
    let mut disk = disk(Model::Journal);
    let file = create(&mut disk, "state", 0);
    write(&mut disk, file, b"old", 0);
    disk.set_ills(Ills { full: true, ..Ills::default() });
    write(&mut disk, file, b"new", 0);
    assert_eq!(disk.write(file, PAGE, b"x", false, at(0)), Err(Errno::ENOSPC));
    assert_eq!(disk.make(ROOT, name("b"), New::File, [0; 3], at(0)), Err(Errno::ENOSPC));
    assert_eq!(disk.space().1, 0);
    disk.set_ills(Ills { read_only: true, ..Ills::default() });
    assert_eq!(disk.write(file, 0, b"x", false, at(0)), Err(Errno::EROFS));
    assert_eq!(disk.remove(ROOT, name("state"), false, at(0)), Err(Errno::EROFS));
    assert_eq!(disk.sync(file, at(0)), Err(Errno::EROFS));
}

#[test]
fn a_file_without_a_name_lives_as_long_as_it_is_open_and_takes_no_memory_afterwards() {
    let mut disk = disk(Model::Journal);
    let file = create(&mut disk, "gone", 0);
    disk.open(file).unwrap();
    disk.write(file, 0, &[1; 8 * PAGE as usize], false, at(0)).unwrap();
    disk.sync(file, at(0)).unwrap();
    disk.remove(ROOT, name("gone"), false, at(0)).unwrap();
    assert_eq!(disk.read(file, 0, 2).unwrap(), [1, 1]);
    disk.sync(ROOT, at(0)).unwrap();
    disk.release(file, at(0));
    assert_eq!(disk.memory(), 0);
    assert_eq!(disk.read(file, 0, 2), Err(Errno::ESTALE));
}

#[test]
fn numbers_do_not_come_back_after_a_power_cut_and_origins_do() {
    let mut disk = disk(Model::Journal);
    save(&mut disk, b"first", &[], 0);
    let before = disk.at(Path::new("state")).unwrap();
    let origin = disk.origin(before);
    disk.cut(0, at(0));
    let after = disk.at(Path::new("state")).unwrap();
    assert_ne!(before, after);
    assert_eq!(disk.read(before, 0, 1), Err(Errno::ESTALE));
    assert_eq!(disk.origin(after), origin);
}

#[test]
fn a_folder_is_neither_put_into_itself_nor_replaced_while_something_is_in_it() {
    let mut disk = disk(Model::Journal);
    let folder = |disk: &mut Store, at_: Number, text: &str| {
        disk.make(at_, name(text), New::Folder, [0o755, 0, 0], at(0)).unwrap()
    };
    let outer = folder(&mut disk, ROOT, "outer");
    let inner = folder(&mut disk, outer, "inner");
    let other = folder(&mut disk, ROOT, "other");
    let mut rename = |from: (Number, &str), to: (Number, &str), over| {
        disk.rename((from.0, name(from.1)), (to.0, name(to.1)), over, at(0))
    };
    assert_eq!(rename((ROOT, "outer"), (inner, "x"), Over::Replace), Err(Errno::EINVAL));
    assert_eq!(rename((ROOT, "other"), (ROOT, "outer"), Over::Replace), Err(Errno::ENOTEMPTY));
    assert_eq!(rename((ROOT, "other"), (ROOT, "outer"), Over::Refuse), Err(Errno::EEXIST));
    assert_eq!(rename((ROOT, "other"), (ROOT, "outer"), Over::Exchange), Ok(()));
    assert_eq!(disk.at(Path::new("other/inner")), Some(inner));
    assert_eq!(disk.at(Path::new("outer")), Some(other));
    assert_eq!(disk.remove(ROOT, name("other"), true, at(0)), Err(Errno::ENOTEMPTY));
}

/// What a program does with three files.
#[derive(Debug, Clone)]
enum Act {
    Write(usize, u8, u16),
    Cut(usize, u16),
    Rename(usize, usize),
    Remove(usize),
    Sync(usize),
    Wait(u8),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        4 => (0..3_usize, 1..u8::MAX, 0..20_000_u16).prop_map(|(file, byte, at)| Act::Write(file, byte, at)),
        1 => (0..3_usize, 0..20_000_u16).prop_map(|(file, size)| Act::Cut(file, size)),
        1 => (0..3_usize, 0..3_usize).prop_map(|(from, to)| Act::Rename(from, to)),
        1 => (0..3_usize).prop_map(Act::Remove),
        3 => (0..3_usize).prop_map(Act::Sync),
        1 => (0..8_u8).prop_map(Act::Wait),
    ];
    proptest::collection::vec(act, 0..40)
}

const NAMES: [&str; 3] = ["a", "b", "c"];

/// Does it; answers the time at the end.
fn carry_out(disk: &mut Store, acts: &[Act]) -> u64 {
    let mut time = 0;
    for act in acts {
        let file = |disk: &Store, index: usize| disk.at(Path::new(NAMES[index]));
        match *act {
            Act::Write(index, byte, offset) => {
                let number = file(disk, index).unwrap_or_else(|| create(disk, NAMES[index], time));
                disk.write(number, u64::from(offset), &[byte; 100], false, at(time)).unwrap();
            }
            Act::Cut(index, size) => {
                if let Some(number) = file(disk, index) {
                    disk.set(number, Set { size: Some(size.into()), ..Set::default() }, at(time)).unwrap();
                }
            }
            Act::Rename(from, to) => {
                let _ = disk.rename((ROOT, name(NAMES[from])), (ROOT, name(NAMES[to])), Over::Replace, at(time));
            }
            Act::Remove(index) => drop(disk.remove(ROOT, name(NAMES[index]), false, at(time))),
            Act::Sync(index) => {
                if let Some(number) = file(disk, index) {
                    disk.sync(number, at(time)).unwrap();
                }
            }
            Act::Wait(seconds) => time += u64::from(seconds),
        }
    }
    time
}

proptest! {
    #[test]
    fn what_is_synced_as_the_last_thing_survives_whatever_was_done_before(acts in acts(), model in 0..3_usize, seed: u64) {
        let mut disk = disk(MODELS[model]);
        let time = carry_out(&mut disk, &acts);
        for text in NAMES {
            if let Some(number) = disk.at(Path::new(text)) {
                disk.sync(number, at(time)).unwrap();
            }
        }
        disk.sync(ROOT, at(time)).unwrap();
        let seen = NAMES.map(|text| content(&disk, text));
        prop_assert_eq!(disk.cut(seed, at(time)), []);
        prop_assert_eq!(NAMES.map(|text| content(&disk, text)), seen);
    }

    #[test]
    fn the_same_seed_makes_the_same_choice_and_a_second_cut_takes_nothing_more(acts in acts(), model in 0..3_usize, seed: u64) {
        let cut = || {
            let mut disk = disk(MODELS[model]);
            let time = carry_out(&mut disk, &acts);
            let lost = disk.cut(seed, at(time));
            let left = NAMES.map(|text| content(&disk, text));
            (lost, left, disk.cut(seed.wrapping_add(1), at(time)))
        };
        let (lost, left, again) = cut();
        prop_assert_eq!(&again, &Vec::new());
        prop_assert_eq!((lost, left, again), cut());
    }

    #[test]
    fn a_file_that_was_synced_and_not_touched_afterwards_is_untouched_by_a_cut(acts in acts(), model in 0..3_usize, seed: u64) {
        let mut disk = disk(MODELS[model]);
        let kept = create(&mut disk, "kept", 0);
        disk.write(kept, 10, &[9; 5000], false, at(0)).unwrap();
        disk.sync(kept, at(0)).unwrap();
        disk.sync(ROOT, at(0)).unwrap();
        let time = carry_out(&mut disk, &acts);
        disk.cut(seed, at(time));
        let bytes = content(&disk, "kept").unwrap();
        prop_assert_eq!(bytes.len(), 5010);
        prop_assert!(bytes[10..].iter().all(|byte| *byte == 9));
    }
}

#[test]
fn a_disk_that_is_too_small_says_so_and_one_that_is_to_seem_full_does_not() {
    let mut disk = disk(Model::Journal);
    let file = create(&mut disk, "one", 0);
    disk.set_ills(Ills { full: true, ..Ills::default() });
    assert_eq!(disk.write(file, 0, b"x", false, at(0)), Err(Errno::ENOSPC));
    assert!(!disk.overflowed(), "a fault wanted that");
    disk.set_ills(Ills::default());
    disk.held = CAPACITY / PAGE;
    assert_eq!(disk.write(file, 0, b"x", false, at(0)), Err(Errno::ENOSPC));
    assert!(disk.overflowed());
}

#[test]
fn a_file_may_be_longer_than_the_disk_as_long_as_it_is_holes() {
    let mut disk = disk(Model::Strict);
    let file = create(&mut disk, "sparse", 0);
    let long = Set { size: Some(1 << 40), ..Set::default() };
    disk.set(file, long, at(0)).unwrap();
    disk.write(file, (1 << 40) - 1, b"x", false, at(0)).unwrap();
    disk.sync(ROOT, at(0)).unwrap();
    // What it lost is found without looking at every page of a terabyte.
    let lost = disk.cut(0, at(0));
    assert_eq!(lost, [Loss::Bytes { file: "sparse".into(), from: 0, to: 1 << 40 }]);
    assert!(!disk.overflowed());
}

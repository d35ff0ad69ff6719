use super::*;

const ALL: Syncs = Syncs { file: true, folder: true, exchange: true };

fn state() -> HardState {
    HardState { term: 7, vote: Some("n2".into()) }
}

#[test]
fn what_is_saved_is_loaded() {
    let dir = tempfile::tempdir().unwrap();
    let storage = Storage::open(&dir.path().join("deep/er"), &"n1".into()).unwrap();
    assert_eq!(storage.load().unwrap(), HardState::default());
    storage.save(&state(), ALL).unwrap();
    assert_eq!(storage.load().unwrap(), state());
}

#[test]
fn every_torn_prefix_is_an_error_that_names_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let storage = Storage::open(dir.path(), &"n1".into()).unwrap();
    storage.save(&state(), ALL).unwrap();
    let path = dir.path().join("state");
    let whole = fs::read(&path).unwrap();
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let error = storage.load().unwrap_err().to_string();
        assert!(error.contains(path.to_str().unwrap()), "{error}");
    }
}

#[test]
fn every_flipped_byte_is_an_error() {
    let whole = encode(&state(), &"n1".into()).unwrap();
    for place in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x20;
        assert!(decode(&bytes, &"n1".into()).is_err(), "byte {place}");
    }
}

#[test]
fn a_file_of_another_node_is_refused() {
    let whole = encode(&state(), &"n1".into()).unwrap();
    assert_eq!(decode(&whole, &"n2".into()).unwrap_err(), "belongs to node n1, not n2");
}

#[test]
fn a_leftover_temporary_file_does_no_harm() {
    let dir = tempfile::tempdir().unwrap();
    let storage = Storage::open(dir.path(), &"n1".into()).unwrap();
    fs::write(dir.path().join("state.tmp"), "half").unwrap();
    storage.save(&state(), ALL).unwrap();
    assert_eq!(storage.load().unwrap(), state());
}

#[test]
fn a_shorter_state_leaves_nothing_of_a_longer_one() {
    let dir = tempfile::tempdir().unwrap();
    let storage = Storage::open(dir.path(), &"n1".into()).unwrap();
    for (term, vote) in [(100_000, "a-long-name"), (100_001, "a-longer-name"), (100_002, "n2"), (7, "n2"), (8, "n3")] {
        let state = HardState { term, vote: Some(vote.into()) };
        storage.save(&state, ALL).unwrap();
        assert_eq!(storage.load().unwrap(), state);
    }
}

#[test]
fn a_directory_has_one_owner_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let first = Storage::open(dir.path(), &"n1".into()).unwrap();
    assert!(matches!(Storage::open(dir.path(), &"n1".into()), Err(StorageError::InUse { .. })));
    drop(first);
    assert!(Storage::open(dir.path(), &"n1".into()).is_ok());
}

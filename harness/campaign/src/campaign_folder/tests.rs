//! Which folder a campaign works in.

use super::*;

fn identity(seed: u64) -> Identity {
    Identity {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION").into(),
        id: format!("id-{seed}"),
        systems: vec!["mine".into()],
        workloads: vec!["calm".into()],
        options: vec![],
        seed,
        runs: Some(10),
        cells: vec![],
        experiment: None,
        search: false,
        shard: None,
    }
}

fn fresh() -> State {
    State { schema: SCHEMA, ..State::default() }
}

fn enter(out: &Path, identity: &Identity) -> Result<CampaignFolder, CampaignFolderError> {
    let built_in = identity.systems == ["reference"];
    CampaignFolder::enter(out, identity, built_in, fresh(), SystemTime::UNIX_EPOCH)
}

fn finish(mut campaign: CampaignFolder) {
    campaign.state.finished = true;
    campaign.save().unwrap();
}

#[test]
fn the_same_campaign_finds_its_folder_and_the_time_it_spent() {
    let out = tempfile::tempdir().unwrap();
    let mut campaign = enter(out.path(), &identity(1)).unwrap();
    assert!(!campaign.resumed);
    campaign.state.spent = Duration::from_secs(90);
    campaign.save().unwrap();
    let folder = campaign.folder.clone();
    drop(campaign);
    let again = enter(out.path(), &identity(1)).unwrap();
    assert!(again.resumed);
    assert_eq!((&again.folder, again.state.spent), (&folder, Duration::from_secs(90)));
    drop(again);
    assert_eq!(enter(&folder, &identity(1)).unwrap().folder, folder, "its own folder may be named too");
}

#[test]
fn another_campaign_or_shard_or_a_finished_one_gets_a_new_folder() {
    let out = tempfile::tempdir().unwrap();
    let first = enter(out.path(), &identity(1)).unwrap();
    let other = enter(out.path(), &identity(2)).unwrap();
    let shard = Identity { shard: Some(Shard { number: 3, of: 8 }), ..identity(1) };
    let shard = enter(out.path(), &shard).unwrap();
    assert!(shard.folder.ends_with("1970-01-01T00-00-00Z-soak-3-of-8"));
    assert!(!first.resumed && !other.resumed && !shard.resumed);
    let folder = first.folder.clone();
    finish(first);
    assert_ne!(enter(out.path(), &identity(1)).unwrap().folder, folder);
    assert!(matches!(enter(&folder, &identity(2)), Err(CampaignFolderError::Another { .. })));
}

#[test]
fn a_built_in_system_whose_file_was_written_anew_is_the_same_campaign_and_ones_own_is_another() {
    for (system, resumed) in [("reference", true), ("mine", false), ("./reference.toml", false)] {
        let out = tempfile::tempdir().unwrap();
        let of = |id: &str, seed: u64| Identity { id: id.to_owned(), systems: vec![system.into()], ..identity(seed) };
        drop(enter(out.path(), &of("text of then", 1)).unwrap());
        assert_eq!(enter(out.path(), &of("text of now", 1)).unwrap().resumed, resumed, "{system}");
        assert!(!enter(out.path(), &of("another", 2)).unwrap().resumed, "{system}: another seed");
    }
}

#[test]
fn a_program_that_was_built_anew_is_another_campaign_and_so_is_one_of_another_length() {
    let out = tempfile::tempdir().unwrap();
    let folder = enter(out.path(), &identity(1)).unwrap().folder.clone();
    let programs = BTreeMap::from([("/bin/node".to_owned(), "1234".to_owned())]);
    for state in [State { programs, ..fresh() }, State { limit: Some(Duration::from_secs(1)), ..fresh() }] {
        let campaign = CampaignFolder::enter(out.path(), &identity(1), true, state, SystemTime::UNIX_EPOCH).unwrap();
        assert!(!campaign.resumed && campaign.folder != folder);
    }
}

#[test]
fn two_in_one_folder_are_refused_with_the_number_of_the_first() {
    let out = tempfile::tempdir().unwrap();
    let _first = enter(out.path(), &identity(1)).unwrap();
    let error = enter(out.path(), &identity(1)).unwrap_err();
    assert!(error.is_usage());
    assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
}

#[test]
fn a_folder_of_another_version_is_left_alone_and_named() {
    for (from, to) in [("\"version\": \"", "\"version\": \"9."), ("\"schema\": 1", "\"schema\": 2")] {
        let out = tempfile::tempdir().unwrap();
        let folder = enter(out.path(), &identity(1)).unwrap().folder.clone();
        let path = folder.join(IDENTITY);
        let text = fs::read_to_string(&path).unwrap().replacen(from, to, 1);
        fs::write(&path, &text).unwrap();
        let error = enter(out.path(), &identity(1)).unwrap_err();
        assert!(error.is_usage() && error.to_string().contains("was begun by version"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text, "nothing is lost");
    }
}

#[test]
fn what_was_half_done_is_set_aside_and_never_over_something_else() {
    let folder = tempfile::tempdir().unwrap();
    let make = |name: &str| {
        fs::create_dir_all(folder.path().join("runs").join(name)).unwrap();
        fs::write(folder.path().join("runs").join(name).join("history.jsonl"), name).unwrap();
    };
    let keeps = |name: &str| match name {
        "kept" => Some(true),
        "gone" => Some(false),
        _ => None,
    };
    for name in ["kept", "gone", "half"] {
        make(name);
    }
    tidy(folder.path(), keeps).unwrap();
    make("half");
    tidy(folder.path(), keeps).unwrap();
    for (path, there) in [
        ("runs/kept", true),
        ("runs/gone", false),
        ("runs/half", false),
        ("interrupted/half/history.jsonl", true),
        ("interrupted/half-2/history.jsonl", true),
    ] {
        assert_eq!(folder.path().join(path).exists(), there, "{path}");
    }
}

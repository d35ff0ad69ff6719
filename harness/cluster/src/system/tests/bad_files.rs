//! Bad system files.

use history::run::Network;
use std::path::Path;

use super::super::{BUILT_IN, System};
use super::cases::CASES;
use super::more_cases::MORE_CASES;
use super::{SMALL, changed};

#[test]
fn every_mistake_in_a_system_file_earns_a_sentence_with_its_place() {
    let mut wrong = Vec::new();
    for &(from, to, sentence) in CASES.iter().chain(MORE_CASES) {
        let said = changed(from, to).map_or_else(|error| error.to_string(), |_| "(nothing)".to_owned());
        if said != sentence {
            wrong.push(format!("{to:?}\n  said     {said}\n  expected {sentence}\n"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_small_file_and_every_built_in_system_are_sound() {
    assert_eq!(System::parse("my.toml", SMALL).unwrap().name, "small");
    for (name, _) in BUILT_IN {
        assert_eq!(System::load(name).unwrap().name, name);
    }
    assert_eq!(System::built_in().len(), BUILT_IN.len());
}

#[test]
fn an_unknown_name_lists_the_built_in_systems_and_a_missing_file_says_so() {
    let sentence = System::load("raft").unwrap_err().to_string();
    assert_eq!(
        sentence,
        "there is no system `raft`; built in: reference, etcd, nats, redis-sentinel, ovsdb, zookeeper, rabbitmq; a file of your own is given by its path, such as ./raft.toml"
    );
    let sentence = System::load("./nowhere.toml").unwrap_err().to_string();
    assert_eq!(sentence, "cannot read the system file ./nowhere.toml: there is no such file; check the path");
    let folder = tempfile::tempdir().unwrap();
    let sentence = System::load(&format!("{}/", folder.path().display())).unwrap_err().to_string();
    assert!(sentence.ends_with("it is not a file; give the path of the .toml file itself"), "{sentence}");
    let file = folder.path().join("latin.toml");
    std::fs::write(&file, b"name = \"\xe9\"").unwrap();
    let sentence = System::load(file.to_str().unwrap()).unwrap_err().to_string();
    assert!(sentence.ends_with("it is not UTF-8 text; save it as UTF-8"), "{sentence}");
}

#[test]
fn a_system_file_of_ones_own_is_found_by_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("small.toml");
    std::fs::write(&file, SMALL).unwrap();
    let system = System::load(file.to_str().unwrap()).unwrap();
    assert_eq!(system.path.as_deref(), Some(file.as_path()));
    assert_eq!(system.text, SMALL);
}

#[test]
fn no_text_whatever_makes_the_parser_panic() {
    for end in 0..SMALL.len() {
        let _ = System::parse("my.toml", &SMALL[..end]);
        let torn = format!("{}{}", &SMALL[..end], &SMALL[(end + 7).min(SMALL.len())..]);
        let _ = System::parse("my.toml", &torn);
    }
    let sentence = System::parse("my.toml", "").unwrap_err().to_string();
    assert_eq!(sentence, "my.toml:1:1: the file has no `schema`; add for example: schema = 1");
}

#[test]
fn a_file_says_which_version_it_needs_at_least() {
    let needs = |version: &str| changed("schema = 1", &format!("schema = 1\nneeds = {version}")).map(|_| ());
    assert!(needs("\"0.1\"").is_ok() && needs(&format!("{:?}", env!("CARGO_PKG_VERSION"))).is_ok());
    let newer = changed("schema = 1", "schema = 1\nneeds = \"999.0.1\"\nunheard-of = 1").unwrap_err().to_string();
    assert!(newer.starts_with("my.toml:2:9: `needs` in the file is 999.0.1, and this is interregnum "), "{newer}");
    assert!(needs("\"soon\"").unwrap_err().to_string().contains("write the oldest version"));
}

#[test]
fn addressing_that_is_global_is_refused_on_proxy_with_a_way_out() {
    let system = changed("\"per-link\"", "\"global\"").unwrap();
    assert_eq!(
        system.check_network(Network::Proxy).unwrap_err().to_string(),
        "the system `small` gives every node one address for all its peers (addressing = \"global\"), so the network \
         `proxy` cannot tell who is calling. Use --network switch, or --network direct for faults of processes only. \
         If its nodes use no addresses but those they are given, say addressing = \"per-link\""
    );
    assert!(system.check_network(Network::Direct).is_ok() && system.check_network(Network::Switch).is_ok());
    assert!(changed("nodes = 3", "nodes = 5").unwrap().check_network(Network::Proxy).is_ok());
}

#[test]
fn a_program_that_is_nowhere_is_told_with_its_section_and_its_place_in_a_file_of_ones_own() {
    use super::super::Whose;

    let text = format!(
        "{SMALL}[probe]\nkind = \"exec\"\ncommand = [\"no-cli\", \"put\"]\n[once]\ncommand = [\"{{param.cli}}\"]\n\
         [version]\ncommand = [\"./no-version\"]\nre = '(?P<version>.)'\n[[aux]]\nname = \"a\"\ncommand = [\"no-aux\"]\n\
         [[aux]]\nname = \"b\"\ncommand = [\n\"no-other\"]\n"
    );
    let text = text.replacen("[params]\n", "[params]\ncli = \"none\"\n", 1);
    let mut system = System::parse("my.toml", &text).unwrap();
    let said = |system: &System, program: &str, whose| system.locate(program, whose).unwrap_err().to_string();
    let bare = said(&system, "no-cli", Whose::Probe);
    assert!(bare.starts_with("the system `small` runs `no-cli`, "), "nobody mends a file that is built in: {bare}");
    system.path = Some("my.toml".into());
    let line = |needle: &str| text[..text.find(needle).unwrap()].lines().count();
    for (program, whose, section, needle) in [
        ("no-cli", Whose::Probe, "[probe]", "[\"no-cli\""),
        ("none", Whose::Once, "[once]", "[\"{param.cli}\""),
        ("./no-version", Whose::Version, "[version]", "[\"./no-version\""),
        ("no-aux", Whose::Aux, "[[aux]]", "[\"no-aux\""),
        ("no-other", Whose::Aux, "[[aux]]", "[\n\"no-other\""),
    ] {
        let said = said(&system, program, whose);
        let place = format!("my.toml:{}:11: the system `small` runs ", line(needle));
        assert!(
            said.starts_with(&place) && said.ends_with(&format!("`command` in {section}")),
            "{said} is not {place}"
        );
    }
}

#[test]
fn a_program_is_looked_for_beside_the_harness_then_on_the_path() {
    use super::super::program::locate;
    use std::os::unix::fs::PermissionsExt;

    let (beside, path) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let make = |folder: &Path, name: &str, mode: u32| {
        let file = folder.join(name);
        std::fs::write(&file, "").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        file
    };
    let find =
        |name: &str| locate(name, "[node]", Some(beside.path()), Some(beside.path()), Some(path.path().as_os_str()));
    let on_path = make(path.path(), "one", 0o755);
    assert_eq!(find("one"), Ok(on_path));
    let first = make(beside.path(), "one", 0o755);
    assert_eq!(find("one"), Ok(first.clone()));
    assert_eq!(find("./one").map(|file| file.canonicalize().unwrap()), Ok(first));

    let locked = make(beside.path(), "locked", 0o644);
    let locked = locked.display();
    assert_eq!(
        find("locked").unwrap_err(),
        format!("runs {locked}, which may not be executed; allow it with: chmod +x {locked}")
    );
    assert_eq!(
        find("none").unwrap_err(),
        "runs `none`, which is neither beside `interregnum` nor on PATH; install or build it, or give its path in \
         `command` in [node]"
    );
    assert_eq!(
        find("bin/none").unwrap_err(),
        "runs bin/none, and there is no such file, neither beside the system file nor in the working directory; build \
         it, or correct `command` in [node]"
    );
}

#[test]
fn a_system_file_can_say_who_votes_and_a_voter_that_is_no_node_is_refused() {
    let nodes = |n: usize| (1..=n).map(|id| format!("n{id}")).collect::<Vec<_>>();
    let voters = |to: &str, n: usize| changed("nodes = 3", to).unwrap().voters(&nodes(n)).map_err(|e| e.to_string());
    assert_eq!(voters("nodes = 3", 3), Ok(history::Voters::Listed(nodes(3))));
    assert_eq!(voters("nodes = 5\nvoters = [\"n1\", \"n2\", \"n3\"]", 5), Ok(history::Voters::Listed(nodes(3))));
    assert_eq!(voters("nodes = 3\nvoters = \"unknown\"", 3), Ok(history::Voters::Unknown));
    let refused = voters("nodes = 3\nvoters = [\"n4\"]", 3).unwrap_err();
    assert!(refused.contains("says that n4 votes, and the nodes are n1, n2, n3"), "{refused}");
}

#[test]
fn as_many_rules_as_are_allowed_are_read_and_one_more_is_a_sentence() {
    let with = |count: usize| {
        let rules = vec![r"{ re = 'term (?P<term>\d+)' }"; count].join(", ");
        let observer = format!("[[observe]]\nkind = \"lines\"\nsource = \"stderr\"\nrules = [{rules}]\n");
        let head = "schema = 1\nname = \"x\"\n[cluster]\nnodes = 1\n[node]\ncommand = [\"x\"]\n";
        System::parse("x.toml", &format!("{head}{observer}")).map_err(|error| error.to_string())
    };
    assert!(with(500).is_ok());
    let refused = with(18_000).unwrap_err();
    assert!(refused.contains("18000 rules") && refused.contains("at most 500"), "{refused}");
}

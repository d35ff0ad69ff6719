//! What plans become.

use super::super::plan::SourcePlan;
use super::super::{NodePlan, ObserverPlan, Planner, ReadyPlan, Settings, System};
use super::{Fixed, SMALL, changed, local};

fn plan(system: &System, n: usize, settings: &[&str]) -> Vec<NodePlan> {
    let settings = Settings::parse(&settings.iter().map(|&s| s.to_owned()).collect::<Vec<_>>()).unwrap();
    Planner::plan(system, n, &settings, &Fixed, "/run/data".as_ref()).unwrap()
}

#[test]
fn the_reference_node_is_told_its_own_address_for_each_peer() {
    let nodes = plan(&System::load("reference").unwrap(), 3, &["election=50ms..100ms", "n2.log=1/5"]);
    let second = &nodes[1];
    assert_eq!(second.name, "n2");
    assert_eq!(
        second.argv[..7],
        [
            "interregnum-node",
            "--name=n2",
            "--listen=127.0.0.1:7001",
            "--peer=n1=127.0.0.1:8010",
            "--peer=n3=127.0.0.1:8012",
            "--data=/run/data/n2",
            "--election=50ms..100ms"
        ]
        .map(str::to_owned)
    );
    assert!(second.argv.contains(&"--log=1/5".to_owned()) && nodes[0].argv.contains(&"--log=0/0".to_owned()));
    assert_eq!(second.data_dir.to_str(), Some("/run/data/n2"));
    assert_eq!(second.ready, ReadyPlan::Observation);
    let [ObserverPlan::Events(_), ObserverPlan::Status { address, .. }] = second.observers.as_slice() else {
        panic!("{:?}", second.observers)
    };
    assert_eq!(*address, local(9001));
}

#[test]
fn lists_speak_of_their_members_and_a_node_finds_itself_where_it_listens() {
    let system =
        changed("\"{name}\"]", "\"{id}\", \"{peers...}\", \"all={members}\", \"{dial.peer}\", \"{ip}\"]").unwrap();
    let expected = ["node", "3", "n1=127.0.0.1:8020", "n2=127.0.0.1:8021"];
    let rest = ["all=1@127.0.0.1:7000,2@127.0.0.1:7001,3@127.0.0.1:7002", "127.0.0.1:7002", "127.0.0.1"];
    assert_eq!(plan(&system, 3, &[])[2].argv, [&expected[..], &rest[..]].concat());
    assert_eq!(plan(&system, 1, &[])[0].argv, ["node", "1", "all=1@127.0.0.1:7000", "127.0.0.1:7000", "127.0.0.1"]);
    let system = changed("each = \"{name}={dial.peer}\"", "each = \"{name}={dial.peer}\", join = \" \"").unwrap();
    let system = System::parse("my.toml", &system.text.replace("\"{name}\"]", "\"-p {peers}\"]")).unwrap();
    assert_eq!(plan(&system, 2, &[])[0].argv, ["node", "-p n2=127.0.0.1:8001"]);
}

#[test]
fn doubled_braces_are_literal_and_what_is_substituted_is_not_scanned_again() {
    let system = changed("\"{name}\"]", "\"{{{name}}}\", \"{param.election}\"]").unwrap();
    assert_eq!(plan(&system, 1, &["election={name}}"])[0].argv, ["node", "{n1}", "{name}}"]);
}

#[test]
fn nodes_may_have_names_of_their_own() {
    let system = changed("nodes = 3", "nodes = [\"athens\", \"sparta\"]").unwrap();
    let nodes = plan(&system, 2, &["sparta.election=1s"]);
    assert_eq!(nodes.iter().map(|node| node.name.as_str()).collect::<Vec<_>>(), ["athens", "sparta"]);
    assert_eq!(
        system.names(3).unwrap_err().to_string(),
        "the system `small` names 2 nodes, and 3 were asked for; name more of them in `nodes` in [cluster]"
    );
}

#[test]
fn an_impossible_number_of_nodes_earns_a_sentence() {
    let system = System::parse("my.toml", SMALL).unwrap();
    let sentence = |n| system.names(n).unwrap_err().to_string();
    assert_eq!(sentence(0), "a cluster of 0 nodes is none; ask for at least 1 node");
    assert_eq!(sentence(101), "a cluster of 101 nodes is too large; ask for at most 100");
}

/// A file as the documentation shows it.
const ETCD: &str = r#"
schema = 1
name = "etcd"
about = "etcd 3.4 or later (Debian: etcd-server)"
[params]
election = "500"
[cluster]
nodes = 3
ports = { peer = 2380, client = 2379 }
links = ["peer"]
addressing = "global"
[cluster.lists]
members = { of = "all", each = "{name}=http://{dial.peer}", join = "," }
peers   = { of = "others", each = "--peer={name}={dial.peer}" }
[node]
command = ["etcd", "--name={name}", "--data-dir={data}", "--logger=zap", "--initial-cluster={members}"]
env = { }
stop = { signal = "TERM", grace = "5s" }
[ready]
http = { url = "http://{listen.client}/health", json = "/health", equals = "true" }
timeout = "20s"
[claims]
grade = "clique"
reelection = "5s"
judged = ["election-safety", "re-election"]
[[observe]]
kind = "lines"
source = "stderr"
evidence = "atomic"
durable = false
complete = false
json = { message = "/msg", time = "/ts" }
rules = [{ re = '^(?P<self>[0-9a-f]+) became (?P<role>[\w-]+) at term (?P<term>\d+)' }]
[[observe]]
kind = "http"
evidence = "sampled"
every = "50ms"
request = "POST http://{listen.client}/v3/maintenance/status"
body = "{}"
self = "/header/member_id"
leader = "/leader"
term = "/raftTerm"
"#;

#[test]
fn the_system_file_that_the_design_shows_is_read() {
    let system = System::parse("etcd.toml", ETCD).unwrap();
    let observers = system.header_observers();
    assert_eq!(observers[0].fields, ["role", "term"]);
    assert_eq!(observers[1].fields, ["role", "term", "leader"]);
    assert!(!observers[0].durable && !observers[0].complete);
    let nodes = plan(&system, 3, &[]);
    let [ObserverPlan::Lines { source, .. }, ObserverPlan::Http { question, .. }] = nodes[1].observers.as_slice()
    else {
        panic!("{:?}", nodes[1].observers)
    };
    assert_eq!(*source, SourcePlan::Stderr);
    assert_eq!((&*question.method, &*question.url), ("POST", "http://127.0.0.1:9001/v3/maintenance/status"));
    assert_eq!((&*question.body, &*question.fields["self"]), ("{}", "/header/member_id"));
    let system = System::parse("etcd.toml", &ETCD.replace("kind = \"http\"", "kind = \"events\"")).unwrap_err();
    assert!(system.to_string().contains("unknown key `every` in [[observe]]"), "{system}");
}

#[test]
fn a_node_and_a_first_start_may_have_commands_of_their_own() {
    let text = SMALL.replace(
        "[[observe]]",
        "[node.first]\ncommand = [\"join\", \"{name}\"]\n[node.n1.first]\ncommand = [\"create\"]\n[node.n3]\ncommand = [\"third\"]\n\
         [[observe]]",
    );
    let nodes = plan(&System::parse("my.toml", &text).unwrap(), 3, &[]);
    let commands: Vec<_> =
        nodes.iter().map(|node| (node.argv.join(" "), node.first_argv.clone().unwrap().join(" "))).collect();
    let expected = [("node n1", "create"), ("node n2", "join n2"), ("third", "join n3")];
    assert_eq!(commands, expected.map(|(every, first)| (every.to_owned(), first.to_owned())));
    assert_eq!(plan(&System::parse("my.toml", SMALL).unwrap(), 1, &[])[0].first_argv, None);
}

#[test]
fn an_argument_is_left_out_where_its_parameter_has_the_value_that_means_so() {
    let text = SMALL.replace(
        "command = [\"node\", ",
        "omit = { election = \"default\" }\ncommand = [\"node\", \"-e={param.election}\", ",
    );
    let system = System::parse("my.toml", &text).unwrap();
    assert_eq!(plan(&system, 1, &[])[0].argv, ["node", "-e=150ms..300ms", "n1"]);
    assert_eq!(plan(&system, 1, &["election=default"])[0].argv, ["node", "n1"]);
}

#[test]
fn what_is_done_once_speaks_of_its_node_and_a_version_may_make_what_is_shown_durable() {
    let text = SMALL.replace(
        "kind = \"events\"",
        "kind = \"events\"\ndurable = false\ndurable-when = [\">=2.11.11, <2.12.0\", \">=2.12.1\"]\n[once]\ncommand = [\"x\", \"{name}\", \
         \"{listen.peer}\"]\nnode = \"n2\"\n[version]\ncommand = [\"x\"]\nre = ': v(?P<version>\\S+)'",
    );
    let mut system = System::parse("my.toml", &text).unwrap();
    let settings = Settings::parse(&[]).unwrap();
    let once = |n| Planner::plan_once(&system, n, &settings, &Fixed, "/run/data".as_ref());
    assert_eq!(once(3).unwrap().unwrap(), ["x", "n2", "127.0.0.1:9001"]);
    assert!(once(1).unwrap_err().to_string().contains("[once] is done to n2, and the nodes are n1"));
    for (version, durable) in
        [("2.9.10", false), ("2.11.11", true), ("2.12.0", false), ("2.15.1-beta", true), ("x", false)]
    {
        let mut learnt = system.clone();
        learnt.learn_version(&format!("nats-server: v{version}\n"));
        assert_eq!(learnt.header_observers()[0].durable, durable, "{version}");
    }
    assert_eq!(system.learn_version("nothing"), None);
}

#[test]
fn an_observer_may_be_there_from_a_version_on_and_is_not_there_where_the_version_is_not_known() {
    let text = SMALL.replace(
        "kind = \"events\"",
        "kind = \"events\"\n[[observe]]\nkind = \"http\"\nwhen = [\">=2.11.0\"]\nrequest = \"GET http://{listen.peer}/raftz\"\n\
         term = \"/term\"\n[version]\ncommand = [\"x\"]\nre = ': v(?P<version>\\S+)'",
    );
    let system = System::parse("my.toml", &text).unwrap();
    for (printed, there) in [(": v2.11.0", true), (": v2.15.1", true), (": v2.9.10", false), ("", false)] {
        let mut learnt = system.clone();
        learnt.learn_version(printed);
        assert_eq!(plan(&learnt, 3, &[])[0].observers.len(), if there { 2 } else { 1 }, "{printed}");
        assert_eq!(learnt.header_observers().len(), if there { 2 } else { 1 }, "{printed}");
    }
    let unknown = text.replace("[version]\ncommand = [\"x\"]\nre = ': v(?P<version>\\S+)'", "");
    assert!(System::parse("my.toml", &unknown).unwrap_err().to_string().contains("say in [version] how it is learnt"));
}

#[test]
fn the_program_is_a_parameter_of_every_built_in_system_and_is_asked_for_its_version() {
    for (name, _) in System::built_in() {
        let system = System::load(name).unwrap();
        let default = system.params.get("program").unwrap_or_else(|| panic!("{name} has no parameter program"));
        let settings = Settings::parse(&["program=/opt/other/program".to_owned()]).unwrap();
        let asked = Planner::plan_version(&system, 3, &settings, &Fixed, "/run/data".as_ref()).unwrap();
        let asked = asked.unwrap_or_else(|| panic!("{name} has no [version]")).join(" ");
        assert!(asked.contains("/opt/other/program") && !asked.contains(default), "{name}: {asked}");
        let nodes = plan(&system, 3, &["program=/opt/other/program"]);
        assert!(nodes.iter().all(|node| node.argv.join(" ").contains("/opt/other/program")), "{name}");
    }
}

//! `[probe]`: its mistakes, and what it becomes.

use super::super::probe::{Question, Step};
use super::super::{Planner, ProbePlan, Settings, System};
use super::{Fixed, SMALL};

/// The small file with a probe in it, which begins in line 17.
fn with(probe: &str) -> String {
    format!("{SMALL}[probe]\n{probe}\n")
}

fn plan(probe: &str, n: usize) -> Result<ProbePlan, String> {
    let system = System::parse("my.toml", &with(probe)).map_err(|error| error.to_string())?;
    let settings = Settings::parse(&[]).unwrap();
    let plan = Planner::plan_probe(&system, n, &settings, &Fixed, "/run/data".as_ref());
    plan.map(Option::unwrap).map_err(|error| error.to_string())
}

#[test]
fn every_mistake_in_a_probe_earns_a_sentence_with_its_place() {
    let http = "kind = \"http\"\nrequest = \"GET http://{listen.peer}/\"";
    let tcp = "kind = \"tcp\"\ntcp = \"{listen.peer}\"";
    let cases: [(String, &str); 14] = [
        (String::new(), "my.toml:17:1: [probe] has no `kind`; add for example: kind = \"http\""),
        ("kind = \"udp\"".into(), "my.toml:18:8: `kind` in [probe] is \"udp\"; write \"http\", \"tcp\" or \"exec\""),
        (
            format!("{http}\nevery = 50"),
            "my.toml:20:9: `every` in [probe] is an integer; write a time in quotes such as \"50ms\" or \"5s\"",
        ),
        (
            format!("{http}\nto = \"all\""),
            "my.toml:20:6: `to` in [probe] names `all`, which is no node; write the name of one, such as \"n1\", or \"any\" \
             for whichever answers",
        ),
        (
            format!("{http}\nequals = \"true\""),
            "my.toml:20:10: `equals` in [probe] has no `json` beside it; say where the value stands, such as json = \"/status\"",
        ),
        (
            format!("{http}\nstatus = 1000"),
            "my.toml:20:10: `status` in [probe] is 1000; write an integer from 100 to 599",
        ),
        (
            format!("{http}\nre = 'x'"),
            "my.toml:20:1: unknown key `re` in [probe]; known: `about`, `body`, `equals`, `every`, `json`, `kind`, `request`, \
             `status`, `timeout`, `to`",
        ),
        (
            "kind = \"http\"\nrequest = \"ftp://x\"".into(),
            "my.toml:19:11: `request` in [probe] is not a method and an address; write it as \"GET \
             http://{listen.client}/status\"",
        ),
        (
            format!("{tcp}\nexchange = [{{ send = \"x\" }}]"),
            "my.toml:20:12: `exchange` in [probe] does not end with an `expect`, so nothing would tell an answer; add for \
             example { expect = 'OK' }",
        ),
        (
            format!("{tcp}\nexchange = [{{ send = \"x\", hex = \"00\" }}, {{ expect = 'y' }}]"),
            "my.toml:20:13: a step of `exchange` in [probe] is one of `send`, `hex` and `expect`; write one of them",
        ),
        (
            format!("{tcp}\nexchange = [{{ hex = \"0\" }}, {{ expect = 'y' }}]"),
            "my.toml:20:21: `hex` in a step of `exchange` in [probe] is not bytes in hexadecimal; write two digits for each, \
             such as \"00 1f ff\"",
        ),
        (
            format!("{tcp}\nexchange = [{{ expect = '(' }}]"),
            "my.toml:20:24: `expect` in a step of `exchange` in [probe] is no regular expression: unclosed group",
        ),
        (
            format!("{tcp}\nexchange = [{{ send = \"x\", refused = 'n' }}, {{ expect = 'y' }}]"),
            "my.toml:20:27: `refused` in a step of `exchange` in [probe] belongs to a step with `expect`; move it there",
        ),
        (
            "kind = \"exec\"\ncommand = \"my-cli put\"".into(),
            "my.toml:19:11: `command` in [probe] is a string; write an array of arguments such as [\"my-node\", \
             \"--name={name}\"], since there is no shell",
        ),
    ];
    let said: Vec<String> = cases.iter().map(|(probe, _)| plan(probe, 3).unwrap_err()).collect();
    let expected: Vec<&str> = cases.iter().map(|(_, sentence)| *sentence).collect();
    assert_eq!(said, expected);
}

#[test]
fn a_probe_speaks_of_each_node_where_the_harness_finds_it() {
    let plan =
        plan("kind = \"exec\"\ncommand = [\"cli\", \"{name}\", \"{dial.peer}\"]\nexit = 3\nre = '^OK$'", 3).unwrap();
    let asked: Vec<_> = plan
        .questions
        .iter()
        .map(|(node, question)| match question {
            Question::Exec { argv, exit: 3, re: Some(_) } => (node.as_str(), argv[1].as_str(), argv[2].as_str()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(asked, [("n1", "n1", "127.0.0.1:9000"), ("n2", "n2", "127.0.0.1:9001"), ("n3", "n3", "127.0.0.1:9002")]);
    assert_eq!((plan.every.as_millis(), plan.timeout.as_millis()), (50, 200));
}

#[test]
fn what_the_harness_cannot_ask_is_refused_with_what_it_can() {
    let cases = [
        (
            "kind = \"http\"\nrequest = \"DELETE http://{listen.peer}/\"",
            "my.toml:19:11: `request` in [probe] has the method \"DELETE\"; write GET, POST or PUT",
        ),
        (
            "kind = \"http\"\nrequest = \"GET https://{listen.peer}/\"",
            "my.toml:19:11: `request` in [probe] asks over https, and the harness speaks plain http only; have nodes serve http \
             in runs",
        ),
        (
            "kind = \"http\"\nrequest = \"GET {listen.peer}/\"",
            "my.toml:19:11: `request` in [probe] has an address that does not begin with http://; write http://{listen.client}/ for \
             example",
        ),
        (
            "kind = \"http\"\nrequest = \"GET http://{ip}/status\"",
            "my.toml:19:11: `request` in [probe] names \"{ip}\", which has no port; write one, such as {listen.client}, \
             {ip}:{port.client} or {ip}:80",
        ),
        (
            "kind = \"tcp\"\ntcp = \"localhost\"\nexchange = [{ expect = 'y' }]",
            "my.toml:19:7: `tcp` in [probe] names \"localhost\", which has no port; write one, such as {listen.client}, \
             {ip}:{port.client} or {ip}:80",
        ),
    ];
    for (probe, sentence) in cases {
        assert_eq!(plan(probe, 3).unwrap_err(), sentence);
    }
}

#[test]
fn an_address_with_a_port_is_taken_however_it_is_written_and_one_that_turns_out_without_is_refused() {
    for url in ["http://{listen.peer}/", "http://{ip}:{port.peer}/x", "http://{ip}:80", "http://localhost:8080/a:b"] {
        let asked = plan(&format!("kind = \"http\"\nrequest = \"GET {url}\""), 3);
        assert_eq!(asked.map(|plan| plan.questions.len()), Ok(3), "{url}");
    }
    let file = with("kind = \"http\"\nrequest = \"GET http://{param.host}/\"");
    let file = file.replacen("[params]\n", "[params]\nhost = \"localhost\"\n", 1);
    let system = System::parse("my.toml", &file).unwrap();
    let planned = |settings: &[String]| {
        let settings = Settings::parse(settings).unwrap();
        Planner::plan_probe(&system, 3, &settings, &Fixed, "/run/data".as_ref())
            .map(|plan| plan.unwrap().questions.len())
    };
    assert_eq!(
        planned(&[]).unwrap_err().to_string(),
        "[probe] asks \"localhost\", which has no port; mend its address, or the parameter that it is made of"
    );
    assert_eq!(planned(&["host=localhost:80".to_owned()]), Ok(3));
}

#[test]
fn a_probe_may_ask_one_node_which_must_be_there() {
    let probe = "kind = \"tcp\"\nto = \"n2\"\ntcp = \"{listen.peer}\"\nexchange = [{ hex = \"00 ff 0A\" }, { expect = '\\xff' }]";
    let one = plan(probe, 3).unwrap();
    let [(node, Question::Tcp { address, exchange })] = one.questions.as_slice() else { panic!("{one:?}") };
    assert_eq!((node.as_str(), address.as_str()), ("n2", "127.0.0.1:9001"));
    assert!(matches!(&exchange[0], Step::Send(bytes) if bytes == &[0x00, 0xff, 0x0a]));
    assert!(matches!(&exchange[1], Step::Expect { re, refused: None } if re.is_match(b"\xff")));
    assert_eq!(
        plan(probe, 1).unwrap_err(),
        "[probe] asks n2, and the nodes are n1; mend its `to`, or ask for more nodes (--nodes)"
    );
}

#[test]
fn every_built_in_system_has_a_probe() {
    for (name, _) in super::super::BUILT_IN {
        let system = System::load(name).unwrap();
        let plan =
            Planner::plan_probe(&system, 3, &Settings::parse(&[]).unwrap(), &Fixed, "/run/data".as_ref()).unwrap();
        let mut plan = plan.unwrap();
        assert_eq!(plan.questions.len(), 3, "{name}");
        if let Some((_, Question::Exec { argv, .. })) = plan.questions.pop() {
            let client = argv.iter().any(|argument| ["redis-cli", "ovsdb-client"].contains(&argument.as_str()));
            assert!(client, "{name}: {argv:?}");
        }
        assert!(!system.probe.unwrap().about.is_empty(), "{name}");
    }
}

//! Nodes behind wrappers, which start them in other process groups and sessions, and without their environment. A pause
//! stops them and a kill ends them all the same, so that no node is accused of what the harness did not do.
//!
//! Every wrapper is tried here with the reference node. `make wrappers` (`INTERREGNUM_WRAPPERS=all`) tries them all
//! with a node in Python as well, as root and as an ordinary user, in the sandbox and under the warden: some 7 minutes.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use history::entry::{Fault, Harness};
use history::{Entry, Evidence, Fate, Installed, Span, Stage};

use crate::place::{Done, History, Place, finish};

/// How a node is started: what stands before its own command.
const WRAPPERS: [(&str, &[&str]); 7] = [
    ("plain", &[]),
    ("env -i", &["env", "-i"]),
    ("timeout", &["timeout", "1h"]),
    ("set -m", &["sh", "-c", "set -m; \"$@\" & wait", "sh"]),
    ("setsid", &["sh", "-c", "setsid \"$@\" & wait", "sh"]),
    (
        "start_new_session",
        &["python3", "-c", "import subprocess, sys; subprocess.Popen(sys.argv[1:], start_new_session=True).wait()"],
    ),
    ("setsid env -i", &["sh", "-c", "setsid env -i \"$@\" & wait", "sh"]),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum User {
    /// The user who runs the tests.
    Own,
    Ordinary,
}

#[derive(Debug, Clone, Copy)]
struct Case {
    node: &'static str,
    wrapper: (&'static str, &'static [&'static str]),
    by: &'static str,
    user: User,
    warden: bool,
}

impl Case {
    /// A place with the programs in it, where every user may read them, and the system file.
    fn place(&self) -> (Place, String) {
        let place = Place::new();
        let built = Path::new(env!("CARGO_BIN_EXE_interregnum"));
        for program in ["interregnum", "interregnum-node"] {
            fs::copy(built.with_file_name(program), place.path().join(program)).unwrap();
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        fs::copy(root.join("../docs/examples/pynode.py"), place.path().join("pynode.py")).unwrap();
        let (file, own, program) = match self.node {
            "pynode" => ("../docs/examples/pynode.toml", "\"./pynode.py\"", "pynode.py"),
            _ => ("systems/reference.toml", "\"{param.program}\"", "interregnum-node"),
        };
        let program = place.path().join(program);
        let argv = self
            .wrapper
            .1
            .iter()
            .map(|word| format!("{word:?}"))
            .chain([format!("{:?}", program.display().to_string())]);
        let text = fs::read_to_string(root.join(file)).unwrap();
        assert!(text.contains(own));
        let system = place.file("wrapped.toml", &text.replacen(own, &argv.collect::<Vec<_>>().join(", "), 1));
        (place, system)
    }

    fn run(&self) {
        let (place, system) = self.place();
        let mut words: Vec<String> = Vec::new();
        if self.user == User::Ordinary {
            words.extend(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"].map(str::to_owned));
        }
        words.push(place.path().join("interregnum").display().to_string());
        words.extend(
            ["test", "re-election", "--by", self.by, "--nodes", "3", "--time", "4s", "--seed", "1"].map(str::to_owned),
        );
        words.extend(["--system".to_owned(), system]);
        if self.warden {
            words.extend(["--network", "proxy"].map(str::to_owned));
        }
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).arg("--out").arg(place.out()).current_dir(place.path());
        command.stdin(std::process::Stdio::null());
        for variable in ["CI", "INTERREGNUM_OUT", "INTERREGNUM_SANDBOX", "INTERREGNUM_BATCH"] {
            command.env_remove(variable);
        }
        if self.warden {
            command.env("INTERREGNUM_SANDBOX", "off");
        }
        let done = finish(command);
        self.assert_honest(&place, &done);
        place.assert_empty();
    }

    /// What was said to be done was done, and no node is accused.
    fn assert_honest(&self, place: &Place, done: &Done) {
        assert!([0, 2].contains(&done.code), "{self:?}: {done:?}");
        let history = place.history();
        let ended = |fault: &Fault<'_>, so: Installed| fault.outcome == Some(so.into());
        let injected: Vec<_> = history.faults().filter(|fault| fault.stage.is(Stage::Inject)).collect();
        let installed = injected.iter().filter(|fault| ended(fault, Installed::Installed)).count();
        assert!(installed > 0, "{self:?}: {injected:?} {done:?}");
        let indeterminate: Vec<_> = history.faults().filter(|fault| ended(fault, Installed::Indeterminate)).collect();
        assert!(indeterminate.is_empty(), "{self:?}: {indeterminate:?}");
        self.assert_silent_while_paused(&history);
    }

    /// No line that a node printed lies in a time in which it was paused.
    fn assert_silent_while_paused(&self, history: &History) {
        let (mut lives, mut printed) = (Vec::new(), Vec::new());
        for record in history.records() {
            match (record.span, record.entry) {
                (Some(span), Entry::Node(node)) => lives.push((span, node)),
                (Some(span), Entry::Observe(seen)) if seen.evidence == Some(Evidence::Atomic.into()) => {
                    printed.push((span, seen));
                }
                _ => {}
            }
        }
        for (paused, stop) in lives.iter().filter(|(_, node)| node.event.is(Fate::Stop)) {
            let of_it = |node: &str, incarnation| node == stop.node && incarnation == stop.incarnation;
            let after = |span: &Span| span.earliest >= paused.latest;
            let end = lives.iter().find(|(span, node)| {
                let ends = node.event.is(Fate::Continue) || node.event.is(Fate::Exit);
                ends && after(span) && of_it(&node.node, node.incarnation)
            });
            let until = end.map_or(u64::MAX, |(span, _)| span.earliest);
            let within: Vec<_> = printed
                .iter()
                .filter(|(span, seen)| after(span) && span.latest < until && of_it(&seen.node, seen.incarnation))
                .collect();
            assert!(within.is_empty(), "{self:?}: it was paused {stop:?} until {until}: {within:?}");
        }
    }
}

/// All at once would only wait for each other.
fn run_all(cases: Vec<Case>) {
    let left = Mutex::new(cases);
    let next = || left.lock().unwrap().pop();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some(case) = next() {
                    eprintln!("{case:?}");
                    case.run();
                }
            });
        }
    });
}

fn everything() -> bool {
    std::env::var_os("INTERREGNUM_WRAPPERS").is_some_and(|how| how == "all")
}

fn cases(by: &'static str) -> Vec<Case> {
    let own = |wrapper, warden| Case { node: "reference", wrapper, by, user: User::Own, warden };
    if !everything() {
        eprintln!("in the sandbox, and two of them under the warden; `make wrappers` tries everything");
        let hardest = WRAPPERS.into_iter().filter(|(name, _)| ["set -m", "setsid env -i"].contains(name));
        return WRAPPERS
            .into_iter()
            .map(|wrapper| own(wrapper, false))
            .chain(hardest.map(|wrapper| own(wrapper, true)))
            .collect();
    }
    let root = rustix::process::geteuid().is_root();
    let users = if root { vec![User::Own, User::Ordinary] } else { vec![User::Own] };
    let mut all = Vec::new();
    for wrapper in WRAPPERS {
        for node in ["reference", "pynode"] {
            for user in &users {
                all.extend([false, true].map(|warden| Case { node, user: *user, ..own(wrapper, warden) }));
            }
        }
    }
    all
}

#[test]
fn a_paused_node_stands_still_whatever_started_it() {
    run_all(cases("pause"));
}

#[test]
fn a_killed_node_leaves_its_port_to_the_next_whatever_started_it() {
    run_all(cases("kill"));
}

#[test]
fn what_took_a_daemon_down_that_a_node_had_started_stands_in_the_history() {
    let script = "(setsid env -i sleep 1000 >/dev/null 2>&1 &); exec \"$@\"";
    let wrapper: &'static [&'static str] = Vec::leak(vec!["sh", "-c", script, "sh"]);
    let case = Case { node: "reference", wrapper: ("daemon", wrapper), by: "kill", user: User::Own, warden: false };
    let (place, system) = case.place();
    let done = place.run(&["test", "re-election", "--by", "kill", "--nodes", "3", "--time", "3s", "--system", &system]);
    case.assert_honest(&place, &done);
    place.assert_empty();
    let history = place.history();
    let killed = history.faults().find(|fault| fault.outcome == Some(Installed::Installed.into())).unwrap();
    let told = history.records().find_map(|record| match record.entry {
        Entry::Harness(Harness::Helper { node, fault, reason, .. }) => Some((node?, fault?, reason?)),
        _ => None,
    });
    let (node, fault, reason) = told.unwrap();
    assert_eq!((&*node, fault), (killed.nodes.unwrap()[0].as_str(), killed.id));
    assert!(reason.contains("`sleep 1000`"), "{reason}");
}

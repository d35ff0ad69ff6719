//! Machines without user namespaces, without a TUN device, at a limit, or with every range of addresses taken.
//!
//! Each is made for real, in a user namespace of the test's own. Where not even that can be had the test says so; as
//! root in CI it must be.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::place::{Done, Place, finish};
use crate::skipped::skipped;

/// Somewhere else: how to get there, and what is done to it, as root of a user namespace.
struct Elsewhere {
    enter: &'static [&'static str],
    setup: &'static str,
    /// What gives up again all that setting it up took.
    drop: &'static [&'static str],
}

const NOBODY: [&str; 5] = ["-U", "--map-user=65534", "--map-group=65534", "--keep-caps", "--"];

/// An ordinary user who may make no user namespace.
const NO_USER_NAMESPACES: Elsewhere = Elsewhere {
    enter: &NOBODY,
    setup: "echo 0 > /proc/sys/user/max_user_namespaces",
    drop: &["setpriv", "--ambient-caps=-all", "--inh-caps=-all", "--bounding-set=-all"],
};

/// An ordinary user who is refused a /proc of the sandbox's own, as in a container that masks parts of it.
const MASKED_PROC: Elsewhere = Elsewhere {
    enter: &["-U", "--map-user=65534", "--map-group=65534", "--keep-caps", "-m", "--"],
    setup: "for file in timer_list keys kcore; do if [ -e /proc/$file ]; then mount --bind /dev/null /proc/$file; fi; done",
    drop: NO_USER_NAMESPACES.drop,
};

const NO_TUN: Elsewhere =
    Elsewhere { enter: &["-r", "-m", "--"], setup: "mount -t tmpfs none /dev/net", drop: &["env"] };

const OTHER_TUN: Elsewhere =
    Elsewhere { enter: &["-r", "-m", "--"], setup: "mount --bind /dev/null /dev/net/tun", drop: &["env"] };

/// One network namespace, and no more: not even the two that a switch of two nodes needs.
const ONE_NETWORK: Elsewhere =
    Elsewhere { enter: &["-r", "--"], setup: "echo 1 > /proc/sys/user/max_net_namespaces", drop: &["env"] };

const ONE_RANGE_TAKEN: Elsewhere = Elsewhere {
    enter: &["-r", "-n", "--"],
    setup: "ip link set lo up; ip addr add 10.77.0.1/16 dev lo; export INTERREGNUM_SANDBOX=off",
    drop: &["env"],
};

const ALL_RANGES_TAKEN: Elsewhere = Elsewhere {
    enter: &["-r", "-n", "--"],
    setup: "ip link set lo up; ip addr add 10.77.0.1/8 dev lo; export INTERREGNUM_SANDBOX=off",
    drop: &["env"],
};

impl Elsewhere {
    /// A place in which this can be made, with the binaries where every user may read them.
    fn place(&self) -> Option<Place> {
        let place = Place::new();
        for program in ["interregnum", "interregnum-node"] {
            let built = Path::new(env!("CARGO_BIN_EXE_interregnum")).with_file_name(program);
            fs::copy(built, place.path().join(program)).unwrap();
        }
        let tried = finish(self.script(&place, "true"));
        if tried.code == 0 {
            return Some(place);
        }
        let demanded = rustix::process::geteuid().is_root() && std::env::var_os("CI").is_some_and(|ci| ci == "true");
        assert!(!demanded, "root in CI can make this: {tried:?}");
        skipped(format!("this machine does not allow `{}`: {}", self.setup, tried.stderr.trim()));
        None
    }

    /// A script that is run there, with `interregnum` as `$I`, its privileges given up as `$DROP` says.
    fn script(&self, place: &Place, script: &str) -> Command {
        let ordinary = self.enter.starts_with(&NOBODY[..4]) && rustix::process::geteuid().is_root();
        let mut command = Command::new(if ordinary { "setpriv" } else { "unshare" });
        if ordinary {
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "unshare"]);
        }
        let text = format!("set -e\nsudo() {{ \"$@\"; }}\n{}\n{script}", self.setup);
        command.args(self.enter).args(["sh", "-c", &text, "sh"]).arg(place.path()).current_dir(place.path());
        command.env("I", place.path().join("interregnum")).env("DROP", self.drop.join(" ")).stdin(Stdio::null());
        for variable in ["CI", "NO_COLOR", "INTERREGNUM_OUT", "INTERREGNUM_SANDBOX", "INTERREGNUM_BATCH"] {
            command.env_remove(variable);
        }
        command
    }

    /// A calm run of three nodes there.
    fn run(&self, place: &Place, arguments: &str) -> Done {
        let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
        let script = format!("exec $DROP $I test calm --time 1s --nodes 3 --out out {arguments}");
        let done = finish(self.script(place, &script));
        place.assert_empty();
        assert_eq!(fs::read_to_string("/proc/self/mounts").unwrap(), mounts, "no mount is left");
        assert!(!done.stderr.contains("panic") && !done.stderr.contains("backtrace"), "{done:?}");
        done
    }

    /// What the doctor says there of one ability: without its remedy, and after it was carried out to the letter.
    fn remedied(&self, place: &Place, ability: &str) -> (Value, Value) {
        let script = format!(
            "$DROP $I doctor --format json > first.json
             remedy=$(python3 -c 'import json, sys
print([check[\"remedy\"] for check in json.load(open(\"first.json\")) if check[\"ability\"] == sys.argv[1]][0])' '{ability}')
             $remedy
             $DROP $I doctor --format json > second.json"
        );
        let done = finish(self.script(place, &script));
        assert_eq!(
            done.code,
            0,
            "{done:?} {}",
            fs::read_to_string(place.path().join("first.json")).unwrap_or_default()
        );
        let check = |file: &str| -> Value {
            let checks: Value = serde_json::from_str(&fs::read_to_string(place.path().join(file)).unwrap()).unwrap();
            let found = checks.as_array().unwrap().iter().find(|check| check["ability"] == ability).unwrap();
            found.clone()
        };
        (check("first.json"), check("second.json"))
    }
}

/// The header of the newest run there.
fn header(place: &Place) -> Value {
    let history = fs::read_to_string(place.latest().join("history.jsonl")).unwrap();
    serde_json::from_str(history.lines().next().unwrap()).unwrap()
}

/// `switch` is refused with a sentence that says this, `auto` takes the proxy and says why, and the doctor names this
/// command, which helps.
fn no_switch(elsewhere: &Elsewhere, says: &[&str], ability: &str, remedy: &str) {
    let Some(place) = elsewhere.place() else { return };
    let refused = elsewhere.run(&place, "--network switch");
    refused.refused(70, &[&["the network `switch` cannot be made", "interregnum doctor"], says].concat());
    assert!(!place.out().exists(), "nothing was begun");
    let auto = elsewhere.run(&place, "");
    auto.valid();
    let header = header(&place);
    assert_eq!(header["network"], "proxy");
    assert!(header["network_why"].as_str().unwrap().contains("`switch`"), "{}", header["network_why"]);
    let (before, after) = elsewhere.remedied(&place, ability);
    assert_eq!((before["ok"].as_bool(), before["remedy"].as_str()), (Some(false), Some(remedy)), "{before}");
    assert_eq!(after["ok"], true, "{after}");
    place.assert_empty();
}

#[test]
fn without_user_namespaces_an_ordinary_user_has_the_proxy_and_the_command_that_would_help() {
    let remedy = "sudo sysctl -w user.max_user_namespaces=15000";
    no_switch(&NO_USER_NAMESPACES, &["No space left", "namespaces"], "user namespaces", remedy);
}

#[test]
fn where_proc_is_another_namespace_s_a_wrapped_node_is_paused_and_killed_all_the_same() {
    let Some(place) = MASKED_PROC.place() else { return };
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("systems/reference.toml");
    let node = place.path().join("interregnum-node").display().to_string();
    let wrapped = format!(r#""sh", "-c", "setsid env -i \"$@\" & wait", "sh", "{node}""#);
    let text = fs::read_to_string(reference).unwrap().replacen("\"{param.program}\"", &wrapped, 1);
    place.file("wrapped.toml", &text);
    for by in ["pause", "kill"] {
        let script = format!(
            "exec $DROP $I test re-election --by {by} --time 3s --nodes 3 --network proxy --out out --system ./wrapped.toml"
        );
        let done = finish(MASKED_PROC.script(&place, &script));
        place.assert_empty();
        assert!([0, 2].contains(&done.code), "{done:?}");
        let why = header(&place)["network_why"].to_string();
        if !why.contains("/proc is another namespace's") {
            skipped(format!("/proc could not be masked: {why}"));
            return;
        }
        let history = fs::read_to_string(place.latest().join("history.jsonl")).unwrap();
        assert!(history.contains(r#""outcome":"installed""#), "{by}: {history}");
        assert!(!history.contains(r#""outcome":"indeterminate""#), "{by}: {history}");
    }
}

#[test]
fn without_a_tun_device_there_is_no_switch_and_the_doctor_knows_what_is_in_its_way() {
    no_switch(&NO_TUN, &["/dev/net/tun cannot be opened"], "TUN devices", "sudo umount /dev/net");
}

#[test]
fn a_device_that_is_something_else_is_called_that() {
    no_switch(
        &OTHER_TUN,
        &["/dev/net/tun is something else"],
        "packets between namespaces",
        "sudo umount /dev/net/tun",
    );
}

#[test]
fn at_a_limit_of_namespaces_the_sentence_and_the_doctor_name_it() {
    let remedy = "sudo sysctl -w user.max_net_namespaces=15000";
    no_switch(
        &ONE_NETWORK,
        &["namespace", "No space left", "/proc/sys/user/max_"],
        "packets between namespaces",
        remedy,
    );
}

#[test]
fn a_system_that_needs_the_switch_is_refused_with_the_reason_where_there_is_none() {
    let Some(place) = NO_TUN.place() else { return };
    let system = crate::place::system_text("3", r#"["./interregnum-node"]"#).replace("per-link", "global");
    place.file("global.toml", &system);
    for network in ["auto", "switch"] {
        let done = NO_TUN.run(&place, &format!("--network {network} --system ./global.toml"));
        done.refused(70, &["/dev/net/tun", "--network direct"]);
        assert!(!place.out().exists(), "nothing was begun");
    }
}

#[test]
fn a_range_of_addresses_that_is_in_use_is_left_alone() {
    let Some(place) = ONE_RANGE_TAKEN.place() else { return };
    ONE_RANGE_TAKEN.run(&place, "--network switch").valid();
    let said = fs::read_to_string(place.latest().join("run.json")).unwrap();
    assert_eq!(header(&place)["network"], "switch", "{said}");
    let stdout = finish(ONE_RANGE_TAKEN.script(&place, "exec $DROP $I observe --time 1s --nodes 1 --network switch"));
    assert_eq!(stdout.code, 0, "{stdout:?}");
}

#[test]
fn where_every_range_of_addresses_is_in_use_that_is_the_sentence() {
    let Some(place) = ALL_RANGES_TAKEN.place() else { return };
    let done = ALL_RANGES_TAKEN.run(&place, "--network switch");
    done.refused(70, &["every range 10.x.0.0/16 is in use", "INTERREGNUM_SANDBOX=off", "--network proxy"]);
    let other = ALL_RANGES_TAKEN
        .script(&place, "unset INTERREGNUM_SANDBOX; exec $I test calm --time 1s --nodes 3 --network switch --out out");
    finish(other).valid();
    place.assert_empty();
}

#[test]
fn the_doctor_finds_every_machine_fit_that_can_run_anything() {
    for elsewhere in [NO_USER_NAMESPACES, NO_TUN, OTHER_TUN, ONE_NETWORK] {
        let Some(place) = elsewhere.place() else { return };
        let done = finish(elsewhere.script(&place, "exec $DROP $I doctor"));
        assert_eq!(done.code, 0, "the proxy works there: {done:?}");
        assert!(done.stdout.contains("\n     to allow it: ") && done.stderr.is_empty(), "{done:?}");
        place.assert_empty();
    }
}

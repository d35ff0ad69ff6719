//! What nodes may do: hold capabilities, and write files.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::place::{LEADER, Place, finish, system_text};
use crate::skipped::skipped;

/// A node that notes in its data what it may do, tries to write in the folder of the run and in another, and leads.
fn script(elsewhere: &Path) -> String {
    let elsewhere = elsewhere.display();
    format!(
        "grep -E '^(Cap|NoNewPrivs)' /proc/self/status > $1/status
         echo forged >> $1/../../history.jsonl
         echo x > {elsewhere}/scribble
         for folder in $1 /tmp /dev/shm; do (echo x > $folder/interregnum-$$ && rm $folder/interregnum-$$ && echo $folder >> $1/written); done
         {LEADER}; exec sleep 1000"
    )
}

struct Ran {
    place: Place,
    elsewhere: tempfile::TempDir,
    sandbox: bool,
}

impl Ran {
    /// `keys`: lines of `[node]`, in which ELSEWHERE is the folder.
    fn new(keys: &str, sandbox: &str) -> Self {
        // Not below /tmp, where every user may write.
        let elsewhere = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let place = Place::new();
        place.system(&script(elsewhere.path()));
        let text = system_text("1", r#"["./node.sh", "{data}", "{listen.peer}"]"#);
        let keys = keys.replace("ELSEWHERE", &elsewhere.path().display().to_string());
        let system = place.file("system.toml", &text.replace("[node]\n", &format!("[node]\n{keys}\n")));
        let mut command = place.command(&["test", "calm", "--time", "1s", "--system", &system]);
        command.env("INTERREGNUM_SANDBOX", sandbox);
        finish(command).valid();
        let header: Value = serde_json::from_str(
            fs::read_to_string(place.latest().join("history.jsonl")).unwrap().lines().next().unwrap(),
        )
        .unwrap();
        let sandbox = !header["network_why"].as_str().unwrap().contains("warden");
        Self { place, elsewhere, sandbox }
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.place.latest().join("data/n1").join(file)).unwrap()
    }

    fn status(&self, word: &str) -> u64 {
        let status = self.read("status");
        let line = status.lines().find_map(|line| line.strip_prefix(&format!("{word}:"))).unwrap();
        u64::from_str_radix(line.trim(), 16).unwrap()
    }

    fn history_is_forged(&self) -> bool {
        fs::read_to_string(self.place.latest().join("history.jsonl")).unwrap().lines().any(|line| line == "forged")
    }

    fn scribbled(&self) -> bool {
        self.elsewhere.path().join("scribble").exists()
    }
}

#[test]
fn nodes_hold_no_capability_and_gain_none() {
    for sandbox in ["on", "off"] {
        let ran = Ran::new("", sandbox);
        for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
            assert_eq!(ran.status(set), 0, "{set}, sandbox {sandbox}: {}", ran.read("status"));
        }
        assert_eq!(ran.status("NoNewPrivs"), 1);
        if rustix::process::geteuid().is_root() {
            assert_eq!(ran.status("CapBnd"), 0, "{}", ran.read("status"));
        }
    }
}

#[test]
fn a_capability_that_the_system_file_names_is_kept_and_no_other() {
    let ran = Ran::new("capabilities = [\"net_bind_service\"]", "on");
    if !ran.sandbox && !rustix::process::geteuid().is_root() {
        skipped("an ordinary user without a sandbox has nothing to give");
        return;
    }
    assert_eq!(ran.status("CapEff"), 1 << 10, "{}", ran.read("status"));
    assert_eq!(ran.status("NoNewPrivs"), 0);
}

#[test]
fn nodes_write_their_data_and_what_is_everybody_s_and_neither_the_history_nor_anything_else() {
    let ran = Ran::new("", "on");
    if !ran.sandbox {
        skipped("there are no namespaces");
        return;
    }
    assert!(!ran.history_is_forged());
    // Where this is built below /tmp, every user may write there.
    let open = ["/tmp", "/var/tmp"].iter().any(|folder| ran.elsewhere.path().starts_with(folder));
    assert_eq!(ran.scribbled(), open);
    let written = ran.read("written");
    assert_eq!(written.lines().count(), 3, "{written}");
    let history = fs::read_to_string(ran.place.latest().join("history.jsonl")).unwrap();
    assert!(!history.contains(r#""event":"unprotected""#), "{history}");
}

#[test]
fn a_node_writes_beside_its_data_and_renames_them_and_does_not_touch_another_s() {
    let place = Place::new();
    let script = r#"#!/bin/sh
echo x > $1.db; [ $2 = n2 ] || { mv $1 $1.moved && mkdir $1 && mv $1.moved/* $1/ 2>/dev/null; }; echo x > $1/own
# Only of one that keeps its folder: one that is made anew is not kept from others.
[ $2 = n2 ] || echo x > $1/../n2/stolen
if [ $2 = n1 ]; then role=leader; else role=follower; fi
printf '{"role":"%s","term":1,"vote":"n1","leader":"n1"}\n' $role; exec sleep 1000
"#;
    let program = place.file("node.sh", script);
    fs::set_permissions(program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let system = place.file("system.toml", &system_text("2", r#"["./node.sh", "{data}", "{name}"]"#));
    place.run(&["test", "calm", "--time", "1s", "--system", &system]).valid();
    let data = place.latest().join("data");
    for node in ["n1", "n2"] {
        assert!(data.join(node).join("own").exists() && data.join(format!("{node}.db")).exists(), "{node}");
    }
    let history = fs::read_to_string(place.latest().join("history.jsonl")).unwrap();
    let stolen = ["n1", "n2"].into_iter().any(|node| data.join(node).join("stolen").exists());
    assert!(!stolen || history.lines().next().unwrap().contains("warden"));
}

#[test]
fn a_folder_that_the_system_file_names_is_writable_and_one_that_is_not_there_is_refused() {
    let ran = Ran::new("writable = [\"ELSEWHERE\"]", "on");
    assert!(ran.scribbled());
    assert!(!ran.sandbox || !ran.history_is_forged());
    let place = Place::new();
    place.system(LEADER);
    let text =
        system_text("1", r#"["./node.sh", "{data}"]"#).replace("[node]\n", "[node]\nwritable = [\"/no/such/place\"]\n");
    let system = place.file("system.toml", &text);
    place.run(&["test", "calm", "--time", "1s", "--system", &system]).refused(70, &["/no/such/place", "`writable`"]);
}

#[test]
fn data_that_were_wiped_can_be_written_again() {
    let place = Place::new();
    let system = place.system(&format!("echo x >> $1/kept; {LEADER}; exec sleep 1000"));
    let schedule = r#"{"schema":1,"workload":"mine","nodes":["n1"],"seed":1,"duration":"3s","steps":[
        {"id":1,"when":{"at":"200ms"},"do":{"inject":{"kind":"wipe","target":["n1"]}}},
        {"id":2,"when":{"after":{"step":1,"delay":"200ms"}},"do":{"lift":1}}]}"#;
    let schedule = place.file("schedule.json", schedule);
    let done = place.run(&["test", "--schedule", &schedule, "--system", &system]);
    assert!([0, 2].contains(&done.code), "{done:?}");
    assert_eq!(fs::read_to_string(place.latest().join("data/n1/kept")).unwrap(), "x\n", "{done:?}");
}

#[test]
fn root_s_nodes_find_their_way_through_folders_of_others_that_are_closed() {
    if !rustix::process::geteuid().is_root() {
        skipped("only root may pass such folders");
        return;
    }
    let place = Place::new();
    let system = place.system(&format!("echo x > $1/kept; {LEADER}; exec sleep 1000"));
    std::os::unix::fs::chown(place.path(), Some(12345), Some(12345)).unwrap();
    fs::set_permissions(place.path(), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    place.run(&["test", "calm", "--time", "1s", "--system", &system]).valid();
    assert!(place.latest().join("data/n1/kept").exists());
}

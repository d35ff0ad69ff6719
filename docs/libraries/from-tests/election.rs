//! Interregnum from cargo test: put this into `tests/` of your crate.
//! INTERREGNUM is the program (default: the one on PATH), SYSTEM your system file.

use std::process::Command;

#[test]
fn no_promise_of_an_election_is_broken() {
    let env = |name, otherwise: &str| std::env::var(name).unwrap_or_else(|_| otherwise.to_owned());
    let out = std::env::temp_dir().join(format!("interregnum-{}", std::process::id()));
    let output = Command::new(env("INTERREGNUM", "interregnum"))
        .args(["test", "re-election", "--by", "kill", "--system", &env("SYSTEM", "./my.toml"), "--out"])
        .arg(&out)
        .output()
        .expect("interregnum can be run");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0) => {}
        // Too little was seen, or the machine failed: nothing is proved.
        Some(2 | 70) => eprintln!("nothing proved: {said}"),
        _ => panic!("{said}"),
    }
}

//! The nodes of `docs/libraries` are of the versions that their page names, and their rows can be run.

use serde_json::Value;

use super::*;

pub(crate) fn json(path: &str) -> Value {
    serde_json::from_str(&text(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub(crate) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().unwrap_or_else(|| panic!("{key} is no list in {value}"))
}

pub(crate) fn word<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} is no text in {value}"))
}

#[test]
fn the_nodes_of_the_libraries_are_of_the_versions_that_their_page_names() {
    let page = text("docs/libraries/README.md");
    for row in json("docs/libraries/rows.json").as_array().unwrap() {
        let (kind, package) = word(row, "fetch").split_once(':').unwrap();
        let (name, version) = package.rsplit_once('@').unwrap();
        let folder = repository().join("docs/libraries").join(name);
        let file = list(row, "test").iter().find_map(|word| word.as_str()?.strip_prefix("{here}/")).unwrap();
        let place = file.split_once('/').unwrap().0;
        assert!(page.contains(&format!("{place}/")), "docs/libraries/README.md does not name {place}");
        let pinned = match kind {
            "cargo" => format!("version = \"={version}\""),
            "npm" => format!("\"{name}\": \"{version}\""),
            "pip" | "deb" => continue,
            kind => panic!("nothing is known of {kind}"),
        };
        let manifest = folder.join(if kind == "cargo" { "Cargo.toml" } else { "package.json" });
        let manifest = std::fs::read_to_string(manifest).unwrap();
        assert!(manifest.contains(&pinned), "{name}: {pinned} does not stand in {manifest}");
        if kind == "cargo" {
            assert!(manifest.contains("[workspace]"), "{name} is no package of this workspace");
            assert!(folder.join("Cargo.lock").exists(), "{name}: all versions are pinned");
            assert!(page.contains(version), "docs/libraries/README.md does not say {name} {version}");
        }
    }
}

#[test]
fn the_system_files_of_the_libraries_can_be_read_and_their_rows_can_be_typed() {
    for row in json("docs/libraries/rows.json").as_array().unwrap() {
        let words = list(row, "test").iter().map(|word| word.as_str().unwrap().replace("{place}", "lib"));
        let words: Vec<String> =
            words.map(|word| word.replace("{here}", repository().join("docs/libraries").to_str().unwrap())).collect();
        let line = ["interregnum", "test"].into_iter().chain(words.iter().map(String::as_str));
        Cli::try_parse_from(line).unwrap_or_else(|error| panic!("{row}: {error}"));
        let file = words.iter().find(|word| word.ends_with(".toml")).unwrap();
        let set = words.iter().find_map(|word| word.split_once("=lib")).unwrap().0;
        let system = std::fs::read_to_string(file).unwrap();
        System::parse(file, &system).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(system.contains(&format!("\n{set} = ")), "{file} has no parameter {set}");
    }
}

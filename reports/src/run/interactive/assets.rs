//! The page's script and style sheet, compiled in: one list, in the order in which they stand on the page.
//!
//! Each file of the script is an ES module with imports and exports of its own, so that an editor, `node --test` or a
//! browser can load it by itself. On the page they share one scope: a page opened from disk may not import files, and a
//! bundler would be a second toolchain for a few lines. [`script`] takes the `import` lines and the word `export` out; so
//! a name at the top of a file must be unique among all of them, which a test keeps.

/// The style sheet of the run page, after the common one.
pub(super) const STYLE: &str = include_str!("assets/report.css");

/// The modules by name, each after those that it uses while it loads; the last starts the page.
pub(crate) const MODULES: [(&str, &str); 24] = [
    ("scale.js", include_str!("assets/scale.js")),
    ("search.js", include_str!("assets/search.js")),
    ("model.js", include_str!("assets/model.js")),
    ("decode.js", include_str!("assets/decode.js")),
    ("dom.js", include_str!("assets/dom.js")),
    ("words.js", include_str!("assets/words.js")),
    ("store.js", include_str!("assets/store.js")),
    ("paint.js", include_str!("assets/paint.js")),
    ("strips.js", include_str!("assets/strips.js")),
    ("columns.js", include_str!("assets/columns.js")),
    ("lanes.js", include_str!("assets/lanes.js")),
    ("bands.js", include_str!("assets/bands.js")),
    ("timeline.js", include_str!("assets/timeline.js")),
    ("map.js", include_str!("assets/map.js")),
    ("card.js", include_str!("assets/card.js")),
    ("gestures.js", include_str!("assets/gestures.js")),
    ("keys.js", include_str!("assets/keys.js")),
    ("network.js", include_str!("assets/network.js")),
    ("table.js", include_str!("assets/table.js")),
    ("events.js", include_str!("assets/events.js")),
    ("elections.js", include_str!("assets/elections.js")),
    ("faults.js", include_str!("assets/faults.js")),
    ("logs.js", include_str!("assets/logs.js")),
    ("main.js", include_str!("assets/main.js")),
];

/// The whole script, for one strict scope: the modules in their order, without `import` and `export`.
pub(super) fn script() -> String {
    let mut out = String::new();
    for (_, text) in MODULES {
        for line in text.lines().filter(|line| !line.starts_with("import ")) {
            out.push_str(line.strip_prefix("export ").unwrap_or(line));
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// What a line at the top of a module declares.
    fn declared(line: &str) -> Option<&str> {
        let line = line.strip_prefix("export ").unwrap_or(line);
        let line = line.strip_prefix("async ").unwrap_or(line);
        let rest = ["function ", "class ", "const ", "let "].iter().find_map(|word| line.strip_prefix(word))?;
        rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().filter(|name| !name.is_empty())
    }

    #[test]
    fn no_two_modules_declare_the_same_name() {
        let mut seen = BTreeSet::new();
        for (module, text) in MODULES {
            for name in text.lines().filter_map(declared) {
                assert!(seen.insert(name), "{name} of {module} is declared twice");
            }
        }
        assert!(seen.len() > 60, "found only {seen:?}");
    }

    #[test]
    fn the_script_has_no_import_no_export_and_cannot_end_its_element() {
        let script = script();
        assert!(!script.lines().any(|line| line.starts_with("import ") || line.starts_with("export ")));
        assert!(!script.to_lowercase().contains("</script") && !script.contains("<!--"));
    }

    #[test]
    fn every_module_imports_only_what_stands_before_it_or_declares_functions() {
        let names: Vec<&str> = MODULES.iter().map(|(name, _)| *name).collect();
        for (module, text) in MODULES {
            for line in text.lines().filter(|line| line.starts_with("import ")) {
                let from = line.split("\"./").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
                let place = names.iter().position(|name| *name == from);
                assert!(place.is_some(), "{module} imports {from}, which is not on the page");
                assert!(place < names.iter().position(|name| *name == module), "{module} stands before {from}");
            }
        }
    }
    #[test]
    fn a_table_has_a_width_for_each_of_its_columns() {
        let columns = |module: &str, begins: &str, column: &str| {
            let text = MODULES.iter().find(|(name, _)| *name == module).unwrap().1;
            let (_, list) = text.split_once(begins).unwrap();
            list.split_once("];").map_or(list, |(list, _)| list).matches(column).count()
        };
        let widths = |table: &str| {
            let rule =
                STYLE.lines().find_map(|line| line.strip_prefix(table)?.strip_prefix(" .row{grid-template-columns:"));
            rule.unwrap().trim_end_matches('}').split_whitespace().count()
        };
        assert_eq!(widths(".elections"), columns("elections.js", "const COLUMNS = [", "  [\""));
        assert_eq!(widths(".faults"), columns("faults.js", "", "{ title: "));
    }
}

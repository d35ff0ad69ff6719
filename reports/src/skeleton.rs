//! The skeleton of a page: what a reader, a link or a screen reader finds its way by. For tests that hold it.
//!
//! Kept are headings, sections and other landmarks, the heads of tables, buttons and what folds, with their ids, roles and labels.
//! What depends on the run (numbers, sentences, plots) is left out.

/// Elements that are shown, and whether their text is.
const SHOWN: [(&str, bool); 21] = [
    ("title", true),
    ("header", false),
    ("nav", false),
    ("main", false),
    ("section", false),
    ("aside", false),
    ("footer", false),
    ("h1", false),
    ("h2", true),
    ("h3", true),
    ("h4", true),
    ("details", false),
    ("summary", true),
    ("table", false),
    ("caption", true),
    ("th", true),
    ("button", true),
    ("input", false),
    ("select", false),
    ("canvas", false),
    ("figure", false),
];

/// Of their attributes these.
const ATTRIBUTES: [&str; 8] = ["lang", "id", "role", "scope", "aria-label", "aria-labelledby", "type", "tabindex"];

/// One line an element, indented as they are nested.
pub(crate) fn skeleton(page: &str) -> String {
    let (mut out, mut rest, mut open) = (String::new(), page, Vec::<&str>::new());
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(closed) = rest.strip_prefix('/') {
            let name = closed.split('>').next().unwrap_or_default();
            if open.last() == Some(&name) {
                open.pop();
            }
            continue;
        }
        let Some(end) = rest.find('>') else { break };
        let (tag, after) = (&rest[..end], &rest[end + 1..]);
        let name = tag.split([' ', '\n', '/']).next().unwrap_or_default();
        rest = after;
        // What is in these is no markup.
        if matches!(name, "script" | "style") {
            rest = &rest[rest.find(&format!("</{name}")).unwrap_or(rest.len())..];
        }
        let Some((name, has_text)) = SHOWN.iter().find(|(shown, _)| *shown == name) else { continue };
        out += &format!("{}{name}{}", "  ".repeat(open.len()), attributes(tag));
        if *has_text {
            out += &format!(": {}", text(after, name));
        }
        out.push('\n');
        if *name != "input" {
            open.push(name);
        }
    }
    out
}

fn attributes(tag: &str) -> String {
    let value = |name: &&str| {
        let (_, after) = tag.split_once(&format!(" {name}=\""))?;
        Some(format!(" {name}={:?}", after.split('"').next()?))
    };
    ATTRIBUTES.iter().filter_map(value).collect()
}

/// What stands in an element, without markup.
fn text(after: &str, name: &str) -> String {
    let inner = after.split(&format!("</{name}")).next().unwrap_or_default();
    let mut plain = String::new();
    for piece in inner.split('<') {
        plain += piece.split_once('>').map_or(piece, |(_, text)| text);
        plain.push(' ');
    }
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

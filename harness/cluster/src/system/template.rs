//! Texts with `{substitutions}` in them.
//!
//! The set is closed: `{id}` `{name}` `{ip}` `{data}` `{listen.PORT}` `{dial.PORT}` `{port.PORT}` `{param.NAME}`, the same of
//! auxiliary processes (`{aux.NAME.ip}`, `{aux.NAME.dial.PORT}`, `{aux.NAME.port.PORT}`) and the lists of the system file. A
//! template is parsed, and every name in it looked up, when the file is read. So a typing error is reported with its line before
//! any process exists. What a substitution yields is never scanned again: a parameter that holds braces is a parameter that holds
//! braces. A literal brace is written twice, `{{` or `}}`.

use std::collections::{BTreeMap, BTreeSet};

use super::suggest;

/// A parsed text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Template {
    pub(super) pieces: Vec<Piece>,
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Itself.
    Text(String),
    /// The node's number, from 1.
    Id,
    /// The node's name.
    Name,
    /// The node's address without a port.
    Ip,
    /// The node's data directory.
    Data,
    /// Where the node listens.
    Listen(String),
    /// Where the node that reads this finds the port.
    Dial(String),
    /// The number of the port where the node listens.
    Port(String),
    /// The same of an auxiliary process: its name, and what of it.
    Aux(String, Box<Piece>),
    Param(String),
    /// A list with a `join`.
    List(String),
    /// A list without: the whole argument, once for each member.
    Spread(String),
}

/// Where a template stands, which decides what may stand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TemplateContext {
    /// An argument of a command: everything, `{list...}` included.
    Argument,
    /// Any other text about one node: all but `{list...}`.
    Text,
    /// A claim: parameters only.
    Claim,
}

/// The names that a system file has made up, for templates to use.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) aux: BTreeSet<String>,
    pub(super) ports: BTreeSet<String>,
    pub(super) params: BTreeSet<String>,
    /// Whether each list has a `join`.
    pub(super) lists: BTreeMap<String, bool>,
}

impl Template {
    /// Parses a text. The error is the end of a sentence that begins "`key` in \[section\]".
    pub(super) fn parse(text: &str, place: TemplateContext, names: &Names) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            literal.push_str(&rest[..at]);
            let doubled = rest[at..].starts_with("{{") || rest[at..].starts_with("}}");
            if doubled {
                literal.push_str(&rest[at..=at]);
                rest = &rest[at + 2..];
                continue;
            }
            if rest[at..].starts_with('}') {
                return Err(format!("has a `}}` without a `{{` in {text:?}; a literal brace is written twice, `}}}}`"));
            }
            let Some(end) = rest[at..].find('}') else {
                return Err(format!(
                    "has a `{{` that is never closed in {text:?}; a literal brace is written twice, `{{{{`"
                ));
            };
            if !literal.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut literal)));
            }
            pieces.push(piece(&rest[at + 1..at + end], place, names)?);
            rest = &rest[at + end + 1..];
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(Piece::Text(literal));
        }
        match pieces.iter().find_map(|piece| if let Piece::Spread(list) = piece { Some(list) } else { None }) {
            Some(list) if pieces.len() > 1 => {
                Err(format!("has `{{{list}...}}` inside {text:?}; it must be an argument of its own"))
            }
            _ => Ok(Self { pieces }),
        }
    }

    /// The name of the file at the end of a path, where the text says it.
    pub fn file_name(&self) -> Option<&str> {
        match self.pieces.last() {
            Some(Piece::Text(text)) => text.rsplit_once('/').map(|(_, name)| name),
            _ => None,
        }
    }

    /// The parameters it names.
    pub(super) fn params(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| if let Piece::Param(name) = piece { Some(name.as_str()) } else { None })
    }
}

fn piece(inside: &str, place: TemplateContext, names: &Names) -> Result<Piece, String> {
    if let Some(param) = inside.strip_prefix("param.") {
        return if names.params.contains(param) {
            Ok(Piece::Param(param.to_owned()))
        } else {
            let hint = suggest::hint(param, names.params.iter().map(String::as_str));
            Err(format!("uses `{{{inside}}}`, and [params] has no `{param}`; {hint}"))
        };
    }
    if place == TemplateContext::Claim {
        return Err(format!("uses `{{{inside}}}`; a claim is the same for every node and may use only {{param.NAME}}"));
    }
    if let Some((aux, of)) = inside.strip_prefix("aux.").and_then(|rest| rest.split_once('.')) {
        if !names.aux.contains(aux) {
            let hint = suggest::hint(aux, names.aux.iter().map(String::as_str));
            return Err(format!("uses `{{{inside}}}`, and there is no [[aux]] named `{aux}`; {hint}"));
        }
        return match piece(of, TemplateContext::Text, names)? {
            of @ (Piece::Ip | Piece::Dial(_) | Piece::Port(_)) => Ok(Piece::Aux(aux.to_owned(), Box::new(of))),
            _ => Err(format!("uses `{{{inside}}}`; of an auxiliary process there are ip, dial.PORT and port.PORT")),
        };
    }
    let of_ports = [("listen.", Piece::Listen as fn(String) -> Piece), ("dial.", Piece::Dial), ("port.", Piece::Port)];
    for (prefix, make) in of_ports {
        if let Some(port) = inside.strip_prefix(prefix) {
            return if names.ports.contains(port) {
                Ok(make(port.to_owned()))
            } else {
                let hint = suggest::hint(port, names.ports.iter().map(String::as_str));
                Err(format!("uses `{{{inside}}}`, and `ports` in [cluster] has no `{port}`; {hint}"))
            };
        }
    }
    match inside {
        "id" => Ok(Piece::Id),
        "name" => Ok(Piece::Name),
        "ip" => Ok(Piece::Ip),
        "data" => Ok(Piece::Data),
        _ => list(inside, place, names),
    }
}

fn list(inside: &str, place: TemplateContext, names: &Names) -> Result<Piece, String> {
    let (name, spread) = inside.strip_suffix("...").map_or((inside, false), |name| (name, true));
    let Some(&joined) = names.lists.get(name) else {
        let lists = names.lists.keys().map(|list| format!(" {{{list}}}")).collect::<String>();
        return Err(format!(
            "uses `{{{inside}}}`, which is no substitution; there are {{id}} {{name}} {{ip}} {{data}} {{listen.PORT}} \
             {{dial.PORT}} {{port.PORT}} {{param.NAME}}{lists}, and a literal brace is written twice"
        ));
    };
    match (place, spread, joined) {
        (_, true, true) => Err(format!("uses `{{{inside}}}`, and the list `{name}` has a `join`; write {{{name}}}")),
        (TemplateContext::Argument, true, false) => Ok(Piece::Spread(name.to_owned())),
        (_, true, false) => {
            Err(format!("uses `{{{inside}}}`, which only a command can; give the list `{name}` a `join`"))
        }
        (_, false, true) => Ok(Piece::List(name.to_owned())),
        (_, false, false) => Err(format!(
            "uses `{{{inside}}}`, and the list `{name}` has no `join`; add one, or write \"{{{name}...}}\" as an argument \
             of its own"
        )),
    }
}

//! What the arguments of a command are about: ports, peers, names and folders.

use std::sync::LazyLock;

use regex::Regex;

/// What was guessed of a command.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Guessed {
    /// The arguments as a system file has them.
    pub(super) arguments: Vec<String>,
    /// Ports by name, the one of peers first.
    pub(super) ports: Vec<(String, u16)>,
    /// What stands between the addresses of a list of nodes; empty: each is an argument of its own.
    pub(super) peers: Option<String>,
    /// How a node of that list is written.
    pub(super) each: String,
    /// The node itself is in that list.
    pub(super) peers_are_all: bool,
    /// A data directory was found.
    pub(super) has_data: bool,
    /// Files that look as if a node read its settings from them.
    pub(super) settings: Vec<String>,
}

/// A node of a list: its name and what stands before its address, as `n2=http://` does.
static PEER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?:(?P<word>[A-Za-z][A-Za-z_-]*)?(?P<number>\d+)[=@])?(?P<scheme>[a-z][a-z+-]*://)?$").ok()
});

static ADDRESS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:\d{1,3}(?:\.\d{1,3}){3}|localhost|\[::1?\]):(\d{2,5})").ok());

/// Looks at each argument, and at the flag before it.
pub(super) fn guess(command: &[String]) -> Guessed {
    let mut guessed = Guessed::default();
    let own = Own::of(command);
    // The names of other nodes begin alike: `n` of `n2=…` and `n3=…`.
    let word = command.iter().find_map(|argument| peer(argument)?.0);
    let mut flag = String::new();
    for (place, argument) in command.iter().enumerate() {
        if place > 0 && flag.is_empty() && peer(argument).is_some_and(|(word, number, _)| word.is_some() || number) {
            guessed.peer(argument);
            continue;
        }
        if let Some(repeated) = Repeated::of(command, argument).filter(|_| place > 0) {
            guessed.repeated(&repeated);
            continue;
        }
        let escaped = argument.replace('{', "{{").replace('}', "}}");
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) if name.starts_with('-') => (name.to_lowercase(), value),
            _ => (std::mem::take(&mut flag), argument.as_str()),
        };
        if argument.starts_with('-') && !argument.contains('=') {
            flag = argument.to_lowercase();
        }
        let is_name = name.is_empty() && word.is_some_and(|word| numbered(value, word));
        let replaced = match place {
            0 => None,
            _ if is_name => Some("{name}".to_owned()),
            _ => guessed.value(&name, value, &own),
        };
        let written = match replaced {
            Some(new) => format!(
                "{}{new}",
                escaped.strip_suffix(&value.replace('{', "{{").replace('}', "}}")).unwrap_or_default()
            ),
            None => escaped,
        };
        guessed.arguments.push(written);
    }
    guessed
}

impl Guessed {
    /// What stands in place of a value, if it is about something that differs from node to node.
    fn value(&mut self, flag: &str, value: &str, own: &Own<'_>) -> Option<String> {
        let found = addresses(value);
        let has = |words: &[&str]| words.iter().any(|word| flag.contains(word));
        // `--listen-peer-urls` is where it listens itself.
        let others = has(&["peer", "join", "member", "seed"]) && !has(&["listen", "bind", "advertise"]);
        if found.len() > 1 || (found.len() == 1 && others && self.peers.is_none()) {
            let between = found.get(1).map_or(",", |second| &value[found[0].1..second.0]);
            self.peers = Some(between.chars().filter(|c| !c.is_alphanumeric()).take(1).collect());
            self.each = each(&value[..found[0].0]);
            self.peers_are_all = own.is_in(value, &found);
            self.port("peer", found[0].2);
            return Some("{peers}".to_owned());
        }
        let name = if has(&["client", "http", "api", "metric", "admin", "grpc"]) { "client" } else { "peer" };
        if let Some((from, to, port)) = found.first() {
            let name = self.port(name, *port);
            return Some(format!("{}{{listen.{name}}}{}", &value[..*from], &value[*to..]));
        }
        // `:8080` is a port of every address.
        let (colon, number) = value.strip_prefix(':').map_or(("", value), |number| (":", number));
        if let Some(port) = number.parse::<u16>().ok().filter(|port| *port > 0 && (has(&["port"]) || colon == ":")) {
            let name = self.port(name, port);
            return Some(format!("{colon}{{port.{name}}}"));
        }
        let file = value.rsplit('/').next().unwrap_or_default();
        if SETTINGS.iter().any(|end| file.ends_with(end)) {
            self.settings.push(file.to_owned());
            return None;
        }
        let is_folder = flag.is_empty() && file.ends_with(|c: char| c.is_ascii_digit()) && !file.contains('.');
        if value.contains('/')
            && !value.contains("://")
            && (is_folder || has(&["data", "dir", "store", "storage", "wal", "db", "path"]))
        {
            self.has_data = true;
            return Some("{data}".to_owned());
        }
        if has(&["ip", "host", "addr", "bind"]) && value.parse::<std::net::IpAddr>().is_ok() {
            return Some("{ip}".to_owned());
        }
        let ends = |words: &[&str]| words.iter().any(|word| flag.ends_with(word));
        if !value.starts_with('-') && ends(&["id", "name", "node"]) && !value.is_empty() {
            return Some(if value.parse::<u64>().is_ok() { "{id}" } else { "{name}" }.to_owned());
        }
        None
    }

    /// One of the other nodes, each of which is an argument of its own.
    fn peer(&mut self, argument: &str) {
        let found = addresses(argument);
        let Some((from, _, port)) = found.first() else { return };
        self.each = each(&argument[..*from]);
        if self.peers.replace(String::new()).is_none() {
            self.arguments.push("{peers...}".to_owned());
        }
        self.port("peer", *port);
    }

    /// One of several nodes, each of which stands behind the same flag: `--peer=n2=… --peer=n3=…`.
    fn repeated(&mut self, node: &Repeated<'_>) {
        self.peer(node.value);
        self.peers_are_all |= node.is_own;
        self.each = format!("{}={}", node.flag, self.each);
    }

    /// The name of a port: another than asked for, where that one has another number.
    fn port(&mut self, wanted: &str, number: u16) -> String {
        if let Some((name, _)) = self.ports.iter().find(|(_, port)| *port == number) {
            return name.clone();
        }
        let taken = |name: &str| self.ports.iter().any(|(known, _)| known == name);
        // The others of a list of peers have ports of their own on one machine, and the same one here.
        if wanted == "peer" && taken("peer") && self.peers.is_none() {
            let name = (2..).map(|n| format!("port{n}")).find(|name| !taken(name)).unwrap_or_default();
            self.ports.push((name.clone(), number));
            return name;
        }
        if !taken(wanted) {
            self.ports.push((wanted.to_owned(), number));
        }
        wanted.to_owned()
    }
}

/// One of several nodes that stand behind the same flag.
struct Repeated<'a> {
    flag: &'a str,
    value: &'a str,
    /// It is the node itself, by what other arguments say.
    is_own: bool,
}

impl<'a> Repeated<'a> {
    /// An argument that is such a node.
    fn of(command: &[String], argument: &'a str) -> Option<Self> {
        let behind = |argument: &'a str| argument.split_once('=').filter(|(flag, _)| flag.starts_with('-'));
        let (flag, value) = behind(argument)?;
        let (_, _, before) = peer(value)?;
        let is_alike =
            |other: &String| other.split_once('=').is_some_and(|(other, value)| other == flag && peer(value).is_some());
        let (alike, rest): (Vec<_>, Vec<_>) = command.iter().partition(|&other| is_alike(other));
        let address = &value[before.len()..];
        let name = before.split_once(['=', '@']).map(|(name, _)| name);
        let is_own = rest.iter().any(|other| {
            let other = other.split_once('=').map_or(other.as_str(), |(_, value)| value);
            other.ends_with(address) || name == Some(other)
        });
        (alike.len() > 1).then_some(Self { flag, value, is_own })
    }
}

/// What a command says of the node itself: its addresses, and the values that may be its name.
struct Own<'a> {
    addresses: Vec<(&'a str, u16)>,
    names: Vec<&'a str>,
}

impl<'a> Own<'a> {
    fn of(command: &'a [String]) -> Self {
        let alone = |argument: &'a String| match addresses(argument).as_slice() {
            [(from, to, port)] => Some((&argument[*from..*to], *port)),
            _ => None,
        };
        let names = command.iter().map(|argument| match argument.split_once('=') {
            Some((flag, value)) if flag.starts_with('-') => value,
            _ => argument.as_str(),
        });
        Self { addresses: command.iter().filter_map(alone).collect(), names: names.collect() }
    }

    /// The node itself is in this list of nodes. By its address, by its name, by its port where each node has another; where all have one
    /// port and no names, three or five nodes are all of them.
    fn is_in(&self, list: &str, found: &[(usize, usize, u16)]) -> bool {
        if found.iter().any(|(from, to, _)| self.addresses.iter().any(|(own, _)| *own == &list[*from..*to])) {
            return true;
        }
        let begins = std::iter::once(0).chain(found.iter().map(|(_, to, _)| *to));
        let before = begins.zip(found).map(|(begin, (from, _, _))| &list[begin..*from]);
        let mut named = before.filter_map(|before| {
            let before = before.trim_start_matches(|c: char| !c.is_alphanumeric());
            before.split_once(['=', '@']).map(|(name, _)| name).filter(|name| !name.is_empty())
        });
        if let Some(first) = named.next() {
            return std::iter::once(first).chain(named).any(|name| self.names.contains(&name));
        }
        let one_port = found.len() > 1 && found.iter().all(|(_, _, port)| *port == found[0].2);
        if one_port {
            return found.len() % 2 == 1;
        }
        found.iter().any(|(_, _, port)| self.addresses.iter().any(|(_, own)| own == port))
    }
}

/// What names of files end with from which programs read their settings.
const SETTINGS: [&str; 9] = [".conf", ".toml", ".yaml", ".yml", ".json", ".hcl", ".cfg", ".ini", ".properties"];

/// An argument that names one other node and its address, and nothing else: the word of its name, whether its name has a number,
/// what stands before the address.
fn peer(argument: &str) -> Option<(Option<&str>, bool, &str)> {
    let found = addresses(argument);
    let [(from, to, _)] = found.as_slice() else { return None };
    let before = &argument[..*from];
    let whole = PEER.as_ref()?.captures(before)?;
    let is_whole = whole.get(0)?.start() == 0 && *to == argument.len();
    let word = whole.name("word").map(|word| word.as_str());
    is_whole.then_some((word, whole.name("number").is_some(), before))
}

/// A node of a list, as it is written before the address of the first.
fn each(before: &str) -> String {
    let named = PEER.as_ref().and_then(|peer| peer.captures(before)).map(|found| {
        let name = match (found.name("word"), found.name("number")) {
            (Some(_), _) => "{name}",
            (None, Some(_)) => "{id}",
            (None, None) => "",
        };
        let scheme = found.name("scheme").map_or("", |scheme| scheme.as_str());
        let between = found.name("number").and_then(|number| before[number.end()..].chars().next());
        format!("{name}{}{scheme}", between.map(String::from).unwrap_or_default())
    });
    format!("{}{{dial.peer}}", named.unwrap_or_default())
}

/// It is this word and a number.
fn numbered(value: &str, word: &str) -> bool {
    value.strip_prefix(word).is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit()))
}

/// Addresses in a text: from where to where, and their ports.
fn addresses(text: &str) -> Vec<(usize, usize, u16)> {
    let Some(address) = &*ADDRESS else { return Vec::new() };
    let found = address.captures_iter(text).filter_map(|captures| {
        let whole = captures.get(0)?;
        Some((whole.start(), whole.end(), captures.get(1)?.as_str().parse().ok()?))
    });
    found.collect()
}

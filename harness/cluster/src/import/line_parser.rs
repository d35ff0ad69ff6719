//! How the lines of one format are understood: the rules of its system file, the node contract, and what `[import]` adds.

use std::cell::{Cell, RefCell};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use history::Evidence;
use history::entry::State;
use regex::Regex;
use serde_json::Value;

use super::prefilter::Prefilter;
use crate::observe::events::{self, Reading};
use crate::observe::ids::Ids;
use crate::observe::rules::{Interpreter, Meaning};
use crate::system::Format;
use crate::system::import::Import;
use crate::system::observer::ObserverKind;
use crate::system::rule::Rule;

/// The lines after which some are missing, by the program that keeps them: journald, rsyslog, container runtimes, loggers that sample.
const LOST: [&str; 8] = [
    r"Suppressed \d+ (?:\w+ )?messages",
    r"imuxsock.*lost \d+ messages",
    r"imjournal: (?:\d+ messages lost|begin to drop messages)",
    r"\d+ messages? (?:were |was )?(?:lost|dropped|suppressed)\b",
    r"Missed \d+ (?:kernel )?messages",
    r"\bmessages lost due to rate-limiting",
    r"(?:lines|messages) (?:truncated|omitted|skipped)\b",
    r"^\.\.\. ?\(?\d* ?(?:lines )?(?:skipped|omitted)?",
];

/// Lines that say that whatever ran before does not run any more.
const REBOOT: &str = r"^-- (?:Boot [0-9a-f]+|Reboot) --";

/// Words that are searched for besides those of the rules.
const WORDS: [&str; 13] = [
    "Suppressed ",
    " messages lost",
    "lost ",
    " dropped",
    " suppressed",
    "issed ",
    "to drop messages",
    "-- Boot ",
    "-- Reboot",
    " omitted",
    // A list of bytes.
    "\"MESSAGE\":[",
    "\"MESSAGE\": [",
    "\"MESSAGE\" : [",
];

/// One observer's rules, behind those of `[import]`.
#[derive(Debug)]
pub struct ObserverRules {
    pub name: String,
    /// What it is worth.
    pub evidence: Evidence,
    /// What it shows was made durable first.
    pub durable: bool,
    message: Option<String>,
    time: Option<String>,
    rules: Vec<Rule>,
    none: Vec<String>,
}

/// What a node is called while lines are read: no program calls a node so.
pub fn inner(node: &str) -> String {
    format!("{INNER}{node}")
}

/// What a node is called by the operator.
pub fn outer(node: &str) -> &str {
    node.strip_prefix(INNER).unwrap_or(node)
}

const INNER: char = '\u{1}';

impl ObserverRules {
    /// Its lines tell by which id a node calls itself.
    fn tells_ids(&self) -> bool {
        self.rules.iter().any(|rule| {
            rule.re.capture_names().flatten().any(|name| name == "self") || rule.fields.contains_key("self")
        })
    }
}

/// A format made ready to read.
#[derive(Debug)]
pub struct LineParser {
    /// Its observers of lines.
    pub observers: Vec<ObserverRules>,
    /// The node contract is read as well.
    pub contract: bool,
    /// What `[import]` says.
    pub import: Import,
    lost: Vec<Regex>,
    reboot: Option<Regex>,
}

/// What a line is, besides what its rules say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Lines may be missing here.
    Lost,
    /// Whatever ran before is over.
    Reboot,
    /// It begins a new life of the data.
    Anew,
    /// It begins an incarnation: by this expression of `begins`.
    Begins(usize),
}

/// The name of the observer of the node contract.
pub(crate) const CONTRACT: &str = "events";

impl LineParser {
    /// For lines of any group, or of this one only.
    pub fn new(format: &Format, group: Option<&str>) -> Self {
        let import = format.import.clone();
        let evidence = |told: Evidence| if import.confirmed { told } else { Evidence::Sampled };
        let with = |rules: &[Rule]| {
            import.rules.iter().chain(rules).filter_map(|rule| of_group(rule, &import, group)).collect()
        };
        let mut observers: Vec<ObserverRules> = Vec::new();
        for observe in &format.observers {
            if let ObserverKind::Lines(lines) = &observe.kind {
                observers.push(ObserverRules {
                    name: observe.name.clone(),
                    evidence: evidence(observe.evidence),
                    durable: observe.durable,
                    message: lines.message.clone(),
                    time: lines.time.clone(),
                    rules: with(&lines.rules),
                    none: observe.none.clone(),
                });
            }
        }
        if observers.is_empty() && !import.rules.is_empty() {
            let (name, evidence) = ("log".to_owned(), evidence(Evidence::Atomic));
            let rules = with(&[]);
            observers.push(ObserverRules {
                name,
                evidence,
                durable: false,
                message: None,
                time: None,
                rules,
                none: Vec::new(),
            });
        }
        let compiled = |texts: &[&str]| texts.iter().filter_map(|text| Regex::new(text).ok()).collect::<Vec<_>>();
        let lost = compiled(&LOST).into_iter().chain(import.lost.iter().cloned()).collect();
        let contract = format.reads_contract();
        Self { observers, contract, import, lost, reboot: Regex::new(REBOOT).ok() }
    }

    /// Forgets what lines of several groups share: what does not say of which group it is, is of none.
    pub(crate) fn forget_shared(&mut self, group: Option<&str>) {
        let Some(group) = group.map(regex::escape) else { return };
        for each in &mut self.observers {
            each.rules.retain(|rule| {
                rule.re.as_str().contains(&group) || rule.re.capture_names().flatten().any(|name| name == "self")
            });
        }
    }

    /// The words of lines that are worth a look.
    pub(super) fn prefilter(&self) -> Prefilter {
        let import = &self.import;
        let rules = self.observers.iter().flat_map(|each| &each.rules).map(|rule| rule.re.as_str());
        let more = import
            .begins
            .iter()
            .map(|begin| &begin.re)
            .chain(&import.may_begin)
            .chain(&import.anew)
            .chain(&import.cluster)
            .chain(&import.data)
            .chain(&import.kept)
            .chain(&import.once)
            .chain(&import.current);
        let groups = import.groups.iter().filter(|groups| groups.shared).map(|groups| &groups.re);
        let expressions = rules.chain(more.chain(&import.lost).chain(groups).map(Regex::as_str));
        let mut words = WORDS.to_vec();
        words.extend(self.contract.then_some(["\"role\"", "'role'"]).into_iter().flatten());
        Prefilter::new(expressions, &words)
    }

    /// Keys of the program's own objects: an object that has one wraps no other program's line.
    pub(crate) fn own_keys(&self) -> Vec<String> {
        let messages = self.observers.iter().filter_map(|each| each.message.as_deref());
        let mut keys: Vec<String> =
            messages.filter_map(|pointer| pointer.split('/').nth(1)).map(str::to_owned).collect();
        keys.extend(self.contract.then(|| "role".to_owned()));
        keys
    }

    /// Listens to lines one by one, from any writer.
    pub(crate) fn line_filter(&self) -> LineFilter<'_> {
        LineFilter {
            parser: self,
            line_reader: RefCell::new(self.line_reader("", &Arc::new(Ids::default()))),
            last: RefCell::default(),
            says: Cell::default(),
        }
    }

    /// A reader of the lines of one incarnation of a node.
    pub fn line_reader(&self, node: &str, ids: &Arc<Ids>) -> LineReader<'_> {
        let of = |message: Option<&str>, each: &ObserverRules| {
            Interpreter::new((node, &each.name), (message, each.time.as_deref()), &each.rules, ids)
        };
        let wrapped = self.observers.iter().map(|each| each.message.as_deref().map(|message| of(Some(message), each)));
        let plain = self.observers.iter().map(|each| of(None, each));
        LineReader { parser: self, wrapped: wrapped.collect(), plain: plain.collect(), ids: Arc::clone(ids) }
    }

    /// Which id belongs to which node, where these nodes have logs. Line readers are made for nodes by their [`inner`] names. The
    /// names that an operator gives are the operator's own, and an id of the same text is another member's. Only where no line
    /// tells ids are names taken for them.
    pub fn ids<'a>(&self, nodes: impl Iterator<Item = &'a str> + Clone) -> Ids {
        let all = Ids::new(nodes.clone().map(inner).collect());
        let ids = self.observers.iter().fold(all, |ids, each| ids.none(&each.name, &each.none));
        let nameless = self.observers.iter().filter(|each| !each.tells_ids()).map(|each| each.name.as_str());
        for observer in nameless.chain(self.contract.then_some(CONTRACT)) {
            nodes.clone().for_each(|node| ids.learn(observer, node, &inner(node)));
        }
        ids
    }

    /// The message of a line, where it stands in an object or behind a prefix; else the line.
    pub fn message(&self, line: &str) -> String {
        let object: Option<Value> = line.starts_with('{').then(|| serde_json::from_str(line).ok()).flatten();
        let mut pointers = self.observers.iter().filter_map(|each| each.message.as_deref());
        let inside = object.and_then(|object| pointers.find_map(|at| Some(object.pointer(at)?.as_str()?.to_owned())));
        inside.unwrap_or_else(|| self.unprefixed(line).unwrap_or(line).to_owned())
    }

    fn unprefixed<'a>(&self, line: &'a str) -> Option<&'a str> {
        let mut prefixes = self.import.plain.iter().filter_map(|re| re.find(line)).filter(|found| found.start() == 0);
        prefixes.next().map(|found| &line[found.end()..])
    }

    /// What a line is besides.
    pub fn mark(&self, line: &str) -> Option<Mark> {
        if self.reboot.as_ref().is_some_and(|re| re.is_match(line)) {
            return Some(Mark::Reboot);
        }
        let message = self.message(line);
        if self.import.anew.iter().any(|re| re.is_match(&message)) {
            return Some(Mark::Anew);
        }
        if let Some(at) = self.import.begins.iter().position(|begin| begin.re.is_match(&message)) {
            return Some(Mark::Begins(at));
        }
        self.lost.iter().any(|re| re.is_match(line)).then_some(Mark::Lost)
    }

    /// The id of the cluster, if a line tells it.
    pub fn cluster(&self, line: &str) -> Option<String> {
        self.import.cluster.iter().find_map(|re| Some(re.captures(line)?.name("cluster")?.as_str().to_owned()))
    }

    /// Where the data of the node is, if a line tells it.
    pub fn data(&self, line: &str) -> Option<String> {
        self.import.data.iter().find_map(|re| Some(re.captures(line)?.name("data")?.as_str().to_owned()))
    }

    /// A process that begins has found the data of one before it.
    pub(crate) fn keeps_data(&self, line: &str) -> bool {
        self.import.kept.iter().any(|re| re.is_match(line))
    }

    /// What a process prints once: the text, if this is such a line.
    pub fn once(&self, line: &str) -> Option<String> {
        if self.import.once.is_empty() {
            return None;
        }
        let message = self.message(line);
        self.import.once.iter().any(|re| re.is_match(&message)).then_some(message)
    }

    /// The term that a node has, if a line tells it that does not change it.
    pub fn current(&self, line: &str) -> Option<u64> {
        if self.import.current.is_empty() {
            return None;
        }
        let message = self.message(line);
        self.import.current.iter().find_map(|re| re.captures(&message)?.name("term")?.as_str().parse().ok())
    }

    /// The group of a line, if it tells one.
    pub fn group(&self, line: &str) -> Option<String> {
        Some(self.import.groups.as_ref()?.re.captures(line)?.name("group")?.as_str().to_owned())
    }

    /// It is known which lines begin an incarnation, or may.
    pub(crate) fn knows_beginnings(&self) -> bool {
        !self.import.begins.is_empty() || !self.import.may_begin.is_empty()
    }
}

/// Says of single lines whether they mean something.
pub struct LineFilter<'a> {
    parser: &'a LineParser,
    line_reader: RefCell<LineReader<'a>>,
    /// What was asked last, and the answer: the same text is asked for more than once.
    last: RefCell<(String, bool)>,
    /// What the states in it are, if it says nothing else.
    says: Cell<Option<u64>>,
}

impl LineFilter<'_> {
    /// A text means something as it stands.
    pub fn means(&self, text: &str) -> bool {
        if self.last.borrow().0 == text {
            return self.last.borrow().1;
        }
        let heard = self.line_reader.borrow_mut().read(text);
        let says_more = self.parser.mark(text).is_some()
            || self.parser.cluster(text).is_some()
            || self.parser.data(text).is_some()
            || self.parser.keeps_data(text)
            || self.parser.once(text).is_some()
            || self.parser.current(text).is_some();
        let said = heard.iter().any(Heard::is_said);
        self.says.set((said && !says_more).then(|| digest(&heard, self.parser.group(text))));
        let means = said || says_more;
        *self.last.borrow_mut() = (text.to_owned(), means);
        means
    }

    /// What a text says of a state, if it says that and nothing else: the same number for the same.
    pub fn says(&self, text: &str) -> Option<u64> {
        if self.means(text) { self.says.get() } else { None }
    }

    /// A text stands for something and cannot be read: why.
    pub fn unreadable(&self, text: &str) -> Option<String> {
        let heard = self.line_reader.borrow_mut().read(text);
        let why = |heard: &Heard| match heard {
            Heard::Unreadable(why) => Some(why.clone()),
            Heard::Said { .. } => None,
        };
        if heard.iter().any(Heard::is_said) { None } else { heard.iter().find_map(why) }
    }
}

/// What states are, but for the times and the notes in them.
fn digest(heard: &[Heard], group: Option<String>) -> u64 {
    let mut hasher = DefaultHasher::new();
    group.hash(&mut hasher);
    for heard in heard {
        let Heard::Said { observer, said, own } = heard else { continue };
        let State { role, term, vote, leader, vote_id, leader_id, log, candidate_log, counted, .. } = &**said;
        (observer, own, role.as_ref().map(|role| role.text()), term, vote, leader).hash(&mut hasher);
        (vote_id, leader_id, log, candidate_log, counted).hash(&mut hasher);
    }
    hasher.finish()
}

/// A rule for lines of this group, or of any.
fn of_group(rule: &Rule, import: &Import, group: Option<&str>) -> Option<Rule> {
    let Some(is) = import.groups.as_ref().and_then(|groups| groups.is.as_deref()) else { return Some(rule.clone()) };
    let name = group.map_or_else(|| r"[^\]\s]+".to_owned(), regex::escape);
    let text = rule.re.as_str().replace(is, &name);
    Some(Rule { re: Regex::new(&text).ok()?, ..rule.clone() })
}

/// What was heard in a line.
#[derive(Debug, Clone)]
pub enum Heard {
    /// A state, by the observer of this name.
    Said {
        observer: String,
        /// What it said.
        said: Box<State<'static>>,
        /// The id by which the node called itself.
        own: Option<String>,
    },
    /// Something that stands for a state and cannot be read.
    Unreadable(String),
}

impl Heard {
    fn is_said(&self) -> bool {
        matches!(self, Self::Said { .. })
    }
}

/// Reads the lines of one incarnation of a node.
pub struct LineReader<'a> {
    parser: &'a LineParser,
    wrapped: Vec<Option<Interpreter>>,
    plain: Vec<Interpreter>,
    ids: Arc<Ids>,
}

impl LineReader<'_> {
    /// What a line says.
    pub fn read(&mut self, line: &str) -> Vec<Heard> {
        if self.parser.contract && (line.contains("\"role\"") || line.contains("'role'")) {
            let heard = self.contract(line);
            if !heard.is_empty() {
                return heard;
            }
        }
        let mut all = Vec::new();
        let rest = self.parser.unprefixed(line);
        for at in 0..self.plain.len() {
            let wrapped = line.contains('{').then_some(()).and(self.wrapped[at].as_mut());
            let mut heard = wrapped.map_or_else(Vec::new, |interpreter| interpret(interpreter, line));
            if heard.is_empty() && (self.wrapped[at].is_none() || !line.starts_with('{')) {
                heard = interpret(&mut self.plain[at], rest.unwrap_or(line));
            }
            all.extend(heard.into_iter().map(|(meaning, own)| match meaning {
                Ok(said) => Heard::Said { observer: self.parser.observers[at].name.clone(), said: Box::new(said), own },
                Err(why) => Heard::Unreadable(why),
            }));
        }
        all
    }

    fn contract(&self, line: &str) -> Vec<Heard> {
        let readings = events::read_line(line.as_bytes()).into_iter();
        let heard = readings.filter_map(|reading| match reading {
            Reading::Event(said, _) => {
                let said = Box::new(events::named(said, CONTRACT, &self.ids));
                Some(Heard::Said { observer: CONTRACT.to_owned(), said, own: None })
            }
            Reading::Unreadable(why) => Some(Heard::Unreadable(why)),
            Reading::Ordinary => None,
        });
        heard.collect()
    }
}

type Interpreted = (Result<State<'static>, String>, Option<String>);

fn interpret(interpreter: &mut Interpreter, line: &str) -> Vec<Interpreted> {
    let meanings = interpreter.read_line(line.as_bytes());
    let own = interpreter.take_speaker();
    let read = meanings.into_iter().filter_map(|meaning| match meaning {
        Meaning::Said(said, _) => Some((Ok(said), own.clone())),
        Meaning::Unreadable(why) => Some((Err(why), None)),
        Meaning::Nothing => None,
    });
    read.collect()
}

//! What stands before a line that another program kept: taken off without a rule.
//!
//! A line of a program reaches an operator through journald, syslog, a container's runtime, `kubectl`, `stern`, compose, Loki or
//! Kibana, and often through two of them. Each puts its own text before it or wraps it in an object. All of that is
//! peeled off, one layer after the other, until the line means something. What a layer says is kept: a time, and the id of the
//! process, which changes when another process begins.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::bytes::Regex;
use serde_json::Value;

use super::stamp::{self, Stamp};

/// A line without what others have put around it.
#[derive(Debug, Clone, Default)]
pub(super) struct Stripped {
    /// The program's own line.
    pub(super) text: String,
    /// The times of the layers, the outermost first.
    pub(super) stamps: Vec<Stamp>,
    /// The process that wrote it.
    pub(super) process: Option<u64>,
    /// The layers, the outermost first.
    pub(super) layers: Vec<&'static str>,
    /// What the layer says of where the line is from: a pod, a container, a host.
    pub(super) from: Option<String>,
}

struct Layer {
    name: &'static str,
    re: Regex,
    /// It is taken for what it is only if the rest means something: two words before a text may be anything.
    loose: bool,
}

/// So many layers may be one over another.
const DEEPEST: usize = 6;

static LAYERS: LazyLock<Vec<Layer>> = LazyLock::new(|| {
    let iso = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:Z|[+-]\d\d:?\d\d))?";
    // The beginning of an object is no name of a host.
    let daemon = r#"(?P<from>[^\s{"]+) (?P<ident>[^\s:\[\]{}]+)(?:\[(?P<pid>\d+)\])?: "#;
    let forms: [(&str, String, bool); 15] = [
        ("kubectl --prefix", r"^\[pod/(?P<from>[^\]\s]+)\] ".to_owned(), false),
        ("CRI", format!(r"^(?P<stamp>{iso}) (?:stdout|stderr) [FP](?::\S*)? "), false),
        ("journald", format!(r"^(?P<stamp>[A-Z][a-z]{{2}} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)?) {daemon}"), false),
        ("journald iso", format!(r"^(?P<stamp>{iso}) {daemon}"), false),
        ("journald full", format!(r"^[A-Z][a-z]{{2}} (?P<stamp>{iso}(?: [A-Z]{{2,5}})?) {daemon}"), false),
        ("journald unix", format!(r"^(?P<stamp>\d{{9,10}}\.\d+) {daemon}"), false),
        ("journald monotonic", format!(r"^\[ *\d+\.\d+\] {daemon}"), false),
        (
            "syslog 5424",
            format!(
                r"^<\d+>1 (?P<stamp>{iso}) (?P<from>\S+) (?P<ident>\S+) (?P<pid>\S+) \S+ (?:-|\[[^\]]*\]) (?:\xEF\xBB\xBF)?"
            ),
            false,
        ),
        ("syslog", r"^<\d{1,3}>".to_owned(), false),
        ("logcli", format!(r"^(?P<stamp>{iso}) \{{[^{{}}]*\}} +"), false),
        ("time stamps", format!(r"^(?P<stamp>{iso})[ \t]+"), true),
        ("compose", r"^(?P<from>[\w.-]+) +\| ".to_owned(), true),
        (
            "stern",
            r"^(?P<from>[a-z0-9][-a-z0-9.]*)[ /]+[a-z0-9][-a-z0-9.]* (?:(?:\xE2\x80\xBA|[>|]) )?".to_owned(),
            true,
        ),
        // Of all namespaces: theirs goes before.
        (
            "stern",
            r"^[a-z0-9][-a-z0-9.]* (?P<from>[a-z0-9][-a-z0-9.]*) [a-z0-9][-a-z0-9.]* (?:(?:\xE2\x80\xBA|[>|]) )?"
                .to_owned(),
            true,
        ),
        ("a name", r"^(?:\[(?P<from>[\w./-]+)\]|(?P<host>[\w.-]+:)) +".to_owned(), true),
    ];
    let layer = |(name, re, loose): (&'static str, String, bool)| {
        let re = Regex::new(&format!("(?-u){re}")).ok()?;
        Some(Layer { name, re, loose })
    };
    forms.into_iter().filter_map(layer).collect()
});

/// Keys under which an object holds a line that it wraps, and what such an object is called.
const HOLDERS: [(&str, &str); 9] = [
    ("log", "json-file"),
    ("MESSAGE", "journald json"),
    ("line", "Loki"),
    ("Line", "Loki"),
    ("message", "Kibana"),
    ("textPayload", "Cloud Logging"),
    ("jsonPayload", "Cloud Logging"),
    ("@message", "CloudWatch"),
    ("body", "OpenTelemetry"),
];

/// Keys under which such an object holds its time.
const TIMES: [&str; 10] = [
    "time",
    "@timestamp",
    "timestamp",
    "ts",
    "tsNs",
    "__REALTIME_TIMESTAMP",
    "_SOURCE_REALTIME_TIMESTAMP",
    "date",
    "@ingestionTime",
    "observedTimestamp",
];

/// Peels a line. `means` says whether a text means something as it stands; `own`: keys of the program's own objects.
pub(super) fn strip(line: &[u8], own: &[String], means: &dyn Fn(&str) -> bool) -> Stripped {
    let mut stripped = Stripped::default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = crate::observe::plain(line);
    let mut rest: Cow<'_, str> = String::from_utf8_lossy(&line).into_owned().into();
    for _ in 0..DEEPEST {
        if let Some(inner) = unwrapped(&rest, own, &mut stripped) {
            rest = inner.into();
            continue;
        }
        let begins = rest.trim_start_matches('\u{feff}');
        if begins.len() != rest.len() {
            rest = begins.to_owned().into();
        }
        let strict = LAYERS.iter().filter(|layer| !layer.loose).find_map(|layer| taken_off(layer, &rest));
        // Rules may speak of the whole line: what means something as it stands is only looked at.
        let stands = means(&rest);
        if let Some((layer, after, facts)) = strict {
            stripped.add(layer, facts);
            if stands {
                // The line's own time stands behind the layer's.
                stripped.stamps.extend(stamp::find(after.as_bytes()));
                break;
            }
            rest = after.into();
            continue;
        }
        // An object stands by itself: its time is its own, and not that of what is before it.
        let is_object = |after: &str| after.starts_with('{') && means(after);
        let mut loose = LAYERS.iter().filter(|layer| layer.loose).filter_map(|layer| taken_off(layer, &rest));
        let found = match stands {
            true if rest.starts_with('{') => None,
            true => loose.find(|(_, after, _)| is_object(after)),
            false => loose.find(|(_, after, _)| worth(after, own, means)),
        };
        let Some((layer, after, facts)) = found else { break };
        stripped.add(layer, facts);
        rest = after.into();
    }
    stripped.process = stripped.process.or_else(|| process(&rest));
    stripped.text = rest.trim_end().to_owned();
    stripped
}

/// The rest means something, or another layer begins there.
fn worth(rest: &str, own: &[String], means: &dyn Fn(&str) -> bool) -> bool {
    means(rest)
        || unwrapped(rest, own, &mut Stripped::default()).is_some_and(|inner| means(&inner))
        || LAYERS.iter().filter_map(|layer| taken_off(layer, rest)).any(|(_, after, _)| means(&after))
}

#[derive(Default)]
struct Facts {
    stamp: Option<Stamp>,
    process: Option<u64>,
    from: Option<String>,
}

impl Stripped {
    fn add(&mut self, layer: &'static str, facts: Facts) {
        self.layers.push(layer);
        self.stamps.extend(facts.stamp);
        self.process = self.process.or(facts.process);
        self.from = self.from.take().or(facts.from);
    }
}

fn taken_off(layer: &'static Layer, text: &str) -> Option<(&'static str, String, Facts)> {
    let captures = layer.re.captures(text.as_bytes())?;
    let group = |name| captures.name(name).and_then(|found| std::str::from_utf8(found.as_bytes()).ok());
    let facts = Facts {
        stamp: group("stamp").and_then(stamp::read),
        process: group("pid")
            .filter(|_| !group("ident").is_some_and(is_of_containers))
            .and_then(|pid| pid.parse().ok()),
        from: group("from").or(group("host")).map(str::to_owned),
    };
    let end = captures.get(0)?.end();
    Some((layer.name, text.get(end..)?.to_owned(), facts))
}

/// A program of this name keeps the lines of containers, or its name is a container's: the process is not that of the program.
fn is_of_containers(ident: &str) -> bool {
    const KEEPERS: [&str; 8] = ["docker", "dockerd", "containerd", "conmon", "podman", "kubelet", "k3s", "compose"];
    let is_id = ident.len() >= 12 && ident.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id || KEEPERS.contains(&ident)
}

/// The line that an object holds.
fn unwrapped(text: &str, own: &[String], stripped: &mut Stripped) -> Option<String> {
    let holds = |text: &str| text.contains("\"_source\"") || HOLDERS.iter().any(|(key, _)| text.contains(key));
    if !text.starts_with('{') || !holds(text) {
        return None;
    }
    let object: Value = serde_json::from_str(text.trim_end()).ok()?;
    let (inner, facts, layer) = held(&object, own)?;
    stripped.add(layer, facts);
    Some(inner)
}

/// The line that an object holds, with what the object says besides, and what it is called.
fn held(object: &Value, own: &[String]) -> Option<(String, Facts, &'static str)> {
    let document = object.get("_source").or(object.get("fields").filter(|_| object.get("_index").is_some()));
    let fields = document.unwrap_or(object).as_object()?;
    let is_own = own.iter().any(|key| fields.contains_key(key));
    if is_own && document.is_none() {
        return None;
    }
    // Filebeat keeps a line under one of these keys, and facts about the file under another.
    let held = |is: fn(&Value) -> bool| {
        let mut holders =
            HOLDERS.iter().filter(|_| !is_own).filter_map(|(key, layer)| Some((fields.get(*key)?, *layer)));
        holders.find(|(value, _)| is(one(value)))
    };
    let holder = held(|value| value.is_string() || bytes(value).is_some()).or_else(|| held(Value::is_object));
    let (value, layer) = match (holder, document) {
        (Some((value, "Kibana")), None) if fields.contains_key("podName") => (value, "stern json"),
        (Some(found), _) => found,
        (None, Some(document)) => (document, "Elasticsearch"),
        (None, None) => return None,
    };
    let inner = match one(value) {
        Value::String(text) => text.trim_end_matches(['\n', '\r']).to_owned(),
        value @ Value::Object(_) => value.to_string(),
        value => bytes(value)?.trim_end_matches(['\n', '\r']).to_owned(),
    };
    let text = |value: &Value| match one(value) {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let ident = fields.get("SYSLOG_IDENTIFIER").and_then(Value::as_str);
    let kept_for_container = fields.contains_key("CONTAINER_ID") || ident.is_some_and(is_of_containers);
    let facts = Facts {
        stamp: TIMES.iter().find_map(|key| stamp::read(&text(fields.get(*key)?)?)),
        process: fields.get("_PID").filter(|_| !kept_for_container).and_then(text).and_then(|pid| pid.parse().ok()),
        from: ["podName", "_HOSTNAME", "host", "container_name"].iter().find_map(|key| text(fields.get(*key)?)),
    };
    Some((inner, facts, layer))
}

/// A text as journald writes it if it is not plain: a list of its bytes.
fn bytes(value: &Value) -> Option<String> {
    let byte = |value: &Value| value.as_u64().and_then(|byte| u8::try_from(byte).ok());
    let bytes: Vec<u8> = value.as_array()?.iter().map(byte).collect::<Option<_>>()?;
    let plain = crate::observe::plain(&bytes);
    (!bytes.is_empty()).then(|| String::from_utf8_lossy(&plain).into_owned())
}

/// The only one of a list: so Elasticsearch gives the fields that it was asked for.
fn one(value: &Value) -> &Value {
    match value {
        Value::Array(list) if list.len() == 1 => &list[0],
        value => value,
    }
}

/// The process that a line says itself: `[26] 2025/…` (NATS), `9:X 06 Aug …` (Redis), `pid=9 role=…` (Valkey).
fn process(text: &str) -> Option<u64> {
    static FORMS: LazyLock<Option<regex::Regex>> =
        LazyLock::new(|| regex::Regex::new(r"^(?:\[(\d+)\] \d{4}/|(\d+):[XCSM] \d\d [A-Z]|pid=(\d+) role=)").ok());
    let captures = FORMS.as_ref()?.captures(text)?;
    (1..=3).find_map(|group| captures.get(group)?.as_str().parse().ok())
}

/// The entries of a whole document of JSON: an export of Loki, Kibana or Elasticsearch, or a list of objects. Each is as if it
/// were a line of its own, with the time that the document gives it.
pub(super) fn entries(document: &Value, own: &[String]) -> Vec<(Option<Stamp>, String)> {
    let mut all = Vec::new();
    collect(document, own, 0, &mut all);
    all
}

fn collect(value: &Value, own: &[String], depth: usize, all: &mut Vec<(Option<Stamp>, String)>) {
    if depth > 16 {
        return;
    }
    match value {
        Value::Array(list) => {
            if let [Value::String(time), Value::String(line), ..] = list.as_slice()
                && let Some(stamp) = stamp::read(time)
            {
                return all.push((Some(stamp), line.trim_end_matches(['\n', '\r']).to_owned()));
            }
            list.iter().for_each(|value| collect(value, own, depth + 1, all));
        }
        Value::Object(fields) => {
            if own.iter().any(|key| fields.contains_key(key)) {
                return all.push((None, value.to_string()));
            }
            match held(value, own) {
                Some((line, facts, _)) => all.push((facts.stamp, line)),
                None => fields.values().for_each(|value| collect(value, own, depth + 1, all)),
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(line: &str) -> Stripped {
        strip(line.as_bytes(), &["msg".to_owned()], &|text| text.starts_with("x became"))
    }

    #[test]
    fn every_layer_is_an_expression() {
        assert_eq!(LAYERS.len(), 15);
    }

    #[test]
    fn layers_are_peeled_off_one_after_the_other_and_what_they_say_is_kept() {
        for (line, layers) in [
            ("Jul 14 02:40:00 h etcd[412]: x became", &["journald"][..]),
            ("2017-07-14T02:40:00.123456+0200 h etcd[412]: x became", &["journald iso"]),
            ("Fri 2017-07-14 02:40:00 UTC h etcd[412]: x became", &["journald full"]),
            ("1500000000.123456 h etcd[412]: x became", &["journald unix"]),
            ("<30>1 2017-07-14T02:40:00Z h etcd 412 - - x became", &["syslog 5424"]),
            ("<30>Jul 14 02:40:00 h etcd[412]: x became", &["syslog", "journald"]),
            (r#"{"MESSAGE":"x became","_PID":"412","__REALTIME_TIMESTAMP":"1500000000000000"}"#, &["journald json"]),
        ] {
            let stripped = stripped(line);
            assert_eq!((stripped.text.as_str(), stripped.process), ("x became", Some(412)), "{line}");
            assert_eq!(stripped.layers, layers, "{line}");
            assert_eq!(stripped.stamps.len(), 1, "{line}");
        }
        for line in [
            "etcd-0 etcd x became",
            "etcd1-1  | 2017-07-14T02:40:00.1Z x became",
            "[pod/etcd-0/etcd] 2017-07-14T02:40:00Z x became",
            r#"{"log":"2017-07-14T02:40:00.1Z stderr F x became\n","stream":"stderr","time":"2017-07-14T02:40:00.1Z"}"#,
            r#"{"line":"x became","labels":{},"timestamp":"2017-07-14T02:40:00Z"}"#,
            r#"{"@timestamp":"2017-07-14T02:40:00Z","log":{"offset":1,"file":{"path":"/x"}},"message":"x became"}"#,
            r#"{"MESSAGE":[27,91,51,50,109,120,32,98,101,99,97,109,101,27,91,48,109],"_PID":"412"}"#,
            "2017-07-14T02:40:00Z\tx became",
            "\u{feff}x became",
        ] {
            assert_eq!(stripped(line).text, "x became", "{line}");
        }
    }

    #[test]
    fn the_beginning_of_an_object_is_no_host() {
        let object = r#"{"level":"info","msg":"server start: 4"}"#;
        for stamp in ["2017-07-14T02:40:00.1Z", "1500000000.123456", "Jul 14 02:40:00"] {
            let stripped = stripped(&format!("{stamp} {object}"));
            assert!(stripped.text.ends_with(object), "{stripped:?}");
        }
    }

    #[test]
    fn what_means_nothing_behind_a_prefix_keeps_its_words() {
        for line in ["n1 became leader of term 4", "a b c", r#"{"msg":"x became","log":"y"}"#] {
            assert_eq!(stripped(line).text, line);
        }
    }
}

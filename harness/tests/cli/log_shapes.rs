//! `check --from`: the same logs through whatever keeps, cuts, exports and packs lines are judged the same.

use std::fs;
use std::io::Write;

use serde_json::{Value, json};

use crate::place::{Done, Place};

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");

/// Makes a file of lines.
type Wrap = fn(&[String]) -> Vec<u8>;

/// When a line was written, in nanoseconds since 1970.
fn nanos(at: usize) -> u64 {
    1_500_000_000_000_000_000 + at as u64 * 1_000_000_000
}

fn iso(at: usize) -> String {
    format!("2017-07-14T{:02}:{:02}:{:02}.000000001Z", 2 + at / 3600, 40 + at / 60, at % 60)
}

fn each(lines: &[String], line: impl Fn(usize, &str) -> String) -> Vec<u8> {
    lines.iter().enumerate().map(|(at, text)| line(at, text) + "\n").collect::<String>().into_bytes()
}

/// The newest first, as log services answer.
fn newest<T>(lines: &[String], entry: impl Fn(usize, &str) -> T) -> Vec<T> {
    lines.iter().enumerate().rev().map(|(at, text)| entry(at, text)).collect()
}

fn cell(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn table(header: &str, rows: Vec<String>) -> Vec<u8> {
    format!("{header}\r\n{}\r\n", rows.join("\r\n")).into_bytes()
}

fn halves(text: &str) -> (&str, &str) {
    text.split_at(text.len() / 2)
}

fn object(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn utf_16(lines: &[String], unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let text = format!("\u{feff}{}\r\n", lines.join("\r\n"));
    text.encode_utf16().flat_map(unit).collect()
}

/// What a pod's name or a colour stands before.
const PREFIXES: [(&str, Wrap); 12] = [
    ("stern", |lines| each(lines, |_, text| format!("etcd-0 etcd {text}"))),
    ("stern in colours", |lines| {
        each(lines, |_, text| format!("\u{1b}[36metcd-0\u{1b}[0m \u{1b}[35metcd\u{1b}[0m {text}"))
    }),
    ("stern of all namespaces", |lines| each(lines, |_, text| format!("kube-system etcd-0 etcd {text}"))),
    ("stern with times", |lines| each(lines, |at, text| format!("etcd-0 etcd {} {text}", iso(at)))),
    ("stern -o json", |lines| {
        each(lines, |_, text| {
            json!({ "message": format!("{text}\n"), "nodeName": "a", "namespace": "x", "podName": "etcd-0", "containerName": "etcd" }).to_string()
        })
    }),
    ("stern -o extjson", |lines| {
        each(lines, |_, text| json!({ "pod": "etcd-0", "container": "etcd", "message": object(text) }).to_string())
    }),
    ("kubectl --prefix --timestamps", |lines| each(lines, |at, text| format!("[pod/etcd-0/etcd] {} {text}", iso(at)))),
    ("kubectl --timestamps", |lines| each(lines, |at, text| format!("{} {text}", iso(at)))),
    ("compose", |lines| each(lines, |_, text| format!("etcd1-1  | {text}"))),
    ("compose with times", |lines| each(lines, |at, text| format!("etcd1-1  | {} {text}", iso(at)))),
    ("compose 1", |lines| each(lines, |_, text| format!("\u{1b}[36metcd1_1   |\u{1b}[0m {text}"))),
    ("CRI", |lines| each(lines, |at, text| format!("{} stderr F {text}", iso(at)))),
];

const TABLES: [(&str, Wrap); 6] = [
    ("Grafana", |lines| {
        let row = |at: usize, text: &str| {
            let labels = cell("{\"app\":\"etcd\"}");
            format!("{labels},{},{},{},{}", nanos(at) / 1_000_000, cell(text), nanos(at), cell("1_a"))
        };
        table("\"labels\",\"Time\",\"Line\",\"tsNs\",\"id\"", newest(lines, row))
    }),
    ("Grafana for a spreadsheet", |lines| {
        let row = |at: usize, text: &str| format!("{};{};x", iso(at), cell(text));
        table("\u{feff}sep=;\r\n\"Time\";\"Line\";\"id\"", newest(lines, row))
    }),
    ("Kibana", |lines| {
        let row = |at: usize, text: &str| {
            format!("\"Jul 14, 2017 @ 02:{:02}:{:02}.000\",\"etcd-0\nof x\",{}", 40 + at / 60, at % 60, cell(text))
        };
        table("\"@timestamp\",\"kubernetes.pod.name\",message", newest(lines, row))
    }),
    ("Cloud Logging, text", |lines| {
        let row = |at: usize, text: &str| format!("abc,projects/x,INFO,{},{}", cell(text), iso(at));
        table("insertId,logName,severity,textPayload,timestamp", newest(lines, row))
    }),
    ("Cloud Logging, message", |lines| {
        let row = |at: usize, text: &str| format!("abc,{},,{}", cell(object(text)["msg"].as_str().unwrap()), iso(at));
        table("insertId,jsonPayload.message,textPayload,timestamp", newest(lines, row))
    }),
    ("CloudWatch", |lines| {
        let row = |at: usize, text: &str| format!("{},{}", nanos(at) / 1_000_000, cell(text));
        table("timestamp,message", newest(lines, row))
    }),
];

/// Documents and objects of log services.
const DOCUMENTS: [(&str, Wrap); 13] = [
    ("Elasticsearch", |lines| {
        let hit = |at: usize, text: &str| json!({ "_index": "x", "_score": null, "_source": { "@timestamp": iso(at), "message": text }, "sort": [nanos(at)] });
        json!({ "took": 3, "hits": { "total": { "value": 9 }, "hits": newest(lines, hit) } }).to_string().into_bytes()
    }),
    ("Elasticsearch, pretty", |lines| {
        let hit = |at: usize, text: &str| json!({ "_index": "x", "_source": { "@timestamp": iso(at), "log": text } });
        serde_json::to_vec_pretty(&json!({ "hits": { "hits": newest(lines, hit) } })).unwrap()
    }),
    ("Elasticsearch, fields", |lines| {
        let hit =
            |at: usize, text: &str| json!({ "_index": "x", "fields": { "@timestamp": [iso(at)], "message": [text] } });
        json!({ "rawResponse": { "hits": { "hits": newest(lines, hit) } } }).to_string().into_bytes()
    }),
    ("Elasticsearch, parsed", |lines| {
        let hit = |at: usize, text: &str| {
            let mut source = object(text);
            source["@timestamp"] = iso(at).into();
            json!({ "_index": "x", "_source": source })
        };
        json!({ "hits": { "hits": newest(lines, hit) } }).to_string().into_bytes()
    }),
    ("Elasticsearch, a document a line", |lines| {
        let hit = |at: usize, text: &str| json!({ "_index": "x", "_id": at, "_source": object(text) }).to_string();
        each(lines, hit)
    }),
    ("Loki", |lines| {
        let value = |at: usize, text: &str| json!([nanos(at).to_string(), text]);
        json!({ "status": "success", "data": { "resultType": "streams", "result": [{ "stream": { "app": "etcd" }, "values": newest(lines, value) }] } }).to_string().into_bytes()
    }),
    ("Loki, two streams", |lines| {
        let stream = |odd: usize| {
            let of = lines.iter().enumerate().rev().filter(|(at, _)| at % 2 == odd);
            let values: Vec<Value> = of.map(|(at, text)| json!([nanos(at).to_string(), text, {}])).collect();
            json!({ "stream": { "stream": odd }, "values": values })
        };
        json!({ "data": { "result": [stream(0), stream(1)] } }).to_string().into_bytes()
    }),
    ("logcli", |lines| each(lines, |at, text| json!({ "labels": {}, "line": text, "timestamp": iso(at) }).to_string())),
    ("Cloud Logging", |lines| {
        let entry = |at: usize, text: &str| json!({ "insertId": "a", "textPayload": text, "timestamp": iso(at), "severity": "INFO" });
        serde_json::to_vec_pretty(&newest(lines, entry)).unwrap()
    }),
    ("Cloud Logging, parsed", |lines| {
        let entry =
            |at: usize, text: &str| json!({ "insertId": "a", "jsonPayload": object(text), "timestamp": iso(at) });
        serde_json::to_vec(&newest(lines, entry)).unwrap()
    }),
    ("Cloud Logging, a message a line", |lines| {
        each(lines, |at, text| {
            json!({ "jsonPayload": { "message": object(text)["msg"] }, "timestamp": iso(at) }).to_string()
        })
    }),
    ("Docker", |lines| {
        each(lines, |at, text| json!({ "log": format!("{text}\n"), "stream": "stderr", "time": iso(at) }).to_string())
    }),
    ("journald json", |lines| {
        each(lines, |at, text| {
            json!({ "MESSAGE": text, "_PID": "412", "__REALTIME_TIMESTAMP": (nanos(at) / 1000).to_string() })
                .to_string()
        })
    }),
];

/// Lines in parts, and files that are packed.
const BYTES: [(&str, Wrap); 6] = [
    ("CRI in parts", |lines| {
        each(lines, |at, text| {
            let (first, second) = halves(text);
            format!("{0} stderr P {first}\n{0} stdout F noise of something else\n{0} stderr F {second}", iso(at))
        })
    }),
    ("Docker in parts", |lines| {
        each(lines, |at, text| {
            let (first, second) = halves(text);
            let part = |text: &str| json!({ "log": text, "stream": "stderr", "time": iso(at) }).to_string();
            format!("{}\n{}", part(first), part(&format!("{second}\n")))
        })
    }),
    ("UTF-16, little", |lines| utf_16(lines, u16::to_le_bytes)),
    ("UTF-16, big", |lines| utf_16(lines, u16::to_be_bytes)),
    ("gzip", |lines| {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(&each(lines, |_, text| text.to_owned())).unwrap();
        packed.finish().unwrap()
    }),
    ("zstd", |lines| {
        let text = each(lines, |_, text| text.to_owned());
        ruzstd::encoding::compress_to_vec(text.as_slice(), ruzstd::encoding::CompressionLevel::Fastest)
    }),
];

/// Checks these lines of n1, n2 and n3 through a wrapping.
fn check(wrap: Wrap, until: [usize; 3]) -> Done {
    let place = Place::new();
    let files = [1, 2, 3].map(|node| {
        let log = fs::read_to_string(format!("{CASES}/logs/etcd-two-leaders/n{node}.log")).unwrap();
        let lines: Vec<String> = log.lines().take(until[node - 1]).map(str::to_owned).collect();
        let path = place.path().join(format!("n{node}.log"));
        fs::write(&path, wrap(&lines)).unwrap();
        format!("n{node}={}", path.display())
    });
    place.run_bare(&["check", "--from", "etcd", &files[0], &files[1], &files[2]])
}

#[test]
fn one_verdict_through_whatever_kept_the_lines() {
    let mut wrong = Vec::new();
    for (name, wrap) in PREFIXES.into_iter().chain(TABLES).chain(DOCUMENTS).chain(BYTES) {
        let done = check(wrap, [usize::MAX; 3]);
        let proved = [
            "both elected leader of term 4",
            "n1 counted the vote of n2 in term 4, and after a restart n2 came back at term 3",
        ];
        if done.code != 1 || !proved.iter().all(|said| done.stdout.contains(said)) {
            wrong.push(format!("{name}: {done:?}"));
        }
        // As far as that is lawful.
        let done = check(wrap, [usize::MAX, 4, 2]);
        if done.code != 0 {
            wrong.push(format!("{name}, lawful: {done:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn files_that_xz_has_packed_are_read() {
    let files = ["n1", "n2", "n3"].map(|node| format!("{node}={CASES}/packed/{node}.log.xz"));
    let done = Place::new().run_bare(&["check", "--from", "etcd", &files[0], &files[1], &files[2]]);
    assert!(done.code == 1 && done.stdout.contains("both elected leader of term 4"), "{done:?}");
    assert!(done.stdout.contains("xz"), "{done:?}");
}

#[test]
fn a_line_of_a_table_or_in_parts_keeps_its_place_in_the_file() {
    let place = Place::new();
    let n1 = place.file("n1.csv", "Time,Line\n2017-07-14T02:40:00Z,\"a1 became follower at term 4\"\n2017-07-14T02:40:01Z,\"something\nelse\"\n2017-07-14T02:40:02Z,\"a1 became candidate at term 5\"\n2017-07-14T02:40:02Z,\"x\"\n2017-07-14T02:40:03Z,\"a1 became leader at term 5\"\n");
    let n2 = place.file("n2.log", "2017-07-14T02:40:00Z stderr F b2 became follower at term 4\n2017-07-14T02:40:02Z stderr P b2 became candi\n2017-07-14T02:40:02Z stderr F date at term 5\n2017-07-14T02:40:03Z stderr F b2 became leader at term 5\n");
    let done = place.run_bare(&["check", "--from", "etcd", &format!("n1={n1}"), &format!("n2={n2}")]);
    for said in [
        "both elected leader of term 5",
        "n1.csv:7: a1 became leader at term 5",
        "n2.log:4: b2 became leader at term 5",
    ] {
        assert!(done.code == 1 && done.stdout.contains(said), "{said}: {done:?}");
    }
}

#[test]
fn a_log_is_read_from_standard_input() {
    let place = Place::new();
    let (n2, n3) =
        (format!("n2={CASES}/logs/etcd-two-leaders/n2.log"), format!("n3={CASES}/logs/etcd-two-leaders/n3.log"));
    let input = fs::File::open(format!("{CASES}/logs/etcd-two-leaders/n1.log")).unwrap();
    let mut command = place.bare(&["check", "--from", "etcd", "n1=-", &n2, &n3]);
    command.stdin(input);
    let done = crate::place::finish(command);
    assert!(done.code == 1 && done.stdout.contains("standard input:5: "), "{done:?}");
}

//! A line that was read before in all but its numbers means what it meant then: with and without that short cut, a history says
//! the same. A blank after the first brace keeps a line from being recognised, and changes nothing of what it says.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use history::{Decoder, Event};

/// What the lines say, or why not.
fn read(lines: &[String]) -> Vec<Result<Event, String>> {
    let mut decoder = Decoder::new(lines[0].as_bytes()).unwrap();
    let events = lines[1..].iter().zip(2..);
    events.map(|(line, number)| decoder.decode(line.as_bytes(), number).map_err(|error| error.to_string())).collect()
}

fn agrees(lines: &[String], place: &str) {
    let slowly: Vec<String> = lines
        .iter()
        .enumerate()
        .map(|(at, line)| if at == 0 { line.clone() } else { line.replacen('{', "{ ", 1) })
        .collect();
    let (quickly, slowly) = (read(lines), read(&slowly));
    for (at, (one, other)) in quickly.iter().zip(&slowly).enumerate() {
        // Where in the line something is wrong differs by the blank.
        let same = one == other || one.is_err() && other.is_err();
        assert!(same, "{place}:{}: {one:?} {other:?}", at + 2);
    }
    assert_eq!(quickly.len(), slowly.len());
}

#[test]
fn stored_histories_say_the_same_by_either_reading() {
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../harness/tests/cli/stored");
    let mut lines_read = 0;
    for folder in fs::read_dir(stored).unwrap() {
        let path = folder.unwrap().path().join("history.jsonl");
        let lines: Vec<String> = fs::read_to_string(&path).unwrap().lines().map(str::to_owned).collect();
        lines_read += lines.len();
        agrees(&lines, &path.display().to_string());
    }
    assert!(lines_read > 1000, "{lines_read}");
}

#[test]
fn lines_that_nearly_look_alike_say_the_same_by_either_reading() {
    let header = r#"{"schema":1,"run":"r","nodes":["n1","n2"],"observers":[{"name":"status","evidence":"sampled"}]}"#;
    let heads = [
        r#""node":"n1","incarnation":1,"incarnation":1,"observer":"status""#,
        r#""node":"n2","incarnation":"1","observer":"status""#,
        r#""incarnation":1,"node":"n2","observer":"sta\"tus,\"incarnation\":1""#,
        r#""node":"n1","incarnation":1,"observer":"status""#,
        r#""node":"n2","incarnation":2,"observer":"status""#,
        r#""node":"n1","observer":"status""#,
        r#""node":"n3","incarnation":1,"observer":"another","evidence":"atomic""#,
        r#""node":"n1","incarnation":1,"observer":"status","x":{"span":[1,2]}"#,
        r#""node":"n1","incarnation":1,"observer":"a\",\"span\":[1""#,
    ];
    let times = [r#""span":[3,11]"#, r#""span":[11,3]"#, r#""span":[3, 11]"#, r#""span":[3,11,12]"#, r#""span":null"#];
    let tails = [
        r#","role":"leader","term":4,"vote":null,"leader":"n9""#,
        r#","role":"follower","term":4,"leader-id":"77","counted":["n2"]"#,
        r#","role":"follower","term":4,"group":"g""#,
        r#","role":"follower","term":4,"span":[3,11]"#,
        r#","role":"follower","term":-4"#,
        r#","x":{"seq":5}"#,
        r#","role":"leader","term":T,"vote":"n1","leader":"n1","log":[T,7T]"#,
        r#","role":"leader","term":T,"vote":null,"leader":null,"log":[T,7T],"log":[1,1]"#,
        r#","role":"leader","term":T,"vote":null,"log":[T, 7T],"candidate_log":[1,T]"#,
        r#","role":"leader","term":T.5,"vote":null"#,
        r#","role":"leader","term":T,"term":9"#,
        r#","role":"le\u0061der","term":T,"leader":"n\u0031","log":[T,1]"#,
        r#","term":T,"counted":["n2"],"x":[{"term":1,"log":[2,3]}]"#,
        r#","leader":"n2","log":[T,3],"term":T,"incarnation":T"#,
        r#","role":null,"term":null,"leader":"n2","log":null"#,
        r#","role":"leader","term":18446744073709551615,"log":[T,18446744073709551615]"#,
        "",
    ];
    let mut lines = vec![header.to_owned()];
    let mut number = 0;
    for round in 0..3_u64 {
        for at in 0..heads.len() * times.len() * tails.len() {
            let (head, time, tail) =
                (heads[at % heads.len()], times[at / heads.len() % times.len()], tails[at / heads.len() / times.len()]);
            number += 1;
            let seq = [String::new(), format!(",\"seq\":{number}"), ",\"seq\":\"x\"".to_owned()][(number % 3) as usize]
                .clone();
            let time = time.replace('3', &(3 + round).to_string());
            let tail = tail.replace('T', &(number % 5 + 1).to_string());
            let head = head.replace("\"incarnation\":1", &format!("\"incarnation\":{}", number % 3 + 1));
            lines.push(format!("{{\"t\":{},\"type\":\"observe\",{head},{time}{tail}{seq}}}", 100 + number));
        }
    }
    agrees(&lines, "made");
    assert!(read(&lines).iter().filter(|event| event.is_ok()).count() > 100);
}

#[test]
fn polls_that_go_round_say_the_same_by_either_reading() {
    let header =
        r#"{"schema":1,"run":"r","nodes":["n1","n2","n3"],"observers":[{"name":"status","evidence":"sampled"}]}"#;
    let mut lines = vec![header.to_owned()];
    for number in 1..4_000_u64 {
        let (t, node, term) = (number * 1_000_003, number % 3 + 1, number / 500 + 1);
        let head = format!(r#"{{"t":{t},"type":"observe","node":"n{node}","incarnation":1,"observer":"status""#);
        let span = format!(r#""span":[{},{t}]"#, t - 77);
        // Most lines follow the same other each time; some are of another form, or nearly of the same.
        lines.push(match number * number % 97 {
            1 => format!(r#"{{"t":{t},"type":"miss","node":"n{node}","observer":"status",{span}}}"#),
            2 => format!(r#"{head},{span},"role":"leader","term":{term},"log":[{term},{number}]}}"#),
            3 => format!(r#"{head},{span},"role":"follower","term":{term},"log":[{term},{number}],"log":[1,1]}}"#),
            4 => format!(r#"{head},{span},"role":"follower","term":99999999999999999999,"log":[{term},{number}]}}"#),
            6 => format!(r#"{head},{span},"role":"follower","term":{term},"log":[{term},{number}],"seq":0{number}}}"#),
            8 => format!(r#"{head},{span},"role":"follower","term":{term},"log":[{term},{number}] }}"#),
            9 => format!(r#"{head},{span},"role":"follower","term":{term},"log":[{term},{number}],"seq":7,"x":1}}"#),
            11 => format!(r#"{head},{span},"role":"follower","term":{term}"#),
            _ if number % 7 == 0 => {
                format!(r#"{head},{span},"role":"follower","term":{term},"log":[{term},{number}]}}"#)
            }
            _ => format!(r#"{head},{span},"role":"follower","term":{term},"log":[{term},{number}],"seq":{number}}}"#),
        });
    }
    agrees(&lines, "polls");
    let read = read(&lines);
    assert!(read.iter().filter(|event| event.is_err()).count() > 50);
    assert!(read.iter().filter(|event| event.is_ok()).count() > 3_000);
}

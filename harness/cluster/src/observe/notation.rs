//! Objects in another notation than JSON: with keys in single quotes, as Python prints a dictionary, or as elements of a list.
//!
//! Nothing is read from them. A program that prints one in place of an event may have meant a transition, and that is a gap. What looks
//! like one has braces that stand in no string and in no other value. Directly within them are both keys in quotes, each before a
//! colon, and one at least in single quotes. Text that only has the words is ordinary text.

/// How many braces of a line are tried as the beginning of an object.
const TRIED: usize = 16;

/// Whether a line holds an object with all of these keys that is not JSON. `keys` are at most eight.
pub(super) fn holds(line: &[u8], keys: &[&str]) -> bool {
    let mut at = 0;
    for _ in 0..TRIED {
        let Some(open) = line[at..].iter().position(|byte| *byte == b'{').map(|offset| at + offset) else {
            return false;
        };
        let in_string = open > 0 && matches!(line[open - 1], b'"' | b'\'' | b'`');
        let (end, has) = object(line, open, keys);
        if has && !in_string && !in_list(&line[..open]) {
            return true;
        }
        at = end.unwrap_or(open + 1);
    }
    false
}

/// Text after which an element of a list begins.
fn in_list(before: &[u8]) -> bool {
    let count = |bracket: u8| before.iter().filter(|byte| **byte == bracket).count();
    matches!(before.trim_ascii_end().last(), Some(b'[' | b',')) && count(b'[') > count(b']')
}

/// Where an object ends, if it does, and whether it has all the keys.
fn object(line: &[u8], open: usize, keys: &[&str]) -> (Option<usize>, bool) {
    let (mut at, mut depth, mut seen, mut single) = (open, 0_usize, 0_u8, false);
    let all = keys.iter().take(8).fold(0_u8, |all, _| all << 1 | 1);
    while let Some(byte) = line.get(at) {
        match byte {
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            b'"' | b'\'' => {
                let Some(length) = string(&line[at + 1..], *byte) else { break };
                let text = &line[at + 1..at + 1 + length];
                at += 1 + length;
                let is_key = line[at + 1..].trim_ascii_start().starts_with(b":");
                for (place, _) in
                    keys.iter().enumerate().filter(|(_, key)| depth == 1 && is_key && text == key.as_bytes())
                {
                    seen |= 1 << place;
                    single |= *byte == b'\'';
                }
            }
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return (Some(at), single && seen == all);
        }
    }
    (None, single && seen == all)
}

/// The length of a string that ends with this quote.
fn string(text: &[u8], quote: u8) -> Option<usize> {
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match byte {
            b'\\' => at += 1,
            byte if *byte == quote => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> bool {
        holds(line.as_bytes(), &["role", "term"])
    }

    #[test]
    fn a_dictionary_with_both_keys_is_found_wherever_it_stands_in_a_line() {
        for line in [
            "{'role': 'leader', 'term': 7}",
            "{'term':7,'role':'leader','peers':{'n1':{}}}",
            "state is {'role': 'leader', 'term': 7} now",
            "it's {'role': 'leader', 'term': 7}",
            "{it's} {'role': 'leader', 'term': 7}",
            "{'role': 'leader', \"term\": 7, 'why': \"it's\"}",
            "{'role': 'leader', 'term': 7",
        ] {
            assert!(found(line), "{line}");
        }
    }

    #[test]
    fn ordinary_text_with_the_words_is_none() {
        for line in [
            "",
            "{",
            "role: leader, term: 3",
            "{role: leader, term: 3}",
            "the 'role' and the 'term' {of n1}",
            "'role': 'leader', 'term': 3",
            "{'role': 'leader'} {'term': 3}",
            "{'n1': {'role': 'follower', 'term': 3}}",
            "{'peers': [{'role': 'follower', 'term': 3}]}",
            "{'msg': \"{'role': 'leader', 'term': 3}\"}",
            "text=\"{'role': 'leader', 'term': 3}\"",
            "{'role', 'term'}",
            "[{'role': 'leader', 'term': 3}]",
            "peers [{'x': 1}, {'role': 'leader', 'term': 3}]",
            "{\"role\": \"leader\", \"term\": 3}",
            "{'roles': 1, 'terms': 2}",
        ] {
            assert!(!found(line), "{line}");
        }
    }
}

//! A kept corpus, and what seeded mutations make of it: what `cargo fuzz` does for hours, as a test of some seconds.
//!
//! Each file of a target's corpus is tried as it is. Then mutations of it are tried, drawn from a fixed seed: bits and bytes
//! change, parts are cut out, repeated, or taken from another file. A failure names the file and the number of the mutation, so it
//! can be seen again. What `cargo fuzz` finds is kept by putting its file into the corpus.

use std::path::Path;
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// So much time of the processor may one input take, in a build that nobody optimised.
const LONGEST: Duration = Duration::from_secs(5);

/// The largest input, bytes.
const LARGEST: usize = 64 * 1024;

/// Pieces of text at which parsers stumble.
const PIECES: [&[u8]; 24] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"\\",
    b"\\ud800",
    b"\n",
    b"\r\n",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"-1",
    b"1e400",
    b"0.1",
    b"18446744073709551615",
    b"18446744073709551616",
    b"9223372036854775808",
    b"null",
    b"true",
    b"\"role\":",
    b"\"term\":",
    b"\x1b[31m",
    b": ",
];

/// Tries a target over its corpus, and `mutations` of each file.
pub(crate) fn over(corpus: &str, mutations: u32, target: fn(&[u8])) {
    let mut files: Vec<_> = std::fs::read_dir(Path::new(corpus)).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 2, "{corpus} holds a corpus");
    let kept: Vec<Vec<u8>> = files.iter().map(|file| std::fs::read(file).unwrap()).collect();
    for (seed, (file, bytes)) in files.iter().zip(&kept).enumerate() {
        attempt(target, bytes, || format!("{}", file.display()));
        let mut random = ChaCha8Rng::seed_from_u64(seed as u64);
        for number in 0..mutations {
            let other = &kept[below(&mut random, kept.len())];
            let input = mutated(&mut random, bytes, other);
            attempt(target, &input, || {
                format!("{}, mutation {number}: {:?}", file.display(), String::from_utf8_lossy(&input))
            });
        }
    }
}

/// One input: no panic, and not for long. What is measured is the thread's own time, since a machine may be busy.
fn attempt(target: fn(&[u8]), input: &[u8], what: impl Fn() -> String) {
    let before = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    if let Err(panic) = std::panic::catch_unwind(|| target(input)) {
        eprintln!("the input was {}", what());
        std::panic::resume_unwind(panic);
    }
    let after = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let spent = (after.tv_sec - before.tv_sec) * 1_000_000_000 + (after.tv_nsec - before.tv_nsec);
    let spent = Duration::from_nanos(u64::try_from(spent).unwrap_or(0));
    assert!(spent < LONGEST, "it took {spent:?}: {}", what());
}

fn below(random: &mut ChaCha8Rng, end: usize) -> usize {
    usize::try_from(random.next_u64() % (end.max(1) as u64)).unwrap_or(0)
}

/// A stretch of a text of this length; most are short.
fn stretch(random: &mut ChaCha8Rng, length: usize) -> std::ops::Range<usize> {
    let begin = below(random, length + 1);
    let most = if below(random, 4) == 0 { length } else { 16 };
    begin..(begin + below(random, most + 1)).min(length)
}

fn mutated(random: &mut ChaCha8Rng, bytes: &[u8], other: &[u8]) -> Vec<u8> {
    let mut input = bytes.to_vec();
    for _ in 0..=below(random, 4) {
        let at = below(random, input.len() + 1);
        match below(random, 8) {
            0 if at < input.len() => input[at] ^= 1 << below(random, 8),
            1 if at < input.len() => input[at] = random.next_u64().to_le_bytes()[0],
            2 => drop(input.drain(stretch(random, bytes.len().min(input.len())))),
            3 => {
                let again = input[stretch(random, input.len())].to_vec();
                input.splice(at..at, again);
            }
            4 => {
                let theirs = &other[stretch(random, other.len())];
                input.splice(at..at, theirs.iter().copied());
            }
            5 => input.truncate(at),
            6 => number(random, &mut input),
            _ => {
                let piece = PIECES[below(random, PIECES.len())];
                input.splice(at..at, piece.iter().copied());
            }
        }
        input.truncate(LARGEST);
    }
    input
}

/// One of the numbers of a text becomes another one.
fn number(random: &mut ChaCha8Rng, input: &mut Vec<u8>) {
    let digits: Vec<usize> = (0..input.len()).filter(|&at| input[at].is_ascii_digit()).collect();
    let Some(&begin) = digits.get(below(random, digits.len())) else { return };
    let end = (begin..input.len()).find(|&at| !input[at].is_ascii_digit()).unwrap_or(input.len());
    let numbers = [0, 1, u64::from(u32::MAX), u64::MAX, random.next_u64() % 100];
    let text = numbers[below(random, numbers.len())].to_string();
    input.splice(begin..end, text.bytes());
}

//! The same history, told less exactly: spans are wider, and polls stand in the file in another order.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

pub(crate) fn disturbed(text: &str, seed: u64) -> String {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let wide = [0, 1_000_000, 100_000_000, 1_000_000_000][random.random_range(0..4)];
    let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &mut lines {
        if let Some([earliest, latest]) =
            line["span"].as_array().map(|s| [s[0].as_u64().unwrap(), s[1].as_u64().unwrap()])
        {
            let (before, after) = (random.random_range(0..=wide), random.random_range(0..=wide));
            line["span"] = serde_json::json!([earliest.saturating_sub(before), latest + after]);
        }
    }
    let polls: Vec<usize> = (0..lines.len()).filter(|&i| lines[i]["evidence"] == "sampled").collect();
    let mut order = polls.clone();
    order.shuffle(&mut random);
    let shuffled: Vec<Value> = order.iter().map(|&i| lines[i].clone()).collect();
    for (&place, line) in polls.iter().zip(shuffled) {
        let t = lines[place]["t"].clone();
        lines[place] = line;
        lines[place]["t"] = t;
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

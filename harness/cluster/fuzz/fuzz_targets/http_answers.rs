#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cluster::fuzzed::http_answers(bytes));

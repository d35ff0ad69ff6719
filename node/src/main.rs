//! Reference node.
fn main() {}

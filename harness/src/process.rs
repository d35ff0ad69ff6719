//! Placeholder; a node's process.

//! The debug lines on standard error, written by a thread of their own.
//!
//! Standard error is often a pipe, and a pipe whose reader is slow blocks its writer. No election may wait for a log, so lines go
//! through a bounded queue to a thread that may block. When the queue is full they are lost.

use std::io::Write;
use std::sync::mpsc::{SyncSender, sync_channel};

/// How many lines may wait.
const WAITING: usize = 1024;

/// The way to standard error. Dropping it loses the lines that wait.
#[derive(Debug)]
pub struct Journal {
    lines: Option<SyncSender<String>>,
}

impl Journal {
    /// One that writes, or one that throws everything away.
    pub fn new(debug: bool) -> Self {
        if !debug {
            return Self { lines: None };
        }
        let (lines, waiting) = sync_channel::<String>(WAITING);
        std::thread::spawn(move || {
            for line in waiting {
                if writeln!(std::io::stderr(), "{line}").is_err() {
                    return;
                }
            }
        });
        Self { lines: Some(lines) }
    }

    /// Writes a line some time, if there is anyone to write it for.
    pub fn write(&self, line: impl FnOnce() -> String) {
        if let Some(lines) = &self.lines {
            // Full, or without a reader: a log line is not worth waiting for.
            let _ = lines.try_send(line());
        }
    }
}

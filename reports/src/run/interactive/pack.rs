//! From a document to what stands in the page, and the hashes that the content policy wants.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::file::ReportError;

/// Base64 of gzip of JSON. The JSON is never whole in memory.
///
/// # Errors
/// The document cannot be written as JSON: a defect, since it holds only numbers and strings.
pub(super) fn pack(document: &impl Serialize) -> Result<String, ReportError> {
    let failed = |why: String| ReportError::Make { what: "the data of report.html".to_owned(), why };
    let mut gzip = GzEncoder::new(Vec::new(), Compression::new(7));
    let mut buffered = std::io::BufWriter::with_capacity(1 << 16, &mut gzip);
    serde_json::to_writer(&mut buffered, document).map_err(|error| failed(error.to_string()))?;
    buffered.flush().map_err(|error| failed(error.to_string()))?;
    drop(buffered);
    Ok(STANDARD.encode(gzip.finish().map_err(|error| failed(error.to_string()))?))
}

/// A source of the content policy: `'sha256-…'` of an element's text.
pub(super) fn source(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

/// What [`pack`] made, unpacked again.
#[cfg(test)]
pub(super) fn unpack(base64: &str) -> serde_json::Value {
    serde_json::from_reader(flate2::read::GzDecoder::new(STANDARD.decode(base64).unwrap().as_slice())).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_again() {
        let value = serde_json::json!({"a": [1, 2, 3], "b": "</script>"});
        let packed = pack(&value).unwrap();
        assert!(packed.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b)));
        assert_eq!(unpack(&packed), value);
    }

    #[test]
    fn the_hash_is_the_one_that_browsers_compute() {
        assert_eq!(source("alert('Hello, world.');"), "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='");
    }
}

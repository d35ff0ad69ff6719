//! From a name to bytes: a file, standard input, and what compresses them. What a file is packed with is known from its first
//! bytes, not by its name.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use super::ImportError;

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
const XZ: &[u8] = &[0xfd, b'7', b'z', b'X', b'Z', 0];
const BZIP: &[u8] = b"BZh";
const LZ4: &[u8] = &[0x04, 0x22, 0x4d, 0x18];
const ZIP: &[u8] = &[b'P', b'K', 3, 4];

/// What is read.
pub struct Source {
    /// Its bytes, unpacked.
    pub bytes: Box<dyn Read>,
    /// `gzip`, `zstd`, `xz`, or nothing.
    pub packed: Option<&'static str>,
}

/// Is called with how many bytes of the files have been read, as they are packed.
#[derive(Clone, Default)]
pub struct ReadMeter(Option<Arc<dyn Fn(u64)>>);

impl ReadMeter {
    /// Told through a function.
    pub fn new(tell: impl Fn(u64) + 'static) -> Self {
        Self(Some(Arc::new(tell)))
    }
}

impl fmt::Debug for ReadMeter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Meter").field(&self.0.is_some()).finish()
    }
}

/// What is read, with its meter.
struct Metered<R> {
    inner: R,
    meter: ReadMeter,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        if let Some(tell) = &self.meter.0 {
            tell(count as u64);
        }
        Ok(count)
    }
}

/// Opens a file; `-` is standard input.
///
/// # Errors
/// It cannot be opened, or is packed in a way that is not read.
pub fn open(path: &Path, meter: &ReadMeter) -> Result<Source, ImportError> {
    let metered = |inner: Box<dyn Read>| Metered { inner, meter: meter.clone() };
    let unreadable = |source| ImportError::Unreadable { path: path.to_owned(), source };
    if path == Path::new("-") {
        return unpacked(BufReader::with_capacity(1 << 16, metered(Box::new(io::stdin()))), path);
    }
    let file = File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.is_dir() {
        return Err(ImportError::at(path.display().to_string(), 1, "this is a folder; name the log files in it"));
    }
    unpacked(BufReader::with_capacity(1 << 16, metered(Box::new(file))), path)
}

fn unpacked(mut bytes: impl BufRead + 'static, path: &Path) -> Result<Source, ImportError> {
    let unreadable = |source| ImportError::Unreadable { path: path.to_owned(), source };
    let first = bytes.fill_buf().map_err(unreadable)?;
    let is = |magic: &[u8]| first.starts_with(magic);
    let (packed, bytes): (_, Box<dyn Read>) = if is(GZIP) {
        (Some("gzip"), Box::new(flate2::bufread::MultiGzDecoder::new(bytes)))
    } else if is(ZSTD) {
        (Some("zstd"), Box::new(Zstd { frames: Some(bytes), frame: None }))
    } else if is(XZ) {
        (Some("xz"), Box::new(lzma_rust2::XzReader::new(bytes, true)))
    } else if is(BZIP) || is(LZ4) || is(ZIP) {
        let file = path.display().to_string();
        return Err(ImportError::at(file, 1, "this is packed in a way that is not read here; unpack it first"));
    } else {
        (None, Box::new(bytes))
    };
    Ok(Source { bytes, packed })
}

/// Frames of zstd, one after the other.
struct Zstd<R: BufRead> {
    frames: Option<R>,
    frame: Option<Box<ruzstd::decoding::StreamingDecoder<R, ruzstd::decoding::FrameDecoder>>>,
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(frame) = &mut self.frame {
                let count = frame.read(into)?;
                if count > 0 {
                    return Ok(count);
                }
                self.frames = self.frame.take().map(|frame| frame.into_inner());
            }
            let Some(mut frames) = self.frames.take() else { return Ok(0) };
            if frames.fill_buf()?.is_empty() {
                return Ok(0);
            }
            let frame = ruzstd::decoding::StreamingDecoder::new(frames).map_err(io::Error::other)?;
            self.frame = Some(Box::new(frame));
        }
    }
}

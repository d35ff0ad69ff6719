//! The little HTTP that asking a node needs: one request, one connection, one answer of at most a mebibyte.
//!
//! The client is written by hand because it is small. It sends `Connection: close`, so that an answer ends with the connection,
//! its length or its last chunk. It uses nothing else of HTTP/1.1. Names are not resolved: addresses come from the network.

pub mod poller;

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The longest answer that is read, bytes.
const LONGEST: usize = 1 << 20;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its status, 200 for example.
    pub status: u16,
    pub body: Vec<u8>,
}

/// Asks once. `url` begins with `http://`; an empty body is none. The error is a fragment such as "connection refused".
pub async fn ask(method: &str, url: &str, body: &str, timeout: Duration) -> Result<Answer, String> {
    tokio::time::timeout(timeout, exchange(method, url, body))
        .await
        .unwrap_or_else(|_| Err(format!("timed out after {}", humantime::format_duration(timeout))))
}

/// Whether a node shows by an HTTP answer that it is ready. The status is 200 and, if `json` is given, the value at that JSON
/// pointer written as text is `equals`. The error says why it is not ready yet.
pub(crate) async fn is_ready(
    url: &str,
    json: Option<&str>,
    equals: Option<&str>,
    timeout: Duration,
) -> Result<(), String> {
    let answer = ask("GET", url, "", timeout).await?;
    if answer.status != 200 {
        return Err(format!("{url} answered with status {}", answer.status));
    }
    let Some(pointer) = json else { return Ok(()) };
    let found = value_at(&answer.body, pointer).map_err(|why| format!("{url} {why}"))?;
    match equals {
        Some(equals) if found != equals => Err(format!("{url} answered {found} at {pointer}, not {equals}")),
        _ => Ok(()),
    }
}

/// What stands at a JSON pointer of an answer, as text. The error is a fragment such as "answered what is not JSON".
pub(crate) fn value_at(body: &[u8], pointer: &str) -> Result<String, String> {
    let value: serde_json::Value = serde_json::from_slice(body).map_err(|_| "answered what is not JSON".to_owned())?;
    match value.pointer(pointer) {
        None => Err(format!("answered without {pointer}")),
        Some(serde_json::Value::String(text)) => Ok(text.clone()),
        Some(other) => Ok(other.to_string()),
    }
}

async fn exchange(method: &str, url: &str, body: &str) -> Result<Answer, String> {
    let rest = url.strip_prefix("http://").ok_or_else(|| format!("{url} does not begin with http://"))?;
    let (host, path) = rest.find('/').map_or((rest, "/"), |slash| rest.split_at(slash));
    let words = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        std::io::ErrorKind::InvalidInput => format!("{host} is no host and port"),
        _ => error.to_string(),
    };
    let mut stream = TcpStream::connect(host).await.map_err(words)?;
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAccept: application/json\r\nContent-Type: \
         application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.map_err(words)?;
    let mut raw = Vec::new();
    loop {
        if let Some(answer) = parse(&raw, false)? {
            return Ok(answer);
        }
        if raw.len() > LONGEST {
            return Err(format!("answered more than {LONGEST} bytes"));
        }
        if stream.read_buf(&mut raw).await.map_err(words)? == 0 {
            return parse(&raw, true)?.ok_or_else(|| "closed the connection in the middle of an answer".to_owned());
        }
    }
}

/// The answer, if it is complete; `ended` when nothing more can come.
pub(crate) fn parse(raw: &[u8], ended: bool) -> Result<Option<Answer>, String> {
    let Some(head_end) = raw.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let head = String::from_utf8_lossy(&raw[..head_end]);
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap_or_default().splitn(3, ' ');
    let status = match (first.next(), first.next().map(str::parse)) {
        (Some(version), Some(Ok(status))) if version.starts_with("HTTP/1.") => status,
        _ => return Err("answered what is not HTTP".to_owned()),
    };
    let header = |name: &str| {
        let found =
            lines.clone().filter_map(|line| line.split_once(':')).find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim().to_owned())
    };
    let body = &raw[head_end + 4..];
    let complete = if header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        unchunk(body)?
    } else if let Some(length) = header("content-length") {
        let length: usize = length.parse().map_err(|_| "answered a Content-Length that is no number".to_owned())?;
        body.get(..length).map(<[u8]>::to_vec)
    } else {
        ended.then(|| body.to_vec())
    };
    Ok(complete.map(|body| Answer { status, body }))
}

/// The body of a chunked answer, if its last chunk is there.
fn unchunk(mut rest: &[u8]) -> Result<Option<Vec<u8>>, String> {
    let wrong = || "answered a chunk whose length is no number".to_owned();
    let mut body = Vec::new();
    loop {
        let Some(end) = rest.windows(2).position(|two| two == b"\r\n") else { return Ok(None) };
        let length = std::str::from_utf8(&rest[..end]).map_err(|_| wrong())?;
        let length = length.split(';').next().unwrap_or_default().trim();
        let length = usize::from_str_radix(length, 16).map_err(|_| wrong())?;
        if length == 0 {
            return Ok(Some(body));
        }
        if length > LONGEST {
            return Err(format!("answered more than {LONGEST} bytes"));
        }
        let begin = end + 2;
        let Some(chunk) = rest.get(begin..begin + length) else { return Ok(None) };
        body.extend_from_slice(chunk);
        let Some(after) = rest.get(begin + length + 2..) else { return Ok(None) };
        rest = after;
    }
}

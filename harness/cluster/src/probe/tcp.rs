//! An exchange over TCP: bytes there, bytes back, on one connection for each attempt.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::system::probe::Step;

/// The most that is received between two steps, bytes.
const LONGEST: usize = 1 << 20;

/// Carries an exchange out. The error is a fragment such as "connection refused".
pub(super) async fn exchange(address: &str, steps: &[Step], timeout: Duration) -> Result<(), String> {
    tokio::time::timeout(timeout, carry_out(address, steps))
        .await
        .unwrap_or_else(|_| Err(format!("timed out after {} ms", timeout.as_millis())))
}

async fn carry_out(address: &str, steps: &[Step]) -> Result<(), String> {
    let words = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        std::io::ErrorKind::ConnectionReset => "connection reset".to_owned(),
        _ => error.to_string(),
    };
    let mut stream = TcpStream::connect(address).await.map_err(words)?;
    stream.set_nodelay(true).map_err(words)?;
    let mut received = Vec::new();
    for (step, number) in steps.iter().zip(1..) {
        match step {
            Step::Send(bytes) => stream.write_all(bytes).await.map_err(words)?,
            Step::Expect { re, refused } => loop {
                if let Some(found) = re.find(&received) {
                    received.drain(..found.end());
                    break;
                }
                if let Some(refused) = refused.as_ref().and_then(|refused| refused.find(&received)) {
                    return Err(format!("refused: {}", shown(&received[refused.range()])));
                }
                if received.len() > LONGEST {
                    return Err(format!("sent more than {LONGEST} bytes and not what step {number} expects"));
                }
                if stream.read_buf(&mut received).await.map_err(words)? == 0 {
                    return Err(format!("closed the connection at step {number}{}", after(&received)));
                }
            },
        }
    }
    Ok(())
}

/// What was received and not expected.
fn after(received: &[u8]) -> String {
    if received.is_empty() { String::new() } else { format!(" after {}", shown(received)) }
}

fn shown(bytes: &[u8]) -> String {
    format!("{:?}", String::from_utf8_lossy(&bytes[..bytes.len().min(80)]))
}

//! HTTP that no client library would send.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::secrets::RUN;

const PATIENCE: Duration = Duration::from_secs(30);

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Header fields; the names are lower-case.
    pub headers: Vec<(String, String)>,
    /// The body, without its chunks.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first value of a header field.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Sends these bytes to an origin and no more, and reads until the server closes.
/// No answer at all is `None`.
///
/// # Errors
/// When the server cannot be reached, is silent for half a minute, or answers no HTTP.
pub fn send(origin: &str, bytes: &[u8]) -> Result<Option<Answer>> {
    let received = exchange(origin, bytes)?;
    if received.is_empty() { Ok(None) } else { parse(&received).map(Some) }
}

/// As [`send`], and tells what came byte for byte.
///
/// # Errors
/// When the server cannot be reached or is silent for half a minute.
pub fn exchange(origin: &str, bytes: &[u8]) -> Result<Vec<u8>> {
    let address = origin.strip_prefix("http://").context("an origin without http://")?;
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    // A server that has seen enough may answer and close before it has read everything.
    let written = stream.write_all(bytes);
    // Whoever closes its half may be taken for one that has gone; only who was cut off has to.
    if !is_whole(bytes) {
        drop(stream.shutdown(Shutdown::Write));
    }
    let mut received = Vec::new();
    let begun = (&stream).take(1).read_to_end(&mut received);
    drop(stream.shutdown(Shutdown::Write));
    match begun.and_then(|_| stream.read_to_end(&mut received)) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        Err(error) => return Err(error).context("the server is silent"),
    }
    drop(written);
    overhear(origin, bytes, &received);
    Ok(received)
}

/// Whether a server can answer these bytes without waiting for more.
fn is_whole(bytes: &[u8]) -> bool {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return false };
    let (head, body) = bytes.split_at(end + 4);
    let head = String::from_utf8_lossy(head).to_lowercase();
    let field = |name: &str| head.split("\r\n").find_map(|line| line.strip_prefix(name));
    match (field("transfer-encoding:"), field("content-length:")) {
        (Some(_), _) => body.ends_with(b"0\r\n\r\n"),
        (None, Some(length)) => length.trim().parse().is_ok_and(|length: usize| body.len() >= length),
        (None, None) => true,
    }
}

fn overhear(origin: &str, sent: &[u8], received: &[u8]) {
    match parse(received) {
        Ok(answer) => RUN.see_raw(origin, sent, &answer),
        // Broken off, or no HTTP at all: as it came.
        Err(_) => RUN.see_raw(origin, sent, &Answer { status: 0, headers: Vec::new(), body: received.to_vec() }),
    }
}

fn parse(received: &[u8]) -> Result<Answer> {
    let end = received.windows(4).position(|window| window == b"\r\n\r\n").context("an answer without a head")?;
    let (head, body) = received.split_at_checked(end + 4).context("an answer without a body")?;
    let head = String::from_utf8_lossy(head);
    let mut lines = head.split("\r\n");
    let first = lines.next().unwrap_or_default();
    let Some(Ok(status)) = first.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).map(str::parse) else {
        bail!("no HTTP: {first}")
    };
    let field = |line: &str| line.split_once(':').map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()));
    let headers: Vec<(String, String)> = lines.filter_map(field).collect();
    let chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let body = if chunked { unchunk(body)? } else { body.to_vec() };
    Ok(Answer { status, headers, body })
}

fn unchunk(mut rest: &[u8]) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|window| window == b"\r\n").context("a chunk without a size")?;
        let size = usize::from_str_radix(str::from_utf8(rest.get(..line).unwrap_or_default())?, 16)?;
        if size == 0 {
            return Ok(body);
        }
        let chunk = rest.get(line + 2..line + 2 + size).context("a chunk that is cut off")?;
        body.extend_from_slice(chunk);
        rest = rest.get(line + 4 + size..).context("a chunk without an end")?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_off_is_not_whole() {
        for whole in ["GET / HTTP/1.1\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nab"] {
            assert!(is_whole(whole.as_bytes()), "{whole}");
        }
        let chunked = "POST / HTTP/1.1\r\ntransfer-Encoding: chunked\r\n\r\n1\r\na\r\n";
        assert!(is_whole(format!("{chunked}0\r\n\r\n").as_bytes()));
        for cut in ["GET / HT", "GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\nab", chunked] {
            assert!(!is_whole(cut.as_bytes()), "{cut}");
        }
    }

    #[test]
    fn chunks_are_put_together() -> Result<()> {
        let answer = parse(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: a:b\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n",
        )?;
        assert_eq!((answer.status, answer.body.as_slice()), (200, b"abc0123456789".as_slice()));
        assert_eq!(answer.header("x"), Some("a:b"));
        assert!(parse(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab").is_err());
        assert!(parse(b"200 OK\r\n\r\n").is_err());
        Ok(())
    }
}

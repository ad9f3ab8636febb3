//! From a request to bytes on the wire, right or wrong.

use dragoman_exchange::Request;
use rand::prelude::*;

use super::words;
use crate::connection;

/// What goes into a socket at once.
#[derive(Debug, Clone)]
pub(super) struct Shot {
    pub(super) bytes: Vec<u8>,
    /// How many requests it is.
    pub(super) requests: u64,
    pub(super) framing: Framing,
}

/// What may be expected of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// One message with an end that nobody can mistake: exactly one answer comes, without a body if the method was HEAD.
    Whole { head: bool },
    /// Several messages, or one without a certain end: some answers come, and the connection ends after ours has.
    Broken,
}

/// The request as a client library would send it, in chunks now and then.
pub(super) fn whole(request: &Request, rng: &mut StdRng) -> Shot {
    let bytes = match &request.body {
        Some(body) if rng.random_ratio(1, 10) => {
            let end = b"Transfer-Encoding: chunked\r\n\r\n";
            [connection::head(request).as_slice(), end, &chunked(body, rng)].concat()
        }
        Some(_) | None => connection::message(request),
    };
    let framing = if is_plain(request) { Framing::Whole { head: request.method == "HEAD" } } else { Framing::Broken };
    Shot { bytes, requests: 1, framing }
}

/// Whether nothing in it could be taken for the end of a line or of a word.
fn is_plain(request: &Request) -> bool {
    let word = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    let line = |text: &str| text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    word(&request.method)
        && word(&request.target)
        && request.headers.iter().all(|(name, value)| word(name) && line(value))
}

fn chunked(body: &[u8], rng: &mut StdRng) -> Vec<u8> {
    let size = rng.random_range(1..=body.len().max(1));
    let chunk = |chunk: &[u8]| [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat();
    let chunks: Vec<u8> = body.chunks(size.max(body.len() / 100)).flat_map(chunk).collect();
    [chunks.as_slice(), b"0\r\n\r\n"].concat()
}

/// Several requests at once, of which nobody waits for the first answer.
pub(super) fn pipelined(shots: Vec<Shot>) -> Shot {
    let requests = shots.len() as u64;
    let bytes = shots.into_iter().flat_map(|shot| shot.bytes).collect();
    Shot { bytes, requests, framing: Framing::Broken }
}

/// The same bytes, but for what tells where things end.
pub(super) fn broken(shot: Shot, rng: &mut StdRng) -> Shot {
    let Shot { mut bytes, requests, .. } = shot;
    match rng.random_range(0..6) {
        0 => bytes.truncate(rng.random_range(1..=bytes.len())),
        1 | 2 => insert_line(&mut bytes, words::FRAMING.choose(rng).copied().unwrap_or_default()),
        3 => {
            for _ in 0..rng.random_range(1..4) {
                let at = rng.random_range(0..bytes.len());
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = rng.random();
                }
            }
        }
        4 => bytes.retain(|byte| *byte != b'\r'),
        _ => {
            let junk: Vec<u8> = (0..rng.random_range(1..200)).map(|_| rng.random()).collect();
            let at = rng.random_range(0..=bytes.len());
            drop(bytes.splice(at..at, junk));
        }
    }
    Shot { bytes, requests, framing: Framing::Broken }
}

/// Puts a line behind the first.
fn insert_line(bytes: &mut Vec<u8>, line: &str) {
    let at = bytes.windows(2).position(|pair| pair == b"\r\n").map_or(0, |at| at + 2);
    drop(bytes.splice(at..at, [line.as_bytes(), b"\r\n"].concat()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(target: &str, body: Option<&[u8]>) -> Request {
        let headers = vec![("A".to_owned(), "b c".to_owned())];
        Request { method: "POST".to_owned(), target: target.to_owned(), headers, body: body.map(<[u8]>::to_vec) }
    }

    #[test]
    fn a_plain_request_is_whole_and_has_its_length() {
        let shot = whole(&request("/a", Some(b"12345")), &mut StdRng::seed_from_u64(1));
        let text = String::from_utf8(shot.bytes).unwrap();
        assert_eq!(text, "POST /a HTTP/1.1\r\nHost: localhost\r\nA: b c\r\nContent-Length: 5\r\n\r\n12345");
        assert_eq!(shot.framing, Framing::Whole { head: false });
    }

    #[test]
    fn whatever_could_end_a_line_or_a_word_breaks_the_frame() {
        for target in ["/a b", "/a\r\nX: y", "/\u{e9}", ""] {
            let shot = whole(&request(target, None), &mut StdRng::seed_from_u64(1));
            assert_eq!(shot.framing, Framing::Broken, "{target:?}");
        }
    }

    #[test]
    fn chunks_hold_the_whole_body() {
        let body: Vec<u8> = (0..=255).collect();
        for seed in 0..50 {
            let mut rest = chunked(&body, &mut StdRng::seed_from_u64(seed));
            let mut read = Vec::new();
            loop {
                let line = rest.windows(2).position(|pair| pair == b"\r\n").unwrap();
                let size = usize::from_str_radix(str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
                read.extend_from_slice(&rest[line + 2..line + 2 + size]);
                rest.drain(..line + 4 + size);
                if size == 0 {
                    break;
                }
            }
            assert!(rest.is_empty());
            assert_eq!(read, body);
        }
    }
}

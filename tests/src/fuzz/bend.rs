//! Requests that no honest client sends, made from those that one does. They stay whole HTTP messages:
//! [`super::frame`] breaks those.

use dragoman_exchange::Request;
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use rand::prelude::*;

use super::corpus::Known;
use super::words;

/// More than the default limit of a body.
const FAR_TOO_LONG: usize = 100_000;
const DEEP: usize = 5_000;

/// Changes one thing.
pub(super) fn bend(request: &mut Request, known: &Known<'_>, rng: &mut StdRng) {
    match rng.random_range(0..20) {
        0 => request.method = word(&words::METHODS, rng).to_owned(),
        1 | 2 => bend_path(&mut request.target, rng),
        3 | 4 => bend_query(&mut request.target, rng),
        5 => bend_header(&mut request.headers, rng),
        6 => {
            let (name, value) = words::HEADERS.choose(rng).copied().unwrap_or_default();
            set(&mut request.headers, name, value);
        }
        7 => set(&mut request.headers, "Authorization", word(&words::CREDENTIALS, rng)),
        8 => {
            let credential = known.credentials.choose(rng).map(|credential| credential.value.as_str());
            set(&mut request.headers, "Authorization", credential.unwrap_or_default());
        }
        9 => bend_credential(&mut request.headers, rng),
        10 => request.body = Some(new_body(rng)),
        _ => {
            let body = request.body.get_or_insert_default();
            if body.is_empty() {
                *body = new_body(rng);
            }
            bend_body(body, rng);
        }
    }
}

fn word(words: &[&'static str], rng: &mut StdRng) -> &'static str {
    words.choose(rng).copied().unwrap_or_default()
}

fn value(rng: &mut StdRng) -> &'static [u8] {
    words::VALUES.choose(rng).copied().unwrap_or_default()
}

fn encoded(bytes: &[u8]) -> String {
    percent_encode(bytes, NON_ALPHANUMERIC).to_string()
}

fn bend_path(target: &mut String, rng: &mut StdRng) {
    let (path, query) = target.split_once('?').map_or((target.as_str(), None), |(path, query)| (path, Some(query)));
    let mut segments: Vec<String> = path.split('/').skip(1).map(str::to_owned).collect();
    let at = rng.random_range(0..=segments.len());
    let new = match rng.random_range(0..8) {
        0..=4 => word(&words::SEGMENTS, rng).to_owned(),
        5 => "a".repeat(rng.random_range(200..3_000)),
        _ => encoded(value(rng)),
    };
    match (segments.get_mut(at), rng.random_range(0..3)) {
        (Some(segment), 0 | 1) => *segment = new,
        (Some(_), _) => drop(segments.remove(at)),
        (None, _) => segments.push(new),
    }
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    *target = format!("/{}{query}", segments.join("/"));
}

fn bend_query(target: &mut String, rng: &mut StdRng) {
    for _ in 0..rng.random_range(1..4) {
        let name = word(&words::NAMES, rng);
        let value = match rng.random_range(0..4) {
            0 | 1 => word(&words::QUERY_VALUES, rng).to_owned(),
            2 => encoded(value(rng)),
            _ => word(&words::SEGMENTS, rng).to_owned(),
        };
        target.push(if target.contains('?') { '&' } else { '?' });
        target.push_str(&format!("{name}={value}"));
    }
}

fn bend_header(headers: &mut Vec<(String, String)>, rng: &mut StdRng) {
    if headers.is_empty() || rng.random_ratio(1, 8) {
        headers.push(("X-Long".to_owned(), "a".repeat(rng.random_range(1..9_000))));
        return;
    }
    let at = rng.random_range(0..headers.len());
    match rng.random_range(0..3) {
        0 => drop(headers.remove(at)),
        1 => headers.extend(headers.get(at).cloned()),
        _ => {
            if let Some((_, value)) = headers.get_mut(at) {
                let keep = rng.random_range(0..=value.len());
                *value = value.chars().take(keep).collect();
            }
        }
    }
}

/// One letter of a credential is another.
fn bend_credential(headers: &mut [(String, String)], rng: &mut StdRng) {
    let credential = headers.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case("Authorization"));
    let Some((_, value)) = credential else { return };
    let at = rng.random_range(0..value.len().max(1));
    let letter = *b"Aa0-_.=+/ ".choose(rng).unwrap_or(&b'A');
    let bend = |(i, old): (usize, char)| if i == at { char::from(letter) } else { old };
    *value = value.chars().enumerate().map(bend).collect();
}

fn set(headers: &mut Vec<(String, String)>, name: &str, value: &str) {
    headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    headers.push((name.to_owned(), value.to_owned()));
}

fn new_body(rng: &mut StdRng) -> Vec<u8> {
    let (name, value) = (word(&words::NAMES, rng), value(rng));
    match rng.random_range(0..10) {
        0 => "[".repeat(rng.random_range(1..DEEP)).into_bytes(),
        1 => "{\"value\":".repeat(rng.random_range(1..DEEP)).into_bytes(),
        2 => vec![b'a'; rng.random_range(1..FAR_TOO_LONG)],
        3 => format!("{name}={}", encoded(value)).into_bytes(),
        4 => format!("user={}", encoded(format!("{{\"{name}\":\"{}\"}}", String::from_utf8_lossy(value)).as_bytes()))
            .into_bytes(),
        5 => [b"{\"", name.as_bytes(), b"\":\"", value, b"\"}"].concat(),
        6 => [b"{\"", name.as_bytes(), b"\":", value, b"}"].concat(),
        7 => [
            format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n").as_bytes(),
            value,
            b"\r\n--x--\r\n",
        ]
        .concat(),
        8 => format!("{name}=1&").repeat(rng.random_range(1..3_000)).into_bytes(),
        _ => value.to_vec(),
    }
}

fn bend_body(body: &mut Vec<u8>, rng: &mut StdRng) {
    let from = rng.random_range(0..=body.len());
    let until = rng.random_range(from..=body.len().min(from + 16));
    match rng.random_range(0..7) {
        0 => body.truncate(from),
        1 => drop(body.splice(from..until, value(rng).iter().copied())),
        2 => drop(body.splice(from..from, value(rng).iter().copied())),
        3 => drop(body.drain(from..until)),
        4 => {
            let piece = body.get(from..until).unwrap_or_default().repeat(rng.random_range(1..50));
            drop(body.splice(from..from, piece));
        }
        5 => {
            if let Some(byte) = body.get_mut(from) {
                *byte ^= 1 << rng.random_range(0..8);
            }
        }
        _ => bend_text(body, rng),
    }
}

/// What stands between quotation marks or after `=` is something else.
fn bend_text(body: &mut Vec<u8>, rng: &mut StdRng) {
    let starts = body.iter().enumerate().filter(|(_, byte)| b"\"=:".contains(byte));
    let Some(start) = starts.map(|(at, _)| at + 1).choose(rng) else { return };
    let rest = body.get(start..).unwrap_or_default();
    let length = rest.iter().position(|byte| b"\"&,}".contains(byte)).unwrap_or(rest.len());
    drop(body.splice(start..start + length, value(rng).iter().copied()));
}

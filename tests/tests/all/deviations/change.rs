//! One thing about an answer that is not as the contract has it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dragoman_tests::wire::Answer;

/// What is done to an answer. Where it finds nothing to change, the answer stays as it was.
#[derive(Debug)]
pub(crate) enum Change {
    /// Another status.
    Status(u16),
    /// A header field that has this value and no other.
    Header(&'static str, &'static str),
    /// No such header field.
    NoHeader(&'static str),
    /// The first text replaced by the second, wherever it stands in the body.
    Text(&'static str, &'static str),
    /// This for a body.
    Body(&'static str),
    /// This behind the body.
    More(&'static str),
    /// The body without its last byte.
    Less,
    /// Two members of a JSON object, one behind the other, in the other order.
    Swapped(&'static str, &'static str),
    /// The number below this key as a string.
    Quoted(&'static str),
    /// The first text replaced by the second in the claims of every token of the body.
    Claims(&'static str, &'static str),
}

impl Change {
    /// Changes the answer, and tells whether it is another now.
    pub(crate) fn apply(&self, answer: &mut Answer) -> bool {
        let before = answer.clone();
        match *self {
            Self::Status(status) => answer.status = status,
            Self::Header(name, value) => {
                without(answer, name);
                answer.headers.push((name.to_owned(), value.to_owned()));
            }
            Self::NoHeader(name) => without(answer, name),
            Self::Text(from, to) => rewrite(answer, |body| Some(body.replace(from, to))),
            Self::Body(body) => rewrite(answer, |_| Some(body.to_owned())),
            Self::More(end) => rewrite(answer, |body| Some(format!("{body}{end}"))),
            Self::Less => drop(answer.body.pop()),
            Self::Swapped(first, second) => rewrite(answer, |body| swapped(body, first, second)),
            Self::Quoted(key) => rewrite(answer, |body| quoted(body, key)),
            Self::Claims(from, to) => rewrite(answer, |body| Some(with_claims(body, from, to))),
        }
        *answer != before
    }
}

fn without(answer: &mut Answer, name: &str) {
    answer.headers.retain(|(known, _)| known != name);
}

fn rewrite(answer: &mut Answer, change: impl FnOnce(&str) -> Option<String>) {
    if let Some(body) = str::from_utf8(&answer.body).ok().and_then(change) {
        answer.body = body.into_bytes();
    }
}

/// Every `"first":…,"second":…` the other way round, with whatever stands between the two. For values without commas.
fn swapped(text: &str, first: &str, second: &str) -> Option<String> {
    let (before, rest) = text.split_once(&format!("\"{first}\":"))?;
    let (one, rest) = rest.split_once(&format!("\"{second}\":"))?;
    let (two, after) = rest.split_at_checked(rest.find([',', '}'])?)?;
    let comma = one.strip_prefix(one.trim_end_matches([',', ' ']))?;
    let one = one.strip_suffix(comma)?;
    let after = swapped(after, first, second).unwrap_or_else(|| after.to_owned());
    Some(format!("{before}\"{second}\":{two}{comma}\"{first}\":{one}{after}"))
}

/// Every `"key":1` as `"key":"1"`.
fn quoted(text: &str, key: &str) -> Option<String> {
    let key_and_colon = format!("\"{key}\":");
    let (before, rest) = text.split_once(&key_and_colon)?;
    let (number, after) = rest.split_at_checked(rest.find(|c: char| !c.is_ascii_digit() && c != ' ')?)?;
    let spaces = number.len() - number.trim_start().len();
    let (space, digits) = number.split_at_checked(spaces)?;
    let after = quoted(after, key).unwrap_or_else(|| after.to_owned());
    Some(format!("{before}{key_and_colon}{space}\"{digits}\"{after}"))
}

fn with_claims(text: &str, from: &str, to: &str) -> String {
    let strings: Vec<String> =
        text.split('"').map(|string| forged(string, from, to).unwrap_or_else(|| string.to_owned())).collect();
    strings.join("\"")
}

/// A JSON Web Token with other claims. Nobody who checks its signature believes them.
fn forged(token: &str, from: &str, to: &str) -> Option<String> {
    let (header, rest) = token.split_once('.')?;
    let (claims, signature) = rest.split_once('.')?;
    let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    Some(format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(claims.replace(from, to))))
}

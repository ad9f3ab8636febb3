//! Does a received text have the expected form, and if not, where does it leave it?
//!
//! A small backtracking matcher and no regular expression, for two reasons: a value may be captured and required
//! again within one text, and a difference must be shown at the byte where it begins.

use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::Values;
use crate::template::{Kind, Part, Pattern};

/// Where a received text leaves the expected form: after that many bytes of it, within that part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Departure {
    /// How many received bytes are as expected.
    pub(crate) received: usize,
    /// Which part of the pattern is not fulfilled; their number, if something follows the last.
    pub(crate) part: usize,
    /// How many bytes of that part are fulfilled, where it is literal.
    pub(crate) within: usize,
}

/// What a match captured, by name.
pub(crate) type Captures = Vec<(String, String)>;

/// Matches the whole of `received`.
pub(crate) fn matches(pattern: &Pattern, values: &Values, received: &[u8]) -> Result<Captures, Departure> {
    let mut search =
        Search { parts: pattern.parts(), values, received, captures: Vec::new(), furthest: Departure::default() };
    if search.from(0, 0) { Ok(search.captures) } else { Err(search.furthest) }
}

struct Search<'a> {
    parts: &'a [Part],
    values: &'a Values,
    received: &'a [u8],
    captures: Captures,
    furthest: Departure,
}

impl Search<'_> {
    /// Whether the parts from `part` on match everything received from `at` on.
    fn from(&mut self, part: usize, at: usize) -> bool {
        let rest = self.received.get(at..).unwrap_or_default();
        match self.parts.get(part) {
            None => rest.is_empty() || self.departs(part, at, 0),
            Some(Part::Literal(literal)) => self.literal(part, at, literal.as_bytes()),
            Some(Part::Value(name)) => match self.value(name) {
                Some(value) => self.literal(part, at, value.as_bytes()),
                None => self.departs(part, at, 0),
            },
            Some(Part::Slot { kind, name }) => self.slot(part, at, *kind, name.as_deref()),
        }
    }

    fn literal(&mut self, part: usize, at: usize, literal: &[u8]) -> bool {
        let rest = self.received.get(at..).unwrap_or_default();
        let same = rest.iter().zip(literal).take_while(|(a, b)| a == b).count();
        if same < literal.len() { self.departs(part, at, same) } else { self.from(part + 1, at + same) }
    }

    fn slot(&mut self, part: usize, at: usize, kind: Kind, name: Option<&str>) -> bool {
        let rest = self.received.get(at..).unwrap_or_default();
        let known = self.captures.len();
        for candidate in candidates(kind, rest) {
            if let Some(name) = name {
                let Ok(text) = String::from_utf8(plain(kind, candidate)) else { continue };
                self.captures.push((name.to_owned(), text));
            }
            if self.from(part + 1, at + candidate.len()) {
                return true;
            }
            self.captures.truncate(known);
        }
        self.departs(part, at, 0)
    }

    /// A value captured in this very text counts before one that was known already.
    fn value(&self, name: &str) -> Option<String> {
        let here = self.captures.iter().find(|(known, _)| known == name);
        here.map(|(_, value)| value.clone()).or_else(|| self.values.get(name).ok().map(str::to_owned))
    }

    fn departs(&mut self, part: usize, at: usize, within: usize) -> bool {
        self.furthest = self.furthest.max(Departure { received: at + within, part, within });
        false
    }
}

/// Everything at the beginning of `rest` that is of this kind: the longest first, for `any` the shortest.
fn candidates(kind: Kind, rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    let run = rest.iter().take_while(|&&byte| may_contain(kind, byte)).count();
    let lazy = kind == Kind::Any;
    (0..=run)
        .map(move |step| if lazy { step } else { run - step })
        .filter_map(|length| rest.get(..length))
        .filter(move |candidate| is_of(kind, candidate))
}

fn may_contain(kind: Kind, byte: u8) -> bool {
    match kind {
        Kind::Int => byte.is_ascii_digit() || byte == b'-',
        Kind::Uuid => matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'),
        Kind::Jwt => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'),
        Kind::Base64 => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'\\'),
        Kind::Time => byte.is_ascii_digit() || matches!(byte, b'-' | b':' | b'T' | b'Z'),
        Kind::Hex => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        Kind::Text => byte != b'"' && byte >= b' ' && byte != 0x7f,
        Kind::Any => true,
    }
}

fn is_of(kind: Kind, text: &[u8]) -> bool {
    match kind {
        Kind::Int => FORMS.int.is_match(text),
        Kind::Uuid => FORMS.uuid.is_match(text),
        Kind::Jwt => FORMS.jwt.is_match(text),
        Kind::Base64 => FORMS.base64.is_match(&plain(kind, text)),
        Kind::Time => FORMS.time.is_match(text),
        Kind::Hex | Kind::Text => !text.is_empty(),
        Kind::Any => true,
    }
}

/// What is captured of a match. PHP writes the `/` of JSON texts, and so of base64 in them, as `\/`.
fn plain(kind: Kind, text: &[u8]) -> Vec<u8> {
    let escape = |at: usize| kind == Kind::Base64 && text.get(at..at + 2) == Some(br"\/");
    text.iter().enumerate().filter(|&(at, _)| !escape(at)).map(|(_, &byte)| byte).collect()
}

struct Forms {
    int: Regex,
    uuid: Regex,
    jwt: Regex,
    base64: Regex,
    time: Regex,
}

static FORMS: LazyLock<Forms> = LazyLock::new(|| Forms {
    // As JSON writes them: no leading zero.
    int: whole("-?(?:0|[1-9][0-9]*)"),
    uuid: whole("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    jwt: whole(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"),
    base64: whole("(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})"),
    time: whole("[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]Z"),
});

#[expect(clippy::expect_used, reason = "the five forms are constants, and every test of this module compiles them")]
fn whole(form: &str) -> Regex {
    Regex::new(&format!("(?-u)^(?:{form})$")).expect("a constant form is well written")
}

#[cfg(test)]
#[path = "matching_tests.rs"]
mod tests;

//! JSON as PHP's `json_encode` spells it: compact, `/` as `\/`, non-ASCII as `\uXXXX`.

use std::io::{self, Write};

use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// An answer with this document as its body.
pub(crate) fn answer(status: StatusCode, document: &impl Serialize) -> HttpResponse {
    match encode(document) {
        Ok(body) => builder(status).body(body),
        // Only a map whose keys are no strings does not encode, and no wire struct has one.
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

/// An answer whose document is to come.
pub(crate) fn builder(status: StatusCode) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response.content_type(ContentType::json());
    response
}

pub(crate) fn encode(document: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut body = Vec::new();
    document.serialize(&mut Serializer::with_formatter(&mut body, Spelling))?;
    Ok(body)
}

/// What PHP does and serde_json does not; the rest is the same.
struct Spelling;

impl Formatter for Spelling {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((plain, special, after)) = split_at_special(rest) {
            out.write_all(plain.as_bytes())?;
            write_escaped(out, special)?;
            rest = after;
        }
        out.write_all(rest.as_bytes())
    }
}

fn split_at_special(text: &str) -> Option<(&str, char, &str)> {
    let (at, special) = text.char_indices().find(|&(_, c)| c == '/' || !c.is_ascii())?;
    let (plain, from_special) = text.split_at_checked(at)?;
    Some((plain, special, from_special.get(special.len_utf8()..)?))
}

fn write_escaped<W: ?Sized + Write>(out: &mut W, special: char) -> io::Result<()> {
    if special == '/' {
        return out.write_all(br"\/");
    }
    special.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(out, r"\u{unit:04x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(text: &str) -> String {
        String::from_utf8(encode(&text).unwrap()).unwrap()
    }

    #[test]
    fn slashes_and_everything_beyond_ascii_are_escaped() {
        assert_eq!(spelled("a/b"), r#""a\/b""#);
        assert_eq!(spelled("/"), r#""\/""#);
        assert_eq!(spelled("Zoë"), r#""Zo\u00eb""#);
        assert_eq!(spelled("日本/語"), r#""\u65e5\u672c\/\u8a9e""#);
        assert_eq!(spelled("a😀b"), r#""a\ud83d\ude00b""#);
        assert_eq!(spelled("\u{2028}"), r#""\u2028""#);
    }

    #[test]
    fn the_rest_is_as_in_every_json() {
        assert_eq!(spelled(r#"<a href="x">&'\"#), r#""<a href=\"x\">&'\\""#);
        assert_eq!(spelled("\u{8}\u{c}\n\r\t\u{0}\u{1f}\u{7f}"), "\"\\b\\f\\n\\r\\t\\u0000\\u001f\u{7f}\"");
        assert_eq!(spelled(""), r#""""#);
    }

    #[test]
    fn keys_are_spelled_like_values_and_nothing_is_spaced() {
        let document = serde_json::json!({"a/ë": [1, null, true], "b": {}});
        assert_eq!(encode(&document).unwrap(), br#"{"a\/\u00eb":[1,null,true],"b":{}}"#);
    }
}

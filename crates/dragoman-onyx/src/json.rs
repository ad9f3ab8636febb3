//! JSON as Python spells it (onyx T8).

use std::io::{self, Write};

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, Responder};
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// A 200 whose body is spelled as `json.dumps` does: `", "`, `": "`, no newline.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: Serialize> Responder for Json<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        respond(StatusCode::OK, dumps(&self.0))
    }
}

/// A response with a JSON body that is spelled already.
pub(crate) fn respond(status: StatusCode, body: Vec<u8>) -> HttpResponse {
    builder(status).body(body)
}

/// A response whose JSON body is to come.
pub(crate) fn builder(status: StatusCode) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response.content_type("application/json");
    response
}

/// What Python's `json.dumps` writes.
pub(crate) fn dumps<T: Serialize>(value: &T) -> Vec<u8> {
    spell(value, Python { comma: b", ", colon: b": " })
}

/// What Flask's `jsonify` writes outside debug mode: compact, and a newline at the end.
pub(crate) fn jsonify<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = spell(value, Python { comma: b",", colon: b":" });
    bytes.push(b'\n');
    bytes
}

fn spell<T: Serialize>(value: &T, spelling: Python) -> Vec<u8> {
    let mut bytes = Vec::new();
    let outcome = value.serialize(&mut Serializer::with_formatter(&mut bytes, spelling));
    debug_assert!(outcome.is_ok(), "plain structs with string keys always serialise into memory");
    bytes
}

struct Python {
    comma: &'static [u8],
    colon: &'static [u8],
}

impl Python {
    fn separate<W: ?Sized + Write>(&self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(self.comma) }
    }
}

impl Formatter for Python {
    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.separate(writer, first)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.separate(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(self.colon)
    }

    /// `ensure_ascii`: everything but printable ASCII becomes UTF-16 units, DEL among it.
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        if fragment.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return writer.write_all(fragment.as_bytes());
        }
        fragment.chars().try_for_each(|character| match character {
            ' '..='~' => write!(writer, "{character}"),
            _ => character.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(writer, "\\u{unit:04x}")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Sample<'a> {
        text: &'a str,
        list: [u8; 2],
    }

    fn dumped(text: &str) -> String {
        String::from_utf8(dumps(&text)).unwrap()
    }

    #[test]
    fn dumps_puts_spaces_after_commas_and_colons() {
        let sample = Sample { text: "a", list: [1, 2] };
        assert_eq!(dumps(&sample), br#"{"text": "a", "list": [1, 2]}"#);
        assert_eq!(dumps(&[sample.text; 0]), b"[]");
    }

    #[test]
    fn jsonify_is_compact_and_ends_with_a_newline() {
        let sample = Sample { text: "é, ö: ", list: [1, 2] };
        assert_eq!(jsonify(&sample), b"{\"text\":\"\\u00e9, \\u00f6: \",\"list\":[1,2]}\n");
    }

    #[test]
    fn other_alphabets_are_escaped_in_lower_case_and_in_surrogate_pairs() {
        assert_eq!(dumped("Zoë"), r#""Zo\u00eb""#);
        assert_eq!(dumped("名😀"), r#""\u540d\ud83d\ude00""#);
        assert_eq!(dumped("\u{2028}"), r#""\u2028""#);
    }

    #[test]
    fn control_characters_are_escaped_as_python_does() {
        assert_eq!(dumped("\u{8}\u{c}\n\r\t\u{1}\u{1f}\u{7f}"), r#""\b\f\n\r\t\u0001\u001f\u007f""#);
    }

    #[test]
    fn slashes_and_markup_stay_as_they_are() {
        assert_eq!(dumped(r#"a/b<c>&'"\"#), r#""a/b<c>&'\"\\""#);
    }
}

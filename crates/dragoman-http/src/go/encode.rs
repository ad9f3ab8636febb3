//! Go's encoder: compact, safe inside HTML, keys in the order of the fields.

use std::io;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CharEscape, Formatter};

/// The value as Go's `json.Marshal` spells it.
///
/// Meant for plain structs, lists and maps with text keys; a value that JSON cannot
/// spell gives an empty text.
#[must_use]
pub fn to_string(value: &impl Serialize) -> String {
    let mut bytes = Vec::new();
    match value.serialize(&mut Serializer::with_formatter(&mut bytes, Go)) {
        Ok(()) => String::from_utf8(bytes).unwrap_or_default(),
        Err(_) => String::new(),
    }
}

struct Go;

impl Formatter for Go {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, text: &str) -> io::Result<()> {
        let mut rest = text;
        while let Some(at) = rest.find(is_unsafe) {
            let (plain, tail) = rest.split_at(at);
            writer.write_all(plain.as_bytes())?;
            let mut chars = tail.chars();
            if let Some(letter) = chars.next() {
                write!(writer, "\\u{:04x}", u32::from(letter))?;
            }
            rest = chars.as_str();
        }
        writer.write_all(rest.as_bytes())
    }

    fn write_char_escape<W: ?Sized + io::Write>(&mut self, writer: &mut W, escape: CharEscape) -> io::Result<()> {
        match escape {
            CharEscape::Quote => writer.write_all(b"\\\""),
            CharEscape::ReverseSolidus => writer.write_all(b"\\\\"),
            CharEscape::Solidus => writer.write_all(b"/"),
            CharEscape::LineFeed => writer.write_all(b"\\n"),
            CharEscape::CarriageReturn => writer.write_all(b"\\r"),
            CharEscape::Tab => writer.write_all(b"\\t"),
            // The Go of the originals' day had no short form for these two.
            CharEscape::Backspace => writer.write_all(b"\\u0008"),
            CharEscape::FormFeed => writer.write_all(b"\\u000c"),
            CharEscape::AsciiControl(byte) => write!(writer, "\\u{byte:04x}"),
        }
    }
}

/// What could end a script element or a line of script.
fn is_unsafe(letter: char) -> bool {
    matches!(letter, '<' | '>' | '&' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_is_compact_and_keeps_the_order_of_the_fields() {
        #[derive(Serialize)]
        struct Row {
            username: &'static str,
            admin: bool,
            id: Option<i64>,
        }
        let row = Row { username: "x", admin: true, id: None };
        assert_eq!(to_string(&[row]), r#"[{"username":"x","admin":true,"id":null}]"#);
        assert_eq!(to_string(&json!({})), "{}");
        assert_eq!(to_string(&json!([])), "[]");
    }

    #[test]
    fn what_html_could_trip_over_is_escaped() {
        assert_eq!(to_string(&"<b>&'</b>"), r#""\u003cb\u003e\u0026'\u003c/b\u003e""#);
        assert_eq!(to_string(&json!({"<": 1})), r#"{"\u003c":1}"#);
    }

    #[test]
    fn line_separators_are_escaped_and_other_letters_are_not() {
        assert_eq!(to_string(&"a\u{2028}b\u{2029}c"), r#""a\u2028b\u2029c""#);
        assert_eq!(to_string(&"Jürgen 🍵 \u{7f}\u{80}"), "\"Jürgen 🍵 \u{7f}\u{80}\"");
    }

    #[test]
    fn control_characters_have_the_short_forms_that_go_knew() {
        assert_eq!(to_string(&"\n\r\t\"\\/"), r#""\n\r\t\"\\/""#);
        assert_eq!(to_string(&"\u{8}\u{c}\u{0}\u{1f}"), r#""\u0008\u000c\u0000\u001f""#);
    }

    #[test]
    fn what_json_cannot_spell_is_empty() {
        assert_eq!(to_string(&std::collections::BTreeMap::from([((1, 2), 3)])), "");
    }
}

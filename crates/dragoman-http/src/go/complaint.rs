//! serde_json's faults in the words of Go's decoder.
//!
//! serde_json tells what it expected and how far it came; Go tells which character it
//! met and what it was doing. The character and a few before it are enough to translate.

use super::{Error, Value};

/// Words of serde_json that stand for more than one of Go's states.
const INVALID_NUMBER: &str = "invalid number";
const INVALID_ESCAPE: &str = "invalid escape";

/// The error for a text that serde_json refused, or the value where Go would not have refused it.
pub(super) fn recover(text: &[u8], fault: &serde_json::Error) -> Result<Value, Error> {
    if fault.is_eof() {
        return Err(end_of(text));
    }
    let reason = fault.to_string();
    let reason = reason.split(" at line ").next().unwrap_or_default();
    let read = text.get(..bytes_read(text, fault)).unwrap_or(text);
    let Some((&offender, before)) = read.split_last() else {
        return Err(end_of(text));
    };
    if reason == INVALID_NUMBER && before.ends_with(b"0") {
        return Value::parse(&[before, b" ", text.get(before.len()..).unwrap_or_default()].concat());
    }
    Err(complaint(reason, before, offender))
}

fn end_of(text: &[u8]) -> Error {
    let blank = text.iter().all(|byte| b" \t\r\n".contains(byte));
    Error((if blank { "EOF" } else { "unexpected EOF" }).to_owned())
}

/// serde_json gives the place as a line and as bytes read of that line, the offender included.
fn bytes_read(text: &[u8], fault: &serde_json::Error) -> usize {
    let earlier = text.split_inclusive(|&byte| byte == b'\n').take(fault.line().saturating_sub(1));
    earlier.map(<[u8]>::len).sum::<usize>() + fault.column()
}

fn complaint(reason: &str, before: &[u8], offender: u8) -> Error {
    let doing = match reason {
        "expected value" => "looking for beginning of value".to_owned(),
        "trailing comma" if offender == b']' => "looking for beginning of value".to_owned(),
        "trailing comma" | "key must be a string" => "looking for beginning of object key string".to_owned(),
        "expected `:`" => "after object key".to_owned(),
        "expected `,` or `}`" => "after object key:value pair".to_owned(),
        "expected `,` or `]`" => "after array element".to_owned(),
        "expected ident" => in_literal(before),
        INVALID_NUMBER => in_number(before).to_owned(),
        INVALID_ESCAPE => return in_escape(before, offender),
        _ if reason.starts_with("control character") => "in string literal".to_owned(),
        "number out of range" => return out_of_range(),
        "recursion limit exceeded" => return Error("exceeded max depth".to_owned()),
        // Bytes that are no UTF-8 and halves of surrogate pairs, which Go would replace.
        _ => return Error("invalid UTF-8 in string literal".to_owned()),
    };
    invalid_character(offender, &doing)
}

/// Go keeps numbers in 64 bits of floating point where the program does not say otherwise.
fn out_of_range() -> Error {
    Error("json: cannot unmarshal number into Go value of type float64".to_owned())
}

fn invalid_character(offender: u8, doing: &str) -> Error {
    Error(format!("invalid character {} {doing}", quote_char(offender)))
}

fn in_literal(before: &[u8]) -> String {
    let start = before.iter().rposition(|byte| !byte.is_ascii_lowercase()).map_or(0, |at| at + 1);
    let begun = before.get(start..).unwrap_or_default();
    let literals = ["true", "false", "null"];
    let literal = literals.into_iter().find(|word| word.as_bytes().starts_with(begun)).unwrap_or_default();
    let expected = literal.as_bytes().get(begun.len()).copied().unwrap_or_default();
    format!("in literal {literal} (expecting {})", quote_char(expected))
}

fn in_number(before: &[u8]) -> &'static str {
    match before {
        [.., b'e' | b'E'] | [.., b'e' | b'E', b'+' | b'-'] => "in exponent of numeric literal",
        [.., b'.'] => "after decimal point in numeric literal",
        _ => "in numeric literal",
    }
}

/// Of `\uXXXX` serde_json reads all four places before it looks at them.
fn in_escape(before: &[u8], offender: u8) -> Error {
    let digits = match before {
        [.., b'\\', b'u', a, b, c] => [*a, *b, *c, offender],
        _ => return invalid_character(offender, "in string escape code"),
    };
    let first_wrong = digits.into_iter().find(|digit| !digit.is_ascii_hexdigit()).unwrap_or(offender);
    invalid_character(first_wrong, "in \\u hexadecimal character escape")
}

/// Go's decoder quotes a byte as if it were a character of Latin-1.
fn quote_char(byte: u8) -> String {
    match byte {
        b'\'' => r"'\''".to_owned(),
        b'"' => "'\"'".to_owned(),
        _ => format!("'{}'", escape(char::from(byte))),
    }
}

/// A text as Go's `%q` prints it.
#[must_use]
pub fn quote(text: &str) -> String {
    let inside: String = text.chars().map(escape).collect();
    format!("\"{inside}\"")
}

fn escape(letter: char) -> String {
    let code = u32::from(letter);
    match letter {
        '"' | '\\' => format!("\\{letter}"),
        '\u{7}' => "\\a".to_owned(),
        '\u{8}' => "\\b".to_owned(),
        '\u{c}' => "\\f".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        '\u{b}' => "\\v".to_owned(),
        _ if letter.is_ascii_control() => format!("\\x{code:02x}"),
        '\u{a0}' | '\u{ad}' => format!("\\u{code:04x}"),
        _ if letter.is_control() => format!("\\u{code:04x}"),
        _ => letter.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(text: &[u8]) -> String {
        Value::parse(text).unwrap_err().to_string()
    }

    /// The complaints that Go's decoder makes of these texts.
    #[test]
    fn a_wrong_character_is_told_with_what_was_being_read() {
        for (text, character, doing) in [
            ("x", "'x'", "looking for beginning of value"),
            ("  \n x", "'x'", "looking for beginning of value"),
            ("'a'", r"'\''", "looking for beginning of value"),
            ("ü", "'Ã'", "looking for beginning of value"),
            ("\u{feff}{}", "'ï'", "looking for beginning of value"),
            ("\0", r"'\x00'", "looking for beginning of value"),
            ("[,]", "','", "looking for beginning of value"),
            ("[1,]", "']'", "looking for beginning of value"),
            (r#"{"a":}"#, "'}'", "looking for beginning of value"),
            ("{a", "'a'", "looking for beginning of object key string"),
            ("{,", "','", "looking for beginning of object key string"),
            (r#"{"a":1,}"#, "'}'", "looking for beginning of object key string"),
            (r#"{"a":1,2"#, "'2'", "looking for beginning of object key string"),
            (r#"{"a" 1"#, "'1'", "after object key"),
            (r#"{"a"\"#, r"'\\'", "after object key"),
            (r#"{"a":1 "b""#, "'\"'", "after object key:value pair"),
            (r#"{"a":1]"#, "']'", "after object key:value pair"),
            (r#"{"a":01}"#, "'1'", "after object key:value pair"),
            ("[1 2]", "'2'", "after array element"),
            ("[1}", "'}'", "after array element"),
            ("[-01]", "'1'", "after array element"),
            ("trxe", "'x'", "in literal true (expecting 'u')"),
            ("[fal\n", r"'\n'", "in literal false (expecting 's')"),
            ("nULL", "'U'", "in literal null (expecting 'u')"),
            ("-x", "'x'", "in numeric literal"),
            ("[1.]", "']'", "after decimal point in numeric literal"),
            ("[1e]", "']'", "in exponent of numeric literal"),
            ("[1E+-", "'-'", "in exponent of numeric literal"),
            ("\"a\nb\"", r"'\n'", "in string literal"),
            ("{\"a\":\n\n\"b\tc\"", r"'\t'", "in string literal"),
            (r#""a\qb""#, "'q'", "in string escape code"),
            (r#""a\u12x4""#, "'x'", r"in \u hexadecimal character escape"),
            (r#""\u123x""#, "'x'", r"in \u hexadecimal character escape"),
        ] {
            let expected = format!("invalid character {character} {doing}");
            assert_eq!(complaint(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn an_empty_text_is_eof_and_a_cut_off_one_unexpected_eof() {
        for text in ["", " ", "\r\n\t"] {
            assert_eq!(complaint(text.as_bytes()), "EOF", "{text:?}");
        }
        let whole = r#" {"a":[1.5e3,"\u0041",true,null,{"b":-1}]}"#;
        for end in 2..whole.len() {
            assert_eq!(complaint(&whole.as_bytes()[..end]), "unexpected EOF", "{end}");
        }
    }

    #[test]
    fn text_that_is_no_utf8_is_refused() {
        for text in [b"\"\xff\"".as_slice(), br#""\ud800""#, br#""\ud800\u0041""#, br#""\udc00""#] {
            assert_eq!(complaint(text), "invalid UTF-8 in string literal", "{text:?}");
        }
    }

    #[test]
    fn nesting_has_a_limit_and_deep_nesting_is_no_crash() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Value::parse(nested(100).as_bytes()).is_ok());
        assert_eq!(complaint(nested(200).as_bytes()), "exceeded max depth");
        assert_eq!(complaint("{\"a\":".repeat(1_000_000).as_bytes()), "exceeded max depth");
    }

    #[test]
    fn a_number_beyond_all_range_is_refused() {
        assert_eq!(complaint(b"1e999"), "json: cannot unmarshal number into Go value of type float64");
    }

    #[test]
    fn quoting_is_gos() {
        assert_eq!(quote("a\"\\\u{7}\u{8}\u{b}\u{c}\n\r\t\u{1f}\u{7f}"), r#""a\"\\\a\b\v\f\n\r\t\x1f\x7f""#);
        assert_eq!(quote("é🍵'\u{80}\u{a0}\u{ad}"), r#""é🍵'\u0080\u00a0\u00ad""#);
    }
}

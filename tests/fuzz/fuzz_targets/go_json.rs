//! What serde_json takes at the beginning of a text, the decoder in Go's manner takes too, and as the same; what
//! it takes beyond that is a number with a zero in front. What the encoder writes is the same value again.
#![no_main]

use dragoman_http::go::{self, Value};
use libfuzzer_sys::fuzz_target;
use serde::de::Deserialize as _;

fn same(ours: &Value, theirs: &serde_json::Value) -> bool {
    match (ours, theirs) {
        (Value::Null, serde_json::Value::Null) => true,
        (Value::Bool(ours), serde_json::Value::Bool(theirs)) => ours == theirs,
        (Value::Number(ours), serde_json::Value::Number(theirs)) => ours == theirs,
        (Value::String(ours), serde_json::Value::String(theirs)) => ours == theirs,
        (Value::Array(ours), serde_json::Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
        }
        (Value::Object(ours), serde_json::Value::Object(theirs)) => {
            // Of duplicates serde_json keeps the last.
            let last = |key: &String| ours.iter().rfind(|(name, _)| name == key).map(|(_, value)| value);
            ours.iter().all(|(key, _)| theirs.contains_key(key))
                && theirs.iter().all(|(key, value)| last(key).is_some_and(|ours| same(ours, value)))
        }
        _ => false,
    }
}

/// The same but for the last bits of a fraction, which serde_json by itself does not read exactly. No dialect has one.
fn alike(one: &serde_json::Value, other: &serde_json::Value) -> bool {
    use serde_json::Value::{Array, Number, Object};
    match (one, other) {
        (Number(one), Number(other)) if one.is_f64() && other.is_f64() => {
            let (one, other) = (one.as_f64().unwrap(), other.as_f64().unwrap());
            (one - other).abs() <= one.abs() * 1e-14
        }
        (Array(one), Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| alike(one, other))
        }
        (Object(one), Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| other.get(key).is_some_and(|other| alike(value, other)))
        }
        _ => one == other,
    }
}

fuzz_target!(|text: &[u8]| {
    let theirs = serde_json::Value::deserialize(&mut serde_json::Deserializer::from_slice(text));
    match (Value::parse(text), theirs) {
        (Ok(ours), Ok(theirs)) => {
            assert!(same(&ours, &theirs), "{theirs}");
            let spelled = go::to_string(&theirs);
            assert!(!spelled.contains(['<', '>', '&', '\u{2028}', '\u{2029}']));
            assert!(alike(&serde_json::from_str(&spelled).unwrap(), &theirs), "{spelled}");
        }
        (Ok(ours), Err(theirs)) => assert!(matches!(ours, Value::Number(_)), "{theirs}"),
        (Err(ours), Ok(theirs)) => panic!("{ours}: {theirs}"),
        // A complaint goes into an answer: it is one line of text.
        (Err(ours), Err(_)) => assert!(!ours.to_string().contains(char::is_control), "{ours:?}"),
    }
    if let Ok(value) = Value::parse(text) {
        let Ok(object) = value.object("users.User") else { return };
        let inner = object.object("value", "users.Value").ok();
        for object in std::iter::once(&object).chain(&inner) {
            drop((object.string("name"), object.bool("admin"), object.int("id"), object.strings("roles")));
            if let Some(key) = object.unknown(&["name", "admin", "id", "roles", "value"]) {
                assert!(!go::quote(key).contains(|letter: char| letter.is_ascii_control()));
            }
        }
    }
});

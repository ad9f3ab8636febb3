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

fuzz_target!(|text: &[u8]| {
    let theirs = serde_json::Value::deserialize(&mut serde_json::Deserializer::from_slice(text));
    match (Value::parse(text), theirs) {
        (Ok(ours), Ok(theirs)) => {
            assert!(same(&ours, &theirs), "{theirs}");
            let spelled = go::to_string(&theirs);
            assert!(!spelled.contains(['<', '>', '&', '\u{2028}', '\u{2029}']));
            assert_eq!(serde_json::from_str::<serde_json::Value>(&spelled).unwrap(), theirs);
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

//! A JSON value with its keys as they were sent: in order, duplicates included.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

use super::{Error, Object, complaint};

/// A JSON value as Go's decoder sees it.
pub enum Value {
    /// `null`: as if the key were not there.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// Any number.
    Number(Number),
    /// A text.
    String(String),
    /// A list.
    Array(Vec<Value>),
    /// Keys and values in the order in which they were sent.
    Object(Vec<(String, Value)>),
}

impl Value {
    /// Reads the first value of a text; what comes after it does not matter.
    ///
    /// Two things that Go takes are refused here: text that is no UTF-8 (Go would put
    /// U+FFFD in its place) and nesting deeper than serde_json allows (128; Go: 10,000).
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        let mut parser = serde_json::Deserializer::from_slice(text);
        Self::deserialize(&mut parser).or_else(|fault| complaint::recover(text, &fault))
    }

    /// The value as a struct of this Go type, such as `users.NewUser`; `null` is one without keys.
    pub fn object<'v>(&'v self, go_type: &'v str) -> Result<Object<'v>, Error> {
        Object::root(self, go_type)
    }

    pub(super) fn as_string(&self) -> Option<String> {
        if let Self::String(text) = self { Some(text.clone()) } else { None }
    }

    pub(super) const fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(truth) = self { Some(*truth) } else { None }
    }

    pub(super) fn as_int(&self) -> Option<i64> {
        if let Self::Number(number) = self { number.as_i64() } else { None }
    }

    pub(super) const fn as_array(&self) -> Option<&Vec<Self>> {
        if let Self::Array(items) = self { Some(items) } else { None }
    }

    /// Go's name for what was sent.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Number(_) => "number",
            Self::String(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        }
    }
}

/// The kind alone: the value may be a password.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AsSent)
    }
}

struct AsSent;

impl<'de> Visitor<'de> for AsSent {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            list.push(entry);
        }
        Ok(Value::Object(list))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<String> {
        let Value::Object(entries) = Value::parse(text.as_bytes()).unwrap() else {
            panic!("{text} is no object");
        };
        entries.into_iter().map(|(key, _)| key).collect()
    }

    #[test]
    fn keys_keep_their_order_and_their_duplicates() {
        assert_eq!(keys(r#"{"b":1,"a":[{"x":null}],"b":1e3}"#), ["b", "a", "b"]);
    }

    #[test]
    fn nothing_after_the_first_value_matters() {
        assert_eq!(keys(" \r\n\t{\"a\":1} what \u{0} ever"), ["a"]);
        assert!(matches!(Value::parse(b"truex"), Ok(Value::Bool(true))));
        assert!(matches!(Value::parse(b"null,"), Ok(Value::Null)));
    }

    #[test]
    fn a_leading_zero_is_a_number_of_its_own() {
        assert_eq!(Value::parse(b"01").unwrap().as_int(), Some(0));
    }

    #[test]
    fn the_content_is_not_in_the_debug_text() {
        assert_eq!(format!("{:?}", Value::parse(br#"{"password":"secret"}"#).unwrap()), "object");
    }
}

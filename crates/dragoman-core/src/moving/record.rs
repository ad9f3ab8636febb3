//! Whether a record is as it was when it came before.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

/// What is kept of a record to see whether another one tells the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RecordDigest([u8; 32]);

impl RecordDigest {
    /// Of the values under the names of their columns. Another format of the same table may have another order, numbers as
    /// text, and nothing where this one has an empty text: that is no change.
    pub(crate) fn of(record: &str) -> Option<Self> {
        let record: Map<String, Value> = serde_json::from_str(record).ok()?;
        let told: BTreeMap<&String, String> =
            record.iter().filter_map(|(column, value)| Some((column, spelled(value)?))).collect();
        let mut digest = Sha256::new();
        for text in told.iter().flat_map(|(column, value)| [column.as_str(), value]) {
            digest.update((text.len() as u64).to_be_bytes());
            digest.update(text);
        }
        Some(Self(digest.finalize().into()))
    }

    pub(crate) const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for RecordDigest {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

fn spelled(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => Some(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::RecordDigest;

    #[test]
    fn a_record_is_the_same_however_its_format_spells_it_and_no_other_is() {
        let of = |record| RecordDigest::of(record).unwrap();
        let first = of(r#"{"id":26,"name":"Anna","note":null}"#);
        assert_eq!(of(r#"{"name":"Anna","id":"26","note":""}"#), first);
        assert_ne!(of(r#"{"id":26,"name":"Anne"}"#), first);
        assert_ne!(of(r#"{"id":26,"nameA":"nna"}"#), first);
        assert!(RecordDigest::of("[1]").is_none());
    }
}

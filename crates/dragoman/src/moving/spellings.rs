//! How old servers spell flags, times, ids and roles: read, and spelled the same way again.

pub(super) mod cells;
mod time;

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use dragoman_core::{Facts, Role};
use serde_json::{Map, Value};

pub(super) use time::Timed;
pub(crate) use time::time_of;

/// Yes and no, in each spelling that is understood.
const FLAGS: [(&str, &str); 8] = [
    ("1", "0"),
    ("t", "f"),
    ("T", "F"),
    ("true", "false"),
    ("True", "False"),
    ("TRUE", "FALSE"),
    ("yes", "no"),
    ("YES", "NO"),
];

pub(super) fn flag_pair(text: &str) -> Option<(&'static str, &'static str)> {
    FLAGS.into_iter().find(|(yes, no)| text == *yes || text == *no)
}

/// The role of this name, and what to say where there is none.
///
/// # Errors
/// Names those that are known.
pub(crate) fn known_role(name: &str) -> Result<Role, String> {
    let known = || Role::ALL.map(Role::name).join(", ");
    Role::by_name(name).ok_or_else(|| format!("no role is called `{name}`: known are {}", known()))
}

/// Facts of one realm from an object: what is no text is kept as JSON spells it.
///
/// # Errors
/// It is no object.
pub(crate) fn facts_of(value: &Value) -> Result<Facts> {
    let facts: &Map<_, _> = value.as_object().context("it must be an object")?;
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Ok(facts.iter().map(|(name, value)| (name.clone(), text(value))).collect())
}

/// Addresses by chain from an object.
///
/// # Errors
/// It is no object of texts.
pub(super) fn addresses_of(object: Map<String, Value>) -> Option<BTreeMap<String, String>> {
    object.into_iter().map(|(chain, address)| Some((chain, address.as_str()?.to_owned()))).collect()
}

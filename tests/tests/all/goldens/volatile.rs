//! What differs from run to run, by name: nothing else may.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde_json::Value;

/// A header field of every answer.
const EVERYWHERE: &str = "date";

/// The answers, by dialect and title, that hold a secret which PHP writes with `\/` for `/`: their length differs, too.
const LENGTHS: &[(&str, &str)] = &[
    ("amadis", "Register"),
    ("amadis", "Users"),
    ("amadis", "Users, without the body"),
    ("amadis", "Show"),
    ("amadis", "Show, without the body"),
];

/// Dialect, place in the body (RFC 6901), and the name that stands for it.
const VALUES: &[(&str, &str, &str)] = &[
    ("onyx", "/access_token", "access_token"),
    ("onyx", "/refresh_token", "refresh_token"),
    ("onyx", "/0/password", "decoy of root"),
    ("onyx", "/1/password", "decoy of ann"),
    ("onyx", "/2/password", "decoy of bob"),
    ("onyx", "/3/password", "decoy of admin"),
    ("vitja", "/token", "token"),
    ("amadis", "/access_token", "access_token"),
    ("amadis", "/refresh_token", "refresh_token"),
    ("amadis", "/data/user_id", "user_id"),
    ("amadis", "/data/user_secret", "user_secret"),
    ("amadis", "/data/password", "new password"),
    ("amadis", "/User/0/password", "decoy of the first"),
    ("amadis", "/User/1/password", "decoy of the second"),
    ("amadis", "/User/2/password", "decoy of the third"),
    ("amadis", "/User/3/password", "decoy of the fourth"),
    ("amadis", "/User/4/password", "decoy of the fifth"),
    ("jwt", "/token", "token"),
    ("jwt", "/keys/0/kid", "key id"),
    ("jwt", "/keys/0/n", "modulus"),
];

/// As [`VALUES`], in the answers with these titles alone: elsewhere they are known beforehand.
const VALUES_OF: &[(&str, &str, &str, &str)] = &[
    ("onyx", "Show", "/password", "decoy of ann"),
    ("vitja", "Create", "/created", "now"),
    ("vitja", "Create", "/updated", "now"),
    ("vitja", "Update", "/updated", "now"),
    ("jwt", "Create", "/id", "id"),
    ("jwt", "Create", "/dateCreated", "now"),
    ("jwt", "Create", "/dateUpdated", "now"),
    ("jwt", "Update", "/dateUpdated", "now"),
];

/// The answer, with names where it differs from run to run; what they stand for is kept for later requests.
pub(super) fn named(
    dialect: &str,
    title: &str,
    answer: &str,
    known: &mut BTreeMap<&'static str, String>,
) -> Result<String> {
    let (head, body) = answer.split_once("\n\n").map_or((answer, None), |(head, body)| (head, Some(body)));
    let mut head = without_value(head, EVERYWHERE);
    if LENGTHS.contains(&(dialect, title)) {
        head = without_value(&head, "content-length");
    }
    let Some(body) = body else { return Ok(head) };
    let Ok(json) = serde_json::from_str::<Value>(body) else { return Ok(format!("{head}\n\n{body}")) };
    let everywhere = VALUES.iter().filter(|row| row.0 == dialect).map(|row| (row.1, row.2));
    let here = VALUES_OF.iter().filter(|row| row.0 == dialect && row.1 == title).map(|row| (row.2, row.3));
    let mut body = body.to_owned();
    for (pointer, name) in everywhere.chain(here) {
        if let Some(value) = json.pointer(pointer) {
            body = replaced(&body, value, name).with_context(|| format!("{pointer} is not where it should be"))?;
            known.insert(name, value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        }
    }
    Ok(format!("{head}\n\n{body}"))
}

fn without_value(head: &str, name: &str) -> String {
    let line = |line: &str| match line.split_once(": ") {
        Some((known, _)) if known == name => format!("{name}: {{{{{name}}}}}"),
        _ => line.to_owned(),
    };
    head.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// The text with a name for the first place where the value stands, as PHP or anybody else spells it.
fn replaced(text: &str, value: &Value, name: &str) -> Option<String> {
    let json = value.to_string();
    let spelled = [json.clone(), json.replace('/', "\\/")].into_iter().find(|spelled| text.contains(spelled))?;
    let name = if value.is_string() { format!("\"{{{{{name}}}}}\"") } else { format!("{{{{{name}}}}}") };
    Some(text.replacen(&spelled, &name, 1))
}

//! An entry as a line of JSON.

use std::collections::BTreeMap;

use chrono::SecondsFormat;
use dragoman_core::{Entry, Person};
use serde::Serialize;

#[derive(Serialize)]
struct Line<'a> {
    /// Null until the entry has its place in the chain, a second or so.
    sequence: Option<i64>,
    time: String,
    event: &'a str,
    dialect: &'a str,
    actor: Option<Who<'a>>,
    subject: Option<Who<'a>>,
    address: Option<&'a str>,
    outcome: &'a str,
    detail: &'a BTreeMap<String, String>,
    digest: Option<String>,
}

#[derive(Serialize)]
struct Who<'a> {
    id: i64,
    name: &'a str,
}

/// The entry, without a newline at its end.
pub(super) fn line(entry: &Entry) -> String {
    let line = Line {
        sequence: entry.sequence,
        time: time(entry),
        event: &entry.event,
        dialect: &entry.dialect,
        actor: entry.actor.as_ref().map(who),
        subject: entry.subject.as_ref().map(who),
        address: entry.address.as_deref(),
        outcome: &entry.outcome,
        detail: &entry.detail,
        digest: entry.digest.as_deref().map(hex),
    };
    serde_json::to_string(&line).unwrap_or_default() // nothing in it can fail
}

fn who(person: &Person) -> Who<'_> {
    Who { id: person.id, name: &person.name }
}

/// The time of an entry (RFC 3339, UTC).
pub(super) fn time(entry: &Entry) -> String {
    entry.time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// Lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

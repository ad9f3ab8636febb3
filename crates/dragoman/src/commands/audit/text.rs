//! Entries for people.

use dragoman_core::{Entry, Person};

use super::json::time;
use crate::commands::columns;

/// One line an entry.
pub(super) fn table(entries: &[Entry], heading: bool) -> String {
    let heading = heading
        .then(|| ["", "TIME", "EVENT", "OUTCOME", "DIALECT", "WHO", "WHOM", "FROM", "DETAIL"].map(str::to_owned));
    columns(&heading.into_iter().chain(entries.iter().map(row)).collect::<Vec<_>>())
}

fn row(entry: &Entry) -> [String; 9] {
    let detail = entry.detail.iter().map(|(name, value)| format!("{name}={value}"));
    [
        entry.sequence.map(|sequence| sequence.to_string()).unwrap_or_default(),
        time(entry),
        entry.event.clone(),
        entry.outcome.clone(),
        entry.dialect.clone(),
        who(entry.actor.as_ref()),
        who(entry.subject.as_ref()),
        entry.address.clone().unwrap_or_else(|| "-".to_owned()),
        detail.collect::<Vec<_>>().join(" "),
    ]
}

fn who(person: Option<&Person>) -> String {
    person.map_or_else(|| "-".to_owned(), |Person { id, name }| format!("{name} ({id})"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn an_entry_is_a_line_and_no_name_steers_the_terminal() {
        let person = |name: &str| Some(Person { id: 7, name: name.to_owned() });
        let entry = Entry {
            sequence: Some(3),
            time: chrono::DateTime::from_timestamp(1_000_000_000, 0).unwrap(),
            event: "change".to_owned(),
            dialect: "onyx".to_owned(),
            actor: person("\u{1b}[2J"),
            subject: None,
            address: Some("::1".to_owned()),
            outcome: "done".to_owned(),
            detail: BTreeMap::from([("fields".to_owned(), "email".to_owned())]),
            digest: None,
        };
        let table = table(&[entry], true);
        let [heading, line] = table.lines().collect::<Vec<_>>().try_into().unwrap();
        assert!(heading.trim().starts_with("TIME  "));
        let expected = "3 2001-09-09T01:46:40.000000Z change done onyx \\u{1b}[2J (7) - ::1 fields=email";
        assert_eq!(line.split_whitespace().collect::<Vec<_>>().join(" "), expected);
    }
}

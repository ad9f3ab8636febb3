//! One person whom two old servers knew.

use anyhow::{Context as _, Result, ensure};
use dragoman_tables::{Cell, Format, Row};
use dragoman_tests::{Database, World};

use super::{differing, of, people, written};
use crate::house::{DECIDED, House};

/// Both call her by this e-mail, each in its own spelling.
const ANNA: [(&str, &str); 2] = [("vitja", "anna@example.org"), ("jwt", "ANNA@example.org")];

/// What a new password changes in the rows of either.
const NEW_PASSWORD: [(&str, [&str; 2]); 2] =
    [("vitja", ["password", "updated"]), ("jwt", ["password_hash", "date_updated"])];

pub(super) fn linked(world: &World, database: Database) -> Result<()> {
    for order in [["vitja", "jwt"], ["jwt", "vitja"]] {
        let house = House::new(world, database)?;
        let mut before = Vec::new();
        for dialect in order {
            before.push((dialect, linking(&house, dialect)?));
        }
        for (dialect, rows) in &before {
            ensure!(house.rows(dialect, &["--known-only"])? == *rows, "{dialect}: somebody differs in {order:?}");
        }
        let password = house.file("password", b"a new password")?;
        house.succeeds(&["user", "set-password", "26@vitja", "--password-file", &password])?;
        for ((dialect, columns), (_, email)) in NEW_PASSWORD.iter().zip(ANNA) {
            let rows = before.iter().find(|(other, _)| other == dialect).context("a dialect that was imported")?;
            only_she_differs(&rows.1, &house.rows(dialect, &["--known-only"])?, email, columns)?;
        }
        house.succeeds(&["user", "set", "26@vitja", "--name", "Anna the Second", "--admin", "true"])?;
        for (dialect, email) in ANNA {
            let rows = house.rows(dialect, &["--known-only"])?;
            let anna = of(&rows, "email", email)?;
            ensure!(anna.get("name") == Some(&Cell::Text("Anna the Second".into())), "{dialect}: {anna:?}");
        }
    }
    Ok(())
}

/// Imports a dialect's people, among them an Anna who administers there or is switched off, and links by e-mail.
fn linking(house: &House, dialect: &str) -> Result<Vec<Row>> {
    let mut rows = people(dialect)?;
    for row in &mut rows {
        if ANNA.iter().any(|(_, email)| row.get("email") == Some(&Cell::Text((*email).to_owned()))) {
            *row = match dialect {
                "vitja" => row.clone().with("is_admin", Cell::Integer(1)),
                _ => row.clone().with("enabled", Cell::Text("f".into())),
            };
        }
    }
    let content = written(&rows, Format::Sql)?;
    let file = house.file(&format!("{dialect}.sql"), &content)?;
    let arguments = ["import", &file, "--dialect", dialect, "--format", "sql"];
    house.succeeds(&[&arguments, DECIDED.as_slice()].concat())?;
    Ok(rows)
}

fn only_she_differs(before: &[Row], now: &[Row], email: &str, columns: &[&str]) -> Result<()> {
    ensure!(before.len() == now.len(), "{} of {}", now.len(), before.len());
    for (before, now) in before.iter().zip(now) {
        let hers = now.get("email") == Some(&Cell::Text(email.to_owned()));
        let expected = if hers { columns } else { &[] };
        ensure!(differing(before, now) == expected, "{before:?} {now:?}");
    }
    of(now, "email", email).map(drop)
}

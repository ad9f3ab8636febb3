//! From a user back to a record: the one that it came with, and what has changed since.

use chrono::{DateTime, Utc};
use dragoman_core::{Fact, Role, Roles, Spelling};
use dragoman_tables::{Cell, Row};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::map::{ColumnMap, Meaning};
use super::spellings::{Timed, cells, flag_pair};

/// What a fact about a user is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewValue {
    /// Nothing is known any more.
    Nothing,
    /// A name, an address, a hash as the old server reads it, a fact of its own.
    Text(String),
    /// The integer id.
    Number(i64),
    /// The UUID.
    Uuid(Uuid),
    /// Whether the user may sign in.
    Flag(bool),
    /// Its roles. They also tell a column of administrators.
    Roles(Roles),
    /// A time.
    Time(DateTime<Utc>),
}

impl ColumnMap {
    /// The record with what has changed, each value in the spelling that its column has had in it: a `t` becomes an
    /// `f`, and a time keeps its form. What has not changed stays as it is, and so do columns that tell nothing.
    #[must_use]
    pub fn overlay(&self, mut record: Row, changes: &[(Fact, NewValue)]) -> Row {
        for (fact, value) in changes {
            for meaning in self.columns.iter().filter(|meaning| concerns(&meaning.fact, fact)) {
                let Some(old) = record.get(&meaning.name) else { continue };
                let new = respell(meaning, fact, old, value);
                record = record.with(&meaning.name, new);
            }
        }
        record
    }
}

/// Whether a change of one fact is told by a column of another.
fn concerns(column: &Fact, changed: &Fact) -> bool {
    let within = match column {
        Fact::Admin => matches!(changed, Fact::Roles),
        Fact::Facts => matches!(changed, Fact::Own(_)),
        Fact::Addresses => matches!(changed, Fact::Address(_)),
        Fact::Number
        | Fact::Uuid
        | Fact::Username
        | Fact::Email
        | Fact::Name
        | Fact::Password
        | Fact::PasswordHash
        | Fact::Salt
        | Fact::ClientSecret
        | Fact::SecretDigest
        | Fact::Roles
        | Fact::Enabled
        | Fact::Created
        | Fact::Updated
        | Fact::Own(_)
        | Fact::Address(_)
        | Fact::Kept => false,
    };
    within || column == changed
}

fn respell(meaning: &Meaning, fact: &Fact, old: &Cell, value: &NewValue) -> Cell {
    match (&meaning.fact, fact, value) {
        (Fact::Facts, Fact::Own(key), value) | (Fact::Addresses, Fact::Address(key), value) => entry(old, key, value),
        (_, _, NewValue::Nothing) => meaning.absent.map_or(Cell::Null, |absent| Cell::Text(absent.to_owned())),
        (Fact::Admin, _, NewValue::Roles(roles)) => flag(roles.contains(Role::Admin), old, meaning.spelling),
        (_, _, NewValue::Roles(roles)) => self::roles(*roles, old, meaning.spelling),
        (_, _, NewValue::Flag(value)) => flag(*value, old, meaning.spelling),
        (_, _, NewValue::Number(number)) => integer(*number, old),
        (_, _, NewValue::Time(at)) => match Timed::of(old) {
            Ok(Some(timed)) => timed.spell(*at),
            Ok(None) | Err(()) => Timed::spell_new(*at, meaning.spelling),
        },
        (_, _, NewValue::Uuid(uuid)) if matches!(old, Cell::Bytes(_)) => Cell::Bytes(uuid.as_bytes().to_vec()),
        (_, _, NewValue::Uuid(uuid)) => Cell::Text(uuid.to_string()),
        (_, _, NewValue::Text(text)) => self::text(text, old, meaning.spelling),
    }
}

fn text(text: &str, old: &Cell, spelling: Spelling) -> Cell {
    let number = || text.parse().ok().filter(|number: &i64| number.to_string() == text);
    match old {
        Cell::Bytes(_) => Cell::Bytes(text.as_bytes().to_vec()),
        // A fact of the dialect's own that is a number there: it is kept as text here.
        Cell::Integer(_) => number().map_or_else(|| Cell::Text(text.to_owned()), Cell::Integer),
        Cell::Null if spelling == Spelling::Integer => {
            number().map_or_else(|| Cell::Text(text.to_owned()), Cell::Integer)
        }
        Cell::Null | Cell::Boolean(_) | Cell::Real(_) | Cell::Text(_) | Cell::Json(_) => Cell::Text(text.to_owned()),
    }
}

fn integer(number: i64, old: &Cell) -> Cell {
    let digits = matches!(old, Cell::Text(text) if !text.is_empty());
    if digits { Cell::Text(number.to_string()) } else { Cell::Integer(number) }
}

fn flag(value: bool, old: &Cell, spelling: Spelling) -> Cell {
    let of = |(yes, no): (&str, &str)| Cell::Text(if value { yes } else { no }.to_owned());
    match (old, spelling) {
        (Cell::Boolean(_), _) => Cell::Boolean(value),
        (Cell::Integer(_), _) => Cell::Integer(value.into()),
        (Cell::Bytes(_), _) => Cell::Bytes(vec![value.into()]),
        (Cell::Text(text), _) if flag_pair(text).is_some() => of(flag_pair(text).unwrap_or(("1", "0"))),
        (_, Spelling::Integer) => Cell::Integer(value.into()),
        (_, Spelling::Letter) => of(("t", "f")),
        (_, Spelling::Json) => Cell::Boolean(value),
        (_, Spelling::Text | Spelling::Word | Spelling::SqlTime | Spelling::Array) => of(("true", "false")),
    }
}

/// Roles that nobody knows here stay where they are: the old server may know them.
fn roles(roles: Roles, old: &Cell, spelling: Spelling) -> Cell {
    let before = cells::roles(old).ok().flatten().unwrap_or_default();
    let stays = |name: &String| Role::by_name(name).is_none_or(|role| roles.contains(role));
    let mut names: Vec<_> = before.iter().filter(|name| stays(name)).cloned().collect();
    for role in roles.iter().map(|role| role.name().to_owned()) {
        if !names.contains(&role) {
            names.push(role);
        }
    }
    match (old, spelling) {
        (Cell::Text(text), _) if text.starts_with('[') => Cell::Text(Value::from(names).to_string()),
        (Cell::Text(text), _) if text.starts_with('{') => array(&names),
        (Cell::Text(text), _) if !text.is_empty() => Cell::Text(names.join(",")),
        (Cell::Json(_), _) | (_, Spelling::Json) => Cell::Json(names.into()),
        (_, Spelling::Array) => array(&names),
        (_, Spelling::Text | Spelling::Integer | Spelling::Letter | Spelling::Word | Spelling::SqlTime) => {
            Cell::Text(names.join(","))
        }
    }
}

fn array(names: &[String]) -> Cell {
    Cell::Text(format!("{{{}}}", names.iter().map(|name| element(name)).collect::<Vec<_>>().join(",")))
}

/// An element of an array as PostgreSQL writes it.
fn element(name: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_-.:/@".contains(letter);
    if !name.is_empty() && name.chars().all(plain) && !name.eq_ignore_ascii_case("null") {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

/// An object with another entry; a number there stays one.
fn entry(old: &Cell, key: &str, value: &NewValue) -> Cell {
    let mut object: Map<_, _> = cells::object(old).ok().flatten().unwrap_or_default();
    if let NewValue::Text(text) = value {
        let as_it_was = object.get(key).is_some_and(|old| !old.is_string());
        let kept = serde_json::from_str::<Value>(text).ok().filter(|_| as_it_was);
        object.insert(key.to_owned(), kept.unwrap_or_else(|| text.clone().into()));
    } else {
        object.shift_remove(key);
    }
    Cell::Json(Value::Object(object))
}

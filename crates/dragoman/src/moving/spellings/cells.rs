//! What a cell tells, of each kind. Nothing is none, and what cannot be read is a fault.

use dragoman_tables::Cell;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::flag_pair;

type Told<T> = Result<Option<T>, ()>;

/// Text; of an empty one the caller says what it means.
pub(in crate::moving) fn text(cell: &Cell) -> Told<String> {
    match cell {
        Cell::Null => Ok(None),
        Cell::Text(text) => Ok(Some(text.clone())),
        Cell::Integer(number) => Ok(Some(number.to_string())),
        // A column of MySQL that compares by bytes.
        Cell::Bytes(bytes) => String::from_utf8(bytes.clone()).map(Some).map_err(drop),
        Cell::Boolean(_) | Cell::Real(_) | Cell::Json(_) => Err(()),
    }
}

/// A whole number, or its digits.
pub(in crate::moving) fn number(cell: &Cell) -> Told<i64> {
    match cell {
        Cell::Null => Ok(None),
        Cell::Integer(number) => Ok(Some(*number)),
        Cell::Text(text) if text.is_empty() => Ok(None),
        Cell::Text(text) => text.parse().map(Some).map_err(drop),
        Cell::Boolean(_) | Cell::Real(_) | Cell::Bytes(_) | Cell::Json(_) => Err(()),
    }
}

/// Yes or no; MySQL's `bit(1)` comes as a byte.
pub(in crate::moving) fn flag(cell: &Cell) -> Told<bool> {
    match cell {
        Cell::Null => Ok(None),
        Cell::Boolean(flag) => Ok(Some(*flag)),
        Cell::Integer(0) => Ok(Some(false)),
        Cell::Integer(1) => Ok(Some(true)),
        Cell::Text(text) if text.is_empty() => Ok(None),
        Cell::Text(text) => flag_pair(text).map(|(yes, _)| Some(text == yes)).ok_or(()),
        Cell::Bytes(bytes) => match bytes.as_slice() {
            [bit @ (0 | 1)] => Ok(Some(*bit == 1)),
            _ => Err(()),
        },
        Cell::Integer(_) | Cell::Real(_) | Cell::Json(_) => Err(()),
    }
}

/// A UUID in any of its spellings, or its sixteen bytes.
pub(in crate::moving) fn uuid(cell: &Cell) -> Told<Uuid> {
    match cell {
        Cell::Null => Ok(None),
        Cell::Text(text) if text.is_empty() => Ok(None),
        Cell::Text(text) => text.parse().map(Some).map_err(drop),
        Cell::Bytes(bytes) => Uuid::from_slice(bytes).map(Some).map_err(drop),
        Cell::Boolean(_) | Cell::Integer(_) | Cell::Real(_) | Cell::Json(_) => Err(()),
    }
}

/// The names of roles: `{ADMIN,USER}`, `["ADMIN","USER"]` or `ADMIN,USER`.
pub(in crate::moving) fn roles(cell: &Cell) -> Told<Vec<String>> {
    match cell {
        Cell::Null => Ok(None),
        Cell::Json(value) => names(value).map(Some).ok_or(()),
        Cell::Text(text) if text.starts_with('{') => array_names(text).map(Some).ok_or(()),
        Cell::Text(text) if text.starts_with('[') => {
            serde_json::from_str(text).ok().as_ref().and_then(names).map(Some).ok_or(())
        }
        Cell::Text(text) => {
            let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
            Ok(Some(names.map(str::to_owned).collect()))
        }
        Cell::Boolean(_) | Cell::Integer(_) | Cell::Real(_) | Cell::Bytes(_) => Err(()),
    }
}

fn names(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|name| Some(name.as_str()?.to_owned())).collect()
}

/// The elements of an array of texts as PostgreSQL spells it; a name with a comma stands in double quotes.
pub(in crate::moving) fn array_names(text: &str) -> Option<Vec<String>> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    let mut names = Vec::new();
    let (mut name, mut quoted) = (String::new(), false);
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => name.push(letters.next()?),
            '"' => quoted = !quoted,
            ',' if !quoted => names.push(std::mem::take(&mut name)),
            '{' | '}' if !quoted => return None,
            _ => name.push(letter),
        }
    }
    if !inner.is_empty() {
        names.push(name);
    }
    (!quoted).then_some(names)
}

/// An object, or the JSON text of one.
pub(in crate::moving) fn object(cell: &Cell) -> Told<Map<String, Value>> {
    match cell {
        Cell::Null => Ok(None),
        Cell::Json(Value::Object(object)) => Ok(Some(object.clone())),
        Cell::Text(text) if text.is_empty() => Ok(None),
        Cell::Text(text) => serde_json::from_str(text).map(Some).map_err(drop),
        Cell::Boolean(_) | Cell::Integer(_) | Cell::Real(_) | Cell::Bytes(_) | Cell::Json(_) => Err(()),
    }
}

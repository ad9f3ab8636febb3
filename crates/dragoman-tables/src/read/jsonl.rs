//! JSON Lines: an object a line.

use std::fmt;
use std::io::Read;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Value;

use super::source::{Line, Source};
use crate::{Cell, Fault, Row};

pub(super) struct JsonLines<R> {
    source: Source<R>,
    line: Vec<u8>,
    // Of the last row: most have the same.
    columns: Arc<[String]>,
    broken: bool,
}

impl<R: Read> JsonLines<R> {
    pub(super) fn new(source: Source<R>) -> Self {
        Self { source, line: Vec::new(), columns: Arc::default(), broken: false }
    }

    pub(super) fn next(&mut self) -> Option<Result<Row, Fault>> {
        while !self.broken {
            let number = self.source.line();
            match self.source.read_line(&mut self.line) {
                Ok(Line::Whole) if self.line.trim_ascii().is_empty() => {}
                Ok(Line::Whole) => return Some(self.row().map_err(|what| Fault::line(number, what))),
                Ok(Line::TooLong) => return Some(Err(Fault::line(number, "longer than a record may be"))),
                Ok(Line::End) => return None,
                Err(fault) => {
                    self.broken = true;
                    return Some(Err(fault));
                }
            }
        }
        None
    }

    fn row(&mut self) -> Result<Row, String> {
        let text = str::from_utf8(&self.line).map_err(|_| "not UTF-8")?;
        if !text.trim_start().starts_with('{') {
            return Err("not a JSON object".to_owned());
        }
        let Record(names, cells) = serde_json::from_str(text).map_err(|error| complaint(&error))?;
        if *names != *self.columns {
            self.columns = names.into();
        }
        Ok(Row::new(Arc::clone(&self.columns), cells))
    }
}

/// The line of the complaint is always the first: the file's own stands in the fault.
fn complaint(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.split_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    format!("{what} (column {})", error.column())
}

/// An object whose keys stay in their order; of a key that is there twice nobody could say which counts.
struct Record(Vec<String>, Vec<Cell>);

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Keys)
    }
}

struct Keys;

impl<'de> Visitor<'de> for Keys {
    type Value = Record;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record, A::Error> {
        let mut known = std::collections::HashSet::new();
        let (mut names, mut cells) = (Vec::new(), Vec::new());
        while let Some(name) = map.next_key::<String>()? {
            if !known.insert(name.clone()) {
                return Err(A::Error::custom(format!("the key {name:?} is there twice")));
            }
            names.push(name);
            cells.push(map.next_value::<Value>()?.into());
        }
        Ok(Record(names, cells))
    }
}

//! What the readers and writers promise, over each other.

mod dumps;
mod files;
mod hostile;
mod round_trips;

use serde_json::{Map, Value};

use crate::{Fault, Format, Row, Rows};

fn rows(text: impl AsRef<[u8]>, format: Format) -> Vec<Result<Row, Fault>> {
    of_table(text, format, Some("users"))
}

fn of_table(text: impl AsRef<[u8]>, format: Format, table: Option<&str>) -> Vec<Result<Row, Fault>> {
    match Rows::from_reader(text.as_ref(), format, table) {
        Ok(rows) => rows.collect(),
        Err(fault) => vec![Err(fault)],
    }
}

/// Every row as JSON.
fn read(text: impl AsRef<[u8]>, format: Format) -> Vec<Value> {
    rows(text, format).into_iter().map(|row| Value::Object(Map::from(row.unwrap()))).collect()
}

/// What is wrong, where exactly one thing is.
fn fault(text: impl AsRef<[u8]>, format: Format) -> String {
    let faults: Vec<_> = rows(text, format).into_iter().filter_map(Result::err).collect();
    assert_eq!(faults.len(), 1, "{faults:?}");
    faults[0].to_string()
}

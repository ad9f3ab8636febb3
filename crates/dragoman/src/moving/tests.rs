//! What records become, and what becomes of them again.

mod origins;
mod overlays;
mod records;

use dragoman_core::Fact;
use dragoman_tables::{Format, Row};
use serde_json::Value;

use super::{Arrived, ColumnMap, parse_map};
use crate::dialects::Dialect;

fn row(object: Value) -> Row {
    let Value::Object(object) = object else { panic!("{object} is no object") };
    object.into()
}

fn map(dialect: &str, format: Format, row: &Row, given: &str) -> anyhow::Result<ColumnMap> {
    let given: Vec<(String, Fact)> = if given.is_empty() { Vec::new() } else { parse_map(given)? };
    ColumnMap::of(Dialect::by_name(dialect).unwrap(), format, row.columns(), &given)
}

fn arrive(dialect: &str, format: Format, object: Value, given: &str) -> Result<Arrived, String> {
    let row = row(object);
    map(dialect, format, &row, given).map_err(|error| error.to_string())?.arrive(row)
}

//! Between a row and a JSON object, without loss.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value};

use super::{Cell, Row};

/// The key under which bytes travel in JSON, which has none: `{"$bytes":"…"}` in padded base64.
const BYTES: &str = "$bytes";

impl From<Value> for Cell {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Boolean(value),
            Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(number), _) => Self::Integer(number),
                (None, Some(real)) if number.is_f64() => Self::Real(real),
                _ => Self::Json(Value::Number(number)),
            },
            Value::String(text) => Self::Text(text),
            Value::Object(object) => bytes(&object).map_or_else(|| Self::Json(Value::Object(object)), Self::Bytes),
            Value::Array(_) => Self::Json(value),
        }
    }
}

fn bytes(object: &Map<String, Value>) -> Option<Vec<u8>> {
    let encoded = object.get(BYTES).filter(|_| object.len() == 1)?.as_str()?;
    BASE64_STANDARD.decode(encoded).ok()
}

impl From<Cell> for Value {
    fn from(cell: Cell) -> Self {
        match cell {
            Cell::Null => Self::Null,
            Cell::Boolean(value) => Self::Bool(value),
            Cell::Integer(number) => number.into(),
            Cell::Real(number) => number.into(),
            Cell::Text(text) => Self::String(text),
            Cell::Bytes(bytes) => {
                Self::Object(Map::from_iter([(BYTES.to_owned(), BASE64_STANDARD.encode(bytes).into())]))
            }
            Cell::Json(value) => value,
        }
    }
}

impl From<Map<String, Value>> for Row {
    fn from(object: Map<String, Value>) -> Self {
        let (columns, cells): (Vec<_>, Vec<_>) = object.into_iter().map(|(name, value)| (name, value.into())).unzip();
        Self { columns: columns.into(), cells }
    }
}

impl From<Row> for Map<String, Value> {
    fn from(row: Row) -> Self {
        row.columns.iter().cloned().zip(row.cells.into_iter().map(Value::from)).collect()
    }
}

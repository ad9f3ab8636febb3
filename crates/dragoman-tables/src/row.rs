//! A row of a table, and the JSON object that keeps it.

mod json;

use std::fmt;
use std::sync::Arc;

/// What one row has in one column.
#[derive(Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// True or false, where the file says it in so many words.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// Another number: one that is spelled as it was read. A number of more digits stays [`Cell::Text`].
    Real(f64),
    /// Text.
    Text(String),
    /// Bytes that were not written as text.
    Bytes(Vec<u8>),
    /// A nested value of a JSON Lines record: an array, an object, or a number beyond the others.
    Json(serde_json::Value),
}

/// Says of what kind it is and no more: it may be the hash of a password.
impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "Null",
            Self::Boolean(_) => "Boolean",
            Self::Integer(_) => "Integer",
            Self::Real(_) => "Real",
            Self::Text(_) => "Text",
            Self::Bytes(_) => "Bytes",
            Self::Json(_) => "Json",
        })
    }
}

impl Cell {
    /// The cell of a number as a file spells it: without loss, or else as text.
    pub(crate) fn number(spelled: &str) -> Self {
        let spells = |number: &f64| number.is_finite() && spelled == spell(*number);
        match (spelled.parse::<i64>(), spelled.parse::<f64>()) {
            (Ok(number), _) if number.to_string() == spelled => Self::Integer(number),
            (_, Ok(number)) if spells(&number) => Self::Real(number),
            _ => Self::Text(spelled.to_owned()),
        }
    }
}

/// The shortest spelling that is read as this number again.
pub(crate) fn spell(number: f64) -> String {
    serde_json::Value::from(number).to_string()
}

/// A row: cells under the names of their columns, in the order of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    // Shared by the rows of a table.
    columns: Arc<[String]>,
    cells: Vec<Cell>,
}

impl Row {
    /// A row of these columns; what cells lack is null, what they have beyond the columns is dropped.
    #[must_use]
    pub fn new(columns: Arc<[String]>, mut cells: Vec<Cell>) -> Self {
        cells.resize(columns.len(), Cell::Null);
        Self { columns, cells }
    }

    /// The names of its columns, in the order of the file.
    #[must_use]
    pub const fn columns(&self) -> &Arc<[String]> {
        &self.columns
    }

    /// The cell in this column, where there is such a column.
    #[must_use]
    pub fn get(&self, column: &str) -> Option<&Cell> {
        self.iter().find(|(name, _)| *name == column).map(|(_, cell)| cell)
    }

    /// Every column with its cell, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Cell)> {
        self.columns.iter().map(String::as_str).zip(&self.cells)
    }

    /// The same row with another cell in a column that it has.
    #[must_use]
    pub fn with(mut self, column: &str, cell: Cell) -> Self {
        let at = self.columns.iter().position(|name| name == column);
        if let Some(place) = at.and_then(|at| self.cells.get_mut(at)) {
            *place = cell;
        }
        self
    }
}

//! Every table, row by row, from one database into another that is empty.
//!
//! [`TABLES`] is the one list of what is copied. A table that is neither there nor in [`DERIVED`] fails a test.

mod entries;
mod tables;

use diesel::result::QueryResult;

use super::connection::AnyConnection;
use crate::Result;

/// Rows that are in memory at a time.
const PORTION: usize = 2000;

/// Copies all rows from the first database into the second, and tells of each portion.
type Copying = fn(&mut AnyConnection, &mut AnyConnection, &mut dyn FnMut(usize)) -> QueryResult<()>;

/// A table that is copied as it is.
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Whether the migrations put rows into it. The source's stand in for them.
    pub seeded: bool,
    /// Its columns.
    #[cfg(test)]
    pub columns: &'static [&'static str],
    count: fn(&mut AnyConnection) -> QueryResult<i64>,
    clear: fn(&mut AnyConnection) -> QueryResult<usize>,
    copy: Copying,
    /// Whether two databases have the same rows.
    #[cfg(test)]
    pub same: fn(&mut AnyConnection, &mut AnyConnection) -> bool,
}

/// All tables, each after those that it refers to.
pub const TABLES: [Table; 15] = [
    tables::users::TABLE,
    tables::login_names::TABLE,
    tables::credentials::TABLE,
    tables::addresses::TABLE,
    tables::import_runs::TABLE,
    tables::identities::TABLE,
    tables::left_out::TABLE,
    tables::number_marks::TABLE,
    tables::tokens::TABLE,
    tables::adoptions::TABLE,
    tables::guesses::TABLE,
    tables::familiar_networks::TABLE,
    Table { seeded: true, ..tables::locks::TABLE },
    Table { copy: entries::copy, ..tables::audit_entries::TABLE },
    Table { seeded: true, ..tables::audit_marks::TABLE },
];

/// Tables that the target's own triggers fill: SQLite's search index stands for all that it consists of.
#[cfg(test)]
pub const DERIVED: [&str; 2] = ["user_counts", "users_search"];

impl Table {
    /// How many rows there are.
    pub fn count(&self, conn: &mut AnyConnection) -> QueryResult<i64> {
        (self.count)(conn)
    }

    /// Copies all rows; `watch` is told of each portion.
    pub fn copy(
        &self,
        source: &mut AnyConnection,
        target: &mut AnyConnection,
        watch: &mut dyn FnMut(usize),
    ) -> Result<()> {
        if self.seeded {
            (self.clear)(target)?;
        }
        Ok((self.copy)(source, target, watch)?)
    }
}

/// Takes rows as they come and hands them on in portions.
fn pour<R>(
    rows: impl Iterator<Item = QueryResult<R>>,
    mut put: impl FnMut(Vec<R>) -> QueryResult<()>,
) -> QueryResult<()> {
    let mut portion = Vec::with_capacity(PORTION);
    for row in rows {
        portion.push(row?);
        if portion.len() == PORTION {
            put(std::mem::replace(&mut portion, Vec::with_capacity(PORTION)))?;
        }
    }
    if portion.is_empty() { Ok(()) } else { put(portion) }
}

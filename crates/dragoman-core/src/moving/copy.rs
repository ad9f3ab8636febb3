//! The whole database, moved to the other kind or another place.
//!
//! The source is read as it was at one moment; a gateway that goes on writing to it does no harm, but what it writes
//! stays behind. The target gets everything in one transaction or nothing: whatever breaks a copy off leaves a
//! database that is still empty.

use diesel::connection::SimpleConnection as _;

use crate::db::connection::{AnyConnection, NO_HURRY, alone};
use crate::db::copy::{TABLES, Table};
use crate::db::numbering::NUMBERED;
use crate::db::{Database, DatabaseSettings, snapshot};
use crate::{Error, Result};

/// How far a copy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopyProgress {
    /// The table whose rows are copied.
    pub table: &'static str,
    /// Rows of all tables that were copied so far.
    pub done: u64,
    /// Rows of all tables.
    pub all: u64,
}

/// How many rows of a table there are, in the source and in the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopiedTable {
    /// Its name.
    pub name: &'static str,
    /// Rows of the source.
    pub source: u64,
    /// Rows of the target, counted there.
    pub target: u64,
}

/// Copies everything that a database holds into an empty one, which is brought to this version first. Blocks.
///
/// # Errors
/// A source that is not there or not at this version; a target that is not empty; a database that fails. In each case
/// the target has nothing but its tables.
pub fn copy(
    from: &DatabaseSettings,
    to: &DatabaseSettings,
    watch: impl FnMut(CopyProgress),
) -> Result<Vec<CopiedTable>> {
    let pending = Database::open(from)?.pending_migrations().map_err(of("source"))?;
    if !pending.is_empty() {
        return Err(Error::storage(
            "the source is not there, or not at this version: `dragoman migrate` brings it there",
        ));
    }
    Database::open(to)?.migrate().map_err(of("target"))?;
    let mut source = snapshot::of(from).map_err(of("source"))?;
    let mut target = alone(to).map_err(of("target"))?;
    begin_writing(&mut target).map_err(of("target"))?;
    ensure_empty(&mut target)?;
    let copied = everything(&mut source, &mut target, watch)?;
    target.batch_execute("COMMIT").map_err(Error::from).map_err(of("target"))?;
    Ok(copied)
}

/// Says which of the two databases failed.
fn of(side: &'static str) -> impl Fn(Error) -> Error {
    move |error| {
        if let Error::Storage(cause) = &error { Error::storage(format!("{side}: {cause}")) } else { error }
    }
}

/// From here on nobody else writes to the database.
fn begin_writing(conn: &mut AnyConnection) -> Result<()> {
    match conn {
        AnyConnection::Postgres(conn) => {
            conn.batch_execute("BEGIN")?;
            conn.batch_execute(&format!("LOCK TABLE {} IN EXCLUSIVE MODE", names()))?;
            conn.batch_execute(NO_HURRY)?;
        }
        AnyConnection::Sqlite(conn) => conn.batch_execute("BEGIN IMMEDIATE")?,
    }
    Ok(())
}

fn ensure_empty(target: &mut AnyConnection) -> Result<()> {
    for table in TABLES.iter().filter(|table| !table.seeded) {
        let rows = table.count(target)?;
        if rows != 0 {
            let name = table.name;
            return Err(Error::storage(format!(
                "the target is not empty: {name} has {rows} rows; copy into a new one"
            )));
        }
    }
    Ok(())
}

fn everything(
    source: &mut AnyConnection,
    target: &mut AnyConnection,
    mut watch: impl FnMut(CopyProgress),
) -> Result<Vec<CopiedTable>> {
    let counts = TABLES.iter().map(|table| count(table, source)).collect::<Result<Vec<_>>>().map_err(of("source"))?;
    let (mut done, all) = (0, counts.iter().sum());
    for table in &TABLES {
        let mut further = |rows: usize| {
            done += rows as u64;
            watch(CopyProgress { table: table.name, done, all });
        };
        further(0);
        table.copy(source, target, &mut further).map_err(of(table.name))?;
    }
    for numbered in &NUMBERED {
        let last = numbered.last_given(source)?;
        numbered.go_on_after(target, last)?;
    }
    if let AnyConnection::Postgres(conn) = target {
        // Without it the first queries are planned for empty tables.
        conn.batch_execute(&format!("ANALYZE {}", names()))?;
    }
    TABLES.iter().zip(counts).map(|(table, source)| compared(table, source, target)).collect()
}

fn names() -> String {
    TABLES.each_ref().map(|table| table.name).join(", ")
}

fn count(table: &Table, conn: &mut AnyConnection) -> Result<u64> {
    Ok(table.count(conn)?.unsigned_abs())
}

fn compared(table: &Table, source: u64, target: &mut AnyConnection) -> Result<CopiedTable> {
    let (name, target) = (table.name, count(table, target).map_err(of("target"))?);
    if source != target {
        return Err(Error::storage(format!("{name} has {source} rows in the source and {target} in the target")));
    }
    Ok(CopiedTable { name, source, target })
}

//! An SQLite database.

mod whole;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Result};

use super::{Progress, RECORD_LIMIT};
use crate::{Cell, Fault, Row};

/// So many rows are read ahead.
const AHEAD: usize = 64;

/// The rows of a table. A thread reads them, because a query's rows cannot be kept beside the connection that they
/// borrow; it ends when nobody takes its rows any more.
pub(super) struct Table {
    rows: Receiver<std::result::Result<Row, Fault>>,
}

impl Table {
    pub(super) fn open(path: &Path, table: Option<&str>, progress: &Progress) -> std::result::Result<Self, Fault> {
        whole::ensure(path).map_err(Fault::file)?;
        let connection = connect(path).map_err(Fault::file)?;
        let table = choose(&tables(&connection).map_err(Fault::file)?, table)?;
        let (sender, rows) = sync_channel(AHEAD);
        let progress = progress.clone();
        let read = move || {
            if let Err(error) = send(&connection, &table, &progress, &sender) {
                drop(sender.send(Err(Fault::file(error))));
            }
        };
        std::thread::Builder::new().name("sqlite".to_owned()).spawn(read).map_err(Fault::file)?;
        Ok(Self { rows })
    }

    pub(super) fn next(&self) -> Option<std::result::Result<Row, Fault>> {
        self.rows.recv().ok()
    }
}

/// The file is somebody's, its schema too: nothing of it is to run, and nothing is written.
fn connect(path: &Path) -> Result<Connection> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, i32::try_from(RECORD_LIMIT).unwrap_or(i32::MAX))?;
    connection.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA query_only = ON; PRAGMA cell_size_check = ON")?;
    Ok(connection)
}

fn tables(connection: &Connection) -> Result<Vec<String>> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
               AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name";
    connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}

fn choose(tables: &[String], wanted: Option<&str>) -> std::result::Result<String, Fault> {
    let list = || tables.join(", ");
    match (wanted, tables) {
        (Some(wanted), _) => {
            let found = tables.iter().find(|table| table.eq_ignore_ascii_case(wanted)).cloned();
            found.ok_or_else(|| Fault::file(format!("there is no table {wanted:?}; there are: {}", list())))
        }
        (None, [table]) => Ok(table.clone()),
        (None, []) => Err(Fault::file("there is no table")),
        (None, [_, ..]) => Err(Fault::file(format!("there are several tables, say which: {}", list()))),
    }
}

fn send(
    connection: &Connection,
    table: &str,
    progress: &Progress,
    sender: &SyncSender<std::result::Result<Row, Fault>>,
) -> Result<()> {
    let quoted = table.replace('"', "\"\"");
    let count = connection.query_row(&format!("SELECT count(*) FROM \"{quoted}\""), [], |row| row.get::<_, u64>(0))?;
    let mut statement = connection.prepare(&format!("SELECT * FROM \"{quoted}\""))?;
    let columns: Arc<[String]> = statement.column_names().into_iter().map(str::to_owned).collect();
    let mut rows = statement.query([])?;
    let mut number = 0;
    while let Some(row) = rows.next()? {
        number += 1;
        let done = u128::from(progress.total) * u128::from(number) / u128::from(count.max(number));
        progress.position.store(u64::try_from(done).unwrap_or(u64::MAX), Ordering::Relaxed);
        let cells = (0..columns.len()).map(|at| row.get_ref(at).map(cell)).collect::<Result<Option<Vec<_>>>>()?;
        let read = cells.map(|cells| Row::new(Arc::clone(&columns), cells));
        if sender.send(read.ok_or_else(|| Fault::row(number, "not UTF-8"))).is_err() {
            break;
        }
    }
    Ok(())
}

fn cell(value: ValueRef<'_>) -> Option<Cell> {
    Some(match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        ValueRef::Real(number) if number.is_finite() => Cell::Real(number),
        ValueRef::Real(number) => Cell::Text(number.to_string()),
        ValueRef::Text(text) => Cell::Text(str::from_utf8(text).ok()?.to_owned()),
        ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_vec()),
    })
}

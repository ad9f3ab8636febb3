//! One import at a time, whoever starts it from wherever: held by an open file or connection, so that it ends with
//! the process at the latest.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt as _;

use diesel::prelude::*;
use diesel::sql_types::Bool;
use r2d2::ManageConnection as _;

use super::Database;
use super::connection::{Manager, Pooled, Target};
use crate::{Error, Result};

/// Within a database a schema is what an import has to itself ("dragoman" in ASCII, its last four letters).
const ADVISORY: &str = "SELECT pg_try_advisory_lock(1735221614, hashtext(current_schema())) AS taken";

/// Keeps other imports away until it is dropped.
pub struct ImportLock {
    _held: Held,
}

#[expect(dead_code, reason = "what is held is only dropped")]
enum Held {
    File(File),
    Connection(Box<Pooled>),
}

#[derive(QueryableByName)]
struct Taken {
    #[diesel(sql_type = Bool)]
    taken: bool,
}

impl Database {
    /// Takes the lock, or answers `Busy` at once.
    pub fn import_lock(&self) -> Result<ImportLock> {
        let held = match &self.target {
            Target::Sqlite(path) => Held::File(lock_file(path)?),
            Target::Postgres(_) => Held::Connection(Box::new(self.lock_connection()?)),
        };
        Ok(ImportLock { _held: held })
    }

    fn lock_connection(&self) -> Result<Pooled> {
        let manager = Manager::new(self.target.clone(), self.patience.as_secs());
        let mut pooled = manager.connect().map_err(Error::storage)?;
        let answer: Taken = diesel::sql_query(ADVISORY).get_result(&mut pooled.connection)?;
        if answer.taken { Ok(pooled) } else { Err(Error::Busy) }
    }
}

/// The file stays: whoever deleted it could lock another one of the same name.
fn lock_file(database: &str) -> Result<File> {
    let path = format!("{database}.import.lock");
    let file =
        File::options().create(true).truncate(false).write(true).mode(0o600).open(path).map_err(Error::storage)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(Error::Busy),
        Err(std::fs::TryLockError::Error(error)) => Err(Error::storage(error)),
    }
}

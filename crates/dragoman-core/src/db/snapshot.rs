//! A database as it is at one moment, for as long as it takes to read it.

use diesel::connection::SimpleConnection as _;

use super::DatabaseSettings;
use super::connection::{AnyConnection, NO_HURRY, alone};
use crate::Result;

/// A connection that goes on seeing the database as it is now. Nobody waits for it.
pub fn of(settings: &DatabaseSettings) -> Result<AnyConnection> {
    let mut connection = alone(settings)?;
    match &mut connection {
        AnyConnection::Postgres(conn) => {
            conn.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
            conn.batch_execute(NO_HURRY)?;
        }
        AnyConnection::Sqlite(conn) => conn.batch_execute("BEGIN")?,
    }
    Ok(connection)
}

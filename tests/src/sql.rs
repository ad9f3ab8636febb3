//! Statements on a gateway's database, past the gateway.

use anyhow::{Context as _, Result};
use diesel::connection::SimpleConnection as _;
use diesel::sql_types::Text;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};

use crate::cluster;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    text: String,
}

/// Runs statements on the database at this URL.
///
/// # Errors
/// Those of the database.
pub fn execute(url: &str, statements: &str) -> Result<()> {
    match url.strip_prefix("sqlite://") {
        Some(file) => sqlite(file)?.batch_execute(statements).with_context(|| statements.to_owned()),
        None => cluster::execute(url, statements),
    }
}

/// The column `text` of each row that a query finds.
///
/// # Errors
/// Those of the database.
pub fn texts(url: &str, query: &str) -> Result<Vec<String>> {
    let rows: Vec<Row> = match url.strip_prefix("sqlite://") {
        Some(file) => sql_query(query).load(&mut sqlite(file)?),
        None => sql_query(query).load(&mut PgConnection::establish(url)?),
    }
    .with_context(|| query.to_owned())?;
    Ok(rows.into_iter().map(|row| row.text).collect())
}

/// Waits for the gateway where it is writing.
fn sqlite(file: &str) -> Result<SqliteConnection> {
    let mut connection = SqliteConnection::establish(file)?;
    connection.batch_execute("PRAGMA busy_timeout = 10000")?;
    Ok(connection)
}

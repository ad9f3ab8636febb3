//! A database that fails at every query and can be mended, without the gateway's knowledge.

use anyhow::{Context as _, Result};
use diesel::connection::SimpleConnection as _;
use diesel::sql_types::Text;
use diesel::{Connection as _, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};

use crate::cluster;

/// Stands before the names of hidden tables, and behind the name of a hidden schema.
const HIDDEN: &str = "hidden_";

/// Hides everything that the gateway stores at this URL, or brings it back.
///
/// # Errors
/// When the database does not let us.
pub fn set(url: &str, works: bool) -> Result<()> {
    match url.strip_prefix("sqlite://") {
        Some(file) => rename_tables(file, works),
        None => rename_schema(url, works),
    }
}

fn rename_schema(url: &str, works: bool) -> Result<()> {
    let (server, schema) = url.split_once("?options=-csearch_path%3D").context("a URL without a schema of its own")?;
    let hidden = format!("{HIDDEN}{schema}");
    let (from, to) = if works { (hidden.as_str(), schema) } else { (schema, hidden.as_str()) };
    cluster::execute(server, &format!("ALTER SCHEMA {from} RENAME TO {to}"))
}

#[derive(QueryableByName)]
struct Table {
    #[diesel(sql_type = Text)]
    name: String,
}

fn rename_tables(file: &str, works: bool) -> Result<()> {
    let mut connection = SqliteConnection::establish(file)?;
    connection.batch_execute("PRAGMA busy_timeout = 10000")?;
    connection.immediate_transaction(|connection| {
        // Not the search index, whose parts follow its name: without `users` nobody gets as far.
        let query = "SELECT name FROM pragma_table_list WHERE type = 'table' AND schema = 'main' \
                     AND name NOT LIKE 'sqlite_%'";
        for Table { name } in sql_query(query).load::<Table>(connection)? {
            let renamed = match (name.strip_prefix(HIDDEN), works) {
                (Some(shown), true) => shown.to_owned(),
                (None, false) => format!("{HIDDEN}{name}"),
                _ => continue,
            };
            connection.batch_execute(&format!("ALTER TABLE {name} RENAME TO {renamed}"))?;
        }
        Ok(())
    })
}

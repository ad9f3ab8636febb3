//! The ids that a table has given: the last one stays known, whoever had it.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Text};

use super::connection::AnyConnection;

/// The core ids.
pub const USERS: Numbered = Numbered { table: "users", reuses: false };

/// The tables whose ids the databases make.
pub const NUMBERED: [Numbered; 5] = [
    USERS,
    Numbered { table: "import_runs", reuses: false },
    Numbered { table: "identities", reuses: false },
    Numbered { table: "left_out", reuses: false },
    Numbered { table: "audit_entries", reuses: true },
];

/// A table whose ids the database makes.
pub struct Numbered {
    /// Its name. The column is `id`.
    pub table: &'static str,
    /// Whether SQLite goes on from the greatest id that is there, and not from the last that ever was.
    pub reuses: bool,
}

#[derive(QueryableByName)]
struct Given {
    #[diesel(sql_type = BigInt)]
    last: i64,
}

impl Numbered {
    /// The last id that was given, or 0.
    pub fn last_given(&self, conn: &mut AnyConnection) -> QueryResult<i64> {
        let table = self.table;
        let given: Given = match conn {
            AnyConnection::Postgres(conn) => diesel::sql_query(format!(
                "SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END AS last FROM {table}_id_seq"
            ))
            .get_result(conn)?,
            AnyConnection::Sqlite(conn) if self.reuses => {
                diesel::sql_query(format!("SELECT COALESCE(MAX(id), 0) AS last FROM {table}")).get_result(conn)?
            }
            AnyConnection::Sqlite(conn) => {
                diesel::sql_query("SELECT COALESCE(MAX(seq), 0) AS last FROM sqlite_sequence WHERE name = ?")
                    .bind::<Text, _>(table)
                    .get_result(conn)?
            }
        };
        Ok(given.last)
    }

    /// Has the ids go on after `last`.
    pub fn go_on_after(&self, conn: &mut AnyConnection, last: i64) -> QueryResult<()> {
        let table = self.table;
        match conn {
            AnyConnection::Postgres(_) if last == 0 => Ok(()),
            // Unlike `setval` it is taken back where the transaction is, so that no id seems to have been given.
            AnyConnection::Postgres(conn) => {
                let next = last.saturating_add(1);
                conn.batch_execute(&format!("ALTER SEQUENCE {table}_id_seq RESTART WITH {next}"))
            }
            AnyConnection::Sqlite(_) if self.reuses => Ok(()),
            AnyConnection::Sqlite(conn) => {
                diesel::sql_query("DELETE FROM sqlite_sequence WHERE name = ?").bind::<Text, _>(table).execute(conn)?;
                diesel::sql_query("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)")
                    .bind::<Text, _>(table)
                    .bind::<BigInt, _>(last)
                    .execute(conn)
                    .map(drop)
            }
        }
    }
}

//! One connection type for two databases, and the r2d2 manager that opens it.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::result::{ConnectionError, DatabaseErrorKind, Error as QueryError};

use super::DatabaseSettings;
use crate::Error;

/// A connection to whichever database the URL names.
#[derive(diesel::MultiConnection)]
pub enum AnyConnection {
    /// PostgreSQL by libpq.
    Postgres(PgConnection),
    /// The embedded database.
    Sqlite(SqliteConnection),
}

/// Asks whichever database it is, as diesel knows it when it compiles. As an [`AnyConnection`] it would write
/// the query's text anew at each call, which takes longer than SQLite does to find a row.
macro_rules! ask {
    ($any:expr, $conn:ident => $query:expr) => {
        match $any {
            AnyConnection::Postgres($conn) => $query,
            AnyConnection::Sqlite($conn) => $query,
        }
    };
}
pub(super) use ask;

/// Which database a URL names, and how its driver wants to hear it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A `postgres://` URL with bounded waiting times.
    Postgres(String),
    /// A file path.
    Sqlite(String),
}

impl Target {
    /// Chooses by the scheme: diesel's derived `establish` would try each database in turn and swallow the errors.
    pub fn parse(url: &str, timeout_seconds: u64) -> Result<Self, String> {
        if let Some(path) = url.strip_prefix("sqlite://") {
            return match path {
                "" | ":memory:" => {
                    Err("database.url: the embedded database needs a file, as in sqlite://dragoman.db".into())
                }
                path => Ok(Self::Sqlite(path.into())),
            };
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            // libpq would quote the faulty part, which may be the password.
            if !is_well_encoded(url) {
                return Err("database.url: a space, or a % without two hexadecimal digits after it".into());
            }
            let joint = if url.contains('?') { '&' } else { '?' };
            // A server that vanished without a word is noticed within the limit, too.
            let limits = format!(
                "connect_timeout={}&tcp_user_timeout={}&keepalives_idle=10",
                timeout_seconds.max(2),
                timeout_seconds * 1000
            );
            return Ok(Self::Postgres(format!("{url}{joint}{limits}")));
        }
        Err("database.url: neither sqlite://FILE nor postgres://…".into())
    }
}

fn is_well_encoded(url: &str) -> bool {
    let hex = |code: &str| code.get(..2).is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
    !url.contains(char::is_whitespace) && url.split('%').skip(1).all(hex)
}

/// Opens connections for r2d2 and tells which of them are dead.
#[derive(Debug)]
pub struct Manager {
    target: Target,
    timeout_seconds: u64,
}

impl Manager {
    pub fn new(target: Target, timeout_seconds: u64) -> Self {
        Self { target, timeout_seconds }
    }
}

/// How long the network may be silent where one side of a copy waits for the other, in seconds.
const COPYING: u64 = 600;

/// In a transaction of PostgreSQL: statements may take as long as they do, and pauses between them, too.
pub const NO_HURRY: &str = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";

/// A connection beside the pools, for work that takes long.
pub fn alone(settings: &DatabaseSettings) -> crate::Result<AnyConnection> {
    use r2d2::ManageConnection as _;
    let target = Target::parse(&settings.url, COPYING).map_err(Error::storage)?;
    let pooled = Manager::new(target, settings.timeout_seconds).connect().map_err(Error::storage)?;
    Ok(pooled.connection)
}

/// A pooled connection, marked once it turned out to be dead.
pub struct Pooled {
    pub connection: AnyConnection,
    pub lost: bool,
}

impl r2d2::ManageConnection for Manager {
    type Connection = Pooled;
    type Error = ConnectionError;

    fn connect(&self) -> Result<Pooled, ConnectionError> {
        let connection = match &self.target {
            Target::Postgres(url) => {
                let mut connection = PgConnection::establish(url)?;
                let limit = format!("SET statement_timeout = '{}s'; SET TIME ZONE 'UTC'", self.timeout_seconds.max(1));
                connection.batch_execute(&limit).map_err(ConnectionError::CouldntSetupConfiguration)?;
                AnyConnection::Postgres(connection)
            }
            Target::Sqlite(path) => {
                make_private(path);
                let mut connection = SqliteConnection::establish(path)?;
                let pragmas = format!(
                    "PRAGMA busy_timeout = {}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON",
                    self.timeout_seconds * 1000
                );
                connection.batch_execute(&pragmas).map_err(ConnectionError::CouldntSetupConfiguration)?;
                AnyConnection::Sqlite(connection)
            }
        };
        Ok(Pooled { connection, lost: false })
    }

    fn is_valid(&self, pooled: &mut Pooled) -> Result<(), ConnectionError> {
        let alive = diesel::sql_query("SELECT 1").execute(&mut pooled.connection);
        alive.map(drop).map_err(ConnectionError::CouldntSetupConfiguration)
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        pooled.lost || std::thread::panicking()
    }
}

/// Makes the file of a new database, so that only its owner reads the hashes in it; SQLite gives its
/// side files the same mode. If that cannot be done, SQLite says better why than we could.
fn make_private(path: &str) {
    use std::os::unix::fs::OpenOptionsExt as _;
    drop(std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path));
}

/// Whether a failure means that this connection is dead, and not that the statement was wrong.
pub fn means_lost(failure: &QueryError) -> bool {
    if let QueryError::RollbackErrorOnCommit { commit_error, .. } = failure {
        return means_lost(commit_error);
    }
    let QueryError::DatabaseError(kind, info) = failure else {
        return matches!(failure, QueryError::BrokenTransactionManager);
    };
    // libpq reports a server that went away in the middle of a statement without a code of its own.
    let signs = [
        "server closed the connection",
        "terminating connection",
        "could not receive data",
        "no connection to the server",
    ];
    matches!(kind, DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand)
        || signs.iter().any(|sign| info.message().contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_chooses_the_database() {
        assert_eq!(Target::parse("sqlite://a.db", 5), Ok(Target::Sqlite("a.db".into())));
        assert!(
            matches!(Target::parse("postgres://u@h/n?a=b", 5), Ok(Target::Postgres(url)) if url.contains("?a=b&connect_timeout=5"))
        );
        assert!(Target::parse("mysql://u@h/n", 5).is_err());
        for url in ["postgres://u:sekrit%zz@h/n", "postgres://u:sek rit@h/n", "postgres://u:sekrit%4"] {
            assert!(Target::parse(url, 5).is_err_and(|error| !error.contains("sek")), "{url}");
        }
        assert!(Target::parse("sqlite://:memory:", 5).is_err());
    }
}

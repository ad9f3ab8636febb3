//! Storage: one database, entered by three doors.
//!
//! Reads go through [`Database::read`], long ones through [`Database::scan`], and writes through
//! [`Database::write`]; a query never knows which pool or thread it runs on. On SQLite a read runs where it is called, because the
//! hop to another thread costs several times the read, and all writes go through one thread,
//! because SQLite takes one writer at a time. On PostgreSQL both wait for the network and
//! therefore run on the blocking threads of tokio.

pub mod adoptions;
pub mod audit;
pub mod connection;
pub mod copy;
pub mod credentials;
pub mod departures;
mod group_commit;
pub mod guesses;
pub mod identities;
mod import_lock;
pub mod imports;
pub mod left_out;
pub mod lists;
pub mod login_names;
pub mod numbering;
pub mod numbers;
pub mod runs;
pub mod schema;
pub mod search;
pub mod snapshot;
pub mod tokens;
pub mod undo;
pub mod users;

use std::sync::Arc;
use std::time::Duration;

use diesel::backend::Backend;
use diesel::connection::{Connection as _, SimpleConnection as _};
use diesel::migration::{Migration, MigrationSource as _};
use diesel::result::Error as QueryError;
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use crate::{Error, Result};
use connection::{AnyConnection, Manager, Pooled, Target, means_lost};
use group_commit::GroupCommit;
pub use import_lock::ImportLock;

const SQLITE_MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES_MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// Any number that no other program uses for its advisory lock ("dragoman" in ASCII).
const MIGRATION_LOCK: &str = "SELECT pg_advisory_xact_lock(7237954730640630126)";

/// Where the database is and how patiently it is waited for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct DatabaseSettings {
    /// `sqlite://FILE` or `postgres://user@host/name`.
    pub url: String,
    /// Connections in the pool.
    pub connections: u32,
    /// Seconds after which a request stops waiting for the database.
    pub timeout_seconds: u64,
}

impl Default for DatabaseSettings {
    fn default() -> Self {
        Self { url: "sqlite://dragoman.db".into(), connections: 8, timeout_seconds: 5 }
    }
}

/// The pools behind the two doors.
#[derive(Clone)]
pub struct Database {
    readers: r2d2::Pool<Manager>,
    writers: r2d2::Pool<Manager>,
    /// SQLite's only: PostgreSQL takes many writers, and commits them in groups by itself.
    group_commit: Option<GroupCommit>,
    /// How many scans may begin.
    scans: Arc<Semaphore>,
    patience: Duration,
    target: Target,
}

impl Database {
    /// Prepares the pools; the database need not be up yet.
    pub fn open(settings: &DatabaseSettings) -> Result<Self> {
        let target = Target::parse(&settings.url, settings.timeout_seconds).map_err(Error::storage)?;
        let pool = |connections| {
            r2d2::Pool::builder()
                .max_size(connections)
                .min_idle(Some(0))
                .connection_timeout(Duration::from_secs(settings.timeout_seconds))
                // A ping before each query would double PostgreSQL's round trips; `run` replaces dead connections instead.
                .test_on_check_out(false)
                .error_handler(Box::new(Quiet))
                .build_unchecked(Manager::new(target.clone(), settings.timeout_seconds))
        };
        let readers = pool(settings.connections.max(1));
        let scans = Arc::new(Semaphore::new((settings.connections / 2).max(1) as usize));
        let patience = Duration::from_secs(settings.timeout_seconds);
        let (writers, group_commit) = match target {
            Target::Sqlite(_) => {
                let one = pool(1);
                (one.clone(), Some(GroupCommit::start(one, Duration::from_secs(settings.timeout_seconds))?))
            }
            Target::Postgres(_) => (readers.clone(), None),
        };
        Ok(Self { readers, writers, group_commit, scans, patience, target })
    }

    /// Runs a query that changes nothing.
    pub async fn read<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut AnyConnection) -> Result<T> + Send + 'static,
    {
        if let Target::Sqlite(_) = self.target {
            return run(&self.readers, |conn| query(conn).map_err(Failure::Outcome));
        }
        let readers = self.readers.clone();
        blocking(move || run(&readers, |conn| query(conn).map_err(Failure::of_read))).await
    }

    /// As [`Database::read`], for a query that may take long. On SQLite, too, it leaves the caller's
    /// thread to other requests, and there are never so many that short reads find no connection.
    pub async fn scan<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut AnyConnection) -> Result<T> + Send + 'static,
    {
        let turn = tokio::time::timeout(self.patience, Arc::clone(&self.scans).acquire_owned());
        let turn = turn.await.map_err(|_| Error::Busy)?.map_err(Error::storage)?;
        let readers = self.readers.clone();
        blocking(move || {
            let _turn = turn; // over when the query is, also if nobody waits for it any more
            run(&readers, |conn| query(conn).map_err(Failure::of_read))
        })
        .await
    }

    /// Runs a unit of work: all of it or, on an error, nothing. It is on the disk when this returns.
    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut AnyConnection) -> Result<T> + Send + 'static,
    {
        if let Some(group_commit) = &self.group_commit {
            return group_commit.write(work).await;
        }
        let writers = self.writers.clone();
        blocking(move || run(&writers, |conn| transaction(conn, &work))).await
    }

    /// Brings the schema to this version; several gateways may try at the same time.
    pub fn migrate(&self) -> Result<Vec<String>> {
        run(&self.writers, |conn| {
            let ran = match conn {
                AnyConnection::Sqlite(conn) => conn.immediate_transaction(|conn| run_pending(conn, SQLITE_MIGRATIONS)),
                AnyConnection::Postgres(conn) => conn.transaction(|conn| {
                    conn.batch_execute(MIGRATION_LOCK)?;
                    run_pending(conn, POSTGRES_MIGRATIONS)
                }),
            };
            ran.map_err(Failure::Outcome)
        })
    }

    /// The migrations that are still to run. Does not make a database that is not there.
    pub fn pending_migrations(&self) -> Result<Vec<String>> {
        if let Target::Sqlite(path) = &self.target
            && !std::path::Path::new(path).exists()
        {
            let all: Result<Vec<Box<dyn Migration<Sqlite>>>, _> = SQLITE_MIGRATIONS.migrations();
            return all.map(|all| names(&all)).map_err(Error::Storage);
        }
        run(&self.readers, |conn| {
            let pending = match conn {
                AnyConnection::Sqlite(conn) => pending(conn, SQLITE_MIGRATIONS),
                AnyConnection::Postgres(conn) => pending(conn, POSTGRES_MIGRATIONS),
            };
            pending.map_err(Failure::Outcome)
        })
    }

    /// Writes that wait for a transaction.
    #[cfg(test)]
    fn waiting_writes(&self) -> usize {
        self.group_commit.as_ref().map_or(0, GroupCommit::waiting)
    }

    /// Connections that are open, and those of them that nobody uses.
    pub fn connections(&self) -> (u32, u32) {
        let state = self.readers.state();
        (state.connections, state.idle_connections)
    }
}

/// What went wrong, and whether it can simply be done again on another connection.
enum Failure {
    Outcome(Error),
    NotBegun(Error),
}

impl Failure {
    /// A read that met a dead connection has changed nothing.
    fn of_read(error: Error) -> Self {
        if is_lost(&error) { Self::NotBegun(error) } else { Self::Outcome(error) }
    }
}

/// Runs `work` on a pooled connection, and again on another where the first was already dead.
fn run<T>(pool: &r2d2::Pool<Manager>, work: impl Fn(&mut AnyConnection) -> Result<T, Failure>) -> Result<T> {
    // After a restart of the server every pooled connection is dead.
    let mut spare = pool.max_size();
    loop {
        let mut pooled = pool
            .get()
            .inspect_err(|cause| tracing::error!(%cause, "no database connection"))
            .map_err(Error::storage)?;
        let Pooled { connection, lost } = &mut *pooled;
        match work(connection) {
            Ok(value) => return Ok(value),
            Err(Failure::NotBegun(_)) if spare > 0 => {
                *lost = true;
                spare -= 1;
            }
            Err(Failure::Outcome(error) | Failure::NotBegun(error)) => {
                *lost = is_lost(&error);
                // The client hears only that something failed; what it was is for the operator.
                if let Error::Storage(cause) = &error {
                    tracing::error!(%cause, "the database failed");
                }
                return Err(error);
            }
        }
    }
}

fn is_lost(error: &Error) -> bool {
    matches!(error, Error::Storage(source) if source.downcast_ref::<QueryError>().is_some_and(means_lost))
}

fn transaction<T>(conn: &mut AnyConnection, work: &impl Fn(&mut AnyConnection) -> Result<T>) -> Result<T, Failure> {
    let begun = std::cell::Cell::new(false);
    let unit = |conn: &mut AnyConnection| {
        begun.set(true);
        work(conn)
    };
    let outcome = match conn {
        // IMMEDIATE: a transaction that reads first and writes later must not lose its place to another process.
        AnyConnection::Sqlite(_) => immediate(conn, unit),
        AnyConnection::Postgres(_) => conn.transaction(unit),
    };
    outcome.map_err(
        |error| if begun.get() || !is_lost(&error) { Failure::Outcome(error) } else { Failure::NotBegun(error) },
    )
}

/// A write transaction on SQLite that takes its lock at once.
fn immediate<T>(conn: &mut AnyConnection, work: impl FnOnce(&mut AnyConnection) -> Result<T>) -> Result<T> {
    conn.batch_execute("BEGIN IMMEDIATE")?;
    let outcome = work(conn).and_then(|value| conn.batch_execute("COMMIT").map(|()| value).map_err(Error::from));
    if outcome.is_err() {
        // What failed is what the caller wants to hear, not how the clean-up went.
        drop(conn.batch_execute("ROLLBACK"));
    }
    outcome
}

/// Refuses a database that a newer version has migrated: this one does not know what it would break.
fn ensure_known<D: Backend>(conn: &mut impl MigrationHarness<D>, source: &EmbeddedMigrations) -> Result<()> {
    let ours: Vec<Box<dyn Migration<D>>> = source.migrations().map_err(Error::Storage)?;
    let known: Vec<_> = ours.iter().map(|migration| migration.name().version()).collect();
    let applied = conn.applied_migrations().map_err(Error::Storage)?;
    match applied.iter().find(|version| !known.contains(version)) {
        Some(version) => Err(Error::storage(format!("a newer dragoman has migrated the database (to {version})"))),
        None => Ok(()),
    }
}

fn pending<D: Backend>(conn: &mut impl MigrationHarness<D>, source: EmbeddedMigrations) -> Result<Vec<String>> {
    ensure_known(conn, &source)?;
    conn.pending_migrations(source).map(|all| names(&all)).map_err(Error::Storage)
}

fn run_pending<D: Backend>(conn: &mut impl MigrationHarness<D>, source: EmbeddedMigrations) -> Result<Vec<String>> {
    ensure_known(conn, &source)?;
    let pending = conn.pending_migrations(source).map_err(Error::Storage)?;
    conn.run_migrations(&pending).map_err(Error::Storage)?;
    Ok(names(&pending))
}

fn names<D: Backend>(migrations: &[Box<dyn Migration<D>>]) -> Vec<String> {
    migrations.iter().map(|migration| migration.name().to_string()).collect()
}

/// r2d2 reports each failed attempt to connect here; the request that waits reports it once more, and better.
#[derive(Debug)]
struct Quiet;

impl<E: std::fmt::Display> r2d2::HandleError<E> for Quiet {
    fn handle_error(&self, error: E) {
        tracing::debug!(%error, "could not open a database connection");
    }
}

/// Runs blocking work on tokio's blocking threads.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::storage)?
}

/// Whether the database answers, and has our tables.
pub fn ping(conn: &mut AnyConnection) -> diesel::QueryResult<()> {
    users::by_id(conn, 0).map(drop)
}

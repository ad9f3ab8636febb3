//! What group commit is compared with: a pool of connections, each of which commits for itself.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as QueryError, QueryResult};

use super::Burst;
use crate::fill;

const CONNECTIONS: u32 = 8;

/// What the gateway sets, too.
const PRAGMAS: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
    PRAGMA foreign_keys = ON";

diesel::table! {
    users (id) {
        id -> BigInt,
        uuid -> Text,
        username -> Nullable<Text>,
        email -> Nullable<Text>,
        name -> Text,
        username_folded -> Text,
        name_folded -> Text,
        roles -> Text,
        enabled -> Bool,
        facts -> Text,
        created -> Text,
        updated -> Text,
        session_epoch -> BigInt,
    }
}

diesel::table! {
    login_names (folded) {
        folded -> Text,
        user_id -> BigInt,
    }
}

diesel::table! {
    credentials (user_id) {
        user_id -> BigInt,
        password_hash -> Nullable<Text>,
    }
}

/// Registers users on every connection for a while.
pub(super) fn write(file: &str, hash: &str, time: Duration) -> Result<Burst> {
    let mut connections = (0..CONNECTIONS).map(|_| connect(file)).collect::<Result<Vec<_>>>()?;
    let (number, begun) = (AtomicU64::new(1), Instant::now());
    let bursts = std::thread::scope(|scope| {
        let mut threads = Vec::new();
        for connection in &mut connections {
            threads.push(scope.spawn(|| register_until(connection, hash, &number, begun + time)));
        }
        let join = |one: std::thread::ScopedJoinHandle<'_, _>| one.join().map_err(|_| anyhow!("a writer panicked"))?;
        threads.into_iter().map(join).collect::<Result<Vec<Burst>>>()
    })?;
    let mut all = Burst { seconds: begun.elapsed().as_secs_f64(), ..Burst::default() };
    for burst in bursts {
        all.millis.extend(burst.millis);
        all.refused += burst.refused;
    }
    Ok(all)
}

fn connect(file: &str) -> Result<SqliteConnection> {
    let mut connection = SqliteConnection::establish(file)?;
    connection.batch_execute(PRAGMAS)?;
    Ok(connection)
}

fn register_until(connection: &mut SqliteConnection, hash: &str, number: &AtomicU64, end: Instant) -> Result<Burst> {
    let mut burst = Burst::default();
    while Instant::now() < end {
        let user = u32::try_from(number.fetch_add(1, Ordering::Relaxed))?;
        let begun = Instant::now();
        match connection.immediate_transaction(|connection| register(connection, user, hash)) {
            Ok(()) => burst.millis.push(begun.elapsed().as_secs_f64() * 1000.0),
            Err(QueryError::DatabaseError(DatabaseErrorKind::Unknown, info)) if info.message().contains("locked") => {
                burst.refused += 1;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(burst)
}

/// The rows of one user.
fn register(connection: &mut SqliteConnection, user: u32, hash: &str) -> QueryResult<()> {
    let (name, email) = (fill::username(user), fill::email(user));
    let id: i64 = diesel::insert_into(users::table)
        .values((
            (users::uuid.eq(fill::uuid(user)), users::username.eq(&name), users::email.eq(&email)),
            (users::name.eq("A new user"), users::username_folded.eq(&name), users::name_folded.eq("a new user")),
            (users::roles.eq("USER"), users::enabled.eq(true), users::facts.eq("{}"), users::session_epoch.eq(0)),
            (users::created.eq("2026-01-02 03:04:05"), users::updated.eq("2026-01-02 03:04:05")),
        ))
        .returning(users::id)
        .get_result(connection)?;
    for folded in [&name, &email] {
        let row = (login_names::folded.eq(folded), login_names::user_id.eq(id));
        diesel::insert_into(login_names::table).values(row).execute(connection)?;
    }
    let row = (credentials::user_id.eq(id), credentials::password_hash.eq(hash));
    diesel::insert_into(credentials::table).values(row).execute(connection).map(drop)
}

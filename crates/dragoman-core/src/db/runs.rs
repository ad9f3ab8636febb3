//! Which sources were taken in, how far, and what they brought.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::result::QueryResult;

use super::connection::AnyConnection;
use super::schema::{identities, import_runs, left_out};

/// A row of `import_runs`.
#[derive(Debug, Clone, Queryable)]
pub struct RunRow {
    pub id: i64,
    pub realm: String,
    pub source: String,
    pub digest: Vec<u8>,
    pub options: String,
    pub position: i64,
    pub begun: NaiveDateTime,
    pub finished: Option<NaiveDateTime>,
    pub undone: Option<NaiveDateTime>,
}

/// What is written of a run when it begins.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = import_runs)]
pub struct RunValues {
    pub realm: String,
    pub source: String,
    pub digest: Vec<u8>,
    pub options: String,
    pub position: i64,
    pub begun: NaiveDateTime,
}

pub fn insert(conn: &mut AnyConnection, values: &RunValues) -> QueryResult<i64> {
    diesel::insert_into(import_runs::table).values(values).returning(import_runs::id).get_result(conn)
}

pub fn by_id(conn: &mut AnyConnection, id: i64) -> QueryResult<Option<RunRow>> {
    import_runs::table.find(id).get_result(conn).optional()
}

/// How far a run is. A process that was killed may have asked for a commit that is still under way: this waits for it.
pub fn settled_position(conn: &mut AnyConnection, id: i64) -> QueryResult<i64> {
    let run = import_runs::table.find(id).select(import_runs::position);
    match conn {
        AnyConnection::Postgres(conn) => run.for_update().get_result(conn),
        AnyConnection::Sqlite(conn) => run.get_result(conn),
    }
}

pub fn all(conn: &mut AnyConnection) -> QueryResult<Vec<RunRow>> {
    import_runs::table.order(import_runs::id).load(conn)
}

/// The runs of a source into a realm that were not taken back.
pub fn of_source(conn: &mut AnyConnection, realm: &str, digest: &[u8]) -> QueryResult<Vec<RunRow>> {
    let standing = import_runs::realm.eq(realm).and(import_runs::digest.eq(digest)).and(import_runs::undone.is_null());
    import_runs::table.filter(standing).order(import_runs::id).load(conn)
}

/// Moves the run on, unless somebody else has: then no row is changed.
pub fn advance(conn: &mut AnyConnection, id: i64, from: i64, to: i64) -> QueryResult<usize> {
    let run = import_runs::table.find(id).filter(import_runs::position.eq(from).and(import_runs::undone.is_null()));
    diesel::update(run).set(import_runs::position.eq(to)).execute(conn)
}

pub fn finish(conn: &mut AnyConnection, id: i64, at: NaiveDateTime) -> QueryResult<usize> {
    diesel::update(import_runs::table.find(id)).set(import_runs::finished.eq(at)).execute(conn)
}

/// From the first time on that a run is taken back no import goes on with it; what it left out has never been here. On
/// PostgreSQL this waits for a commit that is still under way of an import that was killed.
pub fn undo(conn: &mut AnyConnection, id: i64, at: NaiveDateTime) -> QueryResult<usize> {
    let standing = import_runs::table.find(id).filter(import_runs::undone.is_null());
    let marked = diesel::update(standing).set(import_runs::undone.eq(at)).execute(conn)?;
    // Behind that wait, because the commit may have left something out as well.
    diesel::delete(left_out::table.filter(left_out::run.eq(id))).execute(conn)?;
    Ok(marked)
}

/// How many users are here that a run made, and how many that it found.
pub fn brought(conn: &mut AnyConnection, id: i64) -> QueryResult<(i64, i64)> {
    let of_run = identities::table.filter(identities::run.eq(id).and(identities::user_id.is_not_null()));
    let made = of_run.filter(identities::made.eq(true)).count().get_result(conn)?;
    let found = identities::made.eq(false).and(identities::record.is_not_null());
    Ok((made, of_run.filter(found).count().get_result(conn)?))
}

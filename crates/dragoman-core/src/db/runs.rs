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

/// Marks the run as taken back. What it left out has never been here.
pub fn undo(conn: &mut AnyConnection, id: i64, at: NaiveDateTime) -> QueryResult<usize> {
    diesel::delete(left_out::table.filter(left_out::run.eq(id))).execute(conn)?;
    diesel::update(import_runs::table.find(id)).set(import_runs::undone.eq(at)).execute(conn)
}

/// How many users a run made, and how many it found here.
pub fn brought(conn: &mut AnyConnection, id: i64) -> QueryResult<(i64, i64)> {
    let of_run = identities::table.filter(identities::run.eq(id));
    let made = of_run.filter(identities::made.eq(true)).count().get_result(conn)?;
    let found = identities::made.eq(false).and(identities::record.is_not_null());
    Ok((made, of_run.filter(found).count().get_result(conn)?))
}

/// What a run brought.
#[derive(Debug, Clone, Queryable)]
pub struct BroughtRow {
    pub id: i64,
    pub user_id: Option<i64>,
    pub made: bool,
    pub keeps_password: bool,
    pub updated: NaiveDateTime,
}

const BROUGHT: (
    identities::id,
    identities::user_id,
    identities::made,
    identities::keeps_password,
    identities::updated,
) = (identities::id, identities::user_id, identities::made, identities::keeps_password, identities::updated);

/// The next identities that came with a run, in the order of their keys.
pub fn brought_after(conn: &mut AnyConnection, run: i64, after: i64, limit: i64) -> QueryResult<Vec<BroughtRow>> {
    let came = identities::made.eq(true).or(identities::record.is_not_null());
    let next = identities::table.filter(identities::run.eq(run).and(identities::id.gt(after)).and(came));
    next.order(identities::id).limit(limit).select(BROUGHT).load(conn)
}

/// The identities of users who gave up an id for somebody of the run.
pub fn moved(conn: &mut AnyConnection, run: i64) -> QueryResult<Vec<BroughtRow>> {
    let moved = identities::run.eq(run).and(identities::made.eq(false)).and(identities::record.is_null());
    identities::table.filter(moved.and(identities::user_id.is_not_null())).select(BROUGHT).load(conn)
}

pub fn delete_identity(conn: &mut AnyConnection, id: i64) -> QueryResult<usize> {
    diesel::delete(identities::table.find(id)).execute(conn)
}

/// Whether a user has an identity that did not come with this run.
pub fn is_linked_by_others(conn: &mut AnyConnection, user_id: i64, run: i64) -> QueryResult<bool> {
    let others = identities::run.is_null().or(identities::run.ne(run));
    let linked = identities::table.filter(identities::user_id.eq(user_id).and(others));
    diesel::select(diesel::dsl::exists(linked)).get_result::<bool>(conn)
}

/// Whether the number that the user had to begin with is somebody else's in this realm.
pub fn is_number_of_another(conn: &mut AnyConnection, realm: &str, user_id: i64) -> QueryResult<bool> {
    let another = identities::table.filter(identities::realm.eq(realm).and(identities::number.eq(user_id)));
    diesel::select(diesel::dsl::exists(another)).get_result(conn)
}

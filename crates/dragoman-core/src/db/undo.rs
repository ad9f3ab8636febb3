//! What a run brought is taken back some hundred users at a time, with few statements for all of them.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::result::QueryResult;

use super::connection::{AnyConnection, ask};
use super::schema::{addresses, credentials, identities, login_names, users};
use super::users::{COLUMNS, UserRow};
use crate::user::{Realm, Role};

/// An identity that came with a run, of a user who is here.
#[derive(Debug, Clone, Queryable)]
pub struct BroughtRow {
    pub id: i64,
    pub user_id: i64,
    pub made: bool,
    pub keeps_password: bool,
    pub updated: NaiveDateTime,
    pub linked: Option<String>,
}

type Brought = (
    identities::id,
    diesel::dsl::AssumeNotNull<identities::user_id>,
    identities::made,
    identities::keeps_password,
    identities::updated,
    identities::linked,
);

fn columns() -> Brought {
    (
        identities::id,
        identities::user_id.assume_not_null(),
        identities::made,
        identities::keeps_password,
        identities::updated,
        identities::linked,
    )
}

/// Whether anybody is here who came with the run, or gave up an id for somebody of it.
pub fn has_left(conn: &mut AnyConnection, run: i64) -> QueryResult<bool> {
    let left = identities::table.filter(identities::run.eq(run).and(identities::user_id.is_not_null()));
    diesel::select(diesel::dsl::exists(left)).get_result(conn)
}

/// The next identities that came with a run, in the order of their keys.
pub fn brought_after(conn: &mut AnyConnection, run: i64, after: i64, limit: i64) -> QueryResult<Vec<BroughtRow>> {
    let came = identities::made.eq(true).or(identities::record.is_not_null());
    let next = identities::run.eq(run).and(identities::id.gt(after)).and(identities::user_id.is_not_null());
    identities::table.filter(next.and(came)).order(identities::id).limit(limit).select(columns()).load(conn)
}

/// The next identities of users who gave up an id for somebody of the run.
pub fn moved_after(conn: &mut AnyConnection, run: i64, after: i64, limit: i64) -> QueryResult<Vec<BroughtRow>> {
    let moved = identities::made.eq(false).and(identities::record.is_null());
    let next = identities::run.eq(run).and(identities::id.gt(after)).and(identities::user_id.is_not_null());
    identities::table.filter(next.and(moved)).order(identities::id).limit(limit).select(columns()).load(conn)
}

/// These users, kept from changing until this transaction ends, in an order in which no two of those who lock
/// several wait for each other.
pub fn locked(conn: &mut AnyConnection, ids: &[i64]) -> QueryResult<Vec<UserRow>> {
    let these = users::table.filter(users::id.eq_any(ids)).order(users::id).select(COLUMNS);
    match conn {
        AnyConnection::Postgres(conn) => these.for_update().load(conn),
        // A write transaction on SQLite has the whole database to itself.
        AnyConnection::Sqlite(conn) => these.load(conn),
    }
}

/// Those of these users who have an identity that did not come with this run.
pub fn linked_by_others(conn: &mut AnyConnection, user_ids: &[i64], run: i64) -> QueryResult<Vec<i64>> {
    let others = identities::run.is_null().or(identities::run.ne(run));
    let linked = identities::table.filter(identities::user_id.eq_any(user_ids).and(others));
    ask!(conn, conn => linked.select(identities::user_id.assume_not_null()).load(conn))
}

/// Whether anybody who is enabled administers, these not counted.
pub fn others_administer(conn: &mut AnyConnection, without: &[i64]) -> QueryResult<bool> {
    let administers = users::enabled.eq(true).and(users::roles.like(format!("%{}%", Role::Admin.name())));
    let others = users::table.filter(administers.and(users::id.ne_all(without)));
    ask!(conn, conn => diesel::select(diesel::dsl::exists(others)).get_result(conn))
}

/// Deletes identities and leaves nothing of them, so that their numbers are anybody's again.
pub fn delete_identities(conn: &mut AnyConnection, ids: &[i64]) -> QueryResult<usize> {
    let these = identities::table.filter(identities::id.eq_any(ids));
    ask!(conn, conn => diesel::delete(these).execute(conn))
}

/// Deletes users with everything that belongs to them, so that their names are anybody's again.
pub fn delete_users(conn: &mut AnyConnection, ids: &[i64]) -> QueryResult<usize> {
    let names = login_names::table.filter(login_names::user_id.eq_any(ids));
    ask!(conn, conn => diesel::delete(names).execute(conn))?;
    let these = users::table.filter(users::id.eq_any(ids));
    ask!(conn, conn => diesel::delete(these).execute(conn))
}

/// Deletes what the realm knows of these users otherwise than all others do.
pub fn delete_identities_there(conn: &mut AnyConnection, realm: Realm, user_ids: &[i64]) -> QueryResult<usize> {
    let known = identities::user_id.eq_any(user_ids).and(identities::realm.eq(realm.name()));
    ask!(conn, conn => diesel::delete(identities::table.filter(known)).execute(conn))
}

/// Sets the names free that these users have in the realm alone.
pub fn delete_names_there(conn: &mut AnyConnection, realm: Realm, user_ids: &[i64]) -> QueryResult<usize> {
    let known = login_names::user_id.eq_any(user_ids).and(login_names::realm.eq(realm.name()));
    ask!(conn, conn => diesel::delete(login_names::table.filter(known)).execute(conn))
}

/// Takes this address from a user, unless it has another on the chain by now.
pub fn take_address(conn: &mut AnyConnection, user_id: i64, chain: &str, address: &str) -> QueryResult<usize> {
    let lent = addresses::table.find((user_id, chain)).filter(addresses::address.eq(address));
    diesel::delete(lent).execute(conn)
}

/// Takes the program's secret with this digest from a user, unless it has another by now.
pub fn take_secret(conn: &mut AnyConnection, user_id: i64, digest: &[u8]) -> QueryResult<usize> {
    let lent = credentials::table.find(user_id).filter(credentials::secret_digest.eq(digest));
    diesel::update(lent).set(credentials::secret_digest.eq(None::<Vec<u8>>)).execute(conn)
}

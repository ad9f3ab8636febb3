//! The names that users sign in with: usernames and e-mails, unique together.
//!
//! A common name, which counts in every realm, has the realm `''`.

use diesel::prelude::*;
use diesel::result::QueryResult;

use super::connection::{AnyConnection, ask};
use super::schema::login_names;
use crate::user::Realm;

/// The realm of names that count in all realms.
pub const COMMON: &str = Realm::COMMON.name();

/// Whether names of this column `realm` count in the realm.
macro_rules! counts_in {
    ($column:expr, $realm:expr) => {
        $column.eq($crate::db::login_names::COMMON).or($column.eq($realm.name()))
    };
}
pub(super) use counts_in;

/// Claims a folded name for a user in a realm; a `UniqueViolation` says that somebody has it there.
pub fn insert(conn: &mut AnyConnection, folded: &str, realm: &str, user_id: i64) -> QueryResult<usize> {
    diesel::insert_into(login_names::table)
        .values((login_names::folded.eq(folded), login_names::realm.eq(realm), login_names::user_id.eq(user_id)))
        .execute(conn)
}

/// Whether anybody but this user has the name in any realm.
pub fn is_anothers(conn: &mut AnyConnection, folded: &str, user_id: i64) -> QueryResult<bool> {
    let others = login_names::table.filter(login_names::folded.eq(folded).and(login_names::user_id.ne(user_id)));
    diesel::select(diesel::dsl::exists(others)).get_result(conn)
}

/// The key under which a name that was given is looked for in the realm. Where two users of an old server had names
/// that differ in spelling alone, each is found there by its own spelling; no folded name is equal to one that folding
/// changes.
pub fn key(conn: &mut AnyConnection, realm: Realm, given: &str, folded: &str) -> QueryResult<String> {
    if given == folded || given.contains('\0') {
        return Ok(folded.to_owned());
    }
    let query = login_names::table.find((given, realm.name())).select(login_names::folded);
    let exact: Option<String> = ask!(conn, conn => query.get_result(conn)).optional()?;
    Ok(exact.unwrap_or_else(|| folded.to_owned()))
}

/// Sets a name free that somebody has in this realm alone.
pub fn release(conn: &mut AnyConnection, realm: &str, folded: &str) -> QueryResult<usize> {
    diesel::delete(login_names::table.find((folded, realm))).execute(conn)
}

/// Sets the user's common names free.
pub fn delete_common_of(conn: &mut AnyConnection, user_id: i64) -> QueryResult<usize> {
    let names = login_names::table.filter(login_names::user_id.eq(user_id).and(login_names::realm.eq(COMMON)));
    diesel::delete(names).execute(conn)
}

/// Sets the names free that the user has in this realm alone.
pub fn delete_of_realm(conn: &mut AnyConnection, realm: Realm, user_id: i64) -> QueryResult<usize> {
    let names = login_names::table.filter(login_names::user_id.eq(user_id).and(login_names::realm.eq(realm.name())));
    diesel::delete(names).execute(conn)
}

/// Sets the names free that the user has in single realms.
pub fn delete_of_realms(conn: &mut AnyConnection, user_id: i64) -> QueryResult<usize> {
    let names = login_names::table.filter(login_names::user_id.eq(user_id).and(login_names::realm.ne(COMMON)));
    diesel::delete(names).execute(conn)
}

//! The names that users sign in with: usernames and e-mails, unique together.
//!
//! A common name, which counts in every realm, has the realm `''`. A name of one realm without a user is buried: it was
//! somebody's there, and does not fall to whoever has it everywhere else. A client that names people by it would
//! otherwise mean, from one request to the next, somebody else.

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

/// Claims a folded name for a user in a realm; a `UniqueViolation` says that there is such a name there, buried or not.
pub fn insert(conn: &mut AnyConnection, folded: &str, realm: &str, user_id: i64) -> QueryResult<usize> {
    diesel::insert_into(login_names::table)
        .values((login_names::folded.eq(folded), login_names::realm.eq(realm), login_names::user_id.eq(user_id)))
        .execute(conn)
}

/// Whether anybody but this user has the name in any realm. A buried name is nobody's: NULL is unlike nothing.
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

/// Removes a name of this realm alone, whether somebody has it or it is buried.
pub fn release(conn: &mut AnyConnection, realm: &str, folded: &str) -> QueryResult<usize> {
    diesel::delete(login_names::table.find((folded, realm))).execute(conn)
}

/// Has these names, which are given to somebody in all realms, mean that user where they mean nobody.
pub fn unbury(conn: &mut AnyConnection, names: &[String]) -> QueryResult<usize> {
    let buried = login_names::user_id.is_null().and(login_names::folded.eq_any(names.to_vec()));
    diesel::delete(login_names::table.filter(buried)).execute(conn)
}

/// The same of names that are given to somebody in this realm.
pub fn unbury_in(conn: &mut AnyConnection, realm: &str, names: &[String]) -> QueryResult<usize> {
    let there = login_names::realm.eq(realm).and(login_names::folded.eq_any(names.to_vec()));
    diesel::delete(login_names::table.filter(login_names::user_id.is_null().and(there))).execute(conn)
}

/// Whether the name was somebody's in this realm and means nobody.
pub fn is_buried(conn: &mut AnyConnection, realm: &str, key: &str) -> QueryResult<bool> {
    let there = login_names::table.find((key, realm)).filter(login_names::user_id.is_null());
    diesel::select(diesel::dsl::exists(there)).get_result(conn)
}

/// The names that the user has in single realms, and where.
pub fn of_realms(conn: &mut AnyConnection, user_id: i64) -> QueryResult<Vec<(String, String)>> {
    let names = login_names::table.filter(login_names::user_id.eq(user_id).and(login_names::realm.ne(COMMON)));
    names.select((login_names::folded, login_names::realm)).load(conn)
}

/// Has a name of this realm alone mean nobody.
pub fn bury(conn: &mut AnyConnection, realm: &str, key: &str) -> QueryResult<usize> {
    diesel::update(login_names::table.find((key, realm))).set(login_names::user_id.eq(None::<i64>)).execute(conn)
}

/// The same of a name that counts everywhere, unless somebody has it in this realm alone.
pub fn bury_common(conn: &mut AnyConnection, realm: &str, folded: &str) -> QueryResult<usize> {
    let there = login_names::table.find((folded, realm));
    if diesel::select(diesel::dsl::exists(there)).get_result(conn)? {
        return Ok(0);
    }
    let name = (login_names::folded.eq(folded), login_names::realm.eq(realm), login_names::user_id.eq(None::<i64>));
    diesel::insert_into(login_names::table).values(name).execute(conn)
}

/// Sets the user's common names free.
pub fn delete_common_of(conn: &mut AnyConnection, user_id: i64) -> QueryResult<usize> {
    let names = login_names::table.filter(login_names::user_id.eq(user_id).and(login_names::realm.eq(COMMON)));
    diesel::delete(names).execute(conn)
}

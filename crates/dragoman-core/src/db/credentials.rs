//! Password hashes and the digests of client secrets.

use diesel::prelude::*;
use diesel::result::QueryResult;

use super::connection::{AnyConnection, ask};
use super::schema::{credentials, locks, login_names, users};
use super::users::{COLUMNS, UserRow};

pub fn insert(
    conn: &mut AnyConnection,
    user_id: i64,
    hash: Option<&str>,
    secret_digest: Option<&[u8]>,
) -> QueryResult<usize> {
    diesel::insert_into(credentials::table)
        .values((
            credentials::user_id.eq(user_id),
            credentials::password_hash.eq(hash),
            credentials::secret_digest.eq(secret_digest),
        ))
        .execute(conn)
}

pub fn password_hash(conn: &mut AnyConnection, user_id: i64) -> QueryResult<Option<String>> {
    let hash = credentials::table.find(user_id).select(credentials::password_hash).get_result(conn).optional()?;
    Ok(hash.flatten())
}

/// The user whose username or e-mail this is, and its hash, in one query.
pub fn by_login_name(conn: &mut AnyConnection, folded: &str) -> QueryResult<Option<(UserRow, Option<String>)>> {
    let query = login_names::table
        .inner_join(users::table.inner_join(credentials::table))
        .filter(login_names::folded.eq(folded))
        .select((COLUMNS, credentials::password_hash));
    ask!(conn, conn => query.get_result(conn)).optional()
}

pub fn password_hashes(conn: &mut AnyConnection, user_ids: &[i64]) -> QueryResult<Vec<(i64, Option<String>)>> {
    credentials::table
        .filter(credentials::user_id.eq_any(user_ids.to_vec()))
        .select((credentials::user_id, credentials::password_hash))
        .load(conn)
}

pub fn secret_digest(conn: &mut AnyConnection, user_id: i64) -> QueryResult<Option<Vec<u8>>> {
    let digest = credentials::table.find(user_id).select(credentials::secret_digest).get_result(conn).optional()?;
    Ok(digest.flatten())
}

pub fn set_password_hash(conn: &mut AnyConnection, user_id: i64, hash: &str) -> QueryResult<usize> {
    diesel::update(credentials::table.find(user_id)).set(credentials::password_hash.eq(hash)).execute(conn)
}

/// Makes every other transaction that takes this lock wait until this one has ended.
pub fn lock(conn: &mut AnyConnection, name: &str) -> QueryResult<usize> {
    diesel::update(locks::table.find(name)).set(locks::taken.eq(locks::taken + 1)).execute(conn)
}

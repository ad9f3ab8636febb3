//! Queries on tokens: a token lives as long as its row.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;

use super::connection::{AnyConnection, ask};
use super::schema::{adoptions, tokens, users};
use super::users::{COLUMNS, UserRow};

/// A row of `tokens`.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = tokens)]
pub struct TokenRow {
    pub jti: String,
    pub user_id: i64,
    pub realm: String,
    pub kind: String,
    pub family: String,
    pub expires: NaiveDateTime,
    pub spent: bool,
}

pub fn insert(conn: &mut AnyConnection, row: &TokenRow) -> QueryResult<usize> {
    diesel::insert_into(tokens::table).values(row).execute(conn)
}

/// A live token and its user as stored now, in one query.
pub fn with_user(conn: &mut AnyConnection, jti: &str) -> QueryResult<Option<(TokenRow, UserRow)>> {
    let query = tokens::table.inner_join(users::table).filter(tokens::jti.eq(jti));
    ask!(conn, conn => query.select((tokens::all_columns, COLUMNS)).get_result(conn)).optional()
}

pub fn is_live(conn: &mut AnyConnection, jti: &str) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(tokens::table.find(jti))).get_result(conn)
}

/// Whether the token was alive and unspent until now.
pub fn spend(conn: &mut AnyConnection, jti: &str) -> QueryResult<bool> {
    diesel::update(tokens::table.filter(tokens::jti.eq(jti).and(tokens::spent.eq(false))))
        .set(tokens::spent.eq(true))
        .execute(conn)
        .map(|rows| rows > 0)
}

pub fn delete(conn: &mut AnyConnection, jti: &str) -> QueryResult<usize> {
    diesel::delete(tokens::table.find(jti)).execute(conn)
}

pub fn delete_family(conn: &mut AnyConnection, family: &str) -> QueryResult<usize> {
    diesel::delete(tokens::table.filter(tokens::family.eq(family))).execute(conn)
}

/// Ends all sessions of a user but one.
pub fn delete_of_user(conn: &mut AnyConnection, user_id: i64, keep: Option<&str>) -> QueryResult<usize> {
    let keep = keep.unwrap_or_default();
    diesel::delete(tokens::table.filter(tokens::user_id.eq(user_id).and(tokens::family.ne(keep)))).execute(conn)
}

/// When the last token of the realm expires that was not made by an old server.
pub fn last_expiry(conn: &mut AnyConnection, realm: &str) -> QueryResult<Option<NaiveDateTime>> {
    let adopted = diesel::dsl::exists(adoptions::table.filter(adoptions::jti.eq(tokens::jti)));
    let own = tokens::table.filter(tokens::realm.eq(realm).and(diesel::dsl::not(adopted)));
    own.select(diesel::dsl::max(tokens::expires)).get_result(conn)
}

pub fn delete_expired(conn: &mut AnyConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::delete(tokens::table.filter(tokens::expires.lt(now.naive_utc()))).execute(conn)
}

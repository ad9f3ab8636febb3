//! Queries on adoptions: which tokens of an old server were ever given a row in `tokens`.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;

use super::connection::{AnyConnection, ask};
use super::schema::adoptions;

pub fn insert(conn: &mut AnyConnection, jti: &str, expires: NaiveDateTime) -> QueryResult<usize> {
    diesel::insert_into(adoptions::table).values((adoptions::jti.eq(jti), adoptions::expires.eq(expires))).execute(conn)
}

pub fn exists(conn: &mut AnyConnection, jti: &str) -> QueryResult<bool> {
    let found = adoptions::table.find(jti).select(adoptions::jti);
    let found: Option<String> = ask!(conn, conn => found.get_result(conn)).optional()?;
    Ok(found.is_some())
}

pub fn delete_expired(conn: &mut AnyConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::delete(adoptions::table.filter(adoptions::expires.lt(now.naive_utc()))).execute(conn)
}

//! Queries on failed guesses and on the networks that accounts are used from.

use chrono::{DateTime, Utc};
use diesel::dsl::{case_when, exists};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::upsert::excluded;

use super::connection::{AnyConnection, ask};
use super::schema::{familiar_networks, guesses};

/// A row of `guesses`. Milliseconds since 1970, because both databases can add to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counter {
    /// When the last failure will be forgotten.
    pub forgotten_ms: i64,
    /// Until when there may be no attempt.
    pub until_ms: i64,
}

/// Familiar networks that are kept of one account.
const MOST_FAMILIAR: i64 = 16;

/// Those of three counters that there are.
pub fn counters(conn: &mut AnyConnection, keys: &[[u8; 16]; 3]) -> QueryResult<Vec<(Vec<u8>, Counter)>> {
    let [one, two, three] = keys.each_ref().map(|key| guesses::key.eq(key.as_slice()));
    // Not `eq_any`, which would be prepared anew at each call.
    let query = guesses::table.filter(one.or(two).or(three));
    let rows: Vec<(Vec<u8>, i64, i64)> = ask!(conn, conn => query.load(conn))?;
    Ok(rows.into_iter().map(|(key, forgotten_ms, until_ms)| (key, Counter { forgotten_ms, until_ms })).collect())
}

/// Adds a failure, which is forgotten `leak_ms` after those before it. Others who count under the same key wait.
pub fn count(conn: &mut AnyConnection, key: &[u8; 16], now_ms: i64, leak_ms: i64) -> QueryResult<Counter> {
    let row = (guesses::key.eq(key.as_slice()), guesses::forgotten_ms.eq(now_ms + leak_ms), guesses::until_ms.eq(0));
    let latest = case_when(guesses::forgotten_ms.gt(now_ms), guesses::forgotten_ms).otherwise(now_ms);
    let (forgotten_ms, until_ms) = ask!(conn, conn => diesel::insert_into(guesses::table)
        .values(row)
        .on_conflict(guesses::key)
        .do_update()
        .set(guesses::forgotten_ms.eq(latest + leak_ms))
        .returning((guesses::forgotten_ms, guesses::until_ms))
        .get_result(conn))?;
    Ok(Counter { forgotten_ms, until_ms })
}

pub fn set(conn: &mut AnyConnection, key: &[u8; 16], counter: Counter) -> QueryResult<usize> {
    diesel::update(guesses::table.find(key.as_slice()))
        .set((guesses::forgotten_ms.eq(counter.forgotten_ms), guesses::until_ms.eq(counter.until_ms)))
        .execute(conn)
}

pub fn forget(conn: &mut AnyConnection, key: &[u8; 16]) -> QueryResult<usize> {
    diesel::delete(guesses::table.find(key.as_slice())).execute(conn)
}

pub fn is_familiar(
    conn: &mut AnyConnection,
    account: &[u8; 16],
    network: &[u8; 16],
    since: DateTime<Utc>,
) -> QueryResult<bool> {
    let found = familiar_networks::table.find((account.as_slice(), network.as_slice()));
    let query = diesel::select(exists(found.filter(familiar_networks::seen.gt(since.naive_utc()))));
    ask!(conn, conn => query.get_result(conn))
}

/// Notes that the account signed in from this network. The longest unseen give way where there are too many.
pub fn set_familiar(
    conn: &mut AnyConnection,
    account: &[u8; 16],
    network: &[u8; 16],
    now: DateTime<Utc>,
) -> QueryResult<()> {
    use familiar_networks::dsl;
    let row = (dsl::account.eq(account.as_slice()), dsl::network.eq(network.as_slice()), dsl::seen.eq(now.naive_utc()));
    ask!(conn, conn => diesel::insert_into(familiar_networks::table)
        .values(row)
        .on_conflict((dsl::account, dsl::network))
        .do_update()
        .set(dsl::seen.eq(excluded(dsl::seen)))
        .execute(conn))?;
    let of_account = familiar_networks::table.filter(dsl::account.eq(account.as_slice()));
    let kept = of_account.order(dsl::seen.desc()).select(dsl::seen).limit(MOST_FAMILIAR);
    let seen: Vec<chrono::NaiveDateTime> = kept.load(conn)?;
    let Some(oldest) = seen.last().filter(|_| seen.len() as i64 == MOST_FAMILIAR) else { return Ok(()) };
    diesel::delete(of_account.filter(dsl::seen.lt(oldest))).execute(conn).map(drop)
}

/// Deletes what says nothing any more.
pub fn delete_forgotten(conn: &mut AnyConnection, now: DateTime<Utc>, since: DateTime<Utc>) -> QueryResult<usize> {
    let now_ms = now.timestamp_millis();
    let over = guesses::forgotten_ms.lt(now_ms).and(guesses::until_ms.lt(now_ms));
    let counters = diesel::delete(guesses::table.filter(over)).execute(conn)?;
    let seen = familiar_networks::seen.lt(since.naive_utc());
    Ok(counters + diesel::delete(familiar_networks::table.filter(seen)).execute(conn)?)
}

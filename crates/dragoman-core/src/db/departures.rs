//! Queries on users who are told to an old server: those that it knew, and those that it did not.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDateTime;
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::result::QueryResult;

use super::connection::AnyConnection;
use super::login_names::COMMON;
use super::schema::{addresses, credentials, identities, login_names, users};
use super::users::{COLUMNS, UserRow};
use crate::user::Realm;

/// What is read of an identity.
const KNOWN: (
    identities::id,
    identities::number,
    identities::password_hash,
    identities::record,
    identities::linked,
    identities::keeps_password,
    identities::updated,
) = (
    identities::id,
    identities::number,
    identities::password_hash,
    identities::record,
    identities::linked,
    identities::keeps_password,
    identities::updated,
);

/// As an old server knew a user.
#[derive(Clone, Queryable)]
pub struct KnownRow {
    pub id: i64,
    pub number: Option<i64>,
    pub password_hash: Option<String>,
    pub record: Option<String>,
    pub linked: Option<String>,
    pub keeps_password: bool,
    pub updated: NaiveDateTime,
}

/// A user, and as whom the old server knew it.
pub type Row = (UserRow, Option<KnownRow>);

/// Users that the old server knew by a number greater than this one, in the order of their numbers.
pub fn numbered(conn: &mut AnyConnection, realm: Realm, after: i64, limit: i64) -> QueryResult<Vec<Row>> {
    identities::table
        .inner_join(users::table)
        .filter(identities::realm.eq(realm.name()).and(identities::number.gt(after)))
        .order(identities::number.asc())
        .limit(limit)
        .select((COLUMNS, KNOWN.nullable()))
        .load(conn)
}

/// Users that the old server knew without a number, in the order in which they came, behind this identity.
pub fn unnumbered(conn: &mut AnyConnection, realm: Realm, after: i64, limit: i64) -> QueryResult<Vec<Row>> {
    identities::table
        .inner_join(users::table)
        .filter(identities::realm.eq(realm.name()).and(identities::number.is_null()).and(identities::id.gt(after)))
        .order(identities::id.asc())
        .limit(limit)
        .select((COLUMNS, KNOWN.nullable()))
        .load(conn)
}

/// Users that the old server did not know, with ids above this one.
pub fn unknown(conn: &mut AnyConnection, realm: Realm, after: i64, limit: i64) -> QueryResult<Vec<Row>> {
    let known = identities::user_id.eq(users::id.nullable()).and(identities::realm.eq(realm.name()));
    let rows: Vec<UserRow> = users::table
        .filter(users::id.gt(after).and(not(exists(identities::table.filter(known)))))
        .order(users::id.asc())
        .limit(limit)
        .select(COLUMNS)
        .load(conn)?;
    Ok(rows.into_iter().map(|row| (row, None)).collect())
}

/// Those of these users who are called everywhere as somebody else is in this realm alone.
pub fn namesakes(conn: &mut AnyConnection, realm: Realm, ids: &[i64]) -> QueryResult<HashSet<i64>> {
    // A buried name is nobody's, and so nobody there is mistaken for whoever is told of by it.
    let names = (login_names::folded, login_names::user_id.assume_not_null());
    let common = login_names::realm.eq(COMMON).and(login_names::user_id.eq_any(ids.to_vec()));
    let common: Vec<(String, i64)> = login_names::table.filter(common).select(names).load(conn)?;
    let owners: HashMap<String, i64> = common.into_iter().collect();
    let folded: Vec<String> = owners.keys().cloned().collect();
    let there = login_names::realm.eq(realm.name()).and(login_names::folded.eq_any(folded));
    let there = login_names::table.filter(there.and(login_names::user_id.is_not_null()));
    let there: Vec<(String, i64)> = there.select(names).load(conn)?;
    let namesake = |(name, other): &(String, i64)| owners.get(name).copied().filter(|owner| owner != other);
    Ok(there.iter().filter_map(namesake).collect())
}

/// A record as it came, the oldest there is.
pub fn first_record(conn: &mut AnyConnection, realm: Realm) -> QueryResult<Option<String>> {
    let with_record =
        identities::table.filter(identities::realm.eq(realm.name()).and(identities::record.is_not_null()));
    let first = with_record.order(identities::id.asc()).select(identities::record).limit(1);
    Ok(first.get_result::<Option<String>>(conn).optional()?.flatten())
}

/// How many users the old server knew.
pub fn count_known(conn: &mut AnyConnection, realm: Realm) -> QueryResult<i64> {
    let of_realm = identities::table.filter(identities::realm.eq(realm.name()));
    of_realm.filter(identities::user_id.is_not_null().and(identities::record.is_not_null())).count().get_result(conn)
}

/// A user's id, the hash of its password and the digest of its secret.
type Credentials = (i64, Option<String>, Option<Vec<u8>>);

pub fn credentials(conn: &mut AnyConnection, ids: &[i64]) -> QueryResult<Vec<Credentials>> {
    credentials::table
        .filter(credentials::user_id.eq_any(ids.to_vec()))
        .select((credentials::user_id, credentials::password_hash, credentials::secret_digest))
        .load(conn)
}

/// Id, chain and address of each of these users.
pub fn addresses(conn: &mut AnyConnection, ids: &[i64]) -> QueryResult<Vec<(i64, String, String)>> {
    addresses::table
        .filter(addresses::user_id.eq_any(ids.to_vec()))
        .select((addresses::user_id, addresses::chain, addresses::address))
        .load(conn)
}

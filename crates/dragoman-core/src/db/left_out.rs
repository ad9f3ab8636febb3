//! Records of old servers that an import left out.

use std::collections::{HashMap, HashSet};

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::Bool;

use super::connection::AnyConnection;
use super::imports;
use super::login_names::COMMON;
use super::schema::left_out;
use crate::text::fold;
use crate::user::Realm;

/// A record that is to be kept.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = left_out, treat_none_as_default_value = false)]
pub struct LeftOutValues {
    pub run: i64,
    pub realm: String,
    pub key: String,
    pub number: Option<i64>,
    pub username: Option<String>,
    pub email: Option<String>,
    pub record: Option<String>,
}

/// How a record is known among those of its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key<'a> {
    Number(i64),
    Uuid(&'a str),
    /// As it is spelled there.
    Name(&'a str),
    /// The digest of a record that has nothing of these.
    Digest(&'a str),
    /// Of what could not be read.
    Unreadable,
}

const NUMBER: &str = "number ";
const UUID: &str = "uuid ";
const NAME: &str = "name ";

impl Key<'_> {
    /// As it stands in the table.
    pub fn stored(self) -> String {
        match self {
            Self::Number(number) => format!("{NUMBER}{number}"),
            Self::Uuid(uuid) => format!("{UUID}{uuid}"),
            Self::Name(name) => format!("{NAME}{name}"),
            Self::Digest(digest) => format!("record {digest}"),
            Self::Unreadable => "unreadable".to_owned(),
        }
    }
}

/// What is read of a record that was left out.
#[derive(Debug, Clone, Queryable)]
pub struct LeftOutRow {
    pub id: i64,
    pub key: String,
    pub number: Option<i64>,
    pub username: Option<String>,
    pub email: Option<String>,
    pub record: Option<String>,
}

const COLUMNS: (left_out::id, left_out::key, left_out::number, left_out::username, left_out::email, left_out::record) =
    (left_out::id, left_out::key, left_out::number, left_out::username, left_out::email, left_out::record);

/// A later run may have left the same record out again: then it is as it was there.
macro_rules! latest {
    () => {
        sql::<Bool>(
            "NOT EXISTS (SELECT 1 FROM left_out AS later WHERE later.realm = left_out.realm \
             AND later.key = left_out.key AND later.run > left_out.run)",
        )
    };
}

/// Those with a number greater than this one, in the order of their numbers.
pub fn numbered(conn: &mut AnyConnection, realm: Realm, after: i64, limit: i64) -> QueryResult<Vec<LeftOutRow>> {
    let next = left_out::realm.eq(realm.name()).and(left_out::number.gt(after));
    let next = left_out::table.filter(next.and(latest!())).order((left_out::number.asc(), left_out::id.asc()));
    next.limit(limit).select(COLUMNS).load(conn)
}

/// Those without a number, in the order in which they came, behind this one.
pub fn unnumbered(conn: &mut AnyConnection, realm: Realm, after: i64, limit: i64) -> QueryResult<Vec<LeftOutRow>> {
    let next = left_out::realm.eq(realm.name()).and(left_out::number.is_null()).and(left_out::id.gt(after));
    let next = left_out::table.filter(next.and(latest!())).order(left_out::id.asc());
    next.limit(limit).select(COLUMNS).load(conn)
}

/// How many there are, with those that were left out again or came in later.
pub fn count(conn: &mut AnyConnection, realm: Realm) -> QueryResult<i64> {
    left_out::table.filter(left_out::realm.eq(realm.name())).count().get_result(conn)
}

/// Those that are called by one of these folded names, or known by one of these keys.
pub fn alike(
    conn: &mut AnyConnection,
    realm: Realm,
    names: &[String],
    keys: &[String],
) -> QueryResult<Vec<LeftOutRow>> {
    let of_realm = || left_out::table.filter(left_out::realm.eq(realm.name()).and(latest!())).select(COLUMNS);
    let mut found: Vec<LeftOutRow> = of_realm().filter(left_out::username.eq_any(names)).load(conn)?;
    found.extend(of_realm().filter(left_out::email.eq_any(names)).load::<LeftOutRow>(conn)?);
    found.extend(of_realm().filter(left_out::key.eq_any(keys)).load::<LeftOutRow>(conn)?);
    Ok(found)
}

/// The keys of those that have come in since, with another run or another source.
pub fn came_in(conn: &mut AnyConnection, realm: Realm, rows: &[LeftOutRow]) -> QueryResult<HashSet<String>> {
    let numbers: Vec<i64> = rows.iter().filter_map(|row| row.number).collect();
    let strip = |prefix| rows.iter().filter_map(move |row| row.key.strip_prefix(prefix)).map(str::to_owned);
    let (uuids, names): (Vec<_>, Vec<_>) = (strip(UUID).collect(), strip(NAME).collect());
    let mut keys = HashSet::new();
    if !numbers.is_empty() {
        let known = imports::identities_by_number(conn, realm.name(), &numbers)?;
        keys.extend(known.iter().filter_map(|row| row.number).map(|number| Key::Number(number).stored()));
    }
    if !uuids.is_empty() {
        let known = imports::identities_by_uuid(conn, realm.name(), &uuids)?;
        keys.extend(known.iter().filter_map(|row| row.uuid.as_deref()).map(|uuid| Key::Uuid(uuid).stored()));
    }
    if !names.is_empty() {
        keys.extend(called(conn, realm, &names)?.iter().map(|name| Key::Name(name).stored()));
    }
    Ok(keys)
}

/// Those of these names that somebody has, as it is spelled, whom the realm's old server knew, and those that mean nobody
/// there any more because whoever had them is gone.
fn called(conn: &mut AnyConnection, realm: Realm, names: &[String]) -> QueryResult<Vec<String>> {
    let spellings: Vec<String> = names.iter().flat_map(|name| [fold(name), name.clone()]).collect();
    let found = imports::names(conn, &spellings)?.into_iter();
    let (mut users, mut buried) = (Vec::new(), HashSet::new());
    for (key, _, user) in found.filter(|(_, there, _)| there == COMMON || there == realm.name()) {
        match user {
            Some(user) => users.push(user),
            None => drop(buried.insert(key)),
        }
    }
    let common = imports::holders(conn, &users)?.into_iter();
    let mut common: HashMap<i64, Option<String>> = common.map(|user| (user.id, user.username)).collect();
    let known = imports::identities_of(conn, &users)?.into_iter().filter(|known| known.realm == realm.name());
    let known = known.filter_map(|known| known.username.or_else(|| common.remove(&known.user_id?).flatten()));
    let gone = names.iter().filter(|name| buried.contains(*name) || buried.contains(&fold(name))).cloned();
    Ok(known.chain(gone).collect())
}

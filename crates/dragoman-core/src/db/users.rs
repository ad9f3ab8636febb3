//! Queries on users.

use chrono::NaiveDateTime;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::result::QueryResult;
use uuid::Uuid;

use super::connection::{AnyConnection, ask};
use super::identities::{Identified, Numbered};
use super::login_names::counts_in;
use super::schema::{addresses, login_names, users};
use crate::text::fold;
use crate::user::Realm;

/// What is read of a user: not the folded columns, which are there to be searched.
pub const COLUMNS: Columns = (
    users::id,
    users::uuid,
    users::username,
    users::email,
    users::name,
    users::roles,
    users::enabled,
    users::facts,
    users::identities,
    users::created,
    users::updated,
    users::session_epoch,
);
pub type Columns = (
    users::id,
    users::uuid,
    users::username,
    users::email,
    users::name,
    users::roles,
    users::enabled,
    users::facts,
    users::identities,
    users::created,
    users::updated,
    users::session_epoch,
);

/// A row of `users`, as [`COLUMNS`] has it.
#[derive(Debug, Clone, Queryable)]
pub struct UserRow {
    pub id: i64,
    pub uuid: String,
    pub username: Option<String>,
    pub email: Option<String>,
    pub name: String,
    pub roles: String,
    pub enabled: bool,
    pub facts: String,
    pub identities: String,
    pub created: NaiveDateTime,
    pub updated: NaiveDateTime,
    pub session_epoch: i64,
}

/// What is written of a user; the folded columns follow from the others.
#[derive(Debug, Clone, Insertable, AsChangeset)]
#[diesel(table_name = users, treat_none_as_null = true)]
pub struct UserValues {
    pub uuid: String,
    pub username: Option<String>,
    pub email: Option<String>,
    pub name: String,
    pub username_folded: String,
    pub name_folded: String,
    pub roles: String,
    pub enabled: bool,
    pub facts: String,
    pub identities: String,
    pub created: NaiveDateTime,
    pub updated: NaiveDateTime,
    pub session_epoch: i64,
}

impl From<UserRow> for UserValues {
    fn from(row: UserRow) -> Self {
        Self {
            username_folded: row.username.as_deref().map(fold).unwrap_or_default(),
            name_folded: fold(&row.name),
            uuid: row.uuid,
            username: row.username,
            email: row.email,
            name: row.name,
            roles: row.roles,
            enabled: row.enabled,
            facts: row.facts,
            identities: row.identities,
            created: row.created,
            updated: row.updated,
            session_epoch: row.session_epoch,
        }
    }
}

pub fn by_id(conn: &mut AnyConnection, id: i64) -> QueryResult<Option<UserRow>> {
    // `get_result` and not `first`: a bound LIMIT makes SQLite parse the statement at every call.
    ask!(conn, conn => users::table.find(id).select(COLUMNS).get_result(conn)).optional()
}

/// The user that every realm knows by this UUID unless it knows it by another.
pub fn by_common_uuid(conn: &mut AnyConnection, uuid: &str) -> QueryResult<Option<UserRow>> {
    ask!(conn, conn => users::table.filter(users::uuid.eq(uuid)).select(COLUMNS).get_result(conn)).optional()
}

/// The user with this number in the realm.
pub fn by_number(conn: &mut AnyConnection, realm: Realm, number: i64) -> QueryResult<Option<UserRow>> {
    let query = users::table.filter(users::id.eq(Numbered { realm, number })).select(COLUMNS);
    ask!(conn, conn => query.get_result(conn)).optional()
}

/// The user with this UUID in the realm.
pub fn by_uuid(conn: &mut AnyConnection, realm: Realm, uuid: Uuid) -> QueryResult<Option<UserRow>> {
    let query = users::table.filter(users::id.eq(Identified { realm, uuid: uuid.to_string() })).select(COLUMNS);
    ask!(conn, conn => query.get_result(conn)).optional()
}

/// The user whose username or e-mail this is in the realm. A name that counts there alone comes first, also where it is
/// buried.
pub fn by_login_name(conn: &mut AnyConnection, realm: Realm, folded: &str) -> QueryResult<Option<UserRow>> {
    let query = login_names::table
        .left_join(users::table)
        .filter(login_names::folded.eq(folded).and(counts_in!(login_names::realm, realm)))
        .order(login_names::realm.desc())
        .select(COLUMNS.nullable());
    let found: Vec<Option<UserRow>> = ask!(conn, conn => query.load(conn))?;
    Ok(found.into_iter().next().flatten())
}

pub fn insert(conn: &mut AnyConnection, id: Option<i64>, values: &UserValues) -> QueryResult<UserRow> {
    let Some(id) = id else {
        return diesel::insert_into(users::table).values(values).returning(COLUMNS).get_result(conn);
    };
    let row =
        diesel::insert_into(users::table).values((users::id.eq(id), values)).returning(COLUMNS).get_result(conn)?;
    if let AnyConnection::Postgres(conn) = conn {
        // SQLite moves its AUTOINCREMENT past a given id by itself, PostgreSQL's identity does not.
        conn.batch_execute(
            "SELECT setval(pg_get_serial_sequence('users', 'id'), \
             GREATEST((SELECT last_value FROM users_id_seq), (SELECT MAX(id) FROM users)))",
        )?;
    }
    Ok(row)
}

pub fn update(conn: &mut AnyConnection, id: i64, values: &UserValues) -> QueryResult<UserRow> {
    diesel::update(users::table.find(id)).set(values).returning(COLUMNS).get_result(conn)
}

/// The user, kept from changing until this transaction ends.
pub fn locked(conn: &mut AnyConnection, id: i64) -> QueryResult<Option<UserRow>> {
    match conn {
        // Not only the row: whoever waits here sees what the transaction before it committed.
        AnyConnection::Postgres(conn) => users::table.find(id).select(COLUMNS).for_update().get_result(conn).optional(),
        // A write transaction on SQLite has the whole database to itself.
        AnyConnection::Sqlite(_) => by_id(conn, id),
    }
}

pub fn set_session_epoch(conn: &mut AnyConnection, id: i64, epoch: i64) -> QueryResult<usize> {
    diesel::update(users::table.find(id)).set(users::session_epoch.eq(epoch)).execute(conn)
}

/// Whether there was such a user. Everything that belongs to it goes with it.
pub fn delete(conn: &mut AnyConnection, id: i64) -> QueryResult<bool> {
    diesel::delete(users::table.find(id)).execute(conn).map(|rows| rows > 0)
}

/// Enabled users that hold a role of this name.
pub fn count_enabled_with_role(conn: &mut AnyConnection, role: &str) -> QueryResult<i64> {
    users::table.filter(users::enabled.eq(true).and(users::roles.like(format!("%{role}%")))).count().get_result(conn)
}

/// The user's addresses, chain and address.
pub fn addresses(conn: &mut AnyConnection, id: i64) -> QueryResult<Vec<(String, String)>> {
    addresses::table.filter(addresses::user_id.eq(id)).select((addresses::chain, addresses::address)).load(conn)
}

pub fn delete_address(conn: &mut AnyConnection, id: i64, chain: &str) -> QueryResult<usize> {
    diesel::delete(addresses::table.find((id, chain))).execute(conn)
}

pub fn insert_address(conn: &mut AnyConnection, id: i64, chain: &str, address: &str) -> QueryResult<usize> {
    diesel::insert_into(addresses::table)
        .values((addresses::user_id.eq(id), addresses::chain.eq(chain), addresses::address.eq(address)))
        .execute(conn)
}

//! What an import asks, some hundred records at a time, and the tables of runs and ids.
//!
//! The questions are put to the scratch file of a rehearsal, too, which has these columns of these tables.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::result::QueryResult;

use super::connection::{AnyConnection, ask};
use super::identities::IdentityValues;
use super::left_out::LeftOutValues;
use super::schema::{addresses, credentials, identities, left_out, login_names, users};
use super::users::UserValues;

/// A name, the realm where it counts (`""`: everywhere), and who has it; nobody where it is buried.
pub type NameRow = (String, String, Option<i64>);

/// Who has these folded names, in whichever realm.
pub fn names(conn: &mut AnyConnection, folded: &[String]) -> QueryResult<Vec<NameRow>> {
    let query = login_names::table.filter(login_names::folded.eq_any(folded)).select((
        login_names::folded,
        login_names::realm,
        login_names::user_id,
    ));
    ask!(conn, conn => query.load(conn))
}

/// What an import needs to know of a user.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub struct HolderRow {
    pub id: i64,
    pub uuid: String,
    pub username: Option<String>,
    pub email: Option<String>,
    pub roles: String,
    pub enabled: bool,
}

const HOLDER: (users::id, users::uuid, users::username, users::email, users::roles, users::enabled) =
    (users::id, users::uuid, users::username, users::email, users::roles, users::enabled);

pub fn holders(conn: &mut AnyConnection, ids: &[i64]) -> QueryResult<Vec<HolderRow>> {
    let query = users::table.filter(users::id.eq_any(ids)).select(HOLDER);
    ask!(conn, conn => query.load(conn))
}

/// Lets PostgreSQL plan each statement anew until the end of the transaction. A plan that it keeps from when a table was
/// almost empty reads the whole table, for each batch, until somebody analyzes it.
pub fn plan_anew(conn: &mut AnyConnection) -> QueryResult<()> {
    match conn {
        AnyConnection::Postgres(conn) => conn.batch_execute("SET LOCAL plan_cache_mode = force_custom_plan"),
        AnyConnection::Sqlite(_) => Ok(()),
    }
}

pub fn holders_of_uuids(conn: &mut AnyConnection, uuids: &[String]) -> QueryResult<Vec<HolderRow>> {
    let query = users::table.filter(users::uuid.eq_any(uuids)).select(HOLDER);
    ask!(conn, conn => query.load(conn))
}

/// What an import needs to know of an identity.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = identities, treat_none_as_default_value = false)]
pub struct ThereRow {
    pub realm: String,
    pub user_id: Option<i64>,
    pub number: Option<i64>,
    pub uuid: Option<String>,
    pub username: Option<String>,
    pub email: Option<String>,
}

const THERE: (
    identities::realm,
    identities::user_id,
    identities::number,
    identities::uuid,
    identities::username,
    identities::email,
) = (
    identities::realm,
    identities::user_id,
    identities::number,
    identities::uuid,
    identities::username,
    identities::email,
);

/// Every realm's identities of these users.
pub fn identities_of(conn: &mut AnyConnection, user_ids: &[i64]) -> QueryResult<Vec<ThereRow>> {
    let query = identities::table.filter(identities::user_id.eq_any(user_ids)).select(THERE);
    ask!(conn, conn => query.load(conn))
}

pub fn identities_by_number(conn: &mut AnyConnection, realm: &str, numbers: &[i64]) -> QueryResult<Vec<ThereRow>> {
    let query =
        identities::table.filter(identities::realm.eq(realm).and(identities::number.eq_any(numbers))).select(THERE);
    ask!(conn, conn => query.load(conn))
}

pub fn identities_by_uuid(conn: &mut AnyConnection, realm: &str, uuids: &[String]) -> QueryResult<Vec<ThereRow>> {
    let query = identities::table.filter(identities::realm.eq(realm).and(identities::uuid.eq_any(uuids))).select(THERE);
    ask!(conn, conn => query.load(conn))
}

/// The records with which these users came into the realm.
pub fn records(conn: &mut AnyConnection, realm: &str, user_ids: &[i64]) -> QueryResult<Vec<(i64, String)>> {
    let came = identities::user_id.eq_any(user_ids).and(identities::realm.eq(realm));
    let query = identities::table.filter(came.and(identities::record.is_not_null()));
    let both = (identities::user_id.assume_not_null(), identities::record.assume_not_null());
    ask!(conn, conn => query.select(both).load(conn))
}

/// Inserts rows that belong together: on PostgreSQL with one statement, which costs one round trip, and on SQLite
/// one by one, for which it keeps a statement ready.
macro_rules! insert_all {
    ($conn:expr, $table:expr, $rows:expr) => {
        match $conn {
            AnyConnection::Postgres(_) if $rows.is_empty() => {}
            AnyConnection::Postgres(conn) => drop(diesel::insert_into($table).values($rows).execute(conn)?),
            AnyConnection::Sqlite(conn) => {
                for row in $rows {
                    diesel::insert_into($table).values(row).execute(conn)?;
                }
            }
        }
    };
}

/// A new user, with everything that belongs to it.
#[derive(Debug, Clone)]
pub struct MadeUser {
    pub id: i64,
    pub values: UserValues,
    pub credentials: CredentialValues,
    pub addresses: Vec<(String, String)>,
}

/// What a new user signs in with.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = credentials, treat_none_as_default_value = false)]
pub struct CredentialValues {
    pub user_id: i64,
    pub password_hash: Option<String>,
    pub keeps_hash: bool,
    pub secret_digest: Option<Vec<u8>>,
}

/// A name that is claimed.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = login_names)]
pub struct NameValues {
    pub folded: String,
    pub realm: String,
    pub user_id: i64,
}

/// Inserts users. Nobody may have their ids and names.
pub fn insert_users(conn: &mut AnyConnection, made: &[MadeUser]) -> QueryResult<()> {
    let users: Vec<_> = made.iter().map(|user| (users::id.eq(user.id), &user.values)).collect();
    insert_all!(conn, users::table, users);
    let credentials: Vec<_> = made.iter().map(|user| &user.credentials).collect();
    insert_all!(conn, credentials::table, credentials);
    let addresses = made.iter().flat_map(|user| user.addresses.iter().map(|address| (user.id, address)));
    let addresses = addresses.map(|(id, (chain, address))| {
        (addresses::user_id.eq(id), addresses::chain.eq(chain), addresses::address.eq(address))
    });
    let addresses: Vec<_> = addresses.collect();
    insert_all!(conn, addresses::table, addresses);
    Ok(())
}

pub fn insert_identities(conn: &mut AnyConnection, identities: &[IdentityValues]) -> QueryResult<()> {
    let identities: Vec<_> = identities.iter().collect();
    insert_all!(conn, identities::table, identities);
    Ok(())
}

/// Keeps records that were left out.
pub fn insert_left_out(conn: &mut AnyConnection, records: &[LeftOutValues]) -> QueryResult<()> {
    let records: Vec<_> = records.iter().collect();
    insert_all!(conn, left_out::table, records);
    Ok(())
}

pub fn insert_names(conn: &mut AnyConnection, names: &[NameValues]) -> QueryResult<()> {
    let names: Vec<_> = names.iter().collect();
    insert_all!(conn, login_names::table, names);
    Ok(())
}

/// Has a user's identity in a realm hold these ids.
pub fn set_ids(
    conn: &mut AnyConnection,
    realm: &str,
    user_id: i64,
    number: Option<i64>,
    uuid: Option<&str>,
) -> QueryResult<usize> {
    let identity = identities::table.filter(identities::user_id.eq(user_id).and(identities::realm.eq(realm)));
    diesel::update(identity).set((identities::number.eq(number), identities::uuid.eq(uuid))).execute(conn)
}

/// The facts and the summary of identities of a user who was linked or moved.
pub fn set_shown(conn: &mut AnyConnection, user_id: i64, facts: &str, summary: &str) -> QueryResult<usize> {
    diesel::update(users::table.find(user_id))
        .set((users::facts.eq(facts), users::identities.eq(summary)))
        .execute(conn)
}

/// Gives a program's secret to a user that has none.
pub fn lend_secret(conn: &mut AnyConnection, user_id: i64, digest: &[u8]) -> QueryResult<usize> {
    let without = credentials::table.find(user_id).filter(credentials::secret_digest.is_null());
    diesel::update(without).set(credentials::secret_digest.eq(digest)).execute(conn)
}

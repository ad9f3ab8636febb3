//! As whom the realms know users, where they do not all know them alike.

use chrono::NaiveDateTime;
use diesel::backend::Backend;
use diesel::dsl::exists;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, HasSqlType, Text};

use super::connection::{AnyConnection, ask};
use super::schema::{identities, users};
use crate::user::Realm;

/// A row of `identities` that is to be written.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = identities, treat_none_as_default_value = true)]
pub struct IdentityValues {
    pub realm: String,
    pub user_id: i64,
    pub run: Option<i64>,
    pub made: bool,
    pub number: Option<i64>,
    pub uuid: Option<String>,
    pub username: Option<String>,
    pub email: Option<String>,
    pub linked: Option<String>,
    pub password_hash: Option<String>,
    pub keeps_hash: bool,
    pub record: Option<String>,
    pub keeps_password: bool,
    pub updated: NaiveDateTime,
}

impl IdentityValues {
    /// A user as which a realm knows nothing yet that others do not; `updated` is when the user was last changed.
    pub fn bare(realm: Realm, user_id: i64, updated: NaiveDateTime) -> Self {
        Self {
            realm: realm.name().to_owned(),
            user_id,
            run: None,
            made: true,
            number: None,
            uuid: None,
            username: None,
            email: None,
            linked: None,
            password_hash: None,
            keeps_hash: false,
            record: None,
            keeps_password: false,
            updated,
        }
    }
}

pub fn insert(conn: &mut AnyConnection, values: &IdentityValues) -> QueryResult<usize> {
    diesel::insert_into(identities::table).values(values).execute(conn)
}

/// Writes what a user's row repeats of its identities.
pub fn set_summary(conn: &mut AnyConnection, user_id: i64, summary: &str) -> QueryResult<usize> {
    diesel::update(users::table.find(user_id)).set(users::identities.eq(summary)).execute(conn)
}

/// The hash of the password that the user has in this realm alone.
pub fn password_hash(conn: &mut AnyConnection, realm: Realm, user_id: i64) -> QueryResult<Option<String>> {
    let query = identities::table.filter(identities::user_id.eq(user_id).and(identities::realm.eq(realm.name())));
    let hash = ask!(conn, conn => query.select(identities::password_hash).get_result(conn)).optional()?;
    Ok(hash.flatten())
}

/// Whether a sign-in may replace this hash of the password that the user has in this realm alone.
pub fn may_replace(conn: &mut AnyConnection, realm: Realm, user_id: i64, old: &str) -> QueryResult<bool> {
    let own = identities::user_id.eq(user_id).and(identities::realm.eq(realm.name()));
    let replaceable = identities::password_hash.eq(old).and(identities::keeps_hash.eq(false));
    diesel::select(exists(identities::table.filter(own.and(replaceable)))).get_result(conn)
}

/// Replaces the hash of the password that the user has in this realm alone, unless another has taken its place or it is
/// to be kept.
pub fn replace_hash(conn: &mut AnyConnection, realm: Realm, user_id: i64, old: &str, new: &str) -> QueryResult<usize> {
    let own = identities::user_id.eq(user_id).and(identities::realm.eq(realm.name()));
    let replaceable = identities::password_hash.eq(old).and(identities::keeps_hash.eq(false));
    diesel::update(identities::table.filter(own.and(replaceable))).set(identities::password_hash.eq(new)).execute(conn)
}

/// The user has another password now than any old server knew.
pub fn forget_passwords(conn: &mut AnyConnection, user_id: i64) -> QueryResult<usize> {
    diesel::update(identities::table.filter(identities::user_id.eq(user_id)))
        .set((identities::password_hash.eq(None::<String>), identities::keeps_password.eq(false)))
        .execute(conn)
}

/// The user has no name any more that is its own in one realm only.
pub fn forget_usernames(conn: &mut AnyConnection, user_id: i64) -> QueryResult<usize> {
    diesel::update(identities::table.filter(identities::user_id.eq(user_id)))
        .set(identities::username.eq(None::<String>))
        .execute(conn)
}

/// The user has no e-mail any more that is its own in this realm only.
pub fn forget_email(conn: &mut AnyConnection, realm: &str, user_id: i64) -> QueryResult<usize> {
    let known = identities::user_id.eq(user_id).and(identities::realm.eq(realm));
    diesel::update(identities::table.filter(known)).set(identities::email.eq(None::<String>)).execute(conn)
}

/// Leaves of the user's identities only that their numbers and UUIDs were given.
pub fn bury(conn: &mut AnyConnection, user_id: i64) -> QueryResult<usize> {
    diesel::update(identities::table.filter(identities::user_id.eq(user_id)))
        .set((
            identities::user_id.eq(None::<i64>),
            identities::username.eq(None::<String>),
            identities::email.eq(None::<String>),
            identities::linked.eq(None::<String>),
            identities::password_hash.eq(None::<String>),
            identities::record.eq(None::<String>),
            identities::keeps_password.eq(false),
        ))
        .execute(conn)
}

/// Whether the realm knows anybody otherwise than all others do, or ever did.
pub fn has_any(conn: &mut AnyConnection, realm: Realm) -> QueryResult<bool> {
    let known = identities::table.filter(identities::realm.eq(realm.name()));
    ask!(conn, conn => diesel::select(exists(known)).get_result(conn))
}

/// Whose this number is in the realm, as its identities say it; `Some(None)` where the user is deleted.
pub fn owner_of_number(conn: &mut AnyConnection, realm: Realm, number: i64) -> QueryResult<Option<Option<i64>>> {
    let query = identities::table.filter(identities::realm.eq(realm.name()).and(identities::number.eq(number)));
    ask!(conn, conn => query.select(identities::user_id).get_result(conn)).optional()
}

/// The same of a UUID.
pub fn owner_of_uuid(conn: &mut AnyConnection, realm: Realm, uuid: &str) -> QueryResult<Option<Option<i64>>> {
    let query = identities::table.filter(identities::realm.eq(realm.name()).and(identities::uuid.eq(uuid)));
    ask!(conn, conn => query.select(identities::user_id).get_result(conn)).optional()
}

/// The id of the user that has this number in the realm: its own there, else the common one. It is 0, which nobody
/// has, where the number was that of a user who is deleted, and NULL where it never was anybody's.
#[derive(Debug, Clone, Copy, QueryId)]
pub struct Numbered {
    pub realm: Realm,
    pub number: i64,
}

/// The same by a UUID.
#[derive(Debug, Clone, QueryId)]
pub struct Identified {
    pub realm: Realm,
    pub uuid: String,
}

impl<D> QueryFragment<D> for Numbered
where
    D: Backend + HasSqlType<BigInt> + HasSqlType<Text>,
    i64: ToSql<BigInt, D>,
    str: ToSql<Text, D>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, D>) -> QueryResult<()> {
        out.push_sql("COALESCE((SELECT COALESCE(user_id, 0) FROM identities WHERE realm = ");
        out.push_bind_param::<Text, str>(self.realm.name())?;
        out.push_sql(" AND number = ");
        out.push_bind_param::<BigInt, i64>(&self.number)?;
        out.push_sql("), (SELECT common.id FROM users AS common WHERE common.id = ");
        out.push_bind_param::<BigInt, i64>(&self.number)?;
        out.push_sql(" AND NOT EXISTS (SELECT 1 FROM identities WHERE user_id = common.id AND realm = ");
        out.push_bind_param::<Text, str>(self.realm.name())?;
        out.push_sql(" AND number IS NOT NULL)))");
        Ok(())
    }
}

impl<D> QueryFragment<D> for Identified
where
    D: Backend + HasSqlType<Text>,
    str: ToSql<Text, D>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, D>) -> QueryResult<()> {
        out.push_sql("COALESCE((SELECT COALESCE(user_id, 0) FROM identities WHERE realm = ");
        out.push_bind_param::<Text, str>(self.realm.name())?;
        out.push_sql(" AND uuid = ");
        out.push_bind_param::<Text, str>(&self.uuid)?;
        out.push_sql("), (SELECT common.id FROM users AS common WHERE common.uuid = ");
        out.push_bind_param::<Text, str>(&self.uuid)?;
        out.push_sql(" AND NOT EXISTS (SELECT 1 FROM identities WHERE user_id = common.id AND realm = ");
        out.push_bind_param::<Text, str>(self.realm.name())?;
        out.push_sql(" AND uuid IS NOT NULL)))");
        Ok(())
    }
}

/// Either is a value by itself, whatever it is compared with.
macro_rules! is_an_id {
    ($($key:ty),+) => {$(
        impl Expression for $key {
            type SqlType = BigInt;
        }
        impl<S> AppearsOnTable<S> for $key {}
        impl<S> SelectableExpression<S> for $key {}
        impl<G> ValidGrouping<G> for $key {
            type IsAggregate = is_aggregate::Never;
        }
    )+};
}
is_an_id!(Numbered, Identified);

//! Password hashes and the digests of client secrets.

use diesel::define_sql_function;
use diesel::dsl::{exists, min};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{Nullable, Text};

use super::connection::{AnyConnection, ask};
use super::login_names::counts_in;
use super::schema::{credentials, locks, login_names, users};
use super::users::{COLUMNS, UserRow};
use crate::user::Realm;

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

/// A user, and the hash of its password if it has one.
pub type WithHash = (UserRow, Option<String>);

diesel::alias! {
    const LATER: Alias<Later> = login_names as later;
    const ANY: Alias<Any> = login_names as any_name;
    const BURIED: Alias<Buried> = login_names as buried;
}

define_sql_function! {
    fn coalesce(one: Nullable<Text>, other: Nullable<Text>) -> Nullable<Text>;
}

/// The user whose username or e-mail this is in the realm, and its hash, in one query. It takes as long for a name
/// that nobody has, or nobody any more. A name that counts in the realm alone comes first.
pub fn by_login_name(conn: &mut AnyConnection, realm: Realm, folded: &str) -> QueryResult<Option<WithHash>> {
    let nearest = nearest(conn, realm, folded)?;
    Ok(nearest.filter(|(name, buried, _)| name == folded && !buried).map(|(_, _, found)| found))
}

/// A name, whether the one that was looked for is buried in the realm, and who has the first.
type Nearest = (String, bool, WithHash);

/// The row of the name itself, else of the next one that somebody has, else of the first, so that the work is the same
/// whether or not somebody has it. Whether it is buried is asked of all, for the same reason.
fn nearest(conn: &mut AnyConnection, realm: Realm, folded: &str) -> QueryResult<Option<Nearest>> {
    // `min` and not `limit`, for the reason that stands at `users::by_id`.
    let (later, any) = (LATER.field(login_names::folded), ANY.field(login_names::folded));
    let from_here = LATER
        .filter(later.ge(folded).and(counts_in!(LATER.field(login_names::realm), realm)))
        .filter(LATER.field(login_names::user_id).is_not_null());
    let from_start = ANY
        .filter(counts_in!(ANY.field(login_names::realm), realm))
        .filter(ANY.field(login_names::user_id).is_not_null());
    let buried = BURIED
        .filter(BURIED.field(login_names::folded).eq(folded))
        .filter(BURIED.field(login_names::realm).eq(realm.name()))
        .filter(BURIED.field(login_names::user_id).is_null());
    let name = coalesce(from_here.select(min(later)).single_value(), from_start.select(min(any)).single_value());
    let query = login_names::table
        .inner_join(users::table.inner_join(credentials::table))
        .filter(login_names::folded.nullable().eq(name).and(counts_in!(login_names::realm, realm)))
        .order(login_names::realm.desc())
        .select((login_names::folded, exists(buried), (COLUMNS, credentials::password_hash)));
    let found: Vec<Nearest> = ask!(conn, conn => query.load(conn))?;
    Ok(found.into_iter().next())
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

/// Whether a sign-in may replace this hash.
pub fn may_replace(conn: &mut AnyConnection, user_id: i64, old: &str) -> QueryResult<bool> {
    let replaceable = credentials::password_hash.eq(old).and(credentials::keeps_hash.eq(false));
    diesel::select(exists(credentials::table.find(user_id).filter(replaceable))).get_result(conn)
}

/// Replaces a hash, unless another has taken its place or it is to be kept.
pub fn replace_hash(conn: &mut AnyConnection, user_id: i64, old: &str, new: &str) -> QueryResult<usize> {
    let own = credentials::table.find(user_id);
    diesel::update(own.filter(credentials::password_hash.eq(old).and(credentials::keeps_hash.eq(false))))
        .set(credentials::password_hash.eq(new))
        .execute(conn)
}

/// Gives a hash to a user that has still none but this unusable one; 0 where it has another by now.
pub fn set_first_hash(
    conn: &mut AnyConnection,
    user_id: i64,
    unusable: Option<&str>,
    hash: &str,
) -> QueryResult<usize> {
    let row = diesel::update(credentials::table.find(user_id)).set(credentials::password_hash.eq(hash));
    match unusable {
        Some(unusable) => row.filter(credentials::password_hash.eq(unusable)).execute(conn),
        None => row.filter(credentials::password_hash.is_null()).execute(conn),
    }
}

/// Makes every other transaction that takes this lock wait until this one has ended.
pub fn lock(conn: &mut AnyConnection, name: &str) -> QueryResult<usize> {
    diesel::update(locks::table.find(name)).set(locks::taken.eq(locks::taken + 1)).execute(conn)
}

#[cfg(test)]
mod tests {
    use diesel::connection::SimpleConnection as _;

    use super::*;
    use crate::DatabaseSettings;
    use crate::db::Database;

    #[tokio::test]
    async fn a_name_that_nobody_has_reads_a_neighbours_row_and_finds_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/test.db", folder.path().display());
        let database = Database::open(&DatabaseSettings { url, ..DatabaseSettings::default() }).unwrap();
        database.migrate().unwrap();
        let rows = "INSERT INTO users VALUES
                (1, 'b', 'bea', NULL, '', 'bea', '', 'USER', TRUE, '{}', '{}', '2026-01-01 00:00:00', '2026-01-01 00:00:00', 0),
                (2, 'd', 'dan', NULL, '', 'dan', '', 'USER', TRUE, '{}', '{}', '2026-01-01 00:00:00', '2026-01-01 00:00:00', 0);
            INSERT INTO login_names (folded, user_id) VALUES ('bea', 1), ('dan', 2);
            INSERT INTO credentials (user_id, password_hash) VALUES (1, 'hash of bea'), (2, 'hash of dan')";
        let look_up = async |name: &'static str| {
            let query = move |conn: &mut AnyConnection| {
                let nearest = nearest(conn, Realm::new("one"), name)?.map(|(neighbour, _, _)| neighbour);
                Ok((nearest, by_login_name(conn, Realm::new("one"), name)?.map(|(row, hash)| (row.id, hash))))
            };
            database.read(query).await.unwrap()
        };
        assert_eq!(look_up("bea").await, (None, None));
        database.write(move |conn| Ok(conn.batch_execute(rows)?)).await.unwrap();
        let buried = "INSERT INTO login_names VALUES ('bea', 'one', NULL), ('cid', 'one', NULL), ('dan', 'two', NULL)";
        for (nobody, neighbour) in [("ann", "bea"), ("be", "bea"), ("cid", "dan"), ("eve", "bea"), ("", "bea")] {
            assert_eq!(look_up(nobody).await, (Some(neighbour.to_owned()), None), "{nobody}");
        }
        database.write(move |conn| Ok(conn.batch_execute(buried)?)).await.unwrap();
        // Who is called so elsewhere is read like a neighbour.
        for (nobody, neighbour) in [("bea", "bea"), ("cid", "dan"), ("cic", "dan")] {
            assert_eq!(look_up(nobody).await, (Some(neighbour.to_owned()), None), "{nobody}");
        }
        assert_eq!(look_up("dan").await, (Some("dan".to_owned()), Some((2, Some("hash of dan".to_owned())))));
    }
}

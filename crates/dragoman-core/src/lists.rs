//! The use cases on many users.

use std::collections::HashMap;

use futures_util::{Stream, stream};

use crate::db;
use crate::db::connection::AnyConnection;
use crate::db::lists::Portion;
use crate::user::{Filter, Page, Realm, User, UserId};
use crate::{Accounts, Result};

/// How many users of a long list are in memory at a time.
const PORTION: usize = 1000;

impl Accounts {
    /// All users that the filter lets through, in the order of their numbers in this realm, portion by portion.
    ///
    /// There is at least one portion; it may be empty. Nothing is held between two of them, neither a
    /// connection nor a view of the database: whoever comes or goes meanwhile may be in the list or not, and
    /// everybody else is there once.
    pub fn list(&self, filter: Filter) -> impl Stream<Item = Result<Vec<User>>> + use<> {
        let realm = self.realm;
        self.portions(i64::MIN, move |conn, after| db::lists::after_number(conn, realm, &filter, *after, PORTION))
    }

    /// All users that have a username, in the order of their usernames; else as [`Accounts::list`]. Whoever has another
    /// username in this realm than elsewhere stands where that other one belongs.
    pub fn list_by_username(&self) -> impl Stream<Item = Result<Vec<User>>> + use<> {
        self.portions(String::new(), |conn, after| Ok(db::lists::after_username(conn, after, PORTION)?))
    }

    /// Begins after the key `start`; `next` reads what comes after a key.
    fn portions<K, F>(&self, start: K, next: F) -> impl Stream<Item = Result<Vec<User>>> + use<K, F>
    where
        K: Clone + Send + 'static,
        F: Fn(&mut AnyConnection, &K) -> Result<Portion<K>> + Clone + Send + 'static,
    {
        let (database, realm) = (self.database.clone(), self.realm);
        stream::try_unfold(Some(start), move |after| {
            let (database, next) = (database.clone(), next.clone());
            async move {
                let Some(after) = after else { return Ok(None) };
                let portion = database.scan(move |conn| {
                    let Portion { rows, next } = next(conn, &after)?;
                    Ok((users(rows, realm)?, next))
                });
                portion.await.map(Some)
            }
        })
    }

    /// One page of the users that the filter lets through, and how many they are in all.
    pub async fn page(&self, filter: Filter, page: Page) -> Result<(Vec<User>, i64)> {
        let realm = self.realm;
        let quick = db::lists::is_quick(&filter, &page);
        let query = move |conn: &mut AnyConnection| {
            let (rows, total) = db::lists::page(conn, realm, &filter, &page)?;
            Ok((users(rows, realm)?, total))
        };
        if quick { self.database.read(query).await } else { self.database.scan(query).await }
    }

    /// How many users the filter lets through.
    pub async fn count(&self, filter: Filter) -> Result<i64> {
        let realm = self.realm;
        self.database.scan(move |conn| Ok(db::lists::count(conn, realm, &filter)?)).await
    }

    /// The stored password hashes, for a legacy API that shows them (hazard `expose-password-hash`).
    pub async fn stored_hashes(&self, users: &[UserId]) -> Result<HashMap<UserId, String>> {
        let ids: Vec<i64> = users.iter().map(|id| id.0).collect();
        let mut hashes = HashMap::with_capacity(ids.len());
        for chunk in ids.chunks(PORTION) {
            let chunk = chunk.to_vec();
            let rows = self.database.scan(move |conn| Ok(db::credentials::password_hashes(conn, &chunk)?)).await?;
            hashes.extend(rows.into_iter().filter_map(|(id, hash)| Some((UserId(id), hash?))));
        }
        Ok(hashes)
    }
}

fn users(rows: Vec<db::users::UserRow>, realm: Realm) -> Result<Vec<User>> {
    rows.into_iter().map(|row| User::of_row(row, realm)).collect()
}

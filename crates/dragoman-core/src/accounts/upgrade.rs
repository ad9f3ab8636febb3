//! Replacing a weak hash, once somebody has shown the password that it was made of.
//!
//! It happens behind the answer: no sign-in waits for a second hash or fails because of it. What does not come
//! about, for whatever reason, does at a later sign-in. Only the very hash that was verified is replaced, so that a
//! password that was changed meanwhile stays changed; nothing else of the user is touched.

use super::Accounts;
use crate::db::connection::AnyConnection;
use crate::db::{credentials, identities};
use crate::user::UserId;
use crate::{Password, Result};

impl Accounts {
    /// Sees to it that a user's hash, which the password has just opened, is replaced where it is weaker than a new one.
    pub(super) fn upgrade(&self, user: UserId, password: &Password, stored: &str) {
        let Some(turn) = self.hasher.begin_upgrade(password, stored) else { return };
        let (accounts, password, stored) = (self.clone(), password.clone(), stored.to_owned());
        // Without the request's origin: it is no client that waits, and clients go first.
        tokio::spawn(async move {
            match accounts.upgraded(user, &password, stored).await {
                Ok(true) => accounts.hasher.count_upgrade(),
                Ok(false) => {}
                Err(error) => tracing::debug!(%error, "a weak password hash stays for now"),
            }
            drop(turn);
        });
    }

    async fn upgraded(&self, user: UserId, password: &Password, old: String) -> Result<bool> {
        let (realm, stored) = (self.realm, old.clone());
        let may_replace = move |conn: &mut AnyConnection| {
            Ok(credentials::may_replace(conn, user.0, &stored)?
                || identities::may_replace(conn, realm, user.0, &stored)?)
        };
        if !self.database.read(may_replace).await? {
            return Ok(false);
        }
        let new = self.hasher.hash(&user.into(), password).await?;
        let replace = move |conn: &mut _| {
            let common = credentials::replace_hash(conn, user.0, &old, &new)?;
            Ok(common + identities::replace_hash(conn, realm, user.0, &old, &new)?)
        };
        Ok(self.database.write(replace).await? > 0)
    }
}

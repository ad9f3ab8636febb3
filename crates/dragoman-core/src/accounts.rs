//! The use cases on users, as one realm sees them.

mod lookup;
mod sign_in;
mod taking_over;
mod upgrade;

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256, Sha512};

use crate::addresses::Deriver;
use crate::audit::{Audit, Detail, Event, Person};
use crate::db::users::UserRow;
use crate::db::{self, Database};
use crate::guesses::Guesses;
use crate::old_server::OldServer;
use crate::password::Hasher;
use crate::records::Proof;
use crate::user::{Changes, Login, NewUser, Realm, User, UserId};
use crate::{Clock, Error, Password, Random, Result, identities, records, tokens};
pub(crate) use lookup::by_login;

/// Users, as one realm sees them.
#[derive(Clone)]
pub struct Accounts {
    pub(crate) realm: Realm,
    pub(crate) database: Database,
    pub(crate) hasher: Hasher,
    pub(crate) guesses: Guesses,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) deriver: Option<Deriver>,
    pub(crate) server_secret: std::sync::Arc<str>,
    pub(crate) audit: Audit,
    pub(crate) old_server: Option<OldServer>,
}

impl Accounts {
    /// Makes an account.
    ///
    /// # Errors
    /// `Taken` where another user has the username or the e-mail, as either; `Invalid` where a value cannot be stored.
    pub async fn register(&self, new: NewUser) -> Result<User> {
        let password = new.password.clone();
        let record = self.record_of(new)?;
        let hash = self.hasher.hash(&record.claim(), &password).await?;
        let scribe = self.audit.scribe(self.realm);
        let row = self.database.write(move |conn| record.insert(conn, Some(&hash), &scribe)).await?;
        self.user(row)
    }

    /// Changes what `changes` names, all of it or nothing.
    ///
    /// # Errors
    /// `UserNotFound`, `Taken`, `Invalid`; `LastAdmin` where nobody would be left to administer;
    /// `BadCredentials` where the claimed present password is wrong.
    pub async fn update(&self, id: UserId, changes: Changes) -> Result<User> {
        records::check(&changes)?;
        let proof = match &changes.current_password {
            Some(password) => Some(self.prove(id, password).await?),
            None => None,
        };
        let new_hash = match &changes.password {
            Some(password) => Some(self.hasher.hash(&id.into(), password).await?),
            None => None,
        };
        let event = if changes.enabled == Some(false) { Event::Disabled } else { Event::RoleChange };
        let outcome = self.apply(id, changes, proof, new_hash).await;
        self.told(outcome, event, id).await
    }

    /// Changes the password of whoever knows the old one, and ends all its sessions. An unknown
    /// user and a wrong password cannot be told apart.
    pub async fn change_password(&self, login: Login, old: Password, new: Password) -> Result<User> {
        let (user, hash) = self.authenticated(login, &old).await?;
        let new_hash = self.hasher.hash(&user.id.into(), &new).await?;
        let changes = Changes { password: Some(new), ..Changes::default() };
        // Where there is no hash, only the old server could prove it.
        let proof = hash.map(|hash| Proof { password: old, hash });
        self.apply(user.id, changes, proof, Some(new_hash)).await
    }

    /// Sets a generated password, which is returned only here, and ends all sessions.
    pub async fn reset_password(&self, id: UserId) -> Result<Password> {
        use base64::Engine as _;
        let bytes = self.random.bytes::<18>();
        let password = Password::from(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes));
        self.update(id, Changes { password: Some(password.clone()), ..Changes::default() }).await?;
        Ok(password)
    }

    /// Deletes a user and all that belongs to it. Its id is never used again.
    ///
    /// # Errors
    /// `UserNotFound`; `LastAdmin` where nobody would be left to administer.
    pub async fn remove(&self, id: UserId) -> Result<()> {
        let scribe = self.audit.scribe(self.realm);
        let removed = self
            .database
            .write(move |conn| {
                let admins = records::Administrators::lock(conn)?;
                let row = db::users::locked(conn, id.0)?.ok_or(Error::UserNotFound)?;
                identities::bury(conn, &row)?;
                db::users::delete(conn, id.0)?;
                scribe.tell(conn, Event::Deletion, Some((&row).into()), Detail::new())?;
                admins.still_there(conn)
            })
            .await;
        self.told(removed, Event::Deletion, id).await
    }

    /// Ends every session of a user, in every realm.
    ///
    /// # Errors
    /// `UserNotFound`.
    pub async fn end_sessions(&self, id: UserId) -> Result<()> {
        let scribe = self.audit.scribe(self.realm);
        self.database
            .write(move |conn| {
                let row = db::users::locked(conn, id.0)?.ok_or(Error::UserNotFound)?;
                db::users::set_session_epoch(conn, row.id, row.session_epoch + 1)?;
                tokens::delete_all(conn, id, None)?;
                scribe.tell(conn, Event::SessionsEnded, Some((&row).into()), Detail::new())
            })
            .await
    }

    /// Tells where the last administrator was to go: the transaction could not, because it has been undone.
    async fn told<T>(&self, outcome: Result<T>, event: Event, id: UserId) -> Result<T> {
        if let Err(Error::LastAdmin) = outcome {
            let row = self.database.read(move |conn| Ok(db::users::by_id(conn, id.0)?)).await?;
            self.audit.refused(self.realm, event, row.as_ref().map(Person::from), "last-administrator");
        }
        outcome
    }

    /// The user's addresses by chain: what is stored, else what can be derived.
    pub async fn addresses(&self, user: &User) -> Result<BTreeMap<String, String>> {
        let id = user.id;
        let stored = self.database.read(move |conn| Ok(db::users::addresses(conn, id.0)?)).await?;
        let derived = self.deriver.as_ref().and_then(|deriver| {
            let address = deriver.address(user.number)?;
            Some((deriver.chain.to_owned(), address))
        });
        Ok(derived.into_iter().chain(stored).collect())
    }

    /// Bytes to dress up as a password hash where a legacy API shows one: the same for a user at
    /// every call, different for every user and realm, and nothing verifies against them.
    #[must_use]
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length (RFC 2104)")]
    pub fn disguise(&self, user: &User) -> [u8; 64] {
        let mut mac = Hmac::<Sha512>::new_from_slice(self.server_secret.as_bytes()).expect("any length is a key");
        mac.update(self.realm.name().as_bytes());
        mac.update(&user.id.0.to_be_bytes());
        mac.finalize().into_bytes().into()
    }

    /// Fresh random bytes for [`NewUser::client_secret`].
    #[must_use]
    pub fn new_secret(&self) -> [u8; 32] {
        self.random.bytes()
    }

    pub(crate) fn user(&self, row: UserRow) -> Result<User> {
        User::of_row(row, self.realm)
    }

    fn users(&self, rows: Vec<UserRow>) -> Result<Vec<User>> {
        rows.into_iter().map(|row| self.user(row)).collect()
    }
}

/// The digest under which a client secret is stored.
pub(crate) fn digest_of(secret: &Password) -> Vec<u8> {
    Sha256::digest(secret.expose_secret().as_bytes()).to_vec()
}

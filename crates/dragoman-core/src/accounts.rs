//! The use cases on users, as one realm sees them.

use std::collections::BTreeMap;

use diesel::result::QueryResult;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256, Sha512};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::addresses::Deriver;
use crate::audit::{Audit, Detail, Event, Person};
use crate::db::connection::AnyConnection;
use crate::db::users::UserRow;
use crate::db::{self, Database};
use crate::guesses::{About, Attempt, Guesses};
use crate::password::{Claim, Hasher};
use crate::text::fold;
use crate::user::{Changes, Login, NewUser, Realm, User, UserId};
use crate::{Clock, Error, Password, Random, Result, records};

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

    /// Checks a login. An unknown user and a wrong password cannot be told apart, by answer or by time.
    ///
    /// # Errors
    /// `BadCredentials`; `Disabled` only to whoever has the right password; `TooManyAttempts`, right or wrong,
    /// while a delay runs.
    pub async fn authenticate(&self, login: Login, password: Password) -> Result<User> {
        self.authenticated(login, &password).await.map(|(user, _)| user)
    }

    /// The user, and the hash that the password belongs to.
    async fn authenticated(&self, login: Login, password: &Password) -> Result<(User, String)> {
        let name = login.folded();
        let given = name.clone();
        let query = move |conn: &mut AnyConnection| {
            let found = named(&given, || db::credentials::by_login_name(conn, &given))?;
            Ok(found.filter(|(row, _)| login.fits(row, &given)))
        };
        let (found, attempt) = self.guesses.admit(About::Name(&name), password, query).await?;
        let (row, hash) = found.unzip();
        let hash = hash.flatten();
        let claim = Claim { name, user: row.as_ref().map(|row| UserId(row.id)) };
        let matches = self.hasher.verify(&claim, password, hash.as_deref()).await?; // no connection is held while hashing
        let known = row.as_ref().map(Person::from);
        self.settle(attempt, matches, known.as_ref()).await?;
        let outcome = self.signed_in(row.filter(|_| matches));
        self.audit.tried(self.realm, &claim.name, known, &outcome);
        Ok((outcome?, hash.ok_or(Error::BadCredentials)?))
    }

    /// Checks the login of a program that acts as a user by the secret that registration gave it (RFC 6749, 4.4).
    pub async fn authenticate_client(&self, id: Uuid, secret: Password) -> Result<User> {
        let query = move |conn: &mut AnyConnection| {
            let Some(row) = db::users::by_uuid(conn, &id.to_string())? else { return Ok(None) };
            let digest = db::credentials::secret_digest(conn, row.id)?;
            Ok(Some((row, digest)))
        };
        let (found, attempt) = self.guesses.admit(About::Program(&id.to_string()), &secret, query).await?;
        let given = digest_of(&secret);
        // The secret is 32 random bytes: a plain digest of it cannot be searched.
        let known = found.as_ref().map(|(row, _)| Person::from(row));
        let matching = found.filter(|(_, digest)| digest.as_ref().is_some_and(|digest| digest.ct_eq(&given).into()));
        self.settle(attempt, matching.is_some(), known.as_ref()).await?;
        let outcome = self.signed_in(matching.map(|(row, _)| row));
        self.audit.tried(self.realm, &id.to_string(), known, &outcome);
        outcome
    }

    /// Checks the secret of a program that the settings name, and not the database: `expected` is what it
    /// should be. An empty secret is none, and nobody has it.
    ///
    /// # Errors
    /// `BadCredentials`, `TooManyAttempts`.
    pub async fn authenticate_program(&self, id: &str, given: &Password, expected: Option<&Password>) -> Result<()> {
        let expected = expected.map_or("", |secret| secret.expose_secret());
        let ((), attempt) = self.guesses.admit(About::Program(id), given, |_| Ok(())).await?;
        let same: bool = given.expose_secret().as_bytes().ct_eq(expected.as_bytes()).into();
        let right = same && !expected.is_empty();
        self.settle(attempt, right, None).await?;
        if right { Ok(()) } else { Err(Error::BadCredentials) }
    }

    /// Counts how a guess went, and tells of the delays that begin with it.
    async fn settle(&self, attempt: Attempt, right: bool, subject: Option<&Person>) -> Result<()> {
        for delay in attempt.settle(right).await? {
            self.audit.locked_out(self.realm, subject.cloned(), delay.scope(), delay.seconds);
        }
        Ok(())
    }

    fn signed_in(&self, row: Option<UserRow>) -> Result<User> {
        let user = self.user(row.ok_or(Error::BadCredentials)?)?;
        if user.enabled { Ok(user) } else { Err(Error::Disabled) }
    }

    /// The user with this integer id in this realm.
    pub async fn by_number(&self, number: i64) -> Result<User> {
        self.one(move |conn| Ok(db::users::by_id(conn, number)?)).await
    }

    /// The user with this UUID in this realm.
    pub async fn by_uuid(&self, uuid: Uuid) -> Result<User> {
        self.one(move |conn| Ok(db::users::by_uuid(conn, &uuid.to_string())?)).await
    }

    /// The user with this username, without regard to case.
    pub async fn by_username(&self, username: &str) -> Result<User> {
        let login = Login::Username(username.into());
        self.one(move |conn| by_login(conn, &login)).await
    }

    /// The user with this e-mail, without regard to case.
    pub async fn by_email(&self, email: &str) -> Result<User> {
        let login = Login::Email(email.into());
        self.one(move |conn| by_login(conn, &login)).await
    }

    /// Everybody with this integer id, UUID, username or e-mail: a username may look like somebody else's id.
    pub async fn find(&self, any: &str) -> Result<Vec<User>> {
        let (number, uuid, name) = (any.parse::<i64>().ok(), Uuid::parse_str(any).ok(), fold(any));
        let found = self.database.read(move |conn| {
            let by_number = number.map(|number| db::users::by_id(conn, number)).transpose()?.flatten();
            let by_uuid = uuid.map(|uuid| db::users::by_uuid(conn, &uuid.to_string())).transpose()?.flatten();
            Ok([by_number, by_uuid, named(&name, || db::users::by_login_name(conn, &name))?])
        });
        let mut rows: Vec<UserRow> = found.await?.into_iter().flatten().collect();
        rows.sort_by_key(|row| row.id);
        rows.dedup_by_key(|row| row.id);
        self.users(rows)
    }

    /// Changes what `changes` names, all of it or nothing.
    ///
    /// # Errors
    /// `UserNotFound`, `Taken`, `Invalid`; `LastAdmin` where nobody would be left to administer;
    /// `BadCredentials` where the claimed present password is wrong.
    pub async fn update(&self, id: UserId, changes: Changes) -> Result<User> {
        records::check(&changes)?;
        let verified = match &changes.current_password {
            Some(password) => Some(self.verified_hash(id, password).await?),
            None => None,
        };
        let new_hash = match &changes.password {
            Some(password) => Some(self.hasher.hash(&id.into(), password).await?),
            None => None,
        };
        self.apply(id, changes, verified, new_hash).await
    }

    /// The user's hash, if the password belongs to it.
    async fn verified_hash(&self, id: UserId, password: &Password) -> Result<String> {
        let query = move |conn: &mut AnyConnection| Ok(db::credentials::password_hash(conn, id.0)?);
        let (hash, attempt) = self.guesses.admit(About::User(id.0), password, query).await?;
        let matches = self.hasher.verify(&id.into(), password, hash.as_deref()).await?;
        if matches {
            self.settle(attempt, true, None).await?;
            return hash.ok_or(Error::BadCredentials);
        }
        let user = self.database.read(move |conn| Ok(db::users::by_id(conn, id.0)?)).await?;
        let person = user.as_ref().map(Person::from);
        self.settle(attempt, false, person.as_ref()).await?;
        self.audit.wrong_present_password(self.realm, person);
        Err(Error::BadCredentials)
    }

    /// Changes the password of whoever knows the old one, and ends all its sessions. An unknown
    /// user and a wrong password cannot be told apart.
    pub async fn change_password(&self, login: Login, old: Password, new: Password) -> Result<User> {
        let (user, verified) = self.authenticated(login, &old).await?;
        let new_hash = self.hasher.hash(&user.id.into(), &new).await?;
        let changes = Changes { password: Some(new), ..Changes::default() };
        self.apply(user.id, changes, Some(verified), Some(new_hash)).await
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
        self.database
            .write(move |conn| {
                let admins = records::Administrators::lock(conn)?;
                let row = db::users::locked(conn, id.0)?.ok_or(Error::UserNotFound)?;
                db::users::delete(conn, id.0)?;
                scribe.tell(conn, Event::Deletion, Some((&row).into()), Detail::new())?;
                admins.still_there(conn)
            })
            .await
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

    async fn one(
        &self,
        query: impl Fn(&mut AnyConnection) -> Result<Option<UserRow>> + Send + 'static,
    ) -> Result<User> {
        self.user(self.database.read(query).await?.ok_or(Error::UserNotFound)?)
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

/// What a query finds for this folded name. Nobody's has a NUL in it, which PostgreSQL would not even look for.
fn named<T>(folded: &str, query: impl FnOnce() -> QueryResult<Option<T>>) -> Result<Option<T>> {
    if folded.contains('\0') { Ok(None) } else { Ok(query()?) }
}

/// The user with this login's own key, or with its other name where it lacks that key.
pub(crate) fn by_login(conn: &mut AnyConnection, login: &Login) -> Result<Option<UserRow>> {
    let given = login.folded();
    let found = named(&given, || db::users::by_login_name(conn, &given))?;
    Ok(found.filter(|row| login.fits(row, &given)))
}

impl Login {
    fn folded(&self) -> String {
        let (Self::Username(given) | Self::Email(given)) = self;
        fold(given)
    }

    /// Whether it is the user's name of this kind; one that the user lacks fits.
    fn fits(&self, row: &UserRow, folded: &str) -> bool {
        let own = match self {
            Self::Username(_) => &row.username,
            Self::Email(_) => &row.email,
        };
        own.as_ref().is_none_or(|own| fold(own) == folded)
    }
}

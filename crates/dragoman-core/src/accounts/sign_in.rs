//! Who proves with a password or a secret to be whom.

use futures_util::future::try_join;
use secrecy::ExposeSecret as _;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::lookup::named;
use super::taking_over::{Claimant, Vouched};
use super::{Accounts, digest_of};
use crate::audit::{Event, Person};
use crate::db;
use crate::db::connection::AnyConnection;
use crate::db::users::UserRow;
use crate::guesses::{About, Attempt};
use crate::password::Claim;
use crate::records::Proof;
use crate::user::{Login, User, UserId};
use crate::{Error, Password, Result, identities};

impl Accounts {
    /// Checks a login. An unknown user and a wrong password cannot be told apart, by answer or by time.
    ///
    /// # Errors
    /// `BadCredentials`; `Disabled` only to whoever has the right password; `TooManyAttempts`, right or wrong,
    /// while a delay runs.
    pub async fn authenticate(&self, login: Login, password: Password) -> Result<User> {
        let (user, hash) = self.authenticated(login, &password).await?;
        if let Some(hash) = hash {
            self.upgrade(user.id, &password, &hash);
        }
        Ok(user)
    }

    /// The user, and the hash that the password belongs to, if there is one.
    pub(super) async fn authenticated(&self, login: Login, password: &Password) -> Result<(User, Option<String>)> {
        let name = login.folded();
        let (folded, asked) = (name.clone(), login.clone());
        let realm = self.realm;
        let query = move |conn: &mut AnyConnection| {
            let key = db::login_names::key(conn, realm, asked.given(), &folded)?;
            let found = named(&key, || db::credentials::by_login_name(conn, realm, &key))?;
            let Some((row, common)) = found else { return Ok(None) };
            let known = row.identity(realm)?;
            if !asked.fits(&row, &known, &folded) {
                return Ok(None);
            }
            let hash = if known.password { db::identities::password_hash(conn, realm, row.id)? } else { common };
            Ok(Some((row, hash)))
        };
        let (found, attempt) = self.guesses.admit(About::Name(&name), password, query.clone()).await?;
        let claim = Claim { name, user: found.as_ref().map(|(row, _)| UserId(row.id)) };
        let known = found.as_ref().map(|(row, _)| Person::from(row));
        let hash = found.as_ref().and_then(|(_, hash)| hash.as_deref());
        // No connection is held meanwhile. Whoever is asked about elsewhere is hashed for all the same.
        let here = self.hasher.verify(&claim, password, hash);
        let (matches, vouched) = try_join(here, self.vouched_for(&login, password, hash)).await?;
        let proved = match vouched {
            Vouched::For(profile) => {
                let claimant = Claimant { login: &login, claim: &claim, password };
                self.take_over(claimant, found, profile, self.database.read(query)).await?
            }
            Vouched::ForNobody => found.filter(|_| matches),
            Vouched::Refused => {
                self.settle(attempt, false, known.as_ref()).await?;
                return Err(Error::Busy);
            }
        };
        self.settle(attempt, proved.is_some(), known.as_ref()).await?;
        let (row, hash) = proved.unzip();
        let outcome = self.signed_in(row);
        self.audit.tried(self.realm, &claim.name, known, &outcome);
        Ok((outcome?, hash.flatten()))
    }

    /// Checks the login of a program that acts as a user by the secret that registration gave it (RFC 6749, 4.4).
    pub async fn authenticate_client(&self, id: Uuid, secret: Password) -> Result<User> {
        let realm = self.realm;
        let query = move |conn: &mut AnyConnection| {
            let Some(row) = db::users::by_uuid(conn, realm, id)? else { return Ok(None) };
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

    /// The proof of the present password, if it is the user's.
    pub(super) async fn prove(&self, id: UserId, password: &Password) -> Result<Proof> {
        let realm = self.realm;
        let query = move |conn: &mut AnyConnection| {
            let Some(row) = db::users::by_id(conn, id.0)? else { return Ok(None) };
            let hash = identities::password_hash(conn, &row, realm)?;
            Ok(Some((row, hash)))
        };
        let (found, attempt) = self.guesses.admit(About::User(id.0), password, query).await?;
        let (row, hash) = found.unzip();
        let hash = hash.flatten();
        let matches = self.hasher.verify(&id.into(), password, hash.as_deref()).await?;
        if matches {
            self.settle(attempt, true, None).await?;
            return Ok(Proof { password: password.clone(), hash: hash.ok_or(Error::BadCredentials)? });
        }
        let person = row.as_ref().map(Person::from);
        self.settle(attempt, false, person.as_ref()).await?;
        self.audit.refused(self.realm, Event::PasswordChange, person, "wrong-password");
        Err(Error::BadCredentials)
    }
}

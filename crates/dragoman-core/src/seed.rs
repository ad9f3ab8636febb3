//! Users that bring their ids, hashes and times with them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::accounts::Accounts;
use crate::password::is_verifiable;
use crate::user::{Facts, Roles, User};
use crate::{Error, Fault, Field, Password, Result};

/// A user as another system kept it; what is absent is made up as at a registration.
#[derive(Debug, Clone)]
pub struct SeedUser {
    /// The integer id.
    pub id: Option<i64>,
    /// The UUID.
    pub uuid: Option<Uuid>,
    /// The name to sign in with.
    pub username: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The name for people; may be empty.
    pub name: String,
    /// The password, to be hashed here.
    pub password: Option<Password>,
    /// A hash made elsewhere, kept as it is; it goes before `password`.
    pub password_hash: Option<String>,
    /// A secret for a program that acts as this user; only its digest is stored.
    pub client_secret: Option<Password>,
    /// What the user may do.
    pub roles: Roles,
    /// Whether the user may sign in.
    pub enabled: bool,
    /// When the account was made.
    pub created: Option<DateTime<Utc>>,
    /// When it was last changed.
    pub updated: Option<DateTime<Utc>>,
    /// Addresses by chain, kept as they are.
    pub addresses: BTreeMap<String, String>,
    /// Facts by realm.
    pub facts: BTreeMap<String, Facts>,
}

impl Default for SeedUser {
    fn default() -> Self {
        Self {
            id: None,
            uuid: None,
            username: None,
            email: None,
            name: String::new(),
            password: None,
            password_hash: None,
            client_secret: None,
            roles: Roles::USER,
            enabled: true,
            created: None,
            updated: None,
            addresses: BTreeMap::new(),
            facts: BTreeMap::new(),
        }
    }
}

impl Accounts {
    /// Stores a user that comes from elsewhere.
    ///
    /// # Errors
    /// `Taken` where the id, the UUID or a name has an owner already; `Invalid` where a value cannot be
    /// stored, or a hash is of a kind that nobody could sign in with.
    pub async fn seed(&self, mut seed: SeedUser) -> Result<User> {
        let (password, stored) = (seed.password.take(), seed.password_hash.take());
        let record = self.record_of_seed(seed)?;
        let hash = match (stored, password) {
            (Some(hash), _) if is_verifiable(&hash) => Some(hash),
            (Some(_), _) => return Err(Error::Invalid { field: Field::Password, fault: Fault::Malformed }),
            (None, Some(password)) => Some(self.hasher.hash(&record.claim(), &password).await?),
            (None, None) => None,
        };
        let scribe = self.audit.scribe(self.realm);
        let row = self.database.write(move |conn| record.insert(conn, hash.as_deref(), &scribe)).await?;
        self.user(row)
    }
}

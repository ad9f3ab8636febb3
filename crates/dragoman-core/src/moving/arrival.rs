//! A user on its way in.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::Password;
use crate::accounts::digest_of;
use crate::user::{Facts, Roles};

/// A user as an old server kept it.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The integer id there.
    pub number: Option<i64>,
    /// The UUID there.
    pub uuid: Option<Uuid>,
    /// The name to sign in with.
    pub username: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The name for people; may be empty.
    pub name: String,
    /// The password's hash, in the spelling that names its kind.
    pub password_hash: Option<Password>,
    /// SHA-256 of a secret for a program that acts as this user.
    pub secret_digest: Option<Vec<u8>>,
    /// What the user may do.
    pub roles: Roles,
    /// Whether the user may sign in.
    pub enabled: bool,
    /// When the account was made.
    pub created: Option<DateTime<Utc>>,
    /// When it was last changed.
    pub updated: Option<DateTime<Utc>>,
    /// Addresses by chain.
    pub addresses: BTreeMap<String, String>,
    /// Facts that only its realm knows.
    pub facts: Facts,
    /// The record as it came: a JSON object with its columns in their order. It holds the hash, too.
    pub record: Password,
}

impl Arrival {
    /// Takes in a secret for a program, of which only the digest stays.
    pub fn set_client_secret(&mut self, secret: &Password) {
        self.secret_digest = Some(digest_of(secret));
    }
}

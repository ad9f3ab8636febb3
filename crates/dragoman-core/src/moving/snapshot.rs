//! What an old server knows of a user and may change, as it was at one moment: by it an export tells what has changed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Arrival;
use super::lent::Lent;
use crate::rows::stored_roles;
use crate::user::{Facts, Roles, User};
use crate::{Error, Result};

/// A user at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The name to sign in with.
    pub username: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The name for people; may be empty.
    pub name: String,
    /// What the user may do.
    pub roles: Roles,
    /// Whether the user may sign in.
    pub enabled: bool,
    /// Facts that only its realm knows.
    pub facts: Facts,
    /// Addresses by chain.
    pub addresses: BTreeMap<String, String>,
}

/// How it stands in the database.
#[derive(Serialize, Deserialize)]
struct Stored {
    username: Option<String>,
    email: Option<String>,
    name: String,
    roles: String,
    enabled: bool,
    facts: Facts,
    addresses: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Lent::is_nothing")]
    lent: Lent,
}

impl Snapshot {
    /// Of a user as its realm shows it.
    #[must_use]
    pub fn of(user: User, addresses: BTreeMap<String, String>) -> Self {
        let User { username, email, name, roles, enabled, facts, .. } = user;
        Self { username, email, name, roles, enabled, facts, addresses }
    }

    /// With what the link gave the user.
    pub(crate) fn stored(self, lent: Lent) -> Result<String> {
        let Self { username, email, name, roles, enabled, facts, addresses } = self;
        let roles = stored_roles(roles);
        serde_json::to_string(&Stored { username, email, name, roles, enabled, facts, addresses, lent })
            .map_err(Error::storage)
    }

    pub(crate) fn of_stored(stored: &str) -> Result<Self> {
        let Stored { username, email, name, roles, enabled, facts, addresses, lent: _ } =
            serde_json::from_str(stored).map_err(Error::storage)?;
        Ok(Self { username, email, name, roles: roles.parse()?, enabled, facts, addresses })
    }
}

impl Lent {
    pub(crate) fn of_stored(stored: &str) -> Result<Self> {
        let Stored { lent, .. } = serde_json::from_str(stored).map_err(Error::storage)?;
        Ok(lent)
    }
}

impl From<Arrival> for Snapshot {
    fn from(arrival: Arrival) -> Self {
        let Arrival { username, email, name, roles, enabled, facts, addresses, .. } = arrival;
        Self { username, email, name, roles, enabled, facts, addresses }
    }
}

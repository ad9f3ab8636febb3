//! Between the rows of the database and the types of the domain.

use std::collections::BTreeMap;

use chrono::DateTime;
use uuid::Uuid;

use crate::db::users::UserRow;
use crate::user::{Facts, Realm, Role, Roles, User, UserId};
use crate::{Error, Result};

/// Every realm's facts about a user, as they are stored.
pub(crate) type FactsByRealm = BTreeMap<String, Facts>;

impl User {
    /// The user as this realm sees it.
    pub(crate) fn of_row(row: UserRow, realm: Realm) -> Result<Self> {
        let known = row.identity(realm)?;
        let common = || Uuid::parse_str(&row.uuid).map_err(Error::storage);
        Ok(Self {
            id: UserId(row.id),
            number: known.number.unwrap_or(row.id),
            uuid: known.uuid()?.map_or_else(common, Ok)?,
            facts: facts_of(&row.facts, realm)?,
            created: known.created().unwrap_or(row.created).and_utc(),
            updated: known.updated(row.updated).and_utc(),
            username: known.username.or(row.username),
            email: known.email.or(row.email),
            name: known.name.unwrap_or(row.name),
            roles: row.roles.parse()?,
            enabled: row.enabled,
            session_epoch: row.session_epoch,
        })
    }
}

/// Whether stored roles are an administrator's.
pub(crate) fn administers(roles: &str) -> bool {
    roles.split(',').any(|role| role == Role::Admin.name())
}

/// The stored spelling of roles: their names in the order in which they are shown.
pub(crate) fn stored_roles(roles: Roles) -> String {
    roles.iter().map(Role::name).collect::<Vec<_>>().join(",")
}

impl std::str::FromStr for Roles {
    type Err = Error;

    fn from_str(stored: &str) -> Result<Self> {
        let role =
            |name| Role::by_name(name).ok_or_else(|| Error::storage(format!("unknown role {name:?} in the database")));
        stored.split(',').filter(|name| !name.is_empty()).map(role).collect()
    }
}

/// No realm's facts are the rule, and then nothing is parsed.
const NO_FACTS: &str = "{}";

pub(crate) fn facts_by_realm(stored: &str) -> Result<FactsByRealm> {
    if stored == NO_FACTS {
        return Ok(FactsByRealm::new());
    }
    serde_json::from_str(stored).map_err(Error::storage)
}

pub(crate) fn stored_facts(facts: &FactsByRealm) -> Result<String> {
    serde_json::to_string(facts).map_err(Error::storage)
}

fn facts_of(stored: &str, realm: Realm) -> Result<Facts> {
    Ok(facts_by_realm(stored)?.remove(realm.name()).unwrap_or_default())
}

/// The stored form of a time.
pub(crate) fn stored_time(time: DateTime<chrono::Utc>) -> chrono::NaiveDateTime {
    use chrono::SubsecRound as _;
    time.trunc_subsecs(6).naive_utc()
}

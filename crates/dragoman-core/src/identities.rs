//! As whom the realms know a user, where they do not all know it alike.
//!
//! A user that came from an old server keeps the number, the UUID and the name that it had there, in that
//! server's realm. `identities` is the table in which they are looked for; what a read shows of them stands in the
//! user's row as well, so that no read of a user needs a second query.

pub(crate) mod numbers;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::db::connection::AnyConnection;
use crate::db::identities::IdentityValues;
use crate::db::users::UserRow;
use crate::db::{self, login_names};
use crate::records::taken;
use crate::rows::{facts_by_realm, stored_facts};
use crate::text::fold;
use crate::user::Realm;
use crate::{Error, Field, Result};

/// No identities are the rule, and then nothing is parsed.
pub(crate) const NO_IDENTITIES: &str = "{}";

/// A user's identities by realm, as its row has them.
pub(crate) type IdentitiesByRealm = BTreeMap<String, Identity>;

/// What a realm knows of a user otherwise than all others do; what is absent is as everywhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Identity {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) number: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uuid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<String>,
    /// The name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<Micros>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated: Option<Updated>,
    /// Whether a password counts there that counts nowhere else.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) password: bool,
}

/// Microseconds since 1970, in UTC: the databases keep no more of a time.
type Micros = i64;

/// When an old server last changed a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Updated {
    there: Micros,
    /// When it had last been changed here then. From its next change on that is what counts.
    here: Micros,
}

impl Identity {
    pub(crate) fn uuid(&self) -> Result<Option<Uuid>> {
        self.uuid.as_deref().map(Uuid::parse_str).transpose().map_err(Error::storage)
    }

    const fn has_no_id(&self) -> bool {
        self.number.is_none() && self.uuid.is_none()
    }

    /// When the account was made.
    pub(crate) fn created(&self) -> Option<NaiveDateTime> {
        self.created.and_then(time)
    }

    /// When a user was last changed, of whom the common row says `here`.
    pub(crate) fn updated(&self, here: NaiveDateTime) -> NaiveDateTime {
        let before = self.updated.filter(|updated| updated.here == micros(here));
        before.and_then(|updated| time(updated.there)).unwrap_or(here)
    }

    /// With what an old server says of a linked user otherwise than its row does.
    pub(crate) fn told_of(
        self,
        row: &UserRow,
        name: &str,
        created: Option<NaiveDateTime>,
        updated: NaiveDateTime,
    ) -> Self {
        let updated = Updated { there: micros(updated), here: micros(row.updated) };
        Self {
            name: Some(name.to_owned()).filter(|name| *name != row.name),
            created: created.filter(|at| *at != row.created).map(micros),
            updated: Some(updated).filter(|updated| updated.there != updated.here),
            ..self
        }
    }

    pub(crate) fn set_uuid(&mut self, uuid: Uuid) {
        self.uuid = Some(uuid.to_string());
    }
}

fn micros(time: NaiveDateTime) -> Micros {
    time.and_utc().timestamp_micros()
}

fn time(micros: Micros) -> Option<NaiveDateTime> {
    DateTime::from_timestamp_micros(micros).map(|time| time.naive_utc())
}

impl From<&IdentityValues> for Identity {
    fn from(values: &IdentityValues) -> Self {
        Self {
            number: values.number,
            uuid: values.uuid.clone(),
            username: values.username.clone(),
            email: values.email.clone(),
            password: values.password_hash.is_some(),
            ..Self::default()
        }
    }
}

impl UserRow {
    /// What this realm knows of the user otherwise.
    pub(crate) fn identity(&self, realm: Realm) -> Result<Identity> {
        if self.has_identities() {
            Ok(self.identities()?.remove(realm.name()).unwrap_or_default())
        } else {
            Ok(Identity::default())
        }
    }

    /// As whom the old server of this realm knew the user; `None` where it did not.
    pub(crate) fn known_to(&self, realm: Realm) -> Result<Option<Identity>> {
        Ok(self.identities()?.remove(realm.name()))
    }

    pub(crate) fn has_identities(&self) -> bool {
        self.identities != NO_IDENTITIES
    }

    pub(crate) fn identities(&self) -> Result<IdentitiesByRealm> {
        if self.has_identities() {
            serde_json::from_str(&self.identities).map_err(Error::storage)
        } else {
            Ok(IdentitiesByRealm::new())
        }
    }

    fn with_identities(self, identities: &IdentitiesByRealm) -> Result<Self> {
        Ok(Self { identities: stored_identities(identities)?, ..self })
    }

    /// The row without what `forget` takes out of each identity.
    fn forgetting(self, forget: impl Fn(&mut Identity)) -> Result<Self> {
        let mut identities = self.identities()?;
        identities.values_mut().for_each(forget);
        self.with_identities(&identities)
    }
}

pub(crate) fn stored_identities(identities: &IdentitiesByRealm) -> Result<String> {
    serde_json::to_string(identities).map_err(Error::storage)
}

/// Has a realm know the user otherwise from now on: writes the identity, what the user's row repeats of it, and the
/// name by which it signs in there. Whoever has put it into the row before inserting that is spared an update.
///
/// # Errors
/// `Taken` where the realm knows somebody by this number, UUID or name, or the user already.
pub(crate) fn write(conn: &mut AnyConnection, row: UserRow, values: &IdentityValues) -> Result<UserRow> {
    db::identities::insert(conn, values).map_err(|error| taken(error, Field::Id))?;
    if let Some(username) = &values.username {
        let name = fold(username);
        login_names::unbury_in(conn, &values.realm, std::slice::from_ref(&name))?;
        let claimed = login_names::insert(conn, &name, &values.realm, row.id);
        claimed.map_err(|error| taken(error, Field::Username))?;
    }
    let mut identities = row.identities()?;
    identities.insert(values.realm.clone(), values.into());
    let summary = stored_identities(&identities)?;
    if summary != row.identities {
        db::identities::set_summary(conn, row.id, &summary)?;
    }
    Ok(UserRow { identities: summary, ..row })
}

/// The hash of the password that counts for the user in this realm.
pub(crate) fn password_hash(conn: &mut AnyConnection, row: &UserRow, realm: Realm) -> Result<Option<String>> {
    if row.identity(realm)?.password {
        return Ok(db::identities::password_hash(conn, realm, row.id)?);
    }
    Ok(db::credentials::password_hash(conn, row.id)?)
}

/// Once a user has a new password none counts that any realm had of its own. The row is still to be written.
pub(crate) fn forget_passwords(conn: &mut AnyConnection, row: UserRow) -> Result<UserRow> {
    if !row.has_identities() {
        return Ok(row);
    }
    db::identities::forget_passwords(conn, row.id)?;
    row.forgetting(|identity| identity.password = false)
}

/// Whoever is given a new name loses those that only one realm knew. The row is still to be written.
pub(crate) fn forget_usernames(conn: &mut AnyConnection, row: UserRow) -> Result<UserRow> {
    if !row.has_identities() {
        return Ok(row);
    }
    db::identities::forget_usernames(conn, row.id)?;
    // An e-mail that counts in a realm alone is no username.
    bury_names(conn, &row, |identity, key| !is_key_of(identity.email.as_deref(), key))?;
    row.forgetting(|identity| identity.username = None)
}

/// Whoever is given a new name for people loses those that only one realm knew. The row is still to be written.
pub(crate) fn forget_names(row: UserRow) -> Result<UserRow> {
    if row.has_identities() { row.forgetting(|identity| identity.name = None) } else { Ok(row) }
}

/// Whoever is given a new e-mail loses those that only one realm knew. The row is still to be written.
pub(crate) fn forget_emails(conn: &mut AnyConnection, row: UserRow) -> Result<UserRow> {
    for (realm, _) in row.identities()?.iter().filter(|(_, identity)| identity.email.is_some()) {
        db::identities::forget_email(conn, realm, row.id)?;
    }
    bury_names(conn, &row, |identity, key| {
        is_key_of(identity.email.as_deref(), key) && !is_key_of(identity.username.as_deref(), key)
    })?;
    row.forgetting(|identity| identity.email = None)
}

/// Has those of the user's names in single realms that are `lost` mean nobody there.
fn bury_names(conn: &mut AnyConnection, row: &UserRow, lost: impl Fn(&Identity, &str) -> bool) -> Result<()> {
    if !row.has_identities() {
        return Ok(());
    }
    let mut identities = row.identities()?;
    for (key, realm) in login_names::of_realms(conn, row.id)? {
        if lost(identities.entry(realm.clone()).or_default(), &key) {
            login_names::bury(conn, &realm, &key)?;
        }
    }
    Ok(())
}

/// Whether a name is looked for under this key: folded, or in its own spelling where a twin has another.
fn is_key_of(name: Option<&str>, key: &str) -> bool {
    name.is_some_and(|name| name == key || fold(name) == key)
}

/// Has the realm know these users no otherwise than all others do: their numbers, UUIDs and names there are anybody's
/// again, and what only it knew of them is forgotten.
pub(crate) fn take_back(conn: &mut AnyConnection, realm: Realm, users: &[UserRow]) -> Result<()> {
    let ids: Vec<i64> = users.iter().map(|user| user.id).collect();
    db::undo::delete_identities_there(conn, realm, &ids)?;
    db::undo::delete_names_there(conn, realm, &ids)?;
    for user in users {
        let (mut identities, mut facts) = (user.identities()?, facts_by_realm(&user.facts)?);
        identities.remove(realm.name());
        facts.remove(realm.name());
        db::imports::set_shown(conn, user.id, &stored_facts(&facts)?, &stored_identities(&identities)?)?;
    }
    Ok(())
}

/// Before a user is deleted: its numbers and UUIDs mean nobody from now on, nor do the names that it had in one realm
/// alone or that were all it had there, and nothing else of it is kept.
pub(crate) fn bury(conn: &mut AnyConnection, row: &UserRow) -> Result<()> {
    bury_names(conn, row, |_, _| true)?;
    // Who came without an id is known by the name alone, when a newer dump brings it again.
    let common = row.username.as_deref().map(fold).unwrap_or_default();
    for (realm, identity) in row.identities()?.iter().filter(|(_, identity)| identity.has_no_id()) {
        if identity.username.as_deref().is_none_or(|own| fold(own) == common) {
            login_names::bury_common(conn, realm, &common)?;
        }
    }
    if row.has_identities() {
        db::identities::bury(conn, row.id)?;
    }
    Ok(())
}

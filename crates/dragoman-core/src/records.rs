//! Writing users: what is written, in which order, and the rules that hold over several rows.

use std::collections::BTreeMap;

use diesel::result::{DatabaseErrorKind, Error as QueryError};

use crate::accounts::{Accounts, digest_of};
use crate::audit::{Detail, Event, Person, Scribe};
use crate::db::connection::AnyConnection;
use crate::db::users::{UserRow, UserValues};
use crate::db::{self, credentials, login_names};
use crate::identities::{self, NO_IDENTITIES};
use crate::password::Claim;
use crate::rows::{FactsByRealm, stored_facts, stored_roles, stored_time};
use crate::seed::SeedUser;
use crate::text::{check_login_name, check_name, fold};
use crate::user::{Changes, NewUser, Realm, Role, Roles, User, UserId};
use crate::{Error, Fault, Field, Password, Result, tokens};

/// A user that is ready to be written.
pub(crate) struct Record {
    pub(crate) id: Option<i64>,
    pub(crate) values: UserValues,
    pub(crate) secret_digest: Option<Vec<u8>>,
    pub(crate) addresses: BTreeMap<String, String>,
}

impl Record {
    pub(crate) fn insert(&self, conn: &mut AnyConnection, hash: Option<&str>, scribe: &Scribe) -> Result<UserRow> {
        let row = db::users::insert(conn, self.id, &self.values).map_err(|error| taken(error, self.id_field()))?;
        claim_names(conn, &row, None)?;
        credentials::insert(conn, row.id, hash, self.secret_digest.as_deref())?;
        for (chain, address) in &self.addresses {
            db::users::insert_address(conn, row.id, chain, address)?;
        }
        let detail = Detail::from([("roles", row.roles.clone())]);
        scribe.tell(conn, Event::Registration, Some((&row).into()), detail)?;
        Ok(row)
    }

    /// Whose password is hashed for it.
    pub(crate) fn claim(&self) -> Claim {
        Claim { name: self.values.username_folded.clone(), user: None }
    }

    /// Which given key can clash: a generated one cannot.
    fn id_field(&self) -> Field {
        if self.id.is_some() { Field::Id } else { Field::Uuid }
    }
}

impl Accounts {
    pub(crate) fn record_of(&self, new: NewUser) -> Result<Record> {
        self.record_of_seed(SeedUser {
            username: new.username,
            email: new.email,
            name: new.name,
            roles: new.roles,
            client_secret: new.client_secret,
            facts: BTreeMap::from([(self.realm.name().to_owned(), new.facts)]),
            ..SeedUser::default()
        })
    }

    pub(crate) fn record_of_seed(&self, seed: SeedUser) -> Result<Record> {
        check_id(seed.id)?;
        let email = seed.email.filter(|email| !email.is_empty());
        let username = seed.username.filter(|username| !username.is_empty()).or_else(|| email.clone());
        check_login_name(Field::Username, username.as_deref().unwrap_or_default())?;
        email.as_deref().map_or(Ok(()), |email| check_login_name(Field::Email, email))?;
        check_name(&seed.name)?;
        let now = self.clock.now();
        let facts: FactsByRealm = seed.facts.into_iter().filter(|(_, facts)| !facts.is_empty()).collect();
        let created = seed.created.unwrap_or(now);
        let values = UserValues {
            uuid: seed.uuid.unwrap_or_else(|| self.random.uuid()).to_string(),
            username_folded: username.as_deref().map(fold).unwrap_or_default(),
            username,
            email,
            name_folded: fold(&seed.name),
            name: seed.name,
            roles: stored_roles(seed.roles),
            enabled: seed.enabled,
            facts: stored_facts(&facts)?,
            identities: NO_IDENTITIES.to_owned(),
            created: stored_time(created),
            updated: stored_time(seed.updated.unwrap_or(created)),
            session_epoch: 0,
        };
        let secret_digest = seed.client_secret.as_ref().map(digest_of);
        Ok(Record { id: seed.id, values, secret_digest, addresses: seed.addresses })
    }

    /// Writes changes whose passwords are hashed already. If somebody has set another password since the proof, the
    /// proof is void; a better hash of the same one does not matter.
    pub(crate) async fn apply(
        &self,
        id: UserId,
        changes: Changes,
        mut proof: Option<Proof>,
        new_hash: Option<String>,
    ) -> Result<User> {
        loop {
            match self.try_apply(id, changes.clone(), proof.clone(), new_hash.clone()).await? {
                Attempt::Written(row) => return self.user(*row),
                Attempt::Outdated { proof: old, stored } => proof = Some(self.prove_again(id, old, stored).await?),
            }
        }
    }

    async fn prove_again(&self, id: UserId, old: Proof, stored: Option<String>) -> Result<Proof> {
        let right = self.hasher.verify(&id.into(), &old.password, stored.as_deref()).await?;
        let hash = stored.filter(|_| right).ok_or(Error::BadCredentials)?;
        Ok(Proof { hash, ..old })
    }

    async fn try_apply(
        &self,
        id: UserId,
        changes: Changes,
        proof: Option<Proof>,
        new_hash: Option<String>,
    ) -> Result<Attempt> {
        let now = stored_time(self.clock.now());
        let (realm, scribe) = (self.realm, self.audit.scribe(self.realm));
        let work = move |conn: &mut AnyConnection| {
            let admins = Administrators::lock_for(conn, &changes)?;
            let before = db::users::locked(conn, id.0)?.ok_or(Error::UserNotFound)?;
            if let Some(proof) = &proof {
                let stored = identities::password_hash(conn, &before, realm)?;
                if stored.as_ref() != Some(&proof.hash) {
                    return Ok(Attempt::Outdated { proof: proof.clone(), stored });
                }
            }
            let mut row = before.clone();
            let renamed = is_renamed(&before, realm, &changes)?;
            if renamed {
                row = identities::forget_usernames(conn, row)?;
            }
            let changes = meant(&before, realm, &changes)?;
            if changes.email.is_some() {
                row = identities::forget_emails(conn, row)?;
            }
            if changes.name.is_some() {
                row = identities::forget_names(row)?;
            }
            if let Some(hash) = &new_hash {
                credentials::set_password_hash(conn, id.0, hash)?;
                row = identities::forget_passwords(conn, row)?;
            }
            if is_promoted(&before, &changes)? && has_own_passwords(&before)? {
                // No password that a link brought becomes an administrator's, nor a session that it opened.
                row = identities::forget_passwords(conn, row)?;
                row.session_epoch += 1;
                tokens::delete_all(conn, id, None)?;
            }
            let values = UserValues { updated: now, ..changed(row, &changes, renamed) };
            let row = db::users::update(conn, id.0, &values)?;
            if renamed || changes.email.is_some() {
                login_names::delete_common_of(conn, id.0)?;
                claim_names(conn, &row, Some(&before))?;
            }
            for (chain, address) in &changes.addresses {
                db::users::delete_address(conn, id.0, chain)?;
                db::users::insert_address(conn, id.0, chain, address)?;
            }
            end_sessions(conn, id, &changes)?;
            let verified = proof.is_some();
            Told { before: &before, after: &row, changes: &changes, renamed, verified }.by(&scribe, conn)?;
            admins.map_or(Ok(()), |admins| admins.still_there(conn))?;
            Ok(Attempt::Written(Box::new(row)))
        };
        self.database.write(work).await
    }
}

/// That somebody knows a user's password: the password, and the hash that it was right for.
#[derive(Clone)]
pub(crate) struct Proof {
    pub(crate) password: Password,
    pub(crate) hash: String,
}

/// What became of a change.
enum Attempt {
    Written(Box<UserRow>),
    /// Another hash than the proof's is stored now; nothing was written.
    Outdated {
        proof: Proof,
        stored: Option<String>,
    },
}

/// A change, as the audit log tells it: an entry for each thing that really is another than before.
struct Told<'a> {
    before: &'a UserRow,
    after: &'a UserRow,
    changes: &'a Changes,
    renamed: bool,
    /// Whether the present password came with it.
    verified: bool,
}

impl Told<'_> {
    fn by(&self, scribe: &Scribe, conn: &mut AnyConnection) -> Result<()> {
        let Self { before, after, changes, .. } = self;
        let user = || Some(Person::from(*before));
        if let Some(fields) = self.fields() {
            scribe.tell(conn, Event::Change, user(), Detail::from([("fields", fields)]))?;
        }
        if before.roles != after.roles {
            let detail = Detail::from([("from", before.roles.clone()), ("to", after.roles.clone())]);
            scribe.tell(conn, Event::RoleChange, user(), detail)?;
        }
        if before.enabled != after.enabled {
            let event = if after.enabled { Event::Enabled } else { Event::Disabled };
            scribe.tell(conn, event, user(), Detail::new())?;
        }
        if changes.password.is_some() {
            let own = self.verified || scribe.acts_for(before.id);
            let event = if own { Event::PasswordChange } else { Event::PasswordReset };
            scribe.tell(conn, event, user(), Detail::new())?;
        }
        Ok(())
    }

    /// The names of what is other than before, if anything is: not the values, which belong to the user.
    fn fields(&self) -> Option<String> {
        let Self { before, after, changes, renamed, .. } = self;
        let fields = [
            ("username", *renamed || before.username != after.username),
            ("email", before.email != after.email),
            ("name", before.name != after.name),
            ("addresses", !changes.addresses.is_empty()),
        ];
        let changed: Vec<_> = fields.into_iter().filter_map(|(name, differs)| differs.then_some(name)).collect();
        (!changed.is_empty()).then(|| changed.join(","))
    }
}

/// Ids count from 1, and stay where every reader of JSON keeps integers exact (RFC 8259, 6).
fn check_id(id: Option<i64>) -> Result<()> {
    let sound = id.is_none_or(|id| (1..=(1 << 53) - 1).contains(&id));
    if sound { Ok(()) } else { Err(Error::Invalid { field: Field::Id, fault: Fault::Malformed }) }
}

/// Whether the new values can be stored. To know it costs nothing, and so comes before any hashing.
pub(crate) fn check(changes: &Changes) -> Result<()> {
    changes.username.as_deref().map_or(Ok(()), |username| check_login_name(Field::Username, username))?;
    changes.email.as_deref().map_or(Ok(()), |email| check_login_name(Field::Email, email))?;
    changes.name.as_deref().map_or(Ok(()), check_name)
}

/// Whether the user is to have another username than it has in this realm. Where that is its own there, a client
/// that sends it back as it was means no new name, and the common one stays.
fn is_renamed(row: &UserRow, realm: Realm, changes: &Changes) -> Result<bool> {
    let Some(new) = &changes.username else { return Ok(false) };
    let own = row.identity(realm)?.username;
    Ok(Some(new) != own.as_ref().or(row.username.as_ref()))
}

/// The changes without an e-mail or a name that a client sends back as this realm shows it: other realms may have
/// others of the user's, which are to stay.
fn meant(row: &UserRow, realm: Realm, changes: &Changes) -> Result<Changes> {
    let own = row.identity(realm)?;
    let email = own.email.or_else(|| row.email.clone());
    let name = own.name.unwrap_or_else(|| row.name.clone());
    Ok(Changes {
        email: changes.email.clone().filter(|given| Some(given) != email.as_ref()),
        name: changes.name.clone().filter(|given| *given != name),
        ..changes.clone()
    })
}

/// The row with the changes made to it.
fn changed(mut row: UserRow, changes: &Changes, renamed: bool) -> UserValues {
    // A username that only stands in for one follows the e-mail that it was taken from.
    let stands_in = row.username.is_some() && row.username == row.email;
    let standing_in = changes.email.clone().filter(|_| stands_in && changes.username.is_none());
    let chosen = changes.username.clone().filter(|_| renamed);
    row.username = chosen.or(standing_in).or(row.username);
    row.email = changes.email.clone().or(row.email);
    row.name = changes.name.clone().unwrap_or(row.name);
    row.roles = changes.roles.map_or(row.roles, stored_roles);
    row.enabled = changes.enabled.unwrap_or(row.enabled);
    row.session_epoch += i64::from(ends_sessions(changes));
    row.into()
}

/// Whether somebody becomes an administrator who was none.
fn is_promoted(before: &UserRow, changes: &Changes) -> Result<bool> {
    let promoted = changes.roles.is_some_and(|roles| roles.contains(Role::Admin));
    Ok(promoted && !before.roles.parse::<Roles>()?.contains(Role::Admin))
}

/// Whether a password counts for the user in one realm alone.
fn has_own_passwords(row: &UserRow) -> Result<bool> {
    Ok(row.identities()?.values().any(|identity| identity.password))
}

/// A new password ends the user's sessions, and so does switching the user off.
fn ends_sessions(changes: &Changes) -> bool {
    changes.password.is_some() || changes.enabled == Some(false)
}

/// Only the session that set a new password outlives it, and none the user's being switched off.
fn end_sessions(conn: &mut AnyConnection, id: UserId, changes: &Changes) -> Result<()> {
    if ends_sessions(changes) {
        let keep = changes.keep.filter(|_| changes.enabled != Some(false));
        tokens::delete_all(conn, id, keep)?;
    }
    Ok(())
}

/// Claims the user's names; the first that somebody has already decides which field is taken. What the user had
/// `before` it keeps, also where an import has given it to somebody else in a realm since.
fn claim_names(conn: &mut AnyConnection, row: &UserRow, before: Option<&UserRow>) -> Result<()> {
    let had: Vec<String> =
        before.into_iter().flat_map(|row| [&row.username, &row.email]).flatten().map(|name| fold(name)).collect();
    let username = row.username.as_deref().map(fold);
    let email = &row.email.clone().filter(|email| username != Some(fold(email)));
    // Where one name serves as both, the e-mail is what the person gave.
    let as_username = if row.username == row.email { Field::Email } else { Field::Username };
    for (given, field) in [(&row.username, as_username), (email, Field::Email)] {
        let Some(given) = given else { continue };
        let name = fold(given);
        login_names::insert(conn, &name, login_names::COMMON, row.id).map_err(|error| taken(error, field))?;
        if had.contains(&name) {
            continue;
        }
        // Nor may anybody have it in a realm of its own, where it would come first.
        if login_names::is_anothers(conn, &name, row.id)? {
            return Err(Error::Taken(field));
        }
        // Whoever had it there is gone, and from now on it is this user's there, too.
        login_names::unbury(conn, &[name, given.clone()])?;
    }
    Ok(())
}

pub(crate) fn taken(error: QueryError, field: Field) -> Error {
    if let QueryError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) = error {
        Error::Taken(field)
    } else {
        error.into()
    }
}

/// The lock under which the number of administrators may fall.
pub(crate) struct Administrators {
    before: i64,
}

impl Administrators {
    pub(crate) fn lock(conn: &mut AnyConnection) -> Result<Self> {
        credentials::lock(conn, "administrators")?;
        let before = db::users::count_enabled_with_role(conn, Role::Admin.name())?;
        Ok(Self { before })
    }

    /// The lock by itself, for whoever looks for others who administer.
    pub(crate) fn lock_alone(conn: &mut AnyConnection) -> Result<()> {
        credentials::lock(conn, "administrators")?;
        Ok(())
    }

    /// Only a change of roles or of the switch can take an administrator away.
    fn lock_for(conn: &mut AnyConnection, changes: &Changes) -> Result<Option<Self>> {
        let concerned = changes.roles.is_some() || changes.enabled.is_some();
        concerned.then(|| Self::lock(conn)).transpose()
    }

    /// Fails where this transaction took the last one away.
    pub(crate) fn still_there(self, conn: &mut AnyConnection) -> Result<()> {
        let now = db::users::count_enabled_with_role(conn, Role::Admin.name())?;
        if self.before > 0 && now == 0 { Err(Error::LastAdmin) } else { Ok(()) }
    }
}

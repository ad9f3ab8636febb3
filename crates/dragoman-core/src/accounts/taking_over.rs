//! Taking over the passwords of people whom an old server knows, once for each.

use uuid::Uuid;

use crate::audit::{Detail, Event};
use crate::db::connection::AnyConnection;
use crate::db::identities::IdentityValues;
use crate::db::users::{UserRow, UserValues};
use crate::db::{self, login_names};
use crate::identities::Identity;
use crate::identities::numbers::{self, Holder};
use crate::old_server::{NoWord, OldServer, Profile};
use crate::password::{Claim, is_verifiable};
use crate::text::{check_name, fold};
use crate::user::{Login, NewUser, Realm, Role, Roles};
use crate::{Accounts, Error, Field, Password, Result, identities};

/// Who signs in, and by what.
pub(super) struct Claimant<'a> {
    pub(super) login: &'a Login,
    pub(super) claim: &'a Claim,
    pub(super) password: &'a Password,
}

/// A user, and the hash of the password; none where it cannot be stored.
pub(super) type Found = (UserRow, Option<String>);

/// What the old server says, where it can be asked.
pub(super) enum Vouched {
    /// The password is right there.
    For(Profile),
    /// It is wrong there, or there is nobody to ask.
    ForNobody,
    /// It would not look at the question.
    Refused,
}

/// What came of a password that the old server calls right.
enum Taken {
    /// It belongs to this user.
    By(Box<UserRow>),
    /// The old server's word does not count, and why.
    Nobody(&'static str),
    /// Meanwhile somebody has the name here, and a password.
    Overtaken,
}

impl Accounts {
    /// The same accounts, with an old server that is asked about people who have no password here.
    #[must_use]
    pub fn asking(self, old_server: OldServer) -> Self {
        Self { old_server: Some(old_server), ..self }
    }

    /// What the old server says of this login, if there is one. It is asked about everybody alike who has no hash
    /// here, known or not, and never about anybody else.
    ///
    /// # Errors
    /// `Busy` where it cannot say: nobody is told that a password is wrong that nobody has looked at.
    pub(super) async fn vouched_for(&self, login: &Login, password: &Password, hash: Option<&str>) -> Result<Vouched> {
        let asked = self.old_server.as_ref().filter(|_| !hash.is_some_and(is_verifiable));
        let Some(old_server) = asked else { return Ok(Vouched::ForNobody) };
        match old_server.ask(login, password).await {
            Ok(Some(profile)) => Ok(Vouched::For(profile)),
            Ok(None) => Ok(Vouched::ForNobody),
            Err(NoWord::Refused) => Ok(Vouched::Refused),
            Err(NoWord::Unreachable) => Err(Error::Busy),
        }
    }

    /// Stores a password that the old server calls right, with whoever has the name, or with a new user. `again` looks
    /// the name up another time, for when others were faster.
    pub(super) async fn take_over(
        &self,
        claimant: Claimant<'_>,
        found: Option<Found>,
        profile: Profile,
        again: impl Future<Output = Result<Option<Found>>>,
    ) -> Result<Option<Found>> {
        let hash = match self.hasher.hash(claimant.claim, claimant.password).await {
            Ok(hash) => Some(hash),
            // bcrypt would not read all of it. The old server will be asked each time.
            Err(Error::Invalid { .. }) => None,
            Err(error) => return Err(error),
        };
        let taken = match found {
            Some((row, unusable)) => {
                self.take_over_password(claimant.login.clone(), row, unusable, hash.clone(), profile).await?
            }
            None => self.take_in(claimant.login, hash.clone(), profile).await?,
        };
        match taken {
            Taken::By(row) => Ok(Some((*row, hash))),
            Taken::Nobody(reason) => {
                let user = claimant.claim.user.map(|user| user.0);
                tracing::warn!(realm = %self.realm, user, reason, "the old server vouches for somebody in vain");
                Ok(None)
            }
            Taken::Overtaken => {
                let found = again.await?;
                let hash = found.as_ref().and_then(|(_, hash)| hash.as_deref());
                let matches = self.hasher.verify(claimant.claim, claimant.password, hash).await?;
                Ok(found.filter(|_| matches))
            }
        }
    }

    /// For a user who is here without a password, because it came without one.
    async fn take_over_password(
        &self,
        login: Login,
        row: UserRow,
        unusable: Option<String>,
        hash: Option<String>,
        profile: Profile,
    ) -> Result<Taken> {
        let (id, realm, scribe) = (row.id, self.realm, self.audit.scribe(self.realm));
        let administrators = self.old_server.as_ref().is_some_and(|old_server| old_server.trust.administrators);
        self.database
            .write(move |conn| {
                let Some(row) = db::users::locked(conn, id)? else { return Ok(Taken::Nobody("the user is gone")) };
                if let Some(reason) = objection(&row, realm, &login, &profile, administrators)? {
                    return Ok(Taken::Nobody(reason));
                }
                // What is switched off stays as it is, and says so to whoever knows the password.
                if let Some(hash) = hash.as_deref().filter(|_| row.enabled) {
                    if db::credentials::set_first_hash(conn, id, unusable.as_deref(), hash)? == 0 {
                        return Ok(Taken::Overtaken);
                    }
                    scribe.tell(conn, Event::PasswordTakenOver, Some((&row).into()), Detail::new())?;
                }
                Ok(Taken::By(Box::new(row)))
            })
            .await
    }

    /// For somebody who is not here yet. A name of theirs that somebody else has is left out, unless it is the one
    /// that they sign in with.
    async fn take_in(&self, login: &Login, hash: Option<String>, profile: Profile) -> Result<Taken> {
        if !self.old_server.as_ref().is_some_and(|old_server| old_server.trust.newcomers) {
            return Ok(Taken::Nobody("newcomers may not come in"));
        }
        let bare = Profile { username: None, email: None, ..profile.clone() };
        for profile in [profile, bare] {
            match self.insert_newcomer(login, hash.clone(), profile).await {
                Err(Error::Taken(_) | Error::Invalid { .. }) => {}
                other => return Ok(Taken::By(Box::new(other?))),
            }
        }
        Ok(Taken::Overtaken)
    }

    async fn insert_newcomer(&self, login: &Login, hash: Option<String>, profile: Profile) -> Result<UserRow> {
        let (realm, scribe) = (self.realm, self.audit.scribe(self.realm));
        let (number, uuid) = (profile.number, profile.uuid);
        let record = self.record_of(newcomer(login, profile))?;
        let insert = move |conn: &mut AnyConnection| {
            if is_buried(conn, realm, &record.values)? || was_deleted(conn, realm, number, uuid)? {
                return Err(Error::Taken(Field::Username));
            }
            numbers::begin_imports(conn)?;
            let row = record.insert(conn, hash.as_deref(), &scribe)?;
            let values = identity(conn, realm, &row, number, uuid)?;
            let row = identities::write(conn, row, &values)?;
            if hash.is_some() {
                scribe.tell(conn, Event::PasswordTakenOver, Some((&row).into()), Detail::new())?;
            }
            Ok(row)
        };
        self.database.write(insert).await
    }
}

/// Whether one of the names was somebody's in this realm who was deleted or renamed since. That its old server still
/// knows it brings nobody back.
fn is_buried(conn: &mut AnyConnection, realm: Realm, values: &UserValues) -> Result<bool> {
    for name in [&values.username, &values.email].into_iter().flatten() {
        let key = login_names::key(conn, realm, name, &fold(name))?;
        if login_names::is_buried(conn, realm.name(), &key)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Why the old server's word does not count for this user.
fn objection(
    row: &UserRow,
    realm: Realm,
    login: &Login,
    profile: &Profile,
    administrators: bool,
) -> Result<Option<&'static str>> {
    // The same name may be another person's on another old server.
    let Some(known) = row.known_to(realm)? else { return Ok(Some("the user came from elsewhere")) };
    // There the common name may be another person's, too, who has not come.
    let there = match login {
        Login::Username(_) => &known.username,
        Login::Email(_) => &known.email,
    };
    if there.as_ref().is_some_and(|name| fold(name) != login.folded()) {
        return Ok(Some("it is called otherwise there"));
    }
    let numbers = known.number.zip(profile.number).map(|(here, there)| here == there);
    let uuids = known.uuid()?.zip(profile.uuid).map(|(here, there)| here == there);
    match (numbers, uuids) {
        (Some(false), _) | (_, Some(false)) => return Ok(Some("it means somebody with another id")),
        (Some(true), _) | (_, Some(true)) => {}
        (None, None) if is_spelled_otherwise(row, &known, login, profile) => {
            return Ok(Some("it spells the name otherwise, and may mean somebody else"));
        }
        (None, None) => {}
    }
    let is_admin = row.roles.parse::<Roles>()?.contains(Role::Admin);
    Ok((is_admin && !administrators).then_some("the user is an administrator"))
}

/// Whether the name that the old server tells is not letter by letter the user's. An old server without ids may have people whose names differ in no more.
fn is_spelled_otherwise(row: &UserRow, known: &Identity, login: &Login, profile: &Profile) -> bool {
    let (here, told) = match login {
        Login::Username(_) => (known.username.as_ref().or(row.username.as_ref()), &profile.username),
        Login::Email(_) => (known.email.as_ref().or(row.email.as_ref()), &profile.email),
    };
    here.zip(told.as_ref()).is_some_and(|(here, told)| here != told)
}

/// Whether the old server tells of somebody who came from there and was deleted here since.
fn was_deleted(conn: &mut AnyConnection, realm: Realm, number: Option<i64>, uuid: Option<Uuid>) -> Result<bool> {
    let numbered = number.map(|number| db::identities::owner_of_number(conn, realm, number)).transpose()?;
    let identified = uuid.map(|uuid| db::identities::owner_of_uuid(conn, realm, &uuid.to_string())).transpose()?;
    Ok([numbered, identified].into_iter().flatten().any(|owner| owner == Some(None)))
}

/// As whom the old server knows a user who has just come in. A number or UUID that is somebody else's here, or was,
/// is left out: then the user has a new one.
fn identity(
    conn: &mut AnyConnection,
    realm: Realm,
    row: &UserRow,
    number: Option<i64>,
    uuid: Option<Uuid>,
) -> Result<IdentityValues> {
    let number_is_free = match number {
        Some(number) => numbers::holder_of_number(conn, realm, number)? == Holder::Nobody,
        None => false,
    };
    let uuid_is_free = match uuid {
        Some(uuid) => numbers::holder_of_uuid(conn, realm, uuid)? == Holder::Nobody,
        None => false,
    };
    Ok(IdentityValues {
        number: number.filter(|_| number_is_free),
        uuid: uuid.filter(|_| uuid_is_free).map(|uuid| uuid.to_string()),
        ..IdentityValues::bare(realm, row.id, row.updated)
    })
}

/// A user as the old server tells of it, under the name that it gave itself, and without any right.
fn newcomer(login: &Login, profile: Profile) -> NewUser {
    // The old server may spell the same name otherwise; that is how it was given there.
    let spelled = |given: &String, told: Option<String>| {
        Some(told.filter(|told| fold(told) == fold(given)).unwrap_or_else(|| given.clone()))
    };
    let (username, email) = match login {
        Login::Username(given) => (spelled(given, profile.username), profile.email),
        Login::Email(given) => (profile.username, spelled(given, profile.email)),
    };
    NewUser {
        username,
        email,
        name: Some(profile.name).filter(|name| check_name(name).is_ok()).unwrap_or_default(),
        // The caller has hashed it.
        password: Password::default(),
        roles: Roles::USER,
        facts: profile.facts,
        client_secret: None,
    }
}

//! Writes what was decided about a batch, in few statements.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDateTime;
use secrecy::ExposeSecret as _;

use super::Arrival;
use super::batch::{Batch, Decided};
use super::keys::{HashState, Keys};
use super::ledger::{Move, Plan};
use super::left_out;
use super::lent::Lent;
use super::snapshot::Snapshot;
use crate::audit::{Detail, Event, Person, Scribe};
use crate::db::connection::AnyConnection;
use crate::db::identities::IdentityValues;
use crate::db::imports::{self, CredentialValues, MadeUser, NameValues};
use crate::db::users::{UserRow, UserValues};
use crate::db::{self, login_names, numbers};
use crate::identities::{IdentitiesByRealm, Identity, stored_identities};
use crate::rows::{FactsByRealm, administers, facts_by_realm, stored_facts, stored_roles, stored_time};
use crate::text::fold;
use crate::{Error, Random, Realm, Result, User};

/// On behalf of a run.
#[derive(Clone)]
pub(crate) struct Writer {
    pub(crate) realm: Realm,
    pub(crate) run: i64,
    pub(crate) keep_hashes: bool,
    pub(crate) now: NaiveDateTime,
    pub(crate) random: Random,
    pub(crate) scribe: Scribe,
}

impl Writer {
    pub(crate) fn write(&self, conn: &mut AnyConnection, batch: &Batch, decided: &Decided) -> Result<()> {
        let ids = Ids::reserve(conn, batch.planned(decided).map(|(_, _, plan)| plan))?;
        let mut made = Vec::new();
        // In the order of the records, which is that of an export where they have no numbers.
        let mut identities = Vec::new();
        let mut names = BTreeMap::new();
        for (arrival, keys, plan) in batch.planned(decided) {
            // Later ones are handed over what earlier ones had.
            names.extend(plan.claims.iter().map(|claim| ((claim.key.as_str(), claim.there_alone), ids.of(claim.user))));
            let new = plan.made.then(|| self.made(arrival, keys, plan, &ids)).transpose()?;
            let (user, identity) = new.unzip();
            made.extend(user);
            identities.push(identity);
        }
        imports::insert_users(conn, &made)?;
        for ((arrival, keys, plan), identity) in batch.planned(decided).zip(&mut identities) {
            if identity.is_none() {
                *identity = Some(self.link(conn, arrival, keys, plan)?);
            }
        }
        imports::insert_identities(conn, &identities.into_iter().flatten().collect::<Vec<_>>())?;
        // Behind the links: whoever was linked by this batch may have to give up a number to a later record of it.
        for (_, _, plan) in batch.planned(decided) {
            for moved in &plan.moves {
                self.move_away(conn, moved, &ids)?;
            }
        }
        self.claim(conn, names, &made)?;
        let left_out = batch.left_out(decided).map(|(record, keys)| left_out::kept(self.run, self.realm, record, keys));
        imports::insert_left_out(conn, &left_out.collect::<Vec<_>>())?;
        made.iter()
            .filter(|user| administers(&user.values.roles))
            .try_for_each(|user| self.tell_of_administrator(conn, user))
    }

    fn claim(&self, conn: &mut AnyConnection, names: BTreeMap<(&str, bool), i64>, made: &[MadeUser]) -> Result<()> {
        let values = |((key, there_alone), user_id): ((&str, bool), i64)| {
            let realm = if there_alone { self.realm.name() } else { login_names::COMMON };
            NameValues { folded: key.to_owned(), realm: realm.to_owned(), user_id }
        };
        let names: Vec<NameValues> = names.into_iter().map(values).collect();
        let given = made.iter().flat_map(|user| [&user.values.username, &user.values.email]).flatten();
        let folded = names.iter().filter(|name| name.realm == login_names::COMMON).map(|name| &name.folded);
        login_names::unbury(conn, &given.chain(folded).cloned().collect::<Vec<_>>())?;
        for name in names.iter().filter(|name| name.realm != login_names::COMMON) {
            login_names::release(conn, &name.realm, &name.folded)?;
        }
        Ok(imports::insert_names(conn, &names)?)
    }

    fn made(&self, arrival: &Arrival, keys: &Keys, plan: &Plan, ids: &Ids) -> Result<(MadeUser, IdentityValues)> {
        let id = ids.of(plan.user);
        let created = arrival.created.map_or(self.now, stored_time);
        let updated = arrival.updated.map_or(created, stored_time);
        // The password of a new user counts everywhere.
        let identity = self.identity(arrival, plan, id, updated, None);
        let identities = IdentitiesByRealm::from([(self.realm.name().to_owned(), Identity::from(&identity))]);
        let user = MadeUser {
            id,
            values: UserValues {
                uuid: self.random.uuid().to_string(),
                username: plan.username.clone(),
                email: plan.email.clone(),
                name: arrival.name.clone(),
                username_folded: plan.username.as_deref().map(fold).unwrap_or_default(),
                name_folded: fold(&arrival.name),
                roles: stored_roles(arrival.roles),
                enabled: arrival.enabled,
                facts: stored_facts(&self.facts(arrival, FactsByRealm::new()))?,
                identities: stored_identities(&identities)?,
                created,
                updated,
                session_epoch: 0,
            },
            credentials: CredentialValues {
                user_id: id,
                password_hash: usable_hash(arrival, keys),
                keeps_hash: self.keep_hashes,
                secret_digest: arrival.secret_digest.clone(),
            },
            addresses: arrival.addresses.clone().into_iter().collect(),
        };
        Ok((user, identity))
    }

    fn identity(
        &self,
        arrival: &Arrival,
        plan: &Plan,
        user_id: i64,
        updated: NaiveDateTime,
        password_hash: Option<String>,
    ) -> IdentityValues {
        IdentityValues {
            run: Some(self.run),
            made: plan.made,
            number: arrival.number,
            uuid: arrival.uuid.map(|uuid| uuid.to_string()),
            username: plan.there.username.clone(),
            email: plan.there.email.clone(),
            password_hash,
            keeps_hash: self.keep_hashes,
            record: Some(arrival.record.expose_secret().to_owned()),
            keeps_password: true,
            ..IdentityValues::bare(self.realm, user_id, updated)
        }
    }

    /// What other realms have to say stays as it is.
    fn facts(&self, arrival: &Arrival, mut facts: FactsByRealm) -> FactsByRealm {
        if !arrival.facts.is_empty() {
            facts.entry(self.realm.name().to_owned()).or_insert_with(|| arrival.facts.clone());
        }
        facts
    }

    /// The identity is still to be written.
    fn link(&self, conn: &mut AnyConnection, arrival: &Arrival, keys: &Keys, plan: &Plan) -> Result<IdentityValues> {
        let row = found(conn, plan.user)?;
        let own = usable_hash(arrival, keys).filter(|_| plan.credentials);
        let mut identity = self.identity(arrival, plan, row.id, row.updated, own);
        // That the names are this person's, too, its old server says by now.
        let names = keys.username.iter().chain(&keys.email).flat_map(|name| [name.folded.clone(), name.given.clone()]);
        login_names::unbury_in(conn, self.realm.name(), &names.collect::<Vec<_>>())?;
        let facts = self.facts(arrival, facts_by_realm(&row.facts)?);
        let shown = as_told(arrival, &row, Identity::from(&identity));
        let row = self.show(conn, row, &facts, shown)?;
        let lent = Lent::give(conn, row.id, arrival, plan.credentials)?;
        let addresses = db::users::addresses(conn, row.id)?.into_iter().collect();
        identity.linked = Some(Snapshot::of(User::of_row(row.clone(), self.realm)?, addresses).stored(lent)?);
        let password = if identity.password_hash.is_some() { "own" } else { "common" };
        let detail = Detail::from([("run", self.run.to_string()), ("password", password.to_owned())]);
        self.scribe.tell(conn, Event::Link, Some((&row).into()), detail)?;
        Ok(identity)
    }

    /// The row as it is from now on.
    fn show(
        &self,
        conn: &mut AnyConnection,
        row: UserRow,
        facts: &FactsByRealm,
        identity: Identity,
    ) -> Result<UserRow> {
        let mut identities = row.identities()?;
        identities.insert(self.realm.name().to_owned(), identity);
        let row = UserRow { facts: stored_facts(facts)?, identities: stored_identities(&identities)?, ..row };
        imports::set_shown(conn, row.id, &row.facts, &row.identities)?;
        Ok(row)
    }

    /// Gives a user new ids in the run's dialect.
    fn move_away(&self, conn: &mut AnyConnection, moved: &Move, ids: &Ids) -> Result<()> {
        let row = found(conn, moved.user)?;
        let mut identity = row.identity(self.realm)?;
        identity.number = moved.number.map(|number| ids.of(number)).or(identity.number);
        if moved.uuid {
            identity.set_uuid(self.random.uuid());
        }
        let (number, uuid) = (identity.number, identity.uuid()?.map(|uuid| uuid.to_string()));
        if moved.known_there {
            imports::set_ids(conn, self.realm.name(), row.id, number, uuid.as_deref())?;
        } else {
            let bare = IdentityValues::bare(self.realm, row.id, row.updated);
            let values = IdentityValues { run: Some(self.run), made: false, number, uuid, ..bare };
            db::identities::insert(conn, &values)?;
        }
        let facts = facts_by_realm(&row.facts)?;
        self.show(conn, row, &facts, identity).map(drop)
    }

    /// Who comes with a run stands in `identities`; who comes with power over the others stands in the log as well.
    fn tell_of_administrator(&self, conn: &mut AnyConnection, user: &MadeUser) -> Result<()> {
        let name = user.values.username.clone().or_else(|| user.values.email.clone()).unwrap_or_default();
        let detail = Detail::from([("run", self.run.to_string()), ("roles", user.values.roles.clone())]);
        self.scribe.tell(conn, Event::Registration, Some(Person { id: user.id, name }), detail)
    }
}

fn as_told(arrival: &Arrival, row: &UserRow, identity: Identity) -> Identity {
    let created = arrival.created.map(stored_time);
    let updated = arrival.updated.map(stored_time).or(created).unwrap_or(row.updated);
    identity.told_of(row, &arrival.name, created, updated)
}

/// The hash, if anybody can sign in by it.
fn usable_hash(arrival: &Arrival, keys: &Keys) -> Option<String> {
    let hash = arrival.password_hash.as_ref().filter(|_| keys.hash == HashState::Verifiable);
    hash.map(|hash| hash.expose_secret().to_owned())
}

/// A user that the database just told of.
fn found(conn: &mut AnyConnection, id: i64) -> Result<UserRow> {
    db::users::locked(conn, id)?.ok_or_else(|| Error::storage(format!("user {id} was deleted meanwhile")))
}

/// The core's ids of those that had none when they were decided about.
struct Ids(HashMap<i64, i64>);

impl Ids {
    fn reserve<'a>(conn: &mut AnyConnection, plans: impl Iterator<Item = &'a Plan>) -> Result<Self> {
        let made_up: Vec<i64> = plans
            .flat_map(|plan| {
                let numbers = plan.moves.iter().filter_map(|moved| moved.number);
                Some(plan.user).filter(|_| plan.made).into_iter().chain(numbers)
            })
            .collect();
        if made_up.is_empty() {
            return Ok(Self(HashMap::new()));
        }
        let drawn = numbers::reserve(conn, made_up.len())?;
        Ok(Self(made_up.into_iter().zip(drawn).collect()))
    }

    fn of(&self, id: i64) -> i64 {
        self.0.get(&id).copied().unwrap_or(id)
    }
}

//! The audit log: who did what to whom, through which dialect, from where, and how it ended.
//!
//! - What a transaction does, the same transaction tells ([`Scribe`]): nothing is acknowledged without its
//!   entry, and nothing is told that did not happen. It costs an insert, and no commit of its own.
//! - What has no transaction (refused logins, right passwords that open no session, hazards) is noted in memory
//!   and written once a second ([`notes`]). What comes thick is counted.
//! - Once a second, too, what has no place in the chain gets one ([`chain`]); nobody waits for it.
//!
//! No entry holds a secret, a token, a hash, or a text that a client sent and nobody stored.

mod chain;
mod event;
mod list;
mod notes;
mod restart;
pub(crate) mod seals;
mod verify;
mod visit;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::db::audit::EntryValues;
use crate::db::connection::AnyConnection;
use crate::db::{self, Database};
use crate::origin::Origin;
use crate::rows::stored_time;
use crate::{Clock, Error, Realm, Result, User};
use chain::Figures;
pub(crate) use event::{Detail, Draft, Facts};
pub use event::{Event, Outcome, Person};
pub use list::{AuditFilter, Entry};
use notes::Notebook;
use seals::Seals;
pub use verify::{Break, Verdict};
pub(crate) use visit::Visit;

/// What stands in an entry where others have a dialect.
pub const NO_DIALECTS: [&str; 2] = [SHELL, GATEWAY];

/// Stands for the dialect where no client asked: a command, or the gateway's own first steps.
const SHELL: &str = "shell";

/// Stands for the dialect where the log tells of itself.
const GATEWAY: &str = "gateway";

/// How long the audit log is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditSettings {
    /// Days after which an entry may be deleted; 0: never.
    pub keep_days: u32,
}

impl Default for AuditSettings {
    fn default() -> Self {
        Self { keep_days: 365 }
    }
}

/// Figures for the operator.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct AuditStats {
    /// Entries that this process has put into the chain.
    pub chained: u64,
    /// Notes that were lost because the database was away.
    pub lost: u64,
    /// How long the oldest entry has waited for its place in the chain.
    pub lag_seconds: f64,
}

/// The audit log of a database. Clones share everything.
#[derive(Clone)]
pub struct Audit {
    shared: Arc<Shared>,
}

struct Shared {
    database: Database,
    seals: Seals,
    clock: Clock,
    keep_days: u32,
    notes: Mutex<Notebook>,
    figures: Figures,
}

impl Audit {
    pub(crate) fn new(database: Database, server_secret: &str, clock: Clock, settings: &AuditSettings) -> Self {
        let shared = Shared {
            database,
            seals: Seals::new(server_secret),
            clock,
            keep_days: settings.keep_days,
            notes: Mutex::default(),
            figures: Figures::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// A client was given the harm of this name, which a person turned on.
    pub fn hazard_used(&self, realm: Realm, hazard: &'static str) {
        self.note(Event::HazardUse, Outcome::Done, realm, None, Detail::from([("hazard", hazard.to_owned())]));
    }

    /// Guesses have used up what `scope` (such as `account` or `network`) had free; it waits for so many seconds.
    /// `subject` is whose account was guessed at, where there is one.
    pub fn locked_out(&self, realm: Realm, subject: Option<Person>, scope: &'static str, seconds: u64) {
        let detail = Detail::from([("scope", scope.to_owned()), ("seconds", seconds.to_string())]);
        self.note(Event::Lockout, Outcome::Done, realm, subject, detail);
    }

    /// A realm's keys have changed: [`Event::KeyRotation`], [`Event::KeyImport`] or [`Event::KeyRemoval`], and the
    /// id of the key.
    pub async fn key_changed(&self, event: Event, realm: Realm, key_id: &str) -> Result<()> {
        let scribe = self.scribe(realm);
        let detail = Detail::from([("realm", realm.name().to_owned()), ("key_id", key_id.to_owned())]);
        let told = move |conn: &mut AnyConnection| scribe.tell(conn, event, None, detail.clone());
        self.shared.database.write(told).await
    }

    /// How a check of credentials ended. `folded` is the name that was given, `known` the user who has it.
    pub(crate) fn tried(&self, realm: Realm, folded: &str, known: Option<Person>, outcome: &Result<User>) {
        let reason = match outcome {
            Ok(user) => return self.accepted(realm, user.into()),
            Err(Error::BadCredentials) if known.is_none() => "unknown-user",
            Err(Error::BadCredentials) => "wrong-password",
            Err(Error::Disabled) => "disabled",
            // Nothing was checked.
            Err(_) => return,
        };
        let mut detail = Detail::from([("reason", reason.to_owned())]);
        // For a known name too, which is told by its user: neither is to take longer.
        let name = std::hint::black_box(self.shared.seals.name(folded));
        if known.is_none() {
            detail.insert("name", name);
        }
        self.note(Event::Login, Outcome::Refused, realm, known, detail);
    }

    /// What was to be done to a user was refused: `wrong-password` where it needs the present one, or
    /// `last-administrator`.
    pub(crate) fn refused(&self, realm: Realm, event: Event, user: Option<Person>, reason: &'static str) {
        self.note(event, Outcome::Refused, realm, user, Detail::from([("reason", reason.to_owned())]));
    }

    /// Right credentials. If the request opens a session by them, that is the login; else this is told at its end.
    fn accepted(&self, realm: Realm, user: Person) {
        let origin = Origin::current();
        origin.comes_from(user.clone());
        let facts = facts(&origin, realm, Event::CredentialsAccepted, Some(user));
        let draft = Draft { at: self.shared.clock.now(), facts };
        match origin.visit() {
            Some(visit) => visit.accepted(self.clone(), draft),
            None => self.keep_in_mind(draft),
        }
    }

    fn note(&self, event: Event, outcome: Outcome, realm: Realm, subject: Option<Person>, detail: Detail) {
        let facts = Facts { outcome, detail, ..facts(&Origin::current(), realm, event, subject) };
        self.keep_in_mind(Draft { at: self.shared.clock.now(), facts });
    }

    fn keep_in_mind(&self, draft: Draft) {
        self.notes().add(draft);
    }

    fn notes(&self) -> MutexGuard<'_, Notebook> {
        self.shared.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody who writes entries in a transaction, on behalf of whoever asks now.
    pub(crate) fn scribe(&self, realm: Realm) -> Scribe {
        Scribe { shared: Arc::clone(&self.shared), origin: Origin::current(), realm }
    }

    /// Figures for the operator.
    #[must_use]
    pub fn stats(&self) -> AuditStats {
        let lost = self.notes().lost_ever();
        self.shared.figures.stats(lost, self.shared.clock.now())
    }
}

/// What is known of an event by where it comes from.
fn facts(origin: &Origin, realm: Realm, event: Event, subject: Option<Person>) -> Facts {
    Facts {
        event,
        outcome: Outcome::Done,
        dialect: if origin.visit().is_some() { realm.name() } else { SHELL },
        actor: origin.visit().and_then(Visit::actor),
        subject,
        address: origin.address(),
        detail: Detail::new(),
    }
}

/// Writes entries into the transaction that does what they tell of.
#[derive(Clone)]
pub(crate) struct Scribe {
    shared: Arc<Shared>,
    origin: Origin,
    realm: Realm,
}

impl Scribe {
    pub(crate) fn tell(
        &self,
        conn: &mut AnyConnection,
        event: Event,
        subject: Option<Person>,
        detail: Detail,
    ) -> Result<()> {
        let facts = Facts { detail, ..facts(&self.origin, self.realm, event, subject) };
        self.write(conn, facts)
    }

    /// A session was opened by whoever it belongs to.
    pub(crate) fn tell_login(&self, conn: &mut AnyConnection, user: Person) -> Result<()> {
        let facts = facts(&self.origin, self.realm, Event::Login, Some(user.clone()));
        self.write(conn, Facts { actor: Some(user), ..facts })
    }

    /// The session is told of; the credentials that opened it need not be.
    pub(crate) fn session_is_open(&self) {
        if let Some(visit) = self.origin.visit() {
            visit.session_is_open();
        }
    }

    /// Whether it is this user who asks.
    pub(crate) fn acts_for(&self, id: i64) -> bool {
        self.origin.visit().and_then(Visit::actor).is_some_and(|actor| actor.id == id)
    }

    fn write(&self, conn: &mut AnyConnection, facts: Facts) -> Result<()> {
        let entry = self.shared.sealed(Draft { at: self.shared.clock.now(), facts })?;
        Ok(db::audit::insert(conn, &entry).map(drop)?)
    }
}

impl Shared {
    fn sealed(&self, Draft { at, facts }: Draft) -> Result<EntryValues> {
        let person = |person: Option<Person>| person.map(|Person { id, name }| (id, name)).unzip();
        let ((actor_id, actor_name), (subject_id, subject_name)) = (person(facts.actor), person(facts.subject));
        let mut entry = EntryValues {
            at: stored_time(at),
            event: facts.event.name().to_owned(),
            dialect: facts.dialect.to_owned(),
            actor_id,
            actor_name,
            subject_id,
            subject_name,
            address: facts.address.map(|address| address.to_canonical().to_string()),
            outcome: facts.outcome.name().to_owned(),
            detail: serde_json::to_string(&facts.detail).map_err(Error::storage)?,
            seal: Vec::new(),
        };
        entry.seal = self.seals.entry(&entry);
        Ok(entry)
    }
}

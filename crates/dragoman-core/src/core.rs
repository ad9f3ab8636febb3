//! Where the parts meet: one [`Core`] a process, and from it the handles of each realm.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::addresses::{AddressSettings, Deriver};
use crate::audit::{Audit, AuditSettings, AuditStats, Detail, Event};
use crate::db::connection::AnyConnection;
use crate::db::{self, Database, DatabaseSettings};
use crate::guesses::{self, GuessSettings, GuessStats, Guesses};
use crate::identities::numbers::begin_imports;
use crate::keys::{Algorithm, KEYS_NOTICED, KeyRing};
use crate::password::{Hasher, HashingStats, PasswordSettings};
use crate::tokens::bounded;
use crate::{Accounts, Clock, CopiedTable, Departing, Imports, Random, Realm, Result, Tokens};

/// What the core needs to know to start.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Where the database is.
    pub database: DatabaseSettings,
    /// How passwords are hashed.
    pub passwords: PasswordSettings,
    /// How often they may be wrong.
    pub guesses: GuessSettings,
    /// The file with the signing keys; made where it is absent.
    pub keys: PathBuf,
    /// From which keys addresses are derived.
    pub addresses: AddressSettings,
    /// How long the audit log is kept.
    pub audit: AuditSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            database: DatabaseSettings::default(),
            passwords: PasswordSettings::default(),
            guesses: GuessSettings::default(),
            keys: "dragoman.keys".into(),
            addresses: AddressSettings::default(),
            audit: AuditSettings::default(),
        }
    }
}

/// The one core of a process. Clones share everything.
#[derive(Clone)]
pub struct Core {
    database: Database,
    hasher: Hasher,
    guesses: Guesses,
    keys: KeyRing,
    deriver: Option<Deriver>,
    audit: Audit,
    clock: Clock,
    random: Random,
}

/// The names of the migrations that this database lacks. Makes neither a database nor a key file. Blocks.
///
/// # Errors
/// A database that cannot be reached.
pub fn pending_migrations(settings: &DatabaseSettings) -> Result<Vec<String>> {
    Database::open(settings)?.pending_migrations()
}

/// Figures for the operator.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stats {
    /// How hashing is going.
    pub hashing: HashingStats,
    /// Guesses that were refused.
    pub guesses: GuessStats,
    /// Open connections that readers share.
    pub connections: u32,
    /// Those of them that nobody uses.
    pub connections_idle: u32,
    /// How the audit log is going.
    pub audit: AuditStats,
}

impl Core {
    /// Opens keys and pools and starts the hashing threads. The database need not be up yet.
    pub fn open(settings: &Settings, clock: Clock, random: Random) -> Result<Self> {
        let database = Database::open(&settings.database)?;
        let keys = KeyRing::open(&settings.keys, &clock, &random)?;
        Ok(Self {
            audit: Audit::new(database.clone(), &keys.server_secret(), clock.clone(), &settings.audit),
            hasher: Hasher::start(&settings.passwords, &random)?,
            guesses: Guesses::new(&settings.guesses, &keys.server_secret(), database.clone(), clock.clone()),
            database,
            keys,
            deriver: Deriver::from_settings(&settings.addresses)?,
            clock,
            random,
        })
    }

    /// Brings the database to this version; returns the names of the migrations that ran.
    /// Blocks. Several gateways may do it at the same time.
    pub fn migrate(&self) -> Result<Vec<String>> {
        self.database.migrate()
    }

    /// The names of the migrations that [`Core::migrate`] would run. Blocks.
    pub fn pending_migrations(&self) -> Result<Vec<String>> {
        self.database.pending_migrations()
    }

    /// Users as this realm sees them.
    #[must_use]
    pub fn accounts(&self, realm: Realm) -> Accounts {
        Accounts {
            realm,
            database: self.database.clone(),
            hasher: self.hasher.clone(),
            guesses: self.guesses.clone(),
            clock: self.clock.clone(),
            random: self.random.clone(),
            deriver: self.deriver.clone(),
            server_secret: self.keys.server_secret().into(),
            audit: self.audit.clone(),
            old_server: None,
        }
    }

    /// Imports from old servers into this realm.
    #[must_use]
    pub fn imports(&self, realm: Realm) -> Imports {
        Imports {
            realm,
            database: self.database.clone(),
            audit: self.audit.clone(),
            clock: self.clock.clone(),
            random: self.random.clone(),
            hasher: self.hasher.clone(),
        }
    }

    /// Whether anybody who is enabled administers.
    pub async fn is_administered(&self) -> Result<bool> {
        self.database.scan(|conn| Ok(db::undo::others_administer(conn, &[])?)).await
    }

    /// Tells the audit log that users are about to be written for this realm's old server: before anybody has a hash.
    pub async fn tell_of_export(&self, realm: Realm, who: Departing) -> Result<()> {
        let scribe = self.audit.scribe(realm);
        let detail = Detail::from([("realm", realm.name().to_owned()), ("users", who.name().to_owned())]);
        self.database.write(move |conn| scribe.tell(conn, Event::Export, None, detail.clone())).await
    }

    /// Tells the audit log that this database is a copy: from which kind of database, and how many rows of what.
    pub async fn tell_of_copy(&self, from: &DatabaseSettings, copied: &[CopiedTable]) -> Result<()> {
        let scribe = self.audit.scribe(Realm::COMMON);
        let kind = if from.url.starts_with("sqlite:") { "sqlite" } else { "postgres" };
        let rows = copied.iter().map(|table| (table.name, table.target.to_string()));
        let detail: Detail = rows.chain([("from", kind.to_owned())]).collect();
        self.database.write(move |conn| scribe.tell(conn, Event::Copy, None, detail.clone())).await
    }

    /// The tokens of this realm, signed with this algorithm. Makes a key where there is none. Blocks.
    pub fn tokens(&self, realm: Realm, algorithm: Algorithm) -> Result<Tokens> {
        Ok(Tokens {
            realm,
            database: self.database.clone(),
            keys: self.keys.of_realm(realm, algorithm)?,
            audit: self.audit.clone(),
            clock: self.clock.clone(),
            random: self.random.clone(),
        })
    }

    /// Reads the key file again if it has changed. A file that cannot be used is logged, and the keys stay.
    pub async fn refresh_keys(&self) {
        let keys = self.keys.clone();
        if let Err(error) = tokio::task::spawn_blocking(move || keys.refresh()).await {
            tracing::error!(%error, "the key file could not be looked at");
        }
    }

    /// When the last token expires that this realm's present keys have signed, or sign until every gateway has read
    /// of newer ones. `longest` is how long the realm's tokens live now; the database knows of those that were
    /// issued when it was longer.
    pub async fn last_expiry(&self, realm: Realm, longest: std::time::Duration) -> Result<DateTime<Utc>> {
        let issued = self.database.scan(move |conn| Ok(db::tokens::last_expiry(conn, realm.name())?)).await?;
        let to_come = self.clock.now() + bounded(longest) + bounded(KEYS_NOTICED);
        Ok(issued.map_or(to_come, |issued| issued.and_utc().max(to_come)))
    }

    /// Has the gateway's own numbers go on above those that old servers have given, because users are to come in from
    /// one. Once it is done it does nothing.
    pub async fn make_room_for_old_numbers(&self) -> Result<()> {
        self.database.write(begin_imports).await
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        self.database.read(|conn| Ok(db::ping(conn)?)).await
    }

    /// What it takes for the time.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The audit log.
    #[must_use]
    pub fn audit(&self) -> &Audit {
        &self.audit
    }

    /// Deletes the tokens that have expired, the wrong passwords that are forgotten, and audit entries that have been
    /// kept for long enough; returns how many of the first two there were.
    pub async fn prune(&self) -> Result<usize> {
        let now = self.clock.now();
        let delete = move |conn: &mut AnyConnection| {
            db::adoptions::delete_expired(conn, now)?;
            let forgotten = db::guesses::delete_forgotten(conn, now, now - guesses::FAMILIAR)?;
            Ok(forgotten + db::tokens::delete_expired(conn, now)?)
        };
        let deleted = self.database.write(delete).await?;
        self.audit.prune().await?;
        Ok(deleted)
    }

    /// Figures for the operator.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let (connections, connections_idle) = self.database.connections();
        let (hashing, guesses, audit) = (self.hasher.stats(), self.guesses.stats(), self.audit.stats());
        Stats { hashing, guesses, connections, connections_idle, audit }
    }
}

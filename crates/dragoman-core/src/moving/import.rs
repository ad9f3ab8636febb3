//! Taking a source in: a run, which goes on where it was broken off.

use std::sync::Arc;
use std::time::Duration;

use diesel::result::{DatabaseErrorKind, Error as QueryError};

use super::batch::{Batch, Incoming};
use super::clash::Action;
use super::findings::{Example, Findings};
use super::ledger::{Books, Ledger};
use super::policies::Policies;
use super::rehearsal::Rehearsal;
use super::run::{Run, Source};
use super::writer::Writer;
use crate::audit::{Audit, Detail, Event};
use crate::db::connection::AnyConnection;
use crate::db::runs::RunRow;
use crate::db::{Database, ImportLock, imports, runs};
use crate::identities::numbers::{begin_imports, last_own};
use crate::password::{Claim, Hasher, check_new};
use crate::rows::stored_time;
use crate::{Clock, Error, Random, Realm, Result};

/// How many records one transaction takes: enough that a commit is little of it, and few enough that a gateway on the
/// same SQLite file waits for no more than a moment.
pub const BATCH: usize = 500;

/// How often a batch is tried that others keep getting in the way of.
const TRIES: u32 = 5;

/// Between two batches.
const GAP: Duration = Duration::from_millis(5);

/// Imports into a realm.
#[derive(Clone)]
pub struct Imports {
    pub(crate) realm: Realm,
    pub(crate) database: Database,
    pub(crate) audit: Audit,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) hasher: Hasher,
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It is in.
    Done,
    /// Nothing of it is in: since the rehearsal somebody has taken what this record needs.
    Refused(Box<Example>),
}

impl Imports {
    /// Keeps other imports away, from whichever machine, until what it returns is dropped. Blocks.
    ///
    /// # Errors
    /// `Busy` where another import is under way.
    pub fn lock(&self) -> Result<ImportLock> {
        self.database.import_lock()
    }

    /// The same with a hash in place of each password. Here nobody waits, so that it may take its time.
    async fn hashed(&self, mut incoming: Vec<Incoming>) -> Result<Vec<Incoming>> {
        for one in &mut incoming {
            let (Ok(arrival), Some(password)) = (&mut one.arrival, &one.password) else { continue };
            if check_new(password).is_ok() {
                let claim = Claim { name: one.place.record.to_string(), user: None };
                arrival.password_hash = Some(self.hasher.hash(&claim, password).await?.into());
                one.password = None;
            }
        }
        Ok(incoming)
    }

    /// Writes, and once more where somebody was faster to claim a name: then it is decided anew.
    async fn written<T: Send + 'static>(
        &self,
        work: impl Fn(&mut AnyConnection) -> Result<T> + Clone + Send + 'static,
    ) -> Result<T> {
        let mut tries = TRIES;
        loop {
            tries -= 1;
            match self.database.write(work.clone()).await {
                Err(error) if tries > 0 && is_taken(&error) => {}
                outcome => break outcome,
            }
        }
    }

    /// On SQLite one writes at a time, and who waits asks again only now and then: whoever writes much leaves gaps.
    pub(crate) async fn let_others_write(&self) {
        tokio::time::sleep(GAP).await;
    }

    /// An import that writes nothing.
    pub fn rehearse(&self, policies: Policies) -> Result<Rehearsal> {
        Rehearsal::new(self.database.clone(), self.realm, policies)
    }

    /// The run of this source into this realm that was not taken back, the last one if there are several.
    pub async fn run_of(&self, digest: [u8; 32]) -> Result<Option<Run>> {
        let realm = self.realm.name();
        let rows = self.database.read(move |conn| Ok(runs::of_source(conn, realm, &digest)?)).await?;
        Ok(rows.into_iter().next_back().map(Run::from))
    }

    /// All runs of all realms, and how many users each has made and has found here.
    pub async fn runs(&self) -> Result<Vec<(Run, u64, u64)>> {
        let all = |conn: &mut AnyConnection| {
            let counted = |row: RunRow, conn: &mut AnyConnection| {
                let (made, found) = runs::brought(conn, row.id)?;
                Ok((Run::from(row), made.unsigned_abs(), found.unsigned_abs()))
            };
            runs::all(conn)?.into_iter().map(|row| counted(row, conn)).collect()
        };
        self.database.scan(all).await
    }

    /// Begins a run, or goes on with the one that has not come to its end.
    pub async fn begin(&self, source: Source, policies: Policies) -> Result<Importing> {
        let unfinished = self.run_of(source.digest).await?.filter(|run| run.finished.is_none());
        let (realm, now) = (self.realm.name(), stored_time(self.clock.now()));
        let scribe = self.audit.scribe(self.realm);
        let begin = move |conn: &mut AnyConnection| {
            begin_imports(conn)?;
            let (id, position, step) = match &unfinished {
                Some(run) => (run.id, runs::settled_position(conn, run.id)?.unsigned_abs(), "goes-on"),
                None => (runs::insert(conn, &source.values(realm, now))?, 0, "begins"),
            };
            let detail = Detail::from([
                ("run", id.to_string()),
                ("step", step.to_owned()),
                ("realm", realm.to_owned()),
                ("sha256", source.hex()),
            ]);
            scribe.tell(conn, Event::Import, None, detail)?;
            Ok((id, position))
        };
        let (id, position) = self.database.write(begin).await?;
        Ok(Importing { imports: self.clone(), policies, id, position, findings: Findings::default() })
    }
}

/// A run that is under way.
pub struct Importing {
    imports: Imports,
    policies: Policies,
    id: i64,
    position: u64,
    findings: Findings,
}

impl Importing {
    /// By which the run is named.
    #[must_use]
    pub const fn id(&self) -> i64 {
        self.id
    }

    /// How many records of the source are done, and are not to be added again.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// What was found since it began, or went on.
    #[must_use]
    pub const fn findings(&self) -> &Findings {
        &self.findings
    }

    /// Takes in the next records, all in one transaction.
    pub async fn add(&mut self, incoming: Vec<Incoming>) -> Result<Step> {
        let count = incoming.len() as u64;
        let incoming = self.imports.hashed(incoming).await?;
        let batch = Arc::new(Batch::new(incoming));
        let given = Arc::clone(&batch);
        let (policies, writer) = (self.policies, self.writer());
        let (from, to) = (self.position.cast_signed(), (self.position + count).cast_signed());
        let take_in = move |conn: &mut AnyConnection| {
            imports::plan_anew(conn)?;
            let own = last_own(conn)?;
            let mut books = Books { database: conn, scratch: None };
            let mut ledger = Ledger::open(&mut books, writer.realm.name(), own, 0, given.keys())?;
            let decided = given.decide(&mut books, &mut ledger, &policies)?;
            if !decided.has_refused() {
                writer.write(conn, &given, &decided)?;
                if runs::advance(conn, writer.run, from, to)? == 0 {
                    return Err(Error::storage("another import goes on with this run, or it was taken back"));
                }
            }
            Ok(decided)
        };
        let decided = self.imports.written(take_in).await?;
        let mut findings = if decided.has_refused() { Findings::default() } else { std::mem::take(&mut self.findings) };
        batch.tell(&decided, &mut findings);
        if decided.has_refused() {
            return Ok(Step::Refused(Box::new(refused(findings))));
        }
        self.findings = findings;
        self.position += count;
        self.imports.let_others_write().await;
        Ok(Step::Done)
    }

    fn writer(&self) -> Writer {
        Writer {
            realm: self.imports.realm,
            run: self.id,
            keep_hashes: self.policies.keep_hashes,
            now: stored_time(self.imports.clock.now()),
            random: self.imports.random.clone(),
            scribe: self.imports.audit.scribe(self.imports.realm),
        }
    }

    /// The source has no more records.
    pub async fn finish(self) -> Result<Findings> {
        let (id, now) = (self.id, stored_time(self.imports.clock.now()));
        let scribe = self.imports.audit.scribe(self.imports.realm);
        let end = move |conn: &mut AnyConnection| {
            runs::finish(conn, id, now)?;
            let (made, linked) = runs::brought(conn, id)?;
            let detail = Detail::from([
                ("run", id.to_string()),
                ("step", "ends".to_owned()),
                ("made", made.to_string()),
                ("linked", linked.to_string()),
            ]);
            scribe.tell(conn, Event::Import, None, detail)
        };
        self.imports.database.write(end).await?;
        Ok(self.findings)
    }
}

fn is_taken(error: &Error) -> bool {
    let Error::Storage(cause) = error else { return false };
    let cause = cause.downcast_ref::<QueryError>();
    matches!(cause, Some(QueryError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)))
}

/// The first about which nobody has decided.
fn refused(findings: Findings) -> Example {
    let examples = findings.clashes.into_values().flat_map(|clashes| clashes.examples);
    let first = examples.into_iter().find(|example| example.action == Action::Refuse);
    first.unwrap_or_else(Example::unknown)
}

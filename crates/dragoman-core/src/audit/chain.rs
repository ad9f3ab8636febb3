//! What is done once a second, and once an hour: writing notes, chaining entries, deleting the oldest.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use tokio::time::MissedTickBehavior;

use super::restart::foreign;
use super::seals::Seals;
use super::{Audit, AuditStats, Detail, Draft, Event, Facts};
use crate::db::audit::{EntryValues, MarkRow};
use crate::db::connection::AnyConnection;
use crate::db::{self, credentials};
use crate::rows::stored_time;
use crate::{Error, Result};

const SECOND: Duration = Duration::from_secs(1);

/// Entries that one transaction chains, or deletes, at the most: others wait for it on SQLite.
const PORTION: usize = 1000;

/// The row of `locks` that lets one gateway at a time touch the chain.
pub(super) const LOCK: &str = "audit";

/// The names of the chain's two ends.
pub(super) const ANCHOR: &str = "anchor";
pub(super) const HEAD: &str = "head";

/// What is counted on the way.
#[derive(Default)]
pub(super) struct Figures {
    chained: AtomicU64,
    /// The time of the oldest entry that waits for its place, in microseconds; 0 where none does.
    waits_since: AtomicI64,
}

impl Figures {
    pub(super) fn stats(&self, lost: u64, now: DateTime<Utc>) -> AuditStats {
        let since = self.waits_since.load(Ordering::Relaxed);
        let waited = if since == 0 { 0 } else { (now.timestamp_micros() - since).max(0) };
        AuditStats { chained: self.chained.load(Ordering::Relaxed), lost, lag_seconds: waited as f64 / 1e6 }
    }

    fn waits_since(&self, oldest: Option<NaiveDateTime>) {
        let since = oldest.map_or(0, |oldest| oldest.and_utc().timestamp_micros());
        self.waits_since.store(since, Ordering::Relaxed);
    }

    /// Nothing is known but that something may wait from now on.
    fn stuck(&self, now: DateTime<Utc>) {
        let since = self.waits_since.load(Ordering::Relaxed);
        if since == 0 {
            self.waits_since.store(now.timestamp_micros(), Ordering::Relaxed);
        }
    }
}

/// What became of a portion.
enum Chained {
    Some {
        entries: usize,
        oldest_left: Option<NaiveDateTime>,
    },
    /// The chain so far was made with another key, and must not go on with ours.
    ForeignKey,
}

impl Audit {
    /// Writes and chains once a second, for as long as it is polled.
    pub async fn keep(&self) {
        let mut seconds = tokio::time::interval(SECOND);
        seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut failing = false;
        loop {
            seconds.tick().await;
            let written = self.write_up(false).await;
            match &written {
                Err(error) if !failing => tracing::error!(%error, "the audit log is not written"),
                Ok(()) if failing => tracing::info!("the audit log is written again"),
                Ok(()) | Err(_) => {}
            }
            failing = written.is_err();
        }
    }

    /// Writes and chains everything that there is: nothing comes after it.
    pub async fn settle(&self) -> Result<()> {
        self.write_up(true).await
    }

    async fn write_up(&self, closing: bool) -> Result<()> {
        let drafts = self.notes().take(self.shared.clock.now(), closing);
        let sealed: Result<Arc<[EntryValues]>> =
            drafts.iter().cloned().map(|draft| self.shared.sealed(draft)).collect();
        let mut entries = sealed?;
        let mut unwritten = Some(drafts);
        loop {
            if entries.is_empty() && !self.has_unchained().await? {
                return Ok(());
            }
            let written = self.write_portion(std::mem::take(&mut entries)).await;
            match written {
                Ok(Chained::Some { entries: count, oldest_left }) => {
                    unwritten = None;
                    self.shared.figures.chained.fetch_add(count as u64, Ordering::Relaxed);
                    self.shared.figures.waits_since(oldest_left);
                    if oldest_left.is_none() {
                        return Ok(());
                    }
                }
                Ok(Chained::ForeignKey) => {
                    return Err(foreign());
                }
                Err(error) => {
                    self.put_back(unwritten);
                    return Err(error);
                }
            }
        }
    }

    fn put_back(&self, drafts: Option<Vec<Draft>>) {
        self.shared.figures.stuck(self.shared.clock.now());
        if let Some(drafts) = drafts {
            self.notes().put_back(drafts);
        }
    }

    async fn has_unchained(&self) -> Result<bool> {
        let oldest = self.shared.database.read(|conn| Ok(db::audit::unchained(conn, 1)?)).await;
        let oldest = oldest.inspect_err(|_| self.shared.figures.stuck(self.shared.clock.now()))?;
        let oldest = oldest.first().map(|(_, at, _)| *at);
        self.shared.figures.waits_since(oldest);
        Ok(oldest.is_some())
    }

    /// One transaction for notes and chain: on a quiet gateway it is the only one of its second.
    async fn write_portion(&self, entries: Arc<[EntryValues]>) -> Result<Chained> {
        let seals = self.shared.seals.clone();
        let write = move |conn: &mut AnyConnection| {
            for entry in entries.iter() {
                db::audit::insert(conn, entry)?;
            }
            chain_portion(conn, &seals)
        };
        self.shared.database.write(write).await
    }

    /// Deletes what is older than the settings say; returns how many entries that were.
    pub(crate) async fn prune(&self) -> Result<usize> {
        let days = i64::from(self.shared.keep_days);
        if days == 0 {
            return Ok(0);
        }
        let before = stored_time(self.shared.clock.now() - TimeDelta::days(days));
        let mut total = 0;
        loop {
            let audit = self.clone();
            let deleted = self.shared.database.write(move |conn| audit.prune_portion(conn, before)).await?;
            total += deleted;
            if deleted < PORTION {
                return Ok(total);
            }
        }
    }

    /// Moves the anchor to the last of the oldest entries, and deletes what it leaves behind.
    fn prune_portion(&self, conn: &mut AnyConnection, before: NaiveDateTime) -> Result<usize> {
        credentials::lock(conn, LOCK)?;
        let seals = &self.shared.seals;
        let anchor = db::audit::mark(conn, ANCHOR)?;
        let oldest = db::audit::after_sequence(conn, anchor.sequence, PORTION as i64)?;
        let old = oldest.into_iter().take_while(|entry| entry.values.at < before);
        let Some((sequence, digest)) = old.last().and_then(|last| last.sequence.zip(last.digest)) else {
            return Ok(0);
        };
        if !seals.is_ours(&anchor) {
            return Err(Error::storage("the audit log's anchor was set with the secret of another key file"));
        }
        db::audit::set_mark(conn, &seals.mark(ANCHOR, sequence, digest))?;
        let deleted = db::audit::delete_through(conn, sequence)?;
        let detail = Detail::from([("entries", deleted.to_string()), ("through", sequence.to_string())]);
        self.tell_of_the_log(conn, Event::LogPruned, detail)?;
        Ok(deleted)
    }

    pub(super) fn tell_of_the_log(&self, conn: &mut AnyConnection, event: Event, detail: Detail) -> Result<()> {
        let facts = Facts::of_the_log(event, detail);
        let entry = self.shared.sealed(Draft { at: self.shared.clock.now(), facts })?;
        Ok(db::audit::insert(conn, &entry).map(drop)?)
    }
}

/// Gives the oldest entries that have no place in the chain the next ones.
fn chain_portion(conn: &mut AnyConnection, seals: &Seals) -> Result<Chained> {
    credentials::lock(conn, LOCK)?;
    let head = db::audit::mark(conn, HEAD)?;
    if !seals.is_ours(&head) {
        return Ok(Chained::ForeignKey);
    }
    let (entries, head) = chain_on(conn, seals, head)?;
    db::audit::set_mark(conn, &head)?;
    let oldest_left = db::audit::unchained(conn, 1)?.first().map(|(_, at, _)| *at);
    Ok(Chained::Some { entries, oldest_left })
}

/// Goes on behind the head with the oldest entries that have no place; returns how many, and the new head.
pub(super) fn chain_on(conn: &mut AnyConnection, seals: &Seals, head: MarkRow) -> Result<(usize, MarkRow)> {
    let waiting = db::audit::unchained(conn, PORTION as i64)?;
    let (mut sequence, mut digest) = (head.sequence, head.digest);
    for (id, _, seal) in &waiting {
        sequence += 1;
        digest = seals.link(sequence, &digest, seal);
        db::audit::chain(conn, *id, sequence, &digest)?;
    }
    Ok((waiting.len(), seals.mark(HEAD, sequence, digest)))
}

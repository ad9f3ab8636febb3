//! Whether the audit log is the one that was written.
//!
//! Found is what anybody does to it who has the database and not the key file: an entry that is changed, made up,
//! taken out or moved, an end that is cut off, an anchor that is moved. Not found is a whole database that is put
//! back to an earlier state, head and all: whoever fears that keeps what `verify` said of the head elsewhere.

use std::cmp::Ordering;

use super::Audit;
use super::chain::{ANCHOR, HEAD};
use super::seals::Seals;
use crate::Result;
use crate::db;
use crate::db::audit::{EntryRow, MarkRow};

/// Entries that are read at a time.
const PORTION: i64 = 1000;

/// The first thing that is wrong with the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Break {
    /// The mark where the chain begins was not set by a gateway with this key file.
    #[error("the mark before the first entry is forged, or of another key file")]
    Anchor,
    /// The mark where the chain ends was not set by a gateway with this key file.
    #[error("the mark at the last entry is forged, or of another key file")]
    Head,
    /// An entry does not say what was written.
    #[error("entry {0} was changed or made up")]
    Changed(i64),
    /// An entry does not follow from those before it.
    #[error("entry {0} was moved: it does not follow from the one before it")]
    Moved(i64),
    /// An entry is not there.
    #[error("entry {0} is missing")]
    Missing(i64),
    /// The last entries are not there.
    #[error("the end is cut off: nothing follows entry {after}, and there were entries up to {head}")]
    CutOff {
        /// The last entry that is there.
        after: i64,
        /// The last entry that was.
        head: i64,
    },
    /// Entries follow that nobody has chained, or the head was put back.
    #[error("there are entries up to {last}, and the last one is said to be {head}")]
    Beyond {
        /// The last entry that is there.
        last: i64,
        /// The last entry, as the mark says.
        head: i64,
    },
}

/// What a walk along the chain has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The entry before the first: what retention has deleted last, or 0.
    pub anchor: i64,
    /// The last entry that was found right.
    pub last: i64,
    /// Its digest.
    pub digest: Vec<u8>,
    /// Where the chain is broken.
    pub broken: Option<Break>,
}

impl Audit {
    /// Walks along the whole chain, up to the first break. `watch` is told how far it is, and of how many.
    pub async fn verify(&self, mut watch: impl FnMut(i64, i64)) -> Result<Verdict> {
        loop {
            let anchor = self.mark(ANCHOR).await?;
            let verdict = self.walk(&anchor, &mut watch).await?;
            // Retention may have deleted what the walk was about to read.
            if verdict.broken.is_none() || self.mark(ANCHOR).await? == anchor {
                return Ok(verdict);
            }
        }
    }

    async fn mark(&self, name: &'static str) -> Result<MarkRow> {
        self.shared.database.scan(move |conn| Ok(db::audit::mark(conn, name)?)).await
    }

    async fn walk(&self, anchor: &MarkRow, watch: &mut impl FnMut(i64, i64)) -> Result<Verdict> {
        let (sequence, digest) = (anchor.sequence, anchor.digest.clone());
        let mut verdict = Verdict { anchor: sequence, last: sequence, digest, broken: None };
        if !self.shared.seals.is_ours(anchor) {
            verdict.broken = Some(Break::Anchor);
        }
        while verdict.broken.is_none() {
            // Before the entries: so the head is never younger than what is read of them.
            let head = self.mark(HEAD).await?;
            let after = verdict.last;
            let portion = self.shared.database.scan(move |conn| Ok(db::audit::after_sequence(conn, after, PORTION)?));
            let portion = portion.await?;
            if portion.is_empty() {
                verdict.broken = ends(&self.shared.seals, &verdict, &head).err();
                break;
            }
            verdict.broken = goes_on(&self.shared.seals, &mut verdict, &portion, &head).err();
            watch(verdict.last - verdict.anchor, head.sequence - verdict.anchor);
        }
        Ok(verdict)
    }
}

/// Goes on along a portion of the chain.
fn goes_on(seals: &Seals, verdict: &mut Verdict, portion: &[EntryRow], head: &MarkRow) -> Result<(), Break> {
    // First of all, because with another key file every entry looks changed.
    if !seals.is_ours(head) {
        return Err(Break::Head);
    }
    portion.iter().try_for_each(|entry| follows(seals, verdict, entry))
}

/// Goes on to this entry, if it is the next one.
fn follows(seals: &Seals, verdict: &mut Verdict, entry: &EntryRow) -> Result<(), Break> {
    let next = verdict.last + 1;
    if entry.sequence != Some(next) {
        return Err(Break::Missing(next));
    }
    if seals.entry(&entry.values) != entry.values.seal {
        return Err(Break::Changed(next));
    }
    let digest = seals.link(next, &verdict.digest, &entry.values.seal);
    if entry.digest.as_ref() != Some(&digest) {
        return Err(Break::Moved(next));
    }
    (verdict.last, verdict.digest) = (next, digest);
    Ok(())
}

/// Whether the last entry is the one that was chained last.
fn ends(seals: &Seals, verdict: &Verdict, head: &MarkRow) -> Result<(), Break> {
    let (last, said) = (verdict.last, head.sequence);
    if !seals.is_ours(head) {
        return Err(Break::Head);
    }
    match said.cmp(&last) {
        Ordering::Greater => Err(Break::CutOff { after: last, head: said }),
        Ordering::Less => Err(Break::Beyond { last, head: said }),
        Ordering::Equal if head.digest != verdict.digest => Err(Break::Head),
        Ordering::Equal => Ok(()),
    }
}

//! Taking back what a run brought in and nobody has changed since.

mod batch;

use super::import::Imports;
use crate::audit::{Detail, Event};
use crate::db::connection::AnyConnection;
use crate::db::undo::{brought_after, has_left, moved_after};
use crate::db::{imports, runs};
use crate::rows::stored_time;
use crate::user::UserId;
use crate::{Error, Result};
use batch::{Undoing, give_back};

/// How many identities one transaction takes back: as with an import, a gateway waits for no more than a moment.
const BATCH: i64 = 500;

/// Users who stay that are listed.
const LISTED: usize = 1000;

/// Why a user stays who came with a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stays {
    /// It was changed since, or has another password.
    Changed,
    /// Another run has linked an identity to it.
    Linked,
    /// Nobody else would be left to administer.
    LastAdministrator,
    /// It was here before, and only its link is gone; but its password was set while it was linked, and perhaps by
    /// whoever the link let in.
    PasswordSet,
}

/// A user who stays, though it came with the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The core's key.
    pub user: UserId,
    /// How it is called.
    pub name: String,
    /// Why it stays.
    pub because: Stays,
}

/// What was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Undone {
    /// Users who were deleted.
    pub deleted: u64,
    /// Users who lost an identity that the run had linked to them.
    pub unlinked: u64,
    /// Users who stay.
    pub kept: u64,
    /// The first of them, and of the unlinked those whose password was set meanwhile.
    pub kept_named: Vec<Kept>,
}

impl Undone {
    fn add(&mut self, batch: Self) {
        self.deleted += batch.deleted;
        self.unlinked += batch.unlinked;
        self.kept += batch.kept;
        let room = LISTED.saturating_sub(self.kept_named.len());
        self.kept_named.extend(batch.kept_named.into_iter().take(room));
    }
}

impl Imports {
    /// Takes back what the run brought in and has not been changed since, and tells how many identities are done.
    /// From its beginning on no import goes on with the run. Broken off, it goes on when it is called again; and
    /// for as long as somebody stays it can be called again for those whom nothing keeps any more.
    ///
    /// # Errors
    /// `UserNotFound` where there was no such run in this realm, or it is taken back and nothing of it is left.
    pub async fn undo(&self, run: i64, mut progress: impl FnMut(u64)) -> Result<Undone> {
        self.begin_undo(run).await?;
        let mut undone = Undone::default();
        let mut after = 0;
        while let Some(last) = self.undo_some(run, after, &mut undone).await? {
            after = last;
            progress(undone.deleted + undone.unlinked + undone.kept);
            self.let_others_write().await;
        }
        self.give_back_ids(run).await?;
        self.tell_of_undo(run, &undone).await?;
        Ok(undone)
    }

    pub(crate) async fn begin_undo(&self, run: i64) -> Result<()> {
        let (realm, now) = (self.realm.name(), stored_time(self.clock.now()));
        let begin = move |conn: &mut AnyConnection| {
            let found = runs::by_id(conn, run)?.filter(|found| found.realm == realm).ok_or(Error::UserNotFound)?;
            if found.undone.is_some() && !has_left(conn, run)? {
                return Err(Error::UserNotFound);
            }
            runs::undo(conn, run, now)?;
            Ok(())
        };
        self.database.write(begin).await
    }

    /// The last identity that was looked at, or nothing where there was none.
    async fn undo_some(&self, run: i64, after: i64, undone: &mut Undone) -> Result<Option<i64>> {
        let undoing = Undoing { realm: self.realm, run, scribe: self.audit.scribe(self.realm) };
        let take_back = move |conn: &mut AnyConnection| {
            imports::plan_anew(conn)?;
            let brought = brought_after(conn, run, after, BATCH)?;
            let last = brought.last().map(|row| row.id);
            Ok((last, undoing.take_back(conn, brought)?))
        };
        let (last, batch) = self.database.write(take_back).await?;
        undone.add(batch);
        Ok(last)
    }

    /// Those who gave up an id for somebody of this run have it again, unless that one stays.
    async fn give_back_ids(&self, run: i64) -> Result<()> {
        let realm = self.realm;
        let mut after = Some(0);
        while let Some(from) = after {
            let some = move |conn: &mut AnyConnection| {
                let moved = moved_after(conn, run, from, BATCH)?;
                let last = moved.last().map(|row| row.id);
                give_back(conn, realm, moved)?;
                Ok(last)
            };
            after = self.database.write(some).await?;
        }
        Ok(())
    }

    async fn tell_of_undo(&self, run: i64, undone: &Undone) -> Result<()> {
        let scribe = self.audit.scribe(self.realm);
        let detail = Detail::from([
            ("run", run.to_string()),
            ("deleted", undone.deleted.to_string()),
            ("unlinked", undone.unlinked.to_string()),
            ("kept", undone.kept.to_string()),
        ]);
        let tell = move |conn: &mut AnyConnection| scribe.tell(conn, Event::ImportUndone, None, detail.clone());
        self.database.write(tell).await
    }
}

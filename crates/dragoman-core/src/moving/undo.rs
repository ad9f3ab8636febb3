//! Taking back what a run brought in and nobody has changed since.

use super::import::Imports;
use crate::audit::{Detail, Event, Person, Scribe};
use crate::db::connection::AnyConnection;
use crate::db::runs::BroughtRow;
use crate::db::users::UserRow;
use crate::db::{self, runs};
use crate::records::Administrators;
use crate::rows::{facts_by_realm, stored_facts, stored_time};
use crate::user::{Realm, UserId};
use crate::{Error, Result, identities};

/// How many identities one transaction takes back.
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
    /// The first of them.
    pub kept_named: Vec<Kept>,
}

impl Imports {
    /// Takes back what the run brought in and has not been changed since, and tells how many identities are done.
    /// Broken off, it goes on when it is called again.
    ///
    /// # Errors
    /// `UserNotFound` where no such run is to be taken back.
    pub async fn undo(&self, run: i64, mut progress: impl FnMut(u64)) -> Result<Undone> {
        let found = self.database.read(move |conn| Ok(runs::by_id(conn, run)?)).await?;
        let found = found.filter(|found| found.undone.is_none() && found.realm == self.realm.name());
        found.ok_or(Error::UserNotFound)?;
        let mut undone = Undone::default();
        let mut after = 0;
        while let Some(last) = self.undo_some(run, after, &mut undone).await? {
            after = last;
            progress(undone.deleted + undone.unlinked + undone.kept);
            self.let_others_write().await;
        }
        self.give_back_ids(run).await?;
        self.undone(run, undone).await
    }

    /// The last identity that was looked at, or nothing where there was none.
    async fn undo_some(&self, run: i64, after: i64, undone: &mut Undone) -> Result<Option<i64>> {
        let (realm, scribe) = (self.realm, self.audit.scribe(self.realm));
        let take_back = move |conn: &mut AnyConnection| {
            let brought = runs::brought_after(conn, run, after, BATCH)?;
            let last = brought.last().map(|row| row.id);
            let mut batch = Undone::default();
            let mut admins = Remaining::of(conn)?;
            for row in brought {
                Undoing { realm, run, scribe: &scribe, conn: &mut *conn, admins: &mut admins }.one(&row, &mut batch)?;
            }
            Ok((last, batch))
        };
        let (last, batch) = self.database.write(take_back).await?;
        undone.deleted += batch.deleted;
        undone.unlinked += batch.unlinked;
        undone.kept += batch.kept;
        let room = LISTED.saturating_sub(undone.kept_named.len());
        undone.kept_named.extend(batch.kept_named.into_iter().take(room));
        Ok(last)
    }

    /// Those who gave up an id for somebody of this run have it again, unless that one stays.
    async fn give_back_ids(&self, run: i64) -> Result<()> {
        let realm = self.realm;
        let give_back = move |conn: &mut AnyConnection| {
            for row in runs::moved(conn, run)? {
                let Some(user) = row.user_id else { continue };
                if !runs::is_number_of_another(conn, realm.name(), user)? {
                    forget(conn, realm, user)?;
                }
            }
            Ok(())
        };
        self.database.write(give_back).await
    }

    async fn undone(&self, run: i64, undone: Undone) -> Result<Undone> {
        let (now, scribe) = (stored_time(self.clock.now()), self.audit.scribe(self.realm));
        let detail = Detail::from([
            ("run", run.to_string()),
            ("deleted", undone.deleted.to_string()),
            ("unlinked", undone.unlinked.to_string()),
            ("kept", undone.kept.to_string()),
        ]);
        let mark = move |conn: &mut AnyConnection| {
            runs::undo(conn, run, now)?;
            scribe.tell(conn, Event::ImportUndone, None, detail.clone())
        };
        self.database.write(mark).await?;
        Ok(undone)
    }
}

/// Enabled administrators who are left.
struct Remaining(i64);

impl Remaining {
    fn of(conn: &mut AnyConnection) -> Result<Self> {
        Ok(Self(Administrators::lock(conn)?.count()))
    }
}

struct Undoing<'a> {
    realm: Realm,
    run: i64,
    scribe: &'a Scribe,
    conn: &'a mut AnyConnection,
    admins: &'a mut Remaining,
}

impl Undoing<'_> {
    fn one(&mut self, brought: &BroughtRow, undone: &mut Undone) -> Result<()> {
        // Whoever was deleted since leaves an id that means nobody for ever.
        let Some(id) = brought.user_id else { return Ok(()) };
        let Some(user) = db::users::locked(self.conn, id)? else { return Ok(()) };
        if !brought.made {
            undone.unlinked += 1;
            return forget(self.conn, self.realm, id);
        }
        match self.why_it_stays(brought, &user)? {
            Some(because) => {
                undone.kept += 1;
                let name = Person::from(&user).name;
                undone.kept_named.push(Kept { user: UserId(id), name, because });
            }
            None => {
                undone.deleted += 1;
                self.delete(brought, &user)?;
            }
        }
        Ok(())
    }

    fn why_it_stays(&mut self, brought: &BroughtRow, user: &UserRow) -> Result<Option<Stays>> {
        if !brought.keeps_password || brought.updated != user.updated {
            return Ok(Some(Stays::Changed));
        }
        if runs::is_linked_by_others(self.conn, user.id, self.run)? {
            return Ok(Some(Stays::Linked));
        }
        let alone = is_administrator(user) && self.admins.0 == 1;
        Ok(alone.then_some(Stays::LastAdministrator))
    }

    fn delete(&mut self, brought: &BroughtRow, user: &UserRow) -> Result<()> {
        runs::delete_identity(self.conn, brought.id)?;
        db::users::delete(self.conn, user.id)?;
        if is_administrator(user) {
            self.admins.0 -= 1;
            let detail = Detail::from([("run", self.run.to_string())]);
            self.scribe.tell(self.conn, Event::Deletion, Some(user.into()), detail)?;
        }
        Ok(())
    }
}

fn is_administrator(user: &UserRow) -> bool {
    user.enabled && user.roles.split(',').any(|role| role == crate::Role::Admin.name())
}

/// The realm knows the user as all others do again.
fn forget(conn: &mut AnyConnection, realm: Realm, user: i64) -> Result<()> {
    let Some(row) = db::users::locked(conn, user)? else { return Ok(()) };
    let row = identities::take_back(conn, row, realm)?;
    let mut facts = facts_by_realm(&row.facts)?;
    if facts.remove(realm.name()).is_some() {
        db::imports::set_facts(conn, user, &stored_facts(&facts)?)?;
    }
    Ok(())
}

//! Group commit for SQLite: one thread writes, and what waits for it shares a transaction.
//!
//! A durable commit waits for the disk, whatever is in it. SQLite takes one writer at a time, so
//! writes that arrive while a commit is under way can only wait; they then go into the next
//! transaction together, each under a savepoint of its own, and are answered when it is on the disk.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TrySendError};
use diesel::connection::SimpleConnection as _;
use tokio::sync::oneshot;

use super::connection::{AnyConnection, Manager};
use super::{Failure, immediate, run, transaction};
use crate::{Error, Result};

/// Units that one transaction takes at the most.
const MOST: usize = 256;

/// Units that may wait; one more is refused as busy.
const QUEUE: usize = 4 * MOST;

/// The door to the writing thread, which ends with the last clone.
#[derive(Clone)]
pub struct GroupCommit {
    units: Sender<Box<dyn Unit>>,
    timeout: Duration,
}

impl GroupCommit {
    /// Starts the thread. `pool` is where it takes its connection from, and gets a new one if that is lost.
    pub fn start(pool: r2d2::Pool<Manager>, timeout: Duration) -> Result<Self> {
        let (units, waiting) = crossbeam_channel::bounded(QUEUE);
        std::thread::Builder::new()
            .name("writing".into())
            .spawn(move || serve(&pool, &waiting))
            .map_err(Error::storage)?;
        Ok(Self { units, timeout })
    }

    /// How many units wait.
    #[cfg(test)]
    pub fn waiting(&self) -> usize {
        self.units.len()
    }

    /// Runs a unit of work: all of it, on the disk when this returns, or, on an error, nothing.
    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut AnyConnection) -> Result<T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let until = Instant::now() + self.timeout;
        let unit = Box::new(Waiting { work, outcome: None, answer, until });
        match self.units.try_send(unit) {
            Ok(()) => answered.await.map_err(Error::storage)?,
            Err(TrySendError::Full(_)) => Err(Error::Busy),
            Err(TrySendError::Disconnected(_)) => Err(Error::storage("the writing thread has ended")),
        }
    }
}

/// A unit of work, whatever it returns.
trait Unit: Send {
    /// Whether the transaction that holds it may be committed as far as this unit is concerned.
    fn run(&mut self, conn: &mut AnyConnection) -> Verdict;
    /// Runs it in a transaction of its own.
    fn run_alone(&mut self, pool: &r2d2::Pool<Manager>);
    /// Gives the outcome to whoever waits for it.
    fn answer(self: Box<Self>);
    /// From when nobody should wait for it any more.
    fn until(&self) -> Instant;
}

enum Verdict {
    /// Done.
    Keep,
    /// Refused by a rule; what it wrote is to be taken back.
    TakeBack,
    /// The database failed, and nobody knows what became of the transaction.
    Doubt,
}

struct Waiting<T, F> {
    work: F,
    outcome: Option<Result<T>>,
    answer: oneshot::Sender<Result<T>>,
    until: Instant,
}

impl<T, F> Unit for Waiting<T, F>
where
    T: Send,
    F: Fn(&mut AnyConnection) -> Result<T> + Send,
{
    fn run(&mut self, conn: &mut AnyConnection) -> Verdict {
        let outcome = guarded(|| (self.work)(conn));
        let verdict = match &outcome {
            Ok(_) => Verdict::Keep,
            Err(Error::Storage(_)) => Verdict::Doubt,
            Err(_) => Verdict::TakeBack,
        };
        self.outcome = Some(outcome);
        verdict
    }

    fn run_alone(&mut self, pool: &r2d2::Pool<Manager>) {
        self.outcome = Some(run(pool, |conn| transaction(conn, &|conn| guarded(|| (self.work)(conn)))));
    }

    fn answer(self: Box<Self>) {
        // Where nothing was tried, it waited too long.
        drop(self.answer.send(self.outcome.unwrap_or(Err(Error::Busy))));
    }

    fn until(&self) -> Instant {
        self.until
    }
}

/// A panic is the failure of one unit, not the end of all writing.
fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(Error::storage("a write panicked")))
}

fn serve(pool: &r2d2::Pool<Manager>, waiting: &Receiver<Box<dyn Unit>>) {
    while let Ok(first) = waiting.recv() {
        let now = Instant::now();
        let units = std::iter::once(first).chain(waiting.try_iter().take(MOST - 1));
        let (mut timely, late): (Vec<_>, Vec<_>) = units.partition(|unit| unit.until() > now);
        late.into_iter().for_each(Unit::answer);
        commit(pool, &mut timely);
        timely.into_iter().for_each(Unit::answer);
    }
}

/// Commits the units together; where that goes wrong, one by one, so that each gets its own answer.
fn commit(pool: &r2d2::Pool<Manager>, units: &mut [Box<dyn Unit>]) {
    if units.len() < 2 || together(pool, units).is_err() {
        units.iter_mut().for_each(|unit| unit.run_alone(pool));
    }
}

fn together(pool: &r2d2::Pool<Manager>, units: &mut [Box<dyn Unit>]) -> Result<()> {
    let units = std::cell::RefCell::new(units);
    run(pool, |conn| {
        immediate(conn, |conn| units.borrow_mut().iter_mut().try_for_each(|unit| under_savepoint(conn, unit.as_mut())))
            .map_err(Failure::Outcome)
    })
}

fn under_savepoint(conn: &mut AnyConnection, unit: &mut dyn Unit) -> Result<()> {
    conn.batch_execute("SAVEPOINT unit")?;
    match unit.run(conn) {
        Verdict::Keep => {}
        Verdict::TakeBack => conn.batch_execute("ROLLBACK TO unit")?,
        Verdict::Doubt => {
            return Err(Error::storage("a write that shared its transaction failed; each is done by itself"));
        }
    }
    Ok(conn.batch_execute("RELEASE unit")?)
}

#[cfg(test)]
mod tests {
    use diesel::prelude::*;

    use super::*;
    use crate::db::{Database, DatabaseSettings};

    diesel::table! {
        notes (note) { note -> Text, }
    }

    async fn database(folder: &tempfile::TempDir) -> Database {
        let url = format!("sqlite://{}/test.db", folder.path().display());
        let database = Database::open(&DatabaseSettings { url, ..Default::default() }).unwrap();
        database
            .write(|conn| Ok(conn.batch_execute("CREATE TABLE notes (note TEXT PRIMARY KEY NOT NULL)")?))
            .await
            .unwrap();
        database
    }

    fn note(conn: &mut AnyConnection, note: &str) -> Result<()> {
        Ok(diesel::insert_into(notes::table).values(notes::note.eq(note)).execute(conn).map(drop)?)
    }

    async fn notes(database: &Database) -> Vec<String> {
        database.read(|conn| Ok(notes::table.select(notes::note).order(notes::note).load(conn)?)).await.unwrap()
    }

    /// Keeps the writing thread busy until the guard is dropped, so that what is written meanwhile
    /// has to share a transaction.
    async fn hold(database: &Database) -> crossbeam_channel::Sender<()> {
        let (guard, held) = crossbeam_channel::bounded::<()>(0);
        let (begun, began) = crossbeam_channel::bounded::<()>(1);
        let database = database.clone();
        tokio::spawn(async move {
            let wait = move |_: &mut AnyConnection| {
                begun.send(()).unwrap();
                assert!(held.recv().is_err());
                Ok(())
            };
            database.write(wait).await
        });
        while began.is_empty() {
            tokio::task::yield_now().await;
        }
        guard
    }

    async fn release(database: &Database, guard: crossbeam_channel::Sender<()>, units: usize) {
        while database.waiting_writes() < units {
            tokio::task::yield_now().await;
        }
        drop(guard);
    }

    #[tokio::test]
    async fn a_refused_unit_takes_nothing_from_those_that_share_its_transaction() {
        let folder = tempfile::tempdir().unwrap();
        let database = database(&folder).await;
        let guard = hold(&database).await;
        let one = database.write(|conn| note(conn, "one"));
        let refused = database.write(|conn| {
            note(conn, "refused")?;
            Err::<(), _>(Error::LastAdmin)
        });
        let two = database.write(|conn| note(conn, "two"));
        let (one, refused, two, ()) = tokio::join!(one, refused, two, release(&database, guard, 3));
        assert!(one.is_ok() && two.is_ok());
        assert!(matches!(refused, Err(Error::LastAdmin)));
        assert_eq!(notes(&database).await, ["one", "two"]);
    }

    #[tokio::test]
    async fn a_unit_that_fails_or_panics_fails_alone() {
        let folder = tempfile::tempdir().unwrap();
        let database = database(&folder).await;
        let guard = hold(&database).await;
        let one = database.write(|conn| note(conn, "one"));
        // SQLite gives the whole transaction up, not only the statement.
        let failing = database.write(|conn| Ok(conn.batch_execute("ROLLBACK; SELECT nothing FROM nowhere")?));
        let panicking = database.write(|_| -> Result<()> { panic!("a rule with a mistake in it") });
        let two = database.write(|conn| note(conn, "two"));
        let (one, failing, panicking, two, ()) =
            tokio::join!(one, failing, panicking, two, release(&database, guard, 4));
        assert!(one.is_ok() && two.is_ok());
        assert!(matches!(failing, Err(Error::Storage(_))) && matches!(panicking, Err(Error::Storage(_))));
        assert_eq!(notes(&database).await, ["one", "two"]);
    }

    #[tokio::test]
    async fn a_unit_is_answered_when_others_can_see_it() {
        let folder = tempfile::tempdir().unwrap();
        let database = database(&folder).await;
        let writes = (0..100).map(|number| {
            let database = database.clone();
            tokio::spawn(async move {
                let name = format!("{number:03}");
                let written = name.clone();
                database.write(move |conn| note(conn, &written)).await.unwrap();
                assert!(notes(&database).await.contains(&name));
            })
        });
        for write in writes.collect::<Vec<_>>() {
            write.await.unwrap();
        }
        assert_eq!(notes(&database).await.len(), 100);
    }
}

//! What the exchanges of a whole run say about each clause, against what is committed of it.
//!
//! `dialects/run.json` and `dialects/README.md` are printed by a run and never written by hand. A whole run that
//! comes to something else fails; with `DRAGOMAN_RECORD=1` it writes them anew.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result, bail, ensure};
use dragoman::commands::compat::readme;
use dragoman::dialects;
use dragoman_exchange::register::Register;
use dragoman_exchange::run::{Note, Place, Run};
use dragoman_tests::{Database, root};

use crate::trials::Trials;

pub(crate) fn register(trials: &mut Trials) {
    trials.once("a stale record is told by the first line that is stale", stale_lines_are_told);
}

/// Set to 1, it makes a whole run write its record.
const RECORD: &str = "DRAGOMAN_RECORD";

/// Collects what becomes of each exchange, from tests that run at the same time.
#[derive(Default)]
pub(crate) struct Record(Mutex<State>);

#[derive(Default)]
struct State {
    expected: usize,
    notes: Vec<Note>,
}

impl Record {
    /// An exchange is going to be held, unless its test is filtered out.
    pub(crate) fn expect_one_more(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).expected += 1;
    }

    /// An exchange was held.
    pub(crate) fn note(&self, note: Note) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).notes.push(note);
    }

    /// Compares a whole run with what is committed, or writes it. Of a part of a run nothing can be said.
    pub(crate) fn settle(&self) -> Result<()> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let whole = state.notes.len() == state.expected;
        let fresh = || fresh(&state.notes);
        match (std::env::var_os(RECORD).is_some_and(|value| value == "1"), whole) {
            (true, true) => fresh()?.iter().try_for_each(Page::write),
            // Somebody wants only something else recorded, such as the goldens.
            (true, false) if state.notes.is_empty() => Ok(()),
            (true, false) => {
                bail!("nothing is recorded: only {} of {} exchanges came to an end", state.notes.len(), state.expected)
            }
            (false, true) => complain(fresh()?.iter().map(Page::staleness).collect::<Result<Vec<_>>>()?, "exchange"),
            (false, false) => Ok(()),
        }
    }
}

/// The registers of all dialects.
pub(crate) fn registers() -> Result<Vec<Register>> {
    let register = |name| Register::read_file(&root().join("dialects").join(name).join("contract.toml"));
    dialects::ALL.iter().map(|dialect| register(dialect.name)).collect()
}

/// Where verdicts of a test run come from.
pub(crate) fn place(database: Database) -> Place {
    Place::Database(database.name().to_owned())
}

/// A committed file, and what should stand in it.
pub(crate) struct Page {
    pub(crate) name: &'static str,
    pub(crate) text: String,
}

fn fresh(notes: &[Note]) -> Result<[Page; 2]> {
    let registers = registers()?;
    let run = Run::of(&registers, &Database::ALL.map(place), notes);
    Ok([
        Page { name: "dialects/run.json", text: run.to_json()? },
        Page { name: "dialects/README.md", text: readme(&registers, &run)? },
    ])
}

impl Page {
    fn path(&self) -> PathBuf {
        root().join(self.name)
    }

    fn write(&self) -> Result<()> {
        std::fs::write(self.path(), &self.text).with_context(|| format!("cannot write {}", self.name))
    }

    /// Compares the page with what is committed, or writes it. `filter` chooses the tests that print it.
    pub(crate) fn settle(&self, filter: &str) -> Result<()> {
        if std::env::var_os(RECORD).is_some_and(|value| value == "1") {
            return self.write();
        }
        complain(vec![self.staleness()?], filter)
    }

    /// How the committed file differs from the run, if it does.
    fn staleness(&self) -> Result<Option<String>> {
        let committed = std::fs::read_to_string(self.path()).with_context(|| format!("cannot read {}", self.name))?;
        Ok(difference(&committed, &self.text).map(|difference| format!("{} is stale: {difference}", self.name)))
    }
}

/// The first line that is not as it should be.
fn difference(committed: &str, fresh: &str) -> Option<String> {
    if committed == fresh {
        return None;
    }
    let (mut old, mut new) = (committed.lines(), fresh.lines());
    for number in 1.. {
        match (old.next(), new.next()) {
            (None, None) => break,
            (old, new) if old == new => {}
            (old, new) => {
                let [old, new] = [old, new].map(|line| line.unwrap_or("nothing"));
                return Some(format!("line {number} is\n  {old}\nwhere this run says\n  {new}"));
            }
        }
    }
    Some("its line ends are different".to_owned())
}

fn complain(stale: Vec<Option<String>>, filter: &str) -> Result<()> {
    let stale: Vec<String> = stale.into_iter().flatten().collect();
    if stale.is_empty() {
        return Ok(());
    }
    bail!("{}\nIf that is as it should be, record it: {RECORD}=1 tests/run -- {filter}", stale.join("\n"))
}

fn stale_lines_are_told() -> Result<()> {
    let cases = [
        ("a\nb\n", "a\nb\n", None),
        ("a\nb\n", "a\nc\n", Some("line 2 is\n  b\nwhere this run says\n  c")),
        ("a\n", "a\nb\n", Some("line 2 is\n  nothing\nwhere this run says\n  b")),
        ("a\nb\n", "a\n", Some("line 2 is\n  b\nwhere this run says\n  nothing")),
        ("a\r\n", "a\n", Some("its line ends are different")),
    ];
    for (committed, fresh, expected) in cases {
        let told = difference(committed, fresh);
        ensure!(told.as_deref() == expected, "{committed:?} against {fresh:?}: {told:?}");
    }
    ensure!(complain(vec![None, None], "x").is_ok());
    ensure!(complain(vec![None, Some("x is stale".to_owned())], "x").is_err());
    Ok(())
}

//! What a rehearsal or a run has found: counted, with a few examples of each kind.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::clash::{Action, Clash, Finding};
use super::decide::{Decision, Judgement};
use super::keys::Keys;

/// Examples of each kind of clash that are kept.
const EXAMPLES: usize = 100;

/// Administrators that are listed.
const ADMINISTRATORS: usize = 1000;

/// Where a record stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub source: Arc<str>,
    /// Which record of it, counted from 1.
    pub record: u64,
}

/// An arrival that clashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Where it stands.
    pub place: Place,
    /// How it is called; empty where it has no name.
    pub arrival: String,
    /// The user that it clashes with, or what else is to be said of it.
    pub with: String,
    /// What becomes of it.
    pub action: Action,
    /// Its username here, where it comes in under another one than it had there.
    pub new_name: Option<String>,
}

impl Example {
    /// Stands for one that was not kept.
    pub(crate) fn unknown() -> Self {
        let place = Place { source: Arc::from(""), record: 0 };
        Self { place, arrival: String::new(), with: String::new(), action: Action::Refuse, new_name: None }
    }
}

/// All clashes of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Clashes {
    /// How many there are.
    pub count: u64,
    /// Those of them about which nobody has decided.
    pub undecided: u64,
    /// What becomes of them, with counts.
    pub actions: BTreeMap<Action, u64>,
    /// How many of them take a name, in their dialect, from somebody who was here with it.
    pub names_taken: u64,
    /// The first of them.
    pub examples: Vec<Example>,
}

impl Clashes {
    fn append(&mut self, other: Self) {
        self.count += other.count;
        self.undecided += other.undecided;
        self.names_taken += other.names_taken;
        for (action, count) in other.actions {
            *self.actions.entry(action).or_default() += count;
        }
        let room = EXAMPLES.saturating_sub(self.examples.len());
        self.examples.extend(other.examples.into_iter().take(room));
    }
}

/// Somebody who will administer here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Administrator {
    /// Where its record stands.
    pub place: Place,
    /// How it is called.
    pub name: String,
}

/// What was found, and what becomes of the records.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings {
    /// Records that were looked at.
    pub records: u64,
    /// Those that become users.
    pub made: u64,
    /// Those that become one more identity of a user.
    pub linked: u64,
    /// Those that do not come in.
    pub skipped: u64,
    /// Those of them that are not here either, and are kept for an export.
    pub left_out: u64,
    /// Those about which nobody has decided.
    pub refused: u64,
    /// Those that become users who administer.
    pub administrators: u64,
    /// The first of these.
    pub administrators_named: Vec<Administrator>,
    /// By kind.
    pub clashes: BTreeMap<Clash, Clashes>,
}

impl Findings {
    /// Whether everything is decided.
    #[must_use]
    pub fn is_decided(&self) -> bool {
        self.refused == 0
    }

    /// Adds what was found in another source.
    pub fn append(&mut self, other: Self) {
        self.records += other.records;
        self.made += other.made;
        self.linked += other.linked;
        self.skipped += other.skipped;
        self.left_out += other.left_out;
        self.refused += other.refused;
        self.administrators += other.administrators;
        let room = ADMINISTRATORS.saturating_sub(self.administrators_named.len());
        self.administrators_named.extend(other.administrators_named.into_iter().take(room));
        for (clash, clashes) in other.clashes {
            self.clashes.entry(clash).or_default().append(clashes);
        }
    }

    /// Adds a record, with the name that it has here if that is another than it had there.
    pub(crate) fn add(&mut self, place: &Place, keys: &Keys, judgement: &Judgement, new_name: Option<&str>) {
        self.records += 1;
        self.left_out += u64::from(judgement.leaves_out() && !judgement.tells(Clash::Unreadable));
        match judgement.decision {
            Decision::Make(_) => self.make(place, keys),
            Decision::Link(_) => self.linked += 1,
            Decision::Skip => self.skipped += 1,
            Decision::Refuse => self.refused += 1,
        }
        for finding in &judgement.findings {
            let renamed = matches!(finding.action, Action::Rename | Action::KeepApart);
            self.note(place, keys.shown(), finding, new_name.filter(|_| renamed));
        }
    }

    fn make(&mut self, place: &Place, keys: &Keys) {
        self.made += 1;
        if keys.admin {
            self.administrators += 1;
            if self.administrators_named.len() < ADMINISTRATORS {
                self.administrators_named.push(Administrator { place: place.clone(), name: keys.shown() });
            }
        }
    }

    fn note(&mut self, place: &Place, arrival: String, finding: &Finding, new_name: Option<&str>) {
        let clashes = self.clashes.entry(finding.clash).or_default();
        clashes.count += 1;
        clashes.undecided += u64::from(finding.action == Action::Refuse);
        clashes.names_taken += u64::from(finding.takes_name);
        *clashes.actions.entry(finding.action).or_default() += 1;
        if clashes.examples.len() < EXAMPLES {
            let (place, with) = (place.clone(), finding.with.clone());
            let (action, new_name) = (finding.action, new_name.map(str::to_owned));
            clashes.examples.push(Example { place, arrival, with, action, new_name });
        }
    }
}

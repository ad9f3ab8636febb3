//! The record of a run: what became of each clause, by profile and by what the exchanges were held with.

mod json;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::conform::{Tally, Verdict};
use crate::exchange::Profile;
use crate::register::Register;
use crate::replay::Outcome;

/// The record of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Run {
    /// In the order of the registers, then by profile, then by place.
    pub rows: Vec<Row>,
}

/// What became of a clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The dialect.
    pub dialect: String,
    /// The clause's id.
    pub clause: String,
    /// The profile.
    pub profile: Profile,
    /// What the exchanges were held with.
    pub place: Place,
    /// What is known of the clause.
    pub verdict: Verdict,
    /// How many exchanges that show it held.
    pub held: usize,
    /// How many deviated.
    pub deviated: usize,
}

/// What the exchanges were held with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// The gateway, on this database.
    Database(String),
    /// A server, at this address.
    Server(String),
}

impl Place {
    /// The database or the address.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Database(name) | Self::Server(name) => name,
        }
    }
}

/// How one exchange went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The dialect.
    pub dialect: String,
    /// The clauses that the exchange shows.
    pub clauses: Vec<String>,
    /// The profile.
    pub profile: Profile,
    /// What it was held with.
    pub place: Place,
    /// How it went.
    pub outcome: Outcome,
}

impl Run {
    /// From exchanges to clauses. The order of the notes does not matter.
    #[must_use]
    pub fn of(registers: &[Register], places: &[Place], notes: &[Note]) -> Self {
        let clauses =
            registers.iter().flat_map(|register| register.clauses.iter().map(move |clause| (register, clause)));
        let profiles = clauses.flat_map(|clause| Profile::ALL.map(|profile| (clause, profile)));
        let rows = profiles.flat_map(|((register, clause), profile)| {
            places.iter().map(move |place| {
                let about = |note: &&Note| {
                    (note.dialect == register.dialect && note.profile == profile && note.place == *place)
                        && note.clauses.contains(&clause.id)
                };
                Row::of(&register.dialect, &clause.id, profile, place, notes.iter().filter(about))
            })
        });
        Self { rows: rows.collect() }
    }
}

impl Row {
    fn of<'a>(
        dialect: &str,
        clause: &str,
        profile: Profile,
        place: &Place,
        notes: impl Iterator<Item = &'a Note>,
    ) -> Self {
        let mut tally = Tally::default();
        notes.for_each(|note| tally.add(&note.outcome));
        let (held, deviated, verdict) = (tally.held, tally.deviated, tally.verdict(profile));
        let (dialect, clause) = (dialect.to_owned(), clause.to_owned());
        Self { dialect, clause, profile, place: place.clone(), verdict, held, deviated }
    }

    /// Whether another row speaks of the same.
    #[must_use]
    pub fn is_about(&self, dialect: &str, clause: &str, profile: Profile, place: &Place) -> bool {
        self.dialect == dialect && self.clause == clause && self.profile == profile && self.place == *place
    }
}

//! From exchanges to clauses.

use std::collections::{BTreeMap, BTreeSet};

use super::{Campaign, Finding};
use crate::exchange::Profile;
use crate::replay::Outcome;

/// What is known of a clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// An exchange that shows it held, and none deviated.
    Holds,
    /// An exchange that shows it deviated.
    Differs,
    /// No exchange that shows it could be held; the text says why.
    NotReachable(String),
}

impl Verdict {
    /// The verdict in a word or two.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Differs => "differs",
            Self::NotReachable(_) => "not reachable",
        }
    }
}

/// A clause, and what the exchanges say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClauseFinding {
    /// Its id.
    pub clause: String,
    /// What is known of it.
    pub verdict: Verdict,
    /// How many exchanges that show it held.
    pub held: usize,
    /// How many deviated.
    pub deviated: usize,
}

/// How the exchanges that show a clause went.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) held: usize,
    pub(crate) deviated: usize,
    /// Each once, and in order whatever the order of the exchanges.
    reasons: BTreeSet<String>,
}

/// Every clause that any exchange shows, whatever its profile.
pub(crate) fn of_clauses(campaign: &Campaign<'_>, findings: &[Finding<'_>]) -> Vec<ClauseFinding> {
    let mut tallies: BTreeMap<(String, u32, &str), Tally> = BTreeMap::new();
    for clause in campaign.exchanges.iter().flat_map(|exchange| &exchange.clauses) {
        tallies.entry(natural(clause)).or_default();
    }
    for finding in findings {
        for clause in &finding.exchange.clauses {
            tallies.entry(natural(clause)).or_default().add(&finding.outcome);
        }
    }
    let finding = |((_, _, clause), tally): ((String, u32, &str), Tally)| tally.finding(clause, campaign.profile);
    tallies.into_iter().map(finding).collect()
}

impl Tally {
    pub(crate) fn add(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Held => self.held += 1,
            Outcome::Deviated(_) => self.deviated += 1,
            Outcome::NotReachable(reason) => {
                self.reasons.insert(reason.clone());
            }
        }
    }

    /// What this tells of the clause in a profile.
    pub(crate) fn verdict(self, profile: Profile) -> Verdict {
        match (self.held, self.deviated) {
            (_, 1..) => Verdict::Differs,
            (1.., 0) => Verdict::Holds,
            (0, 0) if self.reasons.is_empty() => {
                Verdict::NotReachable(format!("no exchange shows it in the {} profile", profile.name()))
            }
            (0, 0) => Verdict::NotReachable(self.reasons.into_iter().collect::<Vec<_>>().join("; ")),
        }
    }

    fn finding(self, clause: &str, profile: Profile) -> ClauseFinding {
        let (held, deviated) = (self.held, self.deviated);
        ClauseFinding { clause: clause.to_owned(), verdict: self.verdict(profile), held, deviated }
    }
}

/// `R2` comes before `R10`.
fn natural(clause: &str) -> (String, u32, &str) {
    let letters = clause.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = clause.get(letters.len()..).and_then(|digits| digits.parse().ok()).unwrap_or(0);
    (letters.to_owned(), number, clause)
}

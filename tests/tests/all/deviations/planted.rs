//! What is planted, and what has to be found: one row is one wrong server.

mod amadis;
mod basic;
mod jwt;
mod onyx;
mod vitja;

use super::{Change, Deviation};

/// What is planted in a dialect.
#[derive(Clone, Copy)]
pub(super) struct Planted {
    /// In a gateway that does as the document says.
    pub(super) documented: &'static [Deviation],
    /// In one that does as the original did.
    pub(super) observed: &'static [Deviation],
}

impl Planted {
    /// Whether anything is planted that breaks the clause.
    pub(super) fn breaks(&self, clause: &str) -> bool {
        self.documented.iter().chain(self.observed).any(|deviation| deviation.clauses().any(|broken| broken == clause))
    }
}

pub(super) fn of_dialect(dialect: &str) -> Option<Planted> {
    match dialect {
        "onyx" => Some(onyx::PLANTED),
        "basic" => Some(basic::PLANTED),
        "vitja" => Some(vitja::PLANTED),
        "amadis" => Some(amadis::PLANTED),
        "jwt" => Some(jwt::PLANTED),
        _ => None,
    }
}

/// A row: which answers, what is done to them, and the clauses that must be found to differ.
const fn on(answers: &'static str, change: Change, clauses: &'static str) -> Deviation {
    Deviation { answers, change, clauses }
}

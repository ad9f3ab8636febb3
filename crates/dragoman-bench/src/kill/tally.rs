//! How much was written, so that one sees what a run is worth.

use std::collections::BTreeMap;
use std::fmt;

/// A write, as the client counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effect {
    Registration,
    SignIn,
    Renewal,
    Logout,
    PasswordChange,
    Deletion,
}

impl Effect {
    fn plural(self) -> &'static str {
        match self {
            Self::Registration => "registrations",
            Self::SignIn => "sign-ins",
            Self::Renewal => "renewed tokens",
            Self::Logout => "logouts",
            Self::PasswordChange => "password changes",
            Self::Deletion => "deletions",
        }
    }
}

/// Writes by kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tally(BTreeMap<Effect, u64>);

impl Tally {
    pub(super) fn count(&mut self, effect: Effect) {
        *self.0.entry(effect).or_default() += 1;
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (effect, count) in &other.0 {
            *self.0.entry(*effect).or_default() += count;
        }
    }

    pub(super) fn total(&self) -> u64 {
        self.0.values().sum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<_> = self.0.iter().map(|(effect, count)| format!("{count} {}", effect.plural())).collect();
        write!(f, "{}", self.total())?;
        if kinds.is_empty() { Ok(()) } else { write!(f, " ({})", kinds.join(", ")) }
    }
}

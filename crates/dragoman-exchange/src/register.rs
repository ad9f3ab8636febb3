//! The clause register of a dialect, `dialects/<name>/contract.toml`: what is promised, and how we know it.

mod check;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use crate::exchange::Profile;

pub use check::{half_answered, never_turned_on, not_shown, unknown};

/// Every clause of one dialect.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// The dialect.
    pub dialect: String,
    /// The document that the dialect began with, in a sentence.
    pub seed: String,
    /// The clauses, in the order of the contract.
    #[serde(rename = "clause")]
    pub clauses: Vec<Clause>,
}

/// One promise.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// Its id, a capital letter and a number: `R4`.
    pub id: String,
    /// What it promises, in a sentence or two.
    pub says: String,
    /// Where it comes from; more than one where its parts come from different places.
    pub grades: Vec<Grade>,
    /// The answer in the documented profile, where the profiles differ.
    pub documented: Option<String>,
    /// The answer in the observed profile, where the profiles differ.
    pub observed: Option<String>,
    /// The hazard that changes what it promises.
    pub hazard: Option<String>,
}

/// Where a clause, or a part of it, comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// The document says so.
    Documented,
    /// The original server was seen to do so.
    Observed,
    /// Nobody says; it is our reading.
    Chosen,
}

impl Grade {
    /// All of them, the best founded first.
    pub const ALL: [Self; 3] = [Self::Documented, Self::Observed, Self::Chosen];

    /// Its name, as registers spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Observed => "observed",
            Self::Chosen => "chosen",
        }
    }

    /// What it means, in a few words.
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Documented => "the document of the API says so",
            Self::Observed => "the original server was seen to do so",
            Self::Chosen => "nobody says; it is our reading",
        }
    }
}

impl Register {
    /// Reads a register; `file` is what complaints call it.
    ///
    /// # Errors
    /// When it is no register, a clause is incomplete, or two clauses have one id.
    pub fn read_str(text: &str, file: &Path) -> Result<Self> {
        let register: Self = toml::from_str(text).with_context(|| format!("{} is no register", file.display()))?;
        let mut seen = BTreeSet::new();
        for clause in &register.clauses {
            clause.check().with_context(|| format!("{}: {}", file.display(), clause.id))?;
            ensure!(seen.insert(&clause.id), "{}: {} is there twice", file.display(), clause.id);
        }
        Ok(register)
    }

    /// Reads a register from its file.
    ///
    /// # Errors
    /// When there is none, and as [`Register::read_str`].
    pub fn read_file(file: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        Self::read_str(&text, file)
    }

    /// The clause of this id.
    #[must_use]
    pub fn clause(&self, id: &str) -> Option<&Clause> {
        self.clauses.iter().find(|clause| clause.id == id)
    }
}

impl Clause {
    /// The answers of the two profiles, where they differ.
    #[must_use]
    pub fn answers(&self) -> Option<[(Profile, &str); 2]> {
        let (documented, observed) = (self.documented.as_deref()?, self.observed.as_deref()?);
        Some([(Profile::Documented, documented), (Profile::Observed, observed)])
    }

    fn check(&self) -> Result<()> {
        let number = self.id.strip_prefix(|first: char| first.is_ascii_uppercase());
        let numbered = number.is_some_and(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()));
        ensure!(numbered, "an id is a capital letter and a number");
        ensure!(!self.says.trim().is_empty(), "it says nothing");
        let grades: BTreeSet<_> = self.grades.iter().collect();
        ensure!(!grades.is_empty(), "it has no grade");
        ensure!(grades.len() == self.grades.len(), "it has a grade twice");
        ensure!(self.documented.is_some() == self.observed.is_some(), "it has the answer of one profile only");
        ensure!(self.answers().is_none_or(|[(_, one), (_, other)]| one != other), "both profiles answer alike");
        Ok(())
    }
}

//! What a run showed, and whether it showed anything.

use std::fmt;
use std::path::PathBuf;

use super::ledger::Violation;
use super::load::Outcome;
use super::process::Database;
use super::tally::Tally;

/// Fewer acknowledged writes between start and kill, on average, and the kills met an idle gateway.
const LEAST_WRITES: u64 = 20;

/// A run in figures.
#[derive(Debug)]
pub(super) struct Summary {
    pub(super) database: Database,
    seed: u64,
    /// Of each round: writes that were acknowledged, and those that were not when the kill came.
    rounds: Vec<(u64, u64)>,
    pub(super) database_stops: u32,
    acknowledged: Tally,
    unknown: Tally,
    pub(super) users: usize,
    pub(super) facts: usize,
    pub(super) violations: Vec<String>,
    pub(super) integrity: Option<String>,
    /// Where the files are, if something is wrong.
    pub(super) evidence: Option<PathBuf>,
}

impl Summary {
    pub(super) fn new(database: Database, seed: u64) -> Self {
        Self {
            database,
            seed,
            rounds: Vec::new(),
            database_stops: 0,
            acknowledged: Tally::default(),
            unknown: Tally::default(),
            users: 0,
            facts: 0,
            violations: Vec::new(),
            integrity: None,
            evidence: None,
        }
    }

    pub(super) fn killed(&mut self, acknowledged: u64, unknown: u64) {
        self.rounds.push((acknowledged, unknown));
    }

    pub(super) fn book(&mut self, outcome: &Outcome) {
        self.acknowledged.add(&outcome.acknowledged);
        self.unknown.add(&outcome.unknown);
        self.complain(&outcome.violations);
    }

    /// Violations that came to light after the last kill.
    pub(super) fn complain(&mut self, violations: &[Violation]) {
        let round = self.rounds.len();
        self.violations.extend(violations.iter().map(|violation| format!("kill {round}: {violation}")));
    }

    /// Nothing is lost, nothing revived, and the file is whole.
    pub(super) fn is_sound(&self) -> bool {
        self.violations.is_empty() && self.integrity.as_deref().is_none_or(|answer| answer == "ok")
    }

    /// The kills came in the middle of work: enough was written, and in most rounds something was under way.
    pub(super) fn proves_something(&self) -> bool {
        self.mean_writes() >= LEAST_WRITES && self.interrupted() * 2 > self.rounds.len()
    }

    fn mean_writes(&self) -> u64 {
        let rounds = u64::try_from(self.rounds.len()).unwrap_or(u64::MAX);
        self.acknowledged.total().checked_div(rounds).unwrap_or_default()
    }

    fn interrupted(&self) -> usize {
        self.rounds.iter().filter(|(_, unknown)| *unknown > 0).count()
    }

    fn verdict(&self) -> &'static str {
        match (self.is_sound(), self.proves_something()) {
            (false, _) => "NOT SOUND",
            (true, false) => "proves nothing: the kills met an idle gateway",
            (true, true) => "sound",
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let writes = || self.rounds.iter().map(|(acknowledged, _)| *acknowledged);
        let (least, most) = (writes().min().unwrap_or_default(), writes().max().unwrap_or_default());
        let stops = match self.database {
            Database::Sqlite => String::new(),
            Database::Postgres => format!(", in {} of them PostgreSQL too", self.database_stops),
        };
        writeln!(f, "database             {} (seed {})", self.database.name(), self.seed)?;
        writeln!(f, "kills                {}{stops}", self.rounds.len())?;
        writeln!(f, "acknowledged writes  {}", self.acknowledged)?;
        writeln!(f, "  between two kills  {} on average, {least} to {most}", self.mean_writes())?;
        writeln!(f, "unknown at the kill  {}", self.unknown)?;
        writeln!(f, "  rounds with some   {}", self.interrupted())?;
        writeln!(f, "facts looked at      {}, at the end of all {} users", self.facts, self.users)?;
        if let Some(integrity) = &self.integrity {
            writeln!(f, "integrity_check      {integrity}")?;
        }
        writeln!(f, "violations           {}", self.violations.len())?;
        for violation in &self.violations {
            writeln!(f, "  {violation}")?;
        }
        if let Some(folder) = &self.evidence {
            writeln!(f, "files kept in        {}", folder.display())?;
        }
        writeln!(f, "verdict              {}", self.verdict())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tally::Effect;
    use super::*;

    fn summary(rounds: &[(u64, u64)]) -> Summary {
        let mut summary = Summary::new(Database::Sqlite, 1);
        for &(acknowledged, unknown) in rounds {
            let mut outcome = Outcome::default();
            (0..acknowledged).for_each(|_| outcome.acknowledged.count(Effect::Logout));
            (0..unknown).for_each(|_| outcome.unknown.count(Effect::Deletion));
            summary.killed(acknowledged, unknown);
            summary.book(&outcome);
        }
        summary
    }

    #[test]
    fn kills_in_the_middle_of_work_prove_something() {
        let busy = summary(&[(30, 2), (10, 1)]);
        assert!(busy.proves_something());
        let printed = busy.to_string();
        assert!(printed.contains("acknowledged writes  40 (40 logouts)\n"), "{printed}");
        assert!(printed.contains("20 on average, 10 to 30\n"), "{printed}");
        assert!(printed.ends_with("verdict              sound\n"), "{printed}");
    }

    #[test]
    fn kills_of_an_idle_gateway_prove_nothing() {
        for idle in [summary(&[(30, 2), (9, 1)]), summary(&[(30, 2), (30, 0)]), summary(&[])] {
            assert!(!idle.proves_something());
            assert!(idle.is_sound());
            assert!(idle.to_string().contains("proves nothing"));
        }
    }

    #[test]
    fn a_violation_or_a_broken_file_is_not_sound() {
        let mut violated = summary(&[(30, 2)]);
        violated.complain(&[Violation("ann: lost".to_owned())]);
        assert!(!violated.is_sound());
        assert!(violated.to_string().contains("violations           1\n  kill 1: ann: lost\n"), "{violated}");
        let mut broken = summary(&[(30, 2)]);
        broken.integrity = Some("row 7 missing from index".to_owned());
        assert!(!broken.is_sound());
        assert!(broken.to_string().contains("NOT SOUND"));
    }
}

//! Clauses down, profiles and places across.

use std::collections::HashSet;

use anyhow::{Context as _, Result, ensure};
use dragoman_exchange::Profile;
use dragoman_exchange::conform::Verdict;
use dragoman_exchange::register::{Clause, Register};
use dragoman_exchange::run::{Place, Row, Run};

/// The matrix of the dialects that a run speaks of.
pub(super) struct Matrix<'a> {
    /// One a dialect, in the order of the registers.
    pub(super) sections: Vec<Section<'a>>,
}

/// The matrix of one dialect.
pub(super) struct Section<'a> {
    pub(super) register: &'a Register,
    /// Documented before observed.
    pub(super) columns: Vec<Column<'a>>,
    pub(super) lines: Vec<Line<'a>>,
}

/// Where verdicts come from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Column<'a> {
    pub(super) profile: Profile,
    pub(super) place: &'a Place,
}

/// A clause and what became of it.
pub(super) struct Line<'a> {
    pub(super) clause: &'a Clause,
    /// One a column; none: the run says nothing.
    pub(super) cells: Vec<Option<&'a Row>>,
}

/// How many verdicts are there, by verdict.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) holds: usize,
    pub(super) differs: usize,
    pub(super) unreached: usize,
}

impl Count {
    pub(super) fn of<'a>(rows: impl Iterator<Item = &'a Row>) -> Self {
        let mut count = Self::default();
        for row in rows {
            match &row.verdict {
                Verdict::Holds => count.holds += 1,
                Verdict::Differs => count.differs += 1,
                Verdict::NotReachable(_) => count.unreached += 1,
            }
        }
        count
    }
}

impl<'a> Matrix<'a> {
    /// Brings a run and the registers together.
    pub(super) fn new(registers: &'a [Register], run: &'a Run) -> Result<Self> {
        check(registers, run)?;
        let sections = registers.iter().map(|register| Section::new(register, run));
        Ok(Self { sections: sections.filter(|section| !section.columns.is_empty()).collect() })
    }

    /// The columns of all dialects.
    pub(super) fn columns(&self) -> Vec<Column<'a>> {
        distinct(self.sections.iter().flat_map(|section| section.columns.iter().copied()))
    }
}

impl<'a> Section<'a> {
    fn new(register: &'a Register, run: &'a Run) -> Self {
        let rows: Vec<&Row> = run.rows.iter().filter(|row| row.dialect == register.dialect).collect();
        let columns = distinct(rows.iter().map(|row| Column { profile: row.profile, place: &row.place }));
        let line = |clause: &'a Clause| {
            let cell = |column: &Column<'_>| {
                let found = rows
                    .iter()
                    .find(|row| row.clause == clause.id && row.profile == column.profile && row.place == *column.place);
                found.copied()
            };
            Line { clause, cells: columns.iter().map(cell).collect() }
        };
        let lines = register.clauses.iter().map(line).collect();
        Self { register, columns, lines }
    }

    /// How many clauses hold and differ in a column; none when the dialect has no such column.
    pub(super) fn count(&self, column: &Column<'_>) -> Option<Count> {
        let index = self.columns.iter().position(|own| own == column)?;
        let cells = self.lines.iter().filter_map(|line| line.cells.get(index).copied().flatten());
        Some(Count::of(cells))
    }

    /// Every cell that a run speaks of.
    pub(super) fn rows(&self) -> impl Iterator<Item = &'a Row> {
        self.lines.iter().flat_map(|line| line.cells.iter().copied().flatten())
    }
}

fn distinct<'a>(columns: impl Iterator<Item = Column<'a>>) -> Vec<Column<'a>> {
    let mut distinct: Vec<Column<'a>> = Vec::new();
    for column in columns {
        if !distinct.contains(&column) {
            distinct.push(column);
        }
    }
    distinct.sort_by_key(|column| column.profile); // places stay in the order of the run
    distinct
}

fn check(registers: &[Register], run: &Run) -> Result<()> {
    let mut seen = HashSet::new();
    for Row { dialect, clause, profile, place, .. } in &run.rows {
        let register = registers.iter().find(|register| register.dialect == *dialect);
        let register = register.with_context(|| format!("no dialect is called {dialect:?}"))?;
        ensure!(register.clause(clause).is_some(), "{dialect} has no clause {clause}");
        let (profile, place) = (profile.name(), place.name());
        ensure!(
            seen.insert((dialect, clause, profile, place)),
            "{dialect} {clause} has two verdicts for the {profile} profile on {place}"
        );
    }
    Ok(())
}

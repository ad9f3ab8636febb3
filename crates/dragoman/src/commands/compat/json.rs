//! The matrix as one JSON document. It may grow; its keys keep their meaning.

use anyhow::Result;
use dragoman_exchange::conform::Verdict;
use dragoman_exchange::register::Grade;
use dragoman_exchange::run::{Place, Row};
use serde::Serialize;

use super::matrix::{Line, Matrix, Section};

#[derive(Serialize)]
struct Document<'a> {
    dialects: Vec<Dialect<'a>>,
}

#[derive(Serialize)]
struct Dialect<'a> {
    dialect: &'a str,
    seed: &'a str,
    clauses: Vec<Clause<'a>>,
}

#[derive(Serialize)]
struct Clause<'a> {
    clause: &'a str,
    says: &'a str,
    grades: Vec<&'static str>,
    /// The answers of the two profiles, where they differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    documented: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    observed: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hazard: Option<&'a str>,
    verdicts: Vec<Judgement<'a>>,
}

#[derive(Serialize)]
struct Judgement<'a> {
    profile: &'static str,
    /// `database`, or `server` where it was not the gateway.
    #[serde(flatten)]
    place: &'a Place,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    held: usize,
    deviated: usize,
}

pub(super) fn document(matrix: &Matrix<'_>) -> Result<String> {
    let document = Document { dialects: matrix.sections.iter().map(dialect).collect() };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn dialect<'a>(section: &Section<'a>) -> Dialect<'a> {
    let register = section.register;
    Dialect { dialect: &register.dialect, seed: &register.seed, clauses: section.lines.iter().map(clause).collect() }
}

fn clause<'a>(line: &Line<'a>) -> Clause<'a> {
    let clause = line.clause;
    Clause {
        clause: &clause.id,
        says: &clause.says,
        grades: clause.grades.iter().map(|grade| Grade::name(*grade)).collect(),
        documented: clause.documented.as_deref(),
        observed: clause.observed.as_deref(),
        hazard: clause.hazard.as_deref(),
        verdicts: line.cells.iter().copied().flatten().map(judgement).collect(),
    }
}

fn judgement(row: &Row) -> Judgement<'_> {
    Judgement {
        profile: row.profile.name(),
        place: &row.place,
        verdict: row.verdict.name(),
        reason: match &row.verdict {
            Verdict::NotReachable(reason) => Some(reason),
            Verdict::Holds | Verdict::Differs => None,
        },
        held: row.held,
        deviated: row.deviated,
    }
}

//! A run as JSON: one row a line, so that a difference between two runs reads well.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::{Place, Row, Run};
use crate::conform::Verdict;
use crate::exchange::Profile;

#[derive(Serialize, Deserialize)]
struct RowJson {
    dialect: String,
    clause: String,
    #[serde(serialize_with = "name")]
    profile: Profile,
    #[serde(flatten)]
    place: Place,
    #[serde(flatten)]
    found: Found,
}

#[derive(Serialize, Deserialize)]
struct Found {
    verdict: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    held: usize,
    deviated: usize,
}

/// What `dragoman conform --format json` prints, as far as it matters here.
#[derive(Deserialize)]
struct Conformity {
    dialect: String,
    profile: Profile,
    url: String,
    clauses: Vec<ClauseJson>,
}

#[derive(Deserialize)]
struct ClauseJson {
    clause: String,
    #[serde(flatten)]
    found: Found,
}

impl Run {
    /// Reads what [`Run::to_json`] wrote, or the report of `dragoman conform`; `file` is what complaints call it.
    ///
    /// # Errors
    /// When it is neither.
    pub fn read_str(text: &str, file: &Path) -> Result<Self> {
        let value: Value = serde_json::from_str(text).with_context(|| format!("{} is no JSON", file.display()))?;
        let rows = if value.get("clauses").is_some() { conformity(value) } else { recorded(value) };
        let rows = rows.with_context(|| format!("{} is neither a run nor a report of conform", file.display()))?;
        Ok(Self { rows })
    }

    /// The run as text, the same for the same run.
    ///
    /// # Errors
    /// Never, as far as is known; serialising can fail in principle.
    pub fn to_json(&self) -> Result<String> {
        let lines = self.rows.iter().map(|row| Ok(serde_json::to_string(&RowJson::from(row))?));
        Ok(format!("[\n{}\n]\n", lines.collect::<Result<Vec<_>>>()?.join(",\n")))
    }
}

fn name<S: Serializer>(profile: &Profile, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(profile.name())
}

fn recorded(rows: Value) -> Result<Vec<Row>> {
    serde_json::from_value::<Vec<RowJson>>(rows)?.into_iter().map(row).collect()
}

fn conformity(report: Value) -> Result<Vec<Row>> {
    let Conformity { dialect, profile, url, clauses } = serde_json::from_value(report)?;
    let of_clause = |ClauseJson { clause, found }| {
        row(RowJson { dialect: dialect.clone(), clause, profile, place: Place::Server(url.clone()), found })
    };
    clauses.into_iter().map(of_clause).collect()
}

fn row(json: RowJson) -> Result<Row> {
    let RowJson { dialect, clause, profile, place, found: Found { verdict, reason, held, deviated } } = json;
    let verdict = match (verdict.as_str(), reason) {
        ("holds", _) => Verdict::Holds,
        ("differs", _) => Verdict::Differs,
        ("not reachable", reason) => Verdict::NotReachable(reason.unwrap_or_default()),
        (unknown, _) => bail!("{dialect} {clause}: {unknown:?} is no verdict"),
    };
    Ok(Row { dialect, clause, profile, place, verdict, held, deviated })
}

impl From<&Row> for RowJson {
    fn from(row: &Row) -> Self {
        Self {
            dialect: row.dialect.clone(),
            clause: row.clause.clone(),
            profile: row.profile,
            place: row.place.clone(),
            found: Found {
                verdict: row.verdict.name().to_owned(),
                reason: match &row.verdict {
                    Verdict::NotReachable(reason) => Some(reason.clone()),
                    Verdict::Holds | Verdict::Differs => None,
                },
                held: row.held,
                deviated: row.deviated,
            },
        }
    }
}

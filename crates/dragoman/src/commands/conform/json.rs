//! The report as one JSON document. It may grow; its keys keep their meaning.

use anyhow::Result;
use dragoman_exchange::Outcome;
use dragoman_exchange::conform::{ClauseFinding, Finding, Findings, Verdict};
use serde::Serialize;

use super::{Subject, differs};

#[derive(Serialize)]
struct Report<'a> {
    dialect: &'a str,
    profile: &'a str,
    url: &'a str,
    read_only: bool,
    /// `holds` or `differs`: what the exit status says.
    verdict: &'a str,
    clauses: Vec<Clause<'a>>,
    exchanges: Vec<Exchange<'a>>,
    cleanup: Cleanup<'a>,
}

#[derive(Serialize)]
struct Clause<'a> {
    clause: &'a str,
    verdict: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    held: usize,
    deviated: usize,
}

#[derive(Serialize)]
struct Exchange<'a> {
    exchange: &'a str,
    file: String,
    line: u64,
    clauses: &'a [String],
    /// `held`, `deviated` or `not reachable`.
    outcome: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    curl: Option<&'a str>,
}

#[derive(Serialize)]
struct Cleanup<'a> {
    deleted: usize,
    /// Names of users that were made and could not be deleted.
    left: &'a [String],
    /// Users that came during the run without its mark.
    strangers: usize,
    /// Why nothing could be deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<&'a str>,
}

pub(super) fn report(subject: &Subject<'_>, findings: &Findings<'_>) -> Result<String> {
    let tidying = &findings.tidying;
    let report = Report {
        dialect: subject.dialect,
        profile: subject.profile.name(),
        url: subject.base,
        read_only: subject.read_only,
        verdict: if differs(findings) { "differs" } else { "holds" },
        clauses: findings.clauses.iter().map(clause).collect(),
        exchanges: findings.exchanges.iter().map(exchange).collect(),
        cleanup: Cleanup {
            deleted: tidying.deleted,
            left: &tidying.left,
            strangers: tidying.strangers,
            trouble: tidying.trouble.as_deref(),
        },
    };
    Ok(serde_json::to_string_pretty(&report)? + "\n")
}

fn clause(finding: &ClauseFinding) -> Clause<'_> {
    Clause {
        clause: &finding.clause,
        verdict: finding.verdict.name(),
        reason: match &finding.verdict {
            Verdict::NotReachable(reason) => Some(reason),
            Verdict::Holds | Verdict::Differs => None,
        },
        held: finding.held,
        deviated: finding.deviated,
    }
}

fn exchange<'a>(finding: &'a Finding<'_>) -> Exchange<'a> {
    let (outcome, reason, difference) = match &finding.outcome {
        Outcome::Held => ("held", None, None),
        Outcome::NotReachable(reason) => ("not reachable", Some(reason.as_str()), None),
        Outcome::Deviated(difference) => ("deviated", None, Some(difference.as_str())),
    };
    Exchange {
        exchange: &finding.exchange.name,
        file: finding.exchange.file.display().to_string(),
        line: finding.exchange.line,
        clauses: &finding.exchange.clauses,
        outcome,
        reason,
        difference,
        curl: finding.curl.as_deref(),
    }
}

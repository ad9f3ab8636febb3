//! The report for people.

use dragoman_exchange::Outcome;
use dragoman_exchange::conform::{ClauseFinding, Findings, Tidying, Verdict};

use super::Subject;
use crate::commands::columns;

pub(super) fn report(subject: &Subject<'_>, findings: &Findings<'_>) -> String {
    let mut sections = vec![heading(subject, findings), clauses(findings)];
    sections.extend(findings.exchanges.iter().filter_map(|finding| match &finding.outcome {
        Outcome::Deviated(difference) => Some(deviation(difference, finding.curl.as_deref())),
        Outcome::Held | Outcome::NotReachable(_) => None,
    }));
    if !subject.read_only && findings.tidying.trouble.is_none() {
        sections.push(format!("Cleaned up: {} deleted.\n", users(findings.tidying.deleted)));
    }
    sections.join("\n")
}

/// Where an exchange deviated, and how to see it again.
pub(super) fn deviation(difference: &str, curl: Option<&str>) -> String {
    let again = curl.map(|curl| format!("again: {curl}\n")).unwrap_or_default();
    format!("{difference}\n{again}")
}

/// What a person has to see to.
pub(super) fn complaints(tidying: &Tidying) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(trouble) = &tidying.trouble {
        lines.push(format!("nothing could be cleaned up: {trouble}"));
    }
    if !tidying.left.is_empty() {
        lines.push(format!("{} could not be deleted: {}", users(tidying.left.len()), tidying.left.join(", ")));
    }
    if tidying.strangers > 0 {
        let came = users(tidying.strangers);
        lines.push(format!("{came} came during the run without its mark in the name, and were left alone"));
    }
    lines
}

fn heading(subject: &Subject<'_>, findings: &Findings<'_>) -> String {
    let count = |wanted: fn(&Verdict) -> bool| findings.clauses.iter().filter(|clause| wanted(&clause.verdict)).count();
    format!(
        "{} at {}, {} profile{}: {} clauses hold, {} differ, {} not reachable\n",
        subject.dialect,
        subject.base,
        subject.profile.name(),
        if subject.read_only { ", read only" } else { "" },
        count(|verdict| *verdict == Verdict::Holds),
        count(|verdict| *verdict == Verdict::Differs),
        count(|verdict| matches!(verdict, Verdict::NotReachable(_))),
    )
}

fn clauses(findings: &Findings<'_>) -> String {
    let row = |clause: &ClauseFinding| [clause.clause.clone(), clause.verdict.name().to_owned(), basis(clause)];
    columns(&findings.clauses.iter().map(row).collect::<Vec<_>>())
}

/// What a verdict rests on.
pub(super) fn basis(finding: &ClauseFinding) -> String {
    let exchanges = |count: usize| if count == 1 { "1 exchange".to_owned() } else { format!("{count} exchanges") };
    match &finding.verdict {
        Verdict::Holds => exchanges(finding.held),
        Verdict::Differs => format!("{} of {}", finding.deviated, exchanges(finding.held + finding.deviated)),
        Verdict::NotReachable(reason) => reason.clone(),
    }
}

fn users(count: usize) -> String {
    if count == 1 { "1 user".to_owned() } else { format!("{count} users") }
}

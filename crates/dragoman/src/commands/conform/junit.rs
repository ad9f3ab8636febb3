//! The report as JUnit XML: a test case per clause.

use anyhow::Result;
use dragoman_exchange::Outcome;
use dragoman_exchange::conform::{ClauseFinding, Findings, Verdict};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{Subject, text};

pub(super) fn report(subject: &Subject<'_>, findings: &Findings<'_>) -> Result<String> {
    let name = format!("{} {}", subject.dialect, subject.profile.name());
    let mut suite = TestSuite::new(name.clone());
    for clause in &findings.clauses {
        let mut case = TestCase::new(clause.clause.clone(), status(clause, findings));
        case.set_classname(format!("{}.{}", subject.dialect, subject.profile.name()));
        suite.add_test_case(case);
    }
    let complaints = text::complaints(&findings.tidying);
    if !complaints.is_empty() {
        suite.set_system_err(complaints.join("\n"));
    }
    let mut report = Report::new(format!("dragoman conform {} {name}", subject.base));
    report.add_test_suite(suite);
    Ok(report.to_string()?)
}

fn status(clause: &ClauseFinding, findings: &Findings<'_>) -> TestCaseStatus {
    let mut status = match &clause.verdict {
        Verdict::Holds => return TestCaseStatus::success(),
        Verdict::NotReachable(_) => TestCaseStatus::skipped(),
        Verdict::Differs => TestCaseStatus::non_success(NonSuccessKind::Failure),
    };
    status.set_message(text::basis(clause));
    if clause.verdict == Verdict::Differs {
        status.set_description(differences(clause, findings));
    }
    status
}

/// Everything that deviated among the exchanges that show the clause.
fn differences(clause: &ClauseFinding, findings: &Findings<'_>) -> String {
    let showing = findings.exchanges.iter().filter(|finding| finding.exchange.clauses.contains(&clause.clause));
    let deviations = showing.filter_map(|finding| match &finding.outcome {
        Outcome::Deviated(difference) => Some(text::deviation(difference, finding.curl.as_deref())),
        Outcome::Held | Outcome::NotReachable(_) => None,
    });
    deviations.collect::<Vec<_>>().join("\n")
}

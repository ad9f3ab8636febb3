//! What an import has to say, however it is written.

use dragoman_core::{Clash, Clashes, Decider, Findings, Policies};

use super::source::SourceFile;

/// How an import ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Nothing was to be written.
    DryRun,
    /// Nothing was written, because a person has to decide first.
    Undecided,
    /// It is done.
    Done,
}

impl Outcome {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::DryRun => "dry-run",
            Self::Undecided => "undecided",
            Self::Done => "done",
        }
    }
}

/// How far a source is in, before this import.
#[derive(Debug, Clone, Default)]
pub(super) struct Standing {
    pub(super) run: Option<i64>,
    pub(super) position: u64,
    pub(super) is_finished: bool,
}

pub(super) struct SourceReport {
    pub(super) file: SourceFile,
    /// Records that were looked at now.
    pub(super) records: u64,
    pub(super) standing: Standing,
}

pub(super) struct Report {
    pub(super) dialect: &'static str,
    pub(super) policies: Policies,
    pub(super) sources: Vec<SourceReport>,
    pub(super) findings: Findings,
    pub(super) outcome: Outcome,
    /// Whether anybody administers here, or will.
    pub(super) administered: bool,
}

impl Report {
    /// Every kind that was found, in the order in which they are told.
    pub(super) fn clashes(&self) -> impl Iterator<Item = (Clash, &Clashes)> {
        self.findings.clashes.iter().map(|(clash, found)| (*clash, found))
    }

    /// Whether somebody comes who administers, as far as anything is to be written.
    pub(super) const fn will_be_administered(&self) -> bool {
        !matches!(self.outcome, Outcome::Done) && self.findings.administrators > 0
    }

    /// What was decided about a kind, if a person decides about it.
    pub(super) fn policy(&self, clash: Clash) -> Option<&'static str> {
        let Decider::Option(option) = clash.decider() else { return None };
        Some(match option {
            "--on-same-email" => self.policies.same_email.name(),
            "--on-same-name" => self.policies.same_name.name(),
            "--on-same-id" => self.policies.same_id.name(),
            "--on-unknown-hash" => self.policies.unknown_hash.name(),
            _ => self.policies.unusable.name(),
        })
    }
}

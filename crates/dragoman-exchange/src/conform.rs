//! Holds all exchanges of a dialect with a server that knows nothing of them, and says clause by clause what holds.
//!
//! The server may be the one that the gateway replaces. So nothing is asked of it but its API and an administrator;
//! what a run makes there is marked, and deleted at the end; and a request that could change somebody who was there
//! before is not sent.

mod guard;
mod roster;
mod verdict;
mod witness;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use anyhow::{Context as _, Result};

use crate::client::Request;
use crate::exchange::{Exchange, Profile, Step};
use crate::replay::{Outcome, Target, replay_watched};
use crate::{Cleanup, Client, Values};
use guard::Guard;
use roster::{Roster, Visit};
use witness::Witness;

pub use roster::Tidying;
pub(crate) use verdict::Tally;
pub use verdict::{ClauseFinding, Verdict};

/// What is to be held with which server.
pub struct Campaign<'a> {
    /// The exchanges of one dialect.
    pub exchanges: &'a [Exchange],
    /// The profile in which the server is expected to be.
    pub profile: Profile,
    /// Whether only requests are sent that leave every user alone.
    pub read_only: bool,
    /// How to recognise and delete what was made.
    pub cleanup: &'a Cleanup,
    /// The server's origin, perhaps with a path; no slash at the end.
    pub base: String,
    /// What is known of [`Values::GIVEN`], the administrator's names and password at least.
    pub values: Values,
    /// Values that must not be shown, by name, and what a shell puts in their place, such as `$PASSWORD`.
    pub secrets: BTreeMap<String, String>,
    /// What sends the requests.
    pub client: Client,
    /// Any number; runs at the same time should have different ones.
    pub seed: u32,
}

/// What came out.
#[derive(Debug)]
pub struct Findings<'a> {
    /// Each exchange of the profile, in the order in which they were held.
    pub exchanges: Vec<Finding<'a>>,
    /// Each clause, in its natural order.
    pub clauses: Vec<ClauseFinding>,
    /// What became of the users that were made.
    pub tidying: Tidying,
    /// Whether the run was broken off.
    pub broken_off: bool,
}

/// How one exchange went.
#[derive(Debug)]
pub struct Finding<'a> {
    /// The exchange.
    pub exchange: &'a Exchange,
    /// How it went; secrets are not shown.
    pub outcome: Outcome,
    /// Where it deviated: the line for a shell that sends the request again.
    pub curl: Option<String>,
}

/// How far a run has come.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// How many exchanges are done.
    pub done: usize,
    /// Of how many.
    pub total: usize,
    /// What comes next.
    pub next: &'a str,
}

/// Holds the exchanges, one after the other; `progress` may break off, which cleans up all the same.
///
/// # Errors
/// When the server does not answer, or does not let the administrator in. Then users may be left: the error says so.
pub fn conform<'a>(
    campaign: &Campaign<'a>,
    progress: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<Findings<'a>> {
    let target = Target {
        base: campaign.base.clone(),
        values: campaign.values.clone(),
        lab: None,
        client: campaign.client.clone(),
    };
    let before = Visit::open(campaign.cleanup, &target)?.list()?;
    let mut run = Run { campaign, target: &target, before: &before, mark: mark(campaign.seed, &before), held: 0 };
    let mut findings = Vec::new();
    let exchanges: Vec<_> = campaign.exchanges.iter().filter(|held| held.runs_in(campaign.profile)).collect();
    let mut broken_off = false;
    for (done, &exchange) in exchanges.iter().enumerate() {
        if progress(Progress { done, total: exchanges.len(), next: &exchange.name }).is_break() {
            broken_off = true;
            break;
        }
        findings.push(run.hold(exchange).with_context(|| run.leaves())?);
    }
    Ok(Findings {
        clauses: verdict::of_clauses(campaign, &findings),
        tidying: run.tidy(),
        exchanges: findings,
        broken_off,
    })
}

/// Five hexadecimal digits that stand in nobody's name.
fn mark(seed: u32, before: &Result<Roster, String>) -> u32 {
    let taken = |mark: &u32| before.as_ref().is_ok_and(|roster| roster.knows_mark(&format!("{mark:05x}")));
    let mut candidates = (0..1000).map(|attempt| seed.wrapping_add(attempt) & 0xf_ffff);
    // Where a thousand are taken any will do: who was there before is never deleted, whatever the name.
    candidates.find(|mark| !taken(mark)).unwrap_or(seed & 0xf_ffff)
}

struct Run<'a, 'b> {
    campaign: &'b Campaign<'a>,
    target: &'b Target<'b>,
    /// Who was there; or why that is not known.
    before: &'b Result<Roster, String>,
    mark: u32,
    held: u32,
}

impl<'a> Run<'a, '_> {
    fn hold(&mut self, exchange: &'a Exchange) -> Result<Finding<'a>> {
        if let Some(reason) = self.out_of_reach(exchange) {
            return Ok(Finding { exchange, outcome: Outcome::NotReachable(reason), curl: None });
        }
        let guard = Guard::new(self.campaign.cleanup, self.before.as_ref().ok());
        let mut witness = Witness::new(&self.campaign.base, guard, &self.campaign.secrets, &self.campaign.values);
        self.held += 1;
        let replayed = replay_watched(exchange, self.target, &self.id(self.held), &mut witness);
        let outcome = match replayed {
            Ok(Outcome::NotReachable(reason)) => Outcome::NotReachable(named(&reason)),
            Ok(outcome) => outcome,
            // A server that is still there refused this very request.
            Err(error) if self.answers() => Outcome::Deviated(format!("{error:#} ({})", exchange.clauses.join(", "))),
            Err(error) => return Err(error.context("the server does not answer any more")),
        };
        Ok(match outcome {
            Outcome::Deviated(text) => {
                Finding { exchange, outcome: Outcome::Deviated(witness.discreet(&text)), curl: witness.last }
            }
            Outcome::Held | Outcome::NotReachable(_) => Finding { exchange, outcome, curl: None },
        })
    }

    fn out_of_reach(&self, exchange: &Exchange) -> Option<String> {
        if let Some(hazard) = exchange.hazards.first() {
            return Some(format!("needs the hazard {hazard} turned on"));
        }
        let sends = |step: &Step| match step {
            Step::Send { message, .. } => !self.campaign.cleanup.leaves_users_alone(message),
            Step::Advance(_) | Step::Database { .. } | Step::Claims { .. } => false,
        };
        let changes = self.campaign.read_only && exchange.steps.iter().any(|step| sends(&step.value));
        changes.then(|| "changes something, and this run only reads".to_owned())
    }

    fn answers(&self) -> bool {
        let request = Request { method: "GET".to_owned(), target: "/".to_owned(), headers: Vec::new(), body: None };
        self.target.client.send(&self.target.base, &request).is_ok()
    }

    /// `{{run}}` of the exchange with this number: the mark of all, and its own three digits.
    fn id(&self, number: u32) -> String {
        format!("{:05x}{:03x}", self.mark, number & 0xfff)
    }

    fn ids(&self) -> Vec<String> {
        (1..=self.held).map(|number| self.id(number)).collect()
    }

    fn tidy(&self) -> Tidying {
        if self.campaign.read_only {
            return Tidying::default();
        }
        match self.before {
            Ok(before) => roster::tidy(self.campaign.cleanup, self.target, before, &self.ids())
                .unwrap_or_else(|error| Tidying::impossible(&format!("{error:#}; {}", self.leaves()))),
            Err(reason) => Tidying::impossible(&format!("{reason}; {}", self.leaves())),
        }
    }

    fn leaves(&self) -> String {
        if self.campaign.read_only {
            return "nothing was changed".to_owned();
        }
        format!("users of this run may be left on the server, with {:05x} in their names", self.mark)
    }
}

/// The values that a run can do without, in words.
fn named(reason: &str) -> String {
    let words = [
        ("{{oauth.client_id}}", "the id of an OAuth2 client"),
        ("{{oauth.client_secret}}", "the secret of an OAuth2 client"),
        ("{{admin.username}}", "the administrator's username"),
        ("{{admin.email}}", "the administrator's e-mail"),
    ];
    words.iter().fold(reason.to_owned(), |reason, (name, words)| reason.replace(name, words))
}

#[cfg(test)]
#[path = "conform/tests.rs"]
mod tests;

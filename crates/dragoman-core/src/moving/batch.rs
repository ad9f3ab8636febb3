//! Some hundred records that are decided in one go, one after the other.

use super::Arrival;
use super::decide::{Decision, Judgement, decide};
use super::findings::{Findings, Place};
use super::keys::Keys;
use super::ledger::{Books, Ledger, Plan};
use super::policies::Policies;
use crate::{Password, Result};

/// A record of an old server's table.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// Where it stands.
    pub place: Place,
    /// The user, or why there is none to be read.
    pub arrival: Result<Arrival, String>,
    /// Its password in the clear, where that came in place of a hash.
    pub password: Option<Password>,
    /// What of it was passed over, for the report.
    pub passed_over: Vec<String>,
}

/// Records, with what of them decides.
pub(crate) struct Batch {
    pub(crate) incoming: Vec<Incoming>,
    keys: Vec<Keys>,
}

/// What was decided about each record of a batch, in its order.
pub(crate) struct Decided {
    pub(crate) plans: Vec<Option<Plan>>,
    judgements: Vec<Judgement>,
}

impl Decided {
    /// Whether nobody has decided about one of them.
    pub(crate) fn has_refused(&self) -> bool {
        self.judgements.iter().any(|judgement| judgement.decision == Decision::Refuse)
    }
}

impl Batch {
    pub(crate) fn new(incoming: Vec<Incoming>) -> Self {
        let keys = incoming.iter().map(|one| match &one.arrival {
            Ok(arrival) => Keys::of(arrival, one.password.as_ref(), &one.passed_over),
            Err(what) => Keys::unreadable(what),
        });
        Self { keys: keys.collect(), incoming }
    }

    pub(crate) fn keys(&self) -> &[Keys] {
        &self.keys
    }

    /// Decides about each record as if those before it were in already.
    pub(crate) fn decide(&self, books: &mut Books<'_>, ledger: &mut Ledger, policies: &Policies) -> Result<Decided> {
        let mut decided = Decided { plans: Vec::new(), judgements: Vec::new() };
        for keys in &self.keys {
            let judgement = decide(keys, &ledger.view(keys), policies);
            decided.plans.push(ledger.settle(books, keys, judgement.decision.clone())?);
            decided.judgements.push(judgement);
        }
        Ok(decided)
    }

    /// Tells of what was decided.
    pub(crate) fn tell(&self, decided: &Decided, findings: &mut Findings) {
        let records = self.incoming.iter().zip(&self.keys);
        for ((one, keys), (judgement, plan)) in records.zip(decided.judgements.iter().zip(&decided.plans)) {
            let new_name = plan.as_ref().and_then(|plan| plan.new_name(keys));
            findings.add(&one.place, keys, judgement, new_name);
        }
    }

    /// Each record that does not come in, though it is not here either.
    pub(crate) fn left_out<'a>(&'a self, decided: &'a Decided) -> impl Iterator<Item = (&'a Incoming, &'a Keys)> {
        let judged = self.incoming.iter().zip(&self.keys).zip(&decided.judgements);
        judged.filter(|(_, judgement)| judgement.leaves_out()).map(|(record, _)| record)
    }

    /// Each record that comes in, with its plan.
    pub(crate) fn planned<'a>(
        &'a self,
        decided: &'a Decided,
    ) -> impl Iterator<Item = (&'a Arrival, &'a Keys, &'a Plan)> {
        let arrivals = self.incoming.iter().zip(&self.keys).zip(&decided.plans);
        arrivals.filter_map(|((one, keys), plan)| Some((one.arrival.as_ref().ok()?, keys, plan.as_ref()?)))
    }
}

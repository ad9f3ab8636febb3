//! Whether and as whom an arrival comes in: what follows from it, from what the database says, and from what a
//! person has decided. Nothing here asks or changes anything, so that a rehearsal and the import decide alike.

mod view;

use super::clash::{Action, Clash, Finding};
use super::keys::{HashState, Keys};
use super::policies::{OnSameEmail, OnSameId, OnSameName, OnUnknownHash, OnUnusable, Policies};
use crate::text::fold;
pub(crate) use view::{Claim, Holder, IdState, There, View};

/// How a name that cannot be had everywhere is had in the arrival's own dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum NameThere {
    /// It is had everywhere.
    #[default]
    None,
    /// Without regard to case and form.
    Folded,
    /// In its exact spelling, because somebody else of the same old server has another spelling of it.
    Exact,
}

/// The users who have to give up an id of the arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Moved {
    pub(crate) number: Option<i64>,
    pub(crate) uuid: Option<i64>,
}

/// How an arrival becomes a user.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Making {
    pub(crate) username: NameThere,
    pub(crate) email: NameThere,
    pub(crate) moved: Moved,
}

/// How an arrival becomes one more identity of a user.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Linking {
    pub(crate) user: i64,
    pub(crate) username: NameThere,
    /// Whether its own password signs it in to its dialect, and its program's secret the program.
    pub(crate) credentials: bool,
    pub(crate) moved: Moved,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decision {
    Make(Making),
    Link(Linking),
    Skip,
    Refuse,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Judgement {
    pub(crate) decision: Decision,
    pub(crate) findings: Vec<Finding>,
}

impl Judgement {
    /// Whether it does not come in, though neither it nor anybody else is here with its id.
    pub(crate) fn leaves_out(&self) -> bool {
        let is_id_known = [Clash::AlreadyHere, Clash::ChangedThere, Clash::IdTwice].map(|clash| self.tells(clash));
        self.decision == Decision::Skip && !is_id_known.contains(&true)
    }

    pub(crate) fn tells(&self, clash: Clash) -> bool {
        self.findings.iter().any(|finding| finding.clash == clash)
    }
}

/// Decides about one arrival.
pub(crate) fn decide(arrival: &Keys, view: &View, policies: &Policies) -> Judgement {
    let mut judge = Judge { arrival, view, policies, findings: Vec::new() };
    let decision = judge.decision();
    let by = |action| judge.findings.iter().any(|finding| finding.action == action);
    // What does not come in has nothing else to be decided.
    if by(Action::Skip) {
        judge.findings.retain(|finding| finding.action == Action::Skip);
        return Judgement { decision: Decision::Skip, findings: judge.findings };
    }
    let decision = if by(Action::Refuse) { Decision::Refuse } else { decision };
    Judgement { decision, findings: judge.findings }
}

struct Judge<'a> {
    arrival: &'a Keys,
    view: &'a View,
    policies: &'a Policies,
    findings: Vec<Finding>,
}

impl Judge<'_> {
    fn decision(&mut self) -> Decision {
        if self.is_unusable() || self.is_known_there() {
            return Decision::Skip;
        }
        self.hash();
        if self.arrival.has_odd_email() {
            self.find(Clash::InvalidEmail, Action::Keep, String::new());
        }
        for what in &self.arrival.passed_over {
            self.find(Clash::PassedOver, Action::Keep, what.clone());
        }
        let view = self.view;
        match view.email.holder.as_ref().filter(|holder| self.is_linkable(holder)) {
            Some(holder) => self.link(holder),
            None => self.make(),
        }
    }

    fn find(&mut self, clash: Clash, action: Action, with: String) {
        self.findings.push(Finding { clash, action, with, takes_name: false });
    }

    /// Finds that a name is had in the arrival's dialect alone, and says whether it is taken from somebody there.
    fn find_apart(&mut self, clash: Clash, action: Action, claim: &Claim) -> NameThere {
        let there = if claim.taken_there { NameThere::Exact } else { NameThere::Folded };
        let takes_name = there == NameThere::Folded && matches!(action, Action::Rename | Action::KeepApart);
        let with = claim.holder.as_ref().map(Holder::shown).unwrap_or_default();
        self.findings.push(Finding { clash, action, with, takes_name });
        there
    }

    fn is_unusable(&mut self) -> bool {
        let action = match self.policies.unusable {
            OnUnusable::Skip => Action::Skip,
            OnUnusable::Fail => Action::Refuse,
        };
        for (clash, detail) in &self.arrival.flaws {
            self.find(*clash, action, detail.clone());
        }
        !self.arrival.flaws.is_empty()
    }

    /// Whether its own old server has been here with its id already, or with its name where it has no id. Who was
    /// deleted here since does not come back by a newer dump.
    fn is_known_there(&mut self) -> bool {
        let Self { arrival, view, .. } = *self;
        let by_id = [&view.number, &view.uuid].into_iter().find_map(|id| match id {
            IdState::There(holder) => Some(holder.as_ref()),
            IdState::Free | IdState::Given(_) => None,
        });
        let gone = || arrival.number.is_none() && arrival.uuid.is_none() && view.username.buried;
        let by_name = || view.namesake.as_ref().map(Some).or_else(|| gone().then_some(None));
        let Some(holder) = by_id.or_else(by_name) else { return false };
        let with = holder.map_or_else(deleted, Holder::shown);
        if gone() || holder.is_some_and(|holder| holder.is_called_like(arrival)) {
            let changed = holder.is_some_and(|holder| holder.has_changed_there(arrival));
            self.find(if changed { Clash::ChangedThere } else { Clash::AlreadyHere }, Action::Skip, with);
        } else {
            let action = if self.policies.same_id == OnSameId::Skip { Action::Skip } else { Action::Refuse };
            self.find(Clash::IdTwice, action, with);
        }
        true
    }

    fn hash(&mut self) {
        let action = match self.policies.unknown_hash {
            OnUnknownHash::Import => Action::WithoutPassword,
            OnUnknownHash::Skip => Action::Skip,
            OnUnknownHash::Fail => Action::Refuse,
        };
        match &self.arrival.hash {
            HashState::Verifiable => {}
            HashState::Absent => self.find(Clash::NoPassword, Action::WithoutPassword, String::new()),
            HashState::Unknown(kind) => self.find(Clash::UnknownHash, action, kind.clone()),
            HashState::Costly(kind) => self.find(Clash::CostlyHash, action, kind.clone()),
        }
    }

    /// A user has one identity in a dialect, so another of the same old server is somebody else.
    fn is_linkable(&self, holder: &Holder) -> bool {
        self.policies.same_email == OnSameEmail::Link && self.view.email.as_email && holder.there.is_none()
    }

    fn link(&mut self, holder: &Holder) -> Decision {
        self.find(Clash::SameEmail, Action::Link, holder.shown());
        let credentials = self.may_bring_its_credentials(holder);
        let moved = self.ids(Some(holder.id));
        Decision::Link(Linking { user: holder.id, username: self.name_of_link(holder), credentials, moved })
    }

    /// A link must not give anybody more than either server gave: neither somebody else's password to an
    /// administrator, nor a way back to somebody who was switched off.
    fn may_bring_its_credentials(&mut self, holder: &Holder) -> bool {
        let Self { arrival, .. } = *self;
        if arrival.admin && !holder.admin {
            self.find(Clash::LinkToLess, Action::Keep, holder.shown());
        }
        let to_more = holder.admin && !arrival.admin;
        if to_more {
            self.find(Clash::LinkToMore, Action::WithoutPassword, holder.shown());
        }
        let of_disabled = arrival.enabled != holder.enabled;
        if of_disabled {
            self.find(Clash::LinkOfDisabled, Action::WithoutPassword, holder.shown());
        }
        !to_more && !of_disabled
    }

    /// The name that the user has in the arrival's dialect alone, if it has another everywhere else.
    fn name_of_link(&mut self, holder: &Holder) -> NameThere {
        let Some(name) = &self.arrival.username else { return NameThere::None };
        let own = [&holder.username, &holder.email].into_iter().flatten().any(|own| fold(own) == name.folded);
        // Who has it everywhere could not sign in by it to the arrival's dialect any more.
        let anothers = self.view.username.holder.as_ref().is_some_and(|other| other.id != holder.id);
        match (own, anothers) {
            (true, _) => NameThere::None,
            (false, false) => NameThere::Folded,
            (false, true) => self.same_name(),
        }
    }

    fn make(&mut self) -> Decision {
        let (mut username, mut email) = (NameThere::None, NameThere::None);
        if self.view.email.holder.is_some() && self.arrival.email.is_some() {
            email = self.same_email();
        }
        if self.arrival.one_name() && self.arrival.email.is_some() {
            username = email;
        } else if self.view.username.holder.is_some() && !self.is_asked_already() {
            username = self.same_name();
        }
        Decision::Make(Making { username, email, moved: self.ids(None) })
    }

    /// Whether the one who has the username has the e-mail, too, and nobody has decided about that yet.
    fn is_asked_already(&self) -> bool {
        let id = |claim: &Claim| claim.holder.as_ref().map(|holder| holder.id);
        self.policies.same_email == OnSameEmail::Fail
            && self.view.email.as_email
            && id(&self.view.email) == id(&self.view.username)
    }

    fn same_email(&mut self) -> NameThere {
        let view = self.view;
        let Some(holder) = &view.email.holder else { return NameThere::None };
        let clash = match (view.email.as_email, &holder.there) {
            (false, _) => return self.email_is_a_name(),
            (true, None) => Clash::SameEmail,
            (true, Some(_)) => Clash::SameEmailThere,
        };
        let action = match self.policies.same_email {
            OnSameEmail::Link | OnSameEmail::Rename => Action::KeepApart,
            OnSameEmail::Skip => Action::Skip,
            OnSameEmail::Fail => Action::Refuse,
        };
        self.find_apart(clash, action, &view.email)
    }

    fn email_is_a_name(&mut self) -> NameThere {
        let (view, action) = (self.view, self.on_same_name(Action::KeepApart));
        self.find_apart(Clash::NameIsEmail, action, &view.email)
    }

    fn same_name(&mut self) -> NameThere {
        let view = self.view;
        let (Some(holder), Some(name)) = (&view.username.holder, &self.arrival.username) else {
            return NameThere::None;
        };
        let clash = if view.username.as_email { Clash::NameIsEmail } else { holder.likeness(name) };
        let action = self.on_same_name(Action::Rename);
        self.find_apart(clash, action, &view.username)
    }

    fn on_same_name(&self, renaming: Action) -> Action {
        match self.policies.same_name {
            OnSameName::Rename => renaming,
            OnSameName::Skip => Action::Skip,
            OnSameName::Fail => Action::Refuse,
        }
    }

    /// Who has to give up an id. The user that it is linked to need not: it is the one who had it.
    fn ids(&mut self, linked: Option<i64>) -> Moved {
        let view = self.view;
        Moved { number: self.id(&view.number, linked), uuid: self.id(&view.uuid, linked) }
    }

    fn id(&mut self, id: &IdState, linked: Option<i64>) -> Option<i64> {
        let IdState::Given(holder) = id else { return None };
        let had_by = holder.as_ref().map(|holder| holder.id);
        if had_by.is_some() && had_by == linked {
            return None;
        }
        let action = match self.policies.same_id {
            OnSameId::Move => Action::Move,
            OnSameId::Skip => Action::Skip,
            OnSameId::Fail => Action::Refuse,
        };
        self.find(Clash::SameId, action, holder.as_ref().map_or_else(deleted, Holder::shown));
        had_by
    }
}

fn deleted() -> String {
    "somebody who was deleted".to_owned()
}

//! One client that registers, signs in, logs out, changes passwords and deletes until nobody answers.

use std::ops::ControlFlow;

use rand::prelude::*;

use super::client::{Answer, Client};
use super::ledger::{Account, Change, Kind, Violation};
use super::tally::{Effect, Tally};

/// The tokens of an administrator.
#[derive(Debug, Clone)]
pub(super) struct Admin {
    pub(super) onyx: String,
    pub(super) jwt: String,
}

/// A client thread and what it is left with.
pub(super) struct Worker<'a> {
    client: Client<'a>,
    admin: &'a Admin,
    rng: StdRng,
    /// Begins the names of the users that this worker makes.
    prefix: String,
    made: u32,
    /// Whether the database may fail while this worker works.
    forgiving: bool,
    outcome: Outcome,
}

/// What a client thread knows at the end.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) accounts: Vec<Account>,
    pub(super) acknowledged: Tally,
    /// Without an answer that tells whether they happened.
    pub(super) unknown: Tally,
    pub(super) violations: Vec<Violation>,
}

type Done = (Effect, Answer<()>);

impl<'a> Worker<'a> {
    pub(super) fn new(origin: &'a str, admin: &'a Admin, prefix: String, accounts: Vec<Account>, seed: u64) -> Self {
        Self {
            client: Client::new(origin),
            admin,
            rng: StdRng::seed_from_u64(seed),
            prefix,
            made: 0,
            forgiving: false,
            outcome: Outcome { accounts, ..Outcome::default() },
        }
    }

    /// The same worker, which takes a 5xx for what happens to a gateway without its database.
    pub(super) fn forgiving(self, forgiving: bool) -> Self {
        Self { forgiving, ..self }
    }

    /// Works until the gateway is gone.
    pub(super) fn run(mut self) -> Outcome {
        while self.step().is_continue() {}
        self.outcome
    }

    fn step(&mut self) -> ControlFlow<()> {
        let known = if self.rng.random_ratio(1, 4) { None } else { self.take_usable() };
        let (account, (effect, answer)) = match known {
            Some(account) => self.touch(account),
            None => self.register(),
        };
        let name = account.name.clone();
        self.outcome.accounts.push(account);
        self.book(&name, effect, answer)
    }

    fn take_usable(&mut self) -> Option<Account> {
        let accounts = &mut self.outcome.accounts;
        let usable = accounts.iter().enumerate().filter(|(_, account)| account.is_usable()).map(|(place, _)| place);
        let place = usable.choose(&mut self.rng)?;
        Some(accounts.swap_remove(place))
    }

    fn book(&mut self, name: &str, effect: Effect, answer: Answer<()>) -> ControlFlow<()> {
        let complaint = match answer {
            Answer::Done(()) => {
                self.outcome.acknowledged.count(effect);
                return ControlFlow::Continue(());
            }
            Answer::Lost(_) => {
                self.outcome.unknown.count(effect);
                return ControlFlow::Break(());
            }
            Answer::Failed(words) => {
                self.outcome.unknown.count(effect);
                (!self.forgiving).then_some(words)
            }
            Answer::Refused(words) => Some(words),
        };
        let violation = complaint.map(|words| Violation(format!("{name}: {effect:?} was answered {words}")));
        self.outcome.violations.extend(violation);
        ControlFlow::Continue(())
    }

    fn register(&mut self) -> (Account, Done) {
        self.made += 1;
        let mut account = Account::new(format!("{}n{}", self.prefix, self.made));
        let (email, password) = (account.email(), account.password(0));
        let answer = if self.rng.random() {
            self.client.register_by_onyx(&account.name, &email, &password)
        } else {
            let answer = self.client.register_by_jwt(&account.name, &email, &password);
            answer.map(|uuid| account.uuid = Some(uuid))
        };
        acknowledge(&mut account, &answer);
        (account, (Effect::Registration, answer))
    }

    /// Does something to a user that is there; where it cannot, it signs in.
    fn touch(&mut self, mut account: Account) -> (Account, Done) {
        let done = match self.rng.random_range(0..20) {
            0..6 => None,
            6..9 => self.renew(&mut account),
            9..15 => self.log_out(&mut account),
            15..18 => self.change_password(&mut account),
            _ => self.delete(&mut account),
        };
        let done = done.unwrap_or_else(|| self.sign_in(&mut account));
        (account, done)
    }

    fn sign_in(&mut self, account: &mut Account) -> Done {
        let (email, password) = (account.email(), account.password(account.present_password()));
        let answer = if self.rng.random() {
            self.client.sign_in_to_onyx(&email, &password).map(|session| {
                account.number = Some(session.number);
                account.signed_in([(Kind::OnyxAccess, session.access), (Kind::OnyxRefresh, session.refresh)]);
            })
        } else {
            self.client.sign_in_to_jwt(&email, &password).map(|session| {
                account.uuid = Some(session.uuid);
                account.signed_in([(Kind::Jwt, session.token)]);
            })
        };
        (Effect::SignIn, answer)
    }

    fn renew(&mut self, account: &mut Account) -> Option<Done> {
        let refresh = self.pick(account, |kind| kind == Kind::OnyxRefresh)?;
        let answer = self.client.renew(&refresh.text);
        Some((Effect::Renewal, answer.map(|access| account.given(Kind::OnyxAccess, access, refresh.session))))
    }

    fn log_out(&mut self, account: &mut Account) -> Option<Done> {
        let token = self.pick(account, |kind| kind != Kind::Jwt)?;
        account.begin(Change::Revoke(token.place));
        let answer = self.client.log_out(token.kind, &token.text);
        acknowledge(account, &answer);
        Some((Effect::Logout, answer))
    }

    fn change_password(&mut self, account: &mut Account) -> Option<Done> {
        let token = self.pick(account, |kind| kind != Kind::OnyxRefresh)?;
        let present = account.present_password();
        let (old, new) = (account.password(present), account.password(present + 1));
        account.begin(Change::Password { keep: token.session });
        let answer = match &account.uuid {
            Some(uuid) if token.kind == Kind::Jwt => self.client.change_password_by_jwt(&token.text, uuid, &new),
            _ => self.client.change_password_by_onyx(&token.text, &old, &new),
        };
        acknowledge(account, &answer);
        Some((Effect::PasswordChange, answer))
    }

    fn delete(&mut self, account: &mut Account) -> Option<Done> {
        let answer = match (account.number.clone(), account.uuid.clone()) {
            (Some(number), None) => {
                account.begin(Change::Delete);
                self.client.delete_by_onyx(&self.admin.onyx, &number)
            }
            (_, Some(uuid)) => {
                account.begin(Change::Delete);
                self.client.delete_by_jwt(&self.admin.jwt, &uuid)
            }
            (None, None) => return None,
        };
        acknowledge(account, &answer);
        Some((Effect::Deletion, answer))
    }

    /// One of the user's live tokens of these kinds.
    fn pick(&mut self, account: &Account, fits: impl Fn(Kind) -> bool) -> Option<Picked> {
        let (place, token) = account.live_tokens().filter(|(_, token)| fits(token.kind)).choose(&mut self.rng)?;
        Some(Picked { place, kind: token.kind, text: token.text.clone(), session: token.session })
    }
}

struct Picked {
    place: usize,
    kind: Kind,
    text: String,
    session: u32,
}

/// Without an answer, or with a bad one, the change stays unknown.
fn acknowledge(account: &mut Account, answer: &Answer<()>) {
    if let Answer::Done(()) = answer {
        account.acknowledge();
    }
}

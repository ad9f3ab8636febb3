//! What a client may rely on: every effect that was acknowledged, and what was under way when the server died.
//!
//! A change that was under way happened or did not. Either is right, but nothing between: what is
//! seen afterwards must be one of the two worlds, whole.

use std::fmt;

/// What a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Opens onyx.
    OnyxAccess,
    /// Gets access tokens of onyx.
    OnyxRefresh,
    /// Opens jwt.
    Jwt,
}

/// A token that a client was given.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// As it travels.
    pub(super) text: String,
    /// The sign-in that it comes from.
    pub(super) session: u32,
}

/// A write that changes what a check sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Register,
    /// The next password; all sessions but this one end.
    Password {
        keep: u32,
    },
    /// The token of this place.
    Revoke(usize),
    Delete,
}

/// How a user stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct State {
    exists: bool,
    /// Passwords are numbered from 0.
    password: u32,
    /// Of each token, whether it opens anything.
    live: Vec<bool>,
}

/// What a check saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sight {
    /// Passwords that were tried, and whether they signed in.
    pub(super) passwords: Vec<(u32, bool)>,
    /// Of each token, whether it opened anything.
    pub(super) live: Vec<bool>,
}

/// A user, as its client knows it.
#[derive(Debug, Clone)]
pub(super) struct Account {
    /// Also the local part of its e-mail address.
    pub(super) name: String,
    /// How onyx names it, once a token told.
    pub(super) number: Option<String>,
    /// How jwt names it, once an answer told.
    pub(super) uuid: Option<String>,
    tokens: Vec<Token>,
    state: State,
    pending: Option<Change>,
    sessions: u32,
}

impl Account {
    /// Nobody yet, and about to be registered.
    pub(super) fn new(name: String) -> Self {
        Self {
            name,
            number: None,
            uuid: None,
            tokens: Vec::new(),
            state: State::default(),
            pending: Some(Change::Register),
            sessions: 0,
        }
    }

    /// The e-mail address.
    pub(super) fn email(&self) -> String {
        format!("{}@example.com", self.name)
    }

    /// The password of this number.
    pub(super) fn password(&self, number: u32) -> String {
        format!("{} secret {number}", self.name)
    }

    /// The number of the password that is acknowledged.
    pub(super) fn present_password(&self) -> u32 {
        self.state.password
    }

    /// It is there, and nothing about it is unknown.
    pub(super) fn is_usable(&self) -> bool {
        self.state.exists && self.pending.is_none()
    }

    /// A change is on its way to the server.
    pub(super) fn begin(&mut self, change: Change) {
        self.pending = Some(change);
    }

    /// The server said that the change is done.
    pub(super) fn acknowledge(&mut self) {
        if let Some(change) = self.pending.take() {
            self.state = self.after(change);
        }
    }

    /// The tokens of a new session.
    pub(super) fn signed_in(&mut self, tokens: impl IntoIterator<Item = (Kind, String)>) {
        self.sessions += 1;
        for (kind, text) in tokens {
            self.given(kind, text, self.sessions);
        }
    }

    /// One more token of a session.
    pub(super) fn given(&mut self, kind: Kind, text: String, session: u32) {
        self.tokens.push(Token { kind, text, session });
        self.state.live.push(true);
    }

    /// All tokens that were ever given.
    pub(super) fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// The tokens that are worth something, with their places.
    pub(super) fn live_tokens(&self) -> impl Iterator<Item = (usize, &Token)> {
        self.tokens.iter().enumerate().zip(&self.state.live).filter_map(|(token, live)| live.then_some(token))
    }

    /// The passwords that tell the possible worlds apart, and the last one that is over.
    pub(super) fn telling_passwords(&self) -> std::ops::RangeInclusive<u32> {
        let next = u32::from(matches!(self.pending, Some(Change::Password { .. })));
        self.state.password.saturating_sub(1)..=self.state.password + next
    }

    /// Holds what was seen with what may be so, and from now on takes it for what is so.
    pub(super) fn settle(&mut self, sight: &Sight) -> Result<(), Violation> {
        let pending = self.pending.take();
        let changed = pending.map(|change| self.after(change));
        if self.state.predicts(sight) {
            return Ok(());
        }
        match changed {
            Some(changed) if changed.predicts(sight) => {
                self.state = changed;
                Ok(())
            }
            _ => Err(self.violation(pending, sight)),
        }
    }

    fn after(&self, change: Change) -> State {
        let mut state = self.state.clone();
        match change {
            Change::Register => state.exists = true,
            Change::Password { keep } => {
                state.password += 1;
                for (live, token) in state.live.iter_mut().zip(&self.tokens) {
                    *live &= token.session == keep;
                }
            }
            Change::Revoke(place) => state.live.iter_mut().skip(place).take(1).for_each(|live| *live = false),
            Change::Delete => {
                state.exists = false;
                state.live.fill(false);
            }
        }
        state
    }

    fn violation(&self, pending: Option<Change>, sight: &Sight) -> Violation {
        let passwords = sight.passwords.iter().filter_map(|&(number, works)| {
            let expected = self.state.opens(number);
            (works != expected).then(|| format!("password {number} {}", if works { "works" } else { "is refused" }))
        });
        let tokens = self.tokens.iter().zip(&self.state.live).zip(&sight.live).filter_map(|((token, live), seen)| {
            let is = if *seen { "lives though it was ended" } else { "is dead though nobody ended it" };
            (live != seen).then(|| format!("a token ({:?}, session {}) {is}", token.kind, token.session))
        });
        let facts: Vec<_> = passwords.chain(tokens).collect();
        let under_way = pending.map(|change| format!("; under way was {change:?}")).unwrap_or_default();
        let known = format!("acknowledged: exists {}, password {}", self.state.exists, self.state.password);
        Violation(format!("{}: {} ({known}{under_way})", self.name, facts.join(", ")))
    }
}

impl State {
    fn opens(&self, password: u32) -> bool {
        self.exists && self.password == password
    }

    fn predicts(&self, sight: &Sight) -> bool {
        self.live == sight.live && sight.passwords.iter().all(|&(number, works)| works == self.opens(number))
    }
}

/// Something that no history explains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Violation(pub(super) String);

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

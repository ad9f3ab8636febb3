//! The server that a mount replaces, asked about people who have no password here.
//!
//! The core says whom it is asked about and what its word is worth, the dialect how. Here it is asked: no more often
//! at once than it may be, no longer than it may take, and not at all for a while when it fails a trial.

mod address;
mod breaker;
mod client;
mod failure;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use dragoman_core::{Core, Login, NoWord, OldServer, Password, Profile, Random, Trust, Word};
use dragoman_http::old_login::{Question, Reply, Verdict};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

pub use address::Address;
use breaker::{Breaker, Entry, Turn};
use client::Client;
use failure::Failure;

use crate::metrics::Metrics;
use crate::mounts::Placement;
use crate::secrets;
use crate::settings::{Legacy, Settings};
use crate::telemetry::Watch;

/// As many characters as any server lets a name have.
const MADE_UP_NAME: usize = 12;

type Asks = dyn Fn(&Login, &Password) -> Option<Question> + Send + Sync;

/// How a dialect signs somebody in, and how it says yes and no.
pub struct OldLogin {
    question: Box<Asks>,
    verdict: fn(&Reply<'_>) -> Verdict<Profile>,
}

impl OldLogin {
    /// A login that is asked for and understood like this. There is no question for a name that cannot travel.
    pub fn new(
        question: impl Fn(&Login, &Password) -> Option<Question> + Send + Sync + 'static,
        verdict: fn(&Reply<'_>) -> Verdict<Profile>,
    ) -> Self {
        Self { question: Box::new(question), verdict }
    }
}

/// The old server of this mount, if it has one.
///
/// # Errors
/// Settings by which it cannot be asked.
pub fn of_mount(settings: &Settings, core: &Core, watch: &Watch, placement: &Placement) -> Result<Option<OldServer>> {
    let Some(legacy) = &placement.legacy else { return Ok(None) };
    let asker = Arc::new(Asker::new(settings, core, watch, placement, legacy)?);
    let trust = Trust { newcomers: legacy.create, administrators: legacy.administrators };
    let ask = move |login, password| Arc::clone(&asker).ask(login, password);
    Ok(Some(OldServer::new(trust, ask)))
}

/// Whether what the settings say makes sense, as far as that can be known without asking.
///
/// # Errors
/// What does not.
pub fn check(settings: &Settings, dialect: &crate::dialects::Dialect, legacy: &Legacy) -> Result<()> {
    let address: Address = legacy.url.parse().context("legacy.url")?;
    ensure!(legacy.ca.is_none() || address.is_encrypted(), "legacy.ca is for https, and {address} is not");
    (dialect.old_login)(settings).map(drop)
}

/// Asks one old server.
struct Asker {
    dialect: &'static str,
    server: String,
    login: OldLogin,
    client: Client,
    patience: Duration,
    turns: Arc<Semaphore>,
    breaker: Breaker,
    random: Random,
    metrics: Arc<Metrics>,
}

impl Asker {
    fn new(settings: &Settings, core: &Core, watch: &Watch, placement: &Placement, legacy: &Legacy) -> Result<Self> {
        let address: Address = legacy.url.parse()?;
        let patience = Duration::from_secs(legacy.timeout_seconds);
        let (dialect, metrics) = (placement.dialect, Arc::clone(&watch.metrics));
        metrics.old_server_is_left_alone(dialect.name, &address.to_string(), false);
        Ok(Self {
            dialect: dialect.name,
            server: address.to_string(),
            login: (dialect.old_login)(settings)?,
            client: Client::new(&address, patience, legacy.ca.as_deref())?,
            patience,
            turns: Arc::new(Semaphore::new(legacy.concurrency)),
            breaker: Breaker::new(core.clock().clone(), legacy.failures, Duration::from_secs(legacy.pause_seconds)),
            random: watch.random.clone(),
            metrics,
        })
    }

    async fn ask(self: Arc<Self>, login: Login, password: Password) -> Word {
        let Some(question) = (self.login.question)(&login, &password) else { return Ok(None) };
        if self.breaker.is_open() {
            return self.unasked("spared");
        }
        let turn = timeout(self.patience, Arc::clone(&self.turns).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return self.unasked("crowded") };
        let entry = self.breaker.entry();
        if entry == Entry::Closed {
            return self.unasked("spared");
        }
        // It runs to its end, also when whoever asked has gone: so its outcome and its turn are not lost.
        let asking = spawn_blocking(move || {
            let may_ask = entry == Entry::Open || self.stands_trial(&login);
            let word = if may_ask { self.converse(&question, &login) } else { self.unasked("spared") };
            drop(turn);
            word
        });
        asking.await.unwrap_or(Err(NoWord::Unreachable))
    }

    fn unasked(&self, outcome: &str) -> Word {
        self.metrics.count_old_server(self.dialect, &self.server, outcome);
        Err(NoWord::Unreachable)
    }

    fn converse(&self, question: &Question, login: &Login) -> Word {
        let word = self.word(question, login);
        let outcome = match &word {
            Ok(Some(_)) => "right",
            Ok(None) => "wrong",
            Err(failure) => failure.outcome(),
        };
        self.metrics.count_old_server(self.dialect, &self.server, outcome);
        word.inspect(|_| self.tell(self.breaker.answered())).map_err(|failure| {
            tracing::warn!(dialect = self.dialect, server = self.server, %failure, "the old server gave no word");
            if self.breaker.doubted() {
                self.stands_trial(login);
            }
            if failure.is_refusal() { NoWord::Refused } else { NoWord::Unreachable }
        })
    }

    /// Whether it says no to somebody whom nobody knows, under a name that no server could dislike. Who signs in
    /// chooses all other questions, and so no answer to those may decide for everybody.
    fn stands_trial(&self, login: &Login) -> bool {
        let name: String = secrets::generated(&self.random).chars().take(MADE_UP_NAME).collect();
        let login = match login {
            Login::Username(_) => Login::Username(name),
            // No domain ends like this (RFC 2606).
            Login::Email(_) => Login::Email(format!("{name}@example.invalid")),
        };
        let Some(question) = (self.login.question)(&login, &self.made_up()) else { return false };
        let failure = match self.verdict(&question) {
            Ok(None) => {
                self.tell(self.breaker.answered());
                return true;
            }
            Ok(Some(_)) => Failure::TakesAnything,
            Err(failure) => failure,
        };
        tracing::warn!(dialect = self.dialect, server = self.server, %failure, "the old server fails a trial");
        self.tell(self.breaker.failed(failure.rest()));
        false
    }

    fn made_up(&self) -> Password {
        Password::from(secrets::generated(&self.random))
    }

    /// A yes counts only if a password that nobody has gets a no: a server that has no logins, or one that sends
    /// everybody to somewhere else, would let in anybody under any name.
    fn word(&self, question: &Question, login: &Login) -> Result<Option<Profile>, Failure> {
        let told = self.verdict(question)?;
        if told.is_some() {
            let other = (self.login.question)(login, &self.made_up()).map(|question| self.verdict(&question));
            if other.transpose()?.flatten().is_some() {
                return Err(Failure::TakesAnything);
            }
        }
        Ok(told)
    }

    fn verdict(&self, question: &Question) -> Result<Option<Profile>, Failure> {
        let answer = self.client.send(question).map_err(Failure::NoAnswer)?;
        match (self.login.verdict)(&Reply { status: answer.status, body: &answer.body }) {
            Verdict::Right(profile) => Ok(Some(profile)),
            Verdict::Wrong => Ok(None),
            Verdict::Unclear => Err(Failure::of(&answer)),
        }
    }

    fn tell(&self, turn: Turn) {
        let (dialect, server) = (self.dialect, &self.server);
        match turn {
            Turn::None => {}
            Turn::Opened => {
                self.metrics.old_server_is_left_alone(dialect, server, true);
                tracing::error!(dialect, server, "the old server fails and is left alone for a while");
            }
            Turn::Closed => {
                self.metrics.old_server_is_left_alone(dialect, server, false);
                tracing::info!(dialect, server, "the old server answers again");
            }
        }
    }
}

//! The server that a mount replaces, asked about people who have no password here.
//!
//! The core says whom it is asked about and what its word is worth, the dialect how. Here it is asked: no more often
//! at once than it may be, no longer than it may take, and not at all for a while when it fails.

mod address;
mod breaker;
mod client;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use dragoman_core::{Core, Login, OldServer, Password, Profile, Random, Trust, Unreachable, Word};
use dragoman_http::old_login::{Question, Reply, Verdict};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

pub use address::Address;
use breaker::{Breaker, Turn};
use client::Client;

use crate::metrics::Metrics;
use crate::mounts::Placement;
use crate::secrets;
use crate::settings::{Legacy, Settings};
use crate::telemetry::Watch;

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

/// Why there is no word.
#[derive(Debug)]
enum Failure {
    /// No answer, or none that ends soon enough.
    NoAnswer(ureq::Error),
    /// An answer that is none of the dialect's login.
    Unclear(u16),
    /// It takes any password.
    TakesAnything,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAnswer(error) => error.fmt(f),
            Self::Unclear(status) => write!(f, "an answer that is none of this dialect's login, with status {status}"),
            Self::TakesAnything => f.write_str("it takes a password that was made up"),
        }
    }
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
        if !self.breaker.lets_through() {
            return self.unasked("spared");
        }
        // It runs to its end, also when whoever asked has gone: so its outcome and its turn are not lost.
        let asking = spawn_blocking(move || {
            let word = self.converse(&question, &login);
            drop(turn);
            word
        });
        asking.await.unwrap_or(Err(Unreachable))
    }

    fn unasked(&self, outcome: &str) -> Word {
        self.metrics.count_old_server(self.dialect, &self.server, outcome);
        Err(Unreachable)
    }

    fn converse(&self, question: &Question, login: &Login) -> Word {
        let word = self.word(question, login);
        let outcome = match &word {
            Ok(Some(_)) => "right",
            Ok(None) => "wrong",
            Err(_) => "failed",
        };
        self.metrics.count_old_server(self.dialect, &self.server, outcome);
        if let Err(failure) = &word {
            tracing::warn!(dialect = self.dialect, server = self.server, %failure, "the old server gave no word");
        }
        self.tell(if word.is_ok() { self.breaker.answered() } else { self.breaker.failed() });
        word.map_err(|_| Unreachable)
    }

    /// A yes counts only if a password that nobody has gets a no: a server that has no logins, or one that sends
    /// everybody to somewhere else, would let in anybody under any name.
    fn word(&self, question: &Question, login: &Login) -> Result<Option<Profile>, Failure> {
        let told = self.verdict(question)?;
        if told.is_some() {
            let made_up = Password::from(secrets::generated(&self.random));
            let other = (self.login.question)(login, &made_up).map(|question| self.verdict(&question));
            if other.transpose()?.flatten().is_some() {
                return Err(Failure::TakesAnything);
            }
        }
        Ok(told)
    }

    fn verdict(&self, question: &Question) -> Result<Option<Profile>, Failure> {
        let (status, body) = self.client.send(question).map_err(Failure::NoAnswer)?;
        match (self.login.verdict)(&Reply { status, body: &body }) {
            Verdict::Right(profile) => Ok(Some(profile)),
            Verdict::Wrong => Ok(None),
            Verdict::Unclear => Err(Failure::Unclear(status)),
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

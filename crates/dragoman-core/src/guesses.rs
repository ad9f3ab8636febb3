//! Limits on guessing passwords and client secrets, the same for all dialects.
//!
//! Failures are counted in the database, so that all gateways know of them and a restart forgives nothing:
//! for each account seen from each network, for each network, and for each account. Beyond what is free, a
//! failure begins a delay, and while it runs an attempt is refused before anything is hashed or written,
//! even with the right password, because otherwise the refusal would tell which guess was right. Names that
//! nobody has are counted like all others; what is stored of any is a keyed digest.

mod quota;
mod settings;
mod standing;
mod under_way;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use moka::sync::Cache;
use secrecy::ExposeSecret as _;
use sha2::Sha256;

use crate::db::Database;
use crate::db::connection::AnyConnection;
use crate::db::guesses as queries;
use crate::{Clock, Error, Origin, Password, Result};
use quota::Quota;
pub use settings::GuessSettings;
use standing::{Standing, judge, seconds_until};
use under_way::{Others, Place, UnderWay};

/// How long it is remembered that an account signed in from a network.
pub(crate) const FAMILIAR: Duration = Duration::from_secs(30 * DAY);
const DAY: u64 = 24 * 60 * 60;

/// Networks that are remembered as familiar by one process, so that it writes that down once a day only.
const REMEMBERED: u64 = 10_000;

/// How often the counters are read when others are storing failures meanwhile. More often than guesses are free, so that
/// of any number at once no more are let through.
const READINGS: usize = 16;

/// Sixteen bytes of a keyed digest.
pub(crate) type Key = [u8; 16];

/// Whose password or secret it is that is guessed, whether or not there is such a one.
#[derive(Debug, Clone, Copy)]
pub(crate) enum About<'a> {
    /// Whoever has this folded name. Not the user behind it: that two names share their delays would tell
    /// that they belong to one person, and that there is such a person.
    Name(&'a str),
    /// The user with this id, who is signed in.
    User(i64),
    /// The program with this id.
    Program(&'a str),
}

/// What a guess is counted under, and the guess itself.
#[derive(Debug, Clone, Copy)]
struct Keys {
    pair: Key,
    network: Key,
    account: Key,
    guess: Key,
}

impl Keys {
    fn counters(&self) -> [Key; 3] {
        [self.pair, self.network, self.account]
    }
}

/// Which counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Pair,
    Network,
    Account,
}

/// What is to wait from now on, for whoever watches over the accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Delay {
    scope: Scope,
    pub(crate) seconds: u64,
}

impl Delay {
    /// Which limit was met.
    pub(crate) const fn scope(self) -> &'static str {
        match self.scope {
            Scope::Pair => "account and network",
            Scope::Network => "network",
            Scope::Account => "account",
        }
    }
}

/// Attempts that were refused since the start, by the limit that they had met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GuessStats {
    /// Too many failures of this account from this network.
    pub refused_pair: u64,
    /// Too many failures from this network.
    pub refused_network: u64,
    /// Too many failures of this account.
    pub refused_account: u64,
}

/// The limits of one process. Clones share them.
#[derive(Clone)]
pub(crate) struct Guesses {
    inner: Arc<Inner>,
}

struct Inner {
    enabled: bool,
    pair: Quota,
    network: Quota,
    account: Quota,
    secret: Box<str>,
    database: Database,
    clock: Clock,
    under_way: UnderWay,
    familiar: Cache<Key, ()>,
    refused: [AtomicU64; 3],
}

/// A guess that may be checked. [`Attempt::settle`] says how it went; without that it was none.
pub(crate) struct Attempt(Option<Admitted>);

struct Admitted {
    guesses: Guesses,
    keys: Keys,
    place: Place,
    has_failed: bool,
}

impl Guesses {
    /// `secret` keys the digests, and is the same for all gateways of one database.
    pub(crate) fn new(settings: &GuessSettings, secret: &str, database: Database, clock: Clock) -> Self {
        let quota = |free, seconds, longest_delay_seconds| Quota { free, seconds, longest_delay_seconds };
        let GuessSettings { free, seconds, longest_delay_seconds, .. } = *settings;
        let inner = Inner {
            enabled: settings.enabled,
            pair: quota(free, seconds, longest_delay_seconds),
            network: quota(settings.network_free, settings.network_seconds, settings.network_longest_delay_seconds),
            account: quota(settings.account_free, settings.account_seconds, settings.account_longest_delay_seconds),
            secret: secret.into(),
            database,
            clock,
            under_way: UnderWay::default(),
            familiar: Cache::builder().max_capacity(REMEMBERED).time_to_live(Duration::from_secs(DAY)).build(),
            refused: Default::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// What `query` finds, and leave to check the guess, in one visit to the database.
    ///
    /// # Errors
    /// `TooManyAttempts` while a delay runs.
    pub(crate) async fn admit<T, F>(&self, about: About<'_>, password: &Password, query: F) -> Result<(T, Attempt)>
    where
        T: Send + 'static,
        F: Fn(&mut AnyConnection) -> Result<T> + Clone + Send + 'static,
    {
        let inner = &self.inner;
        if !inner.enabled {
            return Ok((inner.database.read(query).await?, Attempt(None)));
        }
        let origin = Origin::current();
        let keys = self.keys(about, &origin, password);
        let mut readings = READINGS;
        loop {
            readings -= 1;
            let now = inner.clock.now();
            // Whoever makes others read anew for ever gets no more out of it than a guess or two.
            let stored = (readings > 0).then(|| inner.under_way.stored());
            let query = query.clone();
            let (found, standing) =
                inner.database.read(move |conn| Ok((query(conn)?, Standing::read(conn, &keys, now)?))).await?;
            let place = inner.under_way.enter(stored, &keys, |others| self.judge(&standing, others, now))?;
            if let Some(place) = place {
                let has_failed = standing.pair.is_some();
                let admitted = Admitted { guesses: self.clone(), keys, place, has_failed };
                return Ok((found, Attempt(Some(admitted))));
            }
        }
    }

    fn judge(&self, standing: &Standing, others: Others, now: DateTime<Utc>) -> Result<()> {
        let inner = &self.inner;
        let Standing { pair, network, account, familiar } = *standing;
        let account = account.filter(|_| !familiar);
        let judged = judge(&inner.pair, pair, now, |left| others.pair < left.max(1))
            .map_err(|wait| (Scope::Pair, wait))
            // Many people may be behind one address: only when its failures are used up do they wait for one another.
            .and_then(|()| {
                judge(&inner.network, network, now, |left| left > 0 || others.network == 0)
                    .map_err(|wait| (Scope::Network, wait))
            })
            .and_then(|()| {
                judge(&inner.account, account, now, |left| others.account < left.max(1))
                    .map_err(|wait| (Scope::Account, wait))
            });
        judged.map_err(|(scope, seconds)| {
            let [pair, network, account] = &inner.refused;
            let count = match scope {
                Scope::Pair => pair,
                Scope::Network => network,
                Scope::Account => account,
            };
            count.fetch_add(1, Relaxed);
            Error::TooManyAttempts { seconds }
        })
    }

    /// Counts a failure under all of its keys.
    async fn count_failure(&self, keys: Keys) -> Result<Vec<Delay>> {
        let now = self.inner.clock.now();
        let scopes = [
            // Always in this order, so that no two transactions of PostgreSQL wait for each other.
            (Scope::Pair, keys.pair, self.inner.pair),
            (Scope::Network, keys.network, self.inner.network),
            (Scope::Account, keys.account, self.inner.account),
        ];
        let counted = self.inner.database.write(move |conn| {
            let mut delays = Vec::new();
            for (scope, key, quota) in scopes {
                let counter = queries::count(conn, &key, now.timestamp_millis(), quota.leak_ms())?;
                if let Some(delayed) = quota.delayed(counter, now) {
                    queries::set(conn, &key, delayed)?;
                    delays.push(Delay { scope, seconds: seconds_until(delayed, now) });
                }
            }
            Ok(delays)
        });
        counted.await
    }

    /// Forgets the failures of whoever knows the password, and remembers where from.
    async fn welcome(&self, keys: Keys, has_failed: bool) {
        let familiar = &self.inner.familiar;
        let is_new = !familiar.contains_key(&keys.pair);
        if !has_failed && !is_new {
            return;
        }
        let now = self.inner.clock.now();
        let written = self.inner.database.write(move |conn| {
            queries::forget(conn, &keys.pair)?;
            Ok(queries::set_familiar(conn, &keys.account, &keys.network, now)?)
        });
        match written.await {
            Ok(()) => familiar.insert(keys.pair, ()),
            // The password was right all the same.
            Err(error) => tracing::debug!(%error, "a sign-in could not be remembered"),
        }
    }

    fn keys(&self, about: About<'_>, origin: &Origin, password: &Password) -> Keys {
        let network = match origin.network() {
            Some(address) => self.digest("network", &[address.to_string().as_bytes()]),
            None => self.digest("nowhere", &[]),
        };
        let account = match about {
            About::Name(name) => self.digest("name", &[name.as_bytes()]),
            About::User(id) => self.digest("user", &[&id.to_be_bytes()]),
            About::Program(id) => self.digest("program", &[id.as_bytes()]),
        };
        let pair = self.digest("pair", &[&account, &network]);
        let guess = self.digest("guess", &[&account, password.expose_secret().as_bytes()]);
        Keys { pair, network, account, guess }
    }

    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length (RFC 2104)")]
    fn digest(&self, what: &str, parts: &[&[u8]]) -> Key {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.inner.secret.as_bytes()).expect("any length is a key");
        for part in [b"guesses", what.as_bytes()].into_iter().chain(parts.iter().copied()) {
            mac.update(&part.len().to_be_bytes());
            mac.update(part);
        }
        let mut key = Key::default();
        key.iter_mut().zip(mac.finalize().into_bytes()).for_each(|(byte, digest)| *byte = digest);
        key
    }

    /// How it is going.
    pub(crate) fn stats(&self) -> GuessStats {
        let [refused_pair, refused_network, refused_account] =
            self.inner.refused.each_ref().map(|count| count.load(Relaxed));
        GuessStats { refused_pair, refused_network, refused_account }
    }
}

impl Attempt {
    /// What came of it, and which delays begin. A failure is counted before anybody hears of it.
    ///
    /// # Errors
    /// Where a failure could not be counted.
    pub(crate) async fn settle(self, right: bool) -> Result<Vec<Delay>> {
        let Self(Some(mut admitted)) = self else { return Ok(Vec::new()) };
        let Admitted { guesses, keys, .. } = &admitted;
        if right {
            guesses.welcome(*keys, admitted.has_failed).await;
            return Ok(Vec::new());
        }
        if !admitted.place.counts() {
            return Ok(Vec::new());
        }
        let counted = guesses.count_failure(*keys).await;
        admitted.place.counted(counted.is_ok());
        counted
    }
}

//! Password hashing, on threads of its own.
//!
//! A hash takes a quarter of a second of one core. On an async worker it would stop every request
//! of that worker, and while a connection is held it would empty the pool; so hashing has its own
//! threads behind a bounded queue that is fair between addresses and accounts. What was found to be
//! right is remembered for a minute.

mod cache;
mod figures;
mod job;
mod known;
mod pool;
mod queue;
#[cfg(test)]
mod tests;
mod upgrades;

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use dragoman_bcrypt_lanes::{Cost, Hash, LANES};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

pub use figures::{HashingStats, WAITS};

use crate::{Error, Fault, Field, Origin, Random, Result, UserId};
use cache::Verified;
use job::{Bcrypt, Foreign, MakeUp};
use known::Known;
pub(crate) use known::is_verifiable;
use pool::{Plan, Pool, Refusal};
pub(crate) use upgrades::Turn;
use upgrades::Upgrades;

/// A password or another secret that somebody types: never in `Debug`, never in a log.
pub type Password = SecretString;

/// bcrypt reads this many bytes of a password and no more.
pub const PASSWORD_LIMIT: usize = 72;

/// bcrypt has no lower one.
const LOWEST_COST: u32 = 4;

/// How passwords are hashed, how long that may take, and what is remembered of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct PasswordSettings {
    /// The binary logarithm of bcrypt's rounds, 4 to 31.
    pub bcrypt_cost: u32,
    /// Passwords that may wait for a hashing thread. When one more comes, the one whose turn would be
    /// the last is refused as busy.
    pub queue: usize,
    /// Seconds that a password may wait. Whatever would have to wait longer is refused at once.
    pub longest_wait_seconds: u64,
    /// Whether a thread computes up to four hashes in lockstep, which gives two to three times as many;
    /// if not, each is left to the `bcrypt` crate.
    pub lanes: bool,
    /// Verified credentials that are remembered; 0: none, so that every sign-in costs a hash.
    pub cache: u64,
    /// Seconds for which they are remembered.
    pub cache_seconds: u64,
}

impl Default for PasswordSettings {
    fn default() -> Self {
        Self { bcrypt_cost: 12, queue: 256, longest_wait_seconds: 5, lanes: true, cache: 10_000, cache_seconds: 60 }
    }
}

/// Whose password it is said to be.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    /// The name that was given, folded, whether or not anybody has it.
    pub(crate) name: String,
    /// Who has it.
    pub(crate) user: Option<UserId>,
}

impl From<UserId> for Claim {
    fn from(user: UserId) -> Self {
        Self { name: user.0.to_string(), user: Some(user) }
    }
}

/// The hashing threads and what they found out. Clones share them; they end with the last clone.
#[derive(Clone)]
pub(crate) struct Hasher {
    pool: Arc<Pool>,
    verified: Option<Arc<Verified>>,
    upgrades: Upgrades,
    cost: Cost,
    decoy: Arc<Known>,
    decoy_text: Arc<str>,
    random: Random,
    /// Makes numbers of accounts, for the queue; others each time, so that nobody can look for two that meet.
    accounts: RandomState,
}

impl Hasher {
    pub(crate) fn start(settings: &PasswordSettings, random: &Random) -> Result<Self> {
        let cost = Cost::new(settings.bcrypt_cost)
            .map_err(|error| Error::storage(format!("passwords.bcrypt_cost: {error}")))?;
        let plan = Plan {
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            lanes: if settings.lanes { LANES } else { 1 },
            queue: settings.queue.max(1),
            longest_wait: Duration::from_secs(settings.longest_wait_seconds),
        };
        let lifetime = Duration::from_secs(settings.cache_seconds);
        let verified = (settings.cache > 0).then(|| Arc::new(Verified::new(settings.cache, lifetime, random)));
        // For logins of users that do not exist. It need not be computed, only to look the part.
        let decoy = Hash::new(cost, random.bytes(), random.bytes());
        Ok(Self {
            pool: Arc::new(Pool::start(plan)?),
            verified,
            upgrades: Upgrades::default(),
            cost,
            decoy_text: decoy.to_string().into(),
            decoy: Arc::new(Known::Bcrypt(decoy)),
            random: random.clone(),
            accounts: RandomState::new(),
        })
    }

    /// Hashes a new password after checking that it can be one.
    pub(crate) async fn hash(&self, claim: &Claim, password: &Password) -> Result<String> {
        check_new(password)?;
        let (cost, salt) = (self.cost, self.random.bytes());
        let task = Bcrypt { password: password.clone(), salt, cost, make_up: None };
        let digest = self.pool.run(self.account(claim), task).await?;
        Ok(Hash::new(cost, salt, digest).to_string())
    }

    /// Whether the password belongs to the hash, whoever made it. Without a hash, or with one that cannot be
    /// verified, it takes as long as with one and the answer is no. So it does with one of a lower cost.
    pub(crate) async fn verify(&self, claim: &Claim, password: &Password, stored: Option<&str>) -> Result<bool> {
        let known = stored.and_then(|stored| Some((stored, Known::read(stored)?)));
        let (text, hash) = known.as_ref().map_or((&*self.decoy_text, &*self.decoy), |(text, hash)| (*text, hash));
        let origin = Origin::current();
        loop {
            let verifying = self.compare(claim, password, hash);
            let outcome = match &self.verified {
                Some(verified) => verified.find(verified.key(claim, text, password), verifying).await,
                None => verifying.await,
            };
            match outcome {
                // It was somebody else's job, who had the same question and has gone.
                Err(Refusal::Abandoned) if !origin.has_hung_up() => {}
                outcome => return Ok(outcome? && known.is_some()),
            }
        }
    }

    async fn compare(&self, claim: &Claim, password: &Password, hash: &Known) -> Result<bool, Refusal> {
        let (account, password) = (self.account(claim), password.clone());
        match hash {
            Known::Bcrypt(hash) => {
                let costs = missing_costs(1 << hash.cost().get(), self.cost.get());
                let make_up = Some(MakeUp { unless: hash.clone(), costs });
                let task = Bcrypt { password, salt: hash.salt(), cost: hash.cost(), make_up };
                Ok(hash.matches(&self.pool.run(account, task).await?))
            }
            Known::Foreign(hash) => {
                let make_up = missing_costs(hash.work(password.expose_secret().len()), self.cost.get());
                self.pool.run(account, Foreign { password, hash: Arc::clone(hash), make_up }).await
            }
        }
    }

    /// A turn to replace a stored hash, which this password has just opened, by a better one: where it is weaker than
    /// what is computed now, bcrypt reads all of the password, and nobody is at it already.
    pub(crate) fn begin_upgrade(&self, password: &Password, stored: &str) -> Option<Turn> {
        let weak = || Known::read(stored).is_some_and(|known| known.is_weaker_than(self.cost));
        let better = check_new(password).is_ok() && weak();
        better.then(|| self.upgrades.begin(self.accounts.hash_one(stored))).flatten()
    }

    #[cfg(test)]
    pub(crate) fn upgrades_under_way(&self) -> usize {
        self.upgrades.len()
    }

    /// Counts a hash that was replaced by a better one.
    pub(crate) fn count_upgrade(&self) {
        self.pool.figures().count_upgrade();
    }

    /// By the name, so that a queue looks the same whether or not somebody has it.
    fn account(&self, claim: &Claim) -> u64 {
        self.accounts.hash_one(&claim.name)
    }

    /// How it is going.
    pub(crate) fn stats(&self) -> HashingStats {
        self.pool.figures().stats(self.pool.waiting())
    }
}

/// The costs of the hashes that are to be computed beside something of fewer rounds, so that together they
/// take as long as one of the live cost: 2ⁿ + 2ⁿ + 2ⁿ⁺¹ + … + 2ᵐ⁻¹ = 2ᵐ. Less than bcrypt's lowest cost is left out.
fn missing_costs(rounds: u64, live: u32) -> Vec<u32> {
    let missing = (1_u64 << live).saturating_sub(rounds);
    (LOWEST_COST..live).filter(|cost| missing >> cost & 1 == 1).collect()
}

/// Whether a password can be hashed here.
pub(crate) fn check_new(password: &Password) -> Result<()> {
    let fault = match password.expose_secret() {
        "" => Fault::Missing,
        text if text.len() > PASSWORD_LIMIT => Fault::TooLong,
        text if text.contains('\0') => Fault::Malformed,
        _ => return Ok(()),
    };
    Err(Error::Invalid { field: Field::Password, fault })
}

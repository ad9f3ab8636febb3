//! Password hashing, on threads of its own.
//!
//! A hash takes a quarter of a second of one core. On an async worker it would stop every request
//! of that worker, and while a connection is held it would empty the pool; so hashing has its own
//! threads, as many as the machine has cores, behind a bounded queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use crossbeam_channel::{Receiver, Sender, TrySendError};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use crate::{Error, Fault, Field, Random, Result};

/// A password or another secret that somebody types: never in `Debug`, never in a log.
pub type Password = SecretString;

/// bcrypt reads this many bytes of a password and no more.
pub const PASSWORD_LIMIT: usize = 72;

/// How new passwords are hashed, and how many may wait for it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct PasswordSettings {
    /// The binary logarithm of bcrypt's rounds, 4 to 31.
    pub bcrypt_cost: u32,
    /// Jobs that may wait for a hashing thread; one more is refused as busy. Each waits its turn:
    /// at cost 12 and with two cores 64 of them take about eight seconds.
    pub queue: usize,
}

impl Default for PasswordSettings {
    fn default() -> Self {
        Self { bcrypt_cost: 12, queue: 64 }
    }
}

/// The hashing threads. Clones share them; they end with the last clone.
#[derive(Debug, Clone)]
pub(crate) struct Hasher {
    jobs: Sender<Job>,
    counters: Arc<Counters>,
    cost: u32,
    decoy: Arc<str>,
}

#[derive(Debug, Default)]
struct Counters {
    done: AtomicU64,
    refused: AtomicU64,
}

type Job = Box<dyn FnOnce() + Send>;

impl Hasher {
    pub(crate) fn start(settings: &PasswordSettings, random: &Random) -> Result<Self> {
        if !(4..=31).contains(&settings.bcrypt_cost) {
            return Err(Error::storage("passwords.bcrypt_cost: bcrypt takes a cost from 4 to 31"));
        }
        let (jobs, waiting) = crossbeam_channel::bounded(settings.queue.max(1));
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        for number in 0..threads {
            let waiting: Receiver<Job> = waiting.clone();
            std::thread::Builder::new()
                .name(format!("hashing-{number}"))
                .spawn(move || waiting.iter().for_each(|job| job()))
                .map_err(Error::storage)?;
        }
        let decoy = decoy(settings.bcrypt_cost, random).into();
        Ok(Self { jobs, counters: Arc::default(), cost: settings.bcrypt_cost, decoy })
    }

    /// Hashes a new password after checking that it can be one.
    pub(crate) async fn hash(&self, password: &Password) -> Result<String> {
        check_new(password)?;
        let (password, cost) = (password.clone(), self.cost);
        self.run(move || bcrypt::hash(password.expose_secret(), cost)).await?.map_err(Error::storage)
    }

    /// Whether the password belongs to the hash. Without a hash, or with one that cannot be
    /// verified, it takes as long as with one and the answer is no. So it does with one of a lower cost.
    pub(crate) async fn verify(&self, password: &Password, hash: Option<String>) -> Result<bool> {
        let known = hash.filter(|hash| is_verifiable(hash));
        let (password, decoy, cost) = (password.clone(), self.decoy.clone(), self.cost);
        self.run(move || {
            let matches = bcrypt::verify(password.expose_secret(), known.as_deref().unwrap_or(&decoy)).unwrap_or(false);
            if let (false, Some(hash)) = (matches, &known) {
                for missing in missing_costs(hash, cost) {
                    // Whatever is hashed, it takes the same time.
                    std::hint::black_box(bcrypt::bcrypt(missing, [0; 16], b"decoy"));
                }
            }
            known.is_some() && matches
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let counters = self.counters.clone();
        let job = Box::new(move || {
            // Whoever hung up while waiting needs no hash.
            if !answer.is_closed() {
                let outcome = work();
                counters.done.fetch_add(1, Ordering::Relaxed);
                drop(answer.send(outcome));
            }
        });
        match self.jobs.try_send(job) {
            Ok(()) => answered.await.map_err(Error::storage),
            Err(TrySendError::Full(_)) => {
                self.counters.refused.fetch_add(1, Ordering::Relaxed);
                Err(Error::Busy)
            }
            Err(TrySendError::Disconnected(_)) => Err(Error::storage("the hashing threads have ended")),
        }
    }

    /// Jobs waiting, done and refused.
    pub(crate) fn load(&self) -> (usize, u64, u64) {
        (self.jobs.len(), self.counters.done.load(Ordering::Relaxed), self.counters.refused.load(Ordering::Relaxed))
    }
}

/// Whether a stored hash can be verified at all. `$2x$` marks the hashes of a faulty
/// implementation; several passwords fit each, so none is accepted.
pub(crate) fn is_verifiable(hash: &str) -> bool {
    ["$2a$", "$2b$", "$2y$"].iter().any(|prefix| hash.starts_with(prefix))
}

/// The costs of the hashes that are to be computed beside one of a lower cost, so that together they
/// take as long as one of the live cost: 2ⁿ + 2ⁿ + 2ⁿ⁺¹ + … + 2ᵐ⁻¹ = 2ᵐ.
fn missing_costs(hash: &str, live: u32) -> std::ops::Range<u32> {
    let own = hash.split('$').nth(2).and_then(|cost| cost.parse().ok());
    own.map_or(live..live, |own: u32| own.max(4)..live)
}

fn check_new(password: &Password) -> Result<()> {
    let fault = match password.expose_secret() {
        "" => Fault::Missing,
        text if text.len() > PASSWORD_LIMIT => Fault::TooLong,
        text if text.contains('\0') => Fault::Malformed,
        _ => return Ok(()),
    };
    Err(Error::Invalid { field: Field::Password, fault })
}

/// A well-formed hash of nothing, for logins of users that do not exist: to verify against it
/// takes as long as against a real one. It need not be computed, only to look the part.
fn decoy(cost: u32, random: &Random) -> String {
    let text = |bytes: &[u8]| bcrypt::BASE_64.encode(bytes);
    format!("$2b${cost:02}${}{}", text(&random.bytes::<16>()), text(&random.bytes::<23>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hasher(queue: usize) -> Hasher {
        Hasher::start(&PasswordSettings { bcrypt_cost: 4, queue }, &Random::seeded(1)).unwrap()
    }

    fn password(text: &str) -> Password {
        text.into()
    }

    #[tokio::test]
    async fn a_new_password_verifies_and_another_does_not() {
        let hasher = hasher(8);
        let hash = hasher.hash(&password("secret12")).await.unwrap();
        assert!(hash.starts_with("$2b$04$"));
        assert!(hasher.verify(&password("secret12"), Some(hash.clone())).await.unwrap());
        assert!(!hasher.verify(&password("secret13"), Some(hash)).await.unwrap());
    }

    #[tokio::test]
    async fn the_known_spellings_of_bcrypt_verify_and_2x_does_not() {
        // From the test suite of crypt_blowfish 1.3 ("U*U" and "\xff\xff\xa3" left out: not UTF-8).
        let tail = "05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        let hasher = hasher(8);
        for (prefix, accepted) in [("$2a$", true), ("$2b$", true), ("$2y$", true), ("$2x$", false)] {
            let answer = hasher.verify(&password("U*U"), Some(format!("{prefix}{tail}"))).await.unwrap();
            assert_eq!(answer, accepted, "{prefix}");
        }
    }

    #[tokio::test]
    async fn an_unknown_user_is_hashed_for_all_the_same() {
        let hasher = hasher(8);
        assert!(!hasher.verify(&password("anything"), None).await.unwrap());
        assert_eq!(hasher.load().1, 1);
    }

    #[test]
    fn a_cheaper_hash_is_made_up_to_the_live_cost() {
        for (own, live) in [(4, 12), (10, 12), (11, 12), (12, 12)] {
            let hash = decoy(own, &Random::seeded(1));
            let rounds = missing_costs(&hash, live).map(|cost| 1_u64 << cost).sum::<u64>() + (1 << own);
            assert_eq!(rounds, 1 << live, "{own} of {live}");
        }
        // A dearer one takes its own time.
        assert!(missing_costs(&decoy(14, &Random::seeded(1)), 12).is_empty());
    }

    #[test]
    fn the_decoy_is_a_well_formed_hash() {
        let decoy = decoy(12, &Random::seeded(7));
        assert_eq!(decoy.len(), 60, "{decoy}");
        assert_eq!(decoy.parse::<bcrypt::HashParts>().unwrap().get_cost(), 12);
        let cheap = super::decoy(4, &Random::seeded(7));
        assert!(!bcrypt::verify("x", &cheap).unwrap());
    }

    #[tokio::test]
    async fn a_new_password_has_1_to_72_bytes_and_no_nul() {
        let hasher = hasher(8);
        for (text, fault) in [("", Fault::Missing), (&*"x".repeat(73), Fault::TooLong), ("a\0b", Fault::Malformed)] {
            let answer = hasher.hash(&password(text)).await;
            assert!(
                matches!(answer, Err(Error::Invalid { field: Field::Password, fault: f }) if f == fault),
                "{text:?}"
            );
        }
        assert!(hasher.hash(&password(&"é".repeat(36))).await.is_ok());
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once() {
        let hasher = hasher(1);
        let (release, hold) = crossbeam_channel::bounded::<()>(0);
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..threads {
            let hold = hold.clone();
            hasher.jobs.send(Box::new(move || assert!(hold.recv().is_err()))).unwrap();
            while hasher.load().0 > 0 {
                std::thread::yield_now();
            }
        }
        hasher.jobs.send(Box::new(|| ())).unwrap();
        assert!(matches!(hasher.verify(&password("x"), None).await, Err(Error::Busy)));
        assert_eq!(hasher.load().2, 1);
        drop(release);
    }
}

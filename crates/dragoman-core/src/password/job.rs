//! What waits for a hashing thread: hashes of our own kind, of which a thread computes several at once,
//! and those that others made, which it computes one by one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dragoman_bcrypt_lanes::{self as lanes, Cost, Hash};
use dragoman_hashes::StoredHash;
use secrecy::ExposeSecret as _;
use secrecy::zeroize::Zeroizing;
use tokio::sync::oneshot;

use super::pool::Refusal;
use crate::{Origin, PASSWORD_LIMIT, Password};

/// What bcrypt computes: 23 bytes of it are stored.
pub(super) type Digest = [u8; 23];

/// What a thread can be asked for.
pub(super) trait Task {
    type Answer;

    /// What it costs, in bcrypt's rounds.
    fn rounds(&self) -> u64;
}

/// A hash of ours to be computed.
pub(super) struct Bcrypt {
    pub(super) password: Password,
    pub(super) salt: [u8; 16],
    pub(super) cost: Cost,
    pub(super) make_up: Option<MakeUp>,
}

/// What else is computed before the answer, unless the digest belongs to this hash.
pub(super) struct MakeUp {
    pub(super) unless: Hash,
    pub(super) costs: Vec<u32>,
}

/// A password to be held against a hash that somebody else made.
pub(super) struct Foreign {
    pub(super) password: Password,
    pub(super) hash: Arc<StoredHash>,
    /// What else is computed before the answer, where that is no.
    pub(super) make_up: Vec<u32>,
}

/// A task, and whoever waits for it.
pub(super) struct Job<T: Task> {
    pub(super) task: T,
    pub(super) since: Instant,
    pub(super) origin: Origin,
    pub(super) answer: oneshot::Sender<Result<T::Answer, Refusal>>,
}

/// A job in the queue.
pub(super) enum Queued {
    Bcrypt(Job<Bcrypt>),
    Foreign(Job<Foreign>),
}

/// What a thread does at once.
pub(super) enum Batch {
    Lanes(Vec<Job<Bcrypt>>),
    Foreign(Job<Foreign>),
}

/// Whoever closes its half of the connection after the request, as some old clients do, looks like
/// one that has gone. Only where passwords really have to wait is it taken for that.
const GRACE: Duration = Duration::from_secs(1);

impl<T: Task> Job<T> {
    /// Why it is not worth while any more.
    fn refusal(&self, longest_wait: Duration) -> Option<Refusal> {
        let gone = self.answer.is_closed() || (self.since.elapsed() > GRACE && self.origin.has_hung_up());
        let late = || (self.since.elapsed() > longest_wait).then_some(Refusal::Busy);
        if gone { Some(Refusal::Abandoned) } else { late() }
    }

    pub(super) fn answer(self, outcome: Result<T::Answer, Refusal>) {
        // Whoever is not there any more misses nothing.
        let _ = self.answer.send(outcome);
    }
}

impl From<Job<Bcrypt>> for Queued {
    fn from(job: Job<Bcrypt>) -> Self {
        Self::Bcrypt(job)
    }
}

impl From<Job<Foreign>> for Queued {
    fn from(job: Job<Foreign>) -> Self {
        Self::Foreign(job)
    }
}

impl Queued {
    pub(super) fn is_foreign(&self) -> bool {
        matches!(self, Self::Foreign(_))
    }

    pub(super) fn rounds(&self) -> u64 {
        match self {
            Self::Bcrypt(job) => job.task.rounds(),
            Self::Foreign(job) => job.task.rounds(),
        }
    }

    pub(super) fn refusal(&self, longest_wait: Duration) -> Option<Refusal> {
        match self {
            Self::Bcrypt(job) => job.refusal(longest_wait),
            Self::Foreign(job) => job.refusal(longest_wait),
        }
    }

    pub(super) fn refuse(self, refusal: Refusal) {
        match self {
            Self::Bcrypt(job) => job.answer(Err(refusal)),
            Self::Foreign(job) => job.answer(Err(refusal)),
        }
    }
}

impl Batch {
    pub(super) fn rounds(&self) -> u64 {
        match self {
            Self::Lanes(jobs) => jobs.iter().map(|job| job.task.rounds()).sum(),
            Self::Foreign(job) => job.task.rounds(),
        }
    }

    /// Since when its jobs have waited.
    pub(super) fn since(&self) -> Vec<Instant> {
        match self {
            Self::Lanes(jobs) => jobs.iter().map(|job| job.since).collect(),
            Self::Foreign(job) => vec![job.since],
        }
    }
}

impl Task for Bcrypt {
    type Answer = Digest;

    fn rounds(&self) -> u64 {
        1 << self.cost.get()
    }
}

impl Task for Foreign {
    type Answer = bool;

    fn rounds(&self) -> u64 {
        self.hash.work(self.password.expose_secret().len())
    }
}

impl Bcrypt {
    pub(super) fn as_lane(&self) -> lanes::Job<'_> {
        lanes::Job { password: self.password.expose_secret().as_bytes(), salt: self.salt, cost: self.cost }
    }

    /// What the `bcrypt` crate computes, for operators who trust nothing younger.
    pub(super) fn by_the_crate(&self) -> Digest {
        let password = self.password.expose_secret().bytes().chain([0]).take(PASSWORD_LIMIT);
        stored(bcrypt::bcrypt(self.cost.get(), self.salt, &Zeroizing::new(password.collect::<Vec<u8>>())))
    }

    pub(super) fn owes(&self, digest: &Digest) -> bool {
        self.make_up.as_ref().is_some_and(|make_up| !make_up.costs.is_empty() && !make_up.unless.matches(digest))
    }

    pub(super) fn make_up(&self) {
        make_up(self.make_up.as_ref().map_or(&[], |make_up| &make_up.costs));
    }
}

impl Foreign {
    pub(super) fn verify(&self) -> bool {
        self.hash.verify(self.password.expose_secret().as_bytes())
    }

    pub(super) fn make_up(&self) {
        make_up(&self.make_up);
    }
}

/// Computes hashes of these costs for nobody. Whatever is hashed, it takes the same time.
fn make_up(costs: &[u32]) {
    for cost in costs {
        std::hint::black_box(bcrypt::bcrypt(*cost, [0; 16], b"made up"));
    }
}

/// What a stored hash keeps of what bcrypt computes.
pub(super) fn stored([digest @ .., _]: [u8; 24]) -> Digest {
    digest
}

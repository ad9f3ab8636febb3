//! The hashing threads: as many as cores, below everything else in priority.
//!
//! A thread takes up to four waiting jobs at once and computes them in lockstep, because one hash
//! by itself leaves most of a core idle. It never waits for a batch to fill.

use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use dragoman_bcrypt_lanes::{self as lanes, Cost, Hash};
use secrecy::ExposeSecret as _;
use secrecy::zeroize::Zeroizing;
use tokio::sync::oneshot;

use super::figures::Figures;
use super::queue::{Applicant, Entry, FairQueue};
use crate::{Error, Origin, PASSWORD_LIMIT, Password, Result};

/// What bcrypt computes: 23 bytes of it are stored.
pub(super) type Digest = [u8; 23];

/// A hash to be computed.
pub(super) struct Task {
    pub(super) password: Password,
    pub(super) salt: [u8; 16],
    pub(super) cost: Cost,
    pub(super) make_up: Option<MakeUp>,
}

/// What else is computed before the answer, unless the digest belongs to this hash.
pub(super) struct MakeUp {
    pub(super) unless: Hash,
    pub(super) costs: Range<u32>,
}

/// Why a hash was not computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It would have to wait for too long.
    Busy,
    /// Whoever asked has gone.
    Abandoned,
    /// The threads have ended.
    Ended,
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            // To a client that has gone it does not matter what it is told.
            Refusal::Busy | Refusal::Abandoned => Self::Busy,
            Refusal::Ended => Self::storage("the hashing threads have ended"),
        }
    }
}

/// How the threads work.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub(super) threads: usize,
    /// Hashes that a thread computes at once.
    pub(super) lanes: usize,
    pub(super) queue: usize,
    pub(super) longest_wait: Duration,
}

/// Whoever closes its half of the connection after the request, as some old clients do, looks like
/// one that has gone. Only where passwords really have to wait is it taken for that.
const GRACE: Duration = Duration::from_secs(1);

/// The threads; they end when this is dropped.
pub(super) struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    plan: Plan,
    state: Mutex<State>,
    arrived: Condvar,
    figures: Figures,
}

struct State {
    queue: FairQueue<Job>,
    /// bcrypt's rounds that are being computed now.
    running: u64,
    /// Rounds a second that one thread has lately computed; zero until one has.
    pace: f64,
    closed: bool,
}

struct Job {
    task: Task,
    since: Instant,
    origin: Origin,
    answer: oneshot::Sender<Result<Digest, Refusal>>,
}

impl Pool {
    pub(super) fn start(plan: Plan) -> Result<Self> {
        let state = State { queue: FairQueue::new(plan.queue), running: 0, pace: 0.0, closed: false };
        let shared =
            Arc::new(Shared { plan, state: Mutex::new(state), arrived: Condvar::new(), figures: Figures::default() });
        let pool = Self { shared };
        for number in 0..plan.threads {
            let shared = Arc::clone(&pool.shared);
            std::thread::Builder::new()
                .name(format!("hashing-{number}"))
                .spawn(move || {
                    step_back();
                    while let Some(batch) = shared.next_batch() {
                        shared.hash(batch);
                    }
                })
                .map_err(Error::storage)?;
        }
        Ok(pool)
    }

    /// Computes a hash for an account when its turn comes, if that is soon enough.
    pub(super) async fn run(&self, account: u64, task: Task) -> Result<Digest, Refusal> {
        let (answer, answered) = oneshot::channel();
        let origin = Origin::current();
        let applicant = Applicant { network: origin.network(), account };
        self.shared.enter(applicant, Job { task, since: Instant::now(), origin, answer });
        answered.await.unwrap_or(Err(Refusal::Ended))
    }

    /// Jobs that wait.
    pub(super) fn waiting(&self) -> usize {
        self.shared.state().queue.len()
    }

    pub(super) fn figures(&self) -> &Figures {
        &self.shared.figures
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.state().closed = true;
        self.shared.arrived.notify_all();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, applicant: Applicant, job: Job) {
        let mut state = self.state();
        let most = state.rounds_within(&self.plan);
        let rounds = job.rounds();
        let entry = state.queue.push(applicant, rounds, most, job);
        drop(state);
        match entry {
            Entry::Waits => self.arrived.notify_one(),
            Entry::InsteadOf(last) => {
                self.refuse(last, Refusal::Busy);
                self.arrived.notify_one();
            }
            Entry::Refused(job) => self.refuse(job, Refusal::Busy),
        }
    }

    /// Waits for jobs; `None` when there will be no more.
    fn next_batch(&self) -> Option<Vec<Job>> {
        let mut state = self.state();
        loop {
            if state.closed {
                return None;
            }
            let batch = self.take(&mut state.queue);
            if !batch.is_empty() {
                state.running += rounds(&batch);
                return Some(batch);
            }
            state = self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A fair share of what waits: the other threads want some of it, too.
    fn take(&self, queue: &mut FairQueue<Job>) -> Vec<Job> {
        let share = queue.len().div_ceil(self.plan.threads).min(self.plan.lanes);
        let mut batch = Vec::with_capacity(share);
        while batch.len() < share {
            let Some(job) = queue.pop() else { break };
            if job.is_abandoned() {
                self.refuse(job, Refusal::Abandoned);
            } else if job.since.elapsed() > self.plan.longest_wait {
                self.refuse(job, Refusal::Busy);
            } else {
                batch.push(job);
            }
        }
        batch
    }

    fn hash(&self, batch: Vec<Job>) {
        let begun = Instant::now();
        let digests = if self.plan.lanes > 1 { in_lockstep(&batch) } else { one_by_one(&batch) };
        self.state().finish(rounds(&batch), begun.elapsed());
        self.figures.count_batch(batch.iter().map(|job| begun.duration_since(job.since)));
        let (ready, owing): (Vec<_>, Vec<_>) =
            batch.into_iter().zip(digests).partition(|(job, digest)| !job.owes(digest));
        for (job, digest) in ready {
            job.answer(Ok(digest));
        }
        for (job, digest) in owing {
            job.make_up();
            job.answer(Ok(digest));
        }
    }

    fn refuse(&self, job: Job, refusal: Refusal) {
        self.figures.count_refusal(refusal);
        job.answer(Err(refusal));
    }
}

impl State {
    /// How many rounds may lie before a job that is to begin soon enough.
    fn rounds_within(&self, plan: &Plan) -> u64 {
        if self.pace == 0.0 {
            return u64::MAX;
        }
        let rounds = plan.longest_wait.as_secs_f64() * self.pace * plan.threads as f64;
        (rounds as u64).saturating_sub(self.running)
    }

    fn finish(&mut self, rounds: u64, took: Duration) {
        self.running = self.running.saturating_sub(rounds);
        let pace = rounds as f64 / took.as_secs_f64().max(f64::EPSILON);
        // The last few batches count: how fast they were depends on how full.
        self.pace = if self.pace == 0.0 { pace } else { self.pace * 0.75 + pace * 0.25 };
    }
}

impl Task {
    fn as_lane(&self) -> lanes::Job<'_> {
        lanes::Job { password: self.password.expose_secret().as_bytes(), salt: self.salt, cost: self.cost }
    }

    fn by_the_crate(&self) -> Digest {
        let password = self.password.expose_secret().bytes().chain([0]).take(PASSWORD_LIMIT);
        stored(bcrypt::bcrypt(self.cost.get(), self.salt, &Zeroizing::new(password.collect::<Vec<u8>>())))
    }
}

impl Job {
    fn rounds(&self) -> u64 {
        1 << self.task.cost.get()
    }

    fn is_abandoned(&self) -> bool {
        self.answer.is_closed() || (self.since.elapsed() > GRACE && self.origin.has_hung_up())
    }

    fn owes(&self, digest: &Digest) -> bool {
        self.task.make_up.as_ref().is_some_and(|make_up| !make_up.costs.is_empty() && !make_up.unless.matches(digest))
    }

    fn make_up(&self) {
        for cost in self.task.make_up.iter().flat_map(|make_up| make_up.costs.clone()) {
            // Whatever is hashed, it takes the same time.
            std::hint::black_box(bcrypt::bcrypt(cost, self.task.salt, b"made up"));
        }
    }

    fn answer(self, outcome: Result<Digest, Refusal>) {
        // Whoever is not there any more misses nothing.
        let _ = self.answer.send(outcome);
    }
}

/// What a stored hash keeps of what bcrypt computes.
fn stored([digest @ .., _]: [u8; 24]) -> Digest {
    digest
}

fn rounds(batch: &[Job]) -> u64 {
    batch.iter().map(Job::rounds).sum()
}

fn in_lockstep(batch: &[Job]) -> Vec<Digest> {
    let jobs: Vec<_> = batch.iter().map(|job| job.task.as_lane()).collect();
    lanes::bcrypt(&jobs).into_iter().map(stored).collect()
}

/// What the `bcrypt` crate computes, for operators who trust nothing younger.
fn one_by_one(batch: &[Job]) -> Vec<Digest> {
    batch.iter().map(|job| job.task.by_the_crate()).collect()
}

/// Whoever reads is to be served before those who wait for a hash: a core is enough for thousands of
/// reads a second, while hashing takes whatever it is given.
fn step_back() {
    const NICE: i32 = 10;
    // On Linux a thread has a priority of its own. Where it may not be lowered, it stays.
    let _ = rustix::process::setpriority_process(None, NICE);
}

//! The hashing threads: as many as cores, below everything else in priority.
//!
//! A thread takes up to four waiting jobs at once and computes them in lockstep, because one hash
//! by itself leaves most of a core idle. It never waits for a batch to fill.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use dragoman_bcrypt_lanes as lanes;
use tokio::sync::oneshot;

use super::figures::Figures;
use super::job::{Batch, Bcrypt, Digest, Job, Queued, Task, stored};
use super::queue::{Applicant, Entry, FairQueue};
use crate::{Error, Origin, Result};

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
    queue: FairQueue<Queued>,
    /// bcrypt's rounds that are being computed now.
    running: u64,
    /// Rounds a second that one thread has lately computed; zero until one has.
    pace: f64,
    closed: bool,
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

    /// Does a task for an account when its turn comes, if that is soon enough.
    pub(super) async fn run<T: Task>(&self, account: u64, task: T) -> Result<T::Answer, Refusal>
    where
        Queued: From<Job<T>>,
    {
        let (answer, answered) = oneshot::channel();
        let origin = Origin::current();
        let applicant = Applicant { network: origin.network(), account };
        self.shared.enter(applicant, Job { task, since: Instant::now(), origin, answer }.into());
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

    fn enter(&self, applicant: Applicant, job: Queued) {
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
    fn next_batch(&self) -> Option<Batch> {
        let mut state = self.state();
        loop {
            if state.closed {
                return None;
            }
            if let Some(batch) = self.take(&mut state.queue) {
                state.running += batch.rounds();
                return Some(batch);
            }
            state = self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A fair share of what waits: the other threads want some of it, too. What others made is computed by
    /// itself, and what waits before it goes first.
    fn take(&self, queue: &mut FairQueue<Queued>) -> Option<Batch> {
        let share = queue.len().div_ceil(self.plan.threads).min(self.plan.lanes);
        let mut batch = Vec::with_capacity(share);
        while batch.len() < share && (batch.is_empty() || !queue.next().is_some_and(Queued::is_foreign)) {
            let Some(job) = queue.pop() else { break };
            match (job.refusal(self.plan.longest_wait), job) {
                (Some(refusal), job) => self.refuse(job, refusal),
                (None, Queued::Bcrypt(job)) => batch.push(job),
                (None, Queued::Foreign(job)) => return Some(Batch::Foreign(job)),
            }
        }
        (!batch.is_empty()).then_some(Batch::Lanes(batch))
    }

    fn hash(&self, batch: Batch) {
        let (begun, rounds, since) = (Instant::now(), batch.rounds(), batch.since());
        let finished = || {
            self.state().finish(rounds, begun.elapsed());
            self.figures.count_batch(since.iter().map(|since| begun.duration_since(*since)));
        };
        match batch {
            Batch::Lanes(jobs) => self.hash_ours(jobs, finished),
            Batch::Foreign(job) => {
                let right = job.task.verify();
                finished();
                if !right {
                    job.task.make_up();
                }
                job.answer(Ok(right));
            }
        }
    }

    fn hash_ours(&self, jobs: Vec<Job<Bcrypt>>, finished: impl FnOnce()) {
        let digests = if self.plan.lanes > 1 { in_lockstep(&jobs) } else { one_by_one(&jobs) };
        finished();
        let (ready, owing): (Vec<_>, Vec<_>) =
            jobs.into_iter().zip(digests).partition(|(job, digest)| !job.task.owes(digest));
        for (job, digest) in ready {
            job.answer(Ok(digest));
        }
        for (job, digest) in owing {
            job.task.make_up();
            job.answer(Ok(digest));
        }
    }

    fn refuse(&self, job: Queued, refusal: Refusal) {
        self.figures.count_refusal(refusal);
        job.refuse(refusal);
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

fn in_lockstep(jobs: &[Job<Bcrypt>]) -> Vec<Digest> {
    let jobs: Vec<_> = jobs.iter().map(|job| job.task.as_lane()).collect();
    lanes::bcrypt(&jobs).into_iter().map(stored).collect()
}

fn one_by_one(jobs: &[Job<Bcrypt>]) -> Vec<Digest> {
    jobs.iter().map(|job| job.task.by_the_crate()).collect()
}

/// Whoever reads is to be served before those who wait for a hash: a core is enough for thousands of
/// reads a second, while hashing takes whatever it is given.
fn step_back() {
    const NICE: i32 = 10;
    // On Linux a thread has a priority of its own. Where it may not be lowered, it stays.
    let _ = rustix::process::setpriority_process(None, NICE);
}

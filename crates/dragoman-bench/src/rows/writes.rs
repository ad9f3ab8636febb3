//! Durable registrations, without the hash that hides them.

mod pool;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::ScopedJoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use dragoman::{dialects, startup};
use dragoman_core::{Accounts, Filter, SeedUser};
use futures_util::future::try_join_all;
use tempfile::TempDir;
use tokio::runtime::Builder;

use crate::bench::Bench;
use crate::figure::{Figure, Findings, Goal, Side, Unit};
use crate::fill::{self, Database};
use crate::ratio::{Spread, interleaved, percentile, ratios};

/// How many register at the same time.
const CLIENTS: usize = 64;

#[derive(Debug, Clone, Copy)]
enum Way {
    Pool,
    GroupCommit,
}

/// Each way writes into a new file, with the same tables, indexes and triggers.
pub fn measure(bench: &Bench, findings: &mut Findings) -> Result<()> {
    let hash = fill::hash(4)?;
    let time = Duration::from_secs(bench.seconds);
    let [pool, group] = interleaved(bench.rounds, &[Way::Pool, Way::GroupCommit], |way| {
        bench.say(&format!("registrations: {way:?}"));
        let fresh = Fresh::make(bench.folder())?;
        let burst = match way {
            Way::Pool => pool::write(&fresh.file(), &hash, time)?,
            Way::GroupCommit => group_commit(&fresh.accounts()?, &hash, time)?,
        };
        fresh.holds(burst.millis.len())?;
        Ok(burst)
    })?;
    findings.sides.push(side("pool of eight", &pool));
    findings.sides.push(side("group commit", &group));
    let name = "durable registrations without hashing: group commit / pool of eight";
    let ratios = ratios(&each(&group, Burst::rate), &each(&pool, Burst::rate));
    let figure = Figure::new(name, "rate", Unit::Ratio, Some(Goal::AtLeast(2.0)), ratios);
    let refused: u64 = pool.iter().map(|burst| burst.refused).sum();
    findings.figures.push(figure.noted(&format!("{refused} of the pool's failed: database is locked")));
    let p99 = each(&group, |burst| burst.latency(0.99));
    findings.figures.push(Figure::new(name, "p99", Unit::Milliseconds, Some(Goal::AtMost(50.0)), p99));
    Ok(())
}

/// What was written in a while.
#[derive(Debug, Default)]
struct Burst {
    seconds: f64,
    millis: Vec<f64>,
    refused: u64,
}

impl Burst {
    fn rate(&self) -> f64 {
        self.millis.len() as f64 / self.seconds
    }

    fn latency(&self, share: f64) -> f64 {
        let mut sorted = self.millis.clone();
        sorted.sort_by(f64::total_cmp);
        percentile(&sorted, share).unwrap_or(f64::NAN)
    }
}

fn each(bursts: &[Burst], value: impl Fn(&Burst) -> f64) -> Vec<f64> {
    bursts.iter().map(value).collect()
}

fn side(name: &str, bursts: &[Burst]) -> Side {
    let latency = |share| Spread::of(&each(bursts, |burst| burst.latency(share)));
    let side = Side::of_rate("writes", name, &each(bursts, Burst::rate));
    Side { p50: latency(0.5), p99: latency(0.99), p999: latency(0.999), ..side }
}

/// An empty database.
struct Fresh {
    folder: TempDir,
}

impl Fresh {
    fn make(parent: &Path) -> Result<Self> {
        let fresh = Self { folder: tempfile::Builder::new().prefix("writes-").tempdir_in(parent)? };
        let database = fresh.database();
        startup::migrate(&database.open()?, &database.settings())?;
        Ok(fresh)
    }

    fn file(&self) -> String {
        self.folder.path().join("writes.db").display().to_string()
    }

    fn database(&self) -> Database {
        Database { url: format!("sqlite://{}", self.file()), keys: self.folder.path().join("keys"), users: 0, cost: 4 }
    }

    fn accounts(&self) -> Result<Accounts> {
        let realm = dialects::ALL.first().context("there is no dialect")?.realm;
        Ok(self.database().open()?.accounts(realm))
    }

    /// What was acknowledged is there.
    fn holds(&self, users: usize) -> Result<()> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let there = runtime.block_on(self.accounts()?.count(Filter::default()))?;
        ensure!(usize::try_from(there)? == users, "{users} registrations were acknowledged, and {there} are there");
        Ok(())
    }
}

/// As the gateway does it: as many async threads as cores, and all clients wait for one writer.
fn group_commit(accounts: &Accounts, hash: &str, time: Duration) -> Result<Burst> {
    let threads = std::thread::available_parallelism()?.get();
    let (number, begun) = (AtomicU64::new(0), Instant::now());
    let millis = std::thread::scope(|scope| {
        let clients = || {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            let clients = (0..CLIENTS / threads).map(|_| client(accounts, hash, &number, begun + time));
            anyhow::Ok(runtime.block_on(try_join_all(clients))?.concat())
        };
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(clients)).collect();
        let join = |one: ScopedJoinHandle<'_, _>| one.join().map_err(|_| anyhow!("a client panicked"))?;
        all.into_iter().map(join).collect::<Result<Vec<Vec<f64>>>>()
    })?;
    Ok(Burst { seconds: begun.elapsed().as_secs_f64(), millis: millis.concat(), refused: 0 })
}

/// Registers one user after the other; returns how long each took, in milliseconds.
async fn client(accounts: &Accounts, hash: &str, number: &AtomicU64, end: Instant) -> Result<Vec<f64>> {
    let mut millis = Vec::new();
    while Instant::now() < end {
        let user = fill::username(u32::try_from(number.fetch_add(1, Ordering::Relaxed))?);
        let newcomer = SeedUser {
            email: Some(format!("{user}@example.com")),
            username: Some(user),
            name: "A new user".to_owned(),
            password_hash: Some(hash.to_owned()),
            ..SeedUser::default()
        };
        let begun = Instant::now();
        accounts.seed(newcomer).await?;
        millis.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(millis)
}

//! What becomes slower when there are more users.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use dragoman::dialects;
use dragoman_core::{Accounts, Filter, Random};
use futures_util::TryStreamExt as _;
use tokio::runtime::{Builder, Runtime};

use crate::bench::Bench;
use crate::figure::{Figure, Findings, Goal, Unit};
use crate::fill::Database;
use crate::ratio::{interleaved, percentile, ratios};

/// Of no other group: a file that gateways have written to has a log beside it, which each read looks into.
const COST: u32 = 5;
const SMALL: u32 = 100_000;
const MEDIUM: u32 = 1_000_000;
const LARGE: u32 = 10_000_000;
/// Reads of a round; as many before the first make it warm.
const READS: usize = 50_000;

const BY_ID: &str = "read by id p50";

/// The core itself, in this process: behind HTTP the difference would drown.
pub fn measure(bench: &Bench, findings: &mut Findings) -> Result<()> {
    let (small, medium) = (Book::open(bench, SMALL)?, Book::open(bench, MEDIUM)?);
    compare(bench, findings, "1 M / 100 k users", Goal::AtMost(1.25), &medium, &small)?;
    counts(findings, &small, &medium)?;
    let (case, goal) = ("10 M / 100 k users, warm", Goal::AtMost(2.5));
    if !bench.large {
        findings.figures.push(Figure::missing(BY_ID, case, Some(goal), "only with --large"));
        return Ok(());
    }
    compare(bench, findings, case, goal, &Book::open(bench, LARGE)?, &small)
}

fn compare(bench: &Bench, findings: &mut Findings, case: &str, goal: Goal, large: &Book, small: &Book) -> Result<()> {
    let [large, small] = interleaved(bench.rounds, &[large, small], |book| {
        bench.say(&format!("reads by id of {} users", book.users));
        book.by_id_micros()
    })?;
    let note = crate::ratio::Spread::of(&small).zip(crate::ratio::Spread::of(&large));
    let note = note.map(|(small, large)| format!("{:.1} µs / {:.1} µs", large.median, small.median));
    let figure = Figure::new(BY_ID, case, Unit::Ratio, Some(goal), ratios(&large, &small));
    findings.figures.push(figure.noted(&note.unwrap_or_default()));
    Ok(())
}

/// How many there are, and a search for a part of a name: no figure asks for these, but jwt's pages and vitja's do.
fn counts(findings: &mut Findings, small: &Book, medium: &Book) -> Result<()> {
    for book in [small, medium] {
        let case = format!("{} users", book.users);
        let count = book.millis(async |accounts| {
            accounts.count(Filter::default()).await?;
            Ok(())
        })?;
        findings.figures.push(Figure::new("number of all users", &case, Unit::Milliseconds, None, count));
        let search = Filter { term: Some(format!("SER {}", book.users - 7)), ..Filter::default() };
        let search = book.millis(async |accounts| {
            let found: Vec<_> = accounts.list(search.clone()).try_collect().await?;
            ensure!(!found.is_empty(), "nobody is found");
            Ok(())
        })?;
        findings.figures.push(Figure::new("search for a part of a name", &case, Unit::Milliseconds, None, search));
    }
    Ok(())
}

/// A database that is read in this process.
struct Book {
    users: u32,
    accounts: Accounts,
    runtime: Runtime,
    numbers: Vec<i64>,
}

impl Book {
    fn open(bench: &Bench, users: u32) -> Result<Self> {
        let database = bench.sqlite(users, COST)?;
        warm(&database)?;
        let random = Random::seeded(u64::from(users));
        let numbers = (0..READS).map(|_| i64::from(1 + u32::from_be_bytes(random.bytes()) % users)).collect();
        let realm = dialects::ALL.first().context("there is no dialect")?.realm;
        let accounts = database.open()?.accounts(realm);
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let book = Self { users, accounts, runtime, numbers };
        book.by_id_micros()?;
        Ok(book)
    }

    fn by_id_micros(&self) -> Result<f64> {
        let mut micros = Vec::with_capacity(self.numbers.len());
        self.runtime.block_on(async {
            for number in &self.numbers {
                let begun = Instant::now();
                self.accounts.by_number(*number).await?;
                micros.push(begun.elapsed().as_secs_f64() * 1e6);
            }
            anyhow::Ok(())
        })?;
        micros.sort_by(f64::total_cmp);
        percentile(&micros, 0.5).context("no reads")
    }

    fn millis(&self, ask: impl AsyncFn(&Accounts) -> Result<()>) -> Result<Vec<f64>> {
        const TIMES: usize = 21;
        let ask = || {
            let begun = Instant::now();
            self.runtime.block_on(ask(&self.accounts))?;
            Ok(begun.elapsed().as_secs_f64() * 1000.0)
        };
        (0..TIMES).map(|_| ask()).collect()
    }
}

/// Reads the whole file, so that the kernel has it in memory.
fn warm(database: &Database) -> Result<()> {
    let path = database.url.strip_prefix("sqlite://").context("no file")?;
    std::io::copy(&mut std::fs::File::open(path)?, &mut std::io::sink())?;
    Ok(())
}

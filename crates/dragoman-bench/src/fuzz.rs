//! Sends requests that no honest client sends to every dialect, by the hundred thousand, and watches the gateway:
//! it must answer, must not answer with a fault of its own, must not panic, and must not grow without bound.

mod house;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Result, ensure};
use clap::ValueEnum;
use dragoman_http::Profile;
use dragoman_tests::fuzz::{self, Plan, people};
use dragoman_tests::program;
use indicatif::{ProgressBar, ProgressStyle};

use crate::procfs::Memory;
use house::House;

/// People to sign in as. What is sent changes and deletes some of them.
const PEOPLE: u32 = 300;

/// What a gateway may have at the end above what it had after a quarter of the requests.
const GROWTH: u64 = 32 << 20;

/// What `fuzz` may be told.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many requests, in equal parts on each database and in each profile.
    #[arg(long, default_value_t = 1_000_000, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    requests: u64,
    /// Clients that send at the same time.
    #[arg(long, default_value_t = 8, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    clients: u64,
    /// Makes the same choices as another run with this number.
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    seed: u64,
    /// Only on this database.
    #[arg(long, value_enum, value_name = "NAME")]
    database: Option<Database>,
    /// The program; without it, the one that Cargo builds.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

/// Where the gateway keeps its users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Database {
    /// A file.
    Sqlite,
    /// A throwaway server.
    Postgres,
}

/// Runs every part; an error if anything was found.
pub(crate) fn run(args: &Args) -> Result<()> {
    let program = match &args.program {
        Some(file) => file.canonicalize()?,
        None => program::path()?.to_owned(),
    };
    let databases = args.database.map_or_else(|| vec![Database::Sqlite, Database::Postgres], |one| vec![one]);
    let parts: Vec<_> =
        databases.iter().flat_map(|database| Profile::ALL.map(|profile| (*database, profile))).collect();
    let progress = progress(args.requests)?;
    let mut clean = true;
    for (number, (database, profile)) in (0..).zip(&parts) {
        let count = parts.len() as u64;
        let requests = args.requests / count + u64::from(number < args.requests % count);
        let plan = Plan { seed: args.seed.wrapping_add(number), requests, clients: args.clients };
        clean &= part(&program, *database, *profile, plan, &progress)?;
    }
    progress.finish_and_clear();
    ensure!(clean, "see above");
    Ok(())
}

/// Hidden by itself where standard error is no terminal.
fn progress(requests: u64) -> Result<ProgressBar> {
    let style = ProgressStyle::with_template("{elapsed_precise} {prefix} {bar:40} {human_pos}/{human_len} {per_sec}")?;
    Ok(ProgressBar::new(requests).with_style(style))
}

fn part(program: &Path, database: Database, profile: Profile, plan: Plan, progress: &ProgressBar) -> Result<bool> {
    let name =
        format!("{} {profile}", database.to_possible_value().map_or_else(String::new, |v| v.get_name().to_owned()));
    progress.set_prefix(name.clone());
    let people = people(PEOPLE);
    let house = House::open(program, database, profile, &people)?;
    let begun = Instant::now();
    let quarter = Plan { requests: plan.requests / 4, ..plan };
    let rest = Plan { requests: plan.requests - quarter.requests, seed: plan.seed.wrapping_add(1 << 32), ..plan };
    let site = house.site(people);
    let mut tally = fuzz::run(&site, quarter, &|sent| progress.inc(sent))?;
    let early = house.memory()?;
    tally.add(fuzz::run(&site, rest, &|sent| progress.inc(sent))?);
    let late = house.memory()?;
    let seconds = begun.elapsed().as_secs();
    house.administrator_signs_in()?;
    let panics = house.close()?;
    let sound = tally.findings.is_empty() && panics.is_empty() && late.anonymous <= early.anonymous + GROWTH;
    let report = format!(
        "{name}, seed {}, {seconds} s: {tally}\n{} after a quarter, {} at the end; {} panics{}\n",
        plan.seed,
        mebibytes(early),
        mebibytes(late),
        panics.len(),
        panics.iter().map(|line| format!("\n  {line}")).collect::<String>()
    );
    progress.suspend(|| std::io::stdout().write_all(report.as_bytes()))?;
    Ok(sound)
}

fn mebibytes(memory: Memory) -> String {
    format!("{} MiB of heap and stacks", memory.anonymous >> 20)
}

//! Kills the gateway again and again in the middle of writes, and looks whether it kept its word:
//! nothing acknowledged is lost, and no revoked token comes back.

mod check;
mod client;
mod ledger;
#[cfg(test)]
mod ledger_tests;
mod load;
mod process;
mod summary;
mod tally;
mod trial;

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Result, ensure};

use crate::program;
use process::Database;
use trial::Trial;

/// What `kill` may be told.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How often the gateway is killed.
    #[arg(long, default_value_t = 100, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Only on this database.
    #[arg(long, value_enum, value_name = "NAME")]
    database: Option<Database>,
    /// Clients that write at the same time.
    #[arg(long, default_value_t = 8, value_name = "COUNT")]
    clients: usize,
    /// In every so many-th round PostgreSQL is stopped too, in immediate mode; 0: never.
    #[arg(long, default_value_t = 4, value_name = "COUNT")]
    stop_database_every: u32,
    /// The program; without it, the one beside this one, or one that Cargo builds.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Repeats the choices of another run; moments differ all the same.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
}

/// Runs all rounds on each database; an error if anything was lost or revived, or if nothing was proved.
pub(crate) fn run(args: &Args) -> Result<()> {
    let program = program::chosen(args.program.as_deref())?;
    #[expect(clippy::disallowed_methods, reason = "each run is to kill at other moments")]
    let seed = args.seed.unwrap_or_else(|| rand::RngExt::random(&mut rand::rng()));
    let mut convincing = true;
    for database in args.database.map_or_else(|| vec![Database::Sqlite, Database::Postgres], |one| vec![one]) {
        let summary = Trial::new(args, &program, database, seed)?.run()?;
        writeln!(std::io::stdout(), "{summary}")?;
        convincing &= summary.is_sound() && summary.proves_something();
    }
    ensure!(convincing, "see above");
    Ok(())
}

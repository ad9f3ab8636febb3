//! The one integration test binary.
//!
//! Every exchange under `dialects/` is a test by itself, in each profile that it holds in and on each database;
//! beside them stand the tests of what no exchange can say.

mod architecture;
mod callers;
mod commands;
mod exchanges;
mod hostile;
mod outages;
mod prefixes;
mod processes;
mod simultaneous;
mod trials;

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use dragoman_tests::World;
use dragoman_tests::cluster::Cluster;
use libtest_mimic::{Arguments, Trial};

use trials::Trials;

fn main() -> ExitCode {
    match run(&Arguments::from_args()) {
        Ok(code) => code,
        Err(error) => {
            drop(writeln!(std::io::stderr(), "error: {error:#}")); // nowhere else to say it
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<ExitCode> {
    if arguments.list {
        let world = World { postgres: String::new() };
        return Ok(libtest_mimic::run(arguments, all(world)?).exit_code());
    }
    let cluster = Cluster::start().context("the tests need a PostgreSQL server, and cannot bring one up")?;
    let trials = all(World { postgres: cluster.url.clone() })?;
    let counted = exchanges::count(trials.iter().filter(|trial| !arguments.is_filtered_out(trial)));
    writeln!(std::io::stdout(), "{counted}")?;
    Ok(libtest_mimic::run(arguments, trials).exit_code())
}

fn all(world: World) -> Result<Vec<Trial>> {
    let mut trials = Trials::new(Arc::new(world));
    exchanges::register(&mut trials)?;
    architecture::register(&mut trials);
    commands::register(&mut trials);
    hostile::register(&mut trials);
    simultaneous::register(&mut trials);
    processes::register(&mut trials);
    prefixes::register(&mut trials);
    outages::register(&mut trials);
    Ok(trials.finish())
}

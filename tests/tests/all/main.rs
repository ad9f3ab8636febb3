//! The one integration test binary.
//!
//! Every exchange under `dialects/` is a test by itself, in each profile that it holds in and on each database;
//! beside them stand the tests of what no exchange can say.

mod access;
mod answers;
mod architecture;
mod audit;
mod callers;
mod commands;
mod conform;
mod copy;
mod deviations;
mod documents;
mod exchanges;
mod export;
mod floods;
mod fuzz;
mod goldens;
mod guesses;
mod hashing;
mod hostile;
mod house;
mod identities;
mod imports;
mod keys;
mod lists;
mod old_servers;
mod outages;
mod overheard;
mod people;
mod prefixes;
mod processes;
mod record;
mod register;
mod security;
mod sessions;
mod simultaneous;
mod tls;
mod trials;

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use dragoman_tests::cluster::Cluster;
use dragoman_tests::{World, secrets};
use libtest_mimic::{Arguments, Trial};

use answers::Tally;
use record::Record;
use trials::Trials;

fn main() -> ExitCode {
    overheard::begin();
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
        return Ok(libtest_mimic::run(arguments, all(world, &Arc::default(), &Arc::default())?).exit_code());
    }
    let cluster = trials::may_need_postgres().then(Cluster::start).transpose();
    let cluster = cluster.context("the tests need a PostgreSQL server, and cannot bring one up")?;
    let postgres = cluster.as_ref().map(|cluster| cluster.url.clone()).unwrap_or_default();
    let (record, tally) = (Arc::new(Record::default()), Arc::new(Tally::default()));
    let trials = all(World { postgres }, &record, &tally)?;
    let counted = exchanges::count(trials.iter().filter(|trial| !arguments.is_filtered_out(trial)));
    writeln!(std::io::stdout(), "{counted}")?;
    let conclusion = libtest_mimic::run(arguments, trials);
    writeln!(std::io::stdout(), "{tally}\n{}", secrets::RUN.search()?)?;
    record.settle()?;
    Ok(conclusion.exit_code())
}

fn all(world: World, record: &Arc<Record>, tally: &Arc<Tally>) -> Result<Vec<Trial>> {
    let mut trials = Trials::new(Arc::new(world));
    exchanges::register(&mut trials, record, tally)?;
    register::register(&mut trials);
    record::register(&mut trials);
    architecture::register(&mut trials);
    audit::register(&mut trials);
    commands::register(&mut trials);
    copy::register(&mut trials);
    export::register(&mut trials);
    documents::register(&mut trials);
    floods::register(&mut trials);
    fuzz::register(&mut trials);
    goldens::register(&mut trials);
    guesses::register(&mut trials);
    hashing::register(&mut trials);
    hostile::register(&mut trials);
    imports::register(&mut trials);
    lists::register(&mut trials);
    old_servers::register(&mut trials);
    security::register(&mut trials);
    simultaneous::register(&mut trials);
    tls::register(&mut trials);
    processes::register(&mut trials);
    identities::register(&mut trials);
    keys::register(&mut trials);
    prefixes::register(&mut trials);
    outages::register(&mut trials);
    conform::register(&mut trials);
    deviations::register(&mut trials);
    access::register(&mut trials);
    sessions::register(&mut trials);
    overheard::register(&mut trials);
    Ok(trials.finish())
}

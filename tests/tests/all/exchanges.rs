//! The exchanges of each dialect, each as a test of its own.
//!
//! The exchanges of a file share a gateway and come one after the other, as a person would replay them. One that
//! changes more than its own users (clock, database, settings) or counts on who else there is gets its own gateway.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, bail};
use dragoman::dialects;
use dragoman::harness::Options;
use dragoman_exchange::run::Note;
use dragoman_exchange::{Exchange, Outcome, Profile, read_folder, replay};
use dragoman_tests::gateway::{Gateway, run_id};
use dragoman_tests::openapi::Document;
use dragoman_tests::{Database, World, root};
use libtest_mimic::Trial;

use crate::answers::{Answers, Tally};
use crate::record::{self, Record};
use crate::trials::Trials;

/// What tells an exchange from every other test.
const PREFIX: &str = "exchange ";

/// Registers every exchange of every dialect.
pub(crate) fn register(trials: &mut Trials, record: &Arc<Record>, tally: &Arc<Tally>) -> Result<()> {
    for database in Database::ALL {
        for dialect in dialects::ALL {
            register_dialect(trials, record, tally, database, dialect.name)?;
        }
    }
    Ok(())
}

/// Every exchange of a dialect.
pub(crate) fn of_dialect(dialect: &str) -> Result<Vec<Exchange>> {
    read_folder(&root().join("dialects").join(dialect).join("exchanges"))
}

fn register_dialect(
    trials: &mut Trials,
    record: &Arc<Record>,
    tally: &Arc<Tally>,
    database: Database,
    dialect: &'static str,
) -> Result<()> {
    let document = Arc::new(Document::of_dialect(dialect)?);
    let mut gateways: BTreeMap<Key, Arc<Shared>> = BTreeMap::new();
    for (number, exchange) in of_dialect(dialect)?.into_iter().enumerate() {
        for profile in Profile::ALL.into_iter().filter(|&profile| exchange.runs_in(profile)) {
            let own = (!exchange.needs().is_empty()).then_some(number);
            let key = Key { file: exchange.file.clone(), profile, hazards: exchange.hazards.clone(), own };
            let shared = Arc::clone(gateways.entry(key).or_default());
            shared.expect_one_more();
            record.expect_one_more();
            let (record, tally, exchange) = (Arc::clone(record), Arc::clone(tally), exchange.clone());
            let document = Arc::clone(&document);
            trials.on(database, name(dialect, &exchange, profile), move |world, database| {
                let options = || options(world, database, dialect, profile, &exchange);
                let answers = Answers::default();
                let outcome = shared.hold(dialect, &exchange, &answers, options)?;
                record.note(note(dialect, &exchange, profile, database, &outcome));
                verdict(outcome)?;
                // The documents describe this profile and no other.
                match profile {
                    Profile::Documented => answers.keep_to(&document, &exchange, &tally),
                    Profile::Observed => Ok(()),
                }
            });
        }
    }
    Ok(())
}

fn name(dialect: &str, exchange: &Exchange, profile: Profile) -> String {
    let file = exchange.file.file_stem().unwrap_or_default().display();
    let profile = profile.name();
    let hazards: String = exchange.hazards.iter().map(|hazard| format!(" with {hazard}")).collect();
    format!("{PREFIX}{dialect}/{file} {profile}{hazards}: {}", exchange.name)
}

fn note(dialect: &str, exchange: &Exchange, profile: Profile, database: Database, outcome: &Outcome) -> Note {
    Note {
        dialect: dialect.to_owned(),
        clauses: exchange.clauses.clone(),
        profile,
        place: record::place(database),
        outcome: outcome.clone(),
    }
}

/// Under test nothing may be out of reach.
fn verdict(outcome: Outcome) -> Result<()> {
    match outcome {
        Outcome::Held => Ok(()),
        Outcome::NotReachable(reason) => bail!("not reachable: {reason}"),
        Outcome::Deviated(report) => bail!("{report}"),
    }
}

fn options(world: &World, database: Database, dialect: &str, profile: Profile, exchange: &Exchange) -> Result<Options> {
    let hazard = |name: &String| name.parse().with_context(|| format!("{}: no hazard", exchange.file.display()));
    Ok(Options {
        dialects: vec![dialect.to_owned()],
        profile: match profile {
            Profile::Documented => dragoman_http::Profile::Documented,
            Profile::Observed => dragoman_http::Profile::Observed,
        },
        database: world.database(database),
        hazards: exchange.hazards.iter().map(hazard).collect::<Result<_>>()?,
        settings: Some(toml::Table::try_from(&exchange.settings)?),
        ..Options::default()
    })
}

/// Exchanges with the same key share a gateway.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    file: PathBuf,
    profile: Profile,
    hazards: Vec<String>,
    own: Option<usize>,
}

/// A gateway that is started for the first exchange that needs it and stopped after the last.
#[derive(Default)]
struct Shared(Mutex<State>);

#[derive(Default)]
struct State {
    gateway: Option<Gateway>,
    expected: usize,
}

impl Shared {
    fn expect_one_more(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).expected += 1;
    }

    fn hold(
        &self,
        dialect: &str,
        exchange: &Exchange,
        answers: &Answers,
        options: impl FnOnce() -> Result<Options>,
    ) -> Result<Outcome> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.expected -= 1;
        let gateway = match state.gateway.take() {
            Some(gateway) => gateway,
            None => Gateway::start(options()?).context("the gateway does not start")?,
        };
        let mut target = gateway.target(dialect)?;
        target.client = target.client.observed(answers.observer());
        let outcome = replay(exchange, &target, &run_id());
        if state.expected > 0 {
            state.gateway = Some(gateway);
        } else {
            gateway.stop()?;
        }
        outcome
    }
}

/// How many exchanges are replayed on which database.
pub(crate) fn count<'a>(trials: impl Iterator<Item = &'a Trial>) -> String {
    let (mut sqlite, mut postgres) = (0, 0);
    for trial in trials.filter(|trial| trial.name().starts_with(PREFIX)) {
        if trial.kind() == Database::Sqlite.name() { sqlite += 1 } else { postgres += 1 }
    }
    format!("{sqlite} exchanges on sqlite, {postgres} on postgres")
}

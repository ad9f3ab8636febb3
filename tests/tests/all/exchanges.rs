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
use dragoman_exchange::{Exchange, Outcome, Profile, read_folder, replay};
use dragoman_tests::gateway::{Gateway, run_id};
use dragoman_tests::{Database, World, root};
use libtest_mimic::Trial;

use crate::trials::Trials;

/// What tells an exchange from every other test.
const PREFIX: &str = "exchange ";

/// Registers every exchange of every dialect.
pub(crate) fn register(trials: &mut Trials) -> Result<()> {
    for database in Database::ALL {
        for dialect in dialects::ALL {
            register_dialect(trials, database, dialect.name)?;
        }
    }
    Ok(())
}

/// Every exchange of a dialect.
pub(crate) fn of_dialect(dialect: &str) -> Result<Vec<Exchange>> {
    read_folder(&root().join("dialects").join(dialect).join("exchanges"))
}

fn register_dialect(trials: &mut Trials, database: Database, dialect: &'static str) -> Result<()> {
    let mut gateways: BTreeMap<Key, Arc<Shared>> = BTreeMap::new();
    for (number, exchange) in of_dialect(dialect)?.into_iter().enumerate() {
        for profile in [Profile::Documented, Profile::Observed].into_iter().filter(|&profile| exchange.runs_in(profile))
        {
            let own = (!exchange.needs().is_empty()).then_some(number);
            let key = Key { file: exchange.file.clone(), profile, hazards: exchange.hazards.clone(), own };
            let shared = Arc::clone(gateways.entry(key).or_default());
            shared.expect_one_more();
            let exchange = exchange.clone();
            trials.on(database, name(dialect, &exchange, profile), move |world, database| {
                shared.hold(dialect, &exchange, || options(world, database, dialect, profile, &exchange))
            });
        }
    }
    Ok(())
}

fn name(dialect: &str, exchange: &Exchange, profile: Profile) -> String {
    let file = exchange.file.file_stem().unwrap_or_default().display();
    let profile = match profile {
        Profile::Documented => "documented",
        Profile::Observed => "observed",
    };
    let hazards: String = exchange.hazards.iter().map(|hazard| format!(" with {hazard}")).collect();
    format!("{PREFIX}{dialect}/{file} {profile}{hazards}: {}", exchange.name)
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

    fn hold(&self, dialect: &str, exchange: &Exchange, options: impl FnOnce() -> Result<Options>) -> Result<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.expected -= 1;
        let gateway = match state.gateway.take() {
            Some(gateway) => gateway,
            None => Gateway::start(options()?).context("the gateway does not start")?,
        };
        let outcome = replay(exchange, &gateway.target(dialect)?, &run_id());
        if state.expected > 0 {
            state.gateway = Some(gateway);
        } else {
            gateway.stop()?;
        }
        match outcome? {
            Outcome::Held => Ok(()),
            Outcome::NotReachable(reason) => bail!("not reachable: {reason}"),
            Outcome::Deviated(report) => bail!("{report}"),
        }
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

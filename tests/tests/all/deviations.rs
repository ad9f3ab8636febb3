//! Do the exchanges check what they seem to? A server that is wrong on purpose, in one thing at a time, is held to
//! them, and each time they have to name the clause that it breaks. Every clause is broken at least once, except those
//! that only a server under our control can show.

mod change;
mod planted;
mod proxy;

use std::ops::ControlFlow;

use anyhow::{Context as _, Result, bail, ensure};
use dragoman::dialects;
use dragoman_core::Random;
use dragoman_exchange::conform::{Campaign, Findings, Verdict, conform};
use dragoman_exchange::{Client, Exchange, Outcome, Profile};
use dragoman_tests::gateway::{Gateway, PATIENCE};
use dragoman_tests::{Database, World};

use crate::conform::{Contract, start};
use crate::trials::Trials;
use change::Change;
use proxy::Proxy;

pub(crate) fn register(trials: &mut Trials) {
    for dialect in dialects::ALL {
        let name = format!("what is planted in the answers of {} is found and named by its clause", dialect.name);
        // What is planted does not depend on the database.
        trials.on(Database::Sqlite, name, |world, database| find_all(world, database, dialect.name));
    }
}

/// One thing that is wrong with some answers.
#[derive(Debug)]
pub(crate) struct Deviation {
    /// Method (`*` is any), the beginning of the path, and status.
    answers: &'static str,
    change: Change,
    /// The clauses that must be found to differ.
    clauses: &'static str,
}

impl Deviation {
    fn fits(&self, method: &str, target: &str, status: u16) -> bool {
        let [wanted, path, code] = self.answers.split(' ').collect::<Vec<_>>()[..] else { return false };
        (wanted == "*" || wanted == method) && target.starts_with(path) && code == status.to_string()
    }

    fn clauses(&self) -> impl Iterator<Item = &str> {
        self.clauses.split(' ')
    }

    /// Whether the exchange might tell.
    fn concerns(&self, exchange: &Exchange) -> bool {
        self.clauses().any(|clause| exchange.clauses.iter().any(|shown| shown == clause))
    }
}

fn find_all(world: &World, database: Database, dialect: &str) -> Result<()> {
    let planted = planted::of_dialect(dialect).with_context(|| format!("nothing is planted in {dialect}"))?;
    let mut missed = Vec::new();
    for (profile, deviations) in [(Profile::Documented, planted.documented), (Profile::Observed, planted.observed)] {
        let gateway = start(world, database, profile)?;
        let hunt = Hunt::begin(&gateway, dialect, profile)?;
        let reached = hunt.finds_nothing().with_context(|| format!("{dialect} {} is unchanged", profile.name()))?;
        let idle = reached.iter().filter(|clause| !planted.breaks(clause)).cloned();
        missed.extend(idle.map(|clause| format!("{dialect}: nothing is planted that breaks {clause}")));
        for deviation in deviations {
            if let Err(error) = hunt.finds(deviation) {
                missed.push(format!("{dialect} {}: {deviation:?} is missed: {error:#}", profile.name()));
            }
        }
        drop(hunt);
        gateway.stop()?;
    }
    ensure!(missed.is_empty(), "{}", missed.join("\n"));
    Ok(())
}

/// A gateway behind a proxy, and the exchanges to hold it to.
struct Hunt<'a> {
    gateway: &'a Gateway,
    proxy: Proxy,
    profile: Profile,
    contract: Contract,
}

impl<'a> Hunt<'a> {
    fn begin(gateway: &'a Gateway, dialect: &str, profile: Profile) -> Result<Self> {
        let proxy = Proxy::before(gateway.url(dialect)?)?;
        Ok(Self { gateway, proxy, profile, contract: Contract::of(dialect)? })
    }

    /// Every exchange holds with an unchanged server. Gives the clauses that they show.
    fn finds_nothing(&self) -> Result<Vec<String>> {
        let findings = self.hold(&self.contract.exchanges)?;
        for held in &findings.exchanges {
            if let Outcome::Deviated(text) = &held.outcome {
                bail!("{text}");
            }
        }
        ensure!(self.proxy.changed()? == 0, "an answer was changed");
        let held = findings.clauses.into_iter().filter(|clause| clause.verdict == Verdict::Holds);
        Ok(held.map(|clause| clause.clause).collect())
    }

    /// The exchanges that show the broken clauses tell that they are broken.
    fn finds(&self, deviation: &'static Deviation) -> Result<()> {
        self.proxy.plant(deviation);
        let concerned = |exchange: &&Exchange| deviation.concerns(exchange);
        let exchanges: Vec<Exchange> = self.contract.exchanges.iter().filter(concerned).cloned().collect();
        let findings = self.hold(&exchanges)?;
        ensure!(self.proxy.changed()? > 0, "no answer was changed");
        for clause in deviation.clauses() {
            let found = findings.clauses.iter().find(|found| found.clause == clause);
            let verdict = &found.with_context(|| format!("no exchange shows {clause}"))?.verdict;
            ensure!(*verdict == Verdict::Differs, "{clause}: {verdict:?}");
        }
        Ok(())
    }

    fn hold<'b>(&'b self, exchanges: &'b [Exchange]) -> Result<Findings<'b>> {
        let campaign = Campaign {
            exchanges,
            profile: self.profile,
            read_only: false,
            cleanup: &self.contract.cleanup,
            base: self.proxy.url.clone(),
            values: self.gateway.values(),
            secrets: Default::default(),
            client: Client::new(PATIENCE),
            seed: u32::from_be_bytes(Random::system().bytes()),
        };
        conform(&campaign, &mut |_| ControlFlow::Continue(()))
    }
}

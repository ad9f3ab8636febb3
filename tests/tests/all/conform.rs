//! What `dragoman conform` stands on: a gateway that is asked as a stranger would ask it.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use anyhow::{Result, ensure};
use dragoman::dialects;
use dragoman::harness::Options;
use dragoman_core::Random;
use dragoman_exchange::conform::{Campaign, Findings, Verdict, conform};
use dragoman_exchange::register::{Clause, Register};
use dragoman_exchange::{Cleanup, Exchange, Outcome, Profile};
use dragoman_tests::gateway::Gateway;
use dragoman_tests::{Database, World, root, secrets};

use crate::exchanges;
use crate::trials::Trials;

const PROFILES: [Profile; 2] = [Profile::Documented, Profile::Observed];

pub(crate) fn register(trials: &mut Trials) {
    trials.on_both("conform finds nothing that differs, and leaves nobody behind", everything_holds);
    trials.on_both("conform in the wrong profile finds exactly what the profiles decide", profiles_are_told_apart);
    trials.on_both("conform that only reads makes nobody", reading_changes_nothing);
}

/// What a run has of a dialect.
pub(crate) struct Contract {
    pub(crate) exchanges: Vec<Exchange>,
    pub(crate) cleanup: Cleanup,
}

impl Contract {
    pub(crate) fn of(dialect: &str) -> Result<Self> {
        let file = root().join("dialects").join(dialect).join("cleanup.yaml");
        let cleanup = Cleanup::read_str(&std::fs::read_to_string(&file)?, &file)?;
        Ok(Self { exchanges: exchanges::of_dialect(dialect)?, cleanup })
    }
}

fn everything_holds(world: &World, database: Database) -> Result<()> {
    for profile in PROFILES {
        let gateway = start(world, database, profile)?;
        for dialect in dialects::ALL {
            let (users, contract) = (gateway.count()?, Contract::of(dialect.name)?);
            let findings = run(&gateway, dialect.name, &contract, profile, false)?;
            let place = format!("{} {}", dialect.name, profile.name());
            ensure!(deviations(&findings).is_empty(), "{place}: {:?}", deviations(&findings));
            let held = findings.clauses.iter().filter(|clause| clause.verdict == Verdict::Holds).count();
            ensure!(held * 4 > findings.clauses.len() * 3, "{place}: only {held} clauses could be reached");
            let tidying = &findings.tidying;
            let clean = tidying.left.is_empty() && tidying.strangers == 0 && tidying.trouble.is_none();
            ensure!(clean && tidying.deleted > 5, "{place}: {tidying:?}");
            ensure!(gateway.count()? == users, "{place}: {users} users became {}", gateway.count()?);
        }
        gateway.stop()?;
    }
    Ok(())
}

fn profiles_are_told_apart(world: &World, database: Database) -> Result<()> {
    for (is, asked) in [(Profile::Documented, Profile::Observed), (Profile::Observed, Profile::Documented)] {
        let gateway = start(world, database, is)?;
        for dialect in dialects::ALL {
            let (users, contract) = (gateway.count()?, Contract::of(dialect.name)?);
            let findings = run(&gateway, dialect.name, &contract, asked, false)?;
            let found = differing(&findings);
            let place = format!("{} is {} and not {}", dialect.name, is.name(), asked.name());
            let decided = decided(dialect.name)?;
            let unseen: Vec<_> = decided.iter().filter(|clause| !found.contains(clause.as_str())).collect();
            ensure!(unseen.is_empty(), "{place}: {unseen:?} seem to be the same");
            // Nothing else differs: only what is written down for the one profile does, whatever clauses it shows beside.
            let common = findings.exchanges.iter().filter(|held| held.exchange.profile.is_none());
            let wrong: Vec<_> = common.filter_map(|held| deviation(&held.outcome)).collect();
            ensure!(wrong.is_empty() && decided.is_empty() == found.is_empty(), "{place}: {found:?} {wrong:?}");
            ensure!(gateway.count()? == users, "{place}: {users} users became {}", gateway.count()?);
        }
        gateway.stop()?;
    }
    Ok(())
}

/// The clauses whose answer the profile decides by itself, as the register has them.
fn decided(dialect: &str) -> Result<BTreeSet<String>> {
    let register = Register::read_file(&root().join("dialects").join(dialect).join("contract.toml"))?;
    let decided = |clause: &Clause| clause.answers().is_some() && clause.hazard.is_none();
    Ok(register.clauses.into_iter().filter(decided).map(|clause| clause.id).collect())
}

fn reading_changes_nothing(world: &World, database: Database) -> Result<()> {
    let gateway = start(world, database, Profile::Documented)?;
    for dialect in dialects::ALL {
        let (users, contract) = (gateway.count()?, Contract::of(dialect.name)?);
        let findings = run(&gateway, dialect.name, &contract, Profile::Documented, true)?;
        ensure!(deviations(&findings).is_empty(), "{}: {:?}", dialect.name, deviations(&findings));
        let held = findings.exchanges.iter().filter(|held| held.outcome == Outcome::Held).count();
        ensure!(held > 1, "{}: {held} exchanges only read", dialect.name);
        ensure!(gateway.count()? == users, "{}: {users} users became {}", dialect.name, gateway.count()?);
    }
    gateway.stop()
}

pub(crate) fn start(world: &World, database: Database, profile: Profile) -> Result<Gateway> {
    let profile = match profile {
        Profile::Documented => dragoman_http::Profile::Documented,
        Profile::Observed => dragoman_http::Profile::Observed,
    };
    // As any gateway has it, and unlike other tests' gateways.
    let settings = Some("[guesses]\nenabled = true".parse()?);
    Gateway::start(Options { profile, settings, database: world.database(database), ..Options::default() })
}

fn run<'a>(
    gateway: &Gateway,
    dialect: &str,
    contract: &'a Contract,
    profile: Profile,
    read_only: bool,
) -> Result<Findings<'a>> {
    let base = gateway.url(dialect)?;
    let campaign = Campaign {
        exchanges: &contract.exchanges,
        profile,
        read_only,
        cleanup: &contract.cleanup,
        base: base.to_owned(),
        values: gateway.values(),
        secrets: [("admin.password".to_owned(), "$PASSWORD".to_owned())].into(),
        client: secrets::client(base),
        seed: u32::from_be_bytes(Random::system().bytes()),
    };
    let findings = conform(&campaign, &mut |_| ControlFlow::Continue(()))?;
    let shown = format!("{:?}", findings.exchanges.iter().map(|held| (&held.outcome, &held.curl)).collect::<Vec<_>>());
    ensure!(!shown.contains(&gateway.admin.password), "the administrator's password is shown");
    Ok(findings)
}

fn deviations<'a>(findings: &'a Findings<'_>) -> Vec<&'a str> {
    findings.exchanges.iter().filter_map(|held| deviation(&held.outcome)).collect()
}

fn deviation(outcome: &Outcome) -> Option<&str> {
    match outcome {
        Outcome::Deviated(text) => Some(text),
        Outcome::Held | Outcome::NotReachable(_) => None,
    }
}

fn differing<'a>(findings: &'a Findings<'_>) -> BTreeSet<&'a str> {
    let differs = findings.clauses.iter().filter(|clause| clause.verdict == Verdict::Differs);
    differs.map(|clause| clause.clause.as_str()).collect()
}

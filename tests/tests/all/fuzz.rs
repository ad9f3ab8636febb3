//! A short run of the fuzzer over the sockets of all dialects, always the same one.
//!
//! `dragoman-bench fuzz` is the long one; `tests/fuzz/README.md` says what it found.

use anyhow::{Context as _, Result, ensure};
use dragoman::dialects;
use dragoman::harness::{Options, UserLine};
use dragoman_http::{Hazard, Profile};
use dragoman_tests::fuzz::{self, Plan, Site, people};
use dragoman_tests::gateway::Gateway;
use dragoman_tests::{Database, World};

use crate::callers::Caller;
use crate::trials::Trials;

const PLAN: Plan = Plan { seed: 5, requests: 3_000, clients: 2 };

pub(crate) fn register(trials: &mut Trials) {
    trials.on_both("three thousand requests of the fuzzer find nothing", |world, database| {
        hold(world, database, Profile::Documented, Vec::new())
    });
    trials.on_both("three thousand requests of the fuzzer find nothing where every hazard is on", |world, database| {
        hold(world, database, Profile::Observed, Hazard::ALL.to_vec())
    });
}

fn hold(world: &World, database: Database, profile: Profile, hazards: Vec<Hazard>) -> Result<()> {
    let people = people(30);
    let users: Vec<UserLine> =
        people.iter().map(|person| serde_json::from_value(person.line())).collect::<Result<_, _>>()?;
    let database = world.database(database);
    let gateway = Gateway::start(Options { users, profile, database, hazards, ..Options::default() })?;
    let oauth = (gateway.oauth.client_id.clone(), gateway.oauth.client_secret.clone());
    let tally = fuzz::run(&Site { urls: gateway.urls.clone(), oauth, people }, PLAN, &|_| ())?;
    ensure!(tally.findings.is_empty(), "{tally}");
    ensure!(tally.requests >= PLAN.requests, "{tally}");
    for dialect in dialects::ALL {
        // Nothing but refusals would prove little.
        ensure!(tally.hundred(dialect.name, 2) > 0 && tally.hundred(dialect.name, 4) > 0, "{}: {tally}", dialect.name);
    }
    let administrator = Caller::administrator(&gateway);
    administrator.authorization("jwt").context("after all that the administrator is locked out")?;
    gateway.stop()
}

//! Rounds of starting, checking, working and killing, on one database.

use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow};
use indicatif::{ProgressBar, ProgressStyle};
use rand::prelude::*;

use super::Args;
use super::check::{check, deal};
use super::client::{Answer, Client};
use super::ledger::Account;
use super::load::{Admin, Outcome, Worker};
use super::process::{ADMIN_EMAIL, ADMIN_PASSWORD, Database, Gateway, Setup};
use super::summary::Summary;

/// How many old users each worker goes on with, and each check looks at again.
const OLD_USERS: usize = 8;
/// When the kill comes, after the load began.
const MOMENTS: std::ops::RangeInclusive<u64> = 20..=400;
/// How long the gateway may live on without its database, in milliseconds.
const ORPHANED: std::ops::RangeInclusive<u64> = 0..=30;

/// A run on one database.
pub(super) struct Trial<'a> {
    args: &'a Args,
    setup: Setup,
    rng: StdRng,
    /// Those that the last load touched.
    fresh: Vec<Account>,
    /// Those that were looked at since.
    settled: Vec<Account>,
    summary: Summary,
}

impl<'a> Trial<'a> {
    pub(super) fn new(args: &'a Args, program: &std::path::Path, database: Database, seed: u64) -> Result<Self> {
        let mut rng = StdRng::seed_from_u64(seed);
        let setup = Setup::new(program, database, &mut rng)?;
        let summary = Summary::new(database, seed);
        Ok(Self { args, setup, rng, fresh: Vec::new(), settled: Vec::new(), summary })
    }

    /// All rounds, and at their end a look at everybody.
    pub(super) fn run(mut self) -> Result<Summary> {
        let progress = ProgressBar::new(self.args.rounds.into()).with_style(style()?);
        progress.set_prefix(self.summary.database.name());
        for round in 1..=self.args.rounds {
            self.round(round)?;
            progress.set_message(format!("{} violations", self.summary.violations.len()));
            progress.inc(1);
        }
        let gateway = self.setup.start()?;
        progress.set_message("looking at everybody");
        let everybody = [std::mem::take(&mut self.fresh), std::mem::take(&mut self.settled)].concat();
        self.summary.users = everybody.len();
        self.check(everybody)?;
        gateway.kill()?;
        self.summary.integrity = self.setup.integrity()?;
        progress.finish_and_clear();
        if !self.summary.is_sound() {
            self.summary.evidence = Some(self.setup.keep());
        }
        Ok(self.summary)
    }

    fn round(&mut self, round: u32) -> Result<()> {
        let gateway = self.setup.start()?;
        let mut looked_at = std::mem::take(&mut self.fresh);
        looked_at.extend(self.draw(OLD_USERS * self.args.clients));
        self.check(looked_at)?;
        let admin = self.admin()?;
        let crash = self.args.stop_database_every > 0 && round.is_multiple_of(self.args.stop_database_every);
        let outcomes = self.load(round, gateway, &admin, crash && self.setup.has_server())?;
        let unsure = outcomes.iter().map(|outcome| outcome.unknown.total()).sum::<u64>();
        let acknowledged = outcomes.iter().map(|outcome| outcome.acknowledged.total()).sum::<u64>();
        self.summary.killed(acknowledged, unsure);
        for outcome in outcomes {
            self.summary.book(&outcome);
            self.fresh.extend(outcome.accounts);
        }
        Ok(())
    }

    fn check(&mut self, accounts: Vec<Account>) -> Result<()> {
        let findings = check(&self.setup.origin, accounts, self.args.clients)?;
        self.summary.facts += findings.facts;
        self.summary.complain(&findings.violations);
        self.settled.extend(findings.accounts);
        Ok(())
    }

    /// Lets all clients work, and kills the gateway in the middle of it.
    fn load(&mut self, round: u32, gateway: Gateway, admin: &Admin, crash: bool) -> Result<Vec<Outcome>> {
        let origin = self.setup.origin.clone();
        let old = self.draw(OLD_USERS * self.args.clients);
        let hands = deal(old, self.args.clients).into_iter().enumerate();
        let workers: Vec<_> = hands
            .map(|(number, hand)| Worker::new(&origin, admin, format!("r{round}w{number}"), hand, self.rng.random()))
            .map(|worker| worker.forgiving(crash))
            .collect();
        thread::scope(|scope| {
            let working: Vec<_> = workers.into_iter().map(|worker| scope.spawn(move || worker.run())).collect();
            self.pause(MOMENTS);
            if crash {
                self.setup.stop_database()?;
                self.summary.database_stops += 1;
                self.pause(ORPHANED);
            }
            gateway.kill()?;
            if crash {
                self.setup.resume_database()?;
            }
            working.into_iter().map(|worker| worker.join().map_err(|_| anyhow!("a client panicked"))).collect()
        })
    }

    fn pause(&mut self, milliseconds: std::ops::RangeInclusive<u64>) {
        thread::sleep(Duration::from_millis(self.rng.random_range(milliseconds)));
    }

    /// Takes so many of the settled users, whichever.
    fn draw(&mut self, count: usize) -> Vec<Account> {
        self.settled.shuffle(&mut self.rng);
        self.settled.split_off(self.settled.len().saturating_sub(count))
    }

    fn admin(&self) -> Result<Admin> {
        let client = Client::new(&self.setup.origin);
        let onyx = client.sign_in_to_onyx(ADMIN_EMAIL, ADMIN_PASSWORD);
        let jwt = client.sign_in_to_jwt(ADMIN_EMAIL, ADMIN_PASSWORD);
        match (onyx, jwt) {
            (Answer::Done(onyx), Answer::Done(jwt)) => Ok(Admin { onyx: onyx.access, jwt: jwt.token }),
            answers => Err(anyhow!("the administrator cannot sign in: {answers:?}")),
        }
    }
}

fn style() -> Result<ProgressStyle> {
    Ok(ProgressStyle::with_template("{prefix} {bar:30} {pos}/{len} kills, {elapsed}, {msg}")?)
}

//! A black-box fuzzer over the sockets of all dialects.
//!
//! It takes the requests of the recorded exchanges, signs in as people of its own, bends what it sends
//! (methods, paths, queries, headers, bodies, framing) and looks at what comes back: an answer of 500 or
//! more that is no refusal because of overload, no answer at all, or a connection that stays silent is a
//! finding. The same seed makes the same choices.

mod bend;
mod corpus;
mod frame;
mod people;
mod tally;
mod words;
mod worker;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use anyhow::{Result, anyhow};

pub use people::{Person, people};
pub use tally::{Finding, Tally};

use corpus::Corpus;
use worker::Worker;

/// Where the requests go, and what is known there.
#[derive(Debug, Clone)]
pub struct Site {
    /// Origin of each dialect.
    pub urls: BTreeMap<String, String>,
    /// Id and secret of the OAuth2 client of amadis.
    pub oauth: (String, String),
    /// Those of [`people`] that are in the database.
    pub people: Vec<Person>,
}

/// How much is sent.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Decides every choice.
    pub seed: u64,
    /// How many requests, all clients together.
    pub requests: u64,
    /// How many clients at the same time.
    pub clients: u64,
}

/// Sends all requests; `sent` is told of every hundred or so.
///
/// # Errors
/// When the exchanges cannot be read or a dialect cannot be reached.
pub fn run(site: &Site, plan: Plan, sent: &(dyn Fn(u64) + Sync)) -> Result<Tally> {
    let corpus = Corpus::read()?;
    let tally = Mutex::new(Tally::default());
    std::thread::scope(|scope| {
        let share = |client: u64| plan.requests / plan.clients + u64::from(client < plan.requests % plan.clients);
        let works = (0..plan.clients).map(|client| {
            let (corpus, tally) = (&corpus, &tally);
            let work = move || -> Result<()> {
                let found = Worker::new(site, corpus, plan.seed, client).work(share(client), sent)?;
                tally.lock().unwrap_or_else(PoisonError::into_inner).add(found);
                Ok(())
            };
            scope.spawn(work)
        });
        let threads: Vec<_> = works.collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| anyhow!("a client panicked"))?)
    })?;
    Ok(tally.into_inner().unwrap_or_else(PoisonError::into_inner))
}

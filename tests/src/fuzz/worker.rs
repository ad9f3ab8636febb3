//! One client.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use anyhow::{Context as _, Result};
use rand::prelude::*;

use super::bend::bend;
use super::corpus::{Corpus, Known};
use super::frame::{self, Framing, Shot};
use super::tally::{Finding, Tally};
use super::{Person, Site};
use crate::connection::{Connection, Reply};

/// After so many shots another person signs in: what was sent may have changed or deleted this one.
const SHOTS_A_PERSON: u64 = 250;

/// `sent` is told after so many requests.
const SHARE: u64 = 100;

/// Bodies up to the default limit are always read to their end.
const BODY_LIMIT: usize = 64 * 1024;

/// A client with its choices, its connections and its counts.
pub(super) struct Worker<'a> {
    site: &'a Site,
    corpus: &'a Corpus,
    client: u64,
    rng: StdRng,
    connections: BTreeMap<&'static str, Connection>,
    tally: Tally,
}

impl<'a> Worker<'a> {
    pub(super) fn new(site: &'a Site, corpus: &'a Corpus, seed: u64, client: u64) -> Self {
        let rng = StdRng::seed_from_u64(seed.wrapping_mul(1_000_003).wrapping_add(client));
        Self { site, corpus, client, rng, connections: BTreeMap::new(), tally: Tally::default() }
    }

    pub(super) fn work(mut self, requests: u64, sent: &(dyn Fn(u64) + Sync)) -> Result<Tally> {
        let mut told = 0;
        let mut shots = 0;
        let mut known = self.sign_in()?;
        while self.tally.requests < requests {
            if shots > 0 && shots % SHOTS_A_PERSON == 0 {
                known = self.sign_in()?;
            }
            self.fire(&known, shots)?;
            shots += 1;
            if self.tally.requests >= told + SHARE {
                sent(self.tally.requests - told);
                told = self.tally.requests;
            }
        }
        sent(self.tally.requests - told);
        Ok(self.tally)
    }

    fn sign_in(&mut self) -> Result<Known<'a>> {
        let person: &Person = self.site.people.choose(&mut self.rng).context("there are no people")?;
        Ok(Known { site: self.site, person, credentials: person.credentials(self.site) })
    }

    fn fire(&mut self, known: &Known<'_>, number: u64) -> Result<()> {
        let (dialect, shot) = self.shot(known)?;
        self.tally.requests += shot.requests;
        let origin = self.site.urls.get(dialect).with_context(|| format!("{dialect} is not served"))?;
        let connection = match self.connections.entry(dialect) {
            Entry::Occupied(there) => there.into_mut(),
            Entry::Vacant(free) => free.insert(Connection::to(origin)?),
        };
        let outcome = match shot.framing {
            Framing::Whole { head } => connection.ask(&shot.bytes, head).map(|reply| vec![reply]),
            Framing::Broken => connection.shout(&shot.bytes).map(|received| replies(&received)),
        };
        let wrong = match outcome {
            Ok(replies) => replies.into_iter().find_map(|reply| self.count(dialect, reply, &shot)),
            Err(error) => Some(format!("{error:#}")),
        };
        if let Some(what) = wrong {
            self.tally.find(Finding { place: (self.client, number), dialect, what, bytes: shot.bytes });
        }
        Ok(())
    }

    /// Counts an answer, and says what is wrong with it.
    fn count(&mut self, dialect: &'static str, reply: Reply, shot: &Shot) -> Option<String> {
        match reply {
            Reply::Answer(status) => {
                self.tally.answer(dialect, status);
                (status >= 500 && status != 503).then(|| format!("an answer of {status}"))
            }
            Reply::Closed if shot.framing != Framing::Broken && shot.bytes.len() < BODY_LIMIT => {
                Some("no answer".to_owned())
            }
            Reply::Closed => {
                self.tally.unanswered += 1;
                None
            }
        }
    }

    fn shot(&mut self, known: &Known<'_>) -> Result<(&'static str, Shot)> {
        let (own, shot) = self.bent(known)?;
        // Now and then another dialect's request, and always credentials of any.
        let dialect = if self.rng.random_ratio(1, 8) { self.corpus.pick(&mut self.rng)?.dialect } else { own };
        let shot = match self.rng.random_range(0..20) {
            0 => {
                let mut shots = vec![shot];
                for _ in 0..self.rng.random_range(1..5) {
                    shots.push(self.bent(known)?.1);
                }
                frame::pipelined(shots)
            }
            1 | 2 => frame::broken(shot, &mut self.rng),
            _ => shot,
        };
        Ok((dialect, shot))
    }

    /// A request of the exchanges, changed in up to three places.
    fn bent(&mut self, known: &Known<'_>) -> Result<(&'static str, Shot)> {
        let template = self.corpus.pick(&mut self.rng)?;
        let mut request = template.fill(known, &mut self.rng)?;
        for _ in 0..self.rng.random_range(0..4) {
            bend(&mut request, known, &mut self.rng);
        }
        Ok((template.dialect, frame::whole(&request, &mut self.rng)))
    }
}

/// The answers in what came over a connection until its end. Nobody knows which belongs to what, and
/// whether one to HEAD is among them; but each begins in a way that nothing else does.
fn replies(received: &[u8]) -> Vec<Reply> {
    const BEGINNING: &[u8] = b"HTTP/1.1 ";
    let begins = received.windows(BEGINNING.len()).enumerate().filter(|(_, bytes)| *bytes == BEGINNING);
    let status = |(at, _): (usize, &[u8])| {
        let digits = received.get(at + BEGINNING.len()..at + BEGINNING.len() + 3)?;
        str::from_utf8(digits).ok()?.parse().ok().map(Reply::Answer)
    };
    let found: Vec<Reply> = begins.filter_map(status).collect();
    if found.is_empty() { vec![Reply::Closed] } else { found }
}

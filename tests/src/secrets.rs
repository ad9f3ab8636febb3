//! Whether anything that the gateways of a whole run said holds a secret: every answer with its headers, every line
//! of the log, every page of metrics and every panic is searched for every password, token, stored hash and key.
//!
//! Nobody knows while the run goes on what will turn out to be a secret, so everything is kept, and searched at its
//! end. The one ledger of the run belongs to the process, because so do its log and its panics.

mod learnt;
mod stored;
#[cfg(test)]
mod tests;
mod told;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aho_corasick::AhoCorasick;
use anyhow::{Result, ensure};
use dragoman_exchange::{Client, Request, Response};

use crate::gateway::PATIENCE;
use crate::wire::Answer;
pub use stored::{learn_keys, read, watch};

/// What the gateways of this run said, and what they should not have said.
pub static RUN: Ledger = Ledger(Mutex::new(Book::EMPTY));

/// Where something was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Head or body of an answer.
    Answer,
    /// The log.
    Log,
    /// The metrics.
    Metrics,
    /// A panic.
    Panic,
}

/// Everything that was said, and every secret.
pub struct Ledger(Mutex<Book>);

struct Book {
    /// What is searched for, and what it is.
    secrets: BTreeMap<String, &'static str>,
    /// What is searched: where it was said, in answer to what, and the words.
    said: Option<HashSet<(Place, String, String)>>,
    counts: BTreeMap<Place, usize>,
    /// Gateways that a person told to show stored hashes.
    exposing: BTreeSet<String>,
}

impl Book {
    const EMPTY: Self =
        Self { secrets: BTreeMap::new(), said: None, counts: BTreeMap::new(), exposing: BTreeSet::new() };
}

impl Default for Ledger {
    fn default() -> Self {
        Self(Mutex::new(Book::EMPTY))
    }
}

impl Ledger {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something that nobody may say, unless it is too short to be told from ordinary words.
    pub fn learn(&self, what: &'static str, secret: &str) {
        if let Some(needle) = learnt::needle(secret) {
            self.book().secrets.entry(needle).or_insert(what);
        }
    }

    /// Whether this is among the secrets.
    #[must_use]
    pub fn knows(&self, secret: &str) -> bool {
        learnt::needle(secret).is_some_and(|needle| self.book().secrets.contains_key(&needle))
    }

    /// Something that a gateway said in answer to this.
    pub fn hear(&self, place: Place, to: &str, words: &str) {
        let mut book = self.book();
        *book.counts.entry(place).or_default() += 1;
        book.said.get_or_insert_default().insert((place, to.to_owned(), words.to_owned()));
    }

    /// How much was said there so far.
    #[must_use]
    pub fn heard(&self, place: Place) -> usize {
        self.book().counts.get(&place).copied().unwrap_or_default()
    }

    /// A gateway at this origin shows stored hashes, because a person turned `expose-password-hash` on.
    pub fn expose(&self, origin: &str) {
        self.book().exposing.insert(origin.to_owned());
    }

    /// A request and its answer, from a gateway at this origin.
    pub fn see(&self, origin: &str, request: &Request, response: &Response) {
        learnt::of_request(self, request);
        if told::is_document(request) {
            return;
        }
        let exposing = self.book().exposing.contains(origin);
        let body = told::without_what_it_may_tell(self, request, &response.body, exposing);
        let header = |(name, value): &(String, Vec<u8>)| format!("{name}: {}\n", String::from_utf8_lossy(value));
        let head: String = response.headers.iter().map(header).collect();
        self.hear(Place::Answer, &format!("{} {}", request.method, request.target), &format!("{head}\n{body}"));
    }

    /// The same, of a request that was sent as these bytes.
    pub fn see_raw(&self, origin: &str, sent: &[u8], answer: &Answer) {
        let headers = answer.headers.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes()));
        let Answer { status, body, .. } = answer.clone();
        self.see(origin, &learnt::request_in(sent), &Response { status, headers: headers.collect(), body });
    }

    /// Searches everything for every secret.
    ///
    /// # Errors
    /// Names each place where there is one.
    pub fn search(&self) -> Result<Summary> {
        let book = self.book();
        let (needles, names): (Vec<&String>, Vec<&'static str>) = book.secrets.iter().unzip();
        let searcher = AhoCorasick::new(&needles)?;
        let mut leaks = BTreeSet::new();
        for (place, to, words) in book.said.iter().flatten() {
            for found in searcher.find_overlapping_iter(words) {
                let name = names.get(found.pattern().as_usize()).copied().unwrap_or_default();
                let around = words.get(found.start().saturating_sub(60)..found.end()).unwrap_or(words);
                leaks.insert(format!("{place:?}, {to:.120}: {name} in …{around}"));
            }
        }
        ensure!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), leaks.into_iter().collect::<Vec<_>>().join("\n"));
        Ok(Summary { secrets: needles.len(), counts: book.counts.clone() })
    }
}

/// How much was searched for how much.
#[derive(Debug)]
pub struct Summary {
    secrets: usize,
    counts: BTreeMap<Place, usize>,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |place| self.counts.get(&place).copied().unwrap_or_default();
        write!(
            f,
            "{} answers, {} log lines, {} pages of metrics and {} panics searched for {} secrets: none is in them",
            count(Place::Answer),
            count(Place::Log),
            count(Place::Metrics),
            count(Place::Panic),
            self.secrets
        )
    }
}

/// A client of the gateway at this origin whose requests and answers go into the ledger of the run.
#[must_use]
pub fn client(origin: &str) -> Client {
    let origin = origin.to_owned();
    Client::new(PATIENCE).observed(Arc::new(move |request, response| RUN.see(&origin, request, response)))
}

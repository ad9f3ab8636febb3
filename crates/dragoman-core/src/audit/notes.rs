//! Notes of what has no transaction, in memory until somebody writes them.
//!
//! The first note of its kind is written as it is. What is the same in everything but its time is counted for a
//! while, and then written as one entry that says how many there were: a flood of guesses costs two entries a
//! minute for each account and address, however many they are. Accounts and addresses are told apart up to a
//! number; beyond it, notes are only counted, so that neither the memory nor the disk fills.

use std::collections::HashMap;
use std::mem;

use chrono::{DateTime, Duration, Utc};

use super::{Detail, Draft, Event, Facts};

/// How long refusals and hazards of one kind are counted.
const REFUSALS: Duration = Duration::minutes(1);

/// How long right credentials of one user and address are counted: each request of a Basic client has some.
const ACCEPTED: Duration = Duration::hours(1);

/// So many kinds are told apart at a time.
const KINDS: usize = 500;
const ACCEPTED_KINDS: usize = 10_000;

/// So many notes wait for a database that is away.
const WAITING: usize = 10_000;

/// All notes of a process.
pub(super) struct Notebook {
    refused: Counting,
    /// Of names that nobody has there are any number: they must not keep users out of the log.
    nobody: Counting,
    hazards: Counting,
    accepted: Counting,
    waiting: Vec<Draft>,
    lost: u64,
    lost_ever: u64,
}

impl Default for Notebook {
    fn default() -> Self {
        Self {
            refused: Counting::new(REFUSALS, KINDS),
            nobody: Counting::new(REFUSALS, KINDS),
            hazards: Counting::new(REFUSALS, KINDS),
            accepted: Counting::new(ACCEPTED, ACCEPTED_KINDS),
            waiting: Vec::new(),
            lost: 0,
            lost_ever: 0,
        }
    }
}

impl Notebook {
    pub(super) fn add(&mut self, draft: Draft) {
        let counting = match draft.facts.event {
            Event::HazardUse => &mut self.hazards,
            Event::CredentialsAccepted => &mut self.accepted,
            Event::Login if draft.facts.subject.is_none() => &mut self.nobody,
            // What else comes here was refused: all that was done is told by its transaction.
            Event::Login
            | Event::Lockout
            | Event::Registration
            | Event::Change
            | Event::RoleChange
            | Event::Enabled
            | Event::Disabled
            | Event::PasswordChange
            | Event::PasswordReset
            | Event::PasswordTakenOver
            | Event::Deletion
            | Event::Logout
            | Event::SessionsEnded
            | Event::RefreshReuse
            | Event::KeyRotation
            | Event::KeyImport
            | Event::KeyRemoval
            | Event::TokenAdopted
            | Event::Import
            | Event::Link
            | Event::ImportUndone
            | Event::Export
            | Event::Copy
            | Event::EntriesLost
            | Event::LogRestarted
            | Event::LogPruned => &mut self.refused,
        };
        if let Some(first) = counting.add(draft) {
            self.wait(first);
        }
    }

    /// What is to be written now: `closing` means that nothing comes after it.
    pub(super) fn take(&mut self, now: DateTime<Utc>, closing: bool) -> Vec<Draft> {
        let counted = [&mut self.refused, &mut self.nobody, &mut self.hazards, &mut self.accepted];
        let counted: Vec<Draft> = counted.into_iter().flat_map(|counting| counting.take(now, closing)).collect();
        counted.into_iter().for_each(|draft| self.wait(draft));
        let mut all = mem::take(&mut self.waiting);
        if self.lost > 0 {
            all.push(lost(now, mem::take(&mut self.lost)));
        }
        all
    }

    /// What could not be written waits for the next time.
    pub(super) fn put_back(&mut self, drafts: Vec<Draft>) {
        let later = mem::take(&mut self.waiting);
        drafts.into_iter().chain(later).for_each(|draft| self.wait(draft));
    }

    pub(super) fn lost_ever(&self) -> u64 {
        self.lost_ever
    }

    fn wait(&mut self, draft: Draft) {
        if self.waiting.len() < WAITING {
            self.waiting.push(draft);
        } else {
            self.lost += 1;
            self.lost_ever += 1;
        }
    }
}

fn lost(at: DateTime<Utc>, count: u64) -> Draft {
    Draft { at, facts: Facts::of_the_log(Event::EntriesLost, Detail::from([("count", count.to_string())])) }
}

/// Notes of one sort, by their kind.
struct Counting {
    span: Duration,
    most: usize,
    kinds: HashMap<Facts, Kind>,
    /// What was too much to be told apart.
    beyond: HashMap<Facts, Kind>,
}

struct Kind {
    since: DateTime<Utc>,
    /// Notes since the one that was written.
    more: u64,
}

impl Counting {
    fn new(span: Duration, most: usize) -> Self {
        Self { span, most, kinds: HashMap::new(), beyond: HashMap::new() }
    }

    /// The note, if it is to be written as it is.
    fn add(&mut self, draft: Draft) -> Option<Draft> {
        if let Some(kind) = self.kinds.get_mut(&draft.facts) {
            kind.more += 1;
            return None;
        }
        if self.kinds.len() < self.most {
            self.kinds.insert(draft.facts.clone(), Kind { since: draft.at, more: 0 });
            return Some(draft);
        }
        self.beyond.entry(blurred(draft.facts)).or_insert(Kind { since: draft.at, more: 0 }).more += 1;
        None
    }

    /// The counts of those kinds that have been counted for long enough.
    fn take(&mut self, now: DateTime<Utc>, all: bool) -> Vec<Draft> {
        let span = self.span;
        let over = |kind: &Kind| all || now - kind.since >= span;
        let counted = self.kinds.extract_if(|_, kind| over(kind)).chain(self.beyond.extract_if(|_, kind| over(kind)));
        counted.filter(|(_, kind)| kind.more > 0).map(|(facts, kind)| counts(now, facts, &kind)).collect()
    }
}

fn counts(at: DateTime<Utc>, mut facts: Facts, kind: &Kind) -> Draft {
    facts.detail.insert("count", kind.more.to_string());
    facts.detail.insert("since", rfc3339(kind.since));
    Draft { at, facts }
}

/// What the log says of a note that it cannot tell from others: nothing of which there may be any number.
fn blurred(mut facts: Facts) -> Facts {
    facts.detail.retain(|&name, _| name != "name");
    Facts { actor: None, subject: None, address: None, ..facts }
}

/// A time as the log writes it.
pub(super) fn rfc3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Outcome, Person};

    fn refusal(second: i64, user: i64) -> Draft {
        let facts = Facts {
            event: Event::Login,
            outcome: Outcome::Refused,
            dialect: "one",
            actor: None,
            subject: Some(Person { id: user, name: String::new() }),
            address: None,
            detail: Detail::from([("reason", "wrong-password".to_owned()), ("name", user.to_string())]),
        };
        Draft { at: DateTime::from_timestamp(second, 0).unwrap(), facts }
    }

    fn taken(notes: &mut Notebook, second: i64) -> Vec<Option<String>> {
        let drafts = notes.take(DateTime::from_timestamp(second, 0).unwrap(), false);
        drafts.iter().map(|draft| draft.facts.detail.get("count").cloned()).collect()
    }

    #[test]
    fn the_first_refusal_is_written_and_what_follows_is_counted() {
        let mut notes = Notebook::default();
        (0..1000).for_each(|_| notes.add(refusal(0, 1)));
        notes.add(refusal(0, 2));
        assert_eq!(taken(&mut notes, 1), [None, None]);
        assert_eq!(taken(&mut notes, 59), []);
        assert_eq!(taken(&mut notes, 60), [Some("999".to_owned())]);
        notes.add(refusal(61, 1));
        assert_eq!(taken(&mut notes, 61), [None]);
    }

    #[test]
    fn a_flood_over_many_accounts_is_bounded_and_counted_in_full() {
        let mut notes = Notebook::default();
        (0..100_000).for_each(|user| notes.add(refusal(0, user)));
        let first = taken(&mut notes, 1).len();
        let [beyond] = notes.take(DateTime::from_timestamp(60, 0).unwrap(), false).try_into().unwrap();
        assert_eq!(first + beyond.facts.detail["count"].parse::<usize>().unwrap(), 100_000);
        assert_eq!(first, KINDS);
        assert!(beyond.facts.subject.is_none() && !beyond.facts.detail.contains_key("name"));
    }

    #[test]
    fn guesses_at_nobody_do_not_hide_those_at_a_user() {
        let mut notes = Notebook::default();
        for name in 0..10_000 {
            let mut guess = refusal(0, name);
            guess.facts.subject = None;
            notes.add(guess);
        }
        notes.add(refusal(0, 7));
        let all = notes.take(DateTime::from_timestamp(1, 0).unwrap(), false);
        assert_eq!(all.last().unwrap().facts.subject.as_ref().unwrap().id, 7);
    }

    #[test]
    fn what_does_not_fit_any_more_is_said() {
        let mut notes = Notebook::default();
        let many = (0..WAITING as i64 + 7).map(|user| refusal(0, user)).collect();
        notes.put_back(many);
        let all = notes.take(DateTime::from_timestamp(1, 0).unwrap(), false);
        let last = &all.last().unwrap().facts;
        assert_eq!((last.event, last.detail["count"].as_str()), (Event::EntriesLost, "7"));
        assert_eq!((all.len(), notes.lost_ever()), (WAITING + 1, 7));
    }
}

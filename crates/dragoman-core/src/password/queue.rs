//! A queue in which nobody can stand in everybody's way.
//!
//! Who has asked little comes first. Each address takes one place in a round, so that the jobs of
//! one that sends hundreds lie in as many rounds, and a newcomer's first job goes before nearly all
//! of them (start-time fair queueing). Within a round the accounts are served alike: the more jobs
//! wait for an account already, the later the next one comes, so that a guess at one account
//! from a thousand addresses does not keep the others out.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

/// For whom a job is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Applicant {
    /// From where it came, if anybody knows.
    pub(super) network: Option<IpAddr>,
    /// Stands for the account that it is about.
    pub(super) account: u64,
}

/// When a job's turn is; the smallest is next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    round: u64,
    /// How many jobs waited for the same account when it came.
    crowd: usize,
    arrival: u64,
}

struct Waiting<T> {
    applicant: Applicant,
    /// What the job costs, in any unit.
    work: u64,
    job: T,
}

/// What became of a job that was to be put into the queue.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Entry<T> {
    /// It waits.
    Waits,
    /// It waits, and another one, whose turn was the last, had to go for it.
    InsteadOf(T),
    /// It does not: there is too much before it.
    Refused(T),
}

pub(super) struct FairQueue<T> {
    capacity: usize,
    waiting: BTreeMap<Turn, Waiting<T>>,
    /// For each address the round of its next job, where that is later than the present one.
    next_rounds: HashMap<Option<IpAddr>, u64>,
    round: u64,
    served_in_round: usize,
    arrivals: u64,
}

impl<T> FairQueue<T> {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            waiting: BTreeMap::new(),
            next_rounds: HashMap::new(),
            round: 0,
            served_in_round: 0,
            arrivals: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Puts a job into its place, unless the work before it is more than `most`.
    pub(super) fn push(&mut self, applicant: Applicant, work: u64, most: u64, job: T) -> Entry<T> {
        let turn = self.turn(applicant);
        let before: u64 = self.waiting.range(..turn).map(|(_, waiting)| waiting.work).sum();
        let full = self.waiting.len() >= self.capacity;
        if before > most || (full && self.waiting.last_key_value().is_none_or(|(last, _)| *last < turn)) {
            return Entry::Refused(job);
        }
        let last = if full { self.withdraw_last() } else { None };
        self.arrivals += 1;
        self.next_rounds.insert(applicant.network, turn.round + 1);
        self.waiting.insert(turn, Waiting { applicant, work, job });
        last.map_or(Entry::Waits, Entry::InsteadOf)
    }

    /// The job whose turn is next.
    pub(super) fn next(&self) -> Option<&T> {
        self.waiting.first_key_value().map(|(_, waiting)| &waiting.job)
    }

    /// Takes the job whose turn it is.
    pub(super) fn pop(&mut self) -> Option<T> {
        let (turn, waiting) = self.waiting.pop_first()?;
        self.served_in_round += 1;
        // However many newcomers there are, those who came before them have their second turn, too.
        if turn.round > self.round || self.served_in_round > self.capacity {
            self.begin_round(turn.round.max(self.round + 1));
        }
        Some(waiting.job)
    }

    fn begin_round(&mut self, round: u64) {
        self.round = round;
        self.served_in_round = 0;
        // An address that has had its turns is like one that was never here.
        self.next_rounds.retain(|_, next| *next > round);
    }

    fn turn(&self, applicant: Applicant) -> Turn {
        let next = self.next_rounds.get(&applicant.network).copied();
        Turn {
            round: next.unwrap_or_default().max(self.round),
            crowd: self.waiting.values().filter(|other| other.applicant.account == applicant.account).count(),
            arrival: self.arrivals,
        }
    }

    fn withdraw_last(&mut self) -> Option<T> {
        let (turn, waiting) = self.waiting.pop_last()?;
        // Its place in the round is free again.
        self.next_rounds.insert(waiting.applicant.network, turn.round);
        Some(waiting.job)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applicant(address: &str, account: u64) -> Applicant {
        let origin = crate::Origin::new(Some(address.parse().unwrap()), || false);
        Applicant { network: origin.network(), account }
    }

    fn queue(capacity: usize, jobs: &[(&str, u64, &'static str)]) -> FairQueue<&'static str> {
        let mut queue = FairQueue::new(capacity);
        for (address, account, job) in jobs {
            assert_eq!(queue.push(applicant(address, *account), 1, u64::MAX, *job), Entry::Waits);
        }
        queue
    }

    fn served(mut queue: FairQueue<&'static str>) -> String {
        std::iter::from_fn(|| queue.pop()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn addresses_take_turns() {
        let flood = [("10.0.0.1", 1, "a1"), ("10.0.0.1", 2, "a2"), ("10.0.0.1", 3, "a3")];
        let others = [("10.0.0.2", 4, "b1"), ("10.0.0.3", 5, "c1"), ("10.0.0.2", 6, "b2")];
        assert_eq!(served(queue(9, &[&flood[..], &others].concat())), "a1 b1 c1 a2 b2 a3");
    }

    #[test]
    fn within_a_round_the_account_that_fewer_ask_for_comes_first() {
        let guesses = [("10.0.0.1", 1, "g1"), ("10.0.0.2", 1, "g2"), ("10.0.0.3", 1, "g3")];
        assert_eq!(served(queue(9, &[&guesses[..], &[("10.0.0.4", 2, "other")]].concat())), "g1 other g2 g3");
    }

    #[test]
    fn one_networks_addresses_of_ipv6_are_one_address() {
        let flood = [("2001:db8::1", 1, "a1"), ("2001:db8::2", 2, "a2"), ("2001:db8:0:1::1", 3, "b1")];
        assert_eq!(served(queue(9, &flood)), "a1 b1 a2");
        assert_eq!(
            served(queue(9, &[("::ffff:10.0.0.1", 1, "a1"), ("10.0.0.1", 2, "a2"), ("10.0.0.2", 3, "b1")])),
            "a1 b1 a2"
        );
    }

    #[test]
    fn whoever_has_waited_is_no_worse_off_than_a_newcomer() {
        let mut queue = queue(9, &[("10.0.0.1", 1, "a1"), ("10.0.0.1", 2, "a2")]);
        assert_eq!(queue.pop(), Some("a1"));
        queue.push(applicant("10.0.0.2", 3), 1, u64::MAX, "b1");
        assert_eq!(queue.pop(), Some("b1"));
        queue.push(applicant("10.0.0.2", 3), 1, u64::MAX, "b2");
        assert_eq!(served(queue), "a2 b2");
    }

    #[test]
    fn in_a_full_queue_the_last_makes_room_for_one_that_comes_before_it() {
        let mut queue = queue(2, &[("10.0.0.1", 1, "a1"), ("10.0.0.1", 2, "a2")]);
        assert_eq!(queue.push(applicant("10.0.0.1", 3), 1, u64::MAX, "a3"), Entry::Refused("a3"));
        assert_eq!(queue.push(applicant("10.0.0.2", 4), 1, u64::MAX, "b1"), Entry::InsteadOf("a2"));
        assert_eq!(served(queue), "a1 b1");
    }

    #[test]
    fn too_much_work_before_a_job_refuses_it() {
        let mut queue = FairQueue::new(9);
        assert_eq!(queue.push(applicant("10.0.0.1", 1), 10, 10, "a1"), Entry::Waits);
        assert_eq!(queue.push(applicant("10.0.0.1", 2), 1, 9, "a2"), Entry::Refused("a2"));
        // The same work lies in later rounds than a newcomer's.
        assert_eq!(queue.push(applicant("10.0.0.1", 2), 10, 10, "a2"), Entry::Waits);
        assert_eq!(queue.push(applicant("10.0.0.2", 3), 1, 10, "b1"), Entry::Waits);
        assert_eq!(served(queue), "a1 b1 a2");
    }

    #[test]
    fn newcomers_without_end_do_not_keep_a_second_job_waiting_for_ever() {
        let mut queue = queue(4, &[("10.0.0.1", 1, "a1"), ("10.0.0.1", 2, "a2")]);
        let mut order = Vec::new();
        for number in 0..100_u8 {
            queue.push(applicant(&format!("10.0.1.{number}"), u64::from(number) + 9), 1, u64::MAX, "new");
            order.extend(queue.pop());
        }
        assert!(order.contains(&"a2"), "{order:?}");
        assert!(queue.next_rounds.len() < 20, "and nothing is remembered of those who are gone");
    }
}

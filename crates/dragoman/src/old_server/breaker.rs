//! A circuit breaker: a server that gives no word several times in a row is left alone for a while.
//!
//! What a stranger asks decides nothing here, because among the answers are those to odd questions. After several
//! without a word, and after each pause, the server is *tried* by a question of our own, and what comes of that counts.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use dragoman_core::Clock;

/// The state of one server, as this process sees it.
pub(super) struct Breaker {
    clock: Clock,
    most: u32,
    pause: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// Asked as usual; so many in a row had no word.
    Closed { doubts: u32 },
    /// Left alone until then. Whoever comes first after that tries it, which puts the moment off for all others.
    Open { until: DateTime<Utc> },
}

/// Whether a question may go to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    /// It may.
    Open,
    /// It may when the server has stood a trial, which is for this one to make.
    AfterTrial,
    /// It may not.
    Closed,
}

/// What an outcome changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// Nothing.
    None,
    /// From now on it is left alone.
    Opened,
    /// From now on it is asked again.
    Closed,
}

impl Breaker {
    pub(super) fn new(clock: Clock, most: u32, pause: Duration) -> Self {
        Self { clock, most, pause, state: Mutex::new(State::Closed { doubts: 0 }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it is in vain to wait for a turn.
    pub(super) fn is_open(&self) -> bool {
        match *self.state() {
            State::Closed { .. } => false,
            State::Open { until } => self.clock.now() < until,
        }
    }

    /// Whether it may be asked now. After the pause one is let through, and another only when nothing was heard of
    /// that one for as long again.
    pub(super) fn entry(&self) -> Entry {
        let now = self.clock.now();
        let mut state = self.state();
        match *state {
            State::Closed { .. } => Entry::Open,
            State::Open { until } if now < until => Entry::Closed,
            State::Open { .. } => {
                *state = State::Open { until: now + self.pause };
                Entry::AfterTrial
            }
        }
    }

    /// It said yes or no.
    pub(super) fn answered(&self) -> Turn {
        match std::mem::replace(&mut *self.state(), State::Closed { doubts: 0 }) {
            State::Closed { .. } => Turn::None,
            State::Open { .. } => Turn::Closed,
        }
    }

    /// Somebody's question had no word. Whether it is to be tried now.
    pub(super) fn doubted(&self) -> bool {
        match &mut *self.state() {
            State::Closed { doubts } => {
                *doubts += 1;
                let enough = *doubts >= self.most;
                if enough {
                    *doubts = 0;
                }
                enough
            }
            State::Open { .. } => false,
        }
    }

    /// It has failed a trial. Where it says for how long it wants to be left alone, it is, but for no longer than others.
    pub(super) fn failed(&self, rest: Option<Duration>) -> Turn {
        let pause = rest.map_or(self.pause, |rest| rest.min(self.pause));
        let open = State::Open { until: self.clock.now() + pause };
        match std::mem::replace(&mut *self.state(), open) {
            State::Closed { .. } => Turn::Opened,
            State::Open { .. } => Turn::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaker() -> (Breaker, Clock) {
        let clock = Clock::still(DateTime::UNIX_EPOCH);
        (Breaker::new(clock.clone(), 3, Duration::from_secs(10)), clock)
    }

    fn opened() -> (Breaker, Clock) {
        let (breaker, clock) = breaker();
        assert_eq!(breaker.failed(None), Turn::Opened);
        (breaker, clock)
    }

    #[test]
    fn it_is_tried_after_doubts_in_a_row_and_not_before() {
        let (breaker, _) = breaker();
        for _ in 0..5 {
            assert!(!breaker.doubted() && !breaker.doubted());
            assert_eq!(breaker.answered(), Turn::None);
        }
        for _ in 0..5 {
            assert_eq!([breaker.doubted(), breaker.doubted(), breaker.doubted()], [false, false, true]);
        }
    }

    #[test]
    fn doubts_alone_never_open_it() {
        let (breaker, _) = breaker();
        for _ in 0..100 {
            breaker.doubted();
        }
        assert_eq!((breaker.entry(), breaker.is_open()), (Entry::Open, false));
        let (breaker, _) = opened();
        assert_eq!((breaker.entry(), breaker.is_open()), (Entry::Closed, true));
    }

    #[test]
    fn after_the_pause_one_tries_it_and_an_answer_closes_it() {
        let (breaker, clock) = opened();
        clock.advance(chrono::Duration::seconds(9));
        assert_eq!(breaker.entry(), Entry::Closed);
        clock.advance(chrono::Duration::seconds(1));
        assert!(!breaker.is_open());
        assert_eq!(breaker.entry(), Entry::AfterTrial);
        assert_eq!((breaker.entry(), breaker.is_open()), (Entry::Closed, true));
        assert_eq!(breaker.answered(), Turn::Closed);
        assert_eq!([breaker.entry(), breaker.entry()], [Entry::Open; 2]);
    }

    #[test]
    fn a_trial_that_fails_begins_another_pause_and_a_strangers_question_does_not() {
        let (breaker, clock) = opened();
        clock.advance(chrono::Duration::seconds(10));
        assert_eq!(breaker.entry(), Entry::AfterTrial);
        clock.advance(chrono::Duration::seconds(5));
        assert_eq!(breaker.failed(None), Turn::None);
        clock.advance(chrono::Duration::seconds(9));
        assert!(!breaker.doubted() && breaker.entry() == Entry::Closed);
        clock.advance(chrono::Duration::seconds(1));
        assert_eq!(breaker.entry(), Entry::AfterTrial);
    }

    #[test]
    fn one_that_never_comes_back_does_not_keep_it_open_for_ever() {
        let (breaker, clock) = opened();
        clock.advance(chrono::Duration::seconds(10));
        assert_eq!(breaker.entry(), Entry::AfterTrial);
        clock.advance(chrono::Duration::seconds(10));
        assert_eq!([breaker.entry(), breaker.entry()], [Entry::AfterTrial, Entry::Closed]);
    }

    #[test]
    fn who_asks_to_be_left_alone_is_but_for_no_longer_than_others() {
        for (rest, expected) in [(2, 2), (9, 9), (3600, 10)] {
            let (breaker, clock) = breaker();
            assert_eq!(breaker.failed(Some(Duration::from_secs(rest))), Turn::Opened);
            clock.advance(chrono::Duration::seconds(expected - 1));
            assert!(breaker.is_open(), "{rest}");
            clock.advance(chrono::Duration::seconds(1));
            assert!(!breaker.is_open(), "{rest}");
        }
    }
}

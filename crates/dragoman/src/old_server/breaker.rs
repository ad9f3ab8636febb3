//! A circuit breaker: whoever fails several times in a row is left alone for a while, and then tried once.

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
    /// Asked as usual; so many failures in a row.
    Closed { failures: u32 },
    /// Left alone until then. Whoever comes first after that tries it, which puts the moment off for all others.
    Open { until: DateTime<Utc> },
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
        Self { clock, most, pause, state: Mutex::new(State::Closed { failures: 0 }) }
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
    pub(super) fn lets_through(&self) -> bool {
        let now = self.clock.now();
        let mut state = self.state();
        match *state {
            State::Closed { .. } => true,
            State::Open { until } if now < until => false,
            State::Open { .. } => {
                *state = State::Open { until: now + self.pause };
                true
            }
        }
    }

    /// It answered, whatever it said.
    pub(super) fn answered(&self) -> Turn {
        match std::mem::replace(&mut *self.state(), State::Closed { failures: 0 }) {
            State::Closed { .. } => Turn::None,
            State::Open { .. } => Turn::Closed,
        }
    }

    /// It did not, or not in its own words.
    pub(super) fn failed(&self) -> Turn {
        let until = self.clock.now() + self.pause;
        let mut state = self.state();
        match &mut *state {
            State::Closed { failures } if *failures + 1 < self.most => {
                *failures += 1;
                Turn::None
            }
            State::Closed { .. } => {
                *state = State::Open { until };
                Turn::Opened
            }
            State::Open { .. } => {
                *state = State::Open { until };
                Turn::None
            }
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
        assert_eq!([breaker.failed(), breaker.failed(), breaker.failed()], [Turn::None, Turn::None, Turn::Opened]);
        (breaker, clock)
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_not_before() {
        let (breaker, _) = breaker();
        for _ in 0..5 {
            assert_eq!([breaker.failed(), breaker.failed(), breaker.answered()], [Turn::None; 3]);
        }
        assert!(breaker.lets_through() && !breaker.is_open());
        let (breaker, _) = opened();
        assert!(!breaker.lets_through() && breaker.is_open());
    }

    #[test]
    fn after_the_pause_one_tries_and_an_answer_closes_it() {
        let (breaker, clock) = opened();
        clock.advance(chrono::Duration::seconds(9));
        assert!(!breaker.lets_through());
        clock.advance(chrono::Duration::seconds(1));
        assert!(!breaker.is_open());
        assert!(breaker.lets_through());
        assert!(!breaker.lets_through() && breaker.is_open());
        assert_eq!(breaker.answered(), Turn::Closed);
        assert!(breaker.lets_through() && breaker.lets_through());
    }

    #[test]
    fn a_failure_of_the_one_that_tries_begins_another_pause() {
        let (breaker, clock) = opened();
        clock.advance(chrono::Duration::seconds(10));
        assert!(breaker.lets_through());
        clock.advance(chrono::Duration::seconds(5));
        assert_eq!(breaker.failed(), Turn::None);
        clock.advance(chrono::Duration::seconds(9));
        assert!(!breaker.lets_through());
        clock.advance(chrono::Duration::seconds(1));
        assert!(breaker.lets_through());
    }

    #[test]
    fn one_that_never_comes_back_does_not_keep_it_open_for_ever() {
        let (breaker, clock) = opened();
        clock.advance(chrono::Duration::seconds(10));
        assert!(breaker.lets_through());
        clock.advance(chrono::Duration::seconds(10));
        assert!(breaker.lets_through() && !breaker.lets_through());
    }
}

//! How many failures are free, how they are forgotten, and how long is waited after more.

use chrono::{DateTime, Utc};

use crate::db::guesses::Counter;

/// What somebody may fail within a time before having to wait.
///
/// Failures leak away one by one: of `free` failures none is left after `seconds`. That needs one number
/// to be stored, the moment when the last of them will be forgotten, and no list of times.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quota {
    pub(super) free: u32,
    pub(super) seconds: u64,
    pub(super) longest_delay_seconds: u64,
}

impl Quota {
    /// After how many milliseconds one failure is forgotten.
    pub(super) fn leak_ms(&self) -> i64 {
        (signed(self.seconds).saturating_mul(1000) / i64::from(self.free.max(1))).max(1)
    }

    /// The failures that are not forgotten.
    pub(super) fn failures(&self, counter: Counter, now: DateTime<Utc>) -> u32 {
        let left = counter.forgotten_ms.saturating_sub(now.timestamp_millis()).max(0);
        u32::try_from(left.unsigned_abs().div_ceil(self.leak_ms().unsigned_abs())).unwrap_or(u32::MAX)
    }

    /// Where a counter stands after one more failure, if whoever failed has to wait now: 1 s, 2 s, 4 s …
    pub(super) fn delayed(&self, counter: Counter, now: DateTime<Utc>) -> Option<Counter> {
        let beyond = self.failures(counter, now).checked_sub(self.free)?;
        let most = self.doublings();
        let delay = if beyond < most { 1 << beyond } else { self.longest_delay_seconds };
        let now_ms = now.timestamp_millis();
        // What comes when the longest delay is reached already makes nothing worse.
        let ceiling = i64::from(self.free.saturating_add(most)).saturating_mul(self.leak_ms());
        Some(Counter {
            forgotten_ms: counter.forgotten_ms.min(now_ms.saturating_add(ceiling)),
            until_ms: now_ms.saturating_add(signed(delay).saturating_mul(1000)),
        })
    }

    /// How often a delay of one second doubles until it is the longest.
    fn doublings(&self) -> u32 {
        self.longest_delay_seconds.max(1).next_power_of_two().ilog2().min(32)
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTA: Quota = Quota { free: 5, seconds: 3600, longest_delay_seconds: 900 };

    /// The seconds to wait after each of `times` failures at the same moment.
    fn delays(quota: Quota, times: usize) -> Vec<i64> {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let mut counter = Counter { forgotten_ms: 0, until_ms: 0 };
        let fail = |_| {
            counter.forgotten_ms = counter.forgotten_ms.max(now.timestamp_millis()) + quota.leak_ms();
            counter = quota.delayed(counter, now).unwrap_or(counter);
            (counter.until_ms - now.timestamp_millis()).max(0) / 1000
        };
        (0..times).map(fail).collect()
    }

    #[test]
    fn delays_double_after_the_free_failures_until_they_are_longest() {
        assert_eq!(delays(QUOTA, 17), [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
    }

    #[test]
    fn nothing_free_means_a_delay_from_the_first_failure_on() {
        assert_eq!(delays(Quota { free: 1, ..QUOTA }, 3), [1, 2, 4]);
        assert_eq!(delays(Quota { longest_delay_seconds: 0, ..QUOTA }, 6), [0; 6]);
    }

    #[test]
    fn failures_are_forgotten_one_by_one() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let counter = Counter { forgotten_ms: now.timestamp_millis() + 3 * QUOTA.leak_ms(), until_ms: 0 };
        let after = |minutes| QUOTA.failures(counter, now + chrono::Duration::minutes(minutes));
        assert_eq!([0, 11, 12, 24, 35, 36, 99].map(after), [3, 3, 2, 1, 1, 0, 0]);
    }
}

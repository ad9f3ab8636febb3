//! What an operator decides of the limits.

use serde::{Deserialize, Serialize};

/// How many wrong passwords are free, and how long one waits after more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GuessSettings {
    /// Whether guesses are limited at all.
    pub enabled: bool,
    /// Wrong passwords for one account from one network before the first delay.
    pub free: u32,
    /// Seconds after which so many are forgotten; a right password forgets them at once.
    pub seconds: u64,
    /// Seconds that such a delay, which doubles from one second on, may last.
    pub longest_delay_seconds: u64,
    /// Wrong passwords from one network, for whatever accounts, before the first delay.
    pub network_free: u32,
    /// Seconds after which so many are forgotten.
    pub network_seconds: u64,
    /// Seconds that the delay of a network may last.
    pub network_longest_delay_seconds: u64,
    /// Wrong passwords for one account from all networks together before the first delay.
    pub account_free: u32,
    /// Seconds after which so many are forgotten.
    pub account_seconds: u64,
    /// Seconds that the delay of an account may last; networks from which it signed in before are exempt.
    pub account_longest_delay_seconds: u64,
}

impl Default for GuessSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            free: 5,
            seconds: 3600,
            longest_delay_seconds: 900,
            network_free: 100,
            network_seconds: 600,
            network_longest_delay_seconds: 900,
            account_free: 50,
            account_seconds: 3600,
            account_longest_delay_seconds: 60,
        }
    }
}

//! What a person may configure about this dialect.

use std::time::Duration;

use serde::{Deserialize, Serialize};

const DAY: u64 = 24 * 60 * 60;

/// Section `[onyx]` of the settings: how long tokens live (onyx T4).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Seconds that an access token from login lives.
    pub access_token_seconds: u64,
    /// Seconds that an access token got for a refresh token lives.
    pub renewed_access_token_seconds: u64,
    /// Seconds that a refresh token lives.
    pub refresh_token_seconds: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { access_token_seconds: 20 * DAY, renewed_access_token_seconds: 15 * 60, refresh_token_seconds: 30 * DAY }
    }
}

impl Settings {
    pub(crate) fn access_token(&self) -> Duration {
        Duration::from_secs(self.access_token_seconds)
    }

    pub(crate) fn renewed_access_token(&self) -> Duration {
        Duration::from_secs(self.renewed_access_token_seconds)
    }

    pub(crate) fn refresh_token(&self) -> Duration {
        Duration::from_secs(self.refresh_token_seconds)
    }
}

//! The server that a mount replaces.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Section `[mount.legacy]`: whom to ask about people who have no password here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Legacy {
    /// Where the old server is, `http` or `https`; the documented paths follow it.
    pub url: String,
    /// How long it may take for an answer, in seconds.
    pub timeout_seconds: u64,
    /// How many questions it is asked at once; more wait.
    pub concurrency: usize,
    /// After how many questions in a row without yes or no it is tried, and if that is in vain left alone …
    pub failures: u32,
    /// … for so many seconds, before one question tries it again.
    pub pause_seconds: u64,
    /// Whether it lets people in who are not here yet.
    pub create: bool,
    /// Whether it knows the passwords of users who are administrators here.
    pub administrators: bool,
    /// The authorities that may vouch for it, a PEM file; none: those that this machine trusts.
    pub ca: Option<PathBuf>,
}

impl Default for Legacy {
    fn default() -> Self {
        Self {
            url: String::new(),
            timeout_seconds: 3,
            concurrency: 8,
            failures: 5,
            pause_seconds: 10,
            create: true,
            administrators: false,
            ca: None,
        }
    }
}

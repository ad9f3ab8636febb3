//! What placeholders stand for.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};

/// Values by name: those that the caller gives, and those that were captured on the way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values(BTreeMap<String, String>);

impl Values {
    /// The names that a caller may give. `run` is made anew for each replay.
    pub const GIVEN: [&str; 6] =
        ["admin.username", "admin.email", "admin.password", "oauth.client_id", "oauth.client_secret", "run"];

    /// The value with this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn get(&self, name: &str) -> Result<&str> {
        self.0.get(name).map(String::as_str).with_context(|| format!("nothing is known as {{{{{name}}}}}"))
    }

    /// Whether there is a value with this name.
    #[must_use]
    pub fn knows(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Keeps a value; one that had the name before is forgotten.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Values {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

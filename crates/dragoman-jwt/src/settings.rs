//! What an operator may choose about this dialect: section `[jwt]` of the settings file.

use std::time::Duration;

use dragoman_core::Algorithm;
use serde::{Deserialize, Serialize};

/// Section `[jwt]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The `iss` claim of every token.
    pub issuer: String,
    /// How many seconds a token is valid.
    pub token_seconds: u64,
    /// `RS256`, `ES256` or `EdDSA`.
    #[serde(deserialize_with = "asymmetric")]
    pub algorithm: Algorithm,
    /// The web origins that may call across origins, such as `https://app.example.com`; `*` is every one.
    pub allowed_origins: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            issuer: "dragoman".into(),
            token_seconds: 3600,
            algorithm: Algorithm::Rs256,
            allowed_origins: Vec::new(),
        }
    }
}

impl Settings {
    pub(crate) fn lifetime(&self) -> Duration {
        Duration::from_secs(self.token_seconds)
    }
}

/// A symmetric key has no public half, so nobody could check a token by `/.well-known/jwks.json`.
fn asymmetric<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Algorithm, D::Error> {
    match Algorithm::deserialize(deserializer)? {
        Algorithm::Hs256 => Err(serde::de::Error::unknown_variant("HS256", &["RS256", "ES256", "EdDSA"])),
        asymmetric @ (Algorithm::Rs256 | Algorithm::Es256 | Algorithm::EdDsa) => Ok(asymmetric),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Settings, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_left_out_has_a_default() {
        let settings = read(r#"{"issuer":"x"}"#).unwrap();
        assert_eq!((settings.issuer.as_str(), settings.token_seconds), ("x", 3600));
        assert_eq!(settings.algorithm, Algorithm::Rs256);
        assert!(settings.allowed_origins.is_empty());
    }

    #[test]
    fn a_symmetric_algorithm_is_refused() {
        assert_eq!(read(r#"{"algorithm":"EdDSA"}"#).unwrap().algorithm, Algorithm::EdDsa);
        assert!(read(r#"{"algorithm":"HS256"}"#).unwrap_err().contains("RS256"));
    }
}

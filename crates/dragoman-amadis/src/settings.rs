//! What the configuration says about this dialect: section `[amadis]`.

use dragoman_core::Password;
use serde::{Deserialize, Serialize};

/// The token endpoint's settings.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default)]
pub struct Settings {
    /// How long an access token lives.
    pub access_token_seconds: u32,
    /// How long a refresh token lives.
    pub refresh_token_seconds: u32,
    /// The id of the one configured OAuth2 client, for the grants that administrators use.
    pub client_id: String,
    /// Its secret. Without one, these grants refuse every client.
    #[serde(skip_serializing)]
    pub client_secret: Option<Password>,
}

impl Default for Settings {
    fn default() -> Self {
        const DAY: u32 = 24 * 60 * 60;
        Self { access_token_seconds: DAY, refresh_token_seconds: 30 * DAY, client_id: "1".into(), client_secret: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_secret_is_read_and_never_shown() {
        let settings: Settings = serde_json::from_str(r#"{"client_secret":"hush"}"#).unwrap();
        assert_eq!(settings.client_id, "1");
        assert!(settings.client_secret.is_some());
        assert!(!format!("{settings:?}").contains("hush"));
        assert!(!serde_json::to_string(&settings).unwrap().contains("client_secret"));
    }
}

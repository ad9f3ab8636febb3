//! How a dialect is mounted: where, with which profile, and with which of its legacy harms.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::web::Data;
use serde::de::IntoDeserializer as _;
use serde::de::value::Error as UnknownName;
use serde::{Deserialize, Serialize};

/// Which of two answers counts where the document and the original server contradict each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// What a client written from the document expects.
    #[default]
    Documented,
    /// What the original server really sent.
    Observed,
}

impl Profile {
    /// Both profiles.
    pub const ALL: [Self; 2] = [Self::Documented, Self::Observed];

    /// The name in settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Observed => "observed",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Profile {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        Self::deserialize(name.into_deserializer())
    }
}

/// Legacy behaviour that harms the users of a shared database, and is therefore off
/// unless a person turns it on for a mount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hazard {
    /// User rows show the stored password hash instead of a decoy.
    ExposePasswordHash,
    /// Administrative routes need no credential.
    OpenAdministration,
    /// Whoever may call the route may reset a password and read the new one.
    PlaintextReset,
    /// The answer tells an unknown user from a wrong password.
    UserEnumeration,
}

impl Hazard {
    /// Every hazard.
    pub const ALL: [Self; 4] =
        [Self::ExposePasswordHash, Self::OpenAdministration, Self::PlaintextReset, Self::UserEnumeration];

    /// The name in settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ExposePasswordHash => "expose-password-hash",
            Self::OpenAdministration => "open-administration",
            Self::PlaintextReset => "plaintext-reset",
            Self::UserEnumeration => "user-enumeration",
        }
    }
}

impl fmt::Display for Hazard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Hazard {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        Self::deserialize(name.into_deserializer())
    }
}

/// Who hears of it when a hazard harms somebody; by itself, nobody.
#[derive(Clone, Default)]
pub struct Witness(Option<Arc<dyn Fn(Hazard) + Send + Sync>>);

impl Witness {
    /// Calls this for each use.
    #[must_use]
    pub fn new(hears: impl Fn(Hazard) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(hears)))
    }
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Witness")
    }
}

/// How a dialect is mounted; handlers find it by [`Mount::of`].
#[derive(Debug, Clone)]
pub struct Mount {
    /// What stands before the documented paths: empty, or `/` and more, without a slash at its end.
    pub prefix: String,
    /// Which answer counts where document and original contradict each other.
    pub profile: Profile,
    /// The legacy harms that a person turned on.
    pub hazards: Vec<Hazard>,
    /// Who hears of it when one of them is used.
    pub witness: Witness,
    /// The most bytes that a request body may have.
    pub body_limit: usize,
    /// How long a client may take to send a body.
    pub body_timeout: Duration,
}

impl Default for Mount {
    fn default() -> Self {
        Self {
            prefix: String::new(),
            profile: Profile::Documented,
            hazards: Vec::new(),
            witness: Witness::default(),
            body_limit: Self::DEFAULT_BODY_LIMIT,
            body_timeout: Self::DEFAULT_BODY_TIMEOUT,
        }
    }
}

impl Mount {
    /// The most bytes that a request body may have where the settings do not say.
    pub const DEFAULT_BODY_LIMIT: usize = 64 * 1024;
    /// For mounts that are not told another time.
    pub const DEFAULT_BODY_TIMEOUT: Duration = Duration::from_secs(30);

    /// The mount that this request came in by; outside of any mount, the safe defaults.
    #[must_use]
    pub fn of(req: &HttpRequest) -> Data<Self> {
        req.app_data::<Data<Self>>().cloned().unwrap_or_else(|| Data::new(Self::default()))
    }

    /// Whether the original server's answer counts, not the document's.
    #[must_use]
    pub fn observed(&self) -> bool {
        self.profile == Profile::Observed
    }

    /// Whether a person turned this legacy harm on. Whoever then gives it to a client says so by [`Mount::used`].
    #[must_use]
    pub fn allows(&self, hazard: Hazard) -> bool {
        self.hazards.contains(&hazard)
    }

    /// Whether a person turned this legacy harm on; if so, a client is being given it now. To be asked once for each
    /// request.
    #[must_use]
    pub fn gives(&self, hazard: Hazard) -> bool {
        let on = self.allows(hazard);
        if on {
            self.used(hazard);
        }
        on
    }

    /// Says that a client is being given this harm, once for each request.
    pub fn used(&self, hazard: Hazard) {
        if let Witness(Some(hears)) = &self.witness {
            hears(hazard);
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn every_name_leads_back_to_its_variant() {
        for profile in Profile::ALL {
            assert_eq!(profile.name().parse::<Profile>().unwrap(), profile);
            assert_eq!(serde_json::to_value(profile).unwrap(), profile.name());
        }
        for hazard in Hazard::ALL {
            assert_eq!(hazard.name().parse::<Hazard>().unwrap(), hazard);
            assert_eq!(serde_json::to_value(hazard).unwrap(), hazard.name());
        }
    }

    #[test]
    fn an_unknown_name_is_told_together_with_the_known_ones() {
        let error = "seen".parse::<Profile>().unwrap_err().to_string();
        assert_eq!(error, "unknown variant `seen`, expected `documented` or `observed`");
    }

    #[test]
    fn a_request_outside_of_any_mount_gets_the_safe_defaults() {
        let mount = Mount::of(&TestRequest::default().to_http_request());
        assert!(!mount.observed());
        assert!(Hazard::ALL.into_iter().all(|hazard| !mount.allows(hazard)));
    }

    #[test]
    fn a_request_finds_its_mount() {
        let mount = Mount { profile: Profile::Observed, hazards: vec![Hazard::UserEnumeration], ..Mount::default() };
        let req = TestRequest::default().app_data(Data::new(mount)).to_http_request();
        assert!(Mount::of(&req).observed());
        assert!(Mount::of(&req).allows(Hazard::UserEnumeration));
        assert!(!Mount::of(&req).allows(Hazard::PlaintextReset));
    }

    #[test]
    fn the_witness_hears_of_each_use() {
        let heard = Arc::new(std::sync::Mutex::new(Vec::new()));
        let hears = Arc::clone(&heard);
        let witness = Witness::new(move |hazard| hears.lock().unwrap().push(hazard));
        let mount = Mount { hazards: vec![Hazard::UserEnumeration], witness, ..Mount::default() };
        assert!(mount.allows(Hazard::UserEnumeration));
        assert!(heard.lock().unwrap().is_empty());
        mount.used(Hazard::UserEnumeration);
        assert_eq!(*heard.lock().unwrap(), [Hazard::UserEnumeration]);
        assert!(mount.gives(Hazard::UserEnumeration));
        assert!(!mount.gives(Hazard::PlaintextReset));
        assert_eq!(*heard.lock().unwrap(), [Hazard::UserEnumeration; 2]);
        Mount::default().used(Hazard::UserEnumeration);
    }
}

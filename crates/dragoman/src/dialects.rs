//! The one table that knows the five adapters.

use std::time::Duration;

use actix_web::web::{Data, ServiceConfig};
use anyhow::{Result, ensure};
use dragoman_core::{Algorithm, LegacyClaims, Login, OriginTable, Password, Realm, User};
use dragoman_http::{Endpoint, Hazard};

use crate::old_server::OldLogin;
use crate::settings::Settings;

/// What the gateway needs to know of an adapter.
#[derive(Debug)]
pub struct Dialect {
    /// Its name in settings, logs and metrics.
    pub name: &'static str,
    /// Its realm: ids, facts and tokens of one dialect mean nothing to another.
    pub realm: Realm,
    /// Its routes, at their documented paths.
    pub endpoints: &'static [Endpoint],
    /// Documented paths below which an unknown path is its own to refuse.
    pub territory: &'static [&'static str],
    /// What a mount of it may turn on.
    pub hazards: &'static [Hazard],
    /// What its tokens are signed with, if it has tokens.
    pub algorithm: fn(&Settings) -> Option<Algorithm>,
    /// How long its tokens live at the longest.
    pub longest_token: fn(&Settings) -> Duration,
    /// How tokens of its original server say whose they are, if it had any.
    pub legacy: fn() -> Option<LegacyClaims>,
    /// How its original server signs somebody in, if the settings have what that takes.
    pub old_login: fn(&Settings) -> Result<OldLogin>,
    /// Puts its settings and routes into a scope.
    pub configure: fn(&Settings, &mut ServiceConfig),
    /// The table in which its original server kept users.
    pub origin: OriginTable,
    /// How its clients name a user.
    pub key: fn(&User) -> String,
    /// Its API in OpenAPI 3.1, as YAML.
    pub openapi: &'static str,
}

impl Dialect {
    /// The dialect of this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|dialect| dialect.name == name)
    }

    /// Their names, for messages.
    #[must_use]
    pub fn names() -> String {
        ALL.iter().map(|dialect| dialect.name).collect::<Vec<_>>().join(", ")
    }
}

/// Every dialect, in the order of the documents.
pub static ALL: &[Dialect] = &[
    Dialect {
        name: dragoman_onyx::REALM.name(),
        realm: dragoman_onyx::REALM,
        endpoints: dragoman_onyx::ENDPOINTS,
        territory: dragoman_onyx::TERRITORY,
        hazards: dragoman_onyx::HAZARDS,
        algorithm: |_| Some(dragoman_onyx::ALGORITHM),
        longest_token: |settings| dragoman_onyx::longest_token(&settings.onyx),
        legacy: || Some(dragoman_onyx::legacy_claims()),
        old_login: |_| Ok(OldLogin::new(dragoman_onyx::old_login::question, dragoman_onyx::old_login::verdict)),
        configure: |settings, scope| {
            scope.app_data(Data::new(settings.onyx.clone())).configure(dragoman_onyx::routes);
        },
        origin: dragoman_onyx::ORIGIN,
        key: |user| format!("id {}", user.number),
        openapi: include_str!("../../../dialects/onyx/openapi.yaml"),
    },
    Dialect {
        name: dragoman_basic::REALM.name(),
        realm: dragoman_basic::REALM,
        endpoints: dragoman_basic::ENDPOINTS,
        territory: dragoman_basic::TERRITORY,
        hazards: dragoman_basic::HAZARDS,
        algorithm: |_| None,
        longest_token: |_| Duration::ZERO,
        legacy: || None,
        old_login: |_| Ok(OldLogin::new(dragoman_basic::old_login::question, dragoman_basic::old_login::verdict)),
        configure: |_, scope| dragoman_basic::routes(scope),
        origin: dragoman_basic::ORIGIN,
        key: |user| format!("username {}", user.username.as_deref().unwrap_or("-")),
        openapi: include_str!("../../../dialects/basic/openapi.yaml"),
    },
    Dialect {
        name: dragoman_vitja::REALM.name(),
        realm: dragoman_vitja::REALM,
        endpoints: dragoman_vitja::ENDPOINTS,
        territory: dragoman_vitja::TERRITORY,
        hazards: dragoman_vitja::HAZARDS,
        algorithm: |_| Some(dragoman_vitja::ALGORITHM),
        longest_token: |_| dragoman_vitja::SESSION,
        legacy: || Some(dragoman_vitja::legacy_claims()),
        old_login: |_| Ok(OldLogin::new(dragoman_vitja::old_login::question, dragoman_vitja::old_login::verdict)),
        configure: |_, scope| dragoman_vitja::routes(scope),
        origin: dragoman_vitja::ORIGIN,
        key: |user| format!("id {}", user.number),
        openapi: include_str!("../../../dialects/vitja/openapi.yaml"),
    },
    Dialect {
        name: dragoman_amadis::REALM.name(),
        realm: dragoman_amadis::REALM,
        endpoints: dragoman_amadis::ENDPOINTS,
        territory: dragoman_amadis::TERRITORY,
        hazards: dragoman_amadis::HAZARDS,
        algorithm: |_| Some(dragoman_amadis::ALGORITHM),
        longest_token: |settings| dragoman_amadis::longest_token(&settings.amadis),
        legacy: || Some(dragoman_amadis::legacy_claims()),
        old_login: amadis_login,
        configure: |settings, scope| {
            scope.app_data(Data::new(settings.amadis.clone())).configure(dragoman_amadis::routes);
        },
        origin: dragoman_amadis::ORIGIN,
        key: |user| format!("id {}, e-mail {}", user.number, user.email.as_deref().unwrap_or("-")),
        openapi: include_str!("../../../dialects/amadis/openapi.yaml"),
    },
    Dialect {
        name: dragoman_jwt::REALM.name(),
        realm: dragoman_jwt::REALM,
        endpoints: dragoman_jwt::ENDPOINTS,
        territory: dragoman_jwt::TERRITORY,
        hazards: dragoman_jwt::HAZARDS,
        algorithm: |settings| Some(dragoman_jwt::algorithm(&settings.jwt)),
        longest_token: |settings| dragoman_jwt::longest_token(&settings.jwt),
        legacy: || Some(dragoman_jwt::legacy_claims()),
        old_login: |_| Ok(OldLogin::new(dragoman_jwt::old_login::question, dragoman_jwt::old_login::verdict)),
        configure: |settings, scope| {
            scope.app_data(Data::new(settings.jwt.clone())).configure(dragoman_jwt::routes);
        },
        origin: dragoman_jwt::ORIGIN,
        key: |user| format!("UUID {}", user.uuid),
        openapi: include_str!("../../../dialects/jwt/openapi.yaml"),
    },
];

/// It is asked as the OAuth2 client that the old clients are (amadis A1), and so with that client's secret.
fn amadis_login(settings: &Settings) -> Result<OldLogin> {
    let amadis = settings.amadis.clone();
    ensure!(
        amadis.client_secret.is_some(),
        "the old amadis server is asked by its OAuth2 client: set amadis.client_secret"
    );
    let question =
        move |login: &Login, password: &Password| dragoman_amadis::old_login::question(&amadis, login, password);
    Ok(OldLogin::new(question, dragoman_amadis::old_login::verdict))
}

//! The amadis dialect: user administration and datamanagement.
//!
//! The original was a Laravel program with OAuth2 by Passport. It has three families of routes,
//! and each spells its failures differently: `/api/user/v1`, `/api/datamanagement` and
//! `/oauth/token`; what Laravel itself answers has a fourth spelling.
//!
//! Known deviations: a list of users shows a decoy where the original showed the password hash,
//! and administrative routes need an administrator, unless the mount's hazards say otherwise.
//! `dialects/amadis/README.md` tells the whole story.

mod auth;
mod client;
mod error;
mod handlers;
mod oauth;
mod oauth_error;
pub mod old_login;
mod php;
mod settings;
mod table;
mod wire;

use std::time::Duration;

use actix_web::web::{self, ServiceConfig};
use dragoman_core::{Algorithm, LegacyClaims, Realm, UserKey};
use dragoman_http::{Endpoint, Hazard};

pub use settings::Settings;
pub use table::ORIGIN;

/// The realm of this dialect's ids and tokens.
pub const REALM: Realm = Realm::new("amadis");

/// The algorithm of its tokens.
pub const ALGORITHM: Algorithm = Algorithm::Hs256;

/// How long its tokens live at the longest.
#[must_use]
pub fn longest_token(settings: &Settings) -> Duration {
    Duration::from_secs(settings.access_token_seconds.max(settings.refresh_token_seconds).into())
}

/// How the access tokens of Passport say whose they are. Its refresh tokens are no JWTs.
#[must_use]
pub fn legacy_claims() -> LegacyClaims {
    LegacyClaims { user: "sub".to_owned(), by: UserKey::Number, kind: None }
}

/// The path prefixes whose 404s belong to this dialect.
pub const TERRITORY: &[&str] = &["/api/user/v1", "/api/datamanagement", "/oauth"];

/// The legacy harms that a mount may turn on.
pub const HAZARDS: &[Hazard] = &[Hazard::ExposePasswordHash, Hazard::OpenAdministration, Hazard::PlaintextReset];

const TOKEN: &str = "/oauth/token";
const USERS: &str = "/api/datamanagement/v1/User";
const USER: &str = "/api/datamanagement/v1/User/{id}";

/// The route table. Laravel serves HEAD wherever it serves GET.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint { method: "POST", path: TOKEN, caller: "a client with its secret", route: || web::to(oauth::token) },
    Endpoint {
        method: "POST",
        path: "/api/user/v1/register",
        caller: "anybody",
        route: || web::to(handlers::register),
    },
    Endpoint {
        method: "PATCH",
        path: "/api/user/v1/changepassword",
        caller: "whoever knows the old password",
        route: || web::to(handlers::change_password),
    },
    Endpoint {
        method: "PATCH",
        path: "/api/user/v1/resetpassword",
        caller: "administrator",
        route: || web::to(handlers::reset_password),
    },
    Endpoint { method: "GET", path: USERS, caller: "administrator", route: || web::to(handlers::list) },
    Endpoint { method: "HEAD", path: USERS, caller: "administrator", route: || web::to(handlers::list) },
    Endpoint { method: "GET", path: USER, caller: "administrator", route: || web::to(handlers::show) },
    Endpoint { method: "HEAD", path: USER, caller: "administrator", route: || web::to(handlers::show) },
    Endpoint { method: "PATCH", path: USER, caller: "administrator", route: || web::to(handlers::update) },
    Endpoint { method: "DELETE", path: USER, caller: "administrator", route: || web::to(handlers::remove) },
];

/// Registers the routes, and this dialect's answers for unknown paths and wrong methods.
pub fn routes(cfg: &mut ServiceConfig) {
    dragoman_http::register(cfg, ENDPOINTS, || web::to(handlers::wrong_method));
    cfg.default_service(web::to(handlers::unknown_path));
}

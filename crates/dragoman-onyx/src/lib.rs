//! The onyx dialect: form data in, tokens out.
//!
//! The user API of a home assistant that was a Flask program: flask_jwt_extended 3.24, PyJWT 1.7,
//! passlib's sha256-crypt. Requests are form data; answers are JSON as Python spells it; almost every
//! refusal is a 200 that says `"error"`, and only tokens fail with a status of their own.
//!
//! Known deviations from the original, all of them on purpose: tokens carry no password hash, user
//! rows show a decoy, a token's power ends with its user's, tokens without `exp`, `jti` or `type` are
//! refused, `HEAD` neither deletes nor revokes, and there is no session cookie.
//! The contract's clauses are named where the code follows them: `onyx R6`.

mod auth;
mod claims;
mod decoy;
mod error;
mod extract;
mod handlers;
mod json;
pub mod old_login;
mod pages;
mod settings;
mod table;
mod wire;

use std::time::Duration;

use actix_web::Route;
use actix_web::web::{self, ServiceConfig};
use dragoman_core::{Algorithm, LegacyClaims, Realm, UserKey};
use dragoman_http::{Endpoint, Hazard};

pub use settings::Settings;
pub use table::ORIGIN;

/// The realm of this dialect's ids, facts and tokens.
pub const REALM: Realm = Realm::new("onyx");

/// What its tokens are signed with (onyx T3).
pub const ALGORITHM: Algorithm = Algorithm::Hs256;

/// How long its tokens live at the longest.
#[must_use]
pub fn longest_token(settings: &Settings) -> Duration {
    settings.access_token().max(settings.renewed_access_token()).max(settings.refresh_token())
}

/// How the original's tokens say whose they are, and which of the two kinds they are (onyx T3).
#[must_use]
pub fn legacy_claims() -> LegacyClaims {
    LegacyClaims { user: "/identity/id".to_owned(), by: UserKey::Number, kind: Some("type".to_owned()) }
}

/// The paths under which an unknown one is this dialect's to answer.
pub const TERRITORY: &[&str] = &["/api"];

/// The harms that a mount of it may turn on. `user-enumeration` changes no answer: the original
/// too told an unknown e-mail and a wrong password in the same words (onyx R9).
pub const HAZARDS: &[Hazard] = &[Hazard::ExposePasswordHash, Hazard::UserEnumeration];

const ANYBODY: &str = "anybody";
const CALLER: &str = "any access token";
const REFRESHER: &str = "any refresh token";
const ADMIN: &str = "an administrator's access token";

/// The route table. `HEAD` stands where a `GET` ends nothing (onyx R19).
pub const ENDPOINTS: &[Endpoint] = &[
    row("GET", "/api/users", CALLER, || web::to(handlers::list)),
    row("HEAD", "/api/users", CALLER, || web::to(handlers::list)),
    row("GET", "/api/get_access_token", REFRESHER, || web::to(handlers::get_access_token)),
    row("HEAD", "/api/get_access_token", REFRESHER, || web::to(handlers::get_access_token)),
    row("GET", "/api/token_valid", CALLER, || web::to(handlers::token_valid)),
    row("HEAD", "/api/token_valid", CALLER, || web::to(handlers::token_valid)),
    row("POST", "/api/user/register", ANYBODY, || web::to(handlers::register)),
    row("POST", "/api/user/login", ANYBODY, || web::to(handlers::login)),
    row("GET", "/api/user/logout_access", CALLER, || web::to(handlers::logout_access)),
    row("GET", "/api/user/logout_refresh", REFRESHER, || web::to(handlers::logout_refresh)),
    row("POST", "/api/user/delete/{id}", ADMIN, || web::to(handlers::delete)),
    // What the original really had; both methods delete (onyx R12).
    row("GET", "/api/user/delete/{id}", ADMIN, || web::to(handlers::delete)),
    row("POST", "/api/user/manage/{id}", ADMIN, || web::to(handlers::manage)),
    row("GET", "/api/user/manage/{id}", ADMIN, || web::to(handlers::show)),
    row("HEAD", "/api/user/manage/{id}", ADMIN, || web::to(handlers::show)),
    row("POST", "/api/user/change", CALLER, || web::to(handlers::change)),
];

const fn row(method: &'static str, path: &'static str, caller: &'static str, route: fn() -> Route) -> Endpoint {
    Endpoint { method, path, caller, route }
}

/// Serves the dialect. The scope carries `Data` of `Accounts`, `Tokens`, `Mount` and [`Settings`].
pub fn routes(cfg: &mut ServiceConfig) {
    dragoman_http::register(cfg, ENDPOINTS, || web::to(handlers::wrong_method));
    cfg.default_service(web::to(handlers::not_found));
}

//! The vitja dialect: a Go program's user administration, with integer ids and a JSON document
//! that may come as the body or inside a form value.
//!
//! What is promised is in `dialects/vitja/README.md`, and as data in `dialects/vitja/exchanges`;
//! `vitja R4` in a comment names the clause that asks for a quirk.
//!
//! Known deviations from the original, all on the safe side: a token ends when its user is deleted,
//! disabled or demoted, not only after 72 hours; an empty password is refused; the last enabled
//! administrator can be neither deleted nor demoted.

mod auth;
mod error;
mod handlers;
mod model;
pub mod old_login;
mod request;
mod table;
mod wire;

use std::time::Duration;

use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS,
};
use actix_web::middleware::DefaultHeaders;
use actix_web::web::{self, ServiceConfig};
use dragoman_core::{Algorithm, LegacyClaims, Realm, UserKey};
use dragoman_http::{Endpoint, Hazard, register};

pub use table::ORIGIN;

/// Under which name the core keeps this dialect's ids and tokens.
pub const REALM: Realm = Realm::new("vitja");

/// How its tokens are signed (vitja A3).
pub const ALGORITHM: Algorithm = Algorithm::Hs256;

/// How long its tokens live: those of the original did too (vitja A3).
pub const SESSION: Duration = Duration::from_secs(72 * 60 * 60);

/// How the original's tokens say whose they are (vitja A3); it knew access tokens only.
#[must_use]
pub fn legacy_claims() -> LegacyClaims {
    LegacyClaims { user: "id".to_owned(), by: UserKey::Number, kind: None }
}

/// The paths whose unknown children are answered here.
pub const TERRITORY: &[&str] = &["/api/v1"];

/// What a mount may turn on. It changes nothing here: the original already gave one answer to an
/// unknown user and a wrong password (vitja A4).
pub const HAZARDS: &[Hazard] = &[Hazard::UserEnumeration];

const LOGIN: &str = "/api/v1/login";
const TOKEN_TEST: &str = "/api/v1/tokenTest";
const USERS: &str = "/api/v1/users";
/// The id may be empty, as the document says ("ID is invalid or empty").
const USER: &str = "/api/v1/users/{id:[^/]*}";
const PASSWORD: &str = "/api/v1/users/{id:[^/]*}/password";

const ANYBODY: &str = "anybody";
const ADMIN: &str = "administrators";

/// Every route of the dialect.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint { method: "POST", path: LOGIN, caller: ANYBODY, route: || web::to(handlers::login) },
    Endpoint { method: "OPTIONS", path: LOGIN, caller: ANYBODY, route: || web::to(handlers::preflight) },
    Endpoint { method: "POST", path: TOKEN_TEST, caller: "any user", route: || web::to(handlers::token_test) },
    Endpoint { method: "GET", path: USERS, caller: ADMIN, route: || web::to(handlers::list) },
    Endpoint { method: "PUT", path: USERS, caller: ADMIN, route: || web::to(handlers::add) },
    Endpoint { method: "OPTIONS", path: USERS, caller: ANYBODY, route: || web::to(handlers::preflight) },
    Endpoint { method: "GET", path: USER, caller: ADMIN, route: || web::to(handlers::show) },
    Endpoint { method: "POST", path: USER, caller: ADMIN, route: || web::to(handlers::update) },
    Endpoint { method: "DELETE", path: USER, caller: ADMIN, route: || web::to(handlers::delete) },
    Endpoint { method: "OPTIONS", path: USER, caller: ANYBODY, route: || web::to(handlers::preflight) },
    Endpoint {
        method: "POST",
        path: PASSWORD,
        caller: "administrators, and every user for itself",
        route: || web::to(handlers::change_password),
    },
    Endpoint { method: "OPTIONS", path: PASSWORD, caller: ANYBODY, route: || web::to(handlers::preflight) },
];

/// Registers the dialect: its routes, its answers to unknown paths and wrong methods, and the
/// headers that its browser client needs on every answer (vitja A8).
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(
        web::scope("")
            .wrap(cors())
            .configure(|cfg| register(cfg, ENDPOINTS, || web::to(handlers::wrong_method)))
            .default_service(web::to(handlers::unknown)),
    );
}

fn cors() -> DefaultHeaders {
    DefaultHeaders::new()
        .add((ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .add((ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, DELETE"))
        .add((ACCESS_CONTROL_ALLOW_HEADERS, "authorization,content-type"))
        .add((ACCESS_CONTROL_EXPOSE_HEADERS, "authorization,content-type"))
}

//! The basic dialect: users as JSON, HTTP Basic on every request.
//!
//! The legacy API was a Go program (gin, go-playground/validator) of which only the manual is
//! public. Callers are scripts that keep a list of usernames with an administrator's credentials,
//! and users who change their own password. A user's key is the username in the path.
//!
//! Known deviations from the original: text that is no UTF-8 is refused, where its JSON decoder
//! would have replaced the bytes; a username with `/` in it can be reached as `%2F`, where its
//! router would not have found the route. See `dialects/basic/README.md` for the choices that the
//! manual left open.

mod auth;
mod error;
mod handlers;
pub mod old_login;
mod table;
mod validation;
mod wire;

use actix_web::web::{self, ServiceConfig};
use dragoman_core::Realm;
use dragoman_http::{Endpoint, Hazard};

pub use table::ORIGIN;

/// The name that keeps this dialect's ids and facts apart from the others'.
pub const REALM: Realm = Realm::new("basic");

/// The documented routes.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint { method: "GET", path: USERS, caller: "administrator", route: || web::to(handlers::list) },
    Endpoint {
        method: "GET",
        path: USER,
        caller: "administrator or the user itself",
        route: || web::to(handlers::show),
    },
    Endpoint { method: "PUT", path: USER, caller: "administrator", route: || web::to(handlers::create) },
    Endpoint { method: "DELETE", path: USER, caller: "administrator", route: || web::to(handlers::remove) },
    Endpoint {
        method: "PATCH",
        path: USER,
        caller: "administrator or the user itself",
        route: || web::to(handlers::change_password),
    },
];

/// The paths whose 404s are this dialect's.
pub const TERRITORY: &[&str] = &["/api/v1"];

/// The contract names `user-enumeration` for every dialect that checks passwords. No answer of the
/// original is known that would tell an unknown user from a wrong password, so here it changes nothing.
pub const HAZARDS: &[Hazard] = &[Hazard::UserEnumeration];

const USERS: &str = "/api/v1/users";
const USERS_SLASH: &str = "/api/v1/users/";
const USER: &str = "/api/v1/users/{user}";
const USER_SLASH: &str = "/api/v1/users/{user}/";

/// Registers the routes, the redirects from paths with a slash at their end, and the 404.
pub fn routes(cfg: &mut ServiceConfig) {
    dragoman_http::register(cfg, ENDPOINTS, || web::to(handlers::not_found)); // basic R14
    // An empty username is refused as one (basic R13), not sent elsewhere.
    let empty_username = web::resource(USERS_SLASH).route(web::put().to(handlers::create));
    cfg.service(empty_username.default_service(web::to(handlers::without_slash)));
    cfg.service(web::resource(USER_SLASH).default_service(web::to(handlers::without_slash)));
    cfg.default_service(web::to(handlers::not_found));
}

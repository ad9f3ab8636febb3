//! The jwt dialect: roles and JSON Web Tokens under `/v1/users`, after a Go program that grew from a
//! public service template.
//!
//! Its contract is told for people in `dialects/jwt/README.md`, and exchange by exchange beside it.
//! The clauses that comments name (`jwt R4`) are those of the contract. Known deviations from the
//! original: nobody makes itself an administrator (jwt R2, R15), and an unknown e-mail is told from a
//! wrong password only where the hazard `user-enumeration` is on (jwt A2).

mod auth;
mod cors;
mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod handlers;
pub mod old_login;
mod parse;
mod paths;
mod query;
mod settings;
mod table;
mod wire;

use std::time::Duration;

use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use dragoman_core::{Algorithm, LegacyClaims, Realm, UserKey};
use dragoman_http::{Endpoint, Hazard};

pub use settings::Settings;
pub use table::ORIGIN;

/// Keeps this dialect's UUIDs, tokens and keys apart from the others'.
pub const REALM: Realm = Realm::new("jwt");

/// The path prefixes whose unknown paths get this dialect's 404.
pub const TERRITORY: &[&str] = &["/v1", "/.well-known"];

/// The legacy harms that a mount of this dialect may turn on.
pub const HAZARDS: &[Hazard] = &[Hazard::UserEnumeration];

const TOKEN: &str = "/v1/users/token";

const ANYBODY: &str = "anybody";
const PASSWORD: &str = "HTTP Basic, e-mail and password";
const ADMIN: &str = "administrator";
const ADMIN_OR_SELF: &str = "administrator or the user itself";

/// Every route. The original's router answered HEAD wherever it answered GET (jwt R17).
pub const ENDPOINTS: &[Endpoint] = &[
    row("GET", TOKEN, PASSWORD, || web::to(handlers::token)),
    row("HEAD", TOKEN, PASSWORD, || web::to(handlers::token)),
    row("GET", "/v1/users", ADMIN, || web::to(handlers::list)),
    row("HEAD", "/v1/users", ADMIN, || web::to(handlers::list)),
    row("POST", "/v1/users", ANYBODY, || web::to(handlers::create)),
    row("GET", "/v1/users/{id}", ADMIN_OR_SELF, || web::to(handlers::show)),
    row("HEAD", "/v1/users/{id}", ADMIN_OR_SELF, || web::to(handlers::show)),
    row("PUT", "/v1/users/{id}", ADMIN_OR_SELF, || web::to(handlers::update)),
    row("DELETE", "/v1/users/{id}", "administrator; observed: also the user itself", || web::to(handlers::delete)),
    row("GET", "/v1/users/{id}/addresses", ADMIN_OR_SELF, || web::to(handlers::addresses)),
    row("HEAD", "/v1/users/{id}/addresses", ADMIN_OR_SELF, || web::to(handlers::addresses)),
    row("GET", "/.well-known/jwks.json", ANYBODY, || web::to(handlers::public_keys)),
    row("HEAD", "/.well-known/jwks.json", ANYBODY, || web::to(handlers::public_keys)),
];

const fn row(
    method: &'static str,
    path: &'static str,
    caller: &'static str,
    route: fn() -> actix_web::Route,
) -> Endpoint {
    Endpoint { method, path, caller, route }
}

/// The algorithm that the tokens are signed with.
#[must_use]
pub fn algorithm(settings: &Settings) -> Algorithm {
    settings.algorithm
}

/// How long its tokens live.
#[must_use]
pub fn longest_token(settings: &Settings) -> Duration {
    settings.lifetime()
}

/// How the original's tokens say whose they are (jwt A3); it knew access tokens only.
#[must_use]
pub fn legacy_claims() -> LegacyClaims {
    LegacyClaims { user: "sub".to_owned(), by: UserKey::Uuid, kind: None }
}

/// Registers the dialect inside the scope that it is mounted at.
pub fn routes(cfg: &mut ServiceConfig) {
    let scope = web::scope("")
        .wrap(from_fn(error::speak))
        .wrap(from_fn(cors::answer))
        .configure(|cfg| dragoman_http::register(cfg, ENDPOINTS, || web::to(paths::wrong_method)))
        .default_service(web::to(paths::unknown));
    cfg.service(scope);
}

#[cfg(test)]
mod tests {
    use actix_web::App;
    use actix_web::http::Method;
    use actix_web::test::{TestRequest, call_service, init_service, read_body};
    use actix_web::web::Data;
    use dragoman_http::Mount;

    use super::*;

    /// Status, `Allow` or `Location`, and body.
    async fn ask(method: Method, path: &str) -> (u16, Option<String>, String) {
        let mount = Mount { prefix: "/p".into(), ..Mount::default() };
        let app = init_service(App::new().service(web::scope("/p").app_data(Data::new(mount)).configure(routes))).await;
        let response = call_service(&app, TestRequest::with_uri(path).method(method).to_request()).await;
        let header = |name| Some(response.headers().get(name)?.to_str().unwrap().to_owned());
        let told = header("allow").or_else(|| header("location"));
        let status = response.status().as_u16();
        (status, told, String::from_utf8(read_body(response).await.to_vec()).unwrap())
    }

    #[actix_web::test]
    async fn an_unknown_path_is_not_found() {
        let not_found = (404, None, "404 page not found\n".to_owned());
        assert_eq!(ask(Method::GET, "/p/v1/nobody").await, not_found);
        assert_eq!(ask(Method::OPTIONS, "/p/v1/nobody").await, not_found);
    }

    #[actix_web::test]
    async fn another_method_is_told_the_allowed_ones() {
        let allow = |methods: &str| (405, Some(methods.to_owned()), String::new());
        assert_eq!(ask(Method::PATCH, "/p/v1/users").await, allow("GET, HEAD, POST"));
        assert_eq!(ask(Method::POST, "/p/v1/users/7").await, allow("GET, HEAD, PUT, DELETE"));
        assert_eq!(ask(Method::DELETE, "/p/v1/users/token").await, allow("GET, HEAD"));
    }

    #[actix_web::test]
    async fn options_are_answered_wherever_there_is_a_route() {
        for path in ["/p/v1/users", "/p/v1/users/token", "/p/v1/users/7/addresses", "/p/.well-known/jwks.json"] {
            assert_eq!(ask(Method::OPTIONS, path).await, (200, None, "\"OK\"".into()));
        }
    }

    #[actix_web::test]
    async fn an_unclean_path_is_moved_below_its_prefix() {
        let (status, location, body) = ask(Method::GET, "/p/v1//users/?page=2&rows=1").await;
        assert_eq!((status, location.as_deref()), (301, Some("/p/v1/users?page=2&rows=1")));
        assert_eq!(body, "<a href=\"/p/v1/users?page=2&amp;rows=1\">Moved Permanently</a>.\n\n");
        assert_eq!(ask(Method::POST, "/p/v1/users/").await, (301, Some("/p/v1/users".into()), String::new()));
    }
}

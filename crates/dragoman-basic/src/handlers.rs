//! One function a route.

use actix_web::http::Method;
use actix_web::http::header::{self, ContentType};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use dragoman_core::{Accounts, Changes, NewUser, Roles};
use dragoman_http::{go, list, path};
use futures_util::TryStreamExt as _;
use secrecy::ExposeSecret as _;

use crate::auth::{self, Admin, AdminOrSelf};
use crate::error::ApiError;
use crate::validation::Violation;
use crate::wire::{self, UserBody, UserPasswordRequest, Wrapped};

type Answer = Result<HttpResponse, ApiError>;

/// GET /api/v1/users (basic R1)
pub(crate) async fn list(_: Admin, req: HttpRequest, accounts: Data<Accounts>) -> Answer {
    let pages = accounts.list_by_username().map_ok(|users| {
        let rows: Vec<UserBody> = users.into_iter().map(UserBody::from).collect();
        go::to_string(&rows).into_bytes()
    });
    Ok(list::respond(&req, wire::builder(HttpResponse::Ok()), wire::WRAPPED_LIST, pages).await?)
}

/// GET /api/v1/users/{user} (basic R2)
pub(crate) async fn show(of: AdminOrSelf) -> Answer {
    Ok(wire::json(HttpResponse::Ok(), &UserBody::from(of.subject)))
}

/// PUT /api/v1/users/{user} (basic R3)
pub(crate) async fn create(_: Admin, req: HttpRequest, accounts: Data<Accounts>, payload: Payload) -> Answer {
    let username = new_username(&req)?;
    let request = UserPasswordRequest::read(&req, payload).await?;
    refuse(Violation::of(None, &request.password))?;
    let new = NewUser {
        username: Some(username),
        email: None,
        name: String::new(),
        password: request.password,
        roles: Roles::USER,
        facts: Default::default(),
        client_secret: None,
    };
    let value = UserBody::from(accounts.register(new).await?);
    Ok(wire::json(HttpResponse::Created(), &Wrapped { value }))
}

/// DELETE /api/v1/users/{user} (basic R8)
pub(crate) async fn remove(_: Admin, req: HttpRequest, accounts: Data<Accounts>) -> Answer {
    let subject = auth::subject(&req, &accounts).await?;
    accounts.remove(subject.id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// PATCH /api/v1/users/{user} (basic R9 to R11)
pub(crate) async fn change_password(
    of: AdminOrSelf,
    req: HttpRequest,
    accounts: Data<Accounts>,
    payload: Payload,
) -> Answer {
    let request = UserPasswordRequest::read(&req, payload).await?;
    let current = request.current_password;
    refuse(Violation::of(of.is_self.then_some(&current), &request.password))?;
    let changes = Changes {
        password: Some(request.password),
        // Only an administrator gets here without it.
        current_password: Some(current).filter(|current| !current.expose_secret().is_empty()),
        ..Changes::default()
    };
    let user = accounts.update(of.subject.id, changes).await.map_err(ApiError::of_change)?;
    Ok(wire::json(HttpResponse::Ok(), &Wrapped { value: UserBody::from(user) }))
}

/// A colon cannot travel in HTTP Basic (basic R13); the core checks the rest.
fn new_username(req: &HttpRequest) -> Result<String, ApiError> {
    path::segment(req, 0).filter(|username| !username.contains(':')).ok_or(ApiError::BadUsername)
}

fn refuse(violations: Vec<Violation>) -> Result<(), ApiError> {
    if violations.is_empty() { Ok(()) } else { Err(ApiError::BadFields(violations)) }
}

/// An unknown path or a wrong method, in the words of the original's router (basic R14).
pub(crate) async fn not_found() -> HttpResponse {
    HttpResponse::NotFound().content_type("text/plain").body("404 page not found")
}

/// A path with a slash at its end, for which the original's router sends elsewhere (basic R15).
/// Only known paths come here, so the target is always one of this mount.
pub(crate) async fn without_slash(req: HttpRequest) -> HttpResponse {
    let path = req.uri().path().trim_end_matches('/');
    let target = match req.uri().query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    if req.method() != Method::GET {
        return HttpResponse::TemporaryRedirect().insert_header((header::LOCATION, target)).finish();
    }
    let link = format!("<a href=\"{}\">Moved Permanently</a>.\n\n", html(&target));
    let mut response = HttpResponse::MovedPermanently();
    response.insert_header((header::LOCATION, target)).content_type(ContentType::html()).body(link)
}

/// What Go's `http.Redirect` escapes in its link.
fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&#34;").replace('\'', "&#39;")
}

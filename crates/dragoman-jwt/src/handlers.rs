//! One function a route. Who may call it stands in its signature.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use dragoman_core::{Accounts, Changes, Error, Grant, Login, Role, Roles, Tokens, User};
use dragoman_http::{Hazard, Mount, basic_auth, body};

use crate::Settings;
use crate::auth::{Admin, AdminOrSelf, Remover};
use crate::error::ApiError;
use crate::query::ListQuery;
use crate::wire::{Claims, CreateRequest, ListBody, TokenBody, TokenHeader, UpdateRequest, UserBody, json};

type Answer = Result<HttpResponse, ApiError>;

/// jwt A1.
pub(crate) async fn token(
    req: HttpRequest,
    accounts: Data<Accounts>,
    tokens: Data<Tokens>,
    settings: Data<Settings>,
) -> Answer {
    let user = signed_in(&req, &accounts).await?;
    let grant = Grant::access(settings.lifetime());
    let parts = |stamp: &_| (TokenHeader::from(stamp), Claims::new(&settings.issuer, &user, stamp));
    let [token] = tokens.issue(&user, [grant], parts).await?;
    Ok(json(StatusCode::OK, &TokenBody { token }))
}

async fn signed_in(req: &HttpRequest, accounts: &Accounts) -> Result<User, ApiError> {
    let (email, password) = basic_auth::credentials(req).ok_or(ApiError::UNAUTHORIZED)?;
    let user = accounts.authenticate(Login::Email(email.clone()), password).await;
    let mount = Mount::of(req);
    if matches!(user, Err(Error::BadCredentials)) && tells_unknown_users(&mount) {
        known_email(accounts, email, &mount).await?;
    }
    Ok(user?)
}

/// jwt A2: the original told an unknown e-mail from a wrong password.
fn tells_unknown_users(mount: &Mount) -> bool {
    mount.observed() && mount.allows(Hazard::UserEnumeration)
}

async fn known_email(accounts: &Accounts, email: String, mount: &Mount) -> Result<(), ApiError> {
    match accounts.by_email(&email).await {
        Err(Error::UserNotFound) => {
            mount.used(Hazard::UserEnumeration);
            Err(ApiError::NoSuchLogin(email))
        }
        other => Ok(other.map(drop)?),
    }
}

/// jwt R1.
pub(crate) async fn create(
    req: HttpRequest,
    payload: Payload,
    admin: Result<Admin, ApiError>,
    accounts: Data<Accounts>,
) -> Answer {
    let wanted = CreateRequest::decode(&body::read(&req, payload.into_inner()).await?)?;
    wanted.check()?;
    let roles = granted(wanted.roles()?, admin)?;
    let user = accounts.register(wanted.into_new_user(roles)).await?;
    Ok(json(StatusCode::CREATED, &UserBody::from(user)))
}

/// jwt R2: an administrator grants any roles; everybody else gets `USER`, and may ask for no more.
fn granted(asked: Option<Roles>, admin: Result<Admin, ApiError>) -> Result<Roles, ApiError> {
    match (asked, admin) {
        (None, _) => Ok(Roles::USER),
        (Some(roles), Ok(_)) => Ok(roles),
        (Some(_), Err(error @ ApiError::Core(Error::Storage(_) | Error::Busy | Error::TooManyAttempts { .. }))) => {
            Err(error)
        }
        (Some(roles), Err(_)) if roles.contains(Role::Admin) => Err(ApiError::MayNotGrant),
        (Some(_), Err(_)) => Ok(Roles::USER),
    }
}

/// jwt R6.
pub(crate) async fn list(_: Admin, req: HttpRequest, accounts: Data<Accounts>) -> Answer {
    let query = ListQuery::parse(req.query_string())?;
    let (number, rows_per_page, page) = (query.number, query.rows, query.page());
    let (users, total) = accounts.page(query.filter, page).await?;
    let body = ListBody { items: users.into_iter().map(UserBody::from).collect(), total, page: number, rows_per_page };
    Ok(json(StatusCode::OK, &body))
}

/// jwt R9.
pub(crate) async fn show(who: AdminOrSelf, accounts: Data<Accounts>) -> Answer {
    let user = accounts.by_uuid(who.id).await?;
    Ok(json(StatusCode::OK, &UserBody::from(user)))
}

/// jwt R15.
pub(crate) async fn update(req: HttpRequest, payload: Payload, who: AdminOrSelf, accounts: Data<Accounts>) -> Answer {
    let wanted = UpdateRequest::decode(&body::read(&req, payload.into_inner()).await?)?;
    wanted.check()?;
    let user = accounts.by_uuid(who.id).await?;
    let changes = wanted.into_changes()?;
    if !who.caller.user.is_admin() && changes_rights(&changes, &user) {
        return Err(ApiError::FORBIDDEN);
    }
    // Whoever changes its own password stays signed in with the token that did it.
    let keep = who.is_self().then_some(who.caller.family);
    let user = accounts.update(user.id, Changes { keep, ..changes }).await?;
    Ok(json(StatusCode::OK, &UserBody::from(user)))
}

/// To send back what one is already is no change.
fn changes_rights(changes: &Changes, user: &User) -> bool {
    changes.roles.is_some_and(|roles| roles != user.roles)
        || changes.enabled.is_some_and(|enabled| enabled != user.enabled)
}

/// jwt R10.
pub(crate) async fn delete(who: Remover, req: HttpRequest, accounts: Data<Accounts>) -> Answer {
    match accounts.by_uuid(who.id).await {
        Ok(user) => accounts.remove(user.id).await?,
        // jwt R12: to the original, somebody who is not there was as good as deleted.
        Err(Error::UserNotFound) if Mount::of(&req).observed() => {}
        Err(error) => return Err(error.into()),
    }
    Ok(HttpResponse::NoContent().finish())
}

/// jwt R13.
pub(crate) async fn addresses(who: AdminOrSelf, accounts: Data<Accounts>) -> Answer {
    let user = accounts.by_uuid(who.id).await?;
    Ok(json(StatusCode::OK, &accounts.addresses(&user).await?))
}

/// jwt A3.
pub(crate) async fn public_keys(tokens: Data<Tokens>) -> HttpResponse {
    json(StatusCode::OK, &tokens.public_keys())
}

//! One function a route.

use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _};
use dragoman_core::{Accounts, Changes, Filter, Grant, Login, Tokens};
use dragoman_http::list::{self, Envelope};
use dragoman_http::{Allowed, Mount, go};
use futures_util::TryStreamExt as _;

use crate::auth::{self, Admin, AdminOrSelf, Caller};
use crate::error::{ApiError, Task};
use crate::request::{self, Sent};
use crate::wire::{self, Claims, Message, TokenBody, TokenHeader, UserBody};
use crate::{LOGIN, SESSION, TERRITORY, USERS};

/// vitja A2
pub(crate) async fn login(
    req: HttpRequest,
    payload: Payload,
    accounts: Data<Accounts>,
    tokens: Data<Tokens>,
) -> Result<HttpResponse, ApiError> {
    let login = Sent::read(&req, payload, ApiError::NO_LOGIN).await?.login()?;
    let user =
        accounts.authenticate(Login::Username(login.username), login.password).await.map_err(Task::Login.refusal())?;
    let [token] = tokens
        .issue(&user, [Grant::access(SESSION)], |stamp| (TokenHeader::from(stamp), Claims::new(&user, stamp)))
        .await
        .map_err(Task::Login.refusal())?;
    Ok(wire::ok(&TokenBody { token }))
}

/// vitja R16
pub(crate) async fn token_test(_: Caller) -> HttpResponse {
    wire::json(HttpResponse::build(StatusCode::IM_A_TEAPOT), &Message { message: "🍵" })
}

/// vitja R1, R2
pub(crate) async fn list(_: Admin, req: HttpRequest, accounts: Data<Accounts>) -> Result<HttpResponse, ApiError> {
    let filter = Filter { term: request::query(&req, "s")?, ..Filter::default() };
    let pages = accounts.list(filter).map_ok(|users| {
        let rows: Vec<UserBody<'_>> = users.iter().map(UserBody::from).collect();
        go::to_string(&rows).into_bytes()
    });
    let envelope = Envelope { prefix: "", separator: ",", suffix: "" };
    list::respond(&req, wire::builder(HttpResponse::Ok()), envelope, pages).await.map_err(Task::Other.refusal())
}

/// vitja R3
pub(crate) async fn show(_: Admin, req: HttpRequest, accounts: Data<Accounts>) -> Result<HttpResponse, ApiError> {
    let id = request::id(&req, 0).ok_or(ApiError::USER_ID)?;
    let user = accounts.by_number(id).await.map_err(Task::Show.refusal())?;
    Ok(wire::ok(&UserBody::from(&user)))
}

/// vitja R4
pub(crate) async fn add(
    _: Admin,
    req: HttpRequest,
    payload: Payload,
    accounts: Data<Accounts>,
) -> Result<HttpResponse, ApiError> {
    let model = Sent::read(&req, payload, ApiError::NO_USER_MODEL).await?.user()?;
    let new = model.into_new().ok_or(ApiError::NO_NAME_OR_PASSWORD)?;
    let user = accounts.register(new).await.map_err(Task::Add.refusal())?;
    Ok(wire::ok(&UserBody::from(&user)))
}

/// vitja R9
pub(crate) async fn update(
    _: Admin,
    req: HttpRequest,
    payload: Payload,
    accounts: Data<Accounts>,
) -> Result<HttpResponse, ApiError> {
    // vitja R10: the payload is looked at first, then the id
    let model = Sent::read(&req, payload, ApiError::NO_USER_MODEL).await?.user()?;
    let id = request::id(&req, 0).ok_or(ApiError::INVALID_ID)?;
    let user = accounts.by_number(id).await.map_err(Task::Update.refusal())?;
    let changes = model.into_changes(&user);
    let user = accounts.update(user.id, changes).await.map_err(Task::Update.refusal())?;
    Ok(wire::ok(&UserBody::from(&user)))
}

/// vitja R11
pub(crate) async fn delete(_: Admin, req: HttpRequest, accounts: Data<Accounts>) -> Result<HttpResponse, ApiError> {
    let id = request::id(&req, 0).ok_or(ApiError::USER_ID)?;
    let user = accounts.by_number(id).await.map_err(Task::Delete.refusal())?;
    accounts.remove(user.id).await.map_err(Task::Delete.refusal())?;
    Ok(wire::ok(&Message { message: "success" }))
}

/// vitja R12
pub(crate) async fn change_password(
    caller: AdminOrSelf,
    req: HttpRequest,
    payload: Payload,
    accounts: Data<Accounts>,
) -> Result<HttpResponse, ApiError> {
    let password = Sent::read(&req, payload, ApiError::NO_PASSWORD).await?.password()?;
    let user = accounts.by_number(caller.number).await.map_err(Task::ChangePassword.refusal())?;
    let changes = Changes { password: Some(password.into()), keep: Some(caller.bearer.family), ..Changes::default() };
    accounts.update(user.id, changes).await.map_err(Task::ChangePassword.refusal())?;
    Ok(wire::ok(&Message { message: "The password was updated successfully" }))
}

/// What a browser asks before it sends anything (vitja A8).
pub(crate) async fn preflight() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=UTF-8").body("")
}

/// vitja R15: before any token is asked for
pub(crate) async fn wrong_method(req: HttpRequest) -> HttpResponse {
    let mut response = ApiError::WRONG_METHOD.error_response();
    if let Ok(allowed) = HeaderValue::try_from(Allowed::of(&req).to_string()) {
        response.headers_mut().insert(ALLOW, allowed);
    }
    response
}

/// vitja R15: below `/api/v1` a token is asked for first, but not of a browser's preflight (vitja A8)
pub(crate) async fn unknown(req: HttpRequest) -> Result<HttpResponse, ApiError> {
    let prefix = &Mount::of(&req).prefix;
    let path = req.path().strip_prefix(prefix.as_str()).unwrap_or_default();
    let below = |parent: &str| path.strip_prefix(parent).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if req.method() == Method::OPTIONS && [LOGIN, USERS].into_iter().any(below) {
        return Ok(preflight().await);
    }
    if TERRITORY.iter().copied().any(below) {
        auth::bearer(&req).await?;
    }
    Err(ApiError::NOT_FOUND)
}

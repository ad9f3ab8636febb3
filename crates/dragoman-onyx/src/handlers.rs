//! One function a route.

use std::collections::HashMap;

use actix_web::http::{Method, StatusCode};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use dragoman_core::{Accounts, Changes, Error, Filter, Grant, Login, Password, Tokens, User};
use dragoman_http::list::{self, Envelope};
use dragoman_http::{Allowed, Hazard, Mount};
use futures_util::TryStreamExt as _;

use crate::auth::{Admin, Caller, Refresher};
use crate::error::ApiError;
use crate::extract::{FormData, Target};
use crate::json::{self, Json};
use crate::wire::{
    AccessTokenBody, EditRequest, LoginBody, LoginRequest, LogoutBody, RegisterRequest, SUCCESS, Success, UserBody,
    required,
};
use crate::{Settings, claims, decoy, pages};

type Answer<T> = Result<Json<T>, ApiError>;

/// onyx R1
pub(crate) async fn list(
    _: Caller,
    req: HttpRequest,
    accounts: Data<Accounts>,
    mount: Data<Mount>,
) -> Result<HttpResponse, ApiError> {
    let exposed = mount.gives(Hazard::ExposePasswordHash);
    let users = accounts.list(Filter::default());
    let pages = users.and_then(move |users| rows(accounts.clone(), exposed, users));
    let envelope = Envelope { prefix: "", separator: ", ", suffix: "" };
    Ok(list::respond(&req, json::builder(StatusCode::OK), envelope, pages.map_ok(|rows| json::dumps(&rows))).await?)
}

async fn rows(accounts: Data<Accounts>, exposed: bool, users: Vec<User>) -> Result<Vec<UserBody>, Error> {
    let mut hashes = stored_hashes(&accounts, exposed, &users).await?;
    Ok(users.into_iter().map(|user| row(&accounts, &mut hashes, user)).collect())
}

/// onyx R15
pub(crate) async fn show(_: Admin, target: Target, accounts: Data<Accounts>, mount: Data<Mount>) -> Answer<UserBody> {
    let user = target.find(&accounts).await?;
    let mut hashes =
        stored_hashes(&accounts, mount.gives(Hazard::ExposePasswordHash), std::slice::from_ref(&user)).await?;
    Ok(Json(row(&accounts, &mut hashes, user)))
}

type Hashes = HashMap<dragoman_core::UserId, String>;

/// Nothing, unless they are to be exposed.
async fn stored_hashes(accounts: &Accounts, exposed: bool, users: &[User]) -> Result<Hashes, Error> {
    if !exposed {
        return Ok(Hashes::new());
    }
    let ids: Vec<_> = users.iter().map(|user| user.id).collect();
    accounts.stored_hashes(&ids).await
}

fn row(accounts: &Accounts, hashes: &mut Hashes, user: User) -> UserBody {
    let password = hashes.remove(&user.id).unwrap_or_else(|| decoy::hash(&accounts.disguise(&user)));
    UserBody::new(user, password)
}

/// onyx R3. The refresh token stays good: this dialect never used one up.
pub(crate) async fn get_access_token(
    Refresher(bearer): Refresher,
    tokens: Data<Tokens>,
    settings: Data<Settings>,
) -> Answer<AccessTokenBody> {
    let grants = [Grant::access(settings.renewed_access_token())];
    Ok(Json(tokens.extend(&bearer, grants, claims::parts(&bearer.user)).await?.into()))
}

/// onyx R17
pub(crate) async fn token_valid(_: Caller) -> Json<Success> {
    Json(SUCCESS)
}

/// onyx R4 to R7
pub(crate) async fn register(accounts: Data<Accounts>, form: FormData) -> Answer<Success> {
    let request = RegisterRequest::try_from(&form.read().await?)?;
    accounts.register(request.into()).await?;
    Ok(Json(SUCCESS))
}

/// onyx R8, R9, R20
pub(crate) async fn login(
    accounts: Data<Accounts>,
    tokens: Data<Tokens>,
    settings: Data<Settings>,
    form: FormData,
) -> Answer<LoginBody> {
    let LoginRequest { email, password } = LoginRequest::try_from(&form.read().await?)?;
    let user = accounts.authenticate(Login::Email(email), password).await?;
    let grants = [Grant::access(settings.access_token()), Grant::refresh(settings.refresh_token())];
    Ok(Json(tokens.issue(&user, grants, claims::parts(&user)).await?.into()))
}

/// onyx R10
pub(crate) async fn logout_access(
    Caller(bearer): Caller,
    tokens: Data<Tokens>,
    mount: Data<Mount>,
) -> Answer<LogoutBody> {
    tokens.revoke(&bearer).await?;
    Ok(Json(LogoutBody::new(mount.observed())))
}

/// onyx R11
pub(crate) async fn logout_refresh(Refresher(bearer): Refresher, tokens: Data<Tokens>) -> Answer<Success> {
    tokens.revoke(&bearer).await?;
    Ok(Json(SUCCESS))
}

/// onyx R12
pub(crate) async fn delete(_: Admin, target: Target, accounts: Data<Accounts>) -> Answer<Success> {
    let user = target.find(&accounts).await?;
    accounts.remove(user.id).await?;
    Ok(Json(SUCCESS))
}

/// onyx R14
pub(crate) async fn manage(
    Admin(bearer): Admin,
    target: Target,
    accounts: Data<Accounts>,
    mount: Data<Mount>,
    form: FormData,
) -> Answer<Success> {
    let user = target.find(&accounts).await?;
    let edit = EditRequest::read(&form.read().await?, mount.observed())?;
    accounts.update(user.id, Changes { keep: Some(bearer.family), ..edit.into() }).await?;
    Ok(Json(SUCCESS))
}

/// onyx R16
pub(crate) async fn change(
    Caller(bearer): Caller,
    accounts: Data<Accounts>,
    mount: Data<Mount>,
    form: FormData,
) -> Answer<Success> {
    let form = form.read().await?;
    let last_password = Password::from(required(&form, "lastpassword")?);
    let edit = EditRequest::read(&form, mount.observed())?;
    let changes = Changes { current_password: Some(last_password), keep: Some(bearer.family), ..edit.into() };
    match accounts.update(bearer.user.id, changes).await {
        Ok(_) => Ok(Json(SUCCESS)),
        Err(Error::BadCredentials) => Err(ApiError::PasswordNotMatch),
        Err(error) => Err(error.into()),
    }
}

/// onyx R18, R19: a known address, another method.
pub(crate) async fn wrong_method(req: HttpRequest) -> HttpResponse {
    if req.method() == Method::OPTIONS { pages::options(&Allowed::of(&req)) } else { pages::not_found() }
}

/// onyx R18
pub(crate) async fn not_found() -> HttpResponse {
    pages::not_found()
}

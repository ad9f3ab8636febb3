//! Who is calling. A handler's signature says whom it serves.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use dragoman_core::{Bearer, Kind, Tokens};

use crate::error::{ApiError, Task};
use crate::request;

type Extraction<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;

/// Anybody with a valid token.
pub(crate) struct Caller;

/// An administrator (vitja A1).
pub(crate) struct Admin;

/// An administrator, or the user that the path names (vitja R12).
pub(crate) struct AdminOrSelf {
    pub(crate) bearer: Bearer,
    /// The id in the path.
    pub(crate) number: i64,
}

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = Extraction<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move { bearer(&req).await.map(|_| Self) })
    }
}

impl FromRequest for Admin {
    type Error = ApiError;
    type Future = Extraction<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let bearer = bearer(&req).await?;
            // vitja A6: a right that is missing is answered like a token that is missing one
            bearer.user.is_admin().then_some(Self).ok_or(ApiError::UNAUTHORIZED)
        })
    }
}

impl FromRequest for AdminOrSelf {
    type Error = ApiError;
    type Future = Extraction<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let bearer = bearer(&req).await?;
            let number = request::id(&req, 1).ok_or(ApiError::USER_ID)?;
            // vitja R13: before anything tells whether that user exists
            let allowed = bearer.user.is_admin() || bearer.user.number == number;
            allowed.then_some(Self { bearer, number }).ok_or(ApiError::UNAUTHORIZED)
        })
    }
}

/// Whom the request's token stands for, as stored now.
pub(crate) async fn bearer(req: &HttpRequest) -> Result<Bearer, ApiError> {
    let token = token(req)?;
    let tokens = req.app_data::<Data<Tokens>>().ok_or(ApiError::INTERNAL)?;
    tokens.verify(token, Kind::Access).await.map_err(Task::of(req).refusal())
}

/// vitja A5: no token is a 400, a token that is none a 401.
fn token(req: &HttpRequest) -> Result<&str, ApiError> {
    let header = req.headers().get(AUTHORIZATION).ok_or(ApiError::NO_TOKEN)?;
    if !header.as_bytes().starts_with(b"Bearer") {
        return Err(ApiError::NO_TOKEN);
    }
    let header = header.to_str().map_err(|_| ApiError::UNAUTHORIZED)?;
    header.strip_prefix("Bearer ").ok_or(ApiError::UNAUTHORIZED)
}

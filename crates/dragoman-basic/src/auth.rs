//! Who calls, and whether they may.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use dragoman_core::{Accounts, Error, Login, User};
use dragoman_http::{basic_auth, path};

use crate::error::ApiError;

type Answer<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;

/// An administrator (basic A4).
pub(crate) struct Admin;

/// An administrator or the user that the path names, and that user.
pub(crate) struct AdminOrSelf {
    /// The user that the path names.
    pub(crate) subject: User,
    /// Whether the caller is that user.
    pub(crate) is_self: bool,
}

impl FromRequest for Admin {
    type Error = ApiError;
    type Future = Answer<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Answer<Self> {
        let req = req.clone();
        Box::pin(async move {
            let caller = caller(&req, accounts(&req)?).await?;
            if caller.is_admin() { Ok(Self) } else { Err(ApiError::Forbidden) }
        })
    }
}

impl FromRequest for AdminOrSelf {
    type Error = ApiError;
    type Future = Answer<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Answer<Self> {
        let req = req.clone();
        Box::pin(async move {
            let accounts = accounts(&req)?;
            let caller = caller(&req, accounts).await?;
            match subject(&req, accounts).await {
                Ok(subject) if subject.id == caller.id => Ok(Self { subject, is_self: true }),
                // Whether somebody else exists is no business of theirs either.
                Ok(_) | Err(ApiError::UserNotFound) if !caller.is_admin() => Err(ApiError::Forbidden),
                Ok(subject) => Ok(Self { subject, is_self: false }),
                Err(error) => Err(error),
            }
        })
    }
}

/// The user that the path names (basic R12).
pub(crate) async fn subject(req: &HttpRequest, accounts: &Accounts) -> Result<User, ApiError> {
    let username = path::segment(req, 0).ok_or(ApiError::UserNotFound)?;
    Ok(accounts.by_username(&username).await?)
}

/// Whoever's username and password came with the request (basic A1 to A3).
async fn caller(req: &HttpRequest, accounts: &Accounts) -> Result<User, ApiError> {
    let (username, password) = basic_auth::credentials(req).ok_or(ApiError::Unauthorized)?;
    Ok(accounts.authenticate(Login::Username(username), password).await?)
}

fn accounts(req: &HttpRequest) -> Result<&Accounts, ApiError> {
    let accounts = req.app_data::<Data<Accounts>>();
    Ok(accounts.ok_or_else(|| Error::storage("the dialect is mounted without accounts"))?)
}

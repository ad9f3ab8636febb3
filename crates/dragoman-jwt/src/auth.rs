//! Who may call: the extractors that a handler names in its signature.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use dragoman_core::{Bearer, Error, Kind, Tokens};
use dragoman_http::Mount;
use uuid::Uuid;

use crate::error::ApiError;
use crate::parse;

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;

/// An administrator.
pub(crate) struct Admin;

impl FromRequest for Admin {
    type Error = ApiError;
    type Future = Extracting<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let caller = caller(&req).await?;
            if caller.user.is_admin() { Ok(Self) } else { Err(ApiError::FORBIDDEN) }
        })
    }
}

/// An administrator, or the user that the path names.
pub(crate) struct AdminOrSelf {
    pub(crate) caller: Bearer,
    /// Whom the path names.
    pub(crate) id: Uuid,
}

impl AdminOrSelf {
    pub(crate) fn is_self(&self) -> bool {
        self.caller.user.uuid == self.id
    }
}

impl FromRequest for AdminOrSelf {
    type Error = ApiError;
    type Future = Extracting<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let caller = caller(&req).await?;
            // jwt R11: what is no UUID is told only to somebody who is signed in.
            let id = asked_id(&req).ok_or(ApiError::MalformedId)?;
            let who = Self { caller, id };
            if who.caller.user.is_admin() || who.is_self() { Ok(who) } else { Err(ApiError::FORBIDDEN) }
        })
    }
}

/// Who may delete a user (jwt R10): an administrator; in the observed profile also the user itself.
pub(crate) struct Remover {
    /// Whom the path names.
    pub(crate) id: Uuid,
}

impl FromRequest for Remover {
    type Error = ApiError;
    type Future = Extracting<Self>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let observed = Mount::of(req).observed();
        let who = AdminOrSelf::from_request(req, payload);
        Box::pin(async move {
            let who = who.await?;
            if observed || who.caller.user.is_admin() { Ok(Self { id: who.id }) } else { Err(ApiError::FORBIDDEN) }
        })
    }
}

/// The user that the path names, where it has the form of a UUID.
pub(crate) fn asked_id(req: &HttpRequest) -> Option<Uuid> {
    parse::uuid(req.match_info().get("id")?).ok()
}

async fn caller(req: &HttpRequest) -> Result<Bearer, ApiError> {
    let tokens = req.app_data::<Data<Tokens>>().ok_or_else(|| Error::storage("no tokens at this mount"))?;
    let token = bearer_token(req).ok_or(ApiError::UNAUTHORIZED)?;
    Ok(tokens.verify(token, Kind::Access).await?)
}

/// The original split the header at its spaces and wanted exactly `Bearer` and one more word (jwt A4).
fn bearer_token(req: &HttpRequest) -> Option<&str> {
    let header = req.headers().get(AUTHORIZATION)?.to_str().ok()?;
    header.strip_prefix("Bearer ").filter(|token| !token.contains(' '))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_header_is_bearer_one_space_and_the_token() {
        let token = |header: &str| {
            let req = TestRequest::default().insert_header((AUTHORIZATION, header)).to_http_request();
            bearer_token(&req).map(str::to_owned)
        };
        assert_eq!(token("Bearer a.b.c").as_deref(), Some("a.b.c"));
        for header in ["", "Bearer", "bearer a.b.c", "Bearer  a.b.c", "Bearer a b", "Basic a.b.c", "a.b.c"] {
            assert_eq!(token(header), None, "{header:?}");
        }
    }
}

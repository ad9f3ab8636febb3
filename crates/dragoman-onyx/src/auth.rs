//! Who calls, as the signature of a handler says it.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, HeaderValue};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use dragoman_core::{Bearer, Error, Kind, TokenFault, Tokens};

use crate::error::ApiError;

/// The document says `Authentication` of one route and `Authorization` of all others; both are
/// taken everywhere, and where both are there the usual one counts (onyx T1).
const HEADERS: [&str; 2] = ["authorization", "authentication"];

/// The bearer of a valid access token.
pub struct Caller(pub Bearer);

/// The bearer of a valid access token who is an administrator now (onyx R13, T9).
pub struct Admin(pub Bearer);

/// The bearer of a valid refresh token.
pub struct Refresher(pub Bearer);

type Extraction<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = Extraction<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move { bearer(&req, Kind::Access).await.map(Self) })
    }
}

impl FromRequest for Admin {
    type Error = ApiError;
    type Future = Extraction<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let bearer = bearer(&req, Kind::Access).await?;
            if bearer.user.is_admin() { Ok(Self(bearer)) } else { Err(Error::Forbidden.into()) }
        })
    }
}

impl FromRequest for Refresher {
    type Error = ApiError;
    type Future = Extraction<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move { bearer(&req, Kind::Refresh).await.map(Self) })
    }
}

async fn bearer(req: &HttpRequest, wanted: Kind) -> Result<Bearer, ApiError> {
    let token = token(req.headers())?;
    let tokens = req.app_data::<Data<Tokens>>().ok_or_else(|| Error::storage("the mount has no tokens"))?;
    let refused = |fault| ApiError::Token { fault, wanted };
    match tokens.verify(token, wanted).await {
        Ok(bearer) => Ok(bearer),
        Err(Error::BadToken(fault)) => Err(refused(fault)),
        // The original went on trusting the token (onyx T9).
        Err(Error::Disabled) => Err(refused(TokenFault::Revoked)),
        Err(error) => Err(error.into()),
    }
}

fn token(headers: &HeaderMap) -> Result<&str, ApiError> {
    let lines = HEADERS
        .into_iter()
        .map(|name| headers.get_all(name).filter(|line| !line.as_bytes().trim_ascii().is_empty()).collect::<Vec<_>>())
        .find(|lines| !lines.is_empty());
    match lines.unwrap_or_default().as_slice() {
        [] => Err(ApiError::NoToken),
        [line] => bare(line),
        // Two tokens in one request: nobody can say which one is meant.
        [_, _, ..] => Err(ApiError::BadHeader),
    }
}

/// onyx T2: the token by itself, as the document has it, or after `Bearer`, as the original wanted it.
fn bare(line: &HeaderValue) -> Result<&str, ApiError> {
    let line = line.to_str().map_err(|_| ApiError::BadHeader)?;
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    match words.as_slice() {
        [token] | ["Bearer", token] if *token != "Bearer" => Ok(token),
        _ => Err(ApiError::BadHeader),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderName;

    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        headers
    }

    fn accepted(lines: &[(&'static str, &'static str)]) -> Option<String> {
        token(&headers(lines)).ok().map(str::to_owned)
    }

    #[test]
    fn a_token_may_stand_alone_or_after_bearer_under_either_name() {
        for value in ["a.b.c", " a.b.c ", "Bearer a.b.c", "Bearer \t  a.b.c  "] {
            for name in HEADERS {
                assert_eq!(accepted(&[(name, value)]).as_deref(), Some("a.b.c"), "{name}: {value}");
            }
        }
    }

    #[test]
    fn any_other_shape_is_a_bad_header() {
        for value in ["Bearer", "Bearer Bearer", "bearer a.b.c", "Basic a.b.c", "Bearer a.b.c d", "a.b.c d"] {
            let outcome = token(&headers(&[("authorization", value)])).map(str::to_owned);
            assert!(matches!(outcome, Err(ApiError::BadHeader)), "{value}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_a_bad_header() {
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static("authorization"), HeaderValue::from_bytes(b"Bearer \xff").unwrap());
        assert!(matches!(token(&headers), Err(ApiError::BadHeader)));
    }

    #[test]
    fn no_header_and_an_empty_one_are_the_same() {
        for lines in [&[][..], &[("authorization", "")], &[("authorization", " \t"), ("authentication", "")]] {
            assert!(matches!(token(&headers(lines)), Err(ApiError::NoToken)));
        }
    }

    #[test]
    fn authorization_goes_before_authentication_unless_it_is_empty() {
        assert_eq!(accepted(&[("authentication", "b"), ("authorization", "a")]).as_deref(), Some("a"));
        assert_eq!(accepted(&[("authentication", "b"), ("authorization", "")]).as_deref(), Some("b"));
    }

    #[test]
    fn two_tokens_under_one_name_are_a_bad_header() {
        let outcome = token(&headers(&[("authorization", "a"), ("authorization", "b")])).map(str::to_owned);
        assert!(matches!(outcome, Err(ApiError::BadHeader)));
    }
}

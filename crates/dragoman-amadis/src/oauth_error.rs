//! What goes wrong at the token endpoint (RFC 6749, 5.2), in the words of Passport's library.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use dragoman_core::Error;
use dragoman_http::form::FormFault;
use serde::Serialize;

use crate::error::{BODY_TOO_LARGE, UNAVAILABLE, retry_later};
use crate::oauth::uncached;
use crate::php;

/// Everything that can go wrong at the token endpoint.
#[derive(Debug)]
pub(crate) enum TokenError {
    /// Not the client that it says it is.
    Client {
        /// Whether it said so in an `Authorization` header.
        by_header: bool,
    },
    /// Not the user that it says it is, or no administrator (A1).
    User,
    /// A refresh token that opens nothing.
    RefreshToken,
    /// A parameter is absent or empty.
    Required(&'static str),
    /// A grant that is not offered here.
    GrantType,
    /// The body could not be read.
    Body(FormFault),
    /// The gateway has too much to do, too many wrong passwords came before, or the machinery failed.
    Unavailable(Error),
}

/// An error document, keys in the library's order.
#[derive(Serialize)]
struct Body<'a> {
    error: &'static str,
    error_description: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
    /// The library's older name for the description; clients read either.
    message: &'static str,
}

impl TokenError {
    /// What a core error means for who presented credentials of this kind.
    pub(crate) fn from_core(error: Error, refused: Self) -> Self {
        match error {
            Error::UserNotFound
            | Error::BadCredentials
            | Error::Disabled
            | Error::Forbidden
            | Error::BadToken(_)
            | Error::Taken(_)
            | Error::Invalid { .. }
            | Error::LastAdmin => refused,
            Error::Busy | Error::TooManyAttempts { .. } | Error::Storage(_) => Self::Unavailable(error),
        }
    }

    fn describe(&self) -> (StatusCode, &'static str, &'static str) {
        const INVALID_REQUEST: &str = "The request is missing a required parameter, includes an invalid parameter value, includes a parameter more than once, or is otherwise malformed.";
        const UNSUPPORTED: &str = "The authorization grant type is not supported by the authorization server.";
        let bad = StatusCode::BAD_REQUEST;
        match self {
            Self::Client { .. } => (StatusCode::UNAUTHORIZED, "invalid_client", "Client authentication failed"),
            Self::User => (bad, "invalid_grant", "The user credentials were incorrect."),
            Self::RefreshToken => (bad, "invalid_grant", "The refresh token is invalid."),
            Self::Required(_) | Self::Body(FormFault::Broken | FormFault::NotUtf8) => {
                (bad, "invalid_request", INVALID_REQUEST)
            }
            Self::Body(FormFault::TooLarge) => (StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", BODY_TOO_LARGE),
            Self::GrantType => (bad, "unsupported_grant_type", UNSUPPORTED),
            Self::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", UNAVAILABLE),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Required(parameter) => Some(format!("Check the `{parameter}` parameter")),
            Self::GrantType => Some("Check that all required parameters have been provided".into()),
            Self::Client { .. } | Self::User | Self::RefreshToken | Self::Body(_) | Self::Unavailable(_) => None,
        }
    }
}

impl From<FormFault> for TokenError {
    fn from(fault: FormFault) -> Self {
        Self::Body(fault)
    }
}

impl fmt::Display for TokenError {
    /// For the log: the cause, which the client is not told.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Unavailable(error) = self { error.fmt(f) } else { f.write_str(self.describe().2) }
    }
}

impl ResponseError for TokenError {
    fn status_code(&self) -> StatusCode {
        self.describe().0
    }

    fn error_response(&self) -> HttpResponse {
        let (status, error, message) = self.describe();
        let hint = self.hint();
        let body = Body { error, error_description: message, hint: hint.as_deref(), message };
        let mut response = uncached(php::answer(status, &body));
        // RFC 6749, 5.2: a client that used the header is told its scheme.
        if matches!(self, Self::Client { by_header: true }) {
            let challenge = HeaderValue::from_static(r#"Basic realm="OAuth""#);
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        if let Self::Unavailable(error) = self { retry_later(error, response) } else { response }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;
    use actix_web::http::header::RETRY_AFTER;
    use dragoman_core::{Fault, Field, TokenFault};

    use super::*;

    async fn said(error: TokenError) -> (u16, String) {
        let response = error.error_response();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body()).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[actix_web::test]
    async fn wrong_clients_and_wrong_users_hear_what_the_contract_says() {
        let client = r#"{"error":"invalid_client","error_description":"Client authentication failed","message":"Client authentication failed"}"#;
        assert_eq!(said(TokenError::Client { by_header: false }).await, (401, client.into()));
        let user = r#"{"error":"invalid_grant","error_description":"The user credentials were incorrect.","message":"The user credentials were incorrect."}"#;
        assert_eq!(said(TokenError::User).await, (400, user.into()));
        let (status, body) = said(TokenError::GrantType).await;
        assert_eq!(status, 400);
        assert!(body.starts_with(r#"{"error":"unsupported_grant_type","error_description":"#), "{body}");
    }

    #[actix_web::test]
    async fn every_core_error_refuses_the_credentials_or_asks_for_patience() {
        let refusals = [
            Error::UserNotFound,
            Error::BadCredentials,
            Error::Disabled,
            Error::Forbidden,
            Error::BadToken(TokenFault::Expired),
            Error::Taken(Field::Email),
            Error::Invalid { field: Field::Password, fault: Fault::TooLong },
            Error::LastAdmin,
        ];
        for error in refusals {
            assert_eq!(said(TokenError::from_core(error, TokenError::User)).await.0, 400);
        }
        for error in [Error::Busy, Error::TooManyAttempts { seconds: 8 }, Error::storage("SELECT secret")] {
            let (status, body) = said(TokenError::from_core(error, TokenError::User)).await;
            assert_eq!(status, 503);
            assert!(!body.contains("secret"));
        }
    }

    #[test]
    fn headers_fit_the_failure() {
        let by_header = TokenError::Client { by_header: true }.error_response();
        assert_eq!(by_header.headers().get(WWW_AUTHENTICATE).unwrap(), r#"Basic realm="OAuth""#);
        let by_form = TokenError::Client { by_header: false }.error_response();
        assert!(by_form.headers().get(WWW_AUTHENTICATE).is_none());
        assert_eq!(by_form.headers().get("Cache-Control").unwrap(), "no-store");
        let retry_after = |error| TokenError::Unavailable(error).error_response().headers().get(RETRY_AFTER).cloned();
        assert_eq!(retry_after(Error::Busy).unwrap(), "1");
        assert_eq!(retry_after(Error::TooManyAttempts { seconds: 8 }).unwrap(), "8");
    }
}

//! How this dialect fails, on one screen.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpResponse, ResponseError};
use dragoman_core::{Error, Kind, TokenFault, TokenPart};
use dragoman_http::form::FormFault;
use serde::Serialize;

use crate::{json, pages};

/// What the original called an unknown e-mail and a wrong password (onyx R9).
pub(crate) const WRONG_INFORMATIONS: &str = "Wrong Informations";

/// Everything but success.
#[derive(Debug)]
pub enum ApiError {
    /// No token at all.
    NoToken,
    /// A header that carries anything but one token.
    BadHeader,
    /// A token that opens nothing where a token of the kind is wanted.
    Token {
        /// What is wrong with it.
        fault: TokenFault,
        /// What the route takes.
        wanted: Kind,
    },
    /// A form that cannot be read or lacks a required field.
    BadForm,
    /// A body over the limit.
    TooLarge,
    /// Password and verification differ.
    NotSamePassword,
    /// The present password was not given rightly.
    PasswordNotMatch,
    /// The core refused.
    Core(Error),
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.error_response().status()
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::NoToken => msg(StatusCode::UNAUTHORIZED, "Missing Authorization Header"), // onyx T5
            Self::BadHeader => unprocessable("Bad Authorization header. Expected value 'Bearer <JWT>'"), // onyx T2
            Self::Token { fault, wanted } => bad_token(fault, *wanted),
            Self::BadForm => pages::bad_request(), // onyx R7
            Self::TooLarge => status_error(StatusCode::PAYLOAD_TOO_LARGE, None),
            Self::NotSamePassword => refusal("Not same password"), // onyx R5
            Self::PasswordNotMatch => refusal("Password not match"), // onyx R16
            Self::Core(error) => match error {
                // onyx R6, R12, R14 to R16: a refusal is a 200
                Error::UserNotFound | Error::Taken(_) | Error::Invalid { .. } | Error::LastAdmin => {
                    status_error(StatusCode::OK, None)
                }
                Error::BadCredentials | Error::Disabled => refusal(WRONG_INFORMATIONS), // onyx R9
                Error::Forbidden => refusal("You're not admin"),                        // onyx R13
                Error::BadToken(fault) => bad_token(fault, Kind::Access),
                Error::Busy | Error::TooManyAttempts { .. } => unavailable(error.retry_after_seconds()),
                Error::Storage(_) => unavailable(None),
            },
        }
    }
}

/// onyx T6, T7: 401 for what once was a good token, 422 for what never was.
fn bad_token(fault: &TokenFault, wanted: Kind) -> HttpResponse {
    match fault {
        TokenFault::Segments => unprocessable("Not enough segments"),
        TokenFault::Undecodable(part) => unprocessable(&format!("Invalid {} padding", part_name(*part))),
        TokenFault::NotJson { part, reason } => {
            unprocessable(&format!("Invalid {} string: {reason}", part_name(*part)))
        }
        TokenFault::Algorithm => unprocessable("The specified alg value is not allowed"),
        TokenFault::Signature => unprocessable("Signature verification failed"),
        TokenFault::Immature => unprocessable("The token is not yet valid (nbf)"),
        TokenFault::Expired => msg(StatusCode::UNAUTHORIZED, "Token has expired"),
        TokenFault::Foreign => unprocessable("Missing claims"),
        TokenFault::WrongKind => match wanted {
            Kind::Access => unprocessable("Only access tokens are allowed"),
            Kind::Refresh => unprocessable("Only refresh tokens are allowed"),
        },
        TokenFault::Revoked => msg(StatusCode::UNAUTHORIZED, "Token has been revoked"),
    }
}

fn part_name(part: TokenPart) -> &'static str {
    match part {
        TokenPart::Header => "header",
        TokenPart::Payload => "payload",
        TokenPart::Signature => "crypto",
    }
}

#[derive(Serialize)]
struct MsgBody<'a> {
    msg: &'a str,
}

fn msg(status: StatusCode, msg: &str) -> HttpResponse {
    json::respond(status, json::jsonify(&MsgBody { msg })) // onyx T8
}

fn unprocessable(text: &str) -> HttpResponse {
    msg(StatusCode::UNPROCESSABLE_ENTITY, text)
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
}

fn status_error(status: StatusCode, message: Option<&str>) -> HttpResponse {
    json::respond(status, json::dumps(&ErrorBody { status: "error", message }))
}

fn refusal(message: &str) -> HttpResponse {
    status_error(StatusCode::OK, Some(message))
}

fn unavailable(retry_after_seconds: Option<u64>) -> HttpResponse {
    let mut response = status_error(StatusCode::SERVICE_UNAVAILABLE, None);
    if let Some(seconds) = retry_after_seconds {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self::Core(error)
    }
}

impl From<FormFault> for ApiError {
    fn from(fault: FormFault) -> Self {
        match fault {
            FormFault::TooLarge => Self::TooLarge,
            FormFault::Broken | FormFault::NotUtf8 => Self::BadForm,
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

#[cfg(test)]
mod tests;

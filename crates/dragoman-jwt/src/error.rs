//! Everything that this dialect answers when something fails, on one screen.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::middleware::Next;
use actix_web::{HttpResponse, ResponseError};
use dragoman_core::{Error, Fault, Field};
use dragoman_http::body::BodyFault;
use dragoman_http::{Mount, Profile, go};
use serde::Serialize;
use uuid::Uuid;

use crate::auth::asked_id;

#[cfg(test)]
mod tests;

/// Complaints by key. Go prints a map with its keys sorted.
pub(crate) type Fields = BTreeMap<String, String>;

#[derive(Debug)]
pub(crate) enum ApiError {
    Core(Error),
    /// Values that are missing or wrong (jwt R3, R8).
    Fields(Fields),
    /// No JSON, or not of the right shape (jwt R5).
    Undecodable(go::Error),
    /// A role that does not exist (jwt R5).
    UnknownRole(String),
    /// A sign-up that asks for more than `USER` (jwt R2).
    MayNotGrant,
    /// No UUID in the path (jwt R11).
    MalformedId,
    /// Nobody has this e-mail; said only where `user-enumeration` is on (jwt A2).
    NoSuchLogin(String),
    Body(BodyFault),
}

impl ApiError {
    pub(crate) const UNAUTHORIZED: Self = Self::Core(Error::BadCredentials);
    pub(crate) const FORBIDDEN: Self = Self::Core(Error::Forbidden);

    /// One complaint about one key.
    pub(crate) fn field(key: impl Into<String>, complaint: impl Into<String>) -> Self {
        Self::Fields(Fields::from([(key.into(), complaint.into())]))
    }

    fn failure(&self, profile: Profile, asked: Option<Uuid>) -> Failure {
        match self {
            Self::Core(error) => core_failure(error, profile, asked),
            Self::Fields(fields) => Failure::fields(fields.clone()),
            Self::Undecodable(error) => {
                Failure::new(StatusCode::BAD_REQUEST, format!("unable to decode payload: {error}"))
            }
            Self::UnknownRole(role) => {
                let text = format!("parsing role: invalid role {}", go::quote(role));
                Failure::new(StatusCode::BAD_REQUEST, text)
            }
            Self::MayNotGrant => Failure::new(StatusCode::FORBIDDEN, "Forbidden"),
            Self::MalformedId => Failure::new(StatusCode::BAD_REQUEST, "ID is not in its proper form"),
            // The braces are how Go prints an address that has no display name.
            Self::NoSuchLogin(email) => {
                let text = format!("query: email[{{ {email}}}]: namedquerystruct: user not found");
                Failure::new(StatusCode::NOT_FOUND, text)
            }
            Self::Body(BodyFault::TooLarge) => Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large"),
            Self::Body(BodyFault::Broken) => {
                Failure::new(StatusCode::BAD_REQUEST, "unable to decode payload: unexpected EOF")
            }
        }
    }
}

fn core_failure(error: &Error, profile: Profile, asked: Option<Uuid>) -> Failure {
    match error {
        Error::UserNotFound => Failure::new(StatusCode::NOT_FOUND, not_found(profile, asked)),
        Error::BadCredentials | Error::Disabled | Error::BadToken(_) => {
            Failure::new(StatusCode::UNAUTHORIZED, "Unauthorized")
        }
        Error::Forbidden | Error::LastAdmin => match profile {
            Profile::Documented => Failure::new(StatusCode::FORBIDDEN, "Forbidden"),
            // jwt A5: the original had one answer for everything that authorisation refused.
            Profile::Observed => Failure::new(StatusCode::UNAUTHORIZED, "Unauthorized"),
        },
        Error::Taken(_) => match profile {
            Profile::Documented => Failure::field("email", "email is not unique"),
            // jwt R4: the original printed the way of the error through its functions.
            Profile::Observed => Failure::new(StatusCode::CONFLICT, "create: namedexeccontext: email is not unique"),
        },
        Error::Invalid { field, fault } => invalid(*field, *fault),
        Error::Busy | Error::TooManyAttempts { .. } => {
            Failure::new(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable")
        }
        Error::Storage(_) => Failure::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
    }
}

/// jwt R12.
fn not_found(profile: Profile, asked: Option<Uuid>) -> Cow<'static, str> {
    match (profile, asked) {
        (Profile::Observed, Some(id)) => format!("query: userID[{id}]: namedquerystruct: user not found").into(),
        (Profile::Observed, None) | (Profile::Documented, _) => "user not found".into(),
    }
}

/// What the core refuses to store, in the words of the original's validation library.
fn invalid(field: Field, fault: Fault) -> Failure {
    let (key, limit) = match field {
        // The core names a user without a username by its e-mail.
        Field::Username | Field::Email => ("email", 255),
        Field::Name => ("name", 255),
        Field::Password => ("password", 72),
        Field::Id | Field::Uuid => ("id", 36),
    };
    let complaint = match (fault, key) {
        (Fault::Missing, _) => format!("{key} is a required field"),
        (Fault::TooLong, _) => format!("{key} must be a maximum of {limit} characters in length"),
        (Fault::Malformed, "email") => "email must be a valid email address".into(),
        (Fault::Malformed, _) => format!("{key} must not contain control characters"),
    };
    Failure::field(key, complaint)
}

/// A failure in this dialect's shape.
#[derive(Debug, PartialEq, Eq)]
struct Failure {
    status: StatusCode,
    body: FailureBody,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct FailureBody {
    error: Cow<'static, str>,
    #[serde(skip_serializing_if = "Fields::is_empty")]
    fields: Fields,
}

impl Failure {
    fn new(status: StatusCode, error: impl Into<Cow<'static, str>>) -> Self {
        Self { status, body: FailureBody { error: error.into(), fields: Fields::new() } }
    }

    fn fields(fields: Fields) -> Self {
        let body = FailureBody { error: "data validation error".into(), fields };
        Self { status: StatusCode::BAD_REQUEST, body }
    }

    fn field(key: &str, complaint: impl Into<String>) -> Self {
        Self::fields(Fields::from([(key.to_owned(), complaint.into())]))
    }

    fn json(&self) -> String {
        go::to_string(&self.body)
    }
}

/// Says a failure as the mount's profile has it: an error is made where the profile is not known.
pub(crate) async fn speak(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, actix_web::Error> {
    let mut res = next.call(req).await?.map_into_boxed_body();
    let profile = Mount::of(res.request()).profile;
    let asked = asked_id(res.request());
    let error = res.response().error().and_then(|error| error.as_error::<ApiError>());
    let Some(failure) = error.map(|error| error.failure(profile, asked)) else {
        return Ok(res);
    };
    *res.response_mut().status_mut() = failure.status;
    Ok(res.map_body(|_, _| BoxBody::new(failure.json())))
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.failure(Profile::Documented, None).status
    }

    fn error_response(&self) -> HttpResponse {
        let failure = self.failure(Profile::Documented, None);
        let mut response = HttpResponse::build(failure.status).content_type("application/json").body(failure.json());
        if let Self::Core(error) = self
            && let Some(seconds) = error.retry_after_seconds()
        {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// For logs; clients get [`Failure`].
impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Core(error) => error.fmt(f),
            Self::Body(fault) => write!(f, "body: {fault:?}"),
            Self::Fields(_) => f.write_str("values are missing or wrong"),
            Self::Undecodable(_) => f.write_str("undecodable payload"),
            Self::UnknownRole(_) => f.write_str("unknown role"),
            Self::MayNotGrant => f.write_str("may not grant roles"),
            Self::MalformedId => f.write_str("malformed id"),
            Self::NoSuchLogin(_) => f.write_str("no such login"),
        }
    }
}

impl std::error::Error for ApiError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Core(error) => Some(error),
            Self::Undecodable(error) => Some(error),
            Self::Fields(_)
            | Self::UnknownRole(_)
            | Self::MayNotGrant
            | Self::MalformedId
            | Self::NoSuchLogin(_)
            | Self::Body(_) => None,
        }
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self::Core(error)
    }
}

impl From<go::Error> for ApiError {
    fn from(error: go::Error) -> Self {
        Self::Undecodable(error)
    }
}

impl From<BodyFault> for ApiError {
    fn from(fault: BodyFault) -> Self {
        Self::Body(fault)
    }
}

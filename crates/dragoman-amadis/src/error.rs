//! What goes wrong on the routes of `/api`, and how each family of them spells it.

use std::fmt;
use std::marker::PhantomData;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use dragoman_core::{Error, Fault, Field};
use dragoman_http::body::BodyFault;
use dragoman_http::form::FormFault;
use serde::Serialize;

use crate::php;
use crate::wire::PatchFault;

/// How a family of routes spells its failures.
pub(crate) trait Shape: fmt::Debug + 'static {
    /// The answer with this message in it.
    fn answer(status: StatusCode, message: &str) -> HttpResponse;
}

/// `/api/user/v1`: `{"status":"error","data":{"error":"…"}}`
#[derive(Debug)]
pub(crate) enum UserApi {}

/// `/api/datamanagement`: `{"statusCode":…,"error":"…"}`
#[derive(Debug)]
pub(crate) enum DataApi {}

impl Shape for UserApi {
    fn answer(status: StatusCode, message: &str) -> HttpResponse {
        #[derive(Serialize)]
        struct Body<'a> {
            status: &'static str,
            data: Data<'a>,
        }
        #[derive(Serialize)]
        struct Data<'a> {
            error: &'a str,
        }
        php::answer(status, &Body { status: "error", data: Data { error: message } })
    }
}

impl Shape for DataApi {
    fn answer(status: StatusCode, message: &str) -> HttpResponse {
        #[derive(Serialize)]
        struct Body<'a> {
            #[serde(rename = "statusCode")]
            status_code: u16,
            error: &'a str,
        }
        php::answer(status, &Body { status_code: status.as_u16(), error: message })
    }
}

/// Laravel's own answers, the same on every route: `{"message":"…"}`
pub(crate) fn framework_answer(status: StatusCode, message: &str) -> HttpResponse {
    #[derive(Serialize)]
    struct Body<'a> {
        message: &'a str,
    }
    php::answer(status, &Body { message })
}

/// Tells a client when to come back, where the core says so.
pub(crate) fn retry_later(error: &Error, mut response: HttpResponse) -> HttpResponse {
    if let Some(seconds) = error.retry_after_seconds() {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Everything that can go wrong on a route of `/api`.
#[derive(Debug)]
pub(crate) enum Failure {
    /// No credentials, or none that count (A5).
    Unauthenticated,
    /// A field of the request is absent or empty (R2).
    Required(&'static str),
    /// The e-mail has not the form of one (R2).
    NoEmail,
    /// The id in the path is none (R6).
    NoId,
    /// The body could not be read.
    Body(FormFault),
    /// The body is not the JSON that R7 asks for (R8).
    Patch(PatchFault),
    /// What the core says.
    Core(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Core(error)
    }
}

impl From<FormFault> for Failure {
    fn from(fault: FormFault) -> Self {
        Self::Body(fault)
    }
}

impl From<PatchFault> for Failure {
    fn from(fault: PatchFault) -> Self {
        Self::Patch(fault)
    }
}

impl From<BodyFault> for Failure {
    fn from(fault: BodyFault) -> Self {
        Self::Body(fault.into())
    }
}

impl Failure {
    fn answer<S: Shape>(&self) -> HttpResponse {
        let bad = |message: &str| S::answer(StatusCode::BAD_REQUEST, message);
        match self {
            Self::Unauthenticated => unauthenticated(),
            Self::Required(field) => bad(&required(field)),
            Self::NoEmail => bad(MALFORMED_EMAIL),
            Self::NoId => S::answer(StatusCode::NOT_FOUND, NO_SUCH_USER),
            Self::Body(FormFault::TooLarge) => S::answer(StatusCode::PAYLOAD_TOO_LARGE, BODY_TOO_LARGE),
            Self::Body(FormFault::Broken | FormFault::NotUtf8) => bad("The request could not be read."),
            Self::Patch(PatchFault::NotJson) => bad("The request body must be valid JSON."),
            Self::Patch(PatchFault::NoData) => bad(&required("data")),
            Self::Patch(PatchFault::NoString(field)) => bad(&format!("The {field} must be a string.")),
            Self::Core(error) => core_answer::<S>(error),
        }
    }
}

const NO_SUCH_USER: &str = "The user was not found.";
const MALFORMED_EMAIL: &str = "The email must be a valid email address.";
pub(crate) const BODY_TOO_LARGE: &str = "The request body is too large.";
pub(crate) const UNAVAILABLE: &str = "The service is unavailable.";

fn core_answer<S: Shape>(error: &Error) -> HttpResponse {
    let bad = |message: &str| S::answer(StatusCode::BAD_REQUEST, message);
    match error {
        Error::UserNotFound => S::answer(StatusCode::NOT_FOUND, NO_SUCH_USER),
        // R3: 400, where others say 401; an unknown user is not told from a wrong password.
        Error::BadCredentials | Error::Disabled => bad("The email or the old password is incorrect."),
        Error::Forbidden => framework_answer(StatusCode::FORBIDDEN, "This action is unauthorized."), // A5
        Error::BadToken(_) => unauthenticated(),
        // R2: a user of this dialect has its e-mail as username, so a taken username is a taken e-mail.
        Error::Taken(field) => bad(&format!("The {} has already been taken.", shown(*field))),
        Error::Invalid { field, fault } => bad(&invalid(shown(*field), *fault)),
        Error::LastAdmin => bad("The last administrator cannot be removed."),
        Error::Busy | Error::TooManyAttempts { .. } | Error::Storage(_) => {
            retry_later(error, S::answer(StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE))
        }
    }
}

fn unauthenticated() -> HttpResponse {
    framework_answer(StatusCode::UNAUTHORIZED, "Unauthenticated.")
}

fn invalid(field: &str, fault: Fault) -> String {
    match (field, fault) {
        (_, Fault::Missing) => required(field),
        (_, Fault::TooLong) => format!("The {field} is too long."),
        ("email", Fault::Malformed) => MALFORMED_EMAIL.into(),
        (_, Fault::Malformed) => format!("The {field} format is invalid."),
    }
}

fn required(field: &str) -> String {
    format!("The {field} field is required.")
}

/// The name that clients know a stored fact by.
const fn shown(field: Field) -> &'static str {
    match field {
        Field::Username | Field::Email => "email",
        Field::Name => "name",
        Field::Password => "password",
        Field::Id => "id",
        Field::Uuid => "user_id",
    }
}

/// A failure, spelled as its family of routes does.
#[derive(Debug)]
pub(crate) struct ApiError<S>(Failure, PhantomData<S>);

impl<S, F: Into<Failure>> From<F> for ApiError<S> {
    fn from(failure: F) -> Self {
        Self(failure.into(), PhantomData)
    }
}

impl<S> fmt::Display for ApiError<S> {
    /// For the log: the cause, which the client is not told.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Failure::Core(error) => error.fmt(f),
            Failure::Unauthenticated
            | Failure::Required(_)
            | Failure::NoEmail
            | Failure::NoId
            | Failure::Body(_)
            | Failure::Patch(_) => write!(f, "{:?}", self.0),
        }
    }
}

impl<S: Shape> ResponseError for ApiError<S> {
    fn status_code(&self) -> StatusCode {
        self.error_response().status()
    }

    fn error_response(&self) -> HttpResponse {
        self.0.answer::<S>()
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;
    use dragoman_core::TokenFault;

    use super::*;

    async fn said<S: Shape>(failure: impl Into<Failure>) -> (u16, String) {
        let response = ApiError::<S>::from(failure.into()).error_response();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body()).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    /// Every variant of the core's error with its status and its message, or the whole body where
    /// Laravel itself answers. The match makes a new variant ask for its row here.
    fn every_core_error() -> Vec<(Error, u16, &'static str)> {
        let invalid = |field, fault| Error::Invalid { field, fault };
        let rows = vec![
            (Error::UserNotFound, 404, "The user was not found."),
            (Error::BadCredentials, 400, "The email or the old password is incorrect."),
            (Error::Disabled, 400, "The email or the old password is incorrect."),
            (Error::Forbidden, 403, r#"{"message":"This action is unauthorized."}"#),
            (Error::BadToken(TokenFault::Revoked), 401, r#"{"message":"Unauthenticated."}"#),
            (Error::Taken(Field::Email), 400, "The email has already been taken."),
            (Error::Taken(Field::Username), 400, "The email has already been taken."),
            (invalid(Field::Name, Fault::Missing), 400, "The name field is required."),
            (invalid(Field::Username, Fault::Malformed), 400, "The email must be a valid email address."),
            (invalid(Field::Password, Fault::Malformed), 400, "The password format is invalid."),
            (invalid(Field::Password, Fault::TooLong), 400, "The password is too long."),
            (Error::LastAdmin, 400, "The last administrator cannot be removed."),
            (Error::Busy, 503, "The service is unavailable."),
            (Error::TooManyAttempts { seconds: 8 }, 503, "The service is unavailable."),
            (Error::storage("SELECT secret"), 503, "The service is unavailable."),
        ];
        for (error, ..) in &rows {
            match error {
                Error::UserNotFound
                | Error::BadCredentials
                | Error::Disabled
                | Error::Forbidden
                | Error::BadToken(_)
                | Error::Taken(_)
                | Error::Invalid { .. }
                | Error::LastAdmin
                | Error::Busy
                | Error::TooManyAttempts { .. }
                | Error::Storage(_) => {}
            }
        }
        rows
    }

    fn or_whole(message: &str, body: String) -> String {
        if message.starts_with('{') { message.to_owned() } else { body }
    }

    #[actix_web::test]
    async fn every_core_error_has_its_answer_in_the_shape_of_the_user_routes() {
        for (error, status, message) in every_core_error() {
            let body = format!(r#"{{"status":"error","data":{{"error":"{message}"}}}}"#);
            assert_eq!(said::<UserApi>(error).await, (status, or_whole(message, body)));
        }
    }

    #[actix_web::test]
    async fn every_core_error_has_its_answer_in_the_shape_of_the_data_routes() {
        for (error, status, message) in every_core_error() {
            let body = format!(r#"{{"statusCode":{status},"error":"{message}"}}"#);
            assert_eq!(said::<DataApi>(error).await, (status, or_whole(message, body)));
        }
    }

    #[actix_web::test]
    async fn requests_that_make_no_sense_are_the_clients_fault() {
        assert_eq!(said::<DataApi>(Failure::NoId).await.0, 404);
        assert_eq!(said::<DataApi>(Failure::Unauthenticated).await.0, 401);
        assert_eq!(said::<UserApi>(Failure::Required("email")).await.0, 400);
        assert_eq!(said::<UserApi>(Failure::NoEmail).await.0, 400);
        assert_eq!(said::<UserApi>(FormFault::TooLarge).await.0, 413);
        assert_eq!(said::<UserApi>(FormFault::NotUtf8).await.0, 400);
        assert_eq!(said::<DataApi>(BodyFault::TooLarge).await.0, 413);
        assert_eq!(said::<DataApi>(PatchFault::NotJson).await.0, 400);
        assert_eq!(said::<DataApi>(PatchFault::NoData).await.0, 400);
    }

    #[test]
    fn who_meets_a_busy_gateway_is_told_when_to_come_back() {
        let retry_after =
            |error: Error| ApiError::<DataApi>::from(error).error_response().headers().get(RETRY_AFTER).cloned();
        assert_eq!(retry_after(Error::Busy).unwrap(), "1");
        assert_eq!(retry_after(Error::TooManyAttempts { seconds: 8 }).unwrap(), "8");
        assert_eq!(retry_after(Error::storage("gone")), None);
    }
}

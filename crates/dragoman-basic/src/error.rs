//! Everything that can go wrong, and what this dialect says then.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use dragoman_core::{Error, Fault, Field};
use dragoman_http::body::BodyFault;
use dragoman_http::go;

use crate::validation::{PasswordField, Rule, Violation};
use crate::wire;

/// The failures of this dialect: a status and a bare JSON string each.
#[derive(Debug)]
pub(crate) enum ApiError {
    /// No credentials that let somebody in.
    Unauthorized,
    /// Somebody else's business.
    Forbidden,
    /// No user of this name.
    UserNotFound,
    /// The name belongs to somebody.
    UsernameTaken,
    /// A name that no user can have here.
    BadUsername,
    /// What the caller says is the present password is not.
    WrongCurrentPassword,
    /// Fields that break the rules for them, in the order of the request's fields.
    BadFields(Vec<Violation>),
    /// A body that is not the JSON that it should be.
    BadJson(go::Error),
    /// The body ended before its end.
    BrokenBody,
    /// The body is over the limit.
    BodyTooLarge,
    /// Too much to do, or too many wrong passwords; after so many seconds it may work.
    Busy(u64),
    /// Something that the gateway owes its clients failed.
    Storage(Error),
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::UserNotFound => Self::UserNotFound,
            Error::BadCredentials | Error::Disabled | Error::BadToken(_) => Self::Unauthorized, // basic A3
            // The last administrator stays: an ordinary refusal.
            Error::Forbidden | Error::LastAdmin => Self::Forbidden, // basic A4
            Error::Taken(_) => Self::UsernameTaken,                 // basic R4
            Error::Invalid { field: Field::Password, fault } => Self::bad_password(fault),
            // The name is all that this dialect stores beside the password.
            Error::Invalid {
                field: Field::Username | Field::Email | Field::Name | Field::Id | Field::Uuid,
                fault: Fault::Missing | Fault::TooLong | Fault::Malformed,
            } => Self::BadUsername, // basic R13
            Error::Busy | Error::TooManyAttempts { .. } => Self::Busy(error.retry_after_seconds().unwrap_or(1)),
            Error::Storage(_) => Self::Storage(error),
        }
    }
}

impl From<BodyFault> for ApiError {
    fn from(fault: BodyFault) -> Self {
        match fault {
            BodyFault::TooLarge => Self::BodyTooLarge,
            BodyFault::Broken => Self::BrokenBody,
        }
    }
}

impl From<go::Error> for ApiError {
    fn from(error: go::Error) -> Self {
        Self::BadJson(error)
    }
}

impl ApiError {
    /// A failed change of a password: the credentials that are wrong are those in the body.
    pub(crate) fn of_change(error: Error) -> Self {
        if matches!(error, Error::BadCredentials) { Self::WrongCurrentPassword } else { error.into() }
    }

    fn bad_password(fault: Fault) -> Self {
        let rule = match fault {
            Fault::Missing => Rule::Required,
            Fault::TooLong => Rule::Max,
            Fault::Malformed => Rule::Excludes,
        };
        Self::BadFields(vec![Violation { field: PasswordField::New, rule }])
    }

    /// The JSON string of the answer, if it has a body.
    fn text(&self) -> Option<String> {
        Some(match self {
            Self::Unauthorized => return None,                        // basic A3
            Self::Forbidden => "Forbidden".into(),                    // basic A4
            Self::UserNotFound => "User not found".into(),            // basic R12
            Self::UsernameTaken => "Username already existed".into(), // basic R4
            Self::BadUsername => "A username has 1 to 255 bytes, and no colon or control characters".into(), // basic R13
            Self::WrongCurrentPassword => "current password is wrong".into(), // basic R10
            Self::BadFields(violations) => Violation::sentences(violations),  // basic R5, R6, R10
            Self::BadJson(error) => error.to_string(),                        // basic R7
            Self::BrokenBody => "unexpected EOF".into(),                      // basic R7
            Self::BodyTooLarge => "Request Entity Too Large".into(),
            Self::Busy(_) | Self::Storage(_) => "Service Unavailable".into(),
        })
    }
}

/// For the log: a cause only where the gateway failed, and nothing that a client sent.
impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Storage(cause) = self { cause.fmt(f) } else { self.status_code().fmt(f) }
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::UserNotFound => StatusCode::NOT_FOUND,
            Self::UsernameTaken => StatusCode::CONFLICT,
            Self::BadUsername
            | Self::WrongCurrentPassword
            | Self::BadFields(_)
            | Self::BadJson(_)
            | Self::BrokenBody => StatusCode::BAD_REQUEST,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Busy(_) | Self::Storage(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        match self {
            Self::Unauthorized => {
                response.insert_header((WWW_AUTHENTICATE, r#"Basic realm="Authorization Required""#)); // basic A3
            }
            Self::Busy(seconds) => {
                response.insert_header((RETRY_AFTER, *seconds));
            }
            Self::Forbidden
            | Self::UserNotFound
            | Self::UsernameTaken
            | Self::BadUsername
            | Self::WrongCurrentPassword
            | Self::BadFields(_)
            | Self::BadJson(_)
            | Self::BrokenBody
            | Self::BodyTooLarge
            | Self::Storage(_) => {}
        }
        match self.text() {
            Some(text) => wire::json(response, &text),
            None => response.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;
    use actix_web::http::header::CONTENT_TYPE;
    use dragoman_core::{Fault, TokenFault};

    use super::*;

    async fn answer(error: impl Into<ApiError>) -> (u16, String) {
        let response = error.into().error_response();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body()).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    fn rule(field: &str, tag: &str) -> String {
        format!(
            "\"Key: 'UserPasswordRequest.Value.{field}' Error:Field validation for '{field}' failed on the '{tag}' tag\""
        )
    }

    fn invalid(field: Field, fault: Fault) -> Error {
        Error::Invalid { field, fault }
    }

    #[actix_web::test]
    async fn every_error_of_the_core_has_its_answer() {
        let username = r#""A username has 1 to 255 bytes, and no colon or control characters""#;
        let unavailable = r#""Service Unavailable""#;
        for (error, status, body) in [
            (Error::UserNotFound, 404, r#""User not found""#),
            (Error::BadCredentials, 401, ""),
            (Error::Disabled, 401, ""),
            (Error::BadToken(TokenFault::Expired), 401, ""),
            (Error::Forbidden, 403, r#""Forbidden""#),
            (Error::LastAdmin, 403, r#""Forbidden""#),
            (Error::Taken(Field::Username), 409, r#""Username already existed""#),
            (Error::Taken(Field::Email), 409, r#""Username already existed""#),
            (invalid(Field::Password, Fault::Missing), 400, &rule("Password", "required")),
            (invalid(Field::Password, Fault::TooLong), 400, &rule("Password", "max")),
            (invalid(Field::Password, Fault::Malformed), 400, &rule("Password", "excludes")),
            (invalid(Field::Username, Fault::Missing), 400, username),
            (invalid(Field::Username, Fault::TooLong), 400, username),
            (invalid(Field::Email, Fault::Malformed), 400, username),
            (Error::Busy, 503, unavailable),
            (Error::TooManyAttempts { seconds: 8 }, 503, unavailable),
            (Error::storage("SELECT secret FROM users"), 503, unavailable),
        ] {
            let told = format!("{error:?}");
            assert_eq!(answer(error).await, (status, body.to_owned()), "{told}");
        }
    }

    #[actix_web::test]
    async fn the_other_failures_have_theirs() {
        for (error, status, body) in [
            (ApiError::of_change(Error::BadCredentials), 400, r#""current password is wrong""#),
            (ApiError::of_change(Error::Busy), 503, r#""Service Unavailable""#),
            (BodyFault::TooLarge.into(), 413, r#""Request Entity Too Large""#),
            (BodyFault::Broken.into(), 400, r#""unexpected EOF""#),
            (
                go::Value::parse(b"<").unwrap_err().into(),
                400,
                r#""invalid character '\u003c' looking for beginning of value""#,
            ),
        ] {
            assert_eq!(answer(error).await, (status, body.to_owned()));
        }
    }

    #[test]
    fn headers_say_how_to_go_on() {
        let header = |error: ApiError, name| {
            let response = error.error_response();
            response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
        };
        let challenge = header(ApiError::Unauthorized, WWW_AUTHENTICATE);
        assert_eq!(challenge.as_deref(), Some(r#"Basic realm="Authorization Required""#));
        assert_eq!(header(ApiError::Unauthorized, CONTENT_TYPE), None);
        assert_eq!(header(Error::Busy.into(), RETRY_AFTER).as_deref(), Some("1"));
        assert_eq!(header(Error::TooManyAttempts { seconds: 8 }.into(), RETRY_AFTER).as_deref(), Some("8"));
        assert_eq!(header(ApiError::Forbidden, CONTENT_TYPE).as_deref(), Some("application/json; charset=utf-8"));
    }

    #[test]
    fn the_log_is_told_the_cause_of_our_failures_and_nothing_that_a_client_sent() {
        assert_eq!(ApiError::from(Error::storage("no route to host")).to_string(), "storage: no route to host");
        let decoding = go::Value::parse(br#"{"value":x"#).unwrap_err();
        assert_eq!(ApiError::from(decoding).to_string(), "400 Bad Request");
    }
}

//! Everything that vitja can refuse, on one screen.

use std::borrow::Cow;
use std::fmt;

use actix_web::http::header::RETRY_AFTER;
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use dragoman_core::{Error, Fault, Field};
use dragoman_http::form::FormFault;

use crate::wire::{self, Message};

/// What the original called an unknown user and a wrong password (vitja A4).
pub(crate) const WRONG_LOGIN: &str = "Wrong username or password.";

/// A refusal: a status and `{"message":"…"}`.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    message: Cow<'static, str>,
    /// For the log; a client never sees it.
    cause: Option<Error>,
}

impl ApiError {
    pub(crate) const NO_LOGIN: Self = Self::bad("Please provide a username and password."); // vitja A4
    pub(crate) const NO_TOKEN: Self = Self::bad("Missing or invalid jwt in the request header"); // vitja A5
    pub(crate) const USER_ID: Self = Self::bad("User ID is invalid."); // vitja R3, R11, R13
    pub(crate) const INVALID_ID: Self = Self::bad("Invalid ID."); // vitja R10
    pub(crate) const NO_USER_MODEL: Self = Self::bad("No user model provided."); // vitja R5
    pub(crate) const NO_NAME_OR_PASSWORD: Self = Self::bad("Please specify a username and a password."); // vitja R7
    pub(crate) const NO_PASSWORD: Self = Self::bad("No password provided."); // vitja R13
    pub(crate) const BAD_REQUEST: Self = Self::bad("Bad Request");
    pub(crate) const UNAUTHORIZED: Self = Self::new(StatusCode::UNAUTHORIZED, "Unauthorized"); // vitja A5, A6
    pub(crate) const NOT_FOUND: Self = Self::new(StatusCode::NOT_FOUND, "Not Found"); // vitja R15
    pub(crate) const WRONG_METHOD: Self = Self::new(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed"); // vitja R15
    pub(crate) const INTERNAL: Self = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"); // vitja R14
    const TOO_LARGE: Self = Self::new(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    const BUSY: Self = Self::new(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable");

    const fn new(status: StatusCode, message: &'static str) -> Self {
        Self { status, message: Cow::Borrowed(message), cause: None }
    }

    const fn bad(message: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// What to answer to input that cannot be read: it is as good as none, unless it is too large.
    pub(crate) fn unreadable(fault: FormFault, none: Self) -> Self {
        match fault {
            FormFault::TooLarge => Self::TOO_LARGE,
            FormFault::Broken | FormFault::NotUtf8 => none,
        }
    }

    /// The original prints why, in the words of its JSON decoder (vitja R6).
    pub(crate) fn undecodable_user(reason: &dragoman_http::go::Error) -> Self {
        Self { message: format!("Error decoding user: {reason}").into(), ..Self::BAD_REQUEST }
    }
}

/// What was being done when something failed: the words depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    Login,
    Show,
    Add,
    Update,
    Delete,
    ChangePassword,
    Other,
}

impl Task {
    /// The task of a request whose token is still to be checked (vitja R14).
    pub(crate) fn of(req: &HttpRequest) -> Self {
        let one_user = req.match_pattern().is_some_and(|pattern| pattern.ends_with(crate::USER));
        match *req.method() {
            Method::GET if one_user => Self::Show,
            Method::DELETE if one_user => Self::Delete,
            _ => Self::Other,
        }
    }

    /// The refusal that the core's error becomes; for `map_err`.
    pub(crate) fn refusal(self) -> impl Fn(Error) -> ApiError {
        move |cause| {
            let answer = self.answer(&cause);
            ApiError { cause: Some(cause), ..answer }
        }
    }

    fn answer(self, cause: &Error) -> ApiError {
        match cause {
            Error::UserNotFound => self.unknown_user(),
            Error::BadCredentials | Error::Disabled => self.not_let_in(),
            Error::Forbidden | Error::BadToken(_) => ApiError::UNAUTHORIZED,
            Error::Taken(Field::Email) => ApiError::bad("A user with this email address already exists."), // vitja R8
            Error::Taken(_) => ApiError::bad("A user with this username already exists."),                 // vitja R8
            Error::Invalid { field, fault } => self.invalid(*field, *fault),
            Error::LastAdmin => self.last_admin(),
            Error::Busy | Error::TooManyAttempts { .. } => ApiError::BUSY,
            Error::Storage(_) => self.failed(),
        }
    }

    const fn unknown_user(self) -> ApiError {
        let message = match self {
            Self::Update | Self::Delete => "The user does not exist.", // vitja R10, R11
            Self::Login | Self::Show | Self::Add | Self::ChangePassword | Self::Other => "User not found.", // vitja R3, R13
        };
        ApiError::new(StatusCode::NOT_FOUND, message)
    }

    const fn not_let_in(self) -> ApiError {
        match self {
            Self::Login => ApiError::new(StatusCode::UNAUTHORIZED, WRONG_LOGIN), // vitja A4
            Self::Show | Self::Add | Self::Update | Self::Delete | Self::ChangePassword | Self::Other => {
                ApiError::UNAUTHORIZED
            }
        }
    }

    /// Only what is missing has words in the original; it stored the rest.
    fn invalid(self, field: Field, fault: Fault) -> ApiError {
        match (self, field, fault) {
            (Self::ChangePassword, Field::Password, Fault::Missing) => ApiError::NO_PASSWORD,
            _ => ApiError { message: format!("The {field} is {fault}.").into(), ..ApiError::BAD_REQUEST },
        }
    }

    const fn last_admin(self) -> ApiError {
        ApiError::bad(match self {
            // The nearest that the document has: there, every user is an administrator (vitja R11).
            Self::Delete => "Cannot delete last user.",
            Self::Login | Self::Show | Self::Add | Self::Update | Self::ChangePassword | Self::Other => {
                "Cannot demote last administrator."
            }
        })
    }

    /// vitja R14
    const fn failed(self) -> ApiError {
        match self {
            Self::Show => ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "Error getting user infos."),
            Self::Delete => ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "Could not delete user."),
            Self::Login | Self::Add | Self::Update | Self::ChangePassword | Self::Other => ApiError::INTERNAL,
        }
    }
}

/// For the log.
impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Some(cause) => write!(f, "{} ({cause})", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        if let Some(seconds) = self.cause.as_ref().and_then(Error::retry_after_seconds) {
            response.insert_header((RETRY_AFTER, seconds));
        }
        wire::json(response, &Message { message: &self.message })
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::MessageBody as _;
    use dragoman_core::TokenFault;

    use super::*;

    const TASKS: [Task; 7] =
        [Task::Login, Task::Show, Task::Add, Task::Update, Task::Delete, Task::ChangePassword, Task::Other];

    fn every_core_error() -> Vec<Error> {
        vec![
            Error::UserNotFound,
            Error::BadCredentials,
            Error::Disabled,
            Error::Forbidden,
            Error::Taken(Field::Username),
            Error::Taken(Field::Email),
            Error::Invalid { field: Field::Username, fault: Fault::Malformed },
            Error::BadToken(TokenFault::Expired),
            Error::LastAdmin,
            Error::Busy,
            Error::TooManyAttempts { seconds: 8 },
            Error::storage("SELECT secret"),
        ]
    }

    /// Status, `Retry-After` and body.
    fn sent(error: &ApiError) -> (u16, Option<String>, String) {
        let response = error.error_response();
        let retry = response.headers().get(RETRY_AFTER).map(|value| value.to_str().unwrap().to_owned());
        let status = response.status().as_u16();
        let body = response.into_body().try_into_bytes().unwrap();
        (status, retry, String::from_utf8(body.to_vec()).unwrap())
    }

    fn answer(task: Task, error: Error) -> (u16, String) {
        let (status, _, body) = sent(&task.refusal()(error));
        (status, body)
    }

    #[test]
    fn every_core_error_has_an_answer_for_every_task() {
        for task in TASKS {
            let statuses: Vec<u16> = every_core_error().into_iter().map(|error| answer(task, error).0).collect();
            assert_eq!(statuses, [404, 401, 401, 401, 400, 400, 400, 401, 400, 503, 503, 500], "{task:?}");
        }
    }

    #[test]
    fn no_answer_tells_the_cause_and_every_log_line_does() {
        for error in every_core_error() {
            let cause = error.to_string();
            let refusal = Task::Other.refusal()(error);
            let (_, _, body) = sent(&refusal);
            assert!(body.starts_with(r#"{"message":""#), "{body}");
            assert!(!body.contains("SELECT"), "{body}");
            assert!(refusal.to_string().contains(&cause), "{refusal}");
        }
    }

    #[test]
    fn a_failing_database_is_worded_by_the_task() {
        let message = |task| answer(task, Error::storage("down")).1;
        assert_eq!(message(Task::Show), r#"{"message":"Error getting user infos."}"#);
        assert_eq!(message(Task::Delete), r#"{"message":"Could not delete user."}"#);
        assert_eq!(message(Task::Update), r#"{"message":"Internal Server Error"}"#);
    }

    #[test]
    fn an_unknown_user_is_worded_by_the_task() {
        let message = |task| answer(task, Error::UserNotFound).1;
        assert_eq!(message(Task::Show), r#"{"message":"User not found."}"#);
        assert_eq!(message(Task::ChangePassword), r#"{"message":"User not found."}"#);
        assert_eq!(message(Task::Update), r#"{"message":"The user does not exist."}"#);
        assert_eq!(message(Task::Delete), r#"{"message":"The user does not exist."}"#);
    }

    #[test]
    fn the_last_administrator_stays() {
        let message = |task| answer(task, Error::LastAdmin).1;
        assert_eq!(message(Task::Delete), r#"{"message":"Cannot delete last user."}"#);
        assert_eq!(message(Task::Update), r#"{"message":"Cannot demote last administrator."}"#);
    }

    #[test]
    fn a_value_that_cannot_be_stored_is_named() {
        let invalid = |field, fault| Error::Invalid { field, fault };
        let too_long = answer(Task::ChangePassword, invalid(Field::Password, Fault::TooLong));
        assert_eq!(too_long, (400, r#"{"message":"The password is too long."}"#.into()));
        let missing = answer(Task::ChangePassword, invalid(Field::Password, Fault::Missing));
        assert_eq!(missing, (400, r#"{"message":"No password provided."}"#.into()));
    }

    #[test]
    fn whoever_comes_while_the_gateway_is_busy_is_told_to_come_again() {
        let busy = Task::Login.refusal()(Error::Busy);
        assert_eq!(sent(&busy), (503, Some("1".into()), r#"{"message":"Service Unavailable"}"#.into()));
        let delayed = Task::Login.refusal()(Error::TooManyAttempts { seconds: 8 });
        assert_eq!(sent(&delayed), (503, Some("8".into()), r#"{"message":"Service Unavailable"}"#.into()));
    }
}

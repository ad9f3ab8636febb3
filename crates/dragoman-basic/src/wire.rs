//! Requests and answers as they travel.

use actix_web::web::{Bytes, Payload};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use dragoman_core::{Password, User};
use dragoman_http::list::Envelope;
use dragoman_http::{body, go};
use serde::Serialize;

use crate::error::ApiError;

/// What several documents are wrapped in, and the answer to GET of one user is not (basic R2).
#[derive(Debug, Serialize)]
pub(crate) struct Wrapped<T> {
    pub(crate) value: T,
}

/// What [`Wrapped`] is to a list, which is never in memory as a whole.
pub(crate) const WRAPPED_LIST: Envelope = Envelope { prefix: r#"{"value":"#, separator: ",", suffix: "}" };

/// A user as everybody sees it (basic A5).
#[derive(Debug, Serialize)]
pub(crate) struct UserBody {
    username: String,
    admin: bool,
}

impl From<User> for UserBody {
    fn from(user: User) -> Self {
        Self { admin: user.is_admin(), username: user.username.or(user.email).unwrap_or_default() }
    }
}

/// The body of PUT and PATCH. As in the original, a key that is not there is an empty text.
#[derive(Debug)]
pub(crate) struct UserPasswordRequest {
    pub(crate) current_password: Password,
    pub(crate) password: Password,
}

impl UserPasswordRequest {
    /// Reads the body, whatever content type it claims to have (basic R7).
    pub(crate) async fn read(req: &HttpRequest, payload: Payload) -> Result<Self, ApiError> {
        let body: Bytes = body::read(req, payload.into_inner()).await?;
        Ok(Self::parse(&body)?)
    }

    fn parse(body: &[u8]) -> Result<Self, go::Error> {
        let json = go::Value::parse(body)?;
        let value = json.object("UserPasswordRequest")?.object("value", "UserPassword")?;
        let secret = |key| Ok(Password::from(value.string(key)?.unwrap_or_default()));
        Ok(Self { current_password: secret("current_password")?, password: secret("password")? })
    }
}

/// A JSON answer.
pub(crate) fn json(response: HttpResponseBuilder, body: &impl Serialize) -> HttpResponse {
    builder(response).body(go::to_string(body))
}

/// A JSON answer whose body is to come.
pub(crate) fn builder(mut response: HttpResponseBuilder) -> HttpResponseBuilder {
    response.content_type("application/json; charset=utf-8");
    response
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn parse(body: &str) -> Result<(String, String), String> {
        let request = UserPasswordRequest::parse(body.as_bytes()).map_err(|error| error.to_string())?;
        let text = |password: Password| password.expose_secret().to_owned();
        Ok((text(request.current_password), text(request.password)))
    }

    #[test]
    fn a_list_is_wrapped_like_everything_else() {
        let Envelope { prefix, separator, suffix } = WRAPPED_LIST;
        assert_eq!(go::to_string(&Wrapped { value: [1, 2] }), format!("{prefix}[1{separator}2]{suffix}"));
    }

    #[test]
    fn what_is_not_there_is_empty() {
        for body in ["{}", "null", r#"{"value":null}"#, r#"{"value":{"password":null}}"#, r#"{"password":"x"}"#] {
            assert_eq!(parse(body), Ok((String::new(), String::new())), "{body}");
        }
    }

    #[test]
    fn keys_are_read_as_the_original_reads_them() {
        let body = r#"{"VALUE":{"Current_Password":"a","password":"b","PASSWORD":"c","more":1}} and more"#;
        assert_eq!(parse(body), Ok(("a".to_owned(), "c".to_owned())));
    }

    #[test]
    fn wrong_types_are_named() {
        let field = "Go struct field UserPasswordRequest.value";
        for (body, complaint) in [
            (
                r#"{"value":{"password":1}}"#,
                format!("json: cannot unmarshal number into {field}.password of type string"),
            ),
            (r#"{"value":[]}"#, format!("json: cannot unmarshal array into {field} of type UserPassword")),
            ("[]", "json: cannot unmarshal array into Go value of type UserPasswordRequest".to_owned()),
        ] {
            assert_eq!(parse(body), Err(complaint));
        }
    }
}

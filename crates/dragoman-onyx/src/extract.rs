//! What a request brings beside its token. Neither extractor refuses anything by itself: all extractors
//! of a handler run at once, and the token has to be judged first.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use dragoman_core::{Accounts, Error, User};
use dragoman_http::form::Form;
use dragoman_http::path;

use crate::error::ApiError;

/// The form of a request, unread.
pub struct FormData(HttpRequest, Payload);

impl FromRequest for FormData {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(Ok(Self(req.clone(), payload.take())))
    }
}

impl FormData {
    /// Reads the body. One that is no form data counts as a form without fields (onyx R7).
    pub(crate) async fn read(self) -> Result<Form, ApiError> {
        Ok(Form::read(&self.0, self.1).await?)
    }
}

/// The user whom the end of the path names. Only an administrator learns whether there is one.
pub struct Target(Option<i64>);

impl FromRequest for Target {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(path::segment(req, 0).and_then(|segment| parse_id(&segment)))))
    }
}

impl Target {
    /// The user. An id that is none belongs to nobody (onyx R12, R14).
    pub(crate) async fn find(&self, accounts: &Accounts) -> Result<User, Error> {
        accounts.by_number(self.0.ok_or(Error::UserNotFound)?).await
    }
}

/// Only the spelling in which ids are shown: no sign, no leading zeros.
fn parse_id(text: &str) -> Option<i64> {
    text.parse().ok().filter(|id: &i64| id.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_what_we_show_as_one() {
        assert_eq!(parse_id("26"), Some(26));
        for text in ["", "+26", "026", " 26", "26.0", "0x1a", "x", "9223372036854775808"] {
            assert_eq!(parse_id(text), None, "{text:?}");
        }
    }
}

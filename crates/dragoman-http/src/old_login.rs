//! A dialect's own login, held against the server that is being replaced: what to send, and what the answer means.
//! Who sends it is not said here.

use std::fmt;

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;

const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A request to an old server. Whatever in it may hold a password is a secret.
#[derive(Debug)]
pub struct Question {
    /// The method: `GET` or `POST`.
    pub method: &'static str,
    /// The documented path.
    pub path: String,
    /// The value of `Authorization`.
    pub authorization: Option<SecretString>,
    /// The body and its content type.
    pub body: Option<(&'static str, SecretString)>,
}

impl Question {
    /// A GET with HTTP Basic credentials (RFC 7617); none for a name that cannot travel in them.
    #[must_use]
    pub fn basic(path: String, name: &str, password: &SecretString) -> Option<Self> {
        let pair = SecretString::from(format!("{name}:{}", password.expose_secret()));
        let value = format!("Basic {}", STANDARD.encode(pair.expose_secret()));
        let question = Self { method: "GET", path, authorization: Some(value.into()), body: None };
        (!name.contains(':')).then_some(question)
    }

    /// A POST of a form.
    #[must_use]
    pub fn form(path: &str, fields: &[(&str, &str)]) -> Self {
        let pair = |(name, value): &(&str, &str)| format!("{name}={}", encoded(value));
        let form: Vec<String> = fields.iter().map(pair).collect();
        let body = ("application/x-www-form-urlencoded", form.join("&").into());
        Self { method: "POST", path: path.to_owned(), authorization: None, body: Some(body) }
    }
}

/// A text as it may stand in a form or in one segment of a path, with everything escaped that could mean something.
#[must_use]
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// What an old server answered.
#[derive(Clone, Copy)]
pub struct Reply<'a> {
    /// The status code.
    pub status: u16,
    /// The body, whose length is bounded.
    pub body: &'a [u8],
}

impl Reply<'_> {
    /// The body as JSON of this shape, whatever its content type says.
    #[must_use]
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(self.body).ok()
    }
}

/// The status alone: the body may be a token.
impl fmt::Debug for Reply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").field("status", &self.status).finish_non_exhaustive()
    }
}

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict<T> {
    /// The password is right, and this is told about the user.
    Right(T),
    /// The password is wrong, or nobody has the name.
    Wrong,
    /// It is no answer of such a login.
    Unclear,
}

impl<T> Verdict<T> {
    /// Right, where there is something that says so.
    #[must_use]
    pub fn right_if(told: Option<T>) -> Self {
        told.map_or(Self::Unclear, Self::Right)
    }

    /// Wrong, where the answer says so in the dialect's own words. Whoever stands before the old server may refuse
    /// for reasons of its own.
    #[must_use]
    pub fn wrong_if(said: bool) -> Self {
        if said { Self::Wrong } else { Self::Unclear }
    }
}

/// What a JSON Web Token claims. Its signature is not verified: it comes from the server that was asked, and opens
/// nothing here.
#[must_use]
pub fn claims<T: DeserializeOwned>(token: &str) -> Option<T> {
    let [_, payload, _] = token.split('.').collect::<Vec<_>>().try_into().ok()?;
    serde_json::from_slice(&BASE64URL.decode(payload).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_form_escapes_whatever_could_mean_something() {
        let question = Question::form("/login", &[("a", "x&y=1+ %é"), ("b", "")]);
        let (content_type, body) = question.body.as_ref().unwrap();
        assert_eq!(body.expose_secret(), "a=x%26y%3D1%2B%20%25%C3%A9&b=");
        assert_eq!((question.method, *content_type), ("POST", "application/x-www-form-urlencoded"));
        assert!(!format!("{question:?}").contains("x%26y"));
    }

    #[test]
    fn basic_credentials_need_a_name_without_a_colon() {
        let question = Question::basic("/x".into(), "a", &"b:c".into()).unwrap();
        assert_eq!(question.authorization.as_ref().unwrap().expose_secret(), "Basic YTpiOmM=");
        assert!(!format!("{question:?}").contains("YTpiOmM"));
        assert!(Question::basic("/x".into(), "a:b", &"c".into()).is_none());
    }

    #[test]
    fn claims_are_read_from_whatever_has_three_parts() {
        let token = format!("x.{}.y", BASE64URL.encode(r#"{"id":26}"#));
        assert_eq!(claims::<Value>(&token), Some(json!({"id": 26})));
        assert_eq!(claims::<Value>(&token.replace('=', "")), Some(json!({"id": 26})));
        for none in ["", "a.b", "a.b.c.d", "a.!.c", "a.YQ.c"] {
            assert_eq!(claims::<Value>(none), None, "{none}");
        }
    }
}

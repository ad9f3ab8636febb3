//! How an OAuth2 client proves itself (RFC 6749, 2.3.1).

use actix_web::HttpRequest;
use dragoman_core::Password;
use dragoman_http::basic_auth;
use dragoman_http::form::Form;
use percent_encoding::percent_decode_str;
use secrecy::ExposeSecret as _;
use subtle::ConstantTimeEq as _;

use crate::Settings;
use crate::oauth_error::TokenError;

/// The client that a request says it comes from.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) secret: Password,
    by_header: bool,
}

impl Client {
    /// By the form, or by the `Authorization` header for what the form does not say.
    pub(crate) fn of(req: &HttpRequest, form: &Form) -> Result<Self, TokenError> {
        let header = basic_auth::credentials(req);
        let by_header = header.is_some();
        let (header_id, header_secret) = header.unzip();
        let id = given(form, "client_id").map(str::to_owned).or_else(|| header_id.as_deref().map(plain));
        let form_secret = given(form, "client_secret").map(|secret| Password::from(secret.to_owned()));
        let secret = form_secret.or_else(|| header_secret.map(|secret| Password::from(plain(secret.expose_secret()))));
        match (id, secret) {
            (Some(id), Some(secret)) => Ok(Self { id, secret, by_header }),
            (Some(_) | None, _) => Err(TokenError::Client { by_header }),
        }
    }

    /// Whether this is the configured client, whose grants are for people.
    pub(crate) fn must_be_configured(&self, settings: &Settings) -> Result<(), TokenError> {
        let expected = settings.client_secret.as_ref().map_or("", |secret| secret.expose_secret());
        let given = self.secret.expose_secret();
        let same_secret: bool = given.as_bytes().ct_eq(expected.as_bytes()).into();
        // An empty secret is none: a configuration without one opens nothing.
        let proved = same_secret && !expected.is_empty() && self.id == settings.client_id;
        if proved { Ok(()) } else { Err(self.refused()) }
    }

    /// The answer for a client that did not prove itself.
    pub(crate) const fn refused(&self) -> TokenError {
        TokenError::Client { by_header: self.by_header }
    }
}

/// A parameter's value; one that is sent without a value counts as not sent (RFC 6749, 3.2).
pub(crate) fn given<'a>(form: &'a Form, name: &str) -> Option<&'a str> {
    form.last(name).filter(|value| !value.is_empty())
}

/// The RFC has clients encode id and secret like form values before they go into the header.
/// Many do not; base64 never has a `%`, and its `=` always becomes one, so that tells them apart.
fn plain(sent: &str) -> String {
    if !sent.contains('%') {
        return sent.to_owned();
    }
    let spaced = sent.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().map_or_else(|_| sent.to_owned(), Into::into)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::AUTHORIZATION;
    use actix_web::test::TestRequest;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn client(basic: Option<&str>, form: &str) -> Option<(String, String)> {
        let mut request = TestRequest::default();
        if let Some(pair) = basic {
            request = request.insert_header((AUTHORIZATION, format!("Basic {}", STANDARD.encode(pair))));
        }
        let form = Form::parse_urlencoded(form.as_bytes()).unwrap();
        let client = Client::of(&request.to_http_request(), &form).ok()?;
        Some((client.id, client.secret.expose_secret().to_owned()))
    }

    fn pair(id: &str, secret: &str) -> Option<(String, String)> {
        Some((id.to_owned(), secret.to_owned()))
    }

    #[test]
    fn a_client_proves_itself_in_the_form_or_in_the_header() {
        assert_eq!(client(None, "client_id=1&client_secret=s%2Bx%3D"), pair("1", "s+x="));
        assert_eq!(client(Some("1:s+x="), ""), pair("1", "s+x="));
        assert_eq!(client(Some("1:s%2Bx%3D"), ""), pair("1", "s+x="));
        assert_eq!(client(Some("1:s"), "client_id=&client_secret="), pair("1", "s"));
        assert_eq!(client(Some("1:s"), "client_id=2&client_secret=t"), pair("2", "t"));
        assert_eq!(client(None, "client_id=1"), None);
        assert_eq!(client(None, "client_secret=s"), None);
    }

    fn accepts(configured: Option<&str>, id: &str, secret: &str) -> bool {
        let client_secret = configured.map(|secret| Password::from(secret.to_owned()));
        let settings = Settings { client_secret, ..Settings::default() };
        let client = Client { id: id.into(), secret: Password::from(secret.to_owned()), by_header: false };
        client.must_be_configured(&settings).is_ok()
    }

    #[test]
    fn only_the_configured_client_is_the_configured_client() {
        assert!(accepts(Some("s"), "1", "s"));
        assert!(!accepts(Some("s"), "2", "s"));
        assert!(!accepts(Some("s"), "1", "t"));
        assert!(!accepts(None, "1", ""));
        assert!(!accepts(Some(""), "1", ""));
    }
}

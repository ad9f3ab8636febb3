//! How an OAuth2 client proves itself (RFC 6749, 2.3.1).

use actix_web::HttpRequest;
use dragoman_core::{Accounts, Password};
use dragoman_http::basic_auth;
use dragoman_http::form::Form;
use percent_encoding::percent_decode_str;
use secrecy::ExposeSecret as _;

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
    pub(crate) async fn must_be_configured(&self, accounts: &Accounts, settings: &Settings) -> Result<(), TokenError> {
        let expected = settings.client_secret.as_ref().filter(|_| self.id == settings.client_id);
        let proved = accounts.authenticate_program(&self.id, &self.secret, expected).await;
        proved.map_err(|error| TokenError::from_core(error, self.refused()))
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
}

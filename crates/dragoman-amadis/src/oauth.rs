//! The token endpoint (RFC 6749, 3.2) with the three grants of A1 to A3.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, PRAGMA};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use dragoman_core::{Accounts, Grant, Password, Stamp, Tokens, User};
use dragoman_http::form::Form;
use uuid::Uuid;

use crate::auth::login;
use crate::client::{Client, given};
use crate::oauth_error::TokenError;
use crate::wire::{Claims, Header, TokenBody, token_parts};
use crate::{Settings, php};

/// POST /oauth/token
pub(crate) async fn token(
    req: HttpRequest,
    payload: Payload,
    accounts: Data<Accounts>,
    tokens: Data<Tokens>,
    settings: Data<Settings>,
) -> Result<HttpResponse, TokenError> {
    let form = Form::read(&req, payload.into_inner()).await?;
    let grant_type = GrantType::asked_for(&form)?;
    let client = Client::of(&req, &form)?;
    let exchange = Exchange { client, form, accounts: &accounts, tokens: &tokens, settings: &settings };
    let body = match grant_type {
        GrantType::Password => exchange.password().await?,
        GrantType::ClientCredentials => exchange.client_credentials().await?,
        GrantType::RefreshToken => exchange.refresh_token().await?,
    };
    Ok(uncached(php::answer(StatusCode::OK, &body)))
}

/// Forbids caches to keep an answer with a secret in it (RFC 6749, 5.1).
pub(crate) fn uncached(mut response: HttpResponse) -> HttpResponse {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

enum GrantType {
    Password,
    ClientCredentials,
    RefreshToken,
}

impl GrantType {
    fn asked_for(form: &Form) -> Result<Self, TokenError> {
        match given(form, "grant_type") {
            Some("password") => Ok(Self::Password),
            Some("client_credentials") => Ok(Self::ClientCredentials),
            Some("refresh_token") => Ok(Self::RefreshToken),
            Some(_) | None => Err(TokenError::GrantType),
        }
    }
}

/// One request for tokens.
struct Exchange<'a> {
    client: Client,
    form: Form,
    accounts: &'a Accounts,
    tokens: &'a Tokens,
    settings: &'a Settings,
}

impl Exchange<'_> {
    /// A1: an administrator signs in by way of the configured client.
    async fn password(&self) -> Result<TokenBody, TokenError> {
        self.client.must_be_configured(self.accounts, self.settings).await?;
        let username = login(self.required("username")?.to_owned());
        let password = Password::from(self.required("password")?.to_owned());
        let refused = |error| TokenError::from_core(error, TokenError::User);
        let user = self.accounts.authenticate(username, password).await.map_err(refused)?;
        if !user.is_admin() {
            return Err(TokenError::User);
        }
        let issued = self.tokens.issue(&user, self.pair(), self.parts(&user)).await;
        issued.map(|pair| self.answer(pair)).map_err(refused)
    }

    /// A2: a program acts as the user whose id and secret it has; it gets no refresh token,
    /// because it can always come back (RFC 6749, 4.4.3).
    async fn client_credentials(&self) -> Result<TokenBody, TokenError> {
        let refused = |error| TokenError::from_core(error, self.client.refused());
        let id = Uuid::parse_str(&self.client.id).map_err(|_| self.client.refused())?;
        let user = self.accounts.authenticate_client(id, self.client.secret.clone()).await.map_err(refused)?;
        let issued = self.tokens.issue(&user, [self.access()], self.parts(&user)).await;
        let [access_token] = issued.map_err(refused)?;
        Ok(TokenBody::new(self.settings.access_token_seconds, access_token, None))
    }

    /// A3: a refresh token works once; its second use ends the family, which the core sees to.
    async fn refresh_token(&self) -> Result<TokenBody, TokenError> {
        self.client.must_be_configured(self.accounts, self.settings).await?;
        let (client, refresh_token) = (&self.client.id, self.required("refresh_token")?);
        // A1: such tokens are for administrators, and roles count as they are now.
        let renewed = self
            .tokens
            .renew(refresh_token, User::is_admin, self.pair(), |user, stamp| token_parts(client, user, stamp));
        let refused = |error| TokenError::from_core(error, TokenError::RefreshToken);
        renewed.await.map(|pair| self.answer(pair)).map_err(refused)
    }

    fn required(&self, parameter: &'static str) -> Result<&str, TokenError> {
        given(&self.form, parameter).ok_or(TokenError::Required(parameter))
    }

    fn access(&self) -> Grant {
        Grant::access(Duration::from_secs(self.settings.access_token_seconds.into()))
    }

    fn pair(&self) -> [Grant; 2] {
        let refresh = Duration::from_secs(self.settings.refresh_token_seconds.into());
        [self.access(), Grant::refresh(refresh)]
    }

    fn parts(&self, user: &User) -> impl Fn(&Stamp) -> (Header, Claims) {
        move |stamp| token_parts(&self.client.id, user, stamp)
    }

    fn answer(&self, [access_token, refresh_token]: [String; 2]) -> TokenBody {
        TokenBody::new(self.settings.access_token_seconds, access_token, Some(refresh_token))
    }
}

//! The administrator, as each dialect wants it to prove itself.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dragoman_exchange::Request;
use dragoman_tests::gateway::Gateway;
use dragoman_tests::secrets;
use serde_json::Value;

/// Somebody who can sign in, and where.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) urls: BTreeMap<String, String>,
    pub(crate) username: String,
    pub(crate) email: String,
    pub(crate) password: String,
}

impl Caller {
    /// The administrator of a gateway in this process.
    pub(crate) fn administrator(gateway: &Gateway) -> Self {
        let admin = &gateway.admin;
        Self {
            urls: gateway.urls.clone(),
            username: admin.username.clone(),
            email: admin.email.clone(),
            password: admin.password.clone(),
        }
    }

    /// The value of an `Authorization` header that opens the dialect's routes.
    pub(crate) fn authorization(&self, dialect: &str) -> Result<String> {
        let (username, email, password) = (&self.username, &self.email, &self.password);
        Ok(match dialect {
            "onyx" => self.onyx_tokens()?.0,
            "basic" => basic(username, password),
            "vitja" => {
                let json = serde_json::json!({ "username": username, "password": password }).to_string();
                let answer = self.ask(dialect, "POST", "/api/v1/login", ("application/json", &json), None)?;
                format!("Bearer {}", text(&answer, "token")?)
            }
            "amadis" => basic(email, password),
            "jwt" => {
                let answer = self.ask(dialect, "GET", "/v1/users/token", ("", ""), Some(basic(email, password)))?;
                format!("Bearer {}", text(&answer, "token")?)
            }
            other => bail!("nobody knows how to sign in to {other}"),
        })
    }

    /// An access token and a refresh token of onyx.
    pub(crate) fn onyx_tokens(&self) -> Result<(String, String)> {
        let form = format!("email={}&password={}", encoded(&self.email), encoded(&self.password));
        let form = ("application/x-www-form-urlencoded", form.as_str());
        let answer = self.ask("onyx", "POST", "/api/user/login", form, None)?;
        Ok((text(&answer, "access_token")?, text(&answer, "refresh_token")?))
    }

    /// What a dialect answers to a request that it must grant.
    pub(crate) fn ask(
        &self,
        dialect: &str,
        method: &str,
        target: &str,
        (content_type, body): (&str, &str),
        authorization: Option<String>,
    ) -> Result<Value> {
        let url = self.urls.get(dialect).with_context(|| format!("{dialect} is not served"))?;
        let authorization = authorization.map(|value| ("Authorization".to_owned(), value));
        let content_type = (!body.is_empty()).then(|| ("Content-Type".to_owned(), content_type.to_owned()));
        let request = Request {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: authorization.into_iter().chain(content_type).collect(),
            body: (!body.is_empty()).then(|| body.as_bytes().to_owned()),
        };
        let answer = secrets::client(url).send(url, &request)?;
        let shown = String::from_utf8_lossy(&answer.body);
        ensure!(matches!(answer.status, 200 | 201), "{dialect} lets nobody in: {} {shown}", answer.status);
        serde_json::from_slice(&answer.body).with_context(|| format!("{dialect} lets nobody in: {shown}"))
    }
}

/// The value of an `Authorization` header of HTTP Basic (RFC 7617).
pub(crate) fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
}

/// A text of this answer.
pub(crate) fn text(answer: &Value, key: &str) -> Result<String> {
    answer.get(key).and_then(Value::as_str).map(str::to_owned).with_context(|| format!("no {key} in {answer}"))
}

/// A value of a form, with everything escaped that could mean something.
pub(crate) fn encoded(value: &str) -> String {
    percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC).to_string()
}

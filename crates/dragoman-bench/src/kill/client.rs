//! The gateway as its clients see it, by two of its dialects.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use ureq::http::Response;
use ureq::{Agent, Body};

use super::ledger::Kind;

/// Only a gateway that hangs takes as long.
const PATIENCE: Duration = Duration::from_secs(30);

/// What became of a request.
#[derive(Debug)]
pub(super) enum Answer<T> {
    /// A 2xx that was read to its end.
    Done(T),
    /// The gateway says no, in these words.
    Refused(String),
    /// A 5xx: it says that something broke, and not what became of the write.
    Failed(String),
    /// No whole answer.
    Lost(String),
}

impl<T> Answer<T> {
    pub(super) fn map<U>(self, map: impl FnOnce(T) -> U) -> Answer<U> {
        self.and_then(|value| Answer::Done(map(value)))
    }

    fn and_then<U>(self, then: impl FnOnce(T) -> Answer<U>) -> Answer<U> {
        match self {
            Self::Done(value) => then(value),
            Self::Refused(words) => Answer::Refused(words),
            Self::Failed(words) => Answer::Failed(words),
            Self::Lost(words) => Answer::Lost(words),
        }
    }
}

/// What onyx hands out at a sign-in.
#[derive(Debug)]
pub(super) struct OnyxSession {
    pub(super) access: String,
    pub(super) refresh: String,
    /// How onyx names the user.
    pub(super) number: String,
}

/// What jwt hands out at a sign-in.
#[derive(Debug)]
pub(super) struct JwtSession {
    pub(super) token: String,
    /// How jwt names the user.
    pub(super) uuid: String,
}

/// A client of its own: connections are kept, and nothing is ever sent twice.
pub(super) struct Client<'a> {
    agent: Agent,
    origin: &'a str,
}

impl<'a> Client<'a> {
    pub(super) fn new(origin: &'a str) -> Self {
        let config = Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false);
        Self { agent: config.proxy(None).build().new_agent(), origin }
    }

    pub(super) fn register_by_onyx(&self, name: &str, email: &str, password: &str) -> Answer<()> {
        let form = [("username", name), ("email", email), ("password", password), ("verifpassword", password)];
        self.post_form("/api/user/register", None, &form).map(drop)
    }

    /// Answers with the user's UUID.
    pub(super) fn register_by_jwt(&self, name: &str, email: &str, password: &str) -> Answer<String> {
        let body = json!({"name": name, "email": email, "password": password, "passwordConfirm": password});
        let request = self.agent.post(self.url("/v1/users")).content_type("application/json");
        read(request.send(body.to_string())).and_then(|user| text(&user, "/id"))
    }

    pub(super) fn sign_in_to_onyx(&self, email: &str, password: &str) -> Answer<OnyxSession> {
        let answer = self.post_form("/api/user/login", None, &[("email", email), ("password", password)]);
        answer.and_then(|session| {
            let refresh = text(&session, "/refresh_token");
            let access = text(&session, "/access_token");
            access.and_then(|access| {
                let number = text(&claims(&access), "/identity/id");
                refresh.and_then(|refresh| number.map(|number| OnyxSession { access, refresh, number }))
            })
        })
    }

    pub(super) fn sign_in_to_jwt(&self, email: &str, password: &str) -> Answer<JwtSession> {
        let credentials = STANDARD.encode(format!("{email}:{password}"));
        let answer = self.get("/v1/users/token", &format!("Basic {credentials}"));
        answer.and_then(|session| text(&session, "/token")).and_then(|token| {
            let uuid = text(&claims(&token), "/sub");
            uuid.map(|uuid| JwtSession { token, uuid })
        })
    }

    pub(super) fn renew(&self, refresh: &str) -> Answer<String> {
        self.get("/api/get_access_token", &bearer(refresh)).and_then(|answer| text(&answer, "/access_token"))
    }

    /// Revokes a token of onyx; jwt has nothing of the kind.
    pub(super) fn log_out(&self, kind: Kind, token: &str) -> Answer<()> {
        let path = if kind == Kind::OnyxRefresh { "/api/user/logout_refresh" } else { "/api/user/logout_access" };
        self.get(path, &bearer(token)).map(drop)
    }

    pub(super) fn change_password_by_onyx(&self, access: &str, old: &str, new: &str) -> Answer<()> {
        self.post_form("/api/user/change", Some(access), &[("lastpassword", old), ("password", new)]).map(drop)
    }

    pub(super) fn change_password_by_jwt(&self, token: &str, uuid: &str, new: &str) -> Answer<()> {
        let body = json!({"password": new, "passwordConfirm": new});
        let request = self.agent.put(self.url(&format!("/v1/users/{uuid}"))).header("Authorization", bearer(token));
        read(request.content_type("application/json").send(body.to_string())).map(drop)
    }

    pub(super) fn delete_by_onyx(&self, admin: &str, number: &str) -> Answer<()> {
        self.post_form(&format!("/api/user/delete/{number}"), Some(admin), &[]).map(drop)
    }

    pub(super) fn delete_by_jwt(&self, admin: &str, uuid: &str) -> Answer<()> {
        let request = self.agent.delete(self.url(&format!("/v1/users/{uuid}")));
        read(request.header("Authorization", bearer(admin)).call()).map(drop)
    }

    /// Uses a token for what it is for.
    pub(super) fn try_token(&self, kind: Kind, token: &str, uuid: Option<&str>) -> Answer<()> {
        let path = match kind {
            Kind::OnyxAccess => "/api/token_valid".to_owned(),
            Kind::OnyxRefresh => "/api/get_access_token".to_owned(),
            Kind::Jwt => format!("/v1/users/{}", uuid.unwrap_or_default()),
        };
        self.get(&path, &bearer(token)).map(drop)
    }

    fn get(&self, path: &str, authorization: &str) -> Answer<Value> {
        read(self.agent.get(self.url(path)).header("Authorization", authorization).call())
    }

    fn post_form(&self, path: &str, token: Option<&str>, form: &[(&str, &str)]) -> Answer<Value> {
        let request = self.agent.post(self.url(path));
        let request = match token {
            Some(token) => request.header("Authorization", bearer(token)),
            None => request,
        };
        read(request.send_form(form.iter().copied()))
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

fn read(answer: Result<Response<Body>, ureq::Error>) -> Answer<Value> {
    let whole = answer.and_then(|mut answer| Ok((answer.status().as_u16(), answer.body_mut().read_to_string()?)));
    match whole {
        Ok((status @ 200..=299, body)) => judge(status, &body),
        Ok((status @ 500.., body)) => Answer::Failed(format!("{status} {body}")),
        Ok((status, body)) => Answer::Refused(format!("{status} {body}")),
        Err(error) => Answer::Lost(error.to_string()),
    }
}

/// onyx refuses with a 200 and says so in the body; an answer without a body is none of those.
fn judge(status: u16, body: &str) -> Answer<Value> {
    let value = serde_json::from_str(body).unwrap_or(Value::Null);
    if value.get("status").is_some_and(|status| status == "error") {
        return Answer::Refused(format!("{status} {body}"));
    }
    Answer::Done(value)
}

fn text(value: &Value, pointer: &str) -> Answer<String> {
    match value.pointer(pointer).and_then(Value::as_str) {
        Some(text) => Answer::Done(text.to_owned()),
        None => Answer::Refused(format!("an answer without {pointer}: {value}")),
    }
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap_or_default();
    URL_SAFE_NO_PAD.decode(payload).ok().and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_of_onyx_is_a_refusal_though_its_status_is_200() {
        assert!(matches!(judge(200, r#"{"status": "success"}"#), Answer::Done(_)));
        assert!(matches!(judge(200, r#"{"status": "error", "message": "Wrong Informations"}"#), Answer::Refused(_)));
        assert!(matches!(judge(204, ""), Answer::Done(_)));
    }

    #[test]
    fn the_claims_of_a_token_are_read_without_its_key() {
        let token = format!("{}.{}.x", URL_SAFE_NO_PAD.encode("{}"), URL_SAFE_NO_PAD.encode(r#"{"sub":"ann"}"#));
        assert!(matches!(text(&claims(&token), "/sub"), Answer::Done(sub) if sub == "ann"));
        assert!(matches!(text(&claims("no token"), "/sub"), Answer::Refused(_)));
    }
}

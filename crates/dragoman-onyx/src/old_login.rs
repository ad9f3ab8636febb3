//! This dialect's login (onyx R8, R9), held against the server that is being replaced.

use dragoman_core::{Facts, Login, NAME_LIMIT, Password, Profile};
use dragoman_http::old_login::{Question, Reply, Verdict, claims};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::Value;

use crate::error::WRONG_INFORMATIONS;

/// The request that signs somebody in.
#[must_use]
pub fn question(login: &Login, password: &Password) -> Option<Question> {
    let (Login::Username(name) | Login::Email(name)) = login;
    Some(Question::form("/api/user/login", &[("email", name), ("password", password.expose_secret())]))
}

#[derive(Deserialize)]
struct Answer {
    status: String,
    access_token: Option<String>,
    message: Option<String>,
}

/// What the old server meant. Its refusals have the status 200, too, and not each of them is about the password.
#[must_use]
pub fn verdict(reply: &Reply<'_>) -> Verdict<Profile> {
    let Some(answer) = reply.json::<Answer>().filter(|_| reply.status == 200) else { return Verdict::Unclear };
    match answer.status.as_str() {
        "success" => Verdict::right_if(answer.access_token.filter(|token| !token.is_empty()).map(|token| told(&token))),
        "error" => Verdict::wrong_if(answer.message.as_deref() == Some(WRONG_INFORMATIONS)),
        _ => Verdict::Unclear,
    }
}

#[derive(Deserialize)]
struct Claims {
    identity: serde_json::Map<String, Value>,
}

/// The user's row, which stands in the token (onyx T3), every column as a string.
fn told(token: &str) -> Profile {
    let row = claims::<Claims>(token).map(|claims| claims.identity).unwrap_or_default();
    let text = |name: &str| match row.get(name)? {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty() && text.len() <= NAME_LIMIT),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let facts = ["color", "background_color", "tutorial"].into_iter();
    Profile {
        number: text("id").and_then(|id| id.parse().ok()),
        username: text("username"),
        email: text("email"),
        facts: facts.filter_map(|name| Some((name.to_owned(), text(name)?))).collect::<Facts>(),
        ..Profile::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict_of(status: u16, body: &str) -> Verdict<Profile> {
        verdict(&Reply { status, body: body.as_bytes() })
    }

    /// The payload is `{"identity":{"id":"26","admin":"1","tutorial":"1","username":"ann","email":"a@x.org",
    /// "color":"blue","background_color":"#fff"},"type":"access"}`.
    const TOKEN: &str = "e30.eyJpZGVudGl0eSI6eyJpZCI6IjI2IiwiYWRtaW4iOiIxIiwidHV0b3JpYWwiOiIxIiwidXNlcm5hbWUiOiJhbm4iLCJlbWFpbCI6ImFAeC5vcmciLCJjb2xvciI6ImJsdWUiLCJiYWNrZ3JvdW5kX2NvbG9yIjoiI2ZmZiJ9LCJ0eXBlIjoiYWNjZXNzIn0.c2ln";

    #[test]
    fn the_question_is_the_documents_form() {
        let question = question(&Login::Email("a@x.org".into()), &"p&q".into()).unwrap();
        assert_eq!((question.method, question.path.as_str()), ("POST", "/api/user/login"));
        assert_eq!(question.body.unwrap().1.expose_secret(), "email=a%40x%2Eorg&password=p%26q");
    }

    #[test]
    fn a_success_tells_what_its_token_says() {
        let body = format!(r#"{{"status": "success", "access_token": "{TOKEN}", "refresh_token": "x"}}"#);
        let facts = [("background_color", "#fff"), ("color", "blue"), ("tutorial", "1")];
        let expected = Profile {
            number: Some(26),
            username: Some("ann".into()),
            email: Some("a@x.org".into()),
            facts: facts.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            ..Profile::default()
        };
        assert_eq!(verdict_of(200, &body), Verdict::Right(expected));
        let opaque = r#"{"status": "success", "access_token": "opaque"}"#;
        assert_eq!(verdict_of(200, opaque), Verdict::Right(Profile::default()));
    }

    #[test]
    fn only_wrong_informations_are_wrong() {
        assert_eq!(verdict_of(200, r#"{"status": "error", "message": "Wrong Informations"}"#), Verdict::Wrong);
        let unclear = [
            (200, r#"{"status": "error"}"#),
            (200, r#"{"status": "error", "message": "Not same password"}"#),
            (200, r#"{"status": "success"}"#),
            (200, r#"{"status": "success", "access_token": ""}"#),
            (200, r#"{"status": "success", "access_token": 1}"#),
            (200, r#"{"access_token": "x"}"#),
            (200, "<!DOCTYPE html><title>success</title>"),
            (200, ""),
            (302, r#"{"status": "success", "access_token": "x"}"#),
            (500, r#"{"status": "error", "message": "Wrong Informations"}"#),
            (503, r#"{"status": "error"}"#),
        ];
        for (status, body) in unclear {
            assert_eq!(verdict_of(status, body), Verdict::Unclear, "{status} {body}");
        }
    }
}

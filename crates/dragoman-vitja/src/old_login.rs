//! This dialect's login (vitja A2, A4), held against the server that is being replaced.

use dragoman_core::{Login, Password, Profile};
use dragoman_http::old_login::{Question, Reply, Verdict, claims};
use secrecy::ExposeSecret as _;
use serde::Deserialize;

use crate::LOGIN;
use crate::error::WRONG_LOGIN;

/// The request that signs somebody in.
#[must_use]
pub fn question(login: &Login, password: &Password) -> Option<Question> {
    let (Login::Username(name) | Login::Email(name)) = login;
    Some(Question::form(LOGIN, &[("username", name), ("password", password.expose_secret())]))
}

#[derive(Deserialize)]
struct TokenBody {
    token: String,
}

#[derive(Deserialize)]
struct Message {
    message: String,
}

/// What the old server meant.
#[must_use]
pub fn verdict(reply: &Reply<'_>) -> Verdict<Profile> {
    match reply.status {
        200 => {
            let body = reply.json::<TokenBody>().filter(|body| !body.token.is_empty());
            Verdict::right_if(body.map(|body| claims::<Claims>(&body.token).map(Profile::from).unwrap_or_default()))
        }
        401 => Verdict::wrong_if(reply.json::<Message>().is_some_and(|body| body.message == WRONG_LOGIN)),
        _ => Verdict::Unclear,
    }
}

/// What a token says (vitja A3).
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Claims {
    id: Option<i64>,
    username: Option<String>,
    email: Option<String>,
    name: String,
}

impl From<Claims> for Profile {
    fn from(Claims { id, username, email, name }: Claims) -> Self {
        let given = |text: &String| !text.is_empty();
        let (username, email) = (username.filter(given), email.filter(given));
        Self { number: id, username, email, name, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The payload is `{"admin":true,"avatar":"","email":"","exp":1,"id":26,"name":"Ann","username":"ann"}`.
    const TOKEN: &str = "e30.eyJhZG1pbiI6dHJ1ZSwiYXZhdGFyIjoiIiwiZW1haWwiOiIiLCJleHAiOjEsImlkIjoyNiwibmFtZSI6IkFubiIsInVzZXJuYW1lIjoiYW5uIn0.c2ln";

    fn verdict_of(status: u16, body: &str) -> Verdict<Profile> {
        verdict(&Reply { status, body: body.as_bytes() })
    }

    #[test]
    fn the_question_is_a_form_with_name_and_password() {
        let question = question(&Login::Username("ann".into()), &"p&q".into()).unwrap();
        assert_eq!((question.method, question.path.as_str()), ("POST", "/api/v1/login"));
        assert_eq!(question.body.unwrap().1.expose_secret(), "username=ann&password=p%26q");
    }

    #[test]
    fn a_token_tells_who_somebody_is_and_nothing_of_rights() {
        let ann = Profile { number: Some(26), username: Some("ann".into()), name: "Ann".into(), ..Profile::default() };
        assert_eq!(verdict_of(200, &format!(r#"{{"token":"{TOKEN}"}}"#)), Verdict::Right(ann));
        assert_eq!(verdict_of(200, r#"{"token":"opaque"}"#), Verdict::Right(Profile::default()));
    }

    #[test]
    fn only_the_dialects_own_words_are_a_no() {
        assert_eq!(verdict_of(401, r#"{"message":"Wrong username or password."}"#), Verdict::Wrong);
        let unclear = [
            (401, r#"{"message":"Unauthorized"}"#),
            (401, "<html>"),
            (400, r#"{"message":"Please provide a username and password."}"#),
            (200, r#"{"token":""}"#),
            (200, r#"{"message":"success"}"#),
            (200, "<html>"),
            (200, ""),
            (302, r#"{"token":"x"}"#),
            (500, r#"{"message":"Internal Server Error"}"#),
        ];
        for (status, body) in unclear {
            assert_eq!(verdict_of(status, body), Verdict::Unclear, "{status} {body}");
        }
    }
}

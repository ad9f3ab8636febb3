//! This dialect's password grant (A1, A4), held against the server that is being replaced.
//!
//! Not HTTP Basic at a route of the administration, although our mounts take it there: the document names no
//! credential for those routes, and an original that asks for none would find every password right.

use dragoman_core::{Login, Password, Profile};
use dragoman_http::old_login::{Question, Reply, Verdict, claims};
use secrecy::ExposeSecret as _;
use serde::Deserialize;

use crate::{Settings, TOKEN};

/// The request that signs somebody in, as the OAuth2 client of the settings; none where it has no secret.
#[must_use]
pub fn question(settings: &Settings, login: &Login, password: &Password) -> Option<Question> {
    let (Login::Username(name) | Login::Email(name)) = login;
    let fields = [
        ("grant_type", "password"),
        ("client_id", &settings.client_id),
        ("client_secret", settings.client_secret.as_ref()?.expose_secret()),
        ("username", name),
        ("password", password.expose_secret()),
    ];
    Some(Question::form(TOKEN, &fields))
}

#[derive(Deserialize)]
struct TokenBody {
    token_type: String,
    access_token: String,
}

#[derive(Deserialize)]
struct Failure {
    error: String,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
}

/// What the old server meant. That it does not know the client is no word about the user.
#[must_use]
pub fn verdict(reply: &Reply<'_>) -> Verdict<Profile> {
    match reply.status {
        200 => {
            let bearer = |body: &TokenBody| body.token_type.eq_ignore_ascii_case("bearer");
            let body = reply.json::<TokenBody>().filter(|body| bearer(body) && !body.access_token.is_empty());
            Verdict::right_if(body.map(|body| {
                let number = claims::<Claims>(&body.access_token).and_then(|claims| claims.sub.parse().ok());
                Profile { number, ..Profile::default() }
            }))
        }
        // Older Passports said the second, with 401.
        400 | 401 => {
            let about_user = |no: Failure| matches!(no.error.as_str(), "invalid_grant" | "invalid_credentials");
            Verdict::wrong_if(reply.json().is_some_and(about_user))
        }
        _ => Verdict::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict_of(status: u16, body: &str) -> Verdict<Profile> {
        verdict(&Reply { status, body: body.as_bytes() })
    }

    #[test]
    fn the_question_comes_from_the_configured_client() {
        let login = Login::Email("a@x.org".into());
        assert!(question(&Settings::default(), &login, &"p".into()).is_none());
        let settings = Settings { client_secret: Some("s+".to_owned().into()), ..Settings::default() };
        let question = question(&settings, &login, &"p&q".into()).unwrap();
        assert_eq!((question.method, question.path.as_str()), ("POST", "/oauth/token"));
        let form = "grant_type=password&client_id=1&client_secret=s%2B&username=a%40x%2Eorg&password=p%26q";
        assert_eq!(question.body.unwrap().1.expose_secret(), form);
    }

    #[test]
    fn a_token_tells_whose_it_is() {
        // {"aud":"1","sub":"26"}
        let body = r#"{"token_type":"Bearer","expires_in":1,"access_token":"e30.eyJhdWQiOiIxIiwic3ViIjoiMjYifQ.c2ln"}"#;
        assert_eq!(verdict_of(200, body), Verdict::Right(Profile { number: Some(26), ..Profile::default() }));
        let opaque = r#"{"token_type":"bearer","access_token":"opaque"}"#;
        assert_eq!(verdict_of(200, opaque), Verdict::Right(Profile::default()));
    }

    #[test]
    fn only_what_is_about_the_user_is_a_no() {
        assert_eq!(verdict_of(400, r#"{"error":"invalid_grant","message":"x"}"#), Verdict::Wrong);
        assert_eq!(verdict_of(401, r#"{"error":"invalid_credentials"}"#), Verdict::Wrong);
        let unclear = [
            (401, r#"{"error":"invalid_client"}"#),
            (400, r#"{"error":"unsupported_grant_type"}"#),
            (401, r#"{"message":"Unauthenticated."}"#),
            (401, "<html>"),
            (200, r#"{"token_type":"Bearer","access_token":""}"#),
            (200, r#"{"access_token":"x"}"#),
            (200, r#"{"statusCode":200,"User":[]}"#),
            (200, "<html>"),
            (302, r#"{"token_type":"Bearer","access_token":"x"}"#),
            (503, r#"{"error":"temporarily_unavailable"}"#),
        ];
        for (status, body) in unclear {
            assert_eq!(verdict_of(status, body), Verdict::Unclear, "{status} {body}");
        }
    }
}

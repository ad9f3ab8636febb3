//! This dialect's way to a token (jwt A1, A2), held against the server that is being replaced.

use dragoman_core::{Login, Password, Profile};
use dragoman_http::old_login::{Question, Reply, Verdict, claims};
use serde::Deserialize;

use crate::TOKEN;

/// The request that signs somebody in.
#[must_use]
pub fn question(login: &Login, password: &Password) -> Option<Question> {
    let (Login::Username(name) | Login::Email(name)) = login;
    Question::basic(TOKEN.to_owned(), name, password)
}

#[derive(Deserialize)]
struct TokenBody {
    token: String,
}

#[derive(Deserialize)]
struct Failure {
    error: String,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
}

/// What the old server meant. It told an unknown e-mail apart (jwt A2, observed), which is a no like any other.
#[must_use]
pub fn verdict(reply: &Reply<'_>) -> Verdict<Profile> {
    let says = |words: fn(&str) -> bool| Verdict::wrong_if(reply.json::<Failure>().is_some_and(|no| words(&no.error)));
    match reply.status {
        200 => {
            let body = reply.json::<TokenBody>().filter(|body| !body.token.is_empty());
            Verdict::right_if(body.map(|body| {
                let uuid = claims::<Claims>(&body.token).and_then(|claims| claims.sub.parse().ok());
                Profile { uuid, ..Profile::default() }
            }))
        }
        401 => says(|error| error == "Unauthorized"),
        404 => says(|error| error.ends_with("user not found")),
        _ => Verdict::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    /// The payload is `{"iss":"x","sub":"45b5fbd3-755f-4379-8f07-a58d4a30fa2f","exp":1,"iat":0,"roles":["ADMIN"]}`.
    const SIGNED: &str = "e30.eyJpc3MiOiJ4Iiwic3ViIjoiNDViNWZiZDMtNzU1Zi00Mzc5LThmMDctYTU4ZDRhMzBmYTJmIiwiZXhwIjoxLCJpYXQiOjAsInJvbGVzIjpbIkFETUlOIl19.c2ln";

    fn verdict_of(status: u16, body: &str) -> Verdict<Profile> {
        verdict(&Reply { status, body: body.as_bytes() })
    }

    #[test]
    fn the_question_has_the_email_in_its_credentials() {
        let question = question(&Login::Email("a@x.org".into()), &"b".into()).unwrap();
        assert_eq!((question.method, question.path.as_str()), ("GET", "/v1/users/token"));
        assert_eq!(question.authorization.unwrap().expose_secret(), "Basic YUB4Lm9yZzpi");
    }

    #[test]
    fn a_token_tells_whose_it_is() {
        let uuid = "45b5fbd3-755f-4379-8f07-a58d4a30fa2f".parse().ok();
        let known = Profile { uuid, ..Profile::default() };
        assert_eq!(verdict_of(200, &format!(r#"{{"token":"{SIGNED}"}}"#)), Verdict::Right(known));
        assert_eq!(verdict_of(200, r#"{"token":"opaque"}"#), Verdict::Right(Profile::default()));
    }

    #[test]
    fn both_ways_to_refuse_are_a_no() {
        assert_eq!(verdict_of(401, r#"{"error":"Unauthorized"}"#), Verdict::Wrong);
        assert_eq!(verdict_of(404, r#"{"error":"query: email[a]: user not found"}"#), Verdict::Wrong);
        let unclear = [
            (401, r#"{"message":"Unauthorized"}"#),
            (401, "<html>"),
            (404, "404 page not found\n"),
            (403, r#"{"error":"Forbidden"}"#),
            (200, r#"{"token":""}"#),
            (200, r#""OK""#),
            (200, ""),
            (301, r#"{"token":"x"}"#),
            (500, r#"{"error":"Internal Server Error"}"#),
        ];
        for (status, body) in unclear {
            assert_eq!(verdict_of(status, body), Verdict::Unclear, "{status} {body}");
        }
    }
}

//! This dialect's credentials (basic A1), held against the server that is being replaced: the user asks for itself.

use dragoman_core::{Login, Password, Profile};
use dragoman_http::old_login::{Question, Reply, Verdict, encoded};
use serde::Deserialize;

/// The request for the user's own row (basic R2).
#[must_use]
pub fn question(login: &Login, password: &Password) -> Option<Question> {
    let (Login::Username(name) | Login::Email(name)) = login;
    // A path that climbs would ask for something else.
    let climbs = matches!(name.as_str(), "." | "..");
    Question::basic(format!("/api/v1/users/{}", encoded(name)), name, password).filter(|_| !climbs)
}

#[derive(Deserialize)]
struct Row {
    username: String,
}

/// What the old server meant. 403 is for whoever is known and may not look at itself, which the manual leaves open
/// (basic A4); 401 has no body (basic A3).
#[must_use]
pub fn verdict(reply: &Reply<'_>) -> Verdict<Profile> {
    match reply.status {
        200 => Verdict::right_if(reply.json().map(|row: Row| Profile { username: Some(row.username), ..none() })),
        403 => Verdict::right_if(reply.json().map(|_: String| none())),
        401 => Verdict::wrong_if(reply.body.is_empty()),
        _ => Verdict::Unclear,
    }
}

fn none() -> Profile {
    Profile::default()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn asked(name: &str) -> Option<Question> {
        question(&Login::Username(name.into()), &"b".into())
    }

    fn verdict_of(status: u16, body: &str) -> Verdict<Profile> {
        verdict(&Reply { status, body: body.as_bytes() })
    }

    #[test]
    fn the_user_asks_for_itself_and_for_nothing_else() {
        let question = asked("a").unwrap();
        assert_eq!((question.method, question.path.as_str()), ("GET", "/api/v1/users/a"));
        assert_eq!(question.authorization.unwrap().expose_secret(), "Basic YTpi");
        assert_eq!(asked("../x?y").unwrap().path, "/api/v1/users/%2E%2E%2Fx%3Fy");
        for name in [".", "..", "a:b"] {
            assert!(asked(name).is_none(), "{name}");
        }
    }

    #[test]
    fn a_row_is_a_yes_and_an_empty_401_a_no() {
        let ann = Profile { username: Some("ann".into()), ..Profile::default() };
        assert_eq!(verdict_of(200, r#"{"username":"ann","admin":true}"#), Verdict::Right(ann));
        assert_eq!(verdict_of(403, r#""Forbidden""#), Verdict::Right(Profile::default()));
        assert_eq!(verdict_of(401, ""), Verdict::Wrong);
        let unclear = [
            (200, "[]"),
            (200, r#"{"value":[{"username":"ann"}]}"#),
            (200, "<html>"),
            (200, ""),
            (401, "<html>a proxy's own realm</html>"),
            (403, "<html>"),
            (301, r#"{"username":"ann"}"#),
            (404, r#""User not found""#),
            (503, r#""Service Unavailable""#),
        ];
        for (status, body) in unclear {
            assert_eq!(verdict_of(status, body), Verdict::Unclear, "{status} {body}");
        }
    }
}

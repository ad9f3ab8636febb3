//! Whether a gateway takes a password, in each dialect's own words.

use anyhow::{Context as _, Result, bail};
use dragoman_tests::gateway::Gateway;
use serde::Deserialize;

use crate::callers::{Caller, basic, encoded};
use crate::guesses::{get, post, send};

/// What a gateway makes of a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// It is right.
    Right,
    /// It is wrong, or there is no such user.
    Wrong,
    /// Who could say so cannot be asked: come again.
    NoWord,
}

/// Signs in to a dialect, under the name that it wants.
pub(super) fn take(gateway: &Gateway, dialect: &str, username: &str, password: &str) -> Result<Takes> {
    let email = format!("{username}@example.com");
    let request = match dialect {
        "onyx" => post("/api/user/login", &format!("email={}&password={}", encoded(&email), encoded(password))),
        "basic" => get(&format!("/api/v1/users/{username}"), &basic(username, password)),
        "vitja" => post("/api/v1/login", &format!("username={username}&password={}", encoded(password))),
        "amadis" => get("/api/datamanagement/v1/User/1", &basic(&email, password)),
        "jwt" => get("/v1/users/token", &basic(&email, password)),
        other => bail!("nobody knows how to sign in to {other}"),
    };
    let answer = send(gateway, dialect, &request)?;
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    Ok(match (dialect, answer.status) {
        (_, 503) => {
            answer.header("retry-after").context("nobody says when to come again")?;
            Takes::NoWord
        }
        ("onyx", 200) if body.contains("Wrong Informations") => Takes::Wrong,
        // amadis: signed in, whether or not with the right to see anybody.
        ("onyx" | "basic" | "vitja" | "jwt", 200) | ("amadis", 200 | 403 | 404) => Takes::Right,
        ("basic" | "vitja" | "amadis" | "jwt", 401) => Takes::Wrong,
        (dialect, status) => bail!("{dialect}: {status} {body}"),
    })
}

/// The administrator, who has been here from the start.
pub(super) fn administrator(gateway: &Gateway) -> Result<Takes> {
    take(gateway, "vitja", &gateway.admin.username, &gateway.admin.password)
}

/// Somebody, as vitja shows it.
#[derive(Debug, Deserialize)]
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) username: String,
    #[serde(rename = "isAdmin")]
    pub(super) admin: bool,
}

/// Everybody.
pub(super) fn rows(gateway: &Gateway) -> Result<Vec<Row>> {
    let administrator = Caller::administrator(gateway);
    let authorization = administrator.authorization("vitja")?;
    let rows = administrator.ask("vitja", "GET", "/api/v1/users", ("", ""), Some(authorization))?;
    Ok(serde_json::from_value(rows)?)
}

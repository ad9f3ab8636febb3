//! How each dialect says that a credential opens a route, and how it says that it does not.
//!
//! What is neither (a validation error, an unknown user, a failure) proves nothing of the credential.

use anyhow::{Result, bail};
use dragoman_exchange::Response;
use serde_json::Value;

/// What a dialect made of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allowed,
    Refused,
}

/// The verdict in this answer.
///
/// # Errors
/// The answer says neither.
pub(crate) fn of(dialect: &str, method: &str, answer: &Response) -> Result<Verdict> {
    let verdict = if method == "HEAD" { without_body(dialect, answer) } else { with_body(dialect, answer) };
    match verdict {
        Some(verdict) => Ok(verdict),
        None => bail!("neither allowed nor refused: {} {}", answer.status, String::from_utf8_lossy(&answer.body)),
    }
}

fn with_body(dialect: &str, answer: &Response) -> Option<Verdict> {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (message, error) = (text("/message"), text("/error"));
    let (allowed, refused) = match (dialect, answer.status) {
        // A failure is a 200, too (onyx R9, R13).
        ("onyx", 200) => (text("/status") != "error", ["You're not admin", "Wrong Informations"].contains(&message)),
        ("onyx", 401 | 422) => (false, !text("/msg").is_empty()),
        ("basic", 200 | 201 | 204) => (true, false),
        ("basic", 401) => (false, answer.body.is_empty()),
        ("basic", 403) => (false, body == "Forbidden"),
        // The test of a token makes tea (vitja R16).
        ("vitja", 200 | 418) => (true, false),
        // No token is a bad request (vitja A5).
        ("vitja", 400) => (false, message == "Missing or invalid jwt in the request header"),
        ("vitja", 401) => (false, ["Unauthorized", "Wrong username or password."].contains(&message)),
        ("amadis", 200 | 201) => (true, false),
        // A wrong password is a bad request (amadis A4, R3).
        ("amadis", 400) => {
            (false, error == "invalid_grant" || text("/data/error") == "The email or the old password is incorrect.")
        }
        ("amadis", 401) => (false, message == "Unauthenticated." || error == "invalid_client"),
        ("amadis", 403) => (false, message == "This action is unauthorized."),
        ("jwt", 200 | 201 | 204) => (true, false),
        ("jwt", 401) => (false, error == "Unauthorized"),
        ("jwt", 403) => (false, error == "Forbidden"),
        _ => (false, false),
    };
    told(allowed, refused)
}

/// The answer to HEAD has the status that GET's has, and says how long its body would be.
fn without_body(dialect: &str, answer: &Response) -> Option<Verdict> {
    let refusal = br#"{"status": "error", "message": "You're not admin"}"#.len().to_string();
    let is_refusal = dialect == "onyx" && answer.header("content-length") == [refusal.as_bytes()];
    match (dialect, answer.status) {
        (_, 200) => told(!is_refusal, is_refusal),
        ("onyx", 401 | 422) | ("amadis" | "jwt", 401 | 403) => Some(Verdict::Refused),
        _ => None,
    }
}

fn told(allowed: bool, refused: bool) -> Option<Verdict> {
    match (allowed, refused) {
        (true, false) => Some(Verdict::Allowed),
        (false, true) => Some(Verdict::Refused),
        (true, true) | (false, false) => None,
    }
}

//! What must hold of the table whatever it says: rules that a person can check without reading it.

use std::collections::BTreeSet;

use super::credentials::{Condition, Credential, Owner};
use super::plan::{Presented, Row};
use crate::people::Kind;

/// Why this credential must not open this route, if it must not. A route that asks nobody has no rules.
pub(crate) fn forbid(row: &Row, credential: Credential) -> Option<&'static str> {
    row.openers.as_ref()?;
    let Credential::Of { kind, owner, condition } = credential else {
        return Some("without a credential of somebody nothing opens");
    };
    let (dialect, method, path) = (row.dialect.name, row.endpoint.method, row.endpoint.path);
    let wants_refresh =
        REFRESHERS.contains(&(dialect, method, path)) || row.call.note.as_deref() == Some(REFRESH_GRANT);
    let rules = [
        (condition != Condition::Good, "what is expired, ended, spent, forged or wrong opens nothing"),
        (!owner.is_alive(), "what belonged to somebody who is disabled or deleted opens nothing"),
        (kind.is_token() && kind.dialect() != dialect, "a token of one dialect is worth nothing in another"),
        (kind.is_refresh() && !wants_refresh, "a refresh token is never taken for an access token"),
        (wants_refresh && !kind.is_refresh(), "nothing else is ever taken for a refresh token"),
        (
            kind == Kind::UserIdAndSecret && row.call.presented == Presented::Header,
            "the id and the secret of a user are for the token endpoint",
        ),
        (
            !kind.is_token() && row.call.presented == Presented::Header && TOKENS_ONLY.contains(&dialect),
            "a dialect that has no HTTP Basic takes no password in a header",
        ),
        (owner != Owner::Administrator && is_administration(row), "administration is for administrators"),
    ];
    rules.into_iter().find_map(|(broken, rule)| broken.then_some(rule))
}

/// The routes that take a refresh token.
const REFRESHERS: [(&str, &str, &str); 3] = [
    ("onyx", "GET", "/api/get_access_token"),
    ("onyx", "HEAD", "/api/get_access_token"),
    ("onyx", "GET", "/api/user/logout_refresh"),
];
const REFRESH_GRANT: &str = "grant refresh_token";

const TOKENS_ONLY: [&str; 2] = ["onyx", "vitja"];

/// Whether the route table says that only administrators may call, or the request asks to be made one.
fn is_administration(row: &Row) -> bool {
    let caller = row.endpoint.caller;
    let alone = caller.contains("administrator") && !caller.contains("itself");
    alone || row.call.note.as_deref().is_some_and(|note| note == "asks for administration" || note == "switches off")
}

/// Whom every row must let in, so that a refusal of the others is one of their credential: an administrator.
pub(crate) fn shows_that_the_request_is_good(allowed: &BTreeSet<Credential>) -> bool {
    let of_administrator = |credential: &Credential| {
        matches!(credential, Credential::Of { owner: Owner::Administrator, condition: Condition::Good, .. })
    };
    allowed.iter().any(of_administrator)
}

//! Everything that ends a session, in whichever dialect it is done.

use crate::people::Kind;

/// Who does it.
#[derive(Debug, Clone, Copy)]
pub(super) enum By {
    /// The person itself, by this of its own.
    Oneself(Kind),
    /// Another administrator, as this dialect wants it to prove itself.
    Administrator,
    /// Whoever is at the machine: then `target` are the words of the command.
    Operator,
}

/// What of a person's is worth nothing afterwards.
#[derive(Debug, Clone, Copy)]
pub(super) enum Takes {
    /// Every session and the password, but the session that did it where `keeps` has its kinds.
    Password { keeps: &'static [Kind] },
    /// Everything.
    Account,
    /// Administration, and what only administrators can have.
    Power,
    /// Every token, and no password.
    Sessions,
    /// This token of the session that did it.
    Token(Kind),
}

/// What is left of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    Nothing,
    /// It is an ordinary user's.
    NoPower,
    Everything,
}

/// One way to end sessions. The templates know `{number}`, `{uuid}`, `{username}`, `{email}`, `{password}` and `{new}`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ending {
    pub(super) dialect: &'static str,
    pub(super) by: By,
    pub(super) method: &'static str,
    pub(super) target: &'static str,
    pub(super) form: Option<&'static str>,
    pub(super) json: Option<&'static str>,
    pub(super) takes: Takes,
}

impl Ending {
    /// What a credential is worth afterwards; `own` says whether it is of the session that did it.
    pub(super) fn leaves(&self, kind: Kind, own: bool) -> Left {
        match self.takes {
            Takes::Account => Left::Nothing,
            Takes::Power => Left::NoPower,
            Takes::Sessions if kind.is_token() => Left::Nothing,
            Takes::Sessions => Left::Everything,
            Takes::Token(token) if own && token == kind => Left::Nothing,
            Takes::Token(_) => Left::Everything,
            // A program's secret is not its owner's password (amadis A2).
            Takes::Password { .. } if kind == Kind::UserIdAndSecret => Left::Everything,
            Takes::Password { keeps } if own && keeps.contains(&kind) => Left::Everything,
            Takes::Password { .. } => Left::Nothing,
        }
    }

    const fn new(dialect: &'static str, by: By, method: &'static str, target: &'static str, takes: Takes) -> Self {
        Self { dialect, by, method, target, form: None, json: None, takes }
    }

    const fn form(self, form: &'static str) -> Self {
        Self { form: Some(form), ..self }
    }

    const fn json(self, json: &'static str) -> Self {
        Self { json: Some(json), ..self }
    }
}

const PASSWORD: Takes = Takes::Password { keeps: &[] };
const ONYX: Takes = Takes::Password { keeps: &[Kind::OnyxAccess, Kind::OnyxRefresh] };
const VITJA: Takes = Takes::Password { keeps: &[Kind::Vitja] };
const JWT: Takes = Takes::Password { keeps: &[Kind::Jwt] };

const OWN_ONYX: By = By::Oneself(Kind::OnyxAccess);
const OWN_BASIC: By = By::Oneself(Kind::UsernameAndPassword);
const OWN_EMAIL: By = By::Oneself(Kind::EmailAndPassword);
const OWN_VITJA: By = By::Oneself(Kind::Vitja);
const OWN_JWT: By = By::Oneself(Kind::Jwt);
const ADMIN: By = By::Administrator;

/// Every one of them.
pub(super) const ALL: [Ending; 28] = [
    Ending::new("onyx", OWN_ONYX, "POST", "/api/user/change", ONYX).form("lastpassword={password}&password={new}"),
    Ending::new("onyx", ADMIN, "POST", "/api/user/manage/{number}", PASSWORD).form("password={new}"),
    Ending::new("basic", OWN_BASIC, "PATCH", "/api/v1/users/{username}", PASSWORD)
        .json(r#"{"value":{"current_password":"{password}","password":"{new}"}}"#),
    Ending::new("basic", ADMIN, "PATCH", "/api/v1/users/{username}", PASSWORD)
        .json(r#"{"value":{"password":"{new}"}}"#),
    Ending::new("vitja", OWN_VITJA, "POST", "/api/v1/users/{number}/password", VITJA).json(r#"{"password":"{new}"}"#),
    Ending::new("vitja", ADMIN, "POST", "/api/v1/users/{number}/password", PASSWORD).json(r#"{"password":"{new}"}"#),
    Ending::new("amadis", OWN_EMAIL, "PATCH", "/api/user/v1/changepassword", PASSWORD)
        .form("email={email}&oldpassword={password}&newpassword={new}"),
    Ending::new("amadis", ADMIN, "PATCH", "/api/user/v1/resetpassword", PASSWORD).form("email={email}"),
    Ending::new("jwt", OWN_JWT, "PUT", "/v1/users/{uuid}", JWT)
        .json(r#"{"password":"{new}","passwordConfirm":"{new}"}"#),
    Ending::new("jwt", ADMIN, "PUT", "/v1/users/{uuid}", PASSWORD)
        .json(r#"{"password":"{new}","passwordConfirm":"{new}"}"#),
    Ending::new("the command line", By::Operator, "", "user set-password {username} --password-file new", PASSWORD),
    Ending::new("the command line", By::Operator, "", "user end-sessions {username}", Takes::Sessions),
    Ending::new("jwt", ADMIN, "PUT", "/v1/users/{uuid}", Takes::Account).json(r#"{"enabled":false}"#),
    Ending::new("the command line", By::Operator, "", "user set {username} --enabled false", Takes::Account),
    Ending::new("onyx", ADMIN, "POST", "/api/user/delete/{number}", Takes::Account),
    Ending::new("onyx", ADMIN, "GET", "/api/user/delete/{number}", Takes::Account),
    Ending::new("onyx", OWN_ONYX, "POST", "/api/user/delete/{number}", Takes::Account),
    Ending::new("basic", ADMIN, "DELETE", "/api/v1/users/{username}", Takes::Account),
    Ending::new("vitja", ADMIN, "DELETE", "/api/v1/users/{number}", Takes::Account),
    Ending::new("amadis", ADMIN, "DELETE", "/api/datamanagement/v1/User/{number}", Takes::Account),
    Ending::new("jwt", ADMIN, "DELETE", "/v1/users/{uuid}", Takes::Account),
    Ending::new("the command line", By::Operator, "", "user delete {username}", Takes::Account),
    Ending::new("vitja", ADMIN, "POST", "/api/v1/users/{number}", Takes::Power).json(r#"{"isAdmin":false}"#),
    Ending::new("jwt", ADMIN, "PUT", "/v1/users/{uuid}", Takes::Power).json(r#"{"roles":["USER"]}"#),
    Ending::new("jwt", OWN_JWT, "PUT", "/v1/users/{uuid}", Takes::Power).json(r#"{"roles":["USER"]}"#),
    Ending::new("the command line", By::Operator, "", "user set {username} --admin false", Takes::Power),
    Ending::new("onyx", OWN_ONYX, "GET", "/api/user/logout_access", Takes::Token(Kind::OnyxAccess)),
    Ending::new(
        "onyx",
        By::Oneself(Kind::OnyxRefresh),
        "GET",
        "/api/user/logout_refresh",
        Takes::Token(Kind::OnyxRefresh),
    ),
];

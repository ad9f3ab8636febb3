//! What may stand in the audit log.

use std::net::IpAddr;

use chrono::{DateTime, Utc};

use super::GATEWAY;
use crate::db::users::UserRow;
use crate::named::named;
use crate::{User, UserId};

named! {
    /// What happened.
    Event {
        /// A session was opened, or the credentials for one were refused.
        Login = "login",
        /// Right credentials that opened no session: a Basic request, or somebody without the right to sign in there.
        CredentialsAccepted = "credentials-accepted",
        /// Guesses have used up what an account or a network has free.
        Lockout = "lockout",
        /// An account was made.
        Registration = "registration",
        /// Names, e-mail, addresses or facts of an account changed.
        Change = "change",
        /// An account has other roles than before.
        RoleChange = "role-change",
        /// An account was switched on.
        Enabled = "enabled",
        /// An account was switched off.
        Disabled = "disabled",
        /// A user changed its own password, or gave a wrong present one.
        PasswordChange = "password-change",
        /// Somebody else set a user's password.
        PasswordReset = "password-reset",
        /// A password that the old server knows was hashed and stored here.
        PasswordTakenOver = "password-taken-over",
        /// An account was deleted.
        Deletion = "deletion",
        /// A token was revoked by its bearer.
        Logout = "logout",
        /// All sessions of a user were ended.
        SessionsEnded = "sessions-ended",
        /// A refresh token was presented a second time, and its family ended.
        RefreshReuse = "refresh-reuse",
        /// A realm got a new signing key.
        KeyRotation = "key-rotation",
        /// A realm got a key of its old server.
        KeyImport = "key-import",
        /// A key was taken away, and what it has signed is worth nothing.
        KeyRemoval = "key-removal",
        /// A token of the old server was seen for the first time, and is good until it expires.
        TokenAdopted = "token-adopted",
        /// Users of an old server are being taken in, from one source.
        Import = "import",
        /// A user became the one that an old server knew, too.
        Link = "link",
        /// What an import brought in was taken back.
        ImportUndone = "import-undone",
        /// Users were written for an old server, with the hashes of their passwords.
        Export = "export",
        /// Everything that another database held was copied into this one.
        Copy = "copy",
        /// A legacy harm that a person turned on was given to a client.
        HazardUse = "hazard-use",
        /// The database was away for so long that entries are missing.
        EntriesLost = "entries-lost",
        /// The chain began anew, and nothing vouches for what is before.
        LogRestarted = "log-restarted",
        /// Retention deleted the oldest entries.
        LogPruned = "log-pruned",
    }
}

named! {
    /// How it ended.
    Outcome {
        /// It was done.
        Done = "done",
        /// It was refused.
        Refused = "refused",
    }
}

/// A user as it was called when it happened.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Person {
    /// Its integer id in the core.
    pub id: i64,
    /// Its username, else its e-mail.
    pub name: String,
}

impl From<&User> for Person {
    fn from(user: &User) -> Self {
        let UserId(id) = user.id;
        Self { id, name: user.username.clone().or_else(|| user.email.clone()).unwrap_or_default() }
    }
}

impl From<&UserRow> for Person {
    fn from(row: &UserRow) -> Self {
        Self { id: row.id, name: row.username.clone().or_else(|| row.email.clone()).unwrap_or_default() }
    }
}

/// What more is to be said, by name: few words from a closed set, and never what a client sent.
pub(crate) type Detail = std::collections::BTreeMap<&'static str, String>;

/// What happened, without its time: notes that are the same in all of this are counted as one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Facts {
    pub(crate) event: Event,
    pub(crate) outcome: Outcome,
    pub(crate) dialect: &'static str,
    pub(crate) actor: Option<Person>,
    pub(crate) subject: Option<Person>,
    pub(crate) address: Option<IpAddr>,
    pub(crate) detail: Detail,
}

impl Facts {
    /// What the log tells of itself.
    pub(crate) fn of_the_log(event: Event, detail: Detail) -> Self {
        Self { event, outcome: Outcome::Done, dialect: GATEWAY, actor: None, subject: None, address: None, detail }
    }
}

/// An entry that is to be written.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) at: DateTime<Utc>,
    pub(crate) facts: Facts,
}

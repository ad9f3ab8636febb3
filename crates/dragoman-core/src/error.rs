//! The one closed error of the core: facts, no sentences and no HTTP.

use std::fmt;

/// Everything that can go wrong in a use case. Each adapter gives every variant
/// its dialect's status and wording.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No user has this key, or it is gone.
    #[error("user not found")]
    UserNotFound,
    /// Unknown user or wrong password; which of them is not told.
    #[error("bad credentials")]
    BadCredentials,
    /// The credentials are right and the account is switched off.
    #[error("the account is disabled")]
    Disabled,
    /// Signed in, but without the right to do this.
    #[error("forbidden")]
    Forbidden,
    /// Another user already has this name or e-mail, up to case and Unicode form.
    #[error("{0} is taken")]
    Taken(Field),
    /// A value that cannot be stored.
    #[error("{field} is {fault}")]
    Invalid {
        /// What the value was meant for.
        field: Field,
        /// What is wrong with it.
        fault: Fault,
    },
    /// A token that opens nothing.
    #[error("bad token: {0}")]
    BadToken(TokenFault),
    /// The last enabled administrator can be neither deleted, disabled nor demoted.
    #[error("the last enabled administrator must stay")]
    LastAdmin,
    /// More work is waiting than can be done soon; ask again later.
    #[error("busy")]
    Busy,
    /// Too many wrong passwords lately; the next attempt is not looked at before this time has passed.
    #[error("too many attempts")]
    TooManyAttempts {
        /// How long that is.
        seconds: u64,
    },
    /// The database, or something else that this machine owes us, failed.
    #[error("storage: {0}")]
    Storage(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The result of every use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// After how many seconds it makes sense to ask again, where it does.
    #[must_use]
    pub fn retry_after_seconds(&self) -> Option<u64> {
        match self {
            Self::Busy => Some(1),
            Self::TooManyAttempts { seconds } => Some(*seconds),
            Self::UserNotFound
            | Self::BadCredentials
            | Self::Disabled
            | Self::Forbidden
            | Self::Taken(_)
            | Self::Invalid { .. }
            | Self::BadToken(_)
            | Self::LastAdmin
            | Self::Storage(_) => None,
        }
    }

    /// Wraps a failure of the machinery.
    pub fn storage(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Storage(source.into())
    }
}

impl From<diesel::result::Error> for Error {
    fn from(source: diesel::result::Error) -> Self {
        Self::storage(source)
    }
}

/// A stored fact that a person supplied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// The name to sign in with.
    Username,
    /// The e-mail address.
    Email,
    /// The name for people.
    Name,
    /// The password.
    Password,
    /// The integer id, when an import supplies it.
    Id,
    /// The UUID, when an import supplies it.
    Uuid,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Username => "username",
            Self::Email => "email",
            Self::Name => "name",
            Self::Password => "password",
            Self::Id => "id",
            Self::Uuid => "uuid",
        })
    }
}

/// What is wrong with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Absent or empty, and needed.
    Missing,
    /// More bytes than can be stored (names: 255; passwords: 72, what bcrypt reads).
    TooLong,
    /// Not of the right form, or with NUL or control characters in it.
    Malformed,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "missing",
            Self::TooLong => "too long",
            Self::Malformed => "malformed",
        })
    }
}

/// Which part of a JSON Web Signature (RFC 7515, compact form).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenPart {
    /// The JOSE header.
    Header,
    /// The claims.
    Payload,
    /// The signature.
    Signature,
}

/// Why a token opens nothing, in the order in which it is checked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// Fewer than two dots.
    #[error("not enough segments")]
    Segments,
    /// A part that is no base64url.
    #[error("{0:?} does not decode")]
    Undecodable(TokenPart),
    /// A part that is no JSON object.
    #[error("{part:?} is no JSON object: {reason}")]
    NotJson {
        /// Which part.
        part: TokenPart,
        /// What the parser says of it.
        reason: String,
    },
    /// An algorithm that none of the realm's keys is for (RFC 8725, 3.1), or an extension that must be understood
    /// and is not (`crit`: RFC 7515, 4.1.11).
    #[error("algorithm not allowed")]
    Algorithm,
    /// The signature does not match any key of the realm.
    #[error("signature does not match")]
    Signature,
    /// `nbf` lies in the future (RFC 7519, 4.1.5).
    #[error("not yet valid")]
    Immature,
    /// `exp` has passed (RFC 7519, 4.1.4).
    #[error("expired")]
    Expired,
    /// Signed by us, but without the claims that we need, or made for another realm.
    #[error("not a token of this realm")]
    Foreign,
    /// A refresh token where an access token is needed, or the reverse.
    #[error("wrong kind of token")]
    WrongKind,
    /// Revoked, spent, or ended with its session or its user.
    #[error("revoked")]
    Revoked,
}

impl From<TokenFault> for Error {
    fn from(fault: TokenFault) -> Self {
        Self::BadToken(fault)
    }
}

//! Every credential that is tried: what it is, whose it is, and what has become of it.

use std::fmt;

use serde::Deserialize;

use crate::people::Kind;

/// Whose a credential is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Owner {
    Administrator,
    User,
    /// An administrator when it got the credential, and none now.
    Demoted,
    Disabled,
    Deleted,
}

impl Owner {
    const ALL: [Self; 5] = [Self::Administrator, Self::User, Self::Demoted, Self::Disabled, Self::Deleted];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::User => "user",
            Self::Demoted => "demoted",
            Self::Disabled => "disabled",
            Self::Deleted => "deleted",
        }
    }

    /// Whether there is an account that may be used.
    pub(crate) const fn is_alive(self) -> bool {
        matches!(self, Self::Administrator | Self::User | Self::Demoted)
    }
}

/// What has become of a credential since it was given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Condition {
    Good,
    /// Its time is over.
    Expired,
    /// Logged out, or ended by a new password.
    Revoked,
    /// A refresh token of amadis that was used already.
    Spent,
    /// Another claim, the signature left as it was.
    OtherClaim,
    /// One bit of the signature turned over.
    OtherSignature,
    /// `"alg":"none"` and no signature (RFC 8725, 2.1).
    NoAlgorithm,
    /// HS256, with the public key of jwt as the secret (RFC 8725, 2.1).
    PublicKeyAsSecret,
    /// The right algorithm, with somebody else's key.
    ForeignKey,
    /// A password or a secret that is another one.
    WrongSecret,
}

impl Condition {
    pub(crate) const FORGERIES: [Self; 5] =
        [Self::OtherClaim, Self::OtherSignature, Self::NoAlgorithm, Self::PublicKeyAsSecret, Self::ForeignKey];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Spent => "spent",
            Self::OtherClaim => "with a changed claim",
            Self::OtherSignature => "with a changed signature",
            Self::NoAlgorithm => "with the algorithm none",
            Self::PublicKeyAsSecret => "signed by HS256 with a public key as secret",
            Self::ForeignKey => "signed with a foreign key",
            Self::WrongSecret => "with a wrong secret",
        }
    }
}

/// What a request shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Credential {
    Nothing,
    /// The id and the secret of the OAuth2 client in the settings: no user's.
    OauthClient,
    Of {
        kind: Kind,
        owner: Owner,
        condition: Condition,
    },
}

impl Credential {
    /// All of them.
    pub(crate) fn all() -> Vec<Self> {
        let of_people = Kind::ALL.into_iter().flat_map(|kind| good(kind).chain(bad(kind)));
        [Self::Nothing, Self::OauthClient].into_iter().chain(of_people).collect()
    }
}

fn good(kind: Kind) -> impl Iterator<Item = Credential> {
    let has = move |owner: &Owner| !(kind.is_for_administrators() && *owner == Owner::User);
    let condition = Condition::Good;
    Owner::ALL.into_iter().filter(has).map(move |owner| Credential::Of { kind, owner, condition })
}

fn bad(kind: Kind) -> impl Iterator<Item = Credential> {
    let conditions = if kind.is_token() {
        let spent = (kind == Kind::AmadisRefresh).then_some(Condition::Spent);
        let ended = [Condition::Expired, Condition::Revoked].into_iter().chain(spent);
        ended.chain(Condition::FORGERIES).collect()
    } else {
        vec![Condition::WrongSecret]
    };
    let owner = Owner::Administrator;
    conditions.into_iter().map(move |condition| Credential::Of { kind, owner, condition })
}

impl fmt::Display for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::OauthClient => f.write_str("the OAuth2 client's id and secret"),
            Self::Of { kind, owner, condition } => {
                write!(f, "{} {}, {}", owner.name(), kind.name(), condition.name())
            }
        }
    }
}

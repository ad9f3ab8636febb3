//! Tokens of one realm: issued, verified, spent and revoked.
//!
//! A token is a JWT (RFC 7519) whose claims an adapter chooses, and a row in the database. It is
//! worth something while its signature holds, its time runs and its row is there; revoking it, or
//! ending a session or a user, deletes the row, so that nothing can bring it back. A token of an old
//! server, whose key was imported, gets its row when it is first seen.

mod jws;
pub(crate) mod legacy;
pub(crate) mod remembered;
mod renew;
mod verify;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::audit::{Audit, Detail, Event, Person};
use crate::db::connection::AnyConnection;
use crate::db::tokens::TokenRow;
use crate::db::{self, Database};
use crate::keys::{Key, RealmKeys};
use crate::origin::Origin;
use crate::{Clock, Error, Random, Realm, Result, TokenFault, User, UserId};

const CENTURY: Duration = Duration::days(36_525);

/// What a token is for. Neither is ever taken for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Opens the API.
    Access,
    /// Gets further access tokens (RFC 6749, 1.5).
    Refresh,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Refresh => "refresh",
        }
    }

    fn named(name: Option<&str>) -> Option<Self> {
        [Self::Access, Self::Refresh].into_iter().find(|kind| name == Some(kind.name()))
    }
}

/// The tokens that one sign-in led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Family(pub(crate) Uuid);

/// A token to be issued.
#[derive(Debug, Clone, Copy)]
pub struct Grant {
    kind: Kind,
    lifetime: Duration,
}

impl Grant {
    /// An access token that lives this long.
    #[must_use]
    pub fn access(lifetime: std::time::Duration) -> Self {
        Self::new(Kind::Access, lifetime)
    }

    /// A refresh token that lives this long.
    #[must_use]
    pub fn refresh(lifetime: std::time::Duration) -> Self {
        Self::new(Kind::Refresh, lifetime)
    }

    fn new(kind: Kind, lifetime: std::time::Duration) -> Self {
        Self { kind, lifetime: bounded(lifetime) }
    }
}

/// Longer than a century is for ever, and overflows nothing.
pub(crate) fn bounded(lifetime: std::time::Duration) -> Duration {
    Duration::from_std(lifetime).unwrap_or(Duration::MAX).min(CENTURY)
}

/// What the core decides about a token, for the adapter to put into header and claims.
#[derive(Debug, Clone)]
pub struct Stamp {
    /// The token's id.
    pub jti: Uuid,
    /// The session that it belongs to.
    pub family: Family,
    /// What it is for.
    pub kind: Kind,
    /// From when it is valid.
    pub issued: DateTime<Utc>,
    /// From when it is not valid any more.
    pub expires: DateTime<Utc>,
    /// The value of the `alg` header parameter.
    pub algorithm: &'static str,
    /// The value for a `kid` header parameter.
    pub key_id: String,
}

/// Who presented a valid token.
#[derive(Debug, Clone)]
pub struct Bearer {
    /// The user as stored now, whatever the token says.
    pub user: User,
    /// The token's session.
    pub family: Family,
    /// The token's id.
    pub jti: Uuid,
}

/// The tokens of one realm. A token of another realm never verifies here.
#[derive(Clone)]
pub struct Tokens {
    pub(crate) realm: Realm,
    pub(crate) database: Database,
    pub(crate) keys: RealmKeys,
    pub(crate) audit: Audit,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
}

impl Tokens {
    /// Opens a session: a token for each grant, recorded before this returns. `parts` gives the
    /// JOSE header and the claims of each; the claims `jti`, `exp`, `realm` and `kind` are put at the
    /// end where they are not there.
    pub async fn issue<const N: usize, H: Serialize, C: Serialize>(
        &self,
        user: &User,
        grants: [Grant; N],
        parts: impl Fn(&Stamp) -> (H, C),
    ) -> Result<[String; N]> {
        self.issue_in(Family(self.random.uuid()), user, None, grants, parts).await
    }

    /// More tokens for a session that is open.
    pub async fn extend<const N: usize, H: Serialize, C: Serialize>(
        &self,
        bearer: &Bearer,
        grants: [Grant; N],
        parts: impl Fn(&Stamp) -> (H, C),
    ) -> Result<[String; N]> {
        self.issue_in(bearer.family, &bearer.user, Some(bearer.jti), grants, parts).await
    }

    async fn issue_in<const N: usize, H: Serialize, C: Serialize>(
        &self,
        family: Family,
        user: &User,
        presented: Option<Uuid>,
        grants: [Grant; N],
        parts: impl Fn(&Stamp) -> (H, C),
    ) -> Result<[String; N]> {
        let (signed, rows) = self.prepare(family, user.id, grants, parts)?;
        let (id, epoch) = (user.id, user.session_epoch);
        let (scribe, person) = (self.audit.scribe(self.realm), Person::from(user));
        let teller = scribe.clone();
        self.database
            .write(move |conn| {
                // Since the caller looked, its sessions may have ended; then none may open behind their back.
                let user = db::users::locked(conn, id.0)?.filter(|user| user.enabled);
                match presented {
                    Some(jti) if !db::tokens::is_live(conn, &jti.to_string())? => Err(TokenFault::Revoked)?,
                    None if user.is_none_or(|user| user.session_epoch != epoch) => Err(Error::BadCredentials)?,
                    Some(_) | None => {}
                }
                for row in &rows {
                    db::tokens::insert(conn, row)?;
                }
                // More tokens for an open session are no news.
                if presented.is_none() { teller.tell_login(conn, person.clone()) } else { Ok(()) }
            })
            .await?;
        scribe.session_is_open();
        Ok(signed)
    }

    /// Tokens that are worth nothing before their rows are stored.
    fn prepare<const N: usize, H: Serialize, C: Serialize>(
        &self,
        family: Family,
        user: UserId,
        grants: [Grant; N],
        parts: impl Fn(&Stamp) -> (H, C),
    ) -> Result<([String; N], Vec<TokenRow>)> {
        let keys = self.keys.current();
        let key = keys.signer()?;
        let stamps = grants.map(|grant| self.stamp(family, grant, key));
        let rows = stamps.iter().map(|stamp| self.row(user, stamp)).collect();
        let mut signed = std::array::from_fn(|_| String::new());
        for (token, stamp) in signed.iter_mut().zip(&stamps) {
            *token = self.sign(key, stamp, parts(stamp))?;
        }
        Ok((signed, rows))
    }

    /// Checks, in this order: form, algorithm, signature, `nbf`, `exp`, realm, kind, and then that
    /// the token is live and its user there and enabled.
    pub async fn verify(&self, token: &str, kind: Kind) -> Result<Bearer> {
        let (row, bearer) = self.live(token, kind).await?;
        if row.spent {
            return Err(TokenFault::Revoked.into());
        }
        Origin::current().comes_from((&bearer.user).into());
        Ok(bearer)
    }

    /// Revokes this token, and no other of its session.
    pub async fn revoke(&self, bearer: &Bearer) -> Result<()> {
        let (jti, person) = (bearer.jti.to_string(), Person::from(&bearer.user));
        let scribe = self.audit.scribe(self.realm);
        self.database
            .write(move |conn| match db::tokens::delete(conn, &jti)? {
                0 => Ok(()),
                _ => scribe.tell(conn, Event::Logout, Some(person.clone()), Detail::new()),
            })
            .await
    }

    /// The realm's public keys as a JWK Set (RFC 7517, 5). Symmetric keys are not among them.
    #[must_use]
    pub fn public_keys(&self) -> Value {
        let current = self.keys.current();
        let keys: Vec<_> = current.at(self.clock.now()).filter_map(Key::public).collect();
        serde_json::json!({ "keys": keys })
    }

    fn stamp(&self, family: Family, grant: Grant, key: &Key) -> Stamp {
        let issued = self.clock.now();
        Stamp {
            jti: self.random.uuid(),
            family,
            kind: grant.kind,
            issued,
            expires: issued + grant.lifetime,
            algorithm: key.algorithm.name(),
            key_id: key.kid.clone(),
        }
    }

    fn row(&self, user: UserId, stamp: &Stamp) -> TokenRow {
        TokenRow {
            jti: stamp.jti.to_string(),
            user_id: user.0,
            realm: self.realm.name().into(),
            kind: stamp.kind.name().into(),
            family: stamp.family.0.to_string(),
            expires: stamp.expires.naive_utc(),
            spent: false,
        }
    }

    fn sign<H: Serialize, C: Serialize>(&self, key: &Key, stamp: &Stamp, (header, claims): (H, C)) -> Result<String> {
        let header = serde_json::to_vec(&header).map_err(Error::storage)?;
        let Value::Object(mut claims) = serde_json::to_value(claims).map_err(Error::storage)? else {
            return Err(Error::storage("the claims of a token are an object"));
        };
        let ours = [
            ("exp", stamp.expires.timestamp().into()),
            ("jti", stamp.jti.to_string().into()),
            // Not `aud`: many libraries refuse a token with an audience that they were not told of (RFC 7519, 4.1.3).
            ("realm", self.realm.name().into()),
            ("kind", stamp.kind.name().into()),
        ];
        for (name, value) in ours {
            claims.entry(name).or_insert(value);
        }
        let payload = serde_json::to_vec(&claims).map_err(Error::storage)?;
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let signature = key.sign(message.as_bytes())?;
        Ok(format!("{message}.{signature}"))
    }
}

/// Deletes the tokens of every session of a user but one. The caller moves the session epoch on.
pub(crate) fn delete_all(conn: &mut AnyConnection, user: UserId, keep: Option<Family>) -> Result<()> {
    let keep = keep.map(|family| family.0.to_string());
    Ok(db::tokens::delete_of_user(conn, user.0, keep.as_deref()).map(drop)?)
}

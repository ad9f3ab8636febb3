//! Signing keys and the server's secret, kept in one file that gateways of one database share.
//!
//! Every realm signs with keys of its own, so that a token of one dialect is worth nothing in
//! another even before its claims are read. The newest key of the configured algorithm signs; what
//! a rotation replaced verifies until its last token has expired, and the imported key of an old
//! server verifies and never signs.

mod file;
mod generate;
mod import;
mod ring;
mod store;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde::{Deserialize, Serialize};

use crate::tokens::legacy::OldServer;
use crate::tokens::remembered::Remembered;
use crate::{Error, Realm, Result};
use file::{KeyFile, Material, StoredKey};

pub use import::{KeyFault, KeySource, Secret};
pub use ring::KEYS_LOOKED_AT;
pub(crate) use ring::{KEYS_NOTICED, KeyRing, RealmKeys};
pub use store::{KeyEntry, KeyState, KeyStore};

/// A signature algorithm for tokens (RFC 7518, RFC 8037).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Algorithm {
    /// HMAC with SHA-256.
    #[serde(rename = "HS256")]
    Hs256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    #[serde(rename = "RS256")]
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    #[serde(rename = "ES256")]
    Es256,
    /// EdDSA on Curve25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl Algorithm {
    /// All that a key may be for.
    pub const ALL: [Self; 4] = [Self::Hs256, Self::Rs256, Self::Es256, Self::EdDsa];

    /// The value of the `alg` header parameter.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    const fn jose(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::Hs256 => jsonwebtoken::Algorithm::HS256,
            Self::Rs256 => jsonwebtoken::Algorithm::RS256,
            Self::Es256 => jsonwebtoken::Algorithm::ES256,
            Self::EdDsa => jsonwebtoken::Algorithm::EdDSA,
        }
    }
}

/// A key that is ready to verify, and perhaps to sign. Its algorithm is the only one that it is used for
/// (RFC 8725, 3.1).
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) kid: String,
    pub(crate) algorithm: Algorithm,
    /// From when on it is worth nothing.
    pub(crate) retires: Option<DateTime<Utc>>,
    /// Whose tokens it verifies, if they are not ours.
    pub(crate) legacy: Option<Arc<OldServer>>,
    encoding: Option<EncodingKey>,
    decoding: DecodingKey,
    public: Option<Jwk>,
}

impl Key {
    /// The base64url signature of a message.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<String> {
        let encoding = self.encoding.as_ref().ok_or_else(|| Error::storage("the key only verifies"))?;
        jsonwebtoken::crypto::sign(message, encoding, self.algorithm.jose()).map_err(Error::storage)
    }

    /// Whether this is the base64url signature of the message by this key.
    pub(crate) fn verifies(&self, signature: &str, message: &[u8]) -> bool {
        jsonwebtoken::crypto::verify(signature, message, &self.decoding, self.algorithm.jose()).unwrap_or(false)
    }

    /// The public half (RFC 7517); a symmetric key has none.
    pub(crate) fn public(&self) -> Option<&Jwk> {
        self.public.as_ref()
    }

    pub(crate) fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.retires.is_some_and(|retires| retires <= now)
    }
}

impl TryFrom<&StoredKey> for Key {
    type Error = Error;

    fn try_from(stored: &StoredKey) -> Result<Self> {
        let unusable = |error: &dyn std::fmt::Display| Error::storage(format!("the key {}: {error}", stored.kid));
        let (encoding, decoding, public) = match &stored.key {
            Material::Private(text) => {
                let encoding = encoding_key(stored.alg, text).map_err(|error| unusable(&error))?;
                let jwk = Jwk::from_encoding_key(&encoding, stored.alg.jose()).map_err(|error| unusable(&error))?;
                (Some(encoding), DecodingKey::from_jwk(&jwk), jwk)
            }
            Material::Public(jwk) => (None, DecodingKey::from_jwk(jwk), (**jwk).clone()),
        };
        let decoding = decoding.map_err(|error| unusable(&error))?;
        if decoding.family() != stored.alg.jose().family() {
            return Err(unusable(&"a key of another algorithm"));
        }
        Ok(Self {
            kid: stored.kid.clone(),
            algorithm: stored.alg,
            retires: stored.retires,
            legacy: old_server(stored).map_err(|error| unusable(&error))?,
            encoding: encoding.filter(|_| stored.may_sign()),
            decoding,
            public: (stored.alg != Algorithm::Hs256).then(|| published(public, stored)),
        })
    }
}

fn old_server(stored: &StoredKey) -> Result<Option<Arc<OldServer>>, &'static str> {
    let Some(claims) = stored.legacy.clone() else { return Ok(None) };
    let imported = stored.created.ok_or("nothing says when it was imported")?;
    Ok(Some(Arc::new(OldServer { claims, imported })))
}

fn encoding_key(algorithm: Algorithm, text: &str) -> jsonwebtoken::errors::Result<EncodingKey> {
    match algorithm {
        Algorithm::Hs256 => EncodingKey::from_base64_secret(text),
        Algorithm::Rs256 => EncodingKey::from_rsa_pem(text.as_bytes()),
        Algorithm::Es256 => EncodingKey::from_ec_pem(text.as_bytes()),
        Algorithm::EdDsa => EncodingKey::from_ed_pem(text.as_bytes()),
    }
}

fn published(mut jwk: Jwk, stored: &StoredKey) -> Jwk {
    jwk.common.key_id = Some(stored.kid.clone());
    jwk.common.public_key_use = Some(PublicKeyUse::Signature);
    jwk
}

/// The keys of one realm as the file had them at one time, and what they were found to have signed:
/// a key that goes takes with it what is remembered of it.
pub(crate) struct KeySet {
    algorithm: Algorithm,
    keys: Vec<Key>,
    pub(crate) signed: Remembered,
}

impl KeySet {
    fn of(file: &KeyFile, realm: Realm, algorithm: Algorithm) -> Result<Self> {
        let keys = file.keys.iter().rev().filter(|key| key.realm == realm.name());
        let mut keys: Vec<Key> = keys.map(Key::try_from).collect::<Result<_>>()?;
        // The one that signs comes first.
        keys.sort_by_key(|key| key.encoding.is_none() || key.algorithm != algorithm);
        Ok(Self { algorithm, keys, signed: Remembered::default() })
    }

    /// The key to sign with.
    pub(crate) fn signer(&self) -> Result<&Key> {
        let first = self.keys.first().filter(|key| key.encoding.is_some() && key.algorithm == self.algorithm);
        first.ok_or_else(|| Error::storage("the realm has no signing key"))
    }

    /// Whether both have the same keys for as long.
    fn has_the_keys_of(&self, other: &Self) -> bool {
        let named = |set: &Self| set.keys.iter().map(|key| (key.kid.clone(), key.retires)).collect::<Vec<_>>();
        named(self) == named(other)
    }

    /// Those that verify now.
    pub(crate) fn at(&self, now: DateTime<Utc>) -> impl Iterator<Item = &Key> {
        self.keys.iter().filter(move |key| !key.is_over(now))
    }
}

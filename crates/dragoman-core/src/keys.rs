//! Signing keys and the server's secret, kept in one file that gateways of one database share.
//!
//! Every realm signs with keys of its own, so that a token of one dialect is worth nothing in
//! another even before its claims are read.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::encoding::AsDer as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde::{Deserialize, Serialize};

use crate::{Error, Random, Realm, Result};

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

/// A key as the file holds it.
#[derive(Clone, Serialize, Deserialize)]
struct StoredKey {
    realm: String,
    kid: String,
    alg: Algorithm,
    /// Base64 of the secret (HS256), else a PKCS #8 private key in PEM.
    key: String,
}

#[derive(Clone, Serialize, Deserialize)]
struct KeyFile {
    /// Base64 of 32 bytes, from which decoy hashes are made.
    server_secret: String,
    keys: Vec<StoredKey>,
}

impl KeyFile {
    fn has(&self, realm: Realm, algorithm: Algorithm) -> bool {
        self.keys.iter().any(|key| key.realm == realm.name() && key.alg == algorithm)
    }
}

/// A key that is ready to sign and to verify.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) kid: String,
    pub(crate) algorithm: Algorithm,
    encoding: EncodingKey,
    decoding: DecodingKey,
}

impl Key {
    /// The base64url signature of a message.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<String> {
        jsonwebtoken::crypto::sign(message, &self.encoding, self.algorithm.jose()).map_err(Error::storage)
    }

    /// Whether this is the base64url signature of the message by this key.
    pub(crate) fn verifies(&self, signature: &str, message: &[u8]) -> bool {
        jsonwebtoken::crypto::verify(signature, message, &self.decoding, self.algorithm.jose()).unwrap_or(false)
    }

    /// The public half (RFC 7517); a symmetric key has none.
    pub(crate) fn public(&self) -> Option<Jwk> {
        if self.algorithm == Algorithm::Hs256 {
            return None;
        }
        let mut jwk = Jwk::from_encoding_key(&self.encoding, self.algorithm.jose()).ok()?;
        jwk.common.key_id = Some(self.kid.clone());
        jwk.common.public_key_use = Some(jsonwebtoken::jwk::PublicKeyUse::Signature);
        Some(jwk)
    }
}

impl TryFrom<&StoredKey> for Key {
    type Error = Error;

    fn try_from(stored: &StoredKey) -> Result<Self> {
        let pem = stored.key.as_bytes();
        let encoding = match stored.alg {
            Algorithm::Hs256 => EncodingKey::from_base64_secret(&stored.key),
            Algorithm::Rs256 => EncodingKey::from_rsa_pem(pem),
            Algorithm::Es256 => EncodingKey::from_ec_pem(pem),
            Algorithm::EdDsa => EncodingKey::from_ed_pem(pem),
        }
        .map_err(Error::storage)?;
        let decoding = match stored.alg {
            Algorithm::Hs256 => DecodingKey::from_base64_secret(&stored.key),
            Algorithm::Rs256 | Algorithm::Es256 | Algorithm::EdDsa => {
                Jwk::from_encoding_key(&encoding, stored.alg.jose()).and_then(|public| DecodingKey::from_jwk(&public))
            }
        }
        .map_err(Error::storage)?;
        Ok(Self { kid: stored.kid.clone(), algorithm: stored.alg, encoding, decoding })
    }
}

/// The key file, read at start and added to when a realm needs a key that it does not have.
#[derive(Clone)]
pub(crate) struct KeyRing {
    path: PathBuf,
    file: Arc<Mutex<KeyFile>>,
    random: Random,
}

impl KeyRing {
    /// Reads the file, or makes one that only its owner can read.
    pub(crate) fn open(path: &Path, random: &Random) -> Result<Self> {
        if !path.exists() {
            exclusively(path, || {
                // Of gateways that start together the second finds the file of the first.
                if path.exists() {
                    return Ok(());
                }
                let file = KeyFile { server_secret: STANDARD.encode(random.bytes::<32>()), keys: Vec::new() };
                replace(path, &file, random)
            })?;
        }
        let file = read(path)?;
        Ok(Self { path: path.into(), file: Arc::new(Mutex::new(file)), random: random.clone() })
    }

    pub(crate) fn server_secret(&self) -> String {
        self.file.lock().unwrap_or_else(PoisonError::into_inner).server_secret.clone()
    }

    /// The realm's keys, the one to sign with first.
    pub(crate) fn of_realm(&self, realm: Realm, algorithm: Algorithm) -> Result<Vec<Key>> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if !file.has(realm, algorithm) {
            *file = exclusively(&self.path, || {
                let mut file = read(&self.path)?;
                if !file.has(realm, algorithm) {
                    file.keys.push(generate(realm, algorithm, &self.random)?);
                    replace(&self.path, &file, &self.random)?;
                }
                Ok(file)
            })?;
        }
        let mut keys: Vec<Key> =
            file.keys.iter().filter(|key| key.realm == realm.name()).map(Key::try_from).collect::<Result<_>>()?;
        // The newest of the configured algorithm signs; the others verify until their last token has expired.
        keys.reverse();
        keys.sort_by_key(|key| key.algorithm != algorithm);
        Ok(keys)
    }
}

fn generate(realm: Realm, alg: Algorithm, random: &Random) -> Result<StoredKey> {
    use aws_lc_rs::{rsa, signature};
    let key = match alg {
        Algorithm::Hs256 => STANDARD.encode(random.bytes::<32>()),
        Algorithm::Rs256 => {
            let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).map_err(Error::storage)?;
            let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().map_err(Error::storage)?;
            private_pem(der.as_ref())
        }
        Algorithm::Es256 => {
            let rng = aws_lc_rs::rand::SystemRandom::new();
            let pair = signature::EcdsaKeyPair::generate_pkcs8(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, &rng);
            private_pem(pair.map_err(Error::storage)?.as_ref())
        }
        Algorithm::EdDsa => {
            let rng = aws_lc_rs::rand::SystemRandom::new();
            private_pem(signature::Ed25519KeyPair::generate_pkcs8v1(&rng).map_err(Error::storage)?.as_ref())
        }
    };
    Ok(StoredKey { realm: realm.name().into(), kid: random.uuid().to_string(), alg, key })
}

fn private_pem(der: &[u8]) -> String {
    pem::encode(&pem::Pem::new("PRIVATE KEY", der))
}

/// Holds a lock beside the key file, so that of gateways that start together one makes a key and the
/// others read it. A file that has every key is only read, and may lie in a folder that is not ours.
fn exclusively<T>(path: &Path, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let beside = path.with_added_extension("lock");
    let lock = fs::OpenOptions::new().create(true).append(true).mode(0o600).open(&beside);
    let lock = lock.and_then(|lock| lock.lock().map(|()| lock));
    // Held until this function ends.
    let _lock = lock.map_err(|error| unusable(&beside, &error))?;
    work()
}

fn read(path: &Path) -> Result<KeyFile> {
    let text = fs::read_to_string(path).map_err(|error| unusable(path, &error))?;
    serde_json::from_str(&text).map_err(|error| unusable(path, &error))
}

/// Puts the whole file in place at once: a crash leaves the old one or the new one.
fn replace(path: &Path, file: &KeyFile, random: &Random) -> Result<()> {
    let draft = path.with_added_extension(random.uuid().simple().to_string());
    let text = serde_json::to_string_pretty(file).map_err(Error::storage)?;
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)
        .and_then(|mut out| out.write_all(text.as_bytes()).and_then(|()| out.sync_all()))
        .and_then(|()| fs::rename(&draft, path))
        .map_err(|error| unusable(path, &error))
}

fn unusable(path: &Path, reason: &dyn std::fmt::Display) -> Error {
    Error::storage(format!("keys.file: {}: {reason}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const REALM: Realm = Realm::new("test");

    #[test]
    fn keys_of_every_algorithm_sign_and_survive_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dragoman.keys");
        let ring = KeyRing::open(&path, &Random::seeded(1)).unwrap();
        for algorithm in [Algorithm::Hs256, Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
            let signature = ring.of_realm(REALM, algorithm).unwrap()[0].sign(b"message").unwrap();
            let again = KeyRing::open(&path, &Random::seeded(2)).unwrap();
            let key = &again.of_realm(REALM, algorithm).unwrap()[0];
            assert_eq!(key.algorithm, algorithm);
            assert!(key.verifies(&signature, b"message"));
            assert!(!key.verifies(&signature, b"massage"));
            assert_eq!(key.public().is_some(), algorithm != Algorithm::Hs256);
        }
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn the_public_half_shows_nothing_private() {
        let folder = tempfile::tempdir().unwrap();
        let ring = KeyRing::open(&folder.path().join("keys"), &Random::seeded(1)).unwrap();
        for algorithm in [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
            let public = ring.of_realm(REALM, algorithm).unwrap()[0].public().unwrap();
            let shown = serde_json::to_value(&public).unwrap();
            for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
                assert!(shown.get(private).is_none(), "{algorithm:?} shows {private}");
            }
        }
    }

    #[test]
    fn realms_do_not_share_keys() {
        let folder = tempfile::tempdir().unwrap();
        let ring = KeyRing::open(&folder.path().join("keys"), &Random::seeded(1)).unwrap();
        let one = ring.of_realm(REALM, Algorithm::Hs256).unwrap();
        let other = ring.of_realm(Realm::new("other"), Algorithm::Hs256).unwrap();
        assert!(!other[0].verifies(&one[0].sign(b"message").unwrap(), b"message"));
    }
}

//! Keys that were made elsewhere: what is taken of them, and what is refused.

use base64::Engine as _;
use base64::alphabet::{STANDARD as STANDARD_ALPHABET, URL_SAFE};
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use base64::engine::{DecodePaddingMode, general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk};

use super::file::Material;
use super::{Algorithm, encoding_key};
use crate::{Error, Password};

/// Below that a secret can be guessed offline from one token (RFC 7518, 3.2).
const SHORTEST_SECRET: usize = 32;
/// Below that a modulus is within reach, and our library verifies nothing with it (RFC 7518, 3.3).
const SHORTEST_MODULUS: usize = 2048;
const LONGEST_KID: usize = 255;

const LAX: GeneralPurposeConfig = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// Why a key was not taken, or not taken away.
#[derive(Debug, thiserror::Error)]
pub enum KeyFault {
    /// Nothing, or nothing but white space.
    #[error("there is no key in it")]
    Empty,
    /// Said to be base64 (RFC 4648), and is not.
    #[error("the secret is not base64")]
    NotBase64,
    /// No PEM document of a kind that is known.
    #[error(
        "not a key in PEM: PUBLIC KEY, PRIVATE KEY (PKCS #8), RSA PUBLIC KEY or RSA PRIVATE KEY is needed, not encrypted"
    )]
    NotPem,
    /// A sound key of another algorithm or curve, or a broken one.
    #[error("not a key for {}", needs(*.0))]
    Unfit(Algorithm),
    /// A signing key has to be a private one.
    #[error("only a private key can sign")]
    NotPrivate,
    /// A secret that is too short to sign with, in bits.
    #[error("a secret of {0} bits is too short to sign with; HS256 needs 256 (RFC 7518, 3.2)")]
    ShortSecret(usize),
    /// A modulus that is too short for anything, in bits.
    #[error("an RSA key of {0} bits is too short even to verify with; 2048 are needed (RFC 7518, 3.3)")]
    ShortModulus(usize),
    /// The same key verifies in one realm already, and must not in another (RFC 8725, 3.12).
    #[error("this key is there already, as {kid} of {realm}")]
    Known {
        /// Its id.
        kid: String,
        /// Whose it is.
        realm: String,
    },
    /// Ids are unique in the file.
    #[error("another key has the id {0}")]
    KidTaken(String),
    /// An id of no characters, of more than 255, or with control characters.
    #[error("a key id has 1 to 255 characters, and no control characters")]
    BadKid,
    /// There is no such key.
    #[error("no key has the id {0}")]
    Unknown(String),
    /// Without it nobody could sign in.
    #[error("{0} is the key that signs: rotate first")]
    Signs(String),
    /// The file could not be read or written.
    #[error(transparent)]
    File(#[from] Error),
}

/// Where a secret or a key pair comes from, and as what.
#[derive(Debug)]
pub struct KeySource {
    /// What it signs or signed with; nothing else is ever verified with it.
    pub algorithm: Algorithm,
    /// The id that tokens name in `kid`; `None` makes one up.
    pub kid: Option<String>,
    /// The key itself.
    pub secret: Secret,
}

/// A key as it was found in a file. It is not shown by `Debug`.
pub enum Secret {
    /// The bytes of an HMAC secret.
    Raw(Vec<u8>),
    /// The same in base64 of either alphabet, padded or not.
    Base64(Password),
    /// A private or a public key.
    Pem(Password),
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl KeySource {
    pub(super) fn checked_kid(&self) -> Result<Option<String>, KeyFault> {
        let sound = |kid: &String| (1..=LONGEST_KID).contains(&kid.chars().count()) && !kid.contains(char::is_control);
        if self.kid.as_ref().is_none_or(sound) { Ok(self.kid.clone()) } else { Err(KeyFault::BadKid) }
    }

    /// What it takes to verify: the secret, or the public half alone. Returns the bits of a secret that is short:
    /// old servers have such secrets, and refusing one would make none of their tokens better.
    pub(super) fn to_verify(&self) -> Result<(Material, Option<usize>), KeyFault> {
        use secrecy::ExposeSecret as _;
        let secret = match &self.secret {
            Secret::Pem(pem) => return Ok((Material::Public(Box::new(self.public_half(pem.expose_secret())?)), None)),
            Secret::Base64(text) => from_base64(text.expose_secret())?,
            Secret::Raw(bytes) => bytes.clone(),
        };
        if self.algorithm != Algorithm::Hs256 {
            return Err(KeyFault::NotPem);
        }
        match secret.len() {
            0 => Err(KeyFault::Empty),
            bytes => Ok((Material::Private(STANDARD.encode(secret)), (bytes < SHORTEST_SECRET).then_some(bytes * 8))),
        }
    }

    /// What it takes to sign.
    pub(super) fn to_sign(&self) -> Result<Material, KeyFault> {
        use secrecy::ExposeSecret as _;
        match (self.to_verify()?, &self.secret) {
            ((_, Some(bits)), _) => Err(KeyFault::ShortSecret(bits)),
            ((Material::Public(_), _), Secret::Pem(pem)) if is_private(pem.expose_secret())? => {
                Ok(Material::Private(pem.expose_secret().to_owned()))
            }
            ((Material::Public(_), _), _) => Err(KeyFault::NotPrivate),
            ((secret @ Material::Private(_), None), _) => Ok(secret),
        }
    }

    fn public_half(&self, text: &str) -> Result<Jwk, KeyFault> {
        let (alg, unfit) = (self.algorithm, KeyFault::Unfit(self.algorithm));
        let pem = text.as_bytes();
        let jwk = if is_private(text)? {
            encoding_key(alg, text).and_then(|key| Jwk::from_encoding_key(&key, alg.jose()))
        } else {
            let key = match alg {
                Algorithm::Hs256 => return Err(unfit), // RFC 8725, 2.1: a public key is no secret
                Algorithm::Rs256 => DecodingKey::from_rsa_pem(pem),
                Algorithm::Es256 => DecodingKey::from_ec_pem(pem),
                Algorithm::EdDsa => DecodingKey::from_ed_pem(pem),
            };
            key.and_then(|key| Jwk::from_decoding_key(&key, Some(alg.jose())))
        };
        let Ok(jwk) = jwk else { return Err(unfit) };
        match (alg, &jwk.algorithm) {
            (Algorithm::Rs256, AlgorithmParameters::RSA(key)) => match modulus_bits(&key.n) {
                bits if bits < SHORTEST_MODULUS => Err(KeyFault::ShortModulus(bits)),
                _ => Ok(jwk),
            },
            (Algorithm::Es256, AlgorithmParameters::EllipticCurve(key)) if key.curve == EllipticCurve::P256 => Ok(jwk),
            (Algorithm::EdDsa, AlgorithmParameters::OctetKeyPair(key)) if key.curve == EllipticCurve::Ed25519 => {
                Ok(jwk)
            }
            (Algorithm::Hs256 | Algorithm::Rs256 | Algorithm::Es256 | Algorithm::EdDsa, _) => Err(unfit),
        }
    }
}

/// What an algorithm takes, for whoever brought something else.
const fn needs(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Hs256 => "HS256, which takes a secret",
        Algorithm::Rs256 => "RS256, which takes an RSA key of 2048 bits or more",
        Algorithm::Es256 => "ES256, which takes a key on the curve P-256",
        Algorithm::EdDsa => "EdDSA, which takes an Ed25519 key",
    }
}

fn is_private(text: &str) -> Result<bool, KeyFault> {
    let pem = pem::parse(text).map_err(|_| KeyFault::NotPem)?;
    match pem.tag() {
        "PRIVATE KEY" | "RSA PRIVATE KEY" => Ok(true),
        "PUBLIC KEY" | "RSA PUBLIC KEY" => Ok(false),
        _ => Err(KeyFault::NotPem),
    }
}

fn from_base64(text: &str) -> Result<Vec<u8>, KeyFault> {
    let text: String = text.split_whitespace().collect();
    let alphabet = if text.contains(['-', '_']) { URL_SAFE } else { STANDARD_ALPHABET };
    GeneralPurpose::new(&alphabet, LAX).decode(text).map_err(|_| KeyFault::NotBase64)
}

/// The length of a base64url integer without its leading zeros (RFC 7518, 2).
fn modulus_bits(modulus: &str) -> usize {
    let bytes = URL_SAFE_NO_PAD.decode(modulus).unwrap_or_default();
    let significant = bytes.iter().skip_while(|byte| **byte == 0);
    let (count, first) = (significant.clone().count(), significant.clone().next());
    count * 8 - first.map_or(0, |byte| byte.leading_zeros() as usize)
}

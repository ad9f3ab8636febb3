//! Tokens that no gateway has signed.

use anyhow::{Context as _, Result, anyhow, bail};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize, PublicEncryptingKey};
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::credentials::Condition;

/// Forges tokens out of good ones.
pub(crate) struct Forger {
    /// The gateway's RSA key, which everybody may see, as the text that libraries take.
    public_key: String,
    rsa: KeyPair,
    secret: hmac::Key,
}

impl Forger {
    /// With keys of its own, and the public key from this JWK Set (RFC 7517, 5).
    pub(crate) fn new(key_set: &Value) -> Result<Self> {
        let part = |name| key_set.pointer("/keys/0")?.get(name)?.as_str();
        let number = |name| Ok::<_, anyhow::Error>(URL_SAFE_NO_PAD.decode(part(name).context("no RSA key")?)?);
        let key = rsa_public_key(&number("n")?, &number("e")?);
        PublicEncryptingKey::from_der(&key).map_err(|error| anyhow!("the public key is misspelt: {error}"))?;
        let secret = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new());
        Ok(Self {
            public_key: pem::encode(&pem::Pem::new("PUBLIC KEY", key)),
            rsa: KeyPair::generate(KeySize::Rsa2048).map_err(|_| anyhow!("no RSA key"))?,
            secret: secret.map_err(|_| anyhow!("no HMAC key"))?,
        })
    }

    /// The token with this done to it.
    pub(crate) fn forge(&self, token: &str, condition: Condition) -> Result<String> {
        let (message, signature) = token.rsplit_once('.').context("no token")?;
        let (header, claims) = message.split_once('.').context("no token")?;
        Ok(match condition {
            Condition::OtherClaim => format!("{header}.{}.{signature}", changed_claim(claims)?),
            Condition::OtherSignature => format!("{message}.{}", changed_bit(signature)?),
            Condition::NoAlgorithm => format!("{}.{claims}.", with_algorithm(header, "none")?),
            Condition::PublicKeyAsSecret => {
                let message = format!("{}.{claims}", with_algorithm(header, "HS256")?);
                signed_by(&hmac::Key::new(hmac::HMAC_SHA256, self.public_key.as_bytes()), &message)
            }
            Condition::ForeignKey => self.signed(message, header)?,
            Condition::Good | Condition::Expired | Condition::Revoked | Condition::Spent | Condition::WrongSecret => {
                bail!("{} is no forgery", condition.name())
            }
        })
    }

    fn signed(&self, message: &str, header: &str) -> Result<String> {
        match object(header)?.get("alg").and_then(Value::as_str) {
            Some("HS256") => Ok(signed_by(&self.secret, message)),
            Some("RS256") => {
                let mut signature = vec![0; self.rsa.public_modulus_len()];
                let signed = self.rsa.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature);
                signed.map_err(|_| anyhow!("cannot sign"))?;
                Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
            }
            other => bail!("nobody knows how to forge {other:?}"),
        }
    }
}

fn signed_by(key: &hmac::Key, message: &str) -> String {
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(hmac::sign(key, message.as_bytes())))
}

fn object(part: &str) -> Result<Value> {
    Ok(serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part)?)?)
}

fn with_algorithm(header: &str, algorithm: &str) -> Result<String> {
    let mut header = object(header)?;
    *header.get_mut("alg").context("no alg")? = algorithm.into();
    Ok(URL_SAFE_NO_PAD.encode(header.to_string()))
}

/// One more second to live.
fn changed_claim(claims: &str) -> Result<String> {
    let mut claims = object(claims)?;
    let exp = claims.get_mut("exp").context("no exp")?;
    *exp = (exp.as_i64().context("no exp")? + 1).into();
    Ok(URL_SAFE_NO_PAD.encode(claims.to_string()))
}

fn changed_bit(signature: &str) -> Result<String> {
    let mut bytes = URL_SAFE_NO_PAD.decode(signature)?;
    *bytes.first_mut().context("no signature")? ^= 1;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// A `SubjectPublicKeyInfo` in DER (RFC 5280, 4.1; RFC 8017, A.1).
fn rsa_public_key(n: &[u8], e: &[u8]) -> Vec<u8> {
    const RSA_ENCRYPTION: &[u8] =
        &[0x30, 13, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    let number = |bytes: &[u8]| der(0x02, &[&[0], bytes].concat());
    let key = der(0x30, &[number(n), der(0x02, e)].concat());
    der(0x30, &[RSA_ENCRYPTION, &der(0x03, &[&[0], key.as_slice()].concat())].concat())
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let head = match (content.len(), u8::try_from(length.len())) {
        (0..128, _) => vec![tag, length.first().copied().unwrap_or_default()],
        (_, Ok(bytes)) => [vec![tag, 0x80 | bytes], length].concat(),
        (_, Err(_)) => Vec::new(), // no key is that long
    };
    [&head, content].concat()
}

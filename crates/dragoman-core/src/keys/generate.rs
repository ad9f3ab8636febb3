//! New keys.

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::{rand, rsa, signature};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};

use super::Algorithm;
use super::file::{Material, StoredKey};
use crate::{Error, Random, Realm, Result};

pub(super) fn generate(realm: Realm, alg: Algorithm, random: &Random, now: DateTime<Utc>) -> Result<StoredKey> {
    let key = match alg {
        Algorithm::Hs256 => STANDARD.encode(random.bytes::<32>()),
        Algorithm::Rs256 => {
            let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).map_err(Error::storage)?;
            let der: Pkcs8V1Der<'_> = pair.as_der().map_err(Error::storage)?;
            private_pem(der.as_ref())
        }
        Algorithm::Es256 => {
            let rng = rand::SystemRandom::new();
            let pair = signature::EcdsaKeyPair::generate_pkcs8(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, &rng);
            private_pem(pair.map_err(Error::storage)?.as_ref())
        }
        Algorithm::EdDsa => {
            let rng = rand::SystemRandom::new();
            private_pem(signature::Ed25519KeyPair::generate_pkcs8v1(&rng).map_err(Error::storage)?.as_ref())
        }
    };
    Ok(StoredKey {
        realm: realm.name().into(),
        kid: random.uuid().to_string(),
        alg,
        key: Material::Private(key),
        created: Some(now),
        retires: None,
        legacy: None,
    })
}

fn private_pem(der: &[u8]) -> String {
    pem::encode(&pem::Pem::new("PRIVATE KEY", der))
}

//! Which signatures are taken, and of which keys (RFC 8725).

use chrono::Duration;
use serde_json::{Value, json};

use super::{HOUR, ONE, parts, world};
use crate::tests::legacy::{claims, mint, token};
use crate::{Algorithm, Error, Grant, KeySource, Kind, Random, Secret, TokenFault, Tokens, UserKey};

async fn fault(tokens: &Tokens, token: &str) -> TokenFault {
    match tokens.verify(token, Kind::Access).await {
        Err(Error::BadToken(fault)) => fault,
        other => panic!("{token}: {other:?}"),
    }
}

#[tokio::test]
async fn tokens_of_a_rotated_key_live_until_it_retires_though_they_are_remembered() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    let [old, _] = world.sign_in(&ann).await;
    world.bearer(&old).await.unwrap();
    let until = world.clock.now() + Duration::seconds(60);
    world.key_store().rotate(ONE, Algorithm::Hs256, until).unwrap();
    world.core.refresh_keys().await;
    let [new, _] = world.sign_in(&ann).await;
    world.bearer(&old).await.unwrap();
    world.bearer(&new).await.unwrap();
    world.clock.advance(Duration::seconds(60));
    assert_eq!(fault(&world.tokens, &old).await, TokenFault::Signature);
    world.bearer(&new).await.unwrap();
}

#[tokio::test]
async fn a_key_is_needed_as_long_as_any_token_of_ours_may_live() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    let expiry = |longest| world.core.last_expiry(ONE, std::time::Duration::from_secs(longest));
    let now = world.clock.now();
    let soon = expiry(10).await.unwrap() - now;
    assert!(soon >= Duration::seconds(70) && soon < Duration::seconds(3600), "what gateways may still sign: {soon}");
    world.sign_in(&ann).await;
    let issued = expiry(10).await.unwrap() - now;
    assert!(issued >= Duration::seconds(3600) && issued < Duration::seconds(7200), "what they have signed: {issued}");
    let key = KeySource { algorithm: Algorithm::Hs256, kid: None, secret: Secret::Raw(vec![3; 32]) };
    world.key_store().import(ONE, &key, claims("sub", UserKey::Number)).unwrap();
    world.core.refresh_keys().await;
    let exp = now.timestamp() + 1_000_000;
    let old = mint(&[3; 32], &json!({"sub": ann.number, "type": "access", "exp": exp}));
    world.bearer(&old).await.unwrap();
    assert!(expiry(10).await.unwrap() - now < Duration::seconds(7200), "an old server's token needs no key of ours");
}

#[tokio::test]
async fn tokens_of_a_removed_key_die_though_they_are_remembered() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    let [token, _] = world.sign_in(&ann).await;
    world.bearer(&token).await.unwrap();
    let (store, signing) = (world.key_store(), |_: &str| Some(Algorithm::Hs256));
    let [old] = store.list(signing).unwrap().try_into().unwrap();
    store.rotate(ONE, Algorithm::Hs256, world.clock.now() + Duration::seconds(60)).unwrap();
    store.remove(&old.kid, signing).unwrap();
    world.core.refresh_keys().await;
    assert_eq!(fault(&world.tokens, &token).await, TokenFault::Signature);
}

#[tokio::test]
async fn a_token_by_a_key_that_another_gateway_read_of_first_is_taken_at_once() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    let other = crate::Core::open(&world.settings, world.clock.clone(), Random::system()).unwrap();
    let other = other.tokens(ONE, Algorithm::Hs256).unwrap();
    world.key_store().rotate(ONE, Algorithm::Hs256, world.clock.now() + Duration::seconds(60)).unwrap();
    world.core.refresh_keys().await;
    let [one, _] = world.sign_in(&ann).await;
    let [two, _] = world.sign_in(&ann).await;
    let answers = tokio::join!(other.verify(&one, Kind::Access), other.verify(&two, Kind::Access));
    assert!(answers.0.is_ok() && answers.1.is_ok(), "{answers:?}");
}

#[tokio::test]
async fn a_key_verifies_nothing_but_its_own_algorithm() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    let tokens = world.core.tokens(ONE, Algorithm::Rs256).unwrap();
    let [sound] = tokens.issue(&ann, [Grant::access(HOUR)], parts).await.unwrap();
    tokens.verify(&sound, Kind::Access).await.unwrap();
    let jwk = tokens.public_keys()["keys"][0].to_string();
    // The public key as an HMAC secret (RFC 8725, 2.1), where the realm has a symmetric key, too.
    for secret in [jwk.as_bytes(), tokens.public_keys()["keys"][0]["n"].as_str().unwrap().as_bytes()] {
        let forged = mint(
            secret,
            &json!({"jti": ann.uuid.to_string(), "exp": 4_000_000_000_i64, "realm": "one", "kind": "access"}),
        );
        assert_eq!(fault(&tokens, &forged).await, TokenFault::Signature);
    }
    let (rest, signature) = sound.rsplit_once('.').unwrap();
    let (_, payload) = rest.split_once('.').unwrap();
    for alg in ["none", "None", "NONE", "", "RS512", "PS256", "ES256", "EdDSA", "rs256"] {
        let header = token(&json!({"alg": alg}));
        for signature in ["", signature] {
            assert_eq!(
                fault(&tokens, &format!("{header}.{payload}.{signature}")).await,
                TokenFault::Algorithm,
                "{alg}"
            );
        }
    }
}

#[tokio::test]
async fn a_kid_chooses_among_our_keys_and_is_no_path() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    let foreign = world.folder.path().join("secret");
    std::fs::write(&foreign, [7; 32]).unwrap();
    for kid in [foreign.to_str().unwrap(), "../secret", "/dev/null", "' OR 1=1 --", ""] {
        let header = json!({"alg": "HS256", "kid": kid});
        let payload = json!({"jti": ann.uuid.to_string(), "exp": 4_000_000_000_i64, "realm": "one", "kind": "access"});
        for secret in [&[7; 32][..], &[]] {
            let forged = super::legacy::mint_with(secret, &header, &payload);
            assert_eq!(fault(&world.tokens, &forged).await, TokenFault::Signature, "{kid}");
        }
    }
}

#[tokio::test]
async fn a_token_brings_no_key_of_its_own() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    let own = json!({"kty": "oct", "alg": "HS256", "k": "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc"});
    let url = "http://127.0.0.1:1/keys";
    let payload = json!({"jti": ann.uuid.to_string(), "exp": 4_000_000_000_i64, "realm": "one", "kind": "access"});
    for header in [
        json!({"alg": "HS256", "jwk": own}),
        json!({"alg": "HS256", "jku": url}),
        json!({"alg": "HS256", "x5u": url, "kid": url}),
        json!({"alg": "HS256", "x5c": ["BwcH"]}),
    ] {
        let forged = super::legacy::mint_with(&[7; 32], &header, &payload);
        assert_eq!(fault(&world.tokens, &forged).await, TokenFault::Signature, "{header}");
    }
}

#[tokio::test]
async fn a_token_that_asks_for_an_extension_is_refused() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    let critical = |_: &crate::Stamp| (json!({"alg": "HS256", "crit": ["b64"], "b64": true}), json!({}));
    let [token] = world.tokens.issue(&ann, [Grant::access(HOUR)], critical).await.unwrap();
    assert_eq!(fault(&world.tokens, &token).await, TokenFault::Algorithm);
}

#[tokio::test]
async fn imported_public_keys_are_published_and_secrets_never() {
    let world = world();
    let elsewhere = tempfile::tempdir().unwrap();
    let settings = crate::Settings { keys: elsewhere.path().join("keys"), ..world.settings.clone() };
    let old_server = crate::Core::open(&settings, world.clock.clone(), Random::system()).unwrap();
    old_server.tokens(ONE, Algorithm::EdDsa).unwrap();
    let file: Value = serde_json::from_slice(&std::fs::read(&settings.keys).unwrap()).unwrap();
    let pem = file["keys"][0]["key"].as_str().unwrap();
    let secret = Secret::Pem(pem.into());
    let key = KeySource { algorithm: Algorithm::EdDsa, kid: Some("old".into()), secret };
    world.key_store().import(ONE, &key, claims("sub", UserKey::Number)).unwrap();
    let key = KeySource { algorithm: Algorithm::Hs256, kid: None, secret: Secret::Raw(vec![3; 32]) };
    world.key_store().import(ONE, &key, claims("sub", UserKey::Number)).unwrap();
    world.core.refresh_keys().await;
    let published = world.tokens.public_keys();
    let [key] = published["keys"].as_array().unwrap().as_slice() else { panic!("{published}") };
    assert_eq!((&key["kid"], &key["kty"]), (&json!("old"), &json!("OKP")));
    assert!(key.get("d").is_none() && key.get("k").is_none());
}

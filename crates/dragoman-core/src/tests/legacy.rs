//! Tokens of an old server.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use jsonwebtoken::EncodingKey;
use serde_json::{Value, json};

use super::{ONE, OTHER, World, password, world};
use crate::{
    Algorithm, Changes, Core, Error, KeySource, Kind, LegacyClaims, Random, Secret, TokenFault, User, UserKey,
};

const SECRET: &[u8] = b"super-secret";

pub(crate) fn claims(user: &str, by: UserKey) -> LegacyClaims {
    LegacyClaims { user: user.into(), by, kind: Some("type".into()) }
}

/// A part of a token.
pub(crate) fn token(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

/// A token, as the old server made them.
pub(crate) fn mint(secret: &[u8], payload: &Value) -> String {
    mint_with(secret, &json!({"typ": "JWT", "alg": "HS256"}), payload)
}

pub(crate) fn mint_with(secret: &[u8], header: &Value, payload: &Value) -> String {
    let message = format!("{}.{}", token(header), token(payload));
    let key = EncodingKey::from_secret(secret);
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, jsonwebtoken::Algorithm::HS256).unwrap();
    format!("{message}.{signature}")
}

impl World {
    /// The old server's key is imported; `claims` says how to read its tokens.
    async fn import(&self, claims: LegacyClaims) {
        let key = KeySource { algorithm: Algorithm::Hs256, kid: None, secret: Secret::Raw(SECRET.to_vec()) };
        self.key_store().import(ONE, &key, claims).unwrap();
        self.core.refresh_keys().await;
    }

    /// A user, and the old server's key.
    async fn legacy(&self) -> User {
        let ann = self.register("ann", "ann@example.com").await.unwrap();
        self.import(claims("sub", UserKey::Number)).await;
        ann
    }

    /// A token that the old server gave to this user; `session` tells it from others.
    fn old(&self, user: &User, kind: &str, session: u32) -> String {
        let exp = self.clock.now().timestamp() + 600;
        mint(SECRET, &json!({"sub": user.number, "type": kind, "exp": exp, "session": session}))
    }
}

fn is<T>(answer: crate::Result<T>, expected: &TokenFault) -> bool {
    matches!(answer, Err(Error::BadToken(fault)) if fault == *expected)
}

#[tokio::test]
async fn a_token_of_the_old_server_works_until_it_expires() {
    let world = world();
    let ann = world.legacy().await;
    let old = world.old(&ann, "access", 1);
    for _ in 0..2 {
        assert_eq!(world.bearer(&old).await.unwrap().user, ann);
    }
    let other = world.core.tokens(OTHER, Algorithm::Hs256).unwrap();
    assert!(is(other.verify(&old, Kind::Access).await, &TokenFault::Signature));
    world.clock.advance(Duration::seconds(601));
    assert!(is(world.bearer(&old).await, &TokenFault::Expired));
    assert_eq!(world.core.prune().await.unwrap(), 1);
}

#[tokio::test]
async fn the_user_is_found_by_whatever_the_claims_name() {
    for (name, by) in [
        ("/me/id", UserKey::Number),
        ("/me/uuid", UserKey::Uuid),
        ("name", UserKey::Username),
        ("mail", UserKey::Email),
    ] {
        let world = world();
        let ann = world.register("Ann", "ann@example.com").await.unwrap();
        world.import(claims(name, by)).await;
        let exp = world.clock.now().timestamp() + 600;
        let me = json!({"id": ann.number.to_string(), "uuid": ann.uuid.to_string()});
        let whole = json!({"me": me, "name": "ann", "mail": "ANN@example.com", "type": "access", "exp": exp});
        assert_eq!(world.bearer(&mint(SECRET, &whole)).await.unwrap().user, ann, "{name}");
        for nobody in [json!({}), json!({"id": 999, "uuid": world.folder.path()}), json!("\0")] {
            let strange = json!({"me": nobody, "name": "bob", "mail": "\0", "type": "access", "exp": exp});
            let answer = world.bearer(&mint(SECRET, &strange)).await;
            assert!(matches!(answer, Err(Error::BadToken(TokenFault::Revoked | TokenFault::Foreign))), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn a_token_without_an_end_a_user_or_a_kind_is_refused() {
    let world = world();
    let ann = world.legacy().await;
    let (id, exp) = (ann.number, world.clock.now().timestamp() + 600);
    for payload in [
        json!({"sub": id, "type": "access"}),
        json!({"sub": id, "type": "access", "exp": "tomorrow"}),
        json!({"sub": id, "type": "access", "exp": i64::MAX}),
        json!({"type": "access", "exp": exp}),
        json!({"sub": id, "exp": exp}),
        json!({"sub": id, "exp": exp, "type": "reset"}),
        // What only our own tokens say does not help.
        json!({"jti": ann.uuid.to_string(), "realm": "one", "kind": "access", "exp": exp}),
    ] {
        assert!(is(world.bearer(&mint(SECRET, &payload)).await, &TokenFault::Foreign), "{payload}");
    }
    let immature = json!({"sub": id, "type": "access", "exp": exp, "nbf": exp - 1});
    assert!(is(world.bearer(&mint(SECRET, &immature)).await, &TokenFault::Immature));
}

#[tokio::test]
async fn a_logout_is_for_good() {
    let world = world();
    let ann = world.legacy().await;
    let (old, sibling) = (world.old(&ann, "access", 1), world.old(&ann, "access", 2));
    let bearer = world.bearer(&old).await.unwrap();
    world.tokens.revoke(&bearer).await.unwrap();
    assert!(is(world.bearer(&old).await, &TokenFault::Revoked));
    world.core.prune().await.unwrap();
    let restarted = Core::open(&world.settings, world.clock.clone(), Random::system()).unwrap();
    let restarted = restarted.tokens(ONE, Algorithm::Hs256).unwrap();
    assert!(is(restarted.verify(&old, Kind::Access).await, &TokenFault::Revoked));
    restarted.verify(&sibling, Kind::Access).await.unwrap();
}

#[tokio::test]
async fn ending_a_users_sessions_ends_its_old_tokens_seen_or_not() {
    let change = |world: &World, id, changes| {
        let accounts = world.accounts.clone();
        async move { accounts.update(id, changes).await.unwrap() }
    };
    for way in ["password", "reset", "switch", "end"] {
        let world = world();
        let ann = world.legacy().await;
        let (seen, unseen) = (world.old(&ann, "access", 1), world.old(&ann, "access", 2));
        world.bearer(&seen).await.unwrap();
        match way {
            "password" => {
                let changes = Changes { password: Some(password("changed1")), ..Changes::default() };
                change(&world, ann.id, changes).await;
            }
            "reset" => drop(world.accounts.reset_password(ann.id).await.unwrap()),
            "switch" => {
                for enabled in [false, true] {
                    change(&world, ann.id, Changes { enabled: Some(enabled), ..Changes::default() }).await;
                }
            }
            _ => world.accounts.end_sessions(ann.id).await.unwrap(),
        }
        for token in [seen, unseen] {
            assert!(is(world.bearer(&token).await, &TokenFault::Revoked), "{way}");
        }
    }
}

#[tokio::test]
async fn the_old_session_that_sets_a_new_password_outlives_it() {
    let world = world();
    let ann = world.legacy().await;
    let old = world.old(&ann, "access", 1);
    let keep = Some(world.bearer(&old).await.unwrap().family);
    let changes = Changes { password: Some(password("changed1")), keep, ..Changes::default() };
    world.accounts.update(ann.id, changes).await.unwrap();
    world.bearer(&old).await.unwrap();
}

#[tokio::test]
async fn an_old_refresh_token_is_spent_once_and_its_reuse_ends_the_family() {
    let world = world();
    let ann = world.legacy().await;
    let (access, refresh) = (world.old(&ann, "access", 1), world.old(&ann, "refresh", 1));
    assert!(is(world.bearer(&refresh).await, &TokenFault::WrongKind));
    assert!(is(world.renew(&access).await, &TokenFault::WrongKind));
    let [new, _] = world.renew(&refresh).await.unwrap();
    world.bearer(&new).await.unwrap();
    for _ in 0..2 {
        assert!(is(world.renew(&refresh).await, &TokenFault::Revoked));
    }
    assert!(is(world.bearer(&new).await, &TokenFault::Revoked));
}

#[tokio::test]
async fn who_comes_at_the_same_time_with_one_token_finds_one_row() {
    let world = world();
    let ann = world.legacy().await;
    let (access, refresh) = (world.old(&ann, "access", 1), world.old(&ann, "refresh", 1));
    let verified = futures_util::future::join_all((0..8).map(|_| world.bearer(&access))).await;
    assert!(verified.iter().all(crate::Result::is_ok), "{verified:?}");
    let spent = futures_util::future::join_all((0..8).map(|_| world.renew(&refresh))).await;
    assert_eq!(spent.iter().filter(|spent| spent.is_ok()).count(), 1, "{spent:?}");
}

#[tokio::test]
async fn whoever_registered_after_the_import_inherits_no_token() {
    let world = world();
    let ann = world.legacy().await;
    let (seen, unseen) = (world.old(&ann, "access", 1), world.old(&ann, "access", 2));
    world.bearer(&seen).await.unwrap();
    let next = User { number: ann.number + 1, ..ann.clone() };
    let nobodys = world.old(&next, "access", 1);
    assert!(is(world.bearer(&nobodys).await, &TokenFault::Revoked));
    assert_eq!(world.register("bob", "").await.unwrap().number, next.number);
    assert!(is(world.bearer(&nobodys).await, &TokenFault::Revoked));
    world.accounts.remove(ann.id).await.unwrap();
    for token in [seen, unseen] {
        assert!(is(world.bearer(&token).await, &TokenFault::Revoked));
    }
}

#[tokio::test]
async fn a_name_that_has_changed_hands_opens_nothing() {
    let world = world();
    let [ann, bob] = [world.register("ann", "").await.unwrap(), world.register("bob", "").await.unwrap()];
    world.import(claims("name", UserKey::Username)).await;
    let exp = world.clock.now().timestamp() + 600;
    let old = |session| mint(SECRET, &json!({"name": "ann", "type": "access", "exp": exp, "session": session}));
    world.bearer(&old(1)).await.unwrap();
    for (user, name) in [(&ann, "eve"), (&bob, "ann")] {
        let changes = Changes { username: Some(name.into()), ..Changes::default() };
        world.accounts.update(user.id, changes).await.unwrap();
    }
    assert!(is(world.bearer(&old(2)).await, &TokenFault::Revoked));
    assert_eq!(world.bearer(&old(1)).await.unwrap().user.id, ann.id, "the row knows whose it is");
}

#[tokio::test]
async fn a_map_of_claims_that_was_wrong_is_mended_by_another_import() {
    let world = world();
    let [ann, bob] = [world.register("ann", "").await.unwrap(), world.register("bob", "").await.unwrap()];
    world.import(claims("editor", UserKey::Number)).await;
    let exp = world.clock.now().timestamp() + 600;
    let old = mint(SECRET, &json!({"sub": ann.number, "editor": bob.number, "type": "access", "exp": exp}));
    assert_eq!(world.bearer(&old).await.unwrap().user, bob);
    let signing = |_: &str| Some(Algorithm::Hs256);
    let keys = world.key_store().list(signing).unwrap();
    let imported = keys.iter().find(|key| matches!(key.state, crate::KeyState::Imported(_))).unwrap();
    world.key_store().remove(&imported.kid, signing).unwrap();
    world.import(claims("sub", UserKey::Number)).await;
    assert_eq!(world.bearer(&old).await.unwrap().user, ann);
}

#[tokio::test]
async fn a_second_signature_of_the_same_token_does_not_bring_it_back() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let settings = crate::Settings { keys: elsewhere.path().join("keys"), ..world.settings.clone() };
    let old_server = Core::open(&settings, world.clock.clone(), Random::system()).unwrap();
    old_server.tokens(ONE, Algorithm::Es256).unwrap();
    let file: Value = serde_json::from_slice(&std::fs::read(&settings.keys).unwrap()).unwrap();
    let pem = file["keys"][0]["key"].as_str().unwrap();
    let key = KeySource { algorithm: Algorithm::Es256, kid: None, secret: Secret::Pem(pem.into()) };
    world.key_store().import(ONE, &key, claims("sub", UserKey::Number)).unwrap();
    world.core.refresh_keys().await;
    let payload = json!({"sub": ann.number, "type": "access", "exp": world.clock.now().timestamp() + 600});
    let message = format!("{}.{}", token(&json!({"alg": "ES256", "kid": "of the old server"})), token(&payload));
    let signing = EncodingKey::from_ec_pem(pem.as_bytes()).unwrap();
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &signing, jsonwebtoken::Algorithm::ES256).unwrap();
    let bearer = world.bearer(&format!("{message}.{signature}")).await.unwrap();
    let twin = format!("{message}.{}", mirrored(&signature));
    assert_eq!(world.bearer(&twin).await.unwrap().jti, bearer.jti);
    world.tokens.revoke(&bearer).await.unwrap();
    assert!(is(world.bearer(&twin).await, &TokenFault::Revoked));
}

/// The other signature that ECDSA takes for the same message: s becomes n - s.
fn mirrored(signature: &str) -> String {
    let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    let order: Vec<u8> = (0..32).map(|at| u8::from_str_radix(&order[2 * at..2 * at + 2], 16).unwrap()).collect();
    let mut bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let mut borrow = 0;
    for at in (0..32).rev() {
        let difference = i16::from(order[at]) - i16::from(bytes[32 + at]) - borrow;
        borrow = i16::from(difference < 0);
        bytes[32 + at] = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    URL_SAFE_NO_PAD.encode(bytes)
}

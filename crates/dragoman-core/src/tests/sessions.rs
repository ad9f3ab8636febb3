use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{OTHER, parts, password, world};
use crate::{Algorithm, Changes, Error, Grant, Kind, Roles, TokenFault, TokenPart};

fn is_revoked<T>(answer: &crate::Result<T>) -> bool {
    matches!(answer, Err(Error::BadToken(TokenFault::Revoked)))
}

#[tokio::test]
async fn a_token_opens_its_own_realm_and_no_other() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    let [access, _] = world.sign_in(&ann).await;
    assert_eq!(world.bearer(&access).await.unwrap().user, ann);
    let other = world.core.tokens(OTHER, Algorithm::Hs256).unwrap();
    let answer = other.verify(&access, Kind::Access).await;
    assert!(matches!(answer, Err(Error::BadToken(TokenFault::Signature))));
    // Even with the same keys the claims and the row would refuse it.
    let same_keys = crate::Tokens { realm: OTHER, ..world.tokens.clone() };
    let answer = same_keys.verify(&access, Kind::Access).await;
    assert!(matches!(answer, Err(Error::BadToken(TokenFault::Foreign))));
}

#[tokio::test]
async fn neither_kind_of_token_is_taken_for_the_other() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    let [access, refresh] = world.sign_in(&ann).await;
    let wrong_kind = |answer: crate::Result<_>| matches!(answer, Err(Error::BadToken(TokenFault::WrongKind)));
    assert!(wrong_kind(world.tokens.verify(&refresh, Kind::Access).await.map(drop)));
    assert!(wrong_kind(world.tokens.verify(&access, Kind::Refresh).await.map(drop)));
    assert!(wrong_kind(world.renew(&access).await.map(drop)));
}

#[tokio::test]
async fn a_revoked_token_is_dead_and_its_siblings_live() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    let [access, refresh] = world.sign_in(&ann).await;
    let bearer = world.bearer(&access).await.unwrap();
    world.tokens.revoke(&bearer).await.unwrap();
    assert!(is_revoked(&world.bearer(&access).await));
    world.tokens.verify(&refresh, Kind::Refresh).await.unwrap();
}

#[tokio::test]
async fn a_token_dies_when_its_time_is_over() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    let [access, _] = world.sign_in(&ann).await;
    world.clock.advance(chrono::Duration::seconds(3599));
    world.bearer(&access).await.unwrap();
    world.clock.advance(chrono::Duration::seconds(1));
    assert!(matches!(world.bearer(&access).await, Err(Error::BadToken(TokenFault::Expired))));
    world.clock.advance(chrono::Duration::seconds(1));
    assert_eq!(world.core.prune().await.unwrap(), 2);
    world.clock.advance(chrono::Duration::seconds(-7200));
    assert!(matches!(world.bearer(&access).await, Err(Error::BadToken(TokenFault::Immature))));
}

#[tokio::test]
async fn the_second_use_of_a_refresh_token_ends_the_family() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    let [access, refresh] = world.sign_in(&ann).await;
    let [unrelated, _] = world.sign_in(&ann).await;
    let [next, next_refresh] = world.renew(&refresh).await.unwrap();
    world.bearer(&next).await.unwrap();
    assert!(is_revoked(&world.tokens.verify(&refresh, Kind::Refresh).await));
    assert!(is_revoked(&world.renew(&refresh).await));
    assert!(is_revoked(&world.bearer(&access).await));
    assert!(is_revoked(&world.bearer(&next).await));
    assert!(is_revoked(&world.renew(&next_refresh).await));
    world.bearer(&unrelated).await.unwrap();
}

#[tokio::test]
async fn a_new_password_ends_every_session_but_the_one_that_set_it() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    let ([own, _], [other, _]) = (world.sign_in(&ann).await, world.sign_in(&ann).await);
    let keep = Some(world.bearer(&own).await.unwrap().family);
    let changes = Changes { password: Some(password("changed1")), keep, ..Changes::default() };
    let began = world.bearer(&own).await.unwrap();
    let changed = world.accounts.update(ann.id, changes).await.unwrap();
    world.bearer(&own).await.unwrap();
    // What the change returned is the user as it is now, who may sign in.
    world.sign_in(&changed).await;
    // Nor is it hurt by what it had begun before.
    world.tokens.extend(&began, [Grant::access(super::HOUR)], parts).await.unwrap();
    assert!(is_revoked(&world.bearer(&other).await));
    world.accounts.reset_password(ann.id).await.unwrap();
    assert!(is_revoked(&world.bearer(&own).await));
}

#[tokio::test]
async fn a_sign_in_that_began_before_all_sessions_ended_opens_none() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    let [_, refresh] = world.sign_in(&ann).await;
    let began = world.tokens.verify(&refresh, Kind::Refresh).await.unwrap();
    world.accounts.reset_password(ann.id).await.unwrap();
    let late = world.tokens.issue(&ann, [Grant::access(super::HOUR)], parts).await;
    assert!(matches!(late, Err(Error::BadCredentials)));
    assert!(is_revoked(&world.tokens.extend(&began, [Grant::access(super::HOUR)], parts).await));
}

#[tokio::test]
async fn a_stolen_refresh_token_gets_nothing_out_of_a_race() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    let [access, refresh] = world.sign_in(&ann).await;
    let outcomes = futures_util::future::join_all((0..8).map(|_| world.renew(&refresh))).await;
    let (renewed, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(crate::Result::is_ok);
    assert!(renewed.len() == 1 && refused.iter().all(is_revoked), "{renewed:?} {refused:?}");
    // Which of them was the thief nobody knows, so what the first got is worth nothing either.
    let [next, next_refresh] = renewed.into_iter().next().unwrap().unwrap();
    for ended in [world.bearer(&access).await, world.bearer(&next).await] {
        assert!(is_revoked(&ended), "{ended:?}");
    }
    assert!(is_revoked(&world.renew(&next_refresh).await));
}

#[tokio::test]
async fn each_sign_in_opens_a_session_of_its_own() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    let ([one, one_refresh], [other, _]) = (world.sign_in(&ann).await, world.sign_in(&ann).await);
    let bearers = [world.bearer(&one).await.unwrap(), world.bearer(&other).await.unwrap()];
    assert_ne!(bearers[0].family, bearers[1].family);
    assert_ne!(bearers[0].jti, bearers[1].jti);
    world.renew(&one_refresh).await.unwrap();
    world.renew(&one_refresh).await.unwrap_err();
    assert!(is_revoked(&world.bearer(&one).await));
    world.bearer(&other).await.unwrap();
}

#[tokio::test]
async fn who_may_not_renew_keeps_the_token_and_a_second_use_ends_the_family_all_the_same() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    let [_, refresh] = world.sign_in(&ann).await;
    let refused = || world.tokens.renew(&refresh, |_| false, [Grant::access(super::HOUR)], |_, stamp| parts(stamp));
    assert!(matches!(refused().await, Err(Error::Forbidden)));
    let [next, _] = world.renew(&refresh).await.unwrap();
    assert!(is_revoked(&refused().await));
    assert!(is_revoked(&world.bearer(&next).await));
}

#[tokio::test]
async fn disabling_and_deleting_end_every_session_and_enabling_revives_none() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    let [access, _] = world.sign_in(&ann).await;
    let switch = |enabled| world.accounts.update(ann.id, Changes { enabled: Some(enabled), ..Changes::default() });
    switch(false).await.unwrap();
    assert!(is_revoked(&world.bearer(&access).await));
    let ann = switch(true).await.unwrap();
    assert!(is_revoked(&world.bearer(&access).await));
    let [access, _] = world.sign_in(&ann).await;
    world.accounts.remove(ann.id).await.unwrap();
    assert!(is_revoked(&world.bearer(&access).await));
}

#[tokio::test]
async fn ending_all_sessions_ends_those_of_other_realms_too() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    let [access, _] = world.sign_in(&ann).await;
    world.core.accounts(OTHER).end_sessions(ann.id).await.unwrap();
    assert!(is_revoked(&world.bearer(&access).await));
}

#[tokio::test]
async fn roles_count_as_they_are_stored_now() {
    let world = world();
    world.administrator("root").await;
    let ann = world.administrator("ann").await;
    let [access, _] = world.sign_in(&ann).await;
    assert!(world.bearer(&access).await.unwrap().user.is_admin());
    let demotion = Changes { roles: Some(Roles::USER), ..Changes::default() };
    world.accounts.update(ann.id, demotion).await.unwrap();
    assert!(!world.bearer(&access).await.unwrap().user.is_admin());
}

#[tokio::test]
async fn a_bad_token_says_which_part_is_bad() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    let [access, _] = world.sign_in(&ann).await;
    let parts: Vec<&str> = access.split('.').collect();
    let json = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let undecodable = TokenFault::Undecodable;
    let cases = [
        (String::new(), TokenFault::Segments),
        ("one.two".into(), TokenFault::Segments),
        (format!("!.{}.{}", parts[1], parts[2]), undecodable(TokenPart::Header)),
        (format!("{}.!.{}", parts[0], parts[2]), undecodable(TokenPart::Payload)),
        (format!("{}.{}.!", parts[0], parts[1]), undecodable(TokenPart::Signature)),
        (format!("{}.{}.", json(r#"{"alg":"none"}"#), parts[1]), TokenFault::Algorithm),
        (format!("{}.{}.{}", json("{}"), parts[1], parts[2]), TokenFault::Algorithm),
        (
            format!("{}.{}.{}", json(r#"{"alg":"HS256","kid":"../../etc/passwd"}"#), parts[1], parts[2]),
            TokenFault::Signature,
        ),
        (format!("{}.{}.{}", parts[0], json(r#"{"admin":true}"#), parts[2]), TokenFault::Signature),
        (format!("{access}AAAA"), TokenFault::Signature),
    ];
    for (token, fault) in cases {
        let answer = world.bearer(&token).await;
        assert!(matches!(&answer, Err(Error::BadToken(found)) if *found == fault), "{token}: {answer:?}");
    }
    // Every last character but one makes other bytes, or the same bytes with trailing bits: never a second spelling.
    let (stem, last) = access.split_at(access.len() - 1);
    for other in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".chars() {
        let answer = world.bearer(&format!("{stem}{other}")).await;
        assert_eq!(answer.is_ok(), last == other.to_string(), "{other}: {answer:?}");
        assert!(matches!(answer, Ok(_) | Err(Error::BadToken(TokenFault::Signature))));
    }
    let answer = world.bearer(&format!("{}.{}.{}", parts[0], json("nonsense"), parts[2])).await;
    assert!(matches!(answer, Err(Error::BadToken(TokenFault::NotJson { part: TokenPart::Payload, .. }))));
    let answer = world.bearer(&format!("{}.{}.{}", json("[]"), parts[1], parts[2])).await;
    assert!(matches!(answer, Err(Error::BadToken(TokenFault::NotJson { part: TokenPart::Header, .. }))));
}

#[tokio::test]
async fn keys_of_every_algorithm_make_tokens_that_verify() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    for algorithm in [Algorithm::Hs256, Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
        let tokens = world.core.tokens(OTHER, algorithm).unwrap();
        let [token] = tokens.issue(&ann, [Grant::access(super::HOUR)], parts).await.unwrap();
        assert_eq!(tokens.verify(&token, Kind::Access).await.unwrap().user.id, ann.id);
    }
    let keys = world.core.tokens(OTHER, Algorithm::Hs256).unwrap().public_keys();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 3, "no symmetric key: {keys}");
}

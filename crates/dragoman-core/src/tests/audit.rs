//! What the audit log tells.

use std::net::{IpAddr, Ipv4Addr};

use futures_util::TryStreamExt as _;
use futures_util::future::join_all;
use secrecy::ExposeSecret as _;

use super::{ONE, OTHER, World, password, world};
use crate::{
    Algorithm, AuditFilter, Changes, Entry, Event, Kind, Login, NewUser, Origin, Outcome, Person, Roles, User, UserId,
};

const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

impl World {
    /// All entries, after everything has been written.
    pub(super) async fn told(&self) -> Vec<Entry> {
        self.core.audit().settle().await.unwrap();
        self.listed(AuditFilter::default()).await
    }

    async fn listed(&self, filter: AuditFilter) -> Vec<Entry> {
        self.core.audit().list(filter).try_concat().await.unwrap()
    }

    async fn fails(&self, name: &str, text: &str) {
        let tried = self.accounts.authenticate(Login::Username(name.into()), password(text));
        from_outside(tried).await.unwrap_err();
    }
}

/// As a request does it.
async fn from_outside<T>(work: impl Future<Output = T>) -> T {
    Origin::new(Some(ADDRESS), || false).serve(work).await
}

fn events(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.event.as_str()).collect()
}

fn person(user: &User) -> Option<Person> {
    Some(Person { id: user.number, name: user.username.clone().unwrap() })
}

#[tokio::test]
async fn each_deed_is_told_with_who_did_it_to_whom_and_from_where() {
    let world = world();
    let admin = world.administrator("root").await;
    let ann = world.register("ann", "").await.unwrap();
    let [access, _] = from_outside(world.sign_in(&admin)).await;
    from_outside(async {
        world.bearer(&access).await.unwrap();
        let update = |changes| world.accounts.update(ann.id, changes);
        let roles = Some(Roles::USER.with_admin(true));
        let (username, email) = (Some("anna".into()), Some("a@example.com".into()));
        update(Changes { username, email, roles, ..Changes::default() }).await.unwrap();
        update(Changes { enabled: Some(false), ..Changes::default() }).await.unwrap();
        update(Changes { enabled: Some(true), password: Some(password("changed1")), ..Changes::default() })
            .await
            .unwrap();
        // The same again is no change.
        update(Changes { enabled: Some(true), name: Some(String::new()), ..Changes::default() }).await.unwrap();
        world.accounts.end_sessions(ann.id).await.unwrap();
        world.accounts.remove(ann.id).await.unwrap();
    })
    .await;
    let told = world.told().await;
    let expected = ["registration", "registration", "login", "change", "role-change", "disabled", "enabled"];
    assert_eq!(events(&told), [&expected[..], &["password-reset", "sessions-ended", "deletion"]].concat());
    let by_shell = told.iter().take(2).all(|entry| entry.dialect == "shell" && entry.actor.is_none());
    assert!(by_shell && told.iter().take(2).all(|entry| entry.address.is_none()));
    for entry in told.iter().skip(2) {
        assert_eq!((entry.actor.clone(), entry.dialect.as_str()), (person(&admin), "one"), "{entry:?}");
        assert_eq!((entry.address.as_deref(), entry.outcome.as_str()), (Some("192.0.2.7"), "done"), "{entry:?}");
    }
    // As it was called then.
    assert_eq!(told[3].subject, person(&ann));
    assert_eq!(told[3].detail["fields"], "username,email");
    assert_eq!((told[4].detail["from"].as_str(), told[4].detail["to"].as_str()), ("USER", "ADMIN,USER"));
    assert_eq!(told[9].subject.as_ref().unwrap().name, "anna");
}

#[tokio::test]
async fn what_fails_is_not_told_as_done() {
    let world = world();
    let admin = world.administrator("root").await;
    world.register("ROOT", "").await.unwrap_err();
    world.accounts.remove(admin.id).await.unwrap_err();
    world.accounts.remove(UserId(99)).await.unwrap_err();
    let done: Vec<Entry> =
        world.told().await.into_iter().filter(|entry| entry.outcome == Outcome::Done.name()).collect();
    assert_eq!(events(&done), ["registration"]);
}

#[tokio::test]
async fn a_login_is_told_once_and_right_credentials_without_a_session_are_told_as_such() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    let sign_in = || world.accounts.authenticate(Login::Username("ann".into()), password("secret12"));
    from_outside(async {
        let user = sign_in().await.unwrap();
        world.sign_in(&user).await;
    })
    .await;
    for _ in 0..3 {
        from_outside(sign_in()).await.unwrap();
    }
    let told = world.told().await;
    assert_eq!(events(&told), ["registration", "login", "credentials-accepted", "credentials-accepted"]);
    assert!(told.iter().skip(1).all(|entry| entry.actor == person(&ann) && entry.subject == person(&ann)));
    assert_eq!(told[3].detail["count"], "2");
}

#[tokio::test]
async fn a_refused_login_tells_why_and_never_the_name_of_nobody() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    world.fails("ann", "secret13").await;
    world.fails("correct horse battery", "").await;
    world.fails("CORRECT horse battery ", "").await;
    world.accounts.update(ann.id, Changes { enabled: Some(false), ..Changes::default() }).await.unwrap();
    world.fails("ann", "secret12").await;
    let told = world.told().await;
    let refused: Vec<&Entry> = told.iter().filter(|entry| entry.outcome == Outcome::Refused.name()).collect();
    let reasons: Vec<&str> = refused.iter().map(|entry| entry.detail["reason"].as_str()).collect();
    assert_eq!(reasons, ["wrong-password", "unknown-user", "disabled", "unknown-user"]);
    assert!(refused.iter().all(|entry| entry.event == "login" && entry.actor.is_none() && entry.dialect == "one"));
    assert_eq!([&refused[0].subject, &refused[1].subject], [&person(&ann), &None]);
    assert_eq!(refused[1].detail["name"].len(), 8);
    assert_eq!(refused[3].detail["count"], "1");
    assert!(!format!("{told:?}").to_lowercase().contains("horse"));
    // Whoever asks for the name finds it all the same.
    let who = Some(("Correct Horse Battery".to_owned(), Vec::new()));
    assert_eq!(world.listed(AuditFilter { who, ..AuditFilter::default() }).await.len(), 2);
}

#[tokio::test]
async fn a_thousand_guesses_are_two_entries() {
    let world = world();
    world.register("ann", "").await.unwrap();
    for guess in 0..1000 {
        // The core notes what it is told; bcrypt is not what is tested here.
        let outcome = Err(crate::Error::BadCredentials);
        let known = Some(Person { id: 1, name: "ann".into() });
        from_outside(async { world.core.audit().tried(ONE, &guess.to_string(), known, &outcome) }).await;
    }
    let told = world.told().await;
    assert_eq!(told.len(), 3);
    assert_eq!(told[2].detail["count"], "999");
}

#[tokio::test]
async fn a_wrong_present_password_is_told_and_a_right_one_is_a_change_of_ones_own() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    let change = |text: &str| {
        let (current_password, password) = (Some(password(text)), Some(password("changed1")));
        from_outside(world.accounts.update(ann.id, Changes { current_password, password, ..Changes::default() }))
    };
    change("secret13").await.unwrap_err();
    change("secret12").await.unwrap();
    from_outside(world.accounts.reset_password(ann.id)).await.unwrap();
    let told = world.told().await;
    assert_eq!(events(&told), ["registration", "password-change", "password-reset", "password-change"]);
    assert_eq!(told[1].outcome, "done");
    assert_eq!((told[3].outcome.as_str(), told[3].subject.clone()), ("refused", person(&ann)));
}

#[tokio::test]
async fn that_the_last_administrator_was_to_go_is_told() {
    let world = world();
    let root = world.administrator("root").await;
    let change = |changes| from_outside(world.accounts.update(root.id, changes));
    change(Changes { roles: Some(Roles::USER), ..Changes::default() }).await.unwrap_err();
    change(Changes { enabled: Some(false), ..Changes::default() }).await.unwrap_err();
    from_outside(world.accounts.remove(root.id)).await.unwrap_err();
    let told = world.told().await;
    assert_eq!(events(&told), ["registration", "role-change", "disabled", "deletion"]);
    for refused in &told[1..] {
        assert_eq!((refused.outcome.as_str(), refused.detail["reason"].as_str()), ("refused", "last-administrator"));
        assert_eq!(refused.subject, person(&root));
    }
}

#[tokio::test]
async fn logouts_and_stolen_refresh_tokens_are_told() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    let [access, refresh] = world.sign_in(&ann).await;
    from_outside(async {
        let bearer = world.bearer(&access).await.unwrap();
        world.tokens.revoke(&bearer).await.unwrap();
        // It is over already.
        world.tokens.revoke(&bearer).await.unwrap();
    })
    .await;
    from_outside(world.renew(&refresh)).await.unwrap();
    // Of several at once one ends the family, and the others find nothing left to end.
    for again in from_outside(join_all((0..3).map(|_| world.renew(&refresh)))).await {
        again.unwrap_err();
    }
    let told = world.told().await;
    assert_eq!(events(&told), ["registration", "login", "logout", "refresh-reuse"]);
    assert_eq!((told[2].actor.clone(), told[3].actor.clone()), (person(&ann), None), "a thief is not the user");
    assert_eq!(told[3].subject, person(&ann));
}

#[tokio::test]
async fn hazards_lockouts_and_keys_are_told() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    from_outside(async {
        world.core.audit().hazard_used(ONE, "plaintext-reset");
        world.core.audit().hazard_used(OTHER, "plaintext-reset");
        world.core.audit().locked_out(ONE, person(&ann), "account", 30);
    })
    .await;
    world.core.audit().key_changed(Event::KeyRotation, ONE, "kid-2").await.unwrap();
    let told = world.told().await;
    assert_eq!(events(&told), ["registration", "key-rotation", "hazard-use", "hazard-use", "lockout"]);
    assert_eq!((told[1].detail["realm"].as_str(), told[1].detail["key_id"].as_str()), ("one", "kid-2"));
    assert_eq!([&told[2].dialect, &told[3].dialect], ["one", "other"]);
    assert_eq!((told[4].detail["seconds"].as_str(), told[4].subject.clone()), ("30", person(&ann)));
}

#[tokio::test]
async fn every_filter_finds_what_it_says() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    world.clock.advance(chrono::Duration::hours(1));
    let noon = world.clock.now();
    from_outside(async {
        let other = world.core.tokens(OTHER, Algorithm::Hs256).unwrap();
        other.issue(&ann, [crate::Grant::access(super::HOUR)], super::parts).await.unwrap();
    })
    .await;
    world.register("eve", "").await.unwrap();
    world.told().await;
    let found = async |filter: AuditFilter| {
        let count = world.core.audit().count(&filter).await.unwrap();
        let found = world.listed(filter.clone()).await;
        assert!(filter.newest.is_some() || count == found.len() as i64);
        found.iter().map(|entry| entry.sequence.unwrap()).collect::<Vec<_>>()
    };
    let all = AuditFilter::default;
    assert_eq!(found(AuditFilter { since: Some(noon), ..all() }).await, [2, 3]);
    assert_eq!(found(AuditFilter { until: Some(noon), ..all() }).await, [1]);
    assert_eq!(found(AuditFilter { event: Some(Event::Login), ..all() }).await, [2]);
    assert_eq!(found(AuditFilter { dialect: Some("shell".into()), ..all() }).await, [1, 3]);
    assert_eq!(found(AuditFilter { address: Some(ADDRESS), ..all() }).await, [2]);
    assert_eq!(found(AuditFilter { who: Some(("ann".into(), Vec::new())), ..all() }).await, [1, 2]);
    assert_eq!(found(AuditFilter { who: Some((String::new(), vec![ann.id])), ..all() }).await, [1, 2]);
    assert_eq!(found(AuditFilter { newest: Some(2), ..all() }).await, [2, 3]);
    assert_eq!(found(AuditFilter { newest: Some(9), ..all() }).await, [1, 2, 3]);
    assert!(found(AuditFilter { newest: Some(0), ..all() }).await.is_empty());
}

#[tokio::test]
async fn no_entry_holds_a_secret() {
    let world = world();
    let client_secret = Some(password("s3cret of a program"));
    let ann = NewUser { client_secret, ..super::new_user("ann", "ann@example.com") };
    let ann = world.accounts.register(ann).await.unwrap();
    let [access, refresh] = world.sign_in(&ann).await;
    let reset = from_outside(async {
        world.bearer(&access).await.unwrap();
        world.renew(&refresh).await.unwrap();
        world.renew(&refresh).await.unwrap_err();
        world.tokens.verify("not.a.token", Kind::Access).await.unwrap_err();
        world.accounts.authenticate_client(ann.uuid, password("wrong secret")).await.unwrap_err();
        world.accounts.reset_password(ann.id).await.unwrap()
    })
    .await;
    world.fails("ann", "wrong password").await;
    world.fails("wrong password", "ann").await;
    let hash = world.accounts.stored_hashes(&[ann.id]).await.unwrap()[&ann.id].clone();
    let secrets = [
        "secret12",
        "s3cret",
        "wrong secret",
        "wrong password",
        "not.a.token",
        &access,
        &refresh,
        reset.expose_secret(),
        &hash,
    ];
    let told = format!("{:?}", world.told().await);
    for secret in secrets {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
    // Neither does a part of a token, nor its id.
    for part in access.split('.').chain(refresh.split('.')) {
        assert!(!told.contains(part), "{part} in {told}");
    }
}

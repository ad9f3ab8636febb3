use std::collections::BTreeMap;

use secrecy::ExposeSecret as _;
use uuid::Uuid;

use super::{OTHER, new_user, password, world};
use crate::records::Proof;
use crate::{AddressSettings, Changes, Error, Facts, Field, Filter, Login, NewUser, Roles, SeedUser};

#[tokio::test]
async fn names_and_emails_are_unique_together_and_without_regard_to_case() {
    let world = world();
    world.register("Ann", "ann@example.com").await.unwrap();
    for (username, email, field) in [
        ("aNN", "new@example.com", Field::Username),
        ("ANN@example.com", "new@example.com", Field::Username),
        ("new", "Ann@Example.COM", Field::Email),
        ("new", "ann", Field::Email),
        ("", "ANN@EXAMPLE.COM", Field::Email),
    ] {
        let answer = world.register(username, email).await;
        assert!(matches!(answer, Err(Error::Taken(f)) if f == field), "{username} {email}: {answer:?}");
    }
    assert_eq!(world.accounts.count(Filter::default()).await.unwrap(), 1);
}

#[tokio::test]
async fn of_simultaneous_registrations_exactly_one_wins() {
    let world = world();
    let tries = (0..12).map(|number| world.register(if number % 2 == 0 { "twin" } else { "TWIN" }, ""));
    let outcomes = futures_join(tries).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(_) | Err(Error::Taken(Field::Username)))));
}

async fn futures_join<T>(tasks: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut tasks: Vec<_> = tasks.map(Box::pin).collect();
    let mut outcomes = Vec::new();
    std::future::poll_fn(|context| {
        tasks.retain_mut(|task| match task.as_mut().poll(context) {
            std::task::Poll::Ready(outcome) => {
                outcomes.push(outcome);
                false
            }
            std::task::Poll::Pending => true,
        });
        if tasks.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    outcomes
}

#[tokio::test]
async fn who_has_no_username_gets_the_email_as_one() {
    let world = world();
    let user = world.register("", "ann@example.com").await.unwrap();
    assert_eq!(user.username.as_deref(), Some("ann@example.com"));
    // It only stands in for a username, and follows the e-mail.
    let changes = Changes { email: Some("eve@example.com".into()), ..Changes::default() };
    let user = world.accounts.update(user.id, changes).await.unwrap();
    assert_eq!(user.username.as_deref(), Some("eve@example.com"));
    world.register("", "ann@example.com").await.unwrap();
}

#[tokio::test]
async fn a_login_takes_the_dialects_own_key_or_the_other_where_that_is_missing() {
    let world = world();
    world.register("ann", "ann@example.com").await.unwrap();
    world.register("nomail", "").await.unwrap();
    let login = |login| world.accounts.authenticate(login, password("secret12"));
    assert!(login(Login::Username("ANN".into())).await.is_ok());
    assert!(login(Login::Email("Ann@Example.com".into())).await.is_ok());
    assert!(matches!(login(Login::Email("ann".into())).await, Err(Error::BadCredentials)));
    assert!(matches!(login(Login::Username("ann@example.com".into())).await, Err(Error::BadCredentials)));
    assert!(login(Login::Email("nomail".into())).await.is_ok());
    assert!(matches!(login(Login::Email("nobody".into())).await, Err(Error::BadCredentials)));
    let wrong = world.accounts.authenticate(Login::Username("ann".into()), password("secret13")).await;
    assert!(matches!(wrong, Err(Error::BadCredentials)));
}

#[tokio::test]
async fn nobody_signs_in_under_a_name_beside_its_own() {
    let world = world();
    world.register("ann", "").await.unwrap();
    for name in ["am", "an", "anna", "ann\0", "zoe", ""] {
        let answer = world.accounts.authenticate(Login::Username(name.into()), password("secret12")).await;
        assert!(matches!(answer, Err(Error::BadCredentials)), "{name}: {answer:?}");
    }
}

#[tokio::test]
async fn only_the_right_password_learns_that_the_account_is_disabled() {
    let world = world();
    let user = world.register("ann", "").await.unwrap();
    world.accounts.update(user.id, Changes { enabled: Some(false), ..Changes::default() }).await.unwrap();
    let login = |text| world.accounts.authenticate(Login::Username("ann".into()), password(text));
    assert!(matches!(login("secret12").await, Err(Error::Disabled)));
    assert!(matches!(login("secret13").await, Err(Error::BadCredentials)));
}

#[tokio::test]
async fn an_id_is_never_used_twice() {
    let world = world();
    let first = world.register("ann", "").await.unwrap();
    world.accounts.remove(first.id).await.unwrap();
    assert!(matches!(world.accounts.remove(first.id).await, Err(Error::UserNotFound)));
    assert!(world.register("ann", "").await.unwrap().number > first.number);
    let given = SeedUser { id: Some(26), username: Some("user24".into()), ..SeedUser::default() };
    assert_eq!(world.accounts.seed(given.clone()).await.unwrap().number, 26);
    assert_eq!(world.register("next", "").await.unwrap().number, 27);
    for id in [0, -5, 1 << 53, i64::MAX] {
        let beyond = SeedUser { id: Some(id), ..given.clone() };
        assert!(matches!(world.accounts.seed(beyond).await, Err(Error::Invalid { field: Field::Id, .. })));
    }
    let twin = SeedUser { username: Some("other".into()), ..given };
    assert!(matches!(world.accounts.seed(twin).await, Err(Error::Taken(Field::Id))));
}

#[tokio::test]
async fn the_last_enabled_administrator_stays() {
    let world = world();
    let (one, two) = (world.administrator("one").await, world.administrator("two").await);
    world.accounts.remove(two.id).await.unwrap();
    let demotion = Changes { roles: Some(Roles::USER), ..Changes::default() };
    let switch_off = Changes { enabled: Some(false), ..Changes::default() };
    assert!(matches!(world.accounts.remove(one.id).await, Err(Error::LastAdmin)));
    assert!(matches!(world.accounts.update(one.id, demotion).await, Err(Error::LastAdmin)));
    assert!(matches!(world.accounts.update(one.id, switch_off).await, Err(Error::LastAdmin)));
    assert!(world.accounts.by_number(one.number).await.unwrap().is_admin());
}

#[tokio::test]
async fn a_change_that_fails_changes_nothing() {
    let world = world();
    let ann = world.register("ann", "ann@example.com").await.unwrap();
    world.register("eve", "").await.unwrap();
    let changes = Changes { name: Some("Ann".into()), username: Some("EVE".into()), ..Changes::default() };
    assert!(matches!(world.accounts.update(ann.id, changes).await, Err(Error::Taken(Field::Username))));
    assert_eq!(world.accounts.by_username("ann").await.unwrap(), ann);
    // Its own name in another case is nobody else's.
    let changes = Changes { username: Some("ANN".into()), ..Changes::default() };
    assert_eq!(world.accounts.update(ann.id, changes).await.unwrap().username.as_deref(), Some("ANN"));
}

#[tokio::test]
async fn a_wrong_present_password_changes_nothing() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    let attempt = |current: &str| {
        let (current_password, password) = (Some(password(current)), Some(password("changed1")));
        world.accounts.update(ann.id, Changes { current_password, password, ..Changes::default() })
    };
    assert!(matches!(attempt("secret13").await, Err(Error::BadCredentials)));
    attempt("secret12").await.unwrap();
    // The proof was for a hash that is gone by now: it holds if that was of the same password.
    let apply = |text: &str| {
        let proof = Proof { password: password(text), hash: "an older hash".into() };
        world.accounts.apply(ann.id, Changes { name: Some("x".into()), ..Changes::default() }, Some(proof), None)
    };
    assert!(matches!(apply("secret12").await, Err(Error::BadCredentials)));
    assert_eq!(apply("changed1").await.unwrap().name, "x");
}

#[tokio::test]
async fn a_reset_gives_a_password_that_works() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    let fresh = world.accounts.reset_password(ann.id).await.unwrap();
    assert!(fresh.expose_secret().len() >= 16);
    world.accounts.authenticate(Login::Username("ann".into()), fresh).await.unwrap();
    let old = world.accounts.authenticate(Login::Username("ann".into()), password("secret12")).await;
    assert!(matches!(old, Err(Error::BadCredentials)));
}

#[tokio::test]
async fn a_program_signs_in_by_the_secret_of_its_user() {
    let world = world();
    let ann = NewUser { client_secret: Some(password("s3cret")), ..new_user("ann", "") };
    let ann = world.accounts.register(ann).await.unwrap();
    let eve = world.register("eve", "").await.unwrap();
    let sign_in = |id, secret| world.accounts.authenticate_client(id, password(secret));
    assert_eq!(sign_in(ann.uuid, "s3cret").await.unwrap().id, ann.id);
    for (id, secret) in
        [(ann.uuid, "s3creT"), (ann.uuid, ""), (eve.uuid, "s3cret"), (eve.uuid, ""), (Uuid::nil(), "s3cret")]
    {
        assert!(matches!(sign_in(id, secret).await, Err(Error::BadCredentials)));
    }
}

#[tokio::test]
async fn facts_belong_to_the_realm_that_stored_them() {
    let world = world();
    let facts = Facts::from([("color".to_owned(), "blue".to_owned())]);
    let ann = world.accounts.register(NewUser { facts: facts.clone(), ..new_user("ann", "") }).await.unwrap();
    assert_eq!(ann.facts, facts);
    assert!(world.core.accounts(OTHER).by_number(ann.number).await.unwrap().facts.is_empty());
}

#[tokio::test]
async fn nobody_is_found_by_a_name_with_nul_in_it() {
    let world = world();
    world.register("ann", "ann@example.com").await.unwrap();
    for text in ["\0", "ann\0"] {
        assert!(matches!(world.accounts.by_username(text).await, Err(Error::UserNotFound)));
        assert!(world.accounts.find(text).await.unwrap().is_empty());
        let login = Login::Email(text.into());
        assert!(matches!(world.accounts.authenticate(login, password("secret12")).await, Err(Error::BadCredentials)));
        for filter in [
            Filter { term: Some(text.into()), ..Filter::default() },
            Filter { name: Some(text.into()), ..Filter::default() },
            Filter { email: Some(text.into()), ..Filter::default() },
        ] {
            assert_eq!(world.accounts.count(filter).await.unwrap(), 0);
        }
    }
}

#[tokio::test]
async fn a_user_is_found_by_any_of_its_names() {
    let world = world();
    let ann = world.register("ann", "ann@example.com").await.unwrap();
    for name in [ann.number.to_string(), ann.uuid.to_string(), "ANN".into(), "Ann@example.com".into()] {
        assert_eq!(world.accounts.find(&name).await.unwrap(), std::slice::from_ref(&ann), "{name}");
    }
    assert!(world.accounts.find("nobody").await.unwrap().is_empty());
    let twin = world.register(&ann.number.to_string(), "").await.unwrap();
    assert_eq!(world.accounts.find(&ann.number.to_string()).await.unwrap(), [ann, twin]);
}

#[tokio::test]
async fn a_disguise_is_stable_and_differs_by_user_and_realm() {
    let world = world();
    let (ann, eve) = (world.register("ann", "").await.unwrap(), world.register("eve", "").await.unwrap());
    assert_eq!(world.accounts.disguise(&ann), world.accounts.disguise(&ann));
    assert_ne!(world.accounts.disguise(&ann), world.accounts.disguise(&eve));
    assert_ne!(world.accounts.disguise(&ann), world.core.accounts(OTHER).disguise(&ann));
}

#[tokio::test]
async fn stored_addresses_go_before_derived_ones() {
    let mut world = world();
    let settings = AddressSettings { akash_xpub: Some(XPUB.into()) };
    world.accounts.deriver = crate::addresses::Deriver::from_settings(&settings).unwrap();
    let ann = world.register("ann", "").await.unwrap();
    let derived = world.accounts.addresses(&ann).await.unwrap();
    // As the Python package bip_utils derives 0/1 below this account.
    assert_eq!(ann.number, 1);
    assert_eq!(derived["akash"], "akash1jrkmdcwgq94uaamx6zax2luewlhf7u4k3rtk0c");
    let own = BTreeMap::from([("akash".to_owned(), "akash1gxglu3ny085vnwearp3kf6tvhw2c7dya9ltn7q".to_owned())]);
    let eve = SeedUser { username: Some("eve".into()), addresses: own.clone(), ..SeedUser::default() };
    let eve = world.accounts.seed(eve).await.unwrap();
    assert_eq!(world.accounts.addresses(&eve).await.unwrap(), own);
    let set = |addresses| world.accounts.update(eve.id, Changes { addresses, ..Changes::default() });
    set(BTreeMap::from([("akash".to_owned(), "akash1new".to_owned())])).await.unwrap();
    set(BTreeMap::from([("cosmos".to_owned(), "cosmos1new".to_owned())])).await.unwrap();
    let both = world.accounts.addresses(&eve).await.unwrap();
    assert_eq!(both.into_values().collect::<Vec<_>>(), ["akash1new", "cosmos1new"]);
}

/// Account m/44'/118'/0' of the mnemonic "abandon … about" (a test vector of BIP-39).
const XPUB: &str =
    "xpub6DGzViq8bmgMLYdVZ3xnLVEdKwzBnGdzzJZ4suG8kVb9TTLAbrwv8YdKBb8FWKdBNinaHKmBv7JpQvqBYx4rxch7WnHzNFzSVrMf8hQepTP";

#[tokio::test]
async fn an_unusable_extended_key_is_named() {
    // Nonsense; the private and the public master key of the first test vector of BIP-32.
    for key in [
        "xpub-nonsense",
        "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi",
        "xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8",
    ] {
        let settings = AddressSettings { akash_xpub: Some(key.into()) };
        let error = crate::addresses::Deriver::from_settings(&settings).err().unwrap().to_string();
        assert!(error.contains("addresses.akash_xpub") && !error.contains(key), "{error}");
    }
}

#[tokio::test]
async fn a_database_that_fails_is_said_and_loses_nothing() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    let break_it = |sql: &'static str| {
        world.accounts.database.write(move |conn| {
            use diesel::connection::SimpleConnection as _;
            Ok(conn.batch_execute(sql)?)
        })
    };
    break_it("ALTER TABLE users RENAME TO hidden").await.unwrap();
    assert!(matches!(world.accounts.by_number(ann.number).await, Err(Error::Storage(_))));
    assert!(matches!(world.register("eve", "").await, Err(Error::Storage(_))));
    break_it("ALTER TABLE hidden RENAME TO users").await.unwrap();
    assert_eq!(world.accounts.by_number(ann.number).await.unwrap(), ann);
    world.register("eve", "").await.unwrap();
}

#[tokio::test]
async fn a_new_database_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = world();
    world.register("ann", "").await.unwrap();
    for file in std::fs::read_dir(world.folder.path()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", file.path().display());
    }
}

#[tokio::test]
async fn a_hash_that_nobody_could_sign_in_with_is_not_stored() {
    let world = world();
    let seed = |hash: &str| {
        let (username, password_hash) = (Some("ann".to_owned()), Some(hash.to_owned()));
        world.accounts.seed(SeedUser { username, password_hash, ..SeedUser::default() })
    };
    for hash in ["garbage", "", "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"] {
        assert!(matches!(seed(hash).await, Err(Error::Invalid { field: Field::Password, .. })), "{hash}");
    }
    seed("$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW").await.unwrap();
    world.accounts.authenticate(Login::Username("ann".into()), password("U*U")).await.unwrap();
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let world = world();
    let insert = "INSERT INTO __diesel_schema_migrations (version) VALUES ('20991231000000')";
    let newer = world.accounts.database.write(move |conn| {
        use diesel::connection::SimpleConnection as _;
        Ok(conn.batch_execute(insert)?)
    });
    newer.await.unwrap();
    for answer in [world.core.migrate(), world.core.pending_migrations()] {
        assert!(answer.unwrap_err().to_string().contains("newer"));
    }
}

//! Signing in by the word of an old server.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use secrecy::ExposeSecret as _;

use super::{ONE, OTHER, World, new_user, password, world, world_of};
use crate::db::identities::IdentityValues;
use crate::{
    Accounts, Changes, Clock, Error, Facts, Filter, GuessSettings, Login, NewUser, NoWord, OldServer, Password,
    Profile, Realm, Result, Roles, SeedUser, Trust, User, Word,
};

const TRUST: Trust = Trust { newcomers: true, administrators: false };

/// An old server that knows one password, and how often it was asked.
struct Old {
    accounts: Accounts,
    asked: Arc<AtomicUsize>,
}

impl Old {
    fn of(world: &World, trust: Trust, word: impl Fn(&Login) -> Word + Send + Sync + 'static) -> Self {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let ask = move |login: Login, password: Password| {
            count.fetch_add(1, Relaxed);
            let right = password.expose_secret().starts_with("secret");
            let word = word(&login).map(|profile| profile.filter(|_| right));
            async move { word }
        };
        Self { accounts: world.accounts.clone().asking(OldServer::new(trust, ask)), asked }
    }

    /// It knows everybody, and tells nothing of them.
    fn knowing_all(world: &World, trust: Trust) -> Self {
        Self::of(world, trust, |_| Ok(Some(Profile::default())))
    }

    async fn sign_in(&self, username: &str, text: &str) -> Result<User> {
        self.accounts.authenticate(Login::Username(username.into()), password(text)).await
    }

    fn asked(&self) -> usize {
        self.asked.load(Relaxed)
    }
}

impl World {
    /// Somebody who came without a password from the old server of this realm, where it had this number.
    async fn came_from(&self, realm: Realm, number: Option<i64>, seed: SeedUser) -> User {
        self.came_as(None, realm, number, seed).await
    }

    /// The same of somebody who was called otherwise there.
    async fn came_as(&self, name: Option<&'static str>, realm: Realm, number: Option<i64>, seed: SeedUser) -> User {
        let user = self.accounts.seed(seed).await.unwrap();
        let bare = IdentityValues::bare(realm, user.id.0, user.updated.naive_utc());
        let known = IdentityValues { number, username: name.map(Into::into), ..bare };
        self.write_identity(known).await.unwrap();
        self.accounts.by_id(user.id).await.unwrap()
    }

    async fn count(&self) -> i64 {
        self.accounts.count(Filter::default()).await.unwrap()
    }
}

fn named(username: &str) -> SeedUser {
    SeedUser { username: Some(username.into()), ..SeedUser::default() }
}

fn is_refused(outcome: &Result<User>) -> bool {
    matches!(outcome, Err(Error::BadCredentials))
}

#[tokio::test]
async fn whoever_is_not_here_comes_in_once_and_without_any_right() {
    let world = world();
    let facts = Facts::from([("color".to_owned(), "blue".to_owned())]);
    let profile = Profile {
        username: Some("Ann".into()),
        email: Some("ann@example.com".into()),
        name: "Ann".into(),
        facts: facts.clone(),
        ..Profile::default()
    };
    let old = Old::of(&world, TRUST, move |_| Ok(Some(profile.clone())));
    assert!(is_refused(&old.sign_in("ann", "wrong").await));
    assert_eq!((world.count().await, old.asked()), (0, 1));
    let ann = old.sign_in("ann", "secret12").await.unwrap();
    assert_eq!((ann.username.as_deref(), ann.email.as_deref()), (Some("Ann"), Some("ann@example.com")));
    assert_eq!((ann.name.as_str(), &ann.facts, ann.roles, ann.enabled), ("Ann", &facts, Roles::USER, true));
    assert_eq!(old.sign_in("ANN", "secret12").await.unwrap(), ann);
    assert!(is_refused(&old.sign_in("ann", "secret13").await), "the old server would have said yes");
    assert_eq!(old.asked(), 2);
}

#[tokio::test]
async fn whoever_came_without_a_password_gets_it_and_is_otherwise_as_before() {
    let world = world();
    let ann = world.came_from(ONE, None, named("ann")).await;
    let old = Old::of(&world, TRUST, |_| Ok(Some(Profile { email: Some("x@x.org".into()), ..Profile::default() })));
    assert_eq!(old.sign_in("ann", "secret12").await.unwrap(), ann);
    assert_eq!(world.accounts.authenticate(Login::Username("ann".into()), password("secret12")).await.unwrap(), ann);
    assert!(is_refused(&old.sign_in("ann", "secret13").await));
    assert_eq!(old.asked(), 1);
}

#[tokio::test]
async fn nobody_who_has_a_password_here_is_asked_about() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    let old = Old::of(&world, TRUST, |_| Err(NoWord::Unreachable));
    assert_eq!(old.sign_in("ann", "secret12").await.unwrap(), ann);
    assert!(is_refused(&old.sign_in("ann", "secret13").await));
    assert_eq!(old.asked(), 0);
}

#[tokio::test]
async fn an_old_server_that_cannot_say_makes_no_password_wrong() {
    let still = Clock::still(DateTime::<Utc>::UNIX_EPOCH);
    let world = world_of(GuessSettings { free: 1, ..GuessSettings::default() }, still);
    world.came_from(ONE, None, named("ann")).await;
    let old = Old::of(&world, TRUST, |_| Err(NoWord::Unreachable));
    for name in ["ann", "ann", "ann", "nobody", "nobody"] {
        assert!(matches!(old.sign_in(name, "secret12").await, Err(Error::Busy)), "{name}");
    }
    assert_eq!(world.count().await, 1);
}

/// Otherwise a stranger could send odd questions through the gateway without end.
#[tokio::test]
async fn a_question_that_the_old_server_refuses_is_no_wrong_password_and_counts_as_a_guess() {
    let still = Clock::still(DateTime::<Utc>::UNIX_EPOCH);
    let world = world_of(GuessSettings { free: 2, ..GuessSettings::default() }, still);
    world.came_from(ONE, None, named("ann")).await;
    let old = Old::of(&world, TRUST, |_| Err(NoWord::Refused));
    for name in ["ann", "nobody"] {
        for _ in 0..2 {
            assert!(matches!(old.sign_in(name, "secret12").await, Err(Error::Busy)), "{name}");
        }
        assert!(matches!(old.sign_in(name, "secret12").await, Err(Error::TooManyAttempts { .. })), "{name}");
    }
    assert_eq!((old.asked(), world.count().await), (4, 1));
}

#[tokio::test]
async fn guesses_are_limited_before_the_old_server_hears_of_them() {
    let still = Clock::still(DateTime::<Utc>::UNIX_EPOCH);
    let world = world_of(GuessSettings { free: 2, ..GuessSettings::default() }, still);
    let old = Old::knowing_all(&world, TRUST);
    for _ in 0..2 {
        assert!(is_refused(&old.sign_in("ann", "wrong").await));
    }
    for text in ["wrong", "secret12"] {
        assert!(matches!(old.sign_in("ann", text).await, Err(Error::TooManyAttempts { .. })));
    }
    assert_eq!((old.asked(), world.count().await), (2, 0));
}

#[tokio::test]
async fn the_word_of_an_old_server_counts_for_its_own_people_alone() {
    let world = world();
    world.came_from(OTHER, None, named("elsewhere")).await;
    world.accounts.seed(named("nowhere")).await.unwrap();
    world.came_from(ONE, Some(26), named("ann")).await;
    let old = Old::of(&world, TRUST, |_| Ok(Some(Profile { number: Some(27), ..Profile::default() })));
    for name in ["elsewhere", "nowhere", "ann"] {
        assert!(is_refused(&old.sign_in(name, "secret12").await), "{name}");
    }
    assert_eq!(old.asked(), 3);
}

#[tokio::test]
async fn a_name_that_somebody_has_here_may_be_another_persons_there() {
    let world = world();
    let ann = world.came_as(Some("ann"), ONE, None, named("ann-one")).await;
    let old = Old::knowing_all(&world, TRUST);
    assert!(is_refused(&old.sign_in("ann-one", "secret12").await));
    assert_eq!(old.sign_in("Ann", "secret12").await.unwrap(), ann);
    assert_eq!(old.sign_in("ann-one", "secret12").await.unwrap(), ann, "by the password that is here by now");
}

#[tokio::test]
async fn a_name_that_an_old_server_without_ids_spells_otherwise_may_be_another_persons() {
    let world = world();
    let bea = world.came_from(ONE, None, named("bea")).await;
    let told = |spelled: &str| Profile { username: Some(spelled.to_owned()), ..Profile::default() };
    let other = Old::of(&world, TRUST, move |_| Ok(Some(told("BEA"))));
    assert!(is_refused(&other.sign_in("BEA", "secret12").await));
    let same = Old::of(&world, TRUST, move |_| Ok(Some(told("bea"))));
    assert_eq!(same.sign_in("Bea", "secret12").await.unwrap().id, bea.id);
}

#[tokio::test]
async fn whoever_was_deleted_here_does_not_come_back_by_an_old_servers_word() {
    let world = world();
    let dan = world.came_from(ONE, Some(41), named("dan")).await;
    world.accounts.remove(dan.id).await.unwrap();
    let old = Old::of(&world, TRUST, |_| Ok(Some(Profile { number: Some(41), ..Profile::default() })));
    assert!(is_refused(&old.sign_in("dan", "secret12").await));
    assert_eq!(world.count().await, 0);
}

#[tokio::test]
async fn an_administrators_password_is_taken_over_only_where_a_person_said_so() {
    let world = world();
    world.came_from(ONE, None, SeedUser { roles: Roles::USER.with_admin(true), ..named("root") }).await;
    assert!(is_refused(&Old::knowing_all(&world, TRUST).sign_in("root", "secret12").await));
    let trusted = Old::knowing_all(&world, Trust { administrators: true, ..TRUST });
    assert!(trusted.sign_in("root", "secret12").await.unwrap().is_admin());
}

#[tokio::test]
async fn whoever_was_deleted_or_renamed_does_not_come_back_by_the_name_of_one_realm() {
    let world = world();
    let ann = world.came_as(Some("ann"), ONE, Some(26), named("ann-one")).await;
    let bob = world.came_as(Some("bob"), ONE, Some(27), named("bob-one")).await;
    world.accounts.remove(ann.id).await.unwrap();
    let renamed = Changes { username: Some("robert".into()), ..Changes::default() };
    world.accounts.update(bob.id, renamed).await.unwrap();
    let old = Old::knowing_all(&world, TRUST);
    for name in ["ann", "BOB"] {
        assert!(is_refused(&old.sign_in(name, "secret12").await), "{name}");
    }
    assert_eq!(world.count().await, 1);
    assert!(old.sign_in("cyd", "secret12").await.is_ok());
}

#[tokio::test]
async fn newcomers_can_be_kept_out() {
    let world = world();
    let old = Old::knowing_all(&world, Trust { newcomers: false, ..TRUST });
    world.came_from(ONE, None, named("ann")).await;
    assert!(is_refused(&old.sign_in("bob", "secret12").await));
    old.sign_in("ann", "secret12").await.unwrap();
    assert_eq!(world.count().await, 1);
}

#[tokio::test]
async fn whoever_is_switched_off_stays_so_and_hears_it_only_with_the_right_password() {
    let world = world();
    let ann = world.came_from(ONE, None, SeedUser { enabled: false, ..named("ann") }).await;
    let old = Old::knowing_all(&world, TRUST);
    assert!(is_refused(&old.sign_in("ann", "wrong").await));
    assert!(matches!(old.sign_in("ann", "secret12").await, Err(Error::Disabled)));
    world.accounts.update(ann.id, Changes { enabled: Some(true), ..Changes::default() }).await.unwrap();
    old.sign_in("ann", "secret12").await.unwrap();
    assert_eq!(old.asked(), 3, "its password was not stored while it was switched off");
}

#[tokio::test]
async fn a_password_that_cannot_be_stored_is_asked_about_each_time() {
    let world = world();
    let old = Old::knowing_all(&world, TRUST);
    let long = format!("secret{}", "x".repeat(70));
    let ann = old.sign_in("ann", &long).await.unwrap();
    assert_eq!(old.sign_in("ann", &long).await.unwrap(), ann);
    assert_eq!(old.asked(), 2);
    old.accounts
        .change_password(Login::Username("ann".into()), password(&long), password("chosen here"))
        .await
        .unwrap();
    assert_eq!(old.sign_in("ann", "chosen here").await.unwrap().id, ann.id);
    assert_eq!(old.asked(), 3);
}

#[tokio::test]
async fn many_who_come_in_at_once_are_one() {
    let world = world();
    world.came_from(ONE, None, named("bob")).await;
    let old = Old::knowing_all(&world, TRUST);
    for name in ["ann", "bob"] {
        let users = join_all((0..8).map(|_| old.sign_in(name, "secret12"))).await;
        let ids: Vec<_> = users.into_iter().map(|user| user.unwrap().id).collect();
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    }
    assert_eq!(world.count().await, 2);
}

#[tokio::test]
async fn a_name_that_somebody_else_has_is_left_out_and_never_shared() {
    let world = world();
    world.register("ann", "ann@example.com").await.unwrap();
    let profile = Profile { email: Some("ANN@example.com".into()), name: "Bob".into(), ..Profile::default() };
    let old = Old::of(&world, TRUST, move |_| Ok(Some(profile.clone())));
    let bob = old.sign_in("bob", "secret12").await.unwrap();
    assert_eq!((bob.username.as_deref(), bob.email, bob.name.as_str()), (Some("bob"), None, "Bob"));
    // As an e-mail it is nobody's; as a name it is somebody's username.
    let by_email = old.accounts.authenticate(Login::Email("ann".into()), password("secret99")).await;
    assert!(is_refused(&by_email));
}

#[tokio::test]
async fn what_nobody_can_have_is_not_passed_on() {
    let world = world();
    let old = Old::knowing_all(&world, TRUST);
    let long = format!("secret{}", "x".repeat(2000));
    for (name, text) in [("", "secret12"), ("a\nb", "secret12"), ("ann", ""), ("ann", "secret\0"), ("ann", &long)] {
        assert!(is_refused(&old.sign_in(name, text).await), "{name:?}");
    }
    assert!(is_refused(&old.sign_in(&"x".repeat(256), "secret12").await));
    assert_eq!(old.asked(), 0);
}

#[tokio::test]
async fn the_audit_log_tells_of_a_password_that_was_taken_over() {
    let world = world();
    let ann = world.came_from(ONE, None, named("ann")).await;
    let old = Old::knowing_all(&world, TRUST);
    old.sign_in("ann", "secret12").await.unwrap();
    old.sign_in("bob", "secret12").await.unwrap();
    let told = world.told().await;
    let about = |name: &str| -> Vec<_> {
        let subject = |entry: &&crate::Entry| entry.subject.as_ref().is_some_and(|subject| subject.name == name);
        told.iter().filter(subject).map(|entry| entry.event.as_str()).collect()
    };
    assert_eq!(about("ann"), ["registration", "password-taken-over", "credentials-accepted"]);
    assert_eq!(about("bob"), ["registration", "password-taken-over", "credentials-accepted"]);
    assert_eq!(told[1].subject.as_ref().unwrap().id, ann.id.0);
}

/// The old server's people may have names of their own that a registration here would refuse.
#[tokio::test]
async fn a_profile_that_cannot_be_stored_leaves_the_name_that_was_given() {
    let world = world();
    let odd = Profile { email: Some("\n".into()), name: "x".repeat(999), ..Profile::default() };
    let old = Old::of(&world, TRUST, move |_| Ok(Some(odd.clone())));
    let ann = old.sign_in("ann", "secret12").await.unwrap();
    assert_eq!((ann.username.as_deref(), ann.email, ann.name.as_str()), (Some("ann"), None, ""));
    let taken = world.accounts.register(NewUser { ..new_user("ann", "") }).await;
    assert!(matches!(taken, Err(Error::Taken(_))));
}

#[tokio::test]
async fn a_newcomer_keeps_its_old_ids_in_its_realm_unless_they_are_somebody_elses() {
    let world = world();
    let uuid = crate::Random::system().uuid();
    let first = world.register("first", "").await.unwrap();
    let old = Old::of(&world, TRUST, move |login| {
        let number = if *login == Login::Username("ann".into()) { 26 } else { first.number };
        Ok(Some(Profile { number: Some(number), uuid: Some(uuid), ..Profile::default() }))
    });
    let ann = old.sign_in("ann", "secret12").await.unwrap();
    assert_eq!((ann.number, ann.uuid), (26, uuid));
    assert_eq!(world.accounts.by_number(26).await.unwrap(), ann);
    assert_eq!(world.accounts.by_uuid(uuid).await.unwrap(), ann);
    assert_ne!(world.core.accounts(OTHER).by_username("ann").await.unwrap().number, 26);
    // Somebody has both ids already.
    let bob = old.sign_in("bob", "secret12").await.unwrap();
    assert!(bob.number > 1_000_000_000 && bob.uuid != uuid);
    assert!(world.register("last", "").await.unwrap().number > 1_000_000_000);
}

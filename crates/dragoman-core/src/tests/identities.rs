//! Users whom a realm knows by other numbers, UUIDs, names and passwords than the rest.

mod buried;

use diesel::prelude::*;
use uuid::Uuid;

use super::{ONE, OTHER, World, new_user, parts, password, world};
use crate::db::connection::AnyConnection;
use crate::db::identities::IdentityValues;
use crate::db::schema::identities as table;
use crate::db::{self, users};
use crate::identities;
use crate::identities::numbers::{Holder, begin_imports, holder_of_number, holder_of_uuid};
use crate::rows::stored_time;
use crate::{Accounts, Changes, Error, Grant, Login, Realm, User, UserId};

/// As an old server knew a user.
#[derive(Clone, Default)]
struct Known {
    number: Option<i64>,
    uuid: Option<Uuid>,
    username: Option<&'static str>,
    password_hash: Option<String>,
}

impl World {
    /// Has the realm know the user so.
    async fn knows(&self, realm: Realm, user: &User, known: Known) -> crate::Result<()> {
        let values = IdentityValues {
            number: known.number,
            uuid: known.uuid.map(|uuid| uuid.to_string()),
            username: known.username.map(str::to_owned),
            password_hash: known.password_hash,
            record: Some("{}".into()),
            keeps_password: true,
            ..IdentityValues::bare(realm, user.id.0, stored_time(self.clock.now()))
        };
        self.write_identity(values).await
    }

    async fn numbered(&self, name: &str, realm: Realm, number: i64) -> User {
        let user = self.register(name, "").await.unwrap();
        self.knows(realm, &user, Known { number: Some(number), ..Known::default() }).await.unwrap();
        user
    }

    /// The user, with the hash of another password where only the other realm counts it.
    async fn linked(&self) -> User {
        let ann = self.register("ann", "ann@example.com").await.unwrap();
        let twin = self.accounts.register(super::NewUser { password: password("of-old-12"), ..new_user("twin", "") });
        let twin = twin.await.unwrap();
        let hashes = self.accounts.stored_hashes(&[twin.id]).await.unwrap();
        let password_hash = hashes.get(&twin.id).cloned();
        self.accounts.remove(twin.id).await.unwrap();
        self.knows(OTHER, &ann, Known { number: Some(26), password_hash, ..Known::default() }).await.unwrap();
        ann
    }

    fn other(&self) -> Accounts {
        self.core.accounts(OTHER)
    }

    async fn ask<T: Send + 'static>(
        &self,
        query: impl Fn(&mut AnyConnection) -> crate::Result<T> + Send + 'static,
    ) -> T {
        self.accounts.database.write(query).await.unwrap()
    }

    async fn holder(&self, realm: Realm, number: i64) -> Holder {
        self.ask(move |conn| holder_of_number(conn, realm, number)).await
    }
}

async fn signs_in(accounts: &Accounts, name: &str, given: &str) -> crate::Result<User> {
    accounts.authenticate(Login::Username(name.into()), password(given)).await
}

fn is_nobody(outcome: crate::Result<User>) -> bool {
    matches!(outcome, Err(Error::UserNotFound))
}

#[tokio::test]
async fn a_number_means_one_person_in_each_realm() {
    let world = world();
    let of_one = world.numbered("ann", ONE, 26).await;
    let of_other = world.numbered("bob", OTHER, 26).await;
    assert_eq!(world.accounts.by_number(26).await.unwrap().id, of_one.id);
    assert_eq!(world.other().by_number(26).await.unwrap().id, of_other.id);
    // Where they have another number their own is nobody's, and elsewhere it is theirs.
    assert!(is_nobody(world.accounts.by_number(of_one.id.0).await));
    assert!(is_nobody(world.other().by_number(of_other.id.0).await));
    assert_eq!(world.other().by_number(of_one.id.0).await.unwrap().number, of_one.id.0);
    assert_eq!(world.accounts.by_number(of_other.id.0).await.unwrap().id, of_other.id);
    assert_eq!(world.accounts.by_id(of_one.id).await.unwrap().number, 26);
    let taken = world.knows(ONE, &of_other, Known { number: Some(26), ..Known::default() }).await;
    assert!(matches!(taken, Err(Error::Taken(_))));
}

#[tokio::test]
async fn a_uuid_of_a_realm_finds_and_shows_its_user_there_alone() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    let of_old = Uuid::from_u128(7);
    world.knows(OTHER, &ann, Known { uuid: Some(of_old), ..Known::default() }).await.unwrap();
    let there = world.other().by_uuid(of_old).await.unwrap();
    assert_eq!((there.id, there.uuid, there.number), (ann.id, of_old, ann.number));
    assert!(is_nobody(world.accounts.by_uuid(of_old).await));
    assert!(is_nobody(world.other().by_uuid(ann.uuid).await));
    assert_eq!(world.accounts.by_uuid(ann.uuid).await.unwrap(), ann);
    let holder = |realm, uuid| world.ask(move |conn| holder_of_uuid(conn, realm, uuid));
    assert_eq!(holder(OTHER, of_old).await, Holder::User(ann.id));
    assert_eq!(holder(OTHER, ann.uuid).await, Holder::Nobody);
    assert_eq!(holder(ONE, ann.uuid).await, Holder::User(ann.id));
}

#[tokio::test]
async fn a_token_shows_its_bearer_as_its_realm_does() {
    let world = world();
    let ann = world.numbered("ann", ONE, 26).await;
    let ann = world.accounts.by_id(ann.id).await.unwrap();
    let [token] = world.tokens.issue(&ann, [Grant::access(super::HOUR)], parts).await.unwrap();
    assert_eq!(world.bearer(&token).await.unwrap().user, ann);
    assert_eq!(ann.number, 26);
}

#[tokio::test]
async fn the_numbers_of_a_deleted_user_are_nobodys_for_ever() {
    let world = world();
    let uuid = Uuid::from_u128(7);
    let ann = world.register("ann", "").await.unwrap();
    let known = Known { number: Some(26), uuid: Some(uuid), username: Some("old ann"), ..Known::default() };
    world.knows(OTHER, &ann, known).await.unwrap();
    world.accounts.remove(ann.id).await.unwrap();
    assert!(is_nobody(world.other().by_number(26).await));
    assert!(is_nobody(world.other().by_uuid(uuid).await));
    assert_eq!(world.holder(OTHER, 26).await, Holder::Deleted);
    assert_eq!(world.ask(move |conn| holder_of_uuid(conn, OTHER, uuid)).await, Holder::Deleted);
    let kept: (Option<i64>, Option<String>, Option<String>, bool) = world
        .ask(|conn| {
            let columns = (table::user_id, table::username, table::record, table::keeps_password);
            Ok(table::table.select(columns).get_result(conn)?)
        })
        .await;
    assert_eq!(kept, (None, None, None, false));
    // Not even when the core's own ids come there.
    world.ask(|conn| Ok(db::numbers::go_on_after(conn, 25)?)).await;
    let next = world.register("next", "").await.unwrap();
    assert_eq!(next.id, UserId(26));
    assert!(is_nobody(world.other().by_number(26).await));
    assert_eq!(world.accounts.by_number(26).await.unwrap(), next);
    assert_eq!(world.register("old ann", "").await.unwrap().username.as_deref(), Some("old ann"));
}

#[tokio::test]
async fn a_linked_person_has_a_password_in_each_realm_until_it_changes_one() {
    let world = world();
    let ann = world.linked().await;
    assert_eq!(signs_in(&world.accounts, "ann", "secret12").await.unwrap().number, ann.number);
    assert_eq!(signs_in(&world.other(), "ann", "of-old-12").await.unwrap().number, 26);
    for (accounts, wrong) in [(&world.accounts, "of-old-12"), (&world.other(), "secret12")] {
        assert!(matches!(signs_in(accounts, "ann", wrong).await, Err(Error::BadCredentials)));
    }
    let proven =
        |present| Changes { name: Some("Ann".into()), current_password: Some(password(present)), ..Changes::default() };
    assert!(matches!(world.other().update(ann.id, proven("secret12")).await, Err(Error::BadCredentials)));
    world.other().update(ann.id, proven("of-old-12")).await.unwrap();
    assert!(signs_in(&world.other(), "ann", "of-old-12").await.is_ok(), "another change leaves passwords alone");

    let login = Login::Username("ann".into());
    world.other().change_password(login, password("of-old-12"), password("brand-new")).await.unwrap();
    for accounts in [&world.accounts, &world.other()] {
        assert!(signs_in(accounts, "ann", "brand-new").await.is_ok());
        for old in ["of-old-12", "secret12"] {
            assert!(matches!(signs_in(accounts, "ann", old).await, Err(Error::BadCredentials)));
        }
    }
    assert_eq!(own_password(&world).await, (None, false));
}

#[tokio::test]
async fn a_password_that_is_reset_counts_in_every_realm() {
    let world = world();
    let ann = world.linked().await;
    assert!(matches!(own_password(&world).await, (Some(_), true)));
    use secrecy::ExposeSecret as _;
    let fresh = world.accounts.reset_password(ann.id).await.unwrap();
    assert!(signs_in(&world.other(), "ann", fresh.expose_secret()).await.is_ok());
    assert!(matches!(signs_in(&world.other(), "ann", "of-old-12").await, Err(Error::BadCredentials)));
    assert_eq!(own_password(&world).await, (None, false));
    assert_eq!(world.other().by_id(ann.id).await.unwrap().number, 26);
}

#[tokio::test]
async fn a_weak_hash_that_one_realm_alone_counts_is_replaced_there_alone() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    let weak = "{SHA}qZk+NkcGgWq6PiVxeFDCbJzQ2J0="; // FIPS 180: "abc"
    let known = Known { number: Some(26), password_hash: Some(weak.into()), ..Known::default() };
    world.knows(OTHER, &ann, known).await.unwrap();
    let common = world.accounts.stored_hashes(&[ann.id]).await.unwrap();
    signs_in(&world.other(), "ann", "abc").await.unwrap();
    super::hashes::settled(&world.accounts).await;
    let (own, keeps_password) = own_password(&world).await;
    assert!(own.unwrap().starts_with("$2b$04$") && keeps_password);
    assert_eq!(world.accounts.stored_hashes(&[ann.id]).await.unwrap(), common);
    assert!(signs_in(&world.other(), "ann", "abc").await.is_ok());
    assert!(signs_in(&world.accounts, "ann", "secret12").await.is_ok());
}

async fn own_password(world: &World) -> (Option<String>, bool) {
    world.ask(|conn| Ok(table::table.select((table::password_hash, table::keeps_password)).get_result(conn)?)).await
}

/// Ann of the other realm, whose name somebody else has everywhere else.
async fn renamed(world: &World) -> (User, User) {
    let first = world.register("ann", "").await.unwrap();
    let late = super::NewUser { password: password("of-old-12"), ..new_user("ann-other", "late@example.com") };
    let late = world.accounts.register(late).await.unwrap();
    world.knows(OTHER, &late, Known { username: Some("Ann"), ..Known::default() }).await.unwrap();
    (first, late)
}

#[tokio::test]
async fn whoever_was_renamed_keeps_the_old_name_in_its_old_realm_alone() {
    let world = world();
    let (first, late) = renamed(&world).await;
    assert_eq!(signs_in(&world.other(), "ann", "of-old-12").await.unwrap().username.as_deref(), Some("Ann"));
    assert_eq!(
        signs_in(&world.accounts, "ann-other", "of-old-12").await.unwrap().username.as_deref(),
        Some("ann-other")
    );
    assert_eq!(signs_in(&world.accounts, "ann", "secret12").await.unwrap().id, first.id);
    assert!(matches!(signs_in(&world.accounts, "ann", "of-old-12").await, Err(Error::BadCredentials)));
    assert!(matches!(signs_in(&world.other(), "ann", "secret12").await, Err(Error::BadCredentials)));
    assert_eq!(world.other().by_username("ANN").await.unwrap().id, late.id);
    assert_eq!(world.other().by_username("ann-other").await.unwrap().id, late.id);
    assert_eq!(world.other().by_email("late@example.com").await.unwrap().id, late.id);
    assert_eq!(world.accounts.by_username("ann").await.unwrap().id, first.id);
    assert_eq!(world.other().find("ann").await.unwrap().first().map(|user| user.id), Some(late.id));
}

#[tokio::test]
async fn nobody_takes_a_name_that_somebody_has_in_any_realm() {
    let world = world();
    let (first, _) = renamed(&world).await;
    world.accounts.remove(first.id).await.unwrap();
    assert!(matches!(world.register("ANN", "").await, Err(Error::Taken(_))));
    let bob = world.register("bob", "").await.unwrap();
    for accounts in [&world.accounts, &world.other()] {
        assert!(matches!(accounts.update(bob.id, named("ann")).await, Err(Error::Taken(_))));
    }
}

fn named(username: &str) -> Changes {
    Changes { username: Some(username.into()), ..Changes::default() }
}

#[tokio::test]
async fn a_name_of_one_realm_goes_when_its_owner_takes_another() {
    let world = world();
    let (first, late) = renamed(&world).await;
    // A client that sends back what it was shown renames nobody, nor does a new e-mail.
    let same = Changes { email: Some("new@example.com".into()), ..named("Ann") };
    assert_eq!(world.other().update(late.id, same).await.unwrap().username.as_deref(), Some("Ann"));
    assert_eq!(
        world.accounts.update(late.id, named("ann-other")).await.unwrap().username.as_deref(),
        Some("ann-other")
    );
    assert_eq!(world.other().by_username("ann").await.unwrap().id, late.id);
    assert_eq!(world.other().by_email("new@example.com").await.unwrap().id, late.id);

    assert_eq!(world.other().update(late.id, named("anna")).await.unwrap().username.as_deref(), Some("anna"));
    assert!(is_nobody(world.other().by_username("ann").await), "not the first one, who is called so everywhere else");
    assert_eq!(world.accounts.by_username("ann").await.unwrap().id, first.id);
    assert!(is_nobody(world.accounts.by_username("ann-other").await));
    let name: Option<String> = world.ask(|conn| Ok(table::table.select(table::username).get_result(conn)?)).await;
    assert_eq!(name, None);
}

#[tokio::test]
async fn what_is_taken_back_is_as_if_it_had_never_been() {
    let world = world();
    let (first, late) = renamed(&world).await;
    world.numbered("cleo", OTHER, 26).await;
    let id = late.id.0;
    world
        .ask(move |conn| {
            let row = users::locked(conn, id)?.ok_or(Error::UserNotFound)?;
            identities::take_back(conn, OTHER, &[row])
        })
        .await;
    assert_eq!(world.other().by_username("ann").await.unwrap().id, first.id);
    assert_eq!(world.other().by_id(late.id).await.unwrap(), late);
    assert_eq!(world.other().by_number(26).await.unwrap().username.as_deref(), Some("cleo"));
}

#[tokio::test]
async fn own_numbers_go_on_above_those_of_old_servers() {
    let world = world();
    let first = world.register("first", "").await.unwrap();
    let second = world.register("second", "").await.unwrap();
    assert_eq!((first.number, second.number), (1, 2));
    world.accounts.remove(second.id).await.unwrap();
    assert_eq!(world.holder(ONE, 2).await, Holder::Deleted);
    assert_eq!(world.holder(ONE, 3).await, Holder::Nobody);
    for _ in 0..2 {
        world.ask(begin_imports).await;
    }
    assert_eq!(world.register("third", "").await.unwrap().number, 1_000_000_001);
    world.ask(begin_imports).await;
    assert_eq!(world.register("fourth", "").await.unwrap().number, 1_000_000_002);
    let expected = [
        (0, Holder::Beyond),
        (1, Holder::User(first.id)),
        (2, Holder::Deleted),
        (3, Holder::Nobody),
        (1_000_000_000, Holder::Nobody),
        (1_000_000_001, Holder::Beyond),
    ];
    for (number, holder) in expected {
        assert_eq!(world.holder(OTHER, number).await, holder, "{number}");
    }
    // Whoever is given another number in a realm sets its own free there, and nowhere else.
    world.knows(OTHER, &first, Known { number: Some(1_000_000_003), ..Known::default() }).await.unwrap();
    assert_eq!(world.holder(OTHER, 1).await, Holder::Nobody);
    assert_eq!(world.holder(OTHER, 1_000_000_003).await, Holder::User(first.id));
    assert_eq!(world.holder(ONE, 1).await, Holder::User(first.id));
}

#[tokio::test]
async fn an_empty_database_gives_no_low_number_once_imports_have_begun() {
    let world = world();
    world.ask(begin_imports).await;
    assert_eq!(world.holder(ONE, 1).await, Holder::Nobody);
    assert_eq!(world.register("first", "").await.unwrap().number, 1_000_000_001);
}

#[tokio::test]
async fn a_beginning_that_is_taken_back_makes_no_number_seem_given() {
    let world = world();
    world.register("first", "").await.unwrap();
    let begins_and_fails = |conn: &mut AnyConnection| begin_imports(conn).and(Err::<(), _>(Error::Busy));
    world.accounts.database.write(begins_and_fails).await.unwrap_err();
    world.ask(begin_imports).await;
    assert_eq!(world.holder(ONE, 2).await, Holder::Nobody);
    assert_eq!(world.register("second", "").await.unwrap().number, 1_000_000_001);
}

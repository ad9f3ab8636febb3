//! One person whom two old servers knew, each in its own words.

use super::*;
use crate::{Departing, Departures, NewUser, Snapshot};

/// Anna, as she registered here and as the old server of `OTHER` knew her.
async fn linked(world: &World) -> User {
    let new = NewUser { name: "Anna".into(), ..super::super::new_user("anna", "anna@example.com") };
    let anna = world.accounts.register(new).await.unwrap();
    let roles = Roles::USER.with_admin(true);
    let there = Arrival { name: "Annette".into(), roles, ..arrival(26, "annette", "Anna@Example.com") };
    let imports = world.core.imports(OTHER);
    let (_, found) = taken_in(&imports, &[there], EVERYTHING, SOURCE).await;
    assert_eq!((found.linked, count(&found, Clash::LinkToLess)), (1, 1));
    anna
}

/// The number there of whoever signs in by this e-mail.
async fn by_email(world: &World, realm: Realm, email: &str) -> Option<i64> {
    let login = Login::Email(email.into());
    world.core.accounts(realm).authenticate(login, password("secret12")).await.ok().map(|user| user.number)
}

fn told(user: &User) -> (&str, &str, DateTime<Utc>, DateTime<Utc>) {
    (&user.name, user.email.as_deref().unwrap_or_default(), user.created, user.updated)
}

#[tokio::test]
async fn a_linked_person_is_in_each_dialect_what_its_own_old_server_said() {
    let world = world();
    let anna = linked(&world).await;
    let then: DateTime<Utc> = "2019-03-24T00:00:00Z".parse().unwrap();
    let other = world.core.accounts(OTHER);
    assert_eq!(told(&other.by_id(anna.id).await.unwrap()), ("Annette", "Anna@Example.com", then, then));
    assert_eq!(world.accounts.by_id(anna.id).await.unwrap(), anna);
    assert_eq!(by_email(&world, OTHER, "ANNA@example.com").await, Some(26));

    // Another password is a change here, and of nothing else.
    world.clock.advance(chrono::Duration::seconds(1));
    world
        .accounts
        .update(anna.id, Changes { password: Some(password("another12")), ..Changes::default() })
        .await
        .unwrap();
    let changed = world.accounts.by_id(anna.id).await.unwrap();
    assert!(changed.updated > anna.updated);
    let there = other.by_id(anna.id).await.unwrap();
    assert_eq!(told(&there), ("Annette", "Anna@Example.com", then, changed.updated));
}

#[tokio::test]
async fn what_a_client_sends_back_as_it_was_shown_changes_it_nowhere_and_what_is_new_counts_everywhere() {
    let world = world();
    let anna = linked(&world).await;
    let other = world.core.accounts(OTHER);
    let name_and_email = |user: &User| (user.name.clone(), user.email.clone().unwrap());
    for accounts in [&world.accounts, &other] {
        let shown = accounts.by_id(anna.id).await.unwrap();
        let (name, email) = (Some(shown.name.clone()), shown.email.clone());
        let after = accounts.update(anna.id, Changes { name, email, ..Changes::default() }).await.unwrap();
        assert_eq!(name_and_email(&after), name_and_email(&shown));
    }
    assert_eq!(other.by_id(anna.id).await.unwrap().name, "Annette");
    assert_eq!(world.accounts.by_id(anna.id).await.unwrap().name, "Anna");

    // What only the other dialect shows is new in this one.
    world.accounts.update(anna.id, Changes { name: Some("Annette".into()), ..Changes::default() }).await.unwrap();
    let email = Some("anna@example.net".to_owned());
    other.update(anna.id, Changes { email, name: Some("Ann".into()), ..Changes::default() }).await.unwrap();
    for accounts in [&world.accounts, &other] {
        let now = accounts.by_id(anna.id).await.unwrap();
        assert_eq!(name_and_email(&now), ("Ann".to_owned(), "anna@example.net".to_owned()));
    }
}

#[tokio::test]
async fn a_linked_person_can_be_renamed_where_another_has_its_email_in_another_spelling() {
    let world = world();
    let anna = linked(&world).await;
    let policies = Policies { same_email: OnSameEmail::Rename, ..EVERYTHING };
    let twin = arrival(27, "twin", "anna@example.com");
    taken_in(&world.core.imports(OTHER), &[twin], policies, [8; 32]).await;
    let other = world.core.accounts(OTHER);
    assert_eq!(by_email(&world, OTHER, "anna@example.com").await, Some(27));
    assert_eq!(by_email(&world, OTHER, "Anna@Example.com").await, Some(26));
    other.update(anna.id, Changes { username: Some("ann".into()), ..Changes::default() }).await.unwrap();
    other.update(anna.id, Changes { email: Some("ann@example.com".into()), ..Changes::default() }).await.unwrap();
    assert_eq!(by_email(&world, OTHER, "anna@example.com").await, Some(27));
}

#[tokio::test]
async fn an_email_by_which_a_person_is_known_on_another_old_server_alone_signs_it_in_where_it_is_linked() {
    let world = world();
    world.register("anna", "anna@example.com").await.unwrap();
    let apart = Policies { same_email: OnSameEmail::Rename, ..EVERYTHING };
    taken_in(&world.core.imports(OTHER), &[arrival(3, "bea", "anna@example.com")], apart, SOURCE).await;
    let bea = world.core.accounts(OTHER).by_number(3).await.unwrap();
    world.accounts.remove(world.accounts.by_username("anna").await.unwrap().id).await.unwrap();
    let one = world.core.imports(ONE);
    let (run, found) = taken_in(&one, &[arrival(26, "beate", "anna@example.com")], EVERYTHING, [8; 32]).await;
    assert_eq!(found.linked, 1);
    assert_eq!(by_email(&world, ONE, "anna@example.com").await, Some(26));
    let there = world.accounts.by_number(26).await.unwrap();
    assert_eq!((there.id, there.email.as_deref()), (bea.id, Some("anna@example.com")));
    one.undo(run, |_| {}).await.unwrap();
    assert_eq!(by_email(&world, ONE, "anna@example.com").await, None);
}

#[tokio::test]
async fn a_departure_tells_how_a_linked_person_was_shown_then() {
    let world = world();
    let anna = linked(&world).await;
    let changes = Changes { name: Some("Ann".into()), ..Changes::default() };
    world.accounts.update(anna.id, changes).await.unwrap();
    let departures = Departures::of(&world.settings.database, OTHER, Departing::Known).unwrap();
    let departures: Vec<_> = departures.flat_map(Result::unwrap).map(super::super::departures::user).collect();
    let linked = departures[0].origin.as_ref().unwrap().linked.clone();
    let expected = Snapshot {
        username: Some("annette".into()),
        email: Some("Anna@Example.com".into()),
        name: "Annette".into(),
        roles: Roles::USER,
        enabled: true,
        facts: Facts::new(),
        addresses: BTreeMap::new(),
    };
    assert_eq!((departures[0].user.name.as_str(), linked), ("Ann", Some(expected)));
}

#[tokio::test]
async fn a_session_that_a_link_opened_ends_when_the_link_is_taken_back_and_a_password_set_meanwhile_is_named() {
    let world = world();
    let anna = world.register("anna", "anna@example.com").await.unwrap();
    let imports = world.core.imports(OTHER);
    let mallory = || arrival(7, "mallory", "anna@example.com");
    let (run, _) = taken_in(&imports, &[mallory()], EVERYTHING, SOURCE).await;
    assert_eq!(by_email(&world, OTHER, "anna@example.com").await, Some(7));
    let undone = imports.undo(run, |_| {}).await.unwrap();
    assert_eq!((undone.unlinked, undone.kept_named.len()), (1, 0));
    assert!(world.accounts.by_id(anna.id).await.unwrap().session_epoch > anna.session_epoch);

    let (run, _) = taken_in(&imports, &[mallory()], EVERYTHING, SOURCE).await;
    let changes = Changes { password: Some(password("stolen12")), ..Changes::default() };
    world.core.accounts(OTHER).update(anna.id, changes).await.unwrap();
    let undone = imports.undo(run, |_| {}).await.unwrap();
    let named: Vec<_> = undone.kept_named.iter().map(|kept| (kept.user, kept.because)).collect();
    assert_eq!((undone.kept, named), (0, vec![(anna.id, crate::Stays::PasswordSet)]));
}

#[tokio::test]
async fn a_password_that_a_link_brought_is_no_administrators() {
    let world = world();
    let anna = world.register("anna", "anna@example.com").await.unwrap();
    let ben = world.register("ben", "ben@example.com").await.unwrap();
    let lent = Some(bcrypt::hash("linked12", 4).unwrap().into());
    let there = Arrival { password_hash: lent, ..arrival(26, "annette", "anna@example.com") };
    taken_in(&world.core.imports(OTHER), &[there], EVERYTHING, SOURCE).await;
    let signs_in = async |text| {
        let login = Login::Username("annette".into());
        world.core.accounts(OTHER).authenticate(login, password(text)).await.is_ok()
    };
    assert!(signs_in("linked12").await);
    let promote = |id| {
        let changes = Changes { roles: Some(Roles::USER.with_admin(true)), ..Changes::default() };
        world.accounts.update(id, changes)
    };
    let (promoted, unlinked) = (promote(anna.id).await.unwrap(), promote(ben.id).await.unwrap());
    assert!(promoted.session_epoch > anna.session_epoch && unlinked.session_epoch == ben.session_epoch);
    assert!(!signs_in("linked12").await && signs_in("secret12").await);
}

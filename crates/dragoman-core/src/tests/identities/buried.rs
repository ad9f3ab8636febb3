//! Names of one realm whose owners are gone: they mean nobody there, whoever has them everywhere else.

use diesel::prelude::*;

use super::*;
use crate::db::schema::login_names;
use crate::{Clock, Filter, GuessSettings};

/// A world in which nobody is kept from guessing.
fn world() -> World {
    super::super::world_of(GuessSettings { enabled: false, ..GuessSettings::default() }, Clock::system())
}

/// Whether nobody is called so in the other realm, whatever is asked.
async fn means_nobody(world: &World, name: &'static str) {
    let other = world.other();
    assert!(is_nobody(other.by_username(name).await) && is_nobody(other.by_email(name).await), "{name}");
    assert!(other.find(name).await.unwrap().is_empty(), "{name}");
    for (login, text) in [
        (Login::Username(name.into()), "secret12"),
        (Login::Email(name.into()), "secret12"),
        (Login::Username(name.into()), "of-old-12"),
    ] {
        let refused = other.authenticate(login, password(text)).await;
        assert!(matches!(refused, Err(Error::BadCredentials)), "{name}");
    }
    let filter = Filter { email: Some(name.into()), ..Filter::default() };
    assert_eq!(other.count(filter).await.unwrap(), 0, "{name}");
}

/// The names that are buried in the other realm.
async fn buried(world: &World) -> Vec<String> {
    let names = login_names::table.filter(login_names::user_id.is_null().and(login_names::realm.eq("other")));
    world.ask(move |conn| Ok(names.select(login_names::folded).order(login_names::folded).load(conn)?)).await
}

#[tokio::test]
async fn a_deleted_persons_name_of_one_realm_does_not_fall_to_its_namesake() {
    let world = world();
    let (first, late) = renamed(&world).await;
    world.other().remove(late.id).await.unwrap();
    means_nobody(&world, "ann").await;
    means_nobody(&world, "ANN").await;
    assert_eq!(buried(&world).await, ["ann"]);
    // Everywhere else the namesake has it, and there it has its number and its e-mail.
    assert_eq!(world.accounts.by_username("ann").await.unwrap().id, first.id);
    assert_eq!(signs_in(&world.accounts, "ann", "secret12").await.unwrap().id, first.id);
    assert_eq!(world.other().by_number(first.number).await.unwrap().id, first.id);
    // What it changes of itself does not give it the name there.
    let email = Changes { email: Some("first@example.com".into()), ..Changes::default() };
    world.accounts.update(first.id, email).await.unwrap();
    world.accounts.update(first.id, named("ANN")).await.unwrap();
    means_nobody(&world, "ann").await;
    let by_email = Login::Email("first@example.com".into());
    assert_eq!(world.other().authenticate(by_email, password("secret12")).await.unwrap().id, first.id);
}

#[tokio::test]
async fn a_name_of_one_realm_that_its_owner_gave_up_means_nobody_there() {
    let world = world();
    let (first, late) = renamed(&world).await;
    world.accounts.update(late.id, named("late")).await.unwrap();
    means_nobody(&world, "ann").await;
    assert_eq!(world.other().by_username("late").await.unwrap().id, late.id);
    assert_eq!(world.accounts.by_username("ann").await.unwrap().id, first.id);
}

#[tokio::test]
async fn an_email_of_one_realm_that_its_owner_gave_up_means_nobody_there() {
    let world = world();
    let first = world.register("ann", "both@example.com").await.unwrap();
    let late = world.register("late", "").await.unwrap();
    world.has_email(&late, "Both@Example.com", "both@example.com").await;
    assert_eq!(world.other().by_email("both@example.com").await.unwrap().id, late.id);
    // Another username leaves the e-mail alone.
    world.accounts.update(late.id, named("later")).await.unwrap();
    assert_eq!(world.other().by_email("both@example.com").await.unwrap().id, late.id);
    let own = Changes { email: Some("own@example.com".into()), ..Changes::default() };
    world.accounts.update(late.id, own).await.unwrap();
    means_nobody(&world, "both@example.com").await;
    assert_eq!(world.accounts.by_email("both@example.com").await.unwrap().id, first.id);
    let filter = Filter { email: Some("BOTH@example.com".into()), ..Filter::default() };
    assert_eq!(world.accounts.count(filter).await.unwrap(), 1);
}

#[tokio::test]
async fn an_exact_spelling_whose_owner_is_gone_means_nobody_there() {
    let world = world();
    let first = world.register("ann", "").await.unwrap();
    let twin = world.register("ann-twin", "").await.unwrap();
    world.is_spelled(&twin, "ANN").await;
    assert_eq!(world.other().by_username("ANN").await.unwrap().id, twin.id);
    world.accounts.remove(twin.id).await.unwrap();
    means_nobody(&world, "ANN").await;
    assert_eq!(world.other().by_username("Ann").await.unwrap().id, first.id, "no other spelling of it was buried");
    // An e-mail that a twin spells otherwise is given up in that spelling alone.
    let of_twin = world.register("bea", "").await.unwrap();
    world.has_email(&of_twin, "ANN@example.com", "ANN@example.com").await;
    world.has_key(&first, "ann@example.com").await;
    let own = Changes { email: Some("own@example.com".into()), ..named("beatrice") };
    world.accounts.update(of_twin.id, own).await.unwrap();
    means_nobody(&world, "ANN@example.com").await;
    assert_eq!(buried(&world).await, ["ANN", "ANN@example.com"]);
}

#[tokio::test]
async fn a_buried_name_that_nobody_has_can_be_given_anew_and_counts_everywhere() {
    let world = world();
    let (first, late) = renamed(&world).await;
    world.has_key(&late, "Ann").await;
    world.accounts.remove(late.id).await.unwrap();
    assert!(matches!(world.register("Ann", "").await, Err(Error::Taken(_))), "the first one still has it");
    world.accounts.remove(first.id).await.unwrap();
    let anew = world.register("Ann", "").await.unwrap();
    for accounts in [&world.accounts, &world.other()] {
        assert_eq!(signs_in(accounts, "Ann", "secret12").await.unwrap().id, anew.id);
        assert_eq!(signs_in(accounts, "ann", "secret12").await.unwrap().id, anew.id);
    }
    assert!(buried(&world).await.is_empty());
}

#[tokio::test]
async fn whoever_takes_a_buried_name_has_it_everywhere() {
    let world = world();
    let (first, late) = renamed(&world).await;
    world.accounts.update(first.id, named("first")).await.unwrap();
    assert!(matches!(world.accounts.update(first.id, named("ann")).await, Err(Error::Taken(_))), "late lives there");
    world.accounts.remove(late.id).await.unwrap();
    world.accounts.update(first.id, named("ann")).await.unwrap();
    assert_eq!(world.other().by_username("ann").await.unwrap().id, first.id);
    assert!(buried(&world).await.is_empty());
}

#[tokio::test]
async fn an_old_server_may_give_a_buried_name_to_somebody_else() {
    let world = world();
    let (_, late) = renamed(&world).await;
    world.accounts.remove(late.id).await.unwrap();
    let next = world.register("ann-next", "").await.unwrap();
    world.knows(OTHER, &next, Known { username: Some("ann"), ..Known::default() }).await.unwrap();
    assert_eq!(world.other().by_username("ann").await.unwrap().id, next.id);
}

impl World {
    /// Has the other realm find the user under this key as well.
    async fn has_key(&self, user: &User, key: &'static str) {
        let id = user.id.0;
        self.ask(move |conn| Ok(db::login_names::insert(conn, key, "other", id)?)).await;
    }

    /// Has the other realm know the user by a name in this very spelling.
    async fn is_spelled(&self, user: &User, username: &'static str) {
        self.knows(OTHER, user, Known { username: Some(username), ..Known::default() }).await.unwrap();
        let folded = crate::text::fold(username);
        self.ask(move |conn| Ok(db::login_names::release(conn, "other", &folded)?)).await;
        self.has_key(user, username).await;
    }

    /// Has the other realm know the user by an e-mail of its own, which is looked for under this key.
    async fn has_email(&self, user: &User, email: &'static str, key: &'static str) {
        let bare = IdentityValues::bare(OTHER, user.id.0, stored_time(self.clock.now()));
        self.write_identity(IdentityValues { email: Some(email.into()), ..bare }).await.unwrap();
        self.has_key(user, key).await;
    }
}

//! Records that a run leaves out, and that go back none the less.

use secrecy::ExposeSecret as _;

use super::*;
use crate::{Departing, Departures, Leaving, LeftOut};

const SKIP: Policies = Policies {
    same_email: OnSameEmail::Skip,
    same_name: OnSameName::Skip,
    same_id: OnSameId::Skip,
    unknown_hash: OnUnknownHash::Skip,
    unusable: OnUnusable::Skip,
    keep_hashes: false,
};

/// What an export of `ONE` has: the names of users, and records that were left out.
fn left(world: &World, who: Departing) -> (Vec<String>, u64, LeftOut) {
    let mut departures = Departures::of(&world.settings.database, ONE, who).unwrap();
    let told = |leaving: Leaving| match leaving {
        Leaving::User(departure) => departure.user.username.unwrap(),
        Leaving::LeftOut(record) => record.expose_secret().to_owned(),
    };
    let told = departures.by_ref().flat_map(Result::unwrap).map(told).collect();
    (told, departures.namesakes(), departures.left_out())
}

fn known(world: &World) -> Vec<String> {
    left(world, Departing::Known).0
}

fn recorded(arrival: Arrival, record: &str) -> Arrival {
    Arrival { record: record.into(), ..arrival }
}

#[tokio::test]
async fn what_was_left_out_goes_back_in_its_place() {
    let world = world();
    let imports = world.core.imports(ONE);
    let arrivals = [
        arrival(26, "anna", ""),
        recorded(arrival(7, "", ""), "nameless"),
        recorded(arrival(30, &"x".repeat(256), ""), "too long"),
        recorded(Arrival { password_hash: Some("$99$unknown$hash".into()), ..arrival(28, "hugo", "") }, "unknown hash"),
        arrival(40, "ben", ""),
        recorded(arrival(0, "", ""), "without any key"),
    ];
    // Broken off in between, it keeps nothing twice.
    let mut broken = imports.begin(source(SOURCE), SKIP).await.unwrap();
    assert_eq!(broken.add(incoming(&arrivals[..3])).await.unwrap(), Step::Done);
    drop(broken);
    let mut run = imports.begin(source(SOURCE), SKIP).await.unwrap();
    assert_eq!(run.add(incoming(&arrivals[3..])).await.unwrap(), Step::Done);
    let id = run.id();
    assert_eq!(run.finish().await.unwrap().left_out, 2);
    let expected = ["without any key", "nameless", "anna", "unknown hash", "too long", "ben"];
    assert_eq!(known(&world), expected);
    assert_eq!(
        left(&world, Departing::Everybody),
        (expected.map(str::to_owned).to_vec(), 0, LeftOut { records: 4, unreadable: 0 })
    );
    // Who is here already was not left out.
    let (_, again) = taken_in(&imports, &arrivals, SKIP, [8; 32]).await;
    assert_eq!((again.skipped, again.left_out), (6, 4));
    assert_eq!(known(&world), expected);
    imports.undo(id, |_| {}).await.unwrap();
    assert_eq!(known(&world), ["without any key", "nameless", "unknown hash", "too long"], "the later run has them");
}

#[tokio::test]
async fn a_later_run_has_what_was_left_out_as_it_is_by_then_until_it_comes_in() {
    let world = world();
    let imports = world.core.imports(ONE);
    let uuid = Some(Uuid::from_u128(7));
    let nameless =
        [recorded(arrival(7, "", ""), "first"), recorded(Arrival { uuid, ..arrival(0, "", "") }, "by its UUID")];
    taken_in(&imports, &nameless, SKIP, SOURCE).await;
    let (second, _) = taken_in(&imports, &[recorded(arrival(7, "", ""), "second")], SKIP, [8; 32]).await;
    assert_eq!(known(&world), ["by its UUID", "second"]);
    imports.undo(second, |_| {}).await.unwrap();
    assert_eq!(known(&world), ["by its UUID", "first"]);
    let named = [arrival(7, "gina", ""), Arrival { uuid, ..arrival(0, "hugo", "") }];
    let (third, _) = taken_in(&imports, &named, SKIP, [9; 32]).await;
    assert_eq!(known(&world), ["hugo", "gina"]);
    let gina = world.accounts.by_number(7).await.unwrap();
    world.accounts.remove(gina.id).await.unwrap();
    assert_eq!(known(&world), ["hugo"], "whoever was deleted here does not come back");
    imports.undo(third, |_| {}).await.unwrap();
    assert_eq!(known(&world), ["by its UUID"], "the number of somebody who was deleted means nobody");
}

#[tokio::test]
async fn without_ids_a_record_is_told_by_its_name_as_it_is_spelled() {
    let world = world();
    let imports = world.core.imports(ONE);
    let twins = [arrival(0, "Bob", ""), recorded(arrival(0, "bob", ""), "the other bob")];
    taken_in(&imports, &twins, SKIP, SOURCE).await;
    assert_eq!(known(&world), ["Bob", "the other bob"]);
    let (_, found) = taken_in(&imports, &twins, EVERYTHING, [8; 32]).await;
    assert_eq!((found.made, count(&found, Clash::AlreadyHere)), (1, 1));
    assert_eq!(known(&world), ["Bob", "bob"]);
}

#[tokio::test]
async fn whoever_came_in_by_a_name_and_was_deleted_does_not_go_back_as_it_was_left_out() {
    let world = world();
    world.register("bob", "").await.unwrap();
    let imports = world.core.imports(ONE);
    let bob = [recorded(arrival(0, "bob", ""), "the old bob")];
    taken_in(&imports, &bob, SKIP, SOURCE).await;
    assert_eq!(known(&world), ["the old bob"]);
    taken_in(&imports, &bob, EVERYTHING, [8; 32]).await;
    assert_eq!(known(&world), ["bob"]);
    let came = world.accounts.by_username("bob").await.unwrap();
    world.accounts.remove(came.id).await.unwrap();
    assert!(known(&world).is_empty());
}

#[tokio::test]
async fn whoever_is_here_and_has_changed_there_is_not_left_out() {
    let world = world();
    let imports = world.core.imports(ONE);
    taken_in(&imports, &[arrival(26, "anna", "")], SKIP, SOURCE).await;
    let anew = Arrival { name: "Anna".into(), ..recorded(arrival(26, "anna", ""), "{\"id\":26,\"name\":\"Anna\"}") };
    let (_, found) = taken_in(&imports, &[anew], SKIP, [8; 32]).await;
    assert_eq!((found.skipped, found.left_out, count(&found, Clash::ChangedThere)), (1, 0, 1));
    assert_eq!(known(&world), ["anna"]);
}

#[tokio::test]
async fn nobody_goes_back_beside_a_record_that_has_its_name_its_email_or_its_id() {
    let world = world();
    for name in ["one", "two", "three", "four"] {
        world.register(name, &format!("{name}@example.com")).await.unwrap();
    }
    let arrivals = [
        recorded(arrival(1, "first", ""), "first"),
        recorded(arrival(27, "TWO", ""), "second"),
        recorded(arrival(28, "third", "Three@example.com"), "third"),
    ];
    let (_, found) = taken_in(&world.core.imports(ONE), &arrivals, SKIP, SOURCE).await;
    assert_eq!((found.made, found.left_out), (0, 3));
    let expected = ["first", "four", "second", "third"].map(str::to_owned).to_vec();
    assert_eq!(left(&world, Departing::Everybody), (expected, 3, LeftOut { records: 3, unreadable: 0 }));
}

#[tokio::test]
async fn of_what_cannot_be_read_only_the_number_is_kept() {
    let world = world();
    let imports = world.core.imports(ONE);
    let mut records = incoming(&[arrival(26, "anna", ""), arrival(27, "ben", "")]);
    records[1].arrival = Err("id: \"x\" is no integer".into());
    for digest in [SOURCE, [8; 32]] {
        let mut run = imports.begin(source(digest), SKIP).await.unwrap();
        assert_eq!(run.add(records.clone()).await.unwrap(), Step::Done);
        assert_eq!(run.finish().await.unwrap().left_out, 0);
    }
    let expected = (vec!["anna".to_owned()], 0, LeftOut { records: 0, unreadable: 1 });
    assert_eq!(left(&world, Departing::Known), expected);
}

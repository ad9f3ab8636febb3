//! Runs that are taken back.

use super::*;

#[tokio::test]
async fn an_undone_run_leaves_those_who_changed_and_can_be_done_again() {
    let world = world();
    let here = world.register("here", "here@example.com").await.unwrap();
    let imports = world.core.imports(ONE);
    let arrivals = [
        arrival(26, "anna", "anna@example.com"),
        arrival(27, "ben", ""),
        Arrival { facts: Facts::from([("colour".into(), "red".into())]), ..arrival(28, "there", "here@example.com") },
    ];
    let (run, _) = taken_in(&imports, &arrivals, EVERYTHING, SOURCE).await;
    let ben = world.accounts.by_number(27).await.unwrap();
    let changes = Changes { password: Some(password("another-12")), ..Changes::default() };
    world.accounts.update(ben.id, changes).await.unwrap();
    let undone = imports.undo(run, |_| {}).await.unwrap();
    assert_eq!((undone.deleted, undone.unlinked, undone.kept), (1, 1, 1));
    assert_eq!((undone.kept_named[0].user, undone.kept_named[0].because), (ben.id, Stays::Changed));
    assert!(world.accounts.by_username("anna").await.is_err() && world.accounts.by_username("there").await.is_err());
    assert_eq!(world.accounts.by_number(27).await.unwrap().id, ben.id);
    assert_eq!(world.accounts.by_id(here.id).await.unwrap(), here);
    assert!(matches!(imports.undo(run, |_| {}).await, Err(Error::UserNotFound)), "once is enough");
    let (_, again) = taken_in(&imports, &arrivals, EVERYTHING, SOURCE).await;
    assert_eq!((again.made, again.linked, count(&again, Clash::AlreadyHere)), (1, 1, 1));
}

#[tokio::test]
async fn whoever_was_deleted_since_the_import_leaves_an_id_that_means_nobody() {
    let world = world();
    let imports = world.core.imports(ONE);
    taken_in(&imports, &[arrival(26, "anna", "")], EVERYTHING, SOURCE).await;
    let anna = world.accounts.by_number(26).await.unwrap();
    world.accounts.remove(anna.id).await.unwrap();
    let found = rehearsed(&imports, &[arrival(26, "someone", "")], EVERYTHING).await;
    assert_eq!((found.refused, count(&found, Clash::IdTwice)), (1, 1));
}

#[tokio::test]
async fn the_last_administrator_stays_though_its_run_is_taken_back() {
    let world = world();
    let imports = world.core.imports(ONE);
    let admin = Arrival { roles: [Role::Admin].into_iter().collect(), ..arrival(26, "anna", "") };
    let (run, found) = taken_in(&imports, &[admin], EVERYTHING, SOURCE).await;
    assert_eq!((found.administrators, found.administrators_named[0].name.as_str()), (1, "anna"));
    let undone = imports.undo(run, |_| {}).await.unwrap();
    assert_eq!(undone.kept_named[0].because, Stays::LastAdministrator);
}

#[tokio::test]
async fn a_user_who_belongs_to_a_later_run_as_well_stays() {
    let world = world();
    let (first, _) =
        taken_in(&world.core.imports(ONE), &[arrival(26, "anna", "a@example.com")], EVERYTHING, SOURCE).await;
    taken_in(&world.core.imports(OTHER), &[arrival(3, "anne", "a@example.com")], EVERYTHING, [8; 32]).await;
    let undone = world.core.imports(ONE).undo(first, |_| {}).await.unwrap();
    assert_eq!(undone.kept_named[0].because, Stays::Linked);
    assert_eq!(signed_in(&world, OTHER, "anne").await.unwrap().number, 3);
}

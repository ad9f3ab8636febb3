//! Names that were somebody's in one realm, and what an import makes of them.

use super::*;

/// Two people who are called alike, one everywhere and one as 26 in this realm, of whom the latter is deleted.
async fn with_a_buried_name() -> (World, User) {
    let world = world();
    let here = world.register("anna", "").await.unwrap();
    taken_in(&world.core.imports(ONE), &[arrival(26, "anna", "")], EVERYTHING, SOURCE).await;
    let late = world.accounts.by_number(26).await.unwrap();
    assert_eq!(world.accounts.by_username("anna").await.unwrap().id, late.id);
    world.accounts.remove(late.id).await.unwrap();
    assert!(world.accounts.by_username("anna").await.is_err());
    (world, here)
}

#[tokio::test]
async fn a_buried_name_can_be_had_by_an_arrival_of_its_realm() {
    let (world, here) = with_a_buried_name().await;
    let (_, found) = taken_in(&world.core.imports(ONE), &[arrival(30, "anna", "")], EVERYTHING, [8; 32]).await;
    assert_eq!((found.made, count(&found, Clash::SameName)), (1, 1), "whoever has it everywhere is still here");
    assert_eq!(signed_in(&world, ONE, "anna").await.unwrap().number, 30);
    assert_eq!(world.core.accounts(OTHER).by_username("anna").await.unwrap().id, here.id);
}

#[tokio::test]
async fn a_name_that_is_buried_alone_is_no_clash_and_counts_everywhere_again() {
    let (world, here) = with_a_buried_name().await;
    world.accounts.remove(here.id).await.unwrap();
    let twins = [arrival(40, "bea", ""), arrival(41, "BEA", "")];
    taken_in(&world.core.imports(ONE), &twins, EVERYTHING, [8; 32]).await;
    for number in [40, 41] {
        let bea = world.accounts.by_number(number).await.unwrap();
        world.accounts.remove(bea.id).await.unwrap();
    }
    assert!(world.accounts.by_username("BEA").await.is_err());
    let arrivals = [arrival(5, "anna", ""), arrival(6, "BEA", "")];
    let (_, found) = taken_in(&world.core.imports(OTHER), &arrivals, Policies::default(), [9; 32]).await;
    assert_eq!((found.made, found.clashes.len()), (2, 0));
    for (realm, name) in [(ONE, "anna"), (OTHER, "anna"), (ONE, "BEA"), (ONE, "bea"), (OTHER, "BEA")] {
        assert_eq!(signed_in(&world, realm, name).await.unwrap().username.unwrap().to_lowercase(), name.to_lowercase());
    }
}

#[tokio::test]
async fn an_undone_run_takes_its_names_along_and_leaves_buried_those_of_the_deleted() {
    let world = world();
    let (anna, ben) = (world.register("anna", "").await.unwrap(), world.register("ben", "").await.unwrap());
    let arrivals = [arrival(26, "anna", ""), arrival(27, "ben", "")];
    let (run, _) = taken_in(&world.core.imports(ONE), &arrivals, EVERYTHING, SOURCE).await;
    let late = world.accounts.by_number(26).await.unwrap();
    world.accounts.remove(late.id).await.unwrap();
    assert_eq!(world.core.imports(ONE).undo(run, |_| {}).await.unwrap().deleted, 1);
    assert_eq!(world.accounts.by_username("ben").await.unwrap().id, ben.id);
    assert!(world.accounts.by_username("anna").await.is_err());
    assert_eq!(world.core.accounts(OTHER).by_username("anna").await.unwrap().id, anna.id);
}

#[tokio::test]
async fn whoever_is_linked_is_called_by_its_name_where_somebody_else_was() {
    let (world, here) = with_a_buried_name().await;
    let email = Changes { email: Some("anna@example.com".into()), ..Changes::default() };
    world.accounts.update(here.id, email).await.unwrap();
    assert!(world.accounts.by_username("anna").await.is_err());
    let linked = [arrival(30, "anna", "anna@example.com")];
    let (_, found) = taken_in(&world.core.imports(ONE), &linked, EVERYTHING, [8; 32]).await;
    assert_eq!(found.linked, 1);
    assert_eq!(world.accounts.by_username("anna").await.unwrap().id, here.id);
    assert_eq!(signed_in(&world, ONE, "anna").await.unwrap().number, 30);
}

#[tokio::test]
async fn whoever_came_without_an_id_and_was_deleted_does_not_come_back_by_a_newer_dump() {
    let world = world();
    let imports = world.core.imports(ONE);
    let arrivals = [arrival(0, "anna", ""), arrival(0, "Ben", "")];
    taken_in(&imports, &arrivals, EVERYTHING, SOURCE).await;
    for name in ["anna", "ben"] {
        world.accounts.remove(world.accounts.by_username(name).await.unwrap().id).await.unwrap();
    }
    let newer = [arrival(0, "anna", ""), arrival(0, "Ben", ""), arrival(0, "cyd", "")];
    let (_, found) = taken_in(&imports, &newer, EVERYTHING, [8; 32]).await;
    assert_eq!((found.made, count(&found, Clash::AlreadyHere)), (1, 2));
    // To another old server they are nobody, and so is its Ben to this one.
    let (_, found) = taken_in(&world.core.imports(OTHER), &[arrival(0, "ben", "")], EVERYTHING, [9; 32]).await;
    assert_eq!((found.made, found.clashes.len()), (1, 0));
    world.register("anna", "").await.unwrap();
    let (_, found) = taken_in(&imports, &newer, EVERYTHING, [10; 32]).await;
    assert_eq!((found.made, count(&found, Clash::AlreadyHere), count(&found, Clash::SameName)), (2, 1, 1));
}

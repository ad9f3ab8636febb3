//! What is told of arrivals.

use super::*;
use crate::Action;

#[tokio::test]
async fn whoever_is_renamed_is_told_of_with_the_new_name_and_with_whom_it_takes_the_old_one_from() {
    let world = world();
    world.register("anna", "").await.unwrap();
    let arrivals = [arrival(26, "Anna", ""), arrival(27, "ANNA", ""), arrival(28, "ben", "")];
    let (_, found) = taken_in(&world.core.imports(ONE), &arrivals, EVERYTHING, SOURCE).await;
    let clashes = &found.clashes[&Clash::SameNameByCase];
    let new_names: Vec<_> = clashes.examples.iter().map(|example| example.new_name.as_deref()).collect();
    assert_eq!(new_names, [Some("Anna-one"), Some("ANNA-one-2")]);
    for name in ["Anna-one", "ANNA-one-2"] {
        assert_eq!(world.core.accounts(OTHER).by_username(name).await.unwrap().username.as_deref(), Some(name));
    }
    // The first takes the name from the one who was here; the second finds it taken there.
    assert_eq!(clashes.names_taken, 1);
}

#[tokio::test]
async fn whoever_is_refused_takes_nothing_and_has_no_new_name() {
    let world = world();
    world.register("anna", "").await.unwrap();
    let found = rehearsed(&world.core.imports(ONE), &[arrival(26, "anna", "")], Policies::default()).await;
    let clashes = &found.clashes[&Clash::SameName];
    assert_eq!((clashes.names_taken, clashes.examples[0].new_name.as_deref()), (0, None));
}

#[tokio::test]
async fn a_newer_dump_tells_who_has_changed_there_since_from_who_has_not() {
    let world = world();
    let imports = world.core.imports(ONE);
    let first = [arrival(26, "anna", ""), arrival(27, "ben", ""), arrival(0, "cleo", "")];
    taken_in(&imports, &first, EVERYTHING, SOURCE).await;
    let changed = |arrival: Arrival| Arrival { record: "{\"id\":27,\"name\":\"New\"}".to_owned().into(), ..arrival };
    let newer = [
        arrival(26, "anna", ""),
        changed(arrival(27, "ben", "")),
        changed(arrival(0, "cleo", "")),
        // Twice in one file, in one batch and in two.
        arrival(29, "dora", ""),
        changed(arrival(29, "dora", "")),
        arrival(29, "dora", ""),
    ];
    let (_, found) = taken_in(&imports, &newer, EVERYTHING, [8; 32]).await;
    assert_eq!((found.made, found.skipped), (1, 5));
    assert_eq!((count(&found, Clash::AlreadyHere), count(&found, Clash::ChangedThere)), (2, 3));
    let clashes = &found.clashes[&Clash::ChangedThere];
    assert!(clashes.undecided == 0 && clashes.examples.iter().all(|example| example.action == Action::Skip));
    assert_eq!(clashes.examples.iter().map(|example| example.place.record).collect::<Vec<_>>(), [2, 3, 5]);
}

#[tokio::test]
async fn whoever_was_renamed_and_has_no_id_is_known_again_in_a_newer_dump() {
    let world = world();
    world.register("anna", "").await.unwrap();
    let imports = world.core.imports(ONE);
    let first = [arrival(0, "Anna", ""), arrival(0, "ANNA", ""), arrival(0, "ben", "")];
    let (_, found) = taken_in(&imports, &first, EVERYTHING, SOURCE).await;
    assert_eq!(found.made, 3);
    let (_, found) = taken_in(&imports, &first, EVERYTHING, [8; 32]).await;
    assert_eq!((found.made, count(&found, Clash::AlreadyHere)), (0, 3));
}

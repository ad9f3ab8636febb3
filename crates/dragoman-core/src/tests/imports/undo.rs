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
    // Its link is gone, and with it every session that the link's password may have opened.
    let unlinked = User { session_epoch: here.session_epoch + 1, ..here.clone() };
    assert_eq!(world.accounts.by_id(here.id).await.unwrap(), unlinked);
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

#[tokio::test]
async fn whoever_stayed_goes_when_the_reason_is_gone_and_then_nothing_is_left_to_take_back() {
    let world = world();
    let (ones, others) = (world.core.imports(ONE), world.core.imports(OTHER));
    let arrivals = [arrival(26, "anna", "a@example.com"), arrival(27, "ben", "")];
    let (first, _) = taken_in(&ones, &arrivals, EVERYTHING, SOURCE).await;
    let (second, _) = taken_in(&others, &[arrival(3, "anne", "a@example.com")], EVERYTHING, [8; 32]).await;
    let undone = ones.undo(first, |_| {}).await.unwrap();
    assert_eq!((undone.deleted, undone.kept), (1, 1));
    let runs = ones.runs().await.unwrap();
    assert!(runs[0].0.undone.is_some());
    assert_eq!((runs[0].1, runs[0].2), (1, 0), "one user of it is still here");
    others.undo(second, |_| {}).await.unwrap();
    let rest = ones.undo(first, |_| {}).await.unwrap();
    assert_eq!((rest.deleted, rest.kept), (1, 0));
    assert_eq!(world.accounts.count(Filter::default()).await.unwrap(), 0);
    assert!(matches!(ones.undo(first, |_| {}).await, Err(Error::UserNotFound)), "nothing of it is left");
    let all: Vec<_> = world.core.audit().list(crate::AuditFilter::default()).try_collect::<Vec<_>>().await.unwrap();
    let told = all.iter().flatten().filter(|entry| entry.event == Event::ImportUndone.name());
    assert_eq!(told.count(), 3, "each call is told of");
}

#[tokio::test]
async fn nobody_goes_on_with_a_run_that_is_being_taken_back() {
    let world = world();
    let imports = world.core.imports(ONE);
    let arrivals = [arrival(26, "anna", ""), arrival(27, "ben", ""), arrival(28, "cleo", "")];
    let all = incoming(&arrivals);
    let mut broken_off = imports.begin(source(SOURCE), EVERYTHING).await.unwrap();
    broken_off.add(all[..2].to_vec()).await.unwrap();
    let run = broken_off.id();
    imports.begin_undo(run).await.unwrap();
    assert!(broken_off.add(all[2..].to_vec()).await.is_err(), "the run is at its end");
    assert!(imports.run_of(SOURCE).await.unwrap().is_none());
    // What was broken off here goes on; what is imported meanwhile is a run of its own.
    assert_eq!(imports.undo(run, |_| {}).await.unwrap().deleted, 2);
    let (again, found) = taken_in(&imports, &arrivals, EVERYTHING, SOURCE).await;
    assert!(again != run && found.made == 3);
}

#[tokio::test]
async fn whoever_gave_up_a_number_has_it_again_when_the_one_who_took_it_goes() {
    let world = world();
    let here = world.register("here", "").await.unwrap();
    let also = world.register("also", "").await.unwrap();
    let imports = world.core.imports(ONE);
    let arrivals = [arrival(here.number, "anna", "a@example.com"), arrival(also.number, "ben", "")];
    let (first, found) = taken_in(&imports, &arrivals, EVERYTHING, SOURCE).await;
    assert_eq!(count(&found, Clash::SameId), 2);
    let others = world.core.imports(OTHER);
    let (second, _) = taken_in(&others, &[arrival(77, "anne", "a@example.com")], EVERYTHING, [8; 32]).await;
    imports.undo(first, |_| {}).await.unwrap();
    assert_eq!(world.accounts.by_number(also.number).await.unwrap(), also);
    assert_eq!(world.accounts.by_number(here.number).await.unwrap().username.as_deref(), Some("anna"));
    others.undo(second, |_| {}).await.unwrap();
    imports.undo(first, |_| {}).await.unwrap();
    assert_eq!(world.accounts.by_number(here.number).await.unwrap(), here);
}

#[tokio::test]
async fn of_several_batches_those_go_whom_nothing_keeps() {
    let world = world();
    let imports = world.core.imports(ONE);
    let hash = bcrypt::hash("secret12", 4).unwrap();
    let people: Vec<Arrival> = (1..=1201)
        .map(|number| Arrival {
            roles: Roles::USER.with_admin(number % 400 == 0),
            password_hash: Some(hash.clone().into()),
            ..arrival(number, &format!("user{number}"), "")
        })
        .collect();
    let mut run = imports.begin(source(SOURCE), EVERYTHING).await.unwrap();
    for portion in incoming(&people).chunks(500) {
        assert_eq!(run.add(portion.to_vec()).await.unwrap(), Step::Done);
    }
    let id = run.id();
    run.finish().await.unwrap();
    let changed = world.accounts.by_number(700).await.unwrap();
    let changes = Changes { name: Some("Other".into()), ..Changes::default() };
    world.accounts.update(changed.id, changes).await.unwrap();
    let mut told = Vec::new();
    let undone = imports.undo(id, |done| told.push(done)).await.unwrap();
    assert_eq!((undone.deleted, undone.kept), (1199, 2));
    let reasons: Vec<_> = undone.kept_named.iter().map(|kept| (kept.name.as_str(), kept.because)).collect();
    assert_eq!(reasons, [("user700", Stays::Changed), ("user1200", Stays::LastAdministrator)]);
    assert_eq!(told, [500, 1000, 1201]);
    assert_eq!(world.accounts.count(Filter::default()).await.unwrap(), 2);
    let all: Vec<_> = world.core.audit().list(crate::AuditFilter::default()).try_collect::<Vec<_>>().await.unwrap();
    let deletions = all.iter().flatten().filter(|entry| entry.event == Event::Deletion.name());
    assert_eq!(deletions.count(), 2, "of administrators the log tells one by one");
}

#[tokio::test]
async fn what_a_link_brought_goes_with_it_and_what_the_user_has_by_itself_stays() {
    let world = world();
    let anna = world.register("anna", "a@example.com").await.unwrap();
    let by_chain = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(chain, address)| ((*chain).to_owned(), (*address).to_owned())).collect()
    };
    let set = |pairs| Changes { addresses: by_chain(pairs), ..Changes::default() };
    world.accounts.update(anna.id, set(&[("own", "hers")])).await.unwrap();
    let mut there = Arrival {
        addresses: by_chain(&[("own", "another"), ("lent", "over there"), ("kept", "over there")]),
        ..arrival(26, "annette", "a@example.com")
    };
    there.set_client_secret(&password("s3cret"));
    let imports = world.core.imports(OTHER);
    let (run, found) = taken_in(&imports, &[there], EVERYTHING, SOURCE).await;
    assert_eq!(found.linked, 1);
    let as_program = async || world.accounts.authenticate_client(anna.uuid, password("s3cret")).await;
    assert_eq!(as_program().await.unwrap().id, anna.id);
    world.accounts.update(anna.id, set(&[("kept", "changed here")])).await.unwrap();
    imports.undo(run, |_| {}).await.unwrap();
    let addresses = world.accounts.addresses(&anna).await.unwrap();
    assert_eq!(addresses, by_chain(&[("kept", "changed here"), ("own", "hers")]));
    assert!(as_program().await.is_err());
}

//! Users of old servers come in and clash.

mod buried;
mod left_out;
mod links;
mod reports;
mod undo;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use uuid::Uuid;

use super::hashes::settled;
use super::{ONE, OTHER, World, password, world};
use crate::accounts::digest_of;
use crate::db::{self, connection::AnyConnection};
use crate::{
    Arrival, Changes, Clash, Error, Event, Facts, Filter, Findings, Imports, Incoming, Login, OnSameEmail, OnSameId,
    OnSameName, OnUnknownHash, OnUnusable, Place, Policies, Realm, Role, Roles, Source, Stays, Step, User,
};

fn arrival(number: i64, username: &str, email: &str) -> Arrival {
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let time: DateTime<Utc> = "2019-03-24T00:00:00Z".parse().unwrap();
    Arrival {
        number: Some(number).filter(|&number| number != 0),
        uuid: None,
        username: given(username),
        email: given(email),
        name: String::new(),
        password_hash: Some(bcrypt::hash("secret12", 4).unwrap().into()),
        secret_digest: None,
        roles: Roles::USER,
        enabled: true,
        created: Some(time),
        updated: Some(time),
        addresses: BTreeMap::new(),
        facts: Facts::new(),
        record: format!("{{\"id\":{number},\"username\":{username:?}}}").into(),
    }
}

fn incoming(arrivals: &[Arrival]) -> Vec<Incoming> {
    let source: Arc<str> = "old.jsonl".into();
    let one = |(i, arrival): (usize, &Arrival)| Incoming {
        place: Place { source: Arc::clone(&source), record: i as u64 + 1 },
        arrival: Ok(arrival.clone()),
        password: None,
        passed_over: Vec::new(),
    };
    arrivals.iter().enumerate().map(one).collect()
}

const SOURCE: [u8; 32] = [7; 32];

fn source(digest: [u8; 32]) -> Source {
    Source { name: "old.jsonl".into(), digest, options: String::new() }
}

const EVERYTHING: Policies = Policies {
    same_email: OnSameEmail::Link,
    same_name: OnSameName::Rename,
    same_id: OnSameId::Move,
    unknown_hash: OnUnknownHash::Import,
    unusable: OnUnusable::Skip,
    keep_hashes: false,
};

async fn rehearsed(imports: &Imports, arrivals: &[Arrival], policies: Policies) -> Findings {
    let mut rehearsal = imports.rehearse(policies).unwrap();
    // In portions, so that what an earlier one has brought in has to be found again.
    for portion in incoming(arrivals).chunks(2) {
        rehearsal.add(portion.to_vec()).await.unwrap();
    }
    rehearsal.findings().clone()
}

/// Rehearses and takes in, which must agree; returns the run.
async fn taken_in(imports: &Imports, arrivals: &[Arrival], policies: Policies, digest: [u8; 32]) -> (i64, Findings) {
    let rehearsed = rehearsed(imports, arrivals, policies).await;
    let mut run = imports.begin(source(digest), policies).await.unwrap();
    for portion in incoming(arrivals).chunks(3) {
        assert_eq!(run.add(portion.to_vec()).await.unwrap(), Step::Done);
    }
    let id = run.id();
    let found = run.finish().await.unwrap();
    assert_eq!(rehearsed, found, "a rehearsal decides as the import does");
    (id, found)
}

async fn signed_in(world: &World, realm: Realm, name: &str) -> Result<User, Error> {
    world.core.accounts(realm).authenticate(Login::Username(name.into()), password("secret12")).await
}

fn count(findings: &Findings, clash: Clash) -> u64 {
    findings.clashes.get(&clash).map_or(0, |clashes| clashes.count)
}

#[tokio::test]
async fn who_comes_in_keeps_its_id_and_its_password() {
    let world = world();
    let imports = world.core.imports(ONE);
    let arrivals = [arrival(26, "Anna", "anna@example.com"), arrival(7, "", "ben@example.com")];
    let (_, found) = taken_in(&imports, &arrivals, Policies::default(), SOURCE).await;
    assert_eq!((found.made, found.clashes.len()), (2, 0));
    let anna = signed_in(&world, ONE, "anna").await.unwrap();
    assert_eq!((anna.number, anna.username.as_deref()), (26, Some("Anna")));
    assert_eq!(world.accounts.by_number(7).await.unwrap().email.as_deref(), Some("ben@example.com"));
    // Elsewhere nobody knows the old number.
    assert!(world.core.accounts(OTHER).by_number(26).await.is_err());
    assert!(world.core.accounts(OTHER).by_username("anna").await.unwrap().number > 1_000_000_000);
    let events: Vec<_> = world.core.audit().list(crate::AuditFilter::default()).try_collect::<Vec<_>>().await.unwrap();
    assert_eq!(events.iter().flatten().filter(|entry| entry.event == Event::Import.name()).count(), 2);
}

#[tokio::test]
async fn nothing_that_needs_a_decision_is_decided_by_default() {
    let world = world();
    world.register("anna", "anna@example.com").await.unwrap();
    let arrivals = [
        arrival(26, "annette", "Anna@example.com"),
        arrival(27, "ANNA", "other@example.com"),
        arrival(28, "ａｎｎａ", "form@example.com"),
        arrival(29, "anna@example.com", ""),
        arrival(1, "first", ""),
        arrival(30, "", ""),
        Arrival { password_hash: Some("$99$unknown$hash".into()), ..arrival(31, "dora", "") },
        arrival(32, &"x".repeat(256), ""),
        arrival(2_000_000_000, "beyond", ""),
        arrival(33, "emil", "no address"),
        arrival(33, "another", ""),
        arrival(33, "Emil", ""),
    ];
    let found = rehearsed(&world.core.imports(ONE), &arrivals, Policies::default()).await;
    for (clash, undecided) in [
        (Clash::SameEmail, 1),
        (Clash::SameNameByCase, 1),
        (Clash::SameNameByForm, 1),
        (Clash::NameIsEmail, 1),
        (Clash::SameId, 1),
        (Clash::NoName, 1),
        (Clash::UnknownHash, 1),
        (Clash::TooLong, 1),
        (Clash::BadId, 1),
        (Clash::IdTwice, 1),
        (Clash::InvalidEmail, 0),
        (Clash::ChangedThere, 0),
    ] {
        let clashes = &found.clashes[&clash];
        assert_eq!((clashes.count, clashes.undecided), (1, undecided), "{clash:?}");
    }
    assert_eq!((found.refused, found.made, found.skipped), (10, 1, 1));
    assert!(!found.is_decided());
}

#[tokio::test]
async fn a_rehearsal_leaves_the_database_as_it_is() {
    let world = world();
    world.register("anna", "anna@example.com").await.unwrap();
    let arrivals: Vec<_> = (10..40).map(|number| arrival(number, &format!("user{number}"), "")).collect();
    let found = rehearsed(&world.core.imports(ONE), &arrivals, EVERYTHING).await;
    assert_eq!(found.made, 30);
    assert_eq!(world.accounts.count(Filter::default()).await.unwrap(), 1);
    assert!(world.core.imports(ONE).runs().await.unwrap().is_empty());
    assert_eq!(world.register("ben", "").await.unwrap().number, 2, "nor are its ids");
}

#[tokio::test]
async fn a_run_that_meets_an_undecided_clash_writes_nothing_of_that_batch() {
    let world = world();
    let mut run = world.core.imports(ONE).begin(source(SOURCE), Policies::default()).await.unwrap();
    world.register("anna", "").await.unwrap();
    let step = run.add(incoming(&[arrival(26, "ben", ""), arrival(27, "anna", "")])).await.unwrap();
    let Step::Refused(example) = step else { panic!("{step:?}") };
    assert_eq!((example.place.record, example.with.as_str()), (2, "anna"));
    assert!(world.accounts.by_username("ben").await.is_err());
    assert_eq!(run.position(), 0);
}

#[tokio::test]
async fn whoever_has_to_be_renamed_signs_in_by_the_old_name_where_it_was_known() {
    let world = world();
    world.register("anna", "").await.unwrap();
    let arrivals = [arrival(26, "Anna", ""), arrival(27, "anna-one", "")];
    let (_, found) = taken_in(&world.core.imports(ONE), &arrivals, EVERYTHING, SOURCE).await;
    // The second clashes with the name that was made up for the first.
    assert_eq!(count(&found, Clash::SameNameByCase), 2);
    let anna = signed_in(&world, ONE, "anna").await.unwrap();
    assert_eq!((anna.number, anna.username.as_deref()), (26, Some("Anna")));
    assert_eq!(signed_in(&world, OTHER, "anna").await.unwrap().number, 1);
    assert_eq!(signed_in(&world, OTHER, "anna-one").await.unwrap().id, anna.id);
    assert_eq!(signed_in(&world, ONE, "anna-one").await.unwrap().number, 27);
    assert!(signed_in(&world, OTHER, "anna-one-one").await.is_ok());
}

#[tokio::test]
async fn an_email_that_two_people_have_counts_for_each_in_its_own_dialect() {
    let world = world();
    world.register("anna", "both@example.com").await.unwrap();
    let policies = Policies { same_email: OnSameEmail::Rename, ..EVERYTHING };
    let arrivals = [arrival(26, "ben", "Both@example.com"), arrival(27, "", "both@EXAMPLE.com")];
    let (_, found) = taken_in(&world.core.imports(ONE), &arrivals, policies, SOURCE).await;
    assert_eq!((found.made, count(&found, Clash::SameEmail)), (2, 2));
    let ben = signed_in(&world, ONE, "ben").await.unwrap();
    assert_eq!(ben.email.as_deref(), Some("Both@example.com"));
    assert_eq!(world.accounts.by_email("both@example.com").await.unwrap().number, 26);
    let other = world.core.accounts(OTHER);
    assert_eq!(other.by_email("both@example.com").await.unwrap().number, 1);
    assert_eq!(other.by_username("ben").await.unwrap().email, None);
}

#[tokio::test]
async fn a_link_makes_one_person_of_two_accounts_and_gives_neither_more_power() {
    let world = world();
    let anna = world.register("anna", "anna@example.com").await.unwrap();
    let (chief, program) = (world.administrator("chief").await, Uuid::from_u128(27));
    let changes = Changes { email: Some("chief@example.com".into()), ..Changes::default() };
    world.accounts.update(chief.id, changes).await.unwrap();
    let arrivals = [
        Arrival { roles: Roles::USER.with_admin(true), ..arrival(26, "annette", "ANNA@example.com") },
        Arrival {
            uuid: Some(program),
            secret_digest: Some(digest_of(&password("secret of a program"))),
            ..arrival(27, "boss", "chief@example.com")
        },
    ];
    let imports = world.core.imports(OTHER);
    let (_, found) = taken_in(&imports, &arrivals, EVERYTHING, SOURCE).await;
    assert_eq!((found.linked, found.administrators), (2, 0));
    assert_eq!((count(&found, Clash::LinkToLess), count(&found, Clash::LinkToMore)), (1, 1));
    let other = world.core.accounts(OTHER);
    let linked = other.by_number(26).await.unwrap();
    assert_eq!((linked.id, linked.username.as_deref()), (anna.id, Some("annette")));
    assert!(!linked.is_admin());
    assert_eq!(world.accounts.by_number(anna.number).await.unwrap().username.as_deref(), Some("anna"));
    assert_eq!(other.by_uuid(program).await.unwrap().id, chief.id);
    let by_secret = other.authenticate_client(program, password("secret of a program")).await;
    assert!(matches!(by_secret, Err(Error::BadCredentials)), "no program becomes an administrator by a link");
}

#[tokio::test]
async fn a_linked_users_own_hash_is_kept_if_its_run_says_so() {
    const WEAK: &str = "{SHA}qZk+NkcGgWq6PiVxeFDCbJzQ2J0="; // FIPS 180: "abc"
    for keep_hashes in [false, true] {
        let world = world();
        let anna = world.register("anna", "anna@example.com").await.unwrap();
        let arrivals = [Arrival { password_hash: Some(WEAK.into()), ..arrival(26, "anna", "anna@example.com") }];
        let policies = Policies { keep_hashes, ..EVERYTHING };
        let (_, found) = taken_in(&world.core.imports(OTHER), &arrivals, policies, SOURCE).await;
        assert_eq!(found.linked, 1);
        let other = world.core.accounts(OTHER);
        for _ in 0..2 {
            let signed_in = other.authenticate(Login::Username("anna".into()), password("abc")).await.unwrap();
            assert_eq!(signed_in.id, anna.id);
            settled(&other).await;
        }
        let read = move |conn: &mut AnyConnection| Ok(db::identities::password_hash(conn, OTHER, anna.id.0)?);
        let now = world.accounts.database.read(read).await.unwrap().unwrap();
        assert_eq!((now == WEAK, now.starts_with("$2b$04$")), (keep_hashes, !keep_hashes), "{now}");
        assert_eq!(world.core.stats().hashing.upgraded, u64::from(!keep_hashes));
    }
}

#[tokio::test]
async fn whoever_is_linked_gives_up_a_number_to_a_later_record_of_the_same_batch() {
    let world = world();
    let anna = world.register("anna", "anna@example.com").await.unwrap();
    let arrivals = [arrival(0, "anna", "anna@example.com"), arrival(anna.number, "ben", "ben@example.com")];
    let (_, found) = taken_in(&world.core.imports(ONE), &arrivals, EVERYTHING, SOURCE).await;
    assert_eq!((found.made, found.linked), (1, 1));
    assert_eq!(world.accounts.by_number(anna.number).await.unwrap().username.as_deref(), Some("ben"));
    let moved = world.accounts.by_username("anna").await.unwrap();
    assert_ne!(moved.number, anna.number);
    assert_eq!(world.accounts.by_number(moved.number).await.unwrap().id, anna.id);
}

#[tokio::test]
async fn two_accounts_of_one_server_are_two_users_whatever_they_share() {
    let world = world();
    let arrivals =
        [arrival(26, "anna", "a@example.com"), arrival(27, "ANNA", "a@example.com"), arrival(28, "anna", "")];
    let (_, found) = taken_in(&world.core.imports(ONE), &arrivals, EVERYTHING, SOURCE).await;
    assert_eq!((found.made, found.linked), (3, 0));
    assert_eq!(count(&found, Clash::SameEmailThere), 1);
    for number in [26, 27, 28] {
        assert_eq!(world.accounts.by_number(number).await.unwrap().number, number);
    }
    assert_eq!(signed_in(&world, ONE, "anna").await.unwrap().number, 26);
    assert_eq!(signed_in(&world, ONE, "ANNA").await.unwrap().number, 27, "by its own spelling");
    assert_eq!(signed_in(&world, ONE, "anna-one").await.unwrap().number, 27);
    assert_eq!(signed_in(&world, ONE, "anna-one-2").await.unwrap().number, 28);
}

#[tokio::test]
async fn an_id_that_was_given_here_is_given_up_for_the_old_one() {
    let world = world();
    let admin = world.administrator("admin").await;
    let (run, found) = taken_in(&world.core.imports(ONE), &[arrival(1, "anna", "")], EVERYTHING, SOURCE).await;
    assert_eq!(count(&found, Clash::SameId), 1);
    assert_eq!(world.accounts.by_number(1).await.unwrap().username.as_deref(), Some("anna"));
    assert!(world.accounts.by_username("admin").await.unwrap().number > 1_000_000_000);
    assert_eq!(world.core.accounts(OTHER).by_number(1).await.unwrap().id, admin.id);
    world.core.imports(ONE).undo(run, |_| {}).await.unwrap();
    assert_eq!(world.accounts.by_number(1).await.unwrap().id, admin.id);
}

#[tokio::test]
async fn a_hash_of_an_unknown_kind_stays_in_the_record_alone() {
    let world = world();
    let unknown = Arrival { password_hash: Some("$99$salt$hash".into()), ..arrival(26, "anna", "") };
    taken_in(&world.core.imports(ONE), &[unknown], EVERYTHING, SOURCE).await;
    assert!(matches!(signed_in(&world, ONE, "anna").await, Err(Error::BadCredentials)));
    assert_eq!(world.accounts.by_number(26).await.unwrap().username.as_deref(), Some("anna"));
}

#[tokio::test]
async fn a_run_that_was_broken_off_goes_on_behind_its_last_batch() {
    let world = world();
    let imports = world.core.imports(ONE);
    let arrivals: Vec<_> = (10..20).map(|number| arrival(number, &format!("user{number}"), "")).collect();
    let all = incoming(&arrivals);
    let mut broken_off = imports.begin(source(SOURCE), EVERYTHING).await.unwrap();
    broken_off.add(all[..4].to_vec()).await.unwrap();
    let id = broken_off.id();
    let mut stale = broken_off;
    let mut run = imports.begin(source(SOURCE), EVERYTHING).await.unwrap();
    assert_eq!((run.id(), run.position()), (id, 4));
    run.add(all[4..].to_vec()).await.unwrap();
    assert!(stale.add(all[4..].to_vec()).await.is_err(), "nobody else goes on with it");
    run.finish().await.unwrap();
    assert_eq!(world.accounts.count(Filter::default()).await.unwrap(), 10);
    let found = imports.run_of(SOURCE).await.unwrap().unwrap();
    assert!(found.finished.is_some() && found.position == 10);
}

#[tokio::test]
async fn two_imports_at_once_are_one_too_many() {
    let world = world();
    let imports = world.core.imports(ONE);
    let held = imports.lock().unwrap();
    assert!(matches!(world.core.imports(OTHER).lock(), Err(Error::Busy)));
    drop(held);
    imports.lock().unwrap();
}

#[tokio::test]
async fn of_twins_by_spelling_each_signs_in_by_its_own_whoever_came_first() {
    let world = world();
    world.register("ANNA", "").await.unwrap();
    let arrivals = [
        arrival(26, "Anna", ""),
        arrival(27, "anna", ""),
        arrival(28, "Ren\u{e9}", ""),
        arrival(29, "Rene\u{301}", ""),
        arrival(30, "ren\u{e9}", ""),
    ];
    let (run, found) = taken_in(&world.core.imports(ONE), &arrivals, EVERYTHING, SOURCE).await;
    assert_eq!(found.made, 5);
    let twins = [("Anna", 26), ("anna", 27), ("Ren\u{e9}", 28), ("Rene\u{301}", 29), ("ren\u{e9}", 30)];
    for (name, number) in twins {
        let user = signed_in(&world, ONE, name).await.unwrap();
        assert_eq!((user.number, user.username.as_deref()), (number, Some(name)));
        assert_eq!(world.accounts.by_username(name).await.unwrap().number, number);
    }
    // Whoever was here before is found everywhere else, and nobody is left of the others.
    assert_eq!(world.core.accounts(OTHER).by_username("anna").await.unwrap().number, 1);
    assert_eq!(world.core.imports(ONE).undo(run, |_| {}).await.unwrap().deleted, 5);
    assert_eq!(signed_in(&world, ONE, "anna").await.unwrap().number, 1);
}

#[tokio::test]
async fn names_of_one_dialect_do_not_keep_others_from_changing_theirs() {
    let world = world();
    let here = world.register("anna", "both@example.com").await.unwrap();
    let policies = Policies { same_email: OnSameEmail::Rename, ..EVERYTHING };
    taken_in(&world.core.imports(ONE), &[arrival(26, "anna", "both@example.com")], policies, SOURCE).await;
    let email = |email: &str| Changes { email: Some(email.into()), ..Changes::default() };
    // Who was here keeps its name when it takes another e-mail.
    let other = world.core.accounts(OTHER);
    let changed = other.update(here.id, email("new@example.com")).await.unwrap();
    assert_eq!(changed.username.as_deref(), Some("anna"));
    // Who came keeps both when a client sends back what it was shown.
    let came = world.accounts.by_number(26).await.unwrap();
    let same = Changes { username: came.username.clone(), ..email("both@example.com") };
    let same = world.accounts.update(came.id, same).await.unwrap();
    assert_eq!((same.username.as_deref(), same.email.as_deref()), (Some("anna"), Some("both@example.com")));
    // With an e-mail of its own it gives the other up.
    let own = world.accounts.update(came.id, email("own@example.com")).await.unwrap();
    assert_eq!(own.email.as_deref(), Some("own@example.com"));
    assert!(world.accounts.by_email("both@example.com").await.is_err());
    assert_eq!(world.accounts.by_username("anna").await.unwrap().number, 26);
}

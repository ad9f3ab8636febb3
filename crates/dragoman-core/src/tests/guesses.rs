use chrono::{DateTime, Duration};
use diesel::prelude::*;
use futures_util::future::join_all;
use secrecy::ExposeSecret as _;

use super::{ONE, OTHER, World, new_user, password, world_of};
use crate::db::schema::{familiar_networks, guesses};
use crate::{Accounts, Changes, Clock, Core, Error, Event, GuessSettings, Login, NewUser, Origin, Person, Random};

const OWNER: &str = "192.0.2.1";
const THIEF: &str = "203.0.113.9";

/// A world in which no time passes by itself.
fn still() -> World {
    with(GuessSettings::default())
}

fn with(settings: GuessSettings) -> World {
    world_of(settings, Clock::still(DateTime::from_timestamp(1_800_000_000, 0).unwrap()))
}

/// What an attempt to sign in from an address comes to, in a word.
async fn attempt(accounts: &Accounts, from: &str, name: &str, text: &str) -> String {
    let login = accounts.authenticate(Login::Username(name.into()), password(text));
    outcome(at(from).serve(login).await)
}

fn at(address: &str) -> Origin {
    Origin::new(Some(address.parse().unwrap()), || false)
}

fn outcome<T>(answer: crate::Result<T>) -> String {
    match answer {
        Ok(_) => "in".into(),
        Err(Error::BadCredentials) => "wrong".into(),
        Err(Error::TooManyAttempts { seconds }) => format!("wait {seconds}"),
        Err(error) => panic!("{error:?}"),
    }
}

/// Guesses until the limit says to wait, waits, and so on; the waits.
async fn waits(world: &World, from: &str, name: &str, times: usize) -> Vec<u64> {
    let mut waits = Vec::new();
    while waits.len() < times {
        let answer = attempt(&world.accounts, from, name, "guessed").await;
        match answer.strip_prefix("wait ") {
            None => assert_eq!(answer, "wrong"),
            Some(seconds) => {
                waits.push(seconds.parse().unwrap());
                world.clock.advance(Duration::seconds(seconds.parse().unwrap()));
            }
        }
    }
    waits
}

async fn rows(world: &World) -> (i64, i64) {
    let count = |conn: &mut crate::db::connection::AnyConnection| {
        Ok((guesses::table.count().get_result(conn)?, familiar_networks::table.count().get_result(conn)?))
    };
    world.accounts.database.read(count).await.unwrap()
}

#[tokio::test]
async fn five_guesses_are_free_and_then_the_delays_grow() {
    let world = still();
    world.register("ann", "").await.unwrap();
    for _ in 0..5 {
        assert_eq!(attempt(&world.accounts, THIEF, "ann", "guessed").await, "wrong");
    }
    assert_eq!(waits(&world, THIEF, "ann", 12).await, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 512, 512]);
}

#[tokio::test]
async fn while_a_delay_runs_the_right_password_is_refused_and_nothing_is_hashed_or_written() {
    let world = still();
    world.register("ann", "").await.unwrap();
    waits(&world, THIEF, "ann", 3).await;
    assert_eq!(attempt(&world.accounts, THIEF, "ann", "guessed").await, "wrong");
    let before = (world.core.stats().hashing.done, rows(&world).await);
    for text in ["secret12", "guessed", "secret12"] {
        assert_eq!(attempt(&world.accounts, THIEF, "ann", text).await, "wait 8");
    }
    assert_eq!((world.core.stats().hashing.done, rows(&world).await), before);
    assert_eq!(world.core.stats().guesses.refused_pair, 6);
    world.clock.advance(Duration::seconds(8));
    assert_eq!(attempt(&world.accounts, THIEF, "ann", "secret12").await, "in");
}

#[tokio::test]
async fn a_remembered_password_is_refused_during_a_delay_as_well() {
    let world = still();
    world.register("ann", "").await.unwrap();
    assert_eq!(attempt(&world.accounts, OWNER, "ann", "secret12").await, "in");
    waits(&world, THIEF, "ann", 1).await;
    assert_eq!(attempt(&world.accounts, THIEF, "ann", "guessed").await, "wrong");
    let hashed = world.core.stats().hashing.done;
    assert_eq!(attempt(&world.accounts, THIEF, "ann", "secret12").await, "wait 2");
    assert_eq!(attempt(&world.accounts, OWNER, "ann", "secret12").await, "in");
    assert_eq!(world.core.stats().hashing.done, hashed, "it was remembered");
}

#[tokio::test]
async fn a_right_password_forgives_the_wrong_ones_before_it() {
    let world = still();
    world.register("ann", "").await.unwrap();
    for _ in 0..3 {
        for text in ["1", "2", "3", "4"] {
            assert_eq!(attempt(&world.accounts, OWNER, "ann", text).await, "wrong");
        }
        assert_eq!(attempt(&world.accounts, OWNER, "ann", "secret12").await, "in");
    }
}

#[tokio::test]
async fn names_that_nobody_has_are_delayed_like_all_others() {
    let world = still();
    world.register("ann", "").await.unwrap();
    let known = waits(&world, THIEF, "ann", 8).await;
    world.clock.advance(Duration::days(1));
    for name in ["nobody", "NOBODY", "no\0body", ""] {
        assert_eq!(waits(&world, THIEF, name, 8).await, known, "{name:?}");
        world.clock.advance(Duration::days(1));
    }
    assert_eq!(attempt(&world.accounts, THIEF, "Ann", "1").await, "wrong");
    for text in ["2", "3", "4", "5"] {
        assert_eq!(attempt(&world.accounts, THIEF, "ANN", text).await, "wrong");
    }
    assert_eq!(attempt(&world.accounts, THIEF, "ann", "6").await, "wait 1", "however the name is written");
}

#[tokio::test]
async fn who_guesses_does_not_lock_the_owner_out() {
    let world = still();
    world.register("ann", "").await.unwrap();
    waits(&world, THIEF, "ann", 9).await;
    assert_eq!(attempt(&world.accounts, OWNER, "ann", "secret12").await, "in");
    // Nor does anybody in another network of the same provider; but a network has many addresses.
    waits(&world, "2001:db8:0:1::1", "ann", 1).await;
    assert_eq!(attempt(&world.accounts, "2001:db8:0:1:ffff::2", "ann", "guessed").await, "wrong");
    assert_eq!(attempt(&world.accounts, "2001:db8:0:1:eeee::3", "ann", "secret12").await, "wait 2");
    assert_eq!(attempt(&world.accounts, "2001:db8:0:2::1", "ann", "secret12").await, "in");
}

#[tokio::test]
async fn one_network_cannot_try_one_password_on_everybody() {
    let world = with(GuessSettings { network_free: 10, ..GuessSettings::default() });
    world.register("ann", "").await.unwrap();
    for number in 0..10 {
        assert_eq!(attempt(&world.accounts, THIEF, &format!("user{number}"), "summer").await, "wrong");
    }
    assert_eq!(attempt(&world.accounts, THIEF, "ann", "secret12").await, "wait 1");
    assert_eq!(attempt(&world.accounts, OWNER, "ann", "secret12").await, "in");
    assert_eq!(world.core.stats().guesses.refused_network, 1);
    world.clock.advance(Duration::seconds(1));
    // Signing in to one's own account does not buy more guesses at others.
    assert_eq!(attempt(&world.accounts, THIEF, "ann", "secret12").await, "in");
    assert_eq!(attempt(&world.accounts, THIEF, "eve", "summer").await, "wrong");
    assert_eq!(attempt(&world.accounts, THIEF, "joe", "summer").await, "wait 2");
    world.clock.advance(Duration::seconds(600));
    assert_eq!(attempt(&world.accounts, THIEF, "joe", "summer").await, "wrong");
}

#[tokio::test]
async fn many_networks_together_do_not_guess_faster_and_the_owner_comes_in_as_ever() {
    let world = with(GuessSettings { account_free: 10, ..GuessSettings::default() });
    world.register("ann", "").await.unwrap();
    assert_eq!(attempt(&world.accounts, OWNER, "ann", "secret12").await, "in");
    let mut waited = Vec::new();
    for host in 0..30 {
        let answer = attempt(&world.accounts, &format!("203.0.113.{host}"), "ann", "guessed").await;
        if let Some(seconds) = answer.strip_prefix("wait ") {
            waited.push(seconds.to_owned());
            world.clock.advance(Duration::seconds(seconds.parse().unwrap()));
        }
    }
    assert_eq!(waited, ["1", "2", "4", "8", "16", "32", "60", "60", "60", "60"]);
    assert_eq!(attempt(&world.accounts, "203.0.113.41", "ann", "secret12").await, "wait 60");
    assert_eq!(attempt(&world.accounts, OWNER, "ann", "secret12").await, "in");
    assert_eq!(world.core.stats().guesses.refused_account, 11);
    // A month without a visit, and the network is a stranger's.
    world.clock.advance(Duration::days(31));
    for host in 0..10 {
        attempt(&world.accounts, &format!("203.0.113.{host}"), "ann", "guessed").await;
    }
    assert_eq!(attempt(&world.accounts, OWNER, "ann", "secret12").await, "wait 1");
}

/// Of guesses made at once some were looked at, no more than are free, and all others have to wait. They may be fewer:
/// between the commit of a failure and its leaving those under way it counts as both, so that it never counts as neither.
fn assert_looked_at(answers: &[String], free: usize) {
    let wrong = answers.iter().filter(|answer| *answer == "wrong").count();
    let waiting = answers.iter().filter(|answer| answer.starts_with("wait ")).count();
    assert!((1..=free).contains(&wrong) && wrong + waiting == answers.len(), "{answers:?}");
}

#[tokio::test]
async fn many_networks_at_once_get_no_more_guesses_than_one_after_the_other() {
    let world = with(GuessSettings { account_free: 10, ..GuessSettings::default() });
    world.register("ann", "").await.unwrap();
    let guesses = (0..30).map(async |host| {
        attempt(&world.accounts, &format!("203.0.113.{host}"), "ann", &format!("guess-{host}")).await
    });
    assert_looked_at(&join_all(guesses).await, 10);
}

#[tokio::test]
async fn a_guess_in_one_dialect_and_at_one_gateway_counts_in_all() {
    let world = still();
    world.register("ann", "").await.unwrap();
    let replica = Core::open(&world.settings, world.clock.clone(), Random::system()).unwrap();
    let gateways = [world.accounts.clone(), world.core.accounts(OTHER), replica.accounts(ONE)];
    for text in ["1", "2", "3", "4", "5"] {
        let gateway = &gateways[text.parse::<usize>().unwrap() % 3];
        assert_eq!(attempt(gateway, THIEF, "ann", text).await, "wrong");
    }
    for gateway in &gateways {
        assert_eq!(attempt(gateway, THIEF, "ann", "secret12").await, "wait 1");
    }
}

#[tokio::test]
async fn of_many_simultaneous_guesses_only_the_free_ones_are_looked_at() {
    let world = still();
    world.register("ann", "").await.unwrap();
    let texts: Vec<String> = (0..100).map(|number| format!("guess {number}")).collect();
    let answers = join_all(texts.iter().map(|text| attempt(&world.accounts, THIEF, "ann", text))).await;
    assert_looked_at(&answers, 5);
    // Where one counted twice for a moment, the one that had to wait for it is still free.
    let wrong = answers.iter().filter(|answer| *answer == "wrong").count();
    for number in wrong..5 {
        assert_eq!(attempt(&world.accounts, THIEF, "ann", &format!("late guess {number}")).await, "wrong");
    }
    assert_eq!(attempt(&world.accounts, THIEF, "ann", "secret12").await, "wait 1");
}

#[tokio::test]
async fn a_program_that_sends_its_password_with_many_requests_at_once_makes_one_guess() {
    let world = still();
    world.register("ann", "").await.unwrap();
    let answers = join_all((0..40).map(|_| attempt(&world.accounts, OWNER, "ann", "secret12"))).await;
    assert_eq!(answers, ["in"; 40]);
    let answers = join_all((0..40).map(|_| attempt(&world.accounts, OWNER, "ann", "secret13"))).await;
    assert_eq!(answers, ["wrong"; 40]);
    assert_eq!(attempt(&world.accounts, OWNER, "ann", "secret12").await, "in");
}

#[tokio::test]
async fn secrets_of_programs_and_present_passwords_are_guessed_no_faster() {
    let world = still();
    let ann = NewUser { client_secret: Some(password("s3cret")), ..new_user("ann", "") };
    let ann = world.accounts.register(ann).await.unwrap();
    let (nobody, secret) = (Random::seeded(1).uuid(), password("s3cret"));
    for uuid in [ann.uuid, nobody] {
        let sign_in = |text| at(THIEF).serve(world.accounts.authenticate_client(uuid, password(text)));
        for text in ["1", "2", "3", "4", "5"] {
            assert_eq!(outcome(sign_in(text).await), "wrong");
        }
        assert_eq!(outcome(sign_in(secret.expose_secret()).await), "wait 1");
    }
    let change = |text| {
        let (current_password, name) = (Some(password(text)), Some("Ann".to_owned()));
        world.accounts.update(ann.id, Changes { current_password, name, ..Changes::default() })
    };
    for text in ["1", "2", "3", "4", "5"] {
        assert_eq!(outcome(at(OWNER).serve(change(text)).await), "wrong");
    }
    assert_eq!(outcome(at(OWNER).serve(change("secret12")).await), "wait 1");
    let renew =
        |old| world.accounts.change_password(Login::Username("ann".into()), password(old), password("newer123"));
    for text in ["1", "2", "3", "4", "5"] {
        assert_eq!(outcome(at(OWNER).serve(renew(text)).await), "wrong");
    }
    assert_eq!(outcome(at(OWNER).serve(renew("secret12")).await), "wait 1");
}

#[tokio::test]
async fn a_program_of_the_settings_proves_itself_by_its_secret_alone() {
    let world = still();
    let prove = async |given: &str, expected: Option<&str>| {
        let (given, expected) = (password(given), expected.map(password));
        outcome(world.accounts.authenticate_program("1", &given, expected.as_ref()).await)
    };
    assert_eq!(prove("s", Some("s")).await, "in");
    for (given, expected) in [("t", Some("s")), ("", Some("")), ("", None), ("s", None), ("s ", Some("s"))] {
        assert_eq!(prove(given, expected).await, "wrong");
    }
    assert_eq!(prove("s", Some("s")).await, "wait 1");
}

#[tokio::test]
async fn what_is_forgotten_is_deleted() {
    let world = still();
    world.register("ann", "").await.unwrap();
    assert_eq!(attempt(&world.accounts, OWNER, "ann", "secret12").await, "in");
    for number in 0..20 {
        attempt(&world.accounts, THIEF, &format!("random {number}"), "guessed").await;
    }
    assert_eq!(rows(&world).await, (41, 1));
    assert_eq!(world.core.prune().await.unwrap(), 0);
    world.clock.advance(Duration::hours(1));
    assert_eq!(world.core.prune().await.unwrap(), 41);
    world.clock.advance(Duration::days(31));
    assert_eq!(world.core.prune().await.unwrap(), 1);
    assert_eq!(rows(&world).await, (0, 0));
}

#[tokio::test]
async fn of_the_networks_of_an_account_the_latest_are_remembered() {
    let world = with(GuessSettings { account_free: 1, ..GuessSettings::default() });
    world.register("ann", "").await.unwrap();
    for host in 0..20 {
        assert_eq!(attempt(&world.accounts, &format!("192.0.2.{host}"), "ann", "secret12").await, "in");
        world.clock.advance(Duration::seconds(1));
    }
    assert_eq!(rows(&world).await, (0, 16));
    attempt(&world.accounts, THIEF, "ann", "guessed").await;
    assert_eq!(attempt(&world.accounts, "192.0.2.19", "ann", "secret12").await, "in");
    assert_eq!(attempt(&world.accounts, "192.0.2.0", "ann", "secret12").await, "wait 1");
}

#[tokio::test]
async fn limits_that_are_off_limit_nothing() {
    let world = with(GuessSettings { enabled: false, ..GuessSettings::default() });
    world.register("ann", "").await.unwrap();
    for number in 0..50 {
        assert_eq!(attempt(&world.accounts, THIEF, "ann", &format!("guess {number}")).await, "wrong");
    }
    assert_eq!(attempt(&world.accounts, THIEF, "ann", "secret12").await, "in");
    assert_eq!(rows(&world).await, (0, 0));
}

#[tokio::test]
async fn each_delay_that_begins_is_told_in_the_audit_log() {
    let world = still();
    let ann = world.register("ann", "").await.unwrap();
    waits(&world, THIEF, "ann", 2).await;
    let told = world.told().await;
    let lockouts: Vec<_> = told.iter().filter(|entry| entry.event == Event::Lockout.name()).collect();
    let seconds: Vec<_> = lockouts.iter().map(|entry| entry.detail["seconds"].as_str()).collect();
    assert_eq!(seconds, ["1", "2"]);
    for entry in lockouts {
        assert_eq!(entry.detail["scope"], "account and network");
        assert_eq!(entry.address.as_deref(), Some(THIEF));
        assert_eq!(entry.subject, Some(Person::from(&ann)));
    }
}

//! Users who bring hashes that other programs made.

use std::time::Duration;

use diesel::prelude::*;
use dragoman_hashes::{StoredHash, store_as};
use serde_json::Value;

use super::{ONE, World, new_user, password, world_of};
use crate::db::schema::credentials;
use crate::{
    Accounts, Changes, Clock, Core, Error, Fault, Field, GuessSettings, Login, PasswordSettings, Random, SeedUser,
    Settings, User, UserId,
};

/// What `crates/dragoman-hashes/tests/vectors/make` had the original libraries make.
const VECTORS: &str = include_str!("../../../dragoman-hashes/tests/vectors/vectors.jsonl");

const WEAK: &str = "{SHA}qZk+NkcGgWq6PiVxeFDCbJzQ2J0="; // FIPS 180: "abc"

fn world() -> World {
    world_of(GuessSettings { enabled: false, ..Default::default() }, Clock::system())
}

/// The same database, seen by a gateway whose hashes cost more.
fn at_cost(world: &World, bcrypt_cost: u32) -> Core {
    let passwords = PasswordSettings { bcrypt_cost, ..world.settings.passwords.clone() };
    let settings = Settings { passwords, ..world.settings.clone() };
    Core::open(&settings, world.clock.clone(), Random::system()).unwrap()
}

async fn seed(accounts: &Accounts, username: &str, hash: &str) -> crate::Result<User> {
    let (username, password_hash) = (Some(username.to_owned()), Some(hash.to_owned()));
    accounts.seed(SeedUser { username, password_hash, ..SeedUser::default() }).await
}

async fn sign_in(accounts: &Accounts, username: &str, text: &str) -> crate::Result<User> {
    accounts.authenticate(Login::Username(username.into()), password(text)).await
}

async fn stored(world: &World, id: UserId) -> String {
    let query = move |conn: &mut _| Ok(crate::db::credentials::password_hash(conn, id.0)?);
    world.accounts.database.read(query).await.unwrap().unwrap()
}

/// Waits until no hash is being replaced any more. A sign-in has begun its own before it returns.
pub(super) async fn settled(accounts: &Accounts) {
    while accounts.hasher.upgrades_under_way() > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Password and stored hash of each library and scheme: an ordinary password, one that is not ASCII, and one that
/// is longer than bcrypt reads. What takes longer than bcrypt of cost 9 is left to the crate's own test.
fn vectors() -> Vec<(String, String)> {
    let lines = VECTORS.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let vectors = lines.map(|line| {
        let text = |key: &str| line[key].as_str().unwrap().to_owned();
        (text("password"), store_as(&text("scheme"), &text("hash")).unwrap())
    });
    let wanted = |text: &str| text == "hunter2" || text.starts_with("Grü") || text.starts_with("correct");
    vectors.filter(|(text, hash)| wanted(text) && StoredHash::parse(hash).unwrap().work(text.len()) < 512).collect()
}

#[tokio::test]
async fn whoever_brings_a_known_hash_signs_in_with_the_old_password_and_weak_hashes_become_bcrypt() {
    let world = world();
    let (mut users, mut upgraded) = (Vec::new(), 0);
    for (number, (text, hash)) in vectors().into_iter().enumerate() {
        let name = format!("user{number}");
        let user = seed(&world.accounts, &name, &hash).await.unwrap();
        let wrong = sign_in(&world.accounts, &name, &format!("!{text}")).await;
        assert!(matches!(wrong, Err(Error::BadCredentials)), "{hash}");
        sign_in(&world.accounts, &name, &text).await.unwrap_or_else(|error| panic!("{hash}: {error}"));
        settled(&world.accounts).await;
        users.push((user, name, text, hash));
    }
    for (user, name, text, hash) in &users {
        let now = stored(&world, user.id).await;
        let weak = StoredHash::parse(hash).unwrap().is_weaker_than_bcrypt(4) && text.len() <= crate::PASSWORD_LIMIT;
        assert_eq!(now != *hash, weak, "{hash}");
        assert!(!weak || now.starts_with("$2b$04$"), "{now}");
        upgraded += u64::from(weak);
        let again = sign_in(&world.accounts, name, text).await.unwrap();
        assert_eq!(again.updated, user.updated, "nobody changed the user");
    }
    assert!(upgraded > 50 && upgraded < users.len() as u64, "{upgraded} of {}", users.len());
    assert_eq!(world.core.stats().hashing.upgraded, upgraded);
}

#[tokio::test]
async fn a_hash_of_an_unknown_kind_or_too_dear_a_one_is_not_taken() {
    let world = world();
    for hash in ["5f4dcc3b5aa765d61d8327deb882cf99", "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"] {
        let refused = seed(&world.accounts, "ann", hash).await;
        assert!(matches!(refused, Err(Error::Invalid { field: Field::Password, fault: Fault::Malformed })));
    }
    let dear = format!("pbkdf2:sha256:4000000000$salt${}", "ab".repeat(32));
    assert!(seed(&world.accounts, "ann", &dear).await.is_err());
}

#[tokio::test]
async fn what_is_as_strong_or_to_be_kept_or_longer_than_bcrypt_reads_is_left_alone() {
    let world = world();
    let accounts = at_cost(&world, 6).accounts(ONE);
    let long = "ü".repeat(40);
    let hash = |text: &str, cost| bcrypt::hash(text, cost).unwrap();
    let owasp = vectors_of("argon2id").into_iter().find(|(_, hash)| hash.contains("m=65536"));
    let (strong_password, strong) = owasp.unwrap();
    let long_hash = store_as("hex-sha256", &sha256_in_hex(&long)).unwrap();
    for (name, text, hash) in [
        ("lower", "abc", hash("abc", 5)),
        ("same", "abc", hash("abc", 6)),
        ("higher", "abc", hash("abc", 7)),
        ("kept", "abc", WEAK.to_owned()),
        ("long", &*long, long_hash),
        ("argon", &*strong_password, strong),
        ("weak", "abc", WEAK.to_owned()),
    ] {
        let user = seed(&accounts, name, &hash).await.unwrap();
        if name == "kept" {
            keep(&world, user.id).await;
        }
        sign_in(&accounts, name, text).await.unwrap();
        settled(&accounts).await;
        let now = stored(&world, user.id).await;
        let replaced = ["lower", "weak"].contains(&name);
        assert_eq!(now != hash, replaced, "{name}");
        assert!(!replaced || now.starts_with("$2b$06$"), "{name}: {now}");
        sign_in(&accounts, name, text).await.unwrap();
    }
    assert_eq!(accounts.hasher.stats().upgraded, 2);
}

fn vectors_of(scheme: &str) -> Vec<(String, String)> {
    let lines = VECTORS.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let of_it = lines.filter(|line| line["scheme"] == scheme);
    of_it.map(|line| (line["password"].as_str().unwrap().into(), line["hash"].as_str().unwrap().into())).collect()
}

fn sha256_in_hex(text: &str) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// As an operator does with `--keep-hashes`.
async fn keep(world: &World, id: UserId) {
    let keep = move |conn: &mut crate::db::connection::AnyConnection| {
        let own = credentials::table.find(id.0);
        Ok(diesel::update(own).set(credentials::keeps_hash.eq(true)).execute(conn)?)
    };
    assert_eq!(world.accounts.database.write(keep).await.unwrap(), 1);
}

#[tokio::test]
async fn of_many_sign_ins_at_once_all_succeed_and_the_hash_is_replaced_once() {
    let world = world();
    let ann = seed(&world.accounts, "ann", WEAK).await.unwrap();
    let tokens = world.sign_in(&ann).await;
    let signing_in = (0..16).map(|_| {
        let accounts = world.accounts.clone();
        tokio::spawn(async move { sign_in(&accounts, "ann", "abc").await })
    });
    for outcome in signing_in.collect::<Vec<_>>() {
        outcome.await.unwrap().unwrap();
    }
    settled(&world.accounts).await;
    assert!(stored(&world, ann.id).await.starts_with("$2b$04$"));
    assert_eq!(world.core.stats().hashing.upgraded, 1);
    assert!(world.bearer(&tokens[0]).await.is_ok(), "and no session has ended");
}

#[tokio::test]
async fn a_password_that_is_changed_while_its_old_hash_is_replaced_is_changed() {
    let world = world();
    for round in 0..20 {
        let name = format!("ann{round}");
        let ann = seed(&world.accounts, &name, WEAK).await.unwrap();
        let (one, other) = (world.accounts.clone(), world.accounts.clone());
        let login = Login::Username(name.clone());
        let signing_in = tokio::spawn({
            let name = name.clone();
            async move { sign_in(&one, &name, "abc").await }
        });
        let changing = tokio::spawn(async move {
            if round % 2 == 0 {
                return other.change_password(login, password("abc"), password("changed1")).await;
            }
            let (current_password, password) = (Some(password("abc")), Some(password("changed1")));
            other.update(ann.id, Changes { current_password, password, ..Changes::default() }).await
        });
        changing.await.unwrap().unwrap();
        let early = signing_in.await.unwrap();
        assert!(matches!(early, Ok(_) | Err(Error::BadCredentials)), "before the change or after it");
        settled(&world.accounts).await;
        assert!(matches!(sign_in(&world.accounts, &name, "abc").await, Err(Error::BadCredentials)));
        sign_in(&world.accounts, &name, "changed1").await.unwrap();
    }
}

#[tokio::test]
async fn of_simultaneous_changes_with_the_same_old_password_one_wins() {
    let world = world();
    let ann = world.accounts.register(new_user("ann", "")).await.unwrap();
    let changing = (0..4).map(|number| {
        let (accounts, login) = (world.accounts.clone(), Login::Username("ann".into()));
        let new = password(&format!("changed{number}"));
        tokio::spawn(async move { accounts.change_password(login, password("secret12"), new).await })
    });
    let mut won = 0;
    for outcome in changing.collect::<Vec<_>>() {
        match outcome.await.unwrap() {
            Ok(user) => won += u32::from(user.id == ann.id),
            outcome => assert!(matches!(outcome, Err(Error::BadCredentials))),
        }
    }
    assert_eq!(won, 1);
}

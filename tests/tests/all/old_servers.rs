//! Signing in by the word of an old server: another gateway that speaks the same dialect, or something that only listens
//! where one should be.

mod fake;
mod takes;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use dragoman::dialects;
use dragoman::harness::{Options, UserLine};
use dragoman_exchange::Lab as _;
use dragoman_tests::gateway::{Gateway, PATIENCE};
use dragoman_tests::{Database, World};

use crate::hashing::metric;
use crate::trials::Trials;
use fake::{Fake, Mode, answering};
use takes::{Takes, take};

const PASSWORD: &str = "9 old sesames";

pub(crate) fn register(trials: &mut Trials) {
    trials.on_both(
        "whoever an old server knows signs in once by its word, in each dialect, and then without it",
        moves_over,
    );
    trials
        .on(Database::Sqlite, "an old server that fails is left alone, and tried again after a while", |_, _| breaks());
    trials.on(Database::Sqlite, "nobody's odd question keeps others from the old server", |_, _| odd_questions());
    trials.on(Database::Sqlite, "an old server that refuses everybody is left alone", |_, _| refuses_everybody());
    trials.on(Database::Sqlite, "an old server that asks for a rest gets it, and no longer one", |_, _| rests());
    trials
        .on(Database::Sqlite, "what is no answer of an old server makes no password right or wrong", |_, _| nonsense());
    trials.on(Database::Sqlite, "an old server is asked by so many at once, and no more", |_, _| in_turns());
    trials
        .on(Database::Sqlite, "an old server behind https is asked when its authority is trusted", |_, _| encrypted());
}

/// The settings of a gateway whose mounts replace these servers.
fn replacing<'a>(servers: impl IntoIterator<Item = (&'a str, String)>, more: &str) -> String {
    let mount = |(dialect, url): (&str, String)| {
        format!("[[mount]]\ndialect = \"{dialect}\"\n[mount.legacy]\nurl = \"{url}\"\n{more}\n")
    };
    servers.into_iter().map(mount).collect()
}

fn user(username: &str, more: serde_json::Value) -> Result<UserLine> {
    let mut line = serde_json::json!({ "username": username, "email": format!("{username}@example.com") });
    let object = line.as_object_mut().context("no object")?;
    object.extend(more.as_object().cloned().unwrap_or_default());
    Ok(serde_json::from_value(line)?)
}

fn dialect_names() -> impl Iterator<Item = &'static str> {
    dialects::ALL.iter().map(|dialect| dialect.name)
}

/// In each dialect somebody whom only the old server knows, and somebody who came from it without a password; the
/// latter administers, because amadis gives its tokens to nobody else.
fn moves_over(world: &World, database: Database) -> Result<()> {
    let mut there = Vec::new();
    let mut here = Vec::new();
    for (number, dialect) in (50..).zip(dialect_names()) {
        let admin = ["ADMIN", "USER"];
        there.push(user(&format!("new-{dialect}"), serde_json::json!({ "password": PASSWORD, "roles": admin }))?);
        let came = serde_json::json!({ "id": number, "uuid": uuid(number), "roles": admin });
        here.push(user(&format!("came-{dialect}"), came.clone())?);
        let mut came = came;
        came.as_object_mut().context("no object")?.insert("password".into(), PASSWORD.into());
        there.push(user(&format!("came-{dialect}"), came)?);
    }
    let old = Gateway::start(Options { users: there, ..Options::default() })?;
    let urls = old.urls.iter().map(|(dialect, url)| (dialect.as_str(), url.clone()));
    let client =
        format!("[amadis]\nclient_id = \"{}\"\nclient_secret = \"{}\"\n", old.oauth.client_id, old.oauth.client_secret);
    let settings = client + &replacing(urls, "administrators = true");
    let options = Options {
        users: here,
        settings: Some(settings.parse()?),
        database: world.database(database),
        ..Options::default()
    };
    let gateway = Gateway::start(options)?;
    for (number, dialect) in (50..).zip(dialect_names()) {
        gateway.execute(&came_from(dialect, number))?;
    }

    let before = gateway.count()?;
    for dialect in dialect_names() {
        for name in [format!("new-{dialect}"), format!("came-{dialect}")] {
            ensure!(take(&gateway, dialect, &name, "wrong")? == Takes::Wrong, "{name}: any password is taken");
            ensure!(take(&gateway, dialect, &name, PASSWORD)? == Takes::Right, "{name} is not let in");
        }
        ensure!(take(&gateway, dialect, "nobody", PASSWORD)? == Takes::Wrong, "{dialect}: nobody is let in");
        let outcome = |outcome: &str| asked(&gateway, dialect, old.url(dialect)?, outcome);
        ensure!((outcome("right")?, outcome("wrong")?) == (2, 3), "{dialect} asks at another time");
    }
    ensure!(gateway.count()? == before + 5, "who came in is not who should");

    old.stop()?;
    for dialect in dialect_names() {
        for name in [format!("new-{dialect}"), format!("came-{dialect}")] {
            ensure!(take(&gateway, dialect, &name, PASSWORD)? == Takes::Right, "{name} needs the old server");
            ensure!(take(&gateway, dialect, &name, "wrong")? == Takes::Wrong, "{name}: any password is taken now");
        }
        ensure!(take(&gateway, dialect, "nobody", PASSWORD)? == Takes::NoWord, "{dialect}: nobody is told it is wrong");
    }
    roles(&gateway)?;
    gateway.stop()
}

/// Nobody administers by the word of an old server, and the ids that it tells are kept.
fn roles(gateway: &Gateway) -> Result<()> {
    let rows = takes::rows(gateway)?;
    for row in &rows {
        let (name, admin) = (row.username.as_str(), row.admin);
        ensure!(!(name.starts_with("new-") && admin), "{name} administers");
        ensure!(!name.starts_with("came-") || admin, "{name} administers no more");
    }
    let vitja = rows.iter().find(|row| row.username == "new-vitja").context("new-vitja is not there")?;
    ensure!(vitja.id < 1_000_000_000, "it has the number {}, which is none of the old server", vitja.id);
    Ok(())
}

fn uuid(number: u32) -> String {
    format!("45b5fbd3-755f-4379-8f07-{number:012}")
}

/// What an import writes of somebody who had this number on this dialect's old server.
fn came_from(dialect: &str, number: u32) -> String {
    format!(
        "UPDATE users SET identities = '{{\"{dialect}\":{{}}}}' WHERE id = {number}; \
         INSERT INTO identities (realm, user_id, made, keeps_password, updated) \
         SELECT '{dialect}', id, TRUE, FALSE, updated FROM users WHERE id = {number};"
    )
}

fn asked(gateway: &Gateway, dialect: &str, server: &str, outcome: &str) -> Result<u64> {
    let labels = format!("dialect=\"{dialect}\",outcome=\"{outcome}\",server=\"{server}\"");
    metric(gateway, &format!("dragoman_old_server_questions_total{{{labels}}}"))
}

/// A gateway whose vitja replaces something that only listens.
fn facing(fake: &Fake, more: &str) -> Result<Gateway> {
    let settings = Some(replacing([("vitja", fake.url())], more).parse()?);
    let dialects = vec!["vitja".to_owned()];
    Gateway::start(Options { settings, dialects, ..Options::default() })
}

fn breaks() -> Result<()> {
    let fake = Fake::start(Mode::Closes)?;
    let gateway = facing(&fake, "failures = 2\npause_seconds = 10")?;
    let take = |name: &str| take(&gateway, "vitja", name, PASSWORD);
    for _ in 0..4 {
        ensure!(take("nobody")? == Takes::NoWord);
    }
    // Two questions of people, and one of our own that decides.
    ensure!((fake.heard(), is_left_alone(&gateway, &fake)?) == (3, true), "it is asked {} times", fake.heard());
    ensure!(takes::administrator(&gateway)? == Takes::Right, "who is here needs the old server");
    // Also when it could answer again, and also once after the pause, while it cannot.
    gateway.advance(Duration::from_secs(11))?;
    ensure!(take("nobody")? == Takes::NoWord && take("nobody")? == Takes::NoWord);
    ensure!(fake.heard() == 4, "after the pause it is asked {} times", fake.heard() - 3);
    fake.turns(Mode::SaysNo);
    ensure!(take("nobody")? == Takes::NoWord && fake.heard() == 4);
    gateway.advance(Duration::from_secs(11))?;
    ensure!(take("nobody")? == Takes::Wrong && take("nobody")? == Takes::Wrong);
    ensure!((fake.heard(), is_left_alone(&gateway, &fake)?) == (7, false), "it is asked {} times", fake.heard());
    gateway.stop()
}

/// Whatever a stranger gets the old server to say, hang up or fall over included, all others are asked about as before:
/// while it is asked, and while it is tried again.
fn odd_questions() -> Result<()> {
    let kinds = [
        ("400 Bad Request", "", "refused"),
        ("403 Forbidden", "", "refused"),
        ("404 Not Found", "", "refused"),
        ("413 Content Too Large", "", "refused"),
        ("422 Unprocessable Content", "", "refused"),
        ("429 Too Many Requests", "", "busy"),
        ("429 Too Many Requests", "Retry-After: 3600\r\n", "busy"),
        ("503 Service Unavailable", "Retry-After: 3600\r\n", "busy"),
        ("503 Service Unavailable", "", "failed"),
        ("500 Internal Server Error", "", "failed"),
    ];
    let fake = Fake::start(Mode::Closes)?;
    let gateway = facing(&fake, "failures = 2\npause_seconds = 10")?;
    let takes = |name: &str| take(&gateway, "vitja", name, PASSWORD);
    for (kind, (status, fields, outcome)) in kinds.into_iter().enumerate() {
        let context = format!("{status} {fields}");
        fake.turns(Mode::Dislikes(answering(status, fields)));
        // No line tells of what has not happened yet.
        let before = asked(&gateway, "vitja", &fake.url(), outcome).unwrap_or_default();
        for time in 0..4 {
            ensure!(takes(&format!("odd{kind}-{time}"))? == Takes::NoWord, "{context}");
        }
        ensure!(asked(&gateway, "vitja", &fake.url(), outcome)? == before + 4, "{context} is not {outcome}");
        ensure!(takes(&format!("nobody{kind}"))? == Takes::Wrong, "{context}: a stranger keeps others out");
    }
    fake.turns(Mode::Closes);
    while takes("nobody")? == Takes::NoWord && !is_left_alone(&gateway, &fake)? {}
    fake.turns(Mode::Dislikes(answering("500 Internal Server Error", "")));
    gateway.advance(Duration::from_secs(11))?;
    ensure!(takes("odd")? == Takes::NoWord && takes("nobody")? == Takes::Wrong, "a stranger keeps it left alone");
    gateway.stop()
}

/// A wrong address in the settings, say.
fn refuses_everybody() -> Result<()> {
    let fake = Fake::start(Mode::Says(answering("404 Not Found", "")))?;
    let gateway = facing(&fake, "failures = 2\npause_seconds = 10")?;
    for _ in 0..4 {
        ensure!(take(&gateway, "vitja", "nobody", PASSWORD)? == Takes::NoWord);
    }
    ensure!(fake.heard() == 3 && is_left_alone(&gateway, &fake)?, "it is asked {} times", fake.heard());
    gateway.stop()
}

fn rests() -> Result<()> {
    let fake = Fake::start(Mode::Says(answering("429 Too Many Requests", "Retry-After: 2\r\n")))?;
    let gateway = facing(&fake, "failures = 2\npause_seconds = 60")?;
    for _ in 0..4 {
        ensure!(take(&gateway, "vitja", "nobody", PASSWORD)? == Takes::NoWord);
    }
    ensure!(fake.heard() == 3 && is_left_alone(&gateway, &fake)?, "it is asked {} times", fake.heard());
    fake.turns(Mode::SaysNo);
    gateway.advance(Duration::from_secs(3))?;
    ensure!(take(&gateway, "vitja", "somebody", PASSWORD)? == Takes::Wrong, "it is left alone for longer than it asks");
    gateway.stop()
}

fn is_left_alone(gateway: &Gateway, fake: &Fake) -> Result<bool> {
    let name = format!("dragoman_old_server_left_alone{{dialect=\"vitja\",server=\"{}\"}}", fake.url());
    Ok(metric(gateway, &name)? == 1)
}

fn nonsense() -> Result<()> {
    let elsewhere = Fake::start(Mode::SaysYes)?;
    let fake = Fake::start(Mode::Closes)?;
    let gateway = facing(&fake, "failures = 1000\ntimeout_seconds = 1")?;
    let before = gateway.count()?;
    for mode in Mode::nonsense(&elsewhere.url()) {
        fake.turns(mode.clone());
        let answer = take(&gateway, "vitja", "nobody", PASSWORD)?;
        ensure!(answer == Takes::NoWord, "{mode:?}: {answer:?}");
        ensure!(takes::administrator(&gateway)? == Takes::Right, "{mode:?}: who is here is not let in");
    }
    ensure!(elsewhere.heard() == 0, "a password went where the settings do not say");
    fake.turns(Mode::SaysNo);
    ensure!(take(&gateway, "vitja", "nobody", PASSWORD)? == Takes::Wrong);
    ensure!(gateway.count()? == before, "somebody came in");
    gateway.stop()
}

fn in_turns() -> Result<()> {
    let fake = Arc::new(Fake::start(Mode::Waits)?);
    let gateway = Arc::new(facing(&fake, "concurrency = 2\ntimeout_seconds = 60")?);
    let clients: Vec<_> = (0..6)
        .map(|client| {
            let gateway = Arc::clone(&gateway);
            std::thread::spawn(move || take(&gateway, "vitja", &format!("nobody{client}"), PASSWORD))
        })
        .collect();
    let begun = Instant::now();
    while fake.heard() < 2 {
        ensure!(begun.elapsed() < PATIENCE, "only {} are asked about", fake.heard());
        std::thread::sleep(Duration::from_millis(20));
    }
    fake.turns(Mode::SaysNo);
    for client in clients {
        let answer = client.join().map_err(|_| anyhow::anyhow!("a client panicked"))??;
        ensure!(answer == Takes::Wrong, "{answer:?}");
    }
    ensure!((fake.heard(), fake.most_at_once()) == (6, 2), "{} at once", fake.most_at_once());
    Arc::into_inner(gateway).context("somebody still asks")?.stop()
}

fn encrypted() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, pair.cert.pem())?;
    std::fs::write(&key, pair.signing_key.serialize_pem())?;
    let settings = format!("[server.tls]\ncertificate = {certificate:?}\nkey = {key:?}").parse()?;
    let users = vec![user("ann", serde_json::json!({ "password": PASSWORD }))?];
    let old = Gateway::start(Options { settings: Some(settings), users, ..Options::default() })?;
    let url = old.url("vitja")?.replace("127.0.0.1", "localhost");
    for (more, expected) in [(String::new(), Takes::NoWord), (format!("ca = {certificate:?}"), Takes::Right)] {
        let settings = Some(replacing([("vitja", url.clone())], &more).parse()?);
        let gateway = Gateway::start(Options { settings, ..Options::default() })?;
        let answer = take(&gateway, "vitja", "ann", PASSWORD)?;
        ensure!(answer == expected, "{more}: {answer:?}");
        gateway.stop()?;
    }
    old.stop()
}

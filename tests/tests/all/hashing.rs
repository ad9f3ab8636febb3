//! Passwords that wait to be hashed, seen from outside.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use dragoman::harness::Options;
use dragoman_tests::gateway::{Gateway, PATIENCE};
use dragoman_tests::{Database, wire};

use crate::trials::Trials;

/// More than a machine hashes at once, whatever it is.
const CLIENTS: usize = 400;

/// A harness hashes at the lowest cost, in no time; whoever came from elsewhere brought a hash of cost 12.
/// It is a published test vector.
const SLOW: &str =
    r#"{"username": "slow", "password_hash": "$2a$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW"}"#;

pub(crate) fn register(trials: &mut Trials) {
    trials.once("whoever brings a hash of another program signs in, and gets a better one", brought);
    trials.on(Database::Sqlite, "whoever hangs up while passwords wait is not hashed for", |_, _| hang_up());
}

/// Made by Django 5.2 of "hunter2"; so few rounds are weaker than what the harness computes.
const MOVED: &str = r#"{"username": "moved", "roles": ["ADMIN", "USER"],
    "password_hash": "pbkdf2_sha256$10$oWInqk3VYXf9PXFsaI8kOr$OpuSNGdtxjOpfrSH2/zKY1t1IopQDA4dMGIbTRJinso="}"#;

fn brought() -> Result<()> {
    let gateway = Gateway::start(Options { users: vec![serde_json::from_str(MOVED)?], ..Options::default() })?;
    let origin = gateway.url("basic")?.to_owned();
    let status = |password: &str| -> Result<u16> {
        let credentials = BASE64_STANDARD.encode(format!("moved:{password}"));
        let request = format!(
            "GET /api/v1/users HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Basic {credentials}\r\n\r\n"
        );
        Ok(wire::send(&origin, request.as_bytes())?.context("no answer")?.status)
    };
    let upgraded = || metric(&gateway, "dragoman_hashes_upgraded_total");
    ensure!((status("hunter3")?, upgraded()?) == (401, 0), "a wrong password does not open it");
    ensure!(status("hunter2")? == 200, "the old password does not open it");
    let begun = Instant::now();
    while upgraded()? == 0 {
        ensure!(begun.elapsed() < PATIENCE, "the weak hash stays");
        std::thread::sleep(Duration::from_millis(10));
    }
    ensure!((status("hunter2")?, upgraded()?) == (200, 1), "the new hash is of another password");
    gateway.stop()
}

fn hang_up() -> Result<()> {
    let settings = Some("[passwords]\nqueue = 1000".parse()?);
    let users = vec![serde_json::from_str(SLOW)?];
    let gateway = Gateway::start(Options { settings, users, ..Options::default() })?;
    let address = gateway.url("basic")?.strip_prefix("http://").context("an origin without http://")?.to_owned();
    let before = metric(&gateway, "dragoman_hashed_total")?;
    for client in 0..CLIENTS {
        let credentials = BASE64_STANDARD.encode(format!("slow:{client}"));
        let mut stream = TcpStream::connect(&address)?;
        write!(stream, "GET /api/v1/users HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {credentials}\r\n\r\n")?;
    }
    let begun = Instant::now();
    loop {
        let hashed = metric(&gateway, "dragoman_hashed_total")? - before;
        let abandoned = metric(&gateway, "dragoman_hashing_abandoned_total")?;
        if hashed + abandoned == CLIENTS as u64 {
            ensure!(
                abandoned > hashed,
                "{hashed} passwords of clients that had gone were hashed, {abandoned} were not"
            );
            return gateway.stop();
        }
        ensure!(begun.elapsed() < PATIENCE, "{hashed} hashed and {abandoned} abandoned make no {CLIENTS}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// What the gateway counts under this name.
pub(crate) fn metric(gateway: &Gateway, name: &str) -> Result<u64> {
    let answer = wire::send(&gateway.operations, b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")?;
    let text = String::from_utf8(answer.context("no metrics")?.body)?;
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    Ok(value.with_context(|| format!("no {name} in the metrics"))?.parse()?)
}

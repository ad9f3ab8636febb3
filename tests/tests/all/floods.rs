//! Clients that hold on to what they have, and others beside them.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use dragoman::harness::Options;
use dragoman::startup;
use dragoman_tests::gateway::{Gateway, PATIENCE};
use dragoman_tests::{Database, wire};

use crate::trials::Trials;

/// Connections that do nothing.
const IDLE: usize = 2000;
/// Connections that begin a request and do not go on.
const SLOW: usize = 50;
/// What a slow client waits before it sends a little more.
const PAUSE: Duration = Duration::from_millis(200);
/// More than any head may have.
const MUCH: usize = 4 * 1024 * 1024;

pub(crate) fn register(trials: &mut Trials) {
    trials.on(Database::Sqlite, "idle and slow connections keep nobody else from being served, and end", |_, _| slow());
    trials.on(Database::Sqlite, "a head without end is cut off", |_, _| endless());
    trials.on(Database::Sqlite, "who has had an answer and does not go on is let go", |_, _| stalled());
}

fn slow() -> Result<()> {
    startup::raise_file_limit();
    let gateway = start()?;
    let address = address(&gateway)?;
    let open = |begun: &str| -> Result<TcpStream> {
        let mut stream = TcpStream::connect(&address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(begun.as_bytes())?;
        Ok(stream)
    };
    let idle = (0..IDLE).map(|_| open("")).collect::<Result<Vec<_>>>()?;
    let head = "GET /api/v1/users HTTP/1.1\r\nHost: x\r\nX-Slow: ";
    let body = "POST /api/v1/users HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{";
    let slow = [head, body].iter().flat_map(|begun| (0..SLOW).map(|_| open(begun))).collect::<Result<Vec<_>>>()?;
    ensure_served(&gateway)?;
    for mut stream in slow.into_iter().chain(idle) {
        let mut answer = Vec::new();
        ended(stream.read_to_end(&mut answer)).context("a connection stays open")?;
        ensure!(!answer.starts_with(b"HTTP/1.1 2"), "half a request is answered");
    }
    ensure_served(&gateway)?;
    gateway.stop()
}

fn endless() -> Result<()> {
    let gateway = start()?;
    let address = address(&gateway)?;
    let head = "GET /api/v1/users HTTP/1.1\r\nHost: x\r\n";
    for (more, what) in [("X-More: and more\r\n", "many fields"), ("and more", "a long field")] {
        let mut stream = TcpStream::connect(&address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.write_all(head.as_bytes())?;
        let block = more.repeat(8 * 1024 / more.len());
        let mut sent = 0;
        while sent < MUCH && stream.write_all(block.as_bytes()).is_ok() {
            sent += block.len();
        }
        let mut answer = Vec::new();
        ended(stream.read_to_end(&mut answer)).with_context(|| format!("{what} without end is read for ever"))?;
        let said = String::from_utf8_lossy(&answer);
        ensure!(answer.is_empty() || said.starts_with("HTTP/1.1 4"), "{what} without end: {said}");
        ensure_served(&gateway)?;
    }
    gateway.stop()
}

/// The body of a request that was answered unread, and the head of a later request.
fn stalled() -> Result<()> {
    let gateway = start()?;
    let address = address(&gateway)?;
    let endless = "POST /api/v1/users HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    let complete = "GET /api/v1/users HTTP/1.1\r\nHost: x\r\n\r\n";
    for (first, more) in
        [(endless, "1\r\nx\r\n"), (complete, "GET /api/v1/users HTTP/1.1\r\nX-Slow: and "), (complete, "slow")]
    {
        let mut stream = TcpStream::connect(&address)?;
        stream.set_read_timeout(Some(PAUSE))?;
        stream.write_all(first.as_bytes())?;
        let (mut answer, begun) = (Vec::new(), Instant::now());
        while let Err(error) = stream.read_to_end(&mut answer)
            && error.kind() != ErrorKind::ConnectionReset
        {
            ensure!(begun.elapsed() < PATIENCE, "after `{first}` the client may send `{more}` for ever");
            // One that is let go may hear of it here first.
            drop(stream.write_all(more.as_bytes()));
        }
        ensure!(answer.starts_with(b"HTTP/1.1 4"), "{}", String::from_utf8_lossy(&answer));
        ensure_served(&gateway)?;
    }
    gateway.stop()
}

fn start() -> Result<Gateway> {
    let settings = "[server]\nclient_timeout_seconds = 2\nbody_timeout_seconds = 2\nkeep_alive_seconds = 2".parse()?;
    Gateway::start(Options { dialects: vec!["basic".into()], settings: Some(settings), ..Options::default() })
}

fn address(gateway: &Gateway) -> Result<String> {
    Ok(gateway.url("basic")?.strip_prefix("http://").context("an origin without http://")?.to_owned())
}

fn ensure_served(gateway: &Gateway) -> Result<()> {
    let request = b"GET /api/v1/users HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let answer = wire::send(gateway.url("basic")?, request)?.context("no answer")?;
    ensure!(answer.status == 401, "{answer:?}");
    Ok(())
}

/// A server that has seen enough may close before it has read everything, which resets the connection.
fn ended(read: std::io::Result<usize>) -> std::io::Result<()> {
    match read {
        Err(error) if error.kind() != ErrorKind::ConnectionReset => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

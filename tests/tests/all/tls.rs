//! TLS, with real handshakes.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use dragoman::harness::Options;
use dragoman_tests::gateway::{Gateway, PATIENCE};
use dragoman_tests::{Database, wire};
use rcgen::CertifiedKey;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::trials::Trials;

const REQUEST: &[u8] = b"GET /api/v1/users HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

pub(crate) fn register(trials: &mut Trials) {
    trials.on(Database::Sqlite, "every listener speaks TLS, and shows a new certificate without a restart", |_, _| {
        renewal()
    });
    trials.on(Database::Sqlite, "a certificate without its key is named at the start", |_, _| strangers());
}

fn renewal() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (old, new) = (pair()?, pair()?);
    write(folder.path(), &old.cert.pem(), &old.signing_key.serialize_pem())?;
    let gateway = start(folder.path())?;
    let both = [old.cert.der().clone(), new.cert.der().clone()];
    for origin in gateway.urls.values().chain([&gateway.operations]) {
        let shown = visit(origin, &both)?;
        ensure!(shown == both[0], "{origin}: another certificate");
    }
    ensure!(visit(&gateway.operations, &both[1..]).is_err(), "a certificate that nobody trusts");
    let plain = gateway.url("basic")?.replace("https://", "http://");
    let answer = wire::exchange(&plain, REQUEST)?;
    ensure!(!answer.starts_with(b"HTTP/1.1 2") && !answer.starts_with(b"HTTP/1.1 4"), "HTTP without TLS is answered");

    // Half of a pair, and nonsense: the old one stays. Then the new one comes.
    write(folder.path(), &new.cert.pem(), &old.signing_key.serialize_pem())?;
    visit(gateway.url("basic")?, &both)?;
    write(folder.path(), "nonsense", "")?;
    visit(gateway.url("basic")?, &both)?;
    write(folder.path(), &new.cert.pem(), &new.signing_key.serialize_pem())?;
    let begun = Instant::now();
    while visit(gateway.url("basic")?, &both)? != both[1] {
        ensure!(begun.elapsed() < PATIENCE, "the new certificate is never shown");
        std::thread::sleep(Duration::from_millis(100));
    }
    gateway.stop()
}

fn strangers() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (one, other) = (pair()?, pair()?);
    write(folder.path(), &one.cert.pem(), &other.signing_key.serialize_pem())?;
    let complaint = complaint(folder.path())?;
    ensure!(complaint.contains("cert.pem") && complaint.contains("key.pem"), "{complaint}");
    write(folder.path(), "nonsense", &other.signing_key.serialize_pem())?;
    let complaint = self::complaint(folder.path())?;
    ensure!(complaint.contains("no certificate") && complaint.contains("cert.pem"), "{complaint}");
    Ok(())
}

fn complaint(folder: &Path) -> Result<String> {
    let started = start(folder);
    Ok(format!("{:#}", started.err().context("it starts")?))
}

fn start(folder: &Path) -> Result<Gateway> {
    let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    let settings = format!("[server.tls]\ncertificate = {certificate:?}\nkey = {key:?}").parse()?;
    Gateway::start(Options { settings: Some(settings), ..Options::default() })
}

fn pair() -> Result<CertifiedKey<rcgen::KeyPair>> {
    Ok(rcgen::generate_simple_self_signed(["localhost".to_owned()])?)
}

fn write(folder: &Path, certificate: &str, key: &str) -> Result<()> {
    std::fs::write(folder.join("cert.pem"), certificate)?;
    Ok(std::fs::write(folder.join("key.pem"), key)?)
}

/// Sends a request to an origin as somebody who trusts these certificates; returns the one that was shown.
fn visit(origin: &str, trusted: &[CertificateDer<'static>]) -> Result<CertificateDer<'static>> {
    let mut roots = RootCertStore::empty();
    for certificate in trusted {
        roots.add(certificate.clone())?;
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let connection = ClientConnection::new(Arc::new(config), "localhost".try_into()?)?;
    let socket = TcpStream::connect(origin.strip_prefix("https://").context("an origin without https://")?)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let mut stream = StreamOwned::new(connection, socket);
    stream.write_all(REQUEST)?;
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(error) if error.kind() != ErrorKind::UnexpectedEof => return Err(error.into()),
        Ok(_) | Err(_) => {}
    }
    ensure!(answer.starts_with(b"HTTP/1.1 4"), "{origin}: {}", String::from_utf8_lossy(&answer));
    ensure!(stream.conn.alpn_protocol() == Some(b"http/1.1"), "{origin}: not what our goldens are written in");
    let shown = stream.conn.peer_certificates().and_then(<[_]>::first).context("no certificate")?;
    Ok(shown.clone().into_owned())
}

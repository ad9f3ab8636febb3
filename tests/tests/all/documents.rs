//! The OpenAPI documents and their viewer, where operators find them and nowhere else.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use dragoman::dialects;
use dragoman::harness::Options;
use dragoman_tests::gateway::Gateway;
use dragoman_tests::wire::Answer;
use dragoman_tests::{root, wire};

use crate::trials::Trials;

pub(crate) fn register(trials: &mut Trials) {
    trials.once("the operations listener serves the documents as they are", documents_are_served);
    trials.once("the operations listener serves a viewer that needs nothing from elsewhere", viewer_is_served);
    trials.once("no dialect's listener serves the documents", dialects_keep_to_themselves);
}

fn documents_are_served() -> Result<()> {
    let gateway = Gateway::start(Options::default())?;
    for dialect in dialects::ALL {
        let answer = get(&gateway.operations, &format!("/openapi/{}.yaml", dialect.name))?;
        let file = root().join("dialects").join(dialect.name).join("openapi.yaml");
        ensure!(answer.status == 200 && answer.body == std::fs::read(&file)?, "{}: {}", dialect.name, answer.status);
        ensure!(answer.header("content-type") == Some("application/yaml"), "{:?}", answer.headers);
    }
    gateway.stop()
}

fn viewer_is_served() -> Result<()> {
    let gateway = Gateway::start(Options::default())?;
    for (path, content_type) in [("/docs", "text/html; charset=utf-8"), ("/healthz", "text/plain; charset=utf-8")] {
        let answer = get(&gateway.operations, path)?;
        ensure!(answer.status == 200 && answer.header("content-type") == Some(content_type), "{path}: {answer:?}");
        let policy = answer.header("content-security-policy").unwrap_or_default();
        ensure!(policy.starts_with("default-src 'none'; script-src 'self';"), "{path}: {policy}");
        ensure!(!policy.contains("unsafe") && !policy.contains("http"), "{path}: {policy}");
        ensure!(answer.header("x-content-type-options") == Some("nosniff"), "{path}: {:?}", answer.headers);
    }
    let script = get(&gateway.operations, "/docs/swagger-ui-bundle.js")?;
    ensure!(script.header("content-encoding") == Some("gzip"), "{:?}", script.headers);
    let script = String::from_utf8(unzipped(&script.body)?)?;
    ensure!(script.contains("SwaggerUIBundle"), "{} bytes of something else", script.len());
    gateway.stop()
}

fn dialects_keep_to_themselves() -> Result<()> {
    let gateway = Gateway::start(Options::default())?;
    for (dialect, origin) in &gateway.urls {
        for path in ["/docs", "/docs/swagger-ui.css", "/openapi/onyx.yaml"] {
            let answer = get(origin, path)?;
            ensure!(answer.status >= 400, "{dialect} answers {path} with {}", answer.status);
        }
    }
    gateway.stop()
}

fn get(origin: &str, path: &str) -> Result<Answer> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: operations\r\n\r\n");
    wire::send(origin, request.as_bytes())?.with_context(|| format!("no answer to {path}"))
}

/// What the `gzip` of every system makes of it; it knows a wrong checksum and a wrong length.
fn unzipped(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut gzip = Command::new("gzip").arg("-dc").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let (mut input, bytes) = (gzip.stdin.take().context("no pipe")?, bytes.to_owned());
    let writer = std::thread::spawn(move || input.write_all(&bytes));
    let output = gzip.wait_with_output()?;
    writer.join().ok().context("the pipe broke")??;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(output.stdout)
}

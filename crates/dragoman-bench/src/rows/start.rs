//! The program as it is delivered.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use crate::bench::Bench;
use crate::figure::{Figure, Findings, Goal, Unit, mebibytes};
use crate::fill::Database;
use crate::procfs;
use crate::target::{self, Options};

const USERS: u32 = 100_000;
const STARTS_A_ROUND: usize = 4;
const PATIENCE: Duration = Duration::from_secs(30);

/// How soon it answers, what it takes while nobody asks, and how large it is.
pub fn measure(bench: &Bench, findings: &mut Findings) -> Result<()> {
    bench.say("building the program");
    let program = build()?;
    // The cost that `serve` has by default: a start must not wait for a hash.
    let database = Database { cost: 12, ..bench.sqlite(USERS, 4)? };
    let (mut millis, mut idle) = (Vec::new(), Vec::new());
    for _ in 0..bench.rounds * STARTS_A_ROUND {
        bench.say("starting the program");
        let (gateway, time) = start(bench, &program, &database)?;
        millis.push(time);
        if idle.len() < bench.rounds {
            std::thread::sleep(Duration::from_secs(1));
            idle.push(mebibytes(procfs::memory(gateway.0.id())?.anonymous));
        }
    }
    let megabytes = std::fs::metadata(&program)?.len() as f64 / 1e6;
    let mut push = |name, unit, most, values| {
        findings.figures.push(Figure::new(name, "", unit, Some(Goal::AtMost(most)), values));
    };
    push("start on an existing database to first answer", Unit::Milliseconds, 50.0, millis);
    push("idle anonymous memory", Unit::Mebibytes, 25.0, idle);
    push("stripped binary", Unit::Megabytes, 16.0, vec![megabytes]);
    Ok(())
}

/// The program, freshly built, with nothing in it that another package asked for.
fn build() -> Result<PathBuf> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--release", "--package", "dragoman", "--message-format=json-render-diagnostics"]);
    let output = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).stderr(Stdio::null()).output()?;
    ensure!(output.status.success(), "dragoman does not build");
    let messages = String::from_utf8(output.stdout)?;
    let mut built = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let program = built.find_map(|message| message.get("executable")?.as_str().map(PathBuf::from));
    program.context("cargo does not say where dragoman is")
}

/// The program, which ends when this is dropped.
struct Gateway(Child);

impl Drop for Gateway {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Starts it, and asks until it answers; returns the milliseconds that this took.
fn start(bench: &Bench, program: &Path, database: &Database) -> Result<(Gateway, f64)> {
    let (shared, vitja) = (target::free_address()?, target::free_address()?);
    let config = bench.folder().join("serve.toml");
    std::fs::write(&config, target::toml(database, Options { cache: true, log: None }, &shared, &vitja))?;
    let mut command = Command::new(program);
    command.arg("--config").arg(config).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let begun = Instant::now();
    let gateway = Gateway(command.spawn()?);
    while begun.elapsed() < PATIENCE {
        if answers(&shared).unwrap_or(false) {
            return Ok((gateway, begun.elapsed().as_secs_f64() * 1000.0));
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    bail!("dragoman does not answer within {PATIENCE:?}")
}

/// Whether a request that needs no database and no credential gets an answer of the jwt dialect.
fn answers(address: &str) -> Result<bool> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(b"GET /v1/users/1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut status = [0; 12];
    stream.read_exact(&mut status)?;
    Ok(status == *b"HTTP/1.1 401")
}

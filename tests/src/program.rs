//! The program itself, in a process of its own.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::OnceLock;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use crate::secrets::{self, Place, RUN};
use crate::{root, wire};

const PATIENCE: Duration = Duration::from_secs(60);

/// The program, freshly built. Cargo does not build another package's binaries for a test.
///
/// # Errors
/// When it cannot be built.
pub fn path() -> Result<&'static Path> {
    static PATH: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let built = PATH.get_or_init(|| build().map_err(|error| format!("{error:#}")));
    built.as_deref().map_err(|error| anyhow::anyhow!("{error}"))
}

fn build() -> Result<PathBuf> {
    executable(&["build", "--bins"], "dragoman")
}

/// The unit tests of the core, as a program.
///
/// # Errors
/// When they cannot be built.
pub fn core_tests() -> Result<PathBuf> {
    executable(&["test", "--lib", "--no-run"], "dragoman_core")
}

/// What cargo makes of a target of the workspace.
fn executable(command: &[&str], target: &str) -> Result<PathBuf> {
    let mut cargo = cargo();
    // All of the workspace: with fewer packages Cargo would choose other features and compile anew.
    cargo.args(command).args(["--workspace", "--locked", "--message-format=json-render-diagnostics"]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    let output = cargo.stderr(Stdio::inherit()).output().context("cargo does not run")?;
    ensure!(output.status.success(), "{target} does not build");
    let messages = String::from_utf8(output.stdout)?;
    let message = |line: &str| serde_json::from_str::<serde_json::Value>(line).ok();
    let ours = |message: &serde_json::Value| message.pointer("/target/name").is_some_and(|name| name == target);
    let executables = messages.lines().filter_map(message).filter(ours);
    let executable = executables.filter_map(|message| message.get("executable")?.as_str().map(PathBuf::from)).next();
    executable.with_context(|| format!("cargo does not say where {target} is"))
}

/// The cargo that runs these tests, in the project's root.
#[must_use]
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// The program with these arguments, in this folder, without settings from the environment.
///
/// # Errors
/// When the program cannot be built.
pub fn command(folder: &Path, arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new(path()?);
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("DRAGOMAN_")) {
        command.env_remove(name);
    }
    Ok(command)
}

/// Runs the program to its end.
///
/// # Errors
/// When it cannot be run.
pub fn run(folder: &Path, arguments: &[&str]) -> Result<Output> {
    command(folder, arguments)?.output().context("the program does not run")
}

/// A gateway that serves in a process of its own. Dropping it kills it.
pub struct Serving {
    child: Child,
    output: Lines<BufReader<ChildStdout>>,
    log: Option<JoinHandle<String>>,
    stored: Stored,
    examined: bool,
    /// URL of each dialect, with its prefix.
    pub urls: BTreeMap<String, String>,
}

impl Serving {
    /// The password of the user `admin`, which is made on an empty database.
    pub const ADMIN_PASSWORD: &'static str = "correct horse battery";

    /// Starts `dragoman serve` on the settings in this file; it answers when this returns.
    ///
    /// # Errors
    /// When it ends before it answers; what it said is told.
    pub fn start(config: &Path) -> Result<Self> {
        Self::spawn(config)?.ready()
    }

    /// Starts without waiting; see [`Serving::ready`].
    ///
    /// # Errors
    /// When the program cannot be run.
    pub fn spawn(config: &Path) -> Result<Self> {
        let folder = config.parent().context("a file has a folder")?;
        let config = config.to_str().context("a path that is text")?;
        let mut command = command(folder, &["serve", "--config", config])?;
        command.env("DRAGOMAN_ADMIN_PASSWORD", Self::ADMIN_PASSWORD).env("DRAGOMAN__LOG__FILTER", "info");
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let output = BufReader::new(child.stdout.take().context("no pipe")?).lines();
        let errors = child.stderr.take().context("no pipe")?;
        let log = Some(std::thread::spawn(|| listen(errors)));
        let stored = Stored::of(Path::new(config))?;
        Ok(Self { child, output, log, stored, examined: true, urls: BTreeMap::new() })
    }

    /// Waits until the gateway answers.
    ///
    /// # Errors
    /// When it ends before it answers; what it said is told.
    pub fn ready(mut self) -> Result<Self> {
        while let Some(line) = self.output.next().transpose()? {
            let mut words = line.split_whitespace();
            if let (Some(name), Some(url)) = (words.next(), words.next()) {
                self.urls.insert(name.to_owned(), url.to_owned());
            }
            if line.starts_with("operations") {
                secrets::learn_keys(&self.stored.keys)?;
                RUN.learn("a password", Self::ADMIN_PASSWORD);
                self.examined = false;
                return Ok(self);
            }
        }
        bail!("the gateway does not start: {}", self.said())
    }

    /// What it counted, and what it stored, for the ledger of secrets.
    fn examine(&mut self) -> Result<()> {
        if std::mem::replace(&mut self.examined, true) {
            return Ok(());
        }
        let asked = b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        let metrics = wire::send(self.url("operations")?, asked)?.context("no metrics")?;
        RUN.hear(Place::Metrics, "", &String::from_utf8_lossy(&metrics.body));
        secrets::read(&self.stored.database_url)
    }

    /// URL of a dialect.
    ///
    /// # Errors
    /// When it is not served here.
    pub fn url(&self, name: &str) -> Result<&str> {
        self.urls.get(name).map(String::as_str).with_context(|| format!("{name} is not served"))
    }

    /// Ends the gateway as an operator does, by SIGTERM.
    ///
    /// # Errors
    /// When it does not end within a minute.
    pub fn stop(mut self) -> Result<ExitStatus> {
        self.end()
    }

    /// Ends the gateway, and tells what it logged.
    ///
    /// # Errors
    /// When it does not end within a minute.
    pub fn log(mut self) -> Result<String> {
        self.end()?;
        Ok(self.said())
    }

    fn said(&mut self) -> String {
        self.log.take().and_then(|log| log.join().ok()).unwrap_or_default()
    }

    fn end(&mut self) -> Result<ExitStatus> {
        self.examine()?;
        let signal = Command::new("kill").arg(self.child.id().to_string()).status()?;
        ensure!(signal.success(), "the gateway is gone");
        wait(&mut self.child)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.examine()); // whoever wants to know calls stop()
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// What the settings of a gateway say of where it keeps its data.
struct Stored {
    database_url: String,
    keys: PathBuf,
}

impl Stored {
    fn of(config: &Path) -> Result<Self> {
        let settings: toml::Table = std::fs::read_to_string(config)?.parse()?;
        let text = |section: &str, key: &str| {
            let value = settings.get(section).and_then(|section| section.get(key)?.as_str());
            value.with_context(|| format!("no {section}.{key} in {}", config.display()))
        };
        Ok(Self { database_url: text("database", "url")?.to_owned(), keys: text("keys", "file")?.into() })
    }
}

/// Puts the log into the ledger of secrets, to its end, and tells it.
fn listen(errors: ChildStderr) -> String {
    let mut said = String::new();
    for line in BufReader::new(errors).lines().map_while(Result::ok) {
        RUN.hear(Place::Log, "", &line);
        said.push_str(&line);
        said.push('\n');
    }
    said
}

/// Waits for the end of a process, for a minute at the most.
///
/// # Errors
/// When it does not end by then.
pub fn wait(child: &mut Child) -> Result<ExitStatus> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill()?;
    bail!("process {} did not end", child.id())
}

/// Settings for a gateway of these mounts, written as TOML, beside its keys and on this database. Guesses are not limited:
/// all of a test come from one address.
#[must_use]
pub fn settings(folder: &Path, database_url: &str, mounts: &str) -> String {
    let keys = folder.join("test.keys");
    format!(
        "[database]\nurl = \"{database_url}\"\n[keys]\nfile = \"{}\"\n[operations]\nlisten = \"127.0.0.1:0\"\n\
         [server]\nworkers = 1\n[passwords]\nbcrypt_cost = 4\n[guesses]\nenabled = false\n\
         [amadis]\nclient_id = \"1\"\nclient_secret = \"client secret\"\n{mounts}",
        keys.display()
    )
}

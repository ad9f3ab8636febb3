//! Small reference servers of other makes, which the benchmark installs and starts: `peers/README.md` says what they are.

mod install;

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

use install::Install;

/// How long a server may take to fill its database and come up.
const PATIENCE: Duration = Duration::from_secs(300);

/// Which server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Express 5 on Node.
    Express,
    /// fastapi-users on uvicorn.
    FastapiUsers,
}

impl Kind {
    /// The name, which is also that of its folder.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Express => "express",
            Self::FastapiUsers => "fastapi-users",
        }
    }
}

/// A running server. Dropping it ends it and removes its database.
#[derive(Debug)]
pub struct Peer {
    child: Child,
    origin: String,
    _folder: TempDir,
}

impl Peer {
    /// The password of every user.
    pub const PASSWORD: &'static str = "secret12";

    /// The e-mail address of the user with this id; they are numbered from 1.
    #[must_use]
    pub fn email(n: u32) -> String {
        format!("user{n}@example.com")
    }

    /// The server's process; it is the only one.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Where it answers: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    fn spawn(mut command: Command, kind: Kind, folder: TempDir) -> Result<Self> {
        let log = folder.path().join("log");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::create(&log)?);
        let child = command.spawn().with_context(|| format!("{} does not run", kind.name()))?;
        let mut peer = Self { child, origin: String::new(), _folder: folder };
        let output = peer.child.stdout.take().context("no pipe")?;
        let failed = || format!("{} does not come up: {}", kind.name(), last_line(&log));
        peer.origin = format!("http://127.0.0.1:{}", port(output).with_context(failed)?);
        peer.answers().with_context(failed)?;
        Ok(peer)
    }

    /// Waits until the server answers a request; without a token it says 401.
    fn answers(&self) -> Result<()> {
        let config = ureq::Agent::config_builder().http_status_as_error(false).proxy(None);
        let agent = config.timeout_global(Some(PATIENCE)).build().new_agent();
        let begun = Instant::now();
        loop {
            match agent.get(format!("{}/users/1", self.origin)).call() {
                Ok(answer) if answer.status() == 401 => return Ok(()),
                Ok(answer) => bail!("it answers {} to a request without a token", answer.status()),
                Err(error) if begun.elapsed() > PATIENCE => return Err(error.into()),
                Err(_) => std::thread::sleep(Duration::from_millis(20)),
            }
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Installs a server if that was not done before, and starts it with so many users whose one
/// password is hashed by bcrypt at this cost. Its database and log are in a folder of their own below
/// `folder`. None, with a word on standard error, where it cannot be installed.
///
/// # Errors
/// When it is installed and does not come up.
pub fn start(kind: Kind, users: u32, cost: u32, folder: &Path) -> Result<Option<Peer>> {
    let install = Install::of(kind)?;
    if let Err(reason) = install.ensure() {
        writeln!(std::io::stderr(), "{} is skipped: {reason:#}", kind.name())?;
        return Ok(None);
    }
    fs::create_dir_all(folder)?;
    // The server runs in another folder.
    let folder = tempfile::Builder::new().prefix(kind.name()).tempdir_in(folder.canonicalize()?)?;
    let mut command = install.server();
    command.args(["--users", &users.to_string(), "--cost", &cost.to_string()]);
    command.arg("--database").arg(folder.path().join("users.db"));
    Peer::spawn(command, kind, folder).map(Some)
}

/// What the server printed as `ready PORT`; the rest of its output is read and forgotten.
fn port(output: ChildStdout) -> Result<u16> {
    let (sender, printed) = mpsc::channel();
    std::thread::spawn(move || {
        let lines = BufReader::new(output).lines().map_while(Result::ok);
        lines
            .filter_map(|line| line.strip_prefix("ready ").map(str::to_owned))
            .for_each(|port| drop(sender.send(port)));
    });
    let port = printed.recv_timeout(PATIENCE).context("it printed no port")?;
    port.trim().parse().with_context(|| format!("{port:?} is no port"))
}

fn last_line(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it said nothing").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(script: &str) -> Result<Peer> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Peer::spawn(command, Kind::Express, tempfile::tempdir()?)
    }

    #[test]
    fn a_server_that_ends_is_told_with_its_last_words() {
        let error = server("echo hello; echo too old >&2; echo >&2; exit 1").unwrap_err();
        assert_eq!(
            format!("{error:#}"),
            "express does not come up: too old: it printed no port: channel is empty and sending half is closed"
        );
        assert!(format!("{:#}", server("echo ready soon").unwrap_err()).contains("\"soon\" is no port"));
    }

    #[test]
    fn users_are_numbered_from_one() {
        assert_eq!(Peer::email(1), "user1@example.com");
    }
}

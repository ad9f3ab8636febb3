//! The gateway, in a process that can be killed, and its database.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use clap::ValueEnum;
use diesel::sql_types::Text;
use diesel::{Connection as _, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};
use dragoman_tests::cluster::Cluster;
use rand::RngExt as _;
use rand::rngs::StdRng;
use tempfile::TempDir;

use crate::program;

/// Where the gateway keeps its users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Database {
    /// A file.
    Sqlite,
    /// A throwaway server.
    Postgres,
}

impl Database {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// The administrator that is there from the beginning.
pub(super) const ADMIN_EMAIL: &str = "root@example.com";
/// Its password.
pub(super) const ADMIN_PASSWORD: &str = "correct horse battery";

/// Everything that outlives a killed gateway.
pub(super) struct Setup {
    program: PathBuf,
    folder: TempDir,
    cluster: Option<Cluster>,
    pub(super) origin: String,
}

impl Setup {
    /// A fresh database with one administrator.
    pub(super) fn new(program: &Path, database: Database, rng: &mut StdRng) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("dragoman-kill-").tempdir()?;
        let cluster = (database == Database::Postgres).then(Cluster::start).transpose()?;
        let file = || format!("sqlite://{}", sqlite_file(folder.path()).display());
        let url = cluster.as_ref().map_or_else(file, |cluster| cluster.url.clone());
        let port = free_port(rng)?;
        fs::write(folder.path().join("dragoman.toml"), settings(folder.path(), &url, port))?;
        fs::write(folder.path().join("password"), ADMIN_PASSWORD)?;
        let setup = Self { program: program.to_owned(), folder, cluster, origin: format!("http://127.0.0.1:{port}") };
        setup.run(&["migrate"])?;
        setup.run(&["user", "add", "root", "--email", ADMIN_EMAIL, "--admin", "--password-file", "password"])?;
        Ok(setup)
    }

    /// Starts the gateway; it answers when this returns.
    pub(super) fn start(&self) -> Result<Gateway> {
        let log = File::options().create(true).append(true).open(self.log())?;
        let mut child = self.command(&["serve"]).stdout(Stdio::piped()).stderr(log).spawn()?;
        let output = BufReader::new(child.stdout.take().context("no pipe")?);
        let mut gateway = Gateway { child, output };
        if !gateway.is_up()? {
            bail!("the gateway does not come up: {}", fs::read_to_string(self.log())?);
        }
        Ok(gateway)
    }

    /// Whether the database is a process of its own.
    pub(super) fn has_server(&self) -> bool {
        self.cluster.is_some()
    }

    /// Stops the database in the middle of what it does, if it is a server.
    pub(super) fn stop_database(&mut self) -> Result<()> {
        self.cluster.as_mut().map_or(Ok(()), Cluster::suspend)
    }

    /// Starts the database again.
    pub(super) fn resume_database(&mut self) -> Result<()> {
        self.cluster.as_mut().map_or(Ok(()), Cluster::resume)
    }

    /// What SQLite thinks of its file; PostgreSQL has no such question.
    pub(super) fn integrity(&self) -> Result<Option<String>> {
        if self.cluster.is_some() {
            return Ok(None);
        }
        let mut connection = SqliteConnection::establish(&sqlite_file(self.folder.path()).display().to_string())?;
        let rows: Vec<Integrity> = sql_query("PRAGMA integrity_check").load(&mut connection)?;
        Ok(Some(rows.into_iter().map(|row| row.integrity_check).collect::<Vec<_>>().join("; ")))
    }

    /// Lets the files stay, for somebody to look at; a server's are gone with it.
    pub(super) fn keep(self) -> PathBuf {
        self.folder.keep()
    }

    fn run(&self, arguments: &[&str]) -> Result<()> {
        let output = self.command(arguments).output().context("the program does not run")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "dragoman {} failed: {said}", arguments.join(" "));
        Ok(())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        program::command(&self.program, self.folder.path(), arguments)
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("gateway.log")
    }
}

#[derive(QueryableByName)]
struct Integrity {
    #[diesel(sql_type = Text)]
    integrity_check: String,
}

/// A running gateway; dropping it kills it.
pub(super) struct Gateway {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Gateway {
    fn is_up(&mut self) -> Result<bool> {
        let mut line = String::new();
        while self.output.read_line(&mut line)? > 0 {
            if line.starts_with("operations") {
                return Ok(true);
            }
            line.clear();
        }
        Ok(false)
    }

    /// Ends it as a crash does, by SIGKILL.
    pub(super) fn kill(mut self) -> Result<()> {
        ensure!(self.child.try_wait()?.is_none(), "the gateway ended by itself");
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn sqlite_file(folder: &Path) -> PathBuf {
    folder.join("users.db")
}

/// Below the range that the kernel takes for outgoing connections: nobody must take the port while the gateway is dead.
fn free_port(rng: &mut StdRng) -> Result<u16> {
    let mut tried = std::iter::repeat_with(|| rng.random_range(20_000..32_000)).take(100);
    tried.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).context("there is no free port")
}

fn settings(folder: &Path, database: &str, port: u16) -> String {
    const DAY: u32 = 24 * 60 * 60;
    let keys = folder.join("dragoman.keys");
    let mount = |dialect| format!("[[mount]]\ndialect = \"{dialect}\"\nlisten = \"127.0.0.1:{port}\"\n");
    format!(
        "[database]\nurl = \"{database}\"\n[keys]\nfile = \"{}\"\n[operations]\nlisten = \"127.0.0.1:0\"\n\
         [log]\nfilter = \"warn\"\n[passwords]\nbcrypt_cost = 4\n[guesses]\nenabled = false\n\
         [onyx]\nrenewed_access_token_seconds = {DAY}\n[jwt]\ntoken_seconds = {DAY}\n{}{}",
        keys.display(),
        mount("onyx"),
        mount("jwt")
    )
}

//! Throwaway PostgreSQL servers.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);
const GUARD: &str = include_str!("cluster.sh");

/// A PostgreSQL server in a folder of its own, reached by a Unix socket.
/// It ends, and the folder goes, when this is dropped or the process ends in whatever way.
pub struct Cluster {
    guard: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    folder: PathBuf,
    /// URL of an empty database.
    pub url: String,
}

impl Cluster {
    /// Makes a server and starts it.
    ///
    /// # Errors
    /// When there is no PostgreSQL on this machine, or it does not start.
    pub fn start() -> Result<Self> {
        let programs = programs()?;
        let owner = Owner::find()?;
        let folder = tempfile::Builder::new().prefix("dragoman-pg-").tempdir()?;
        owner.take(folder.path())?;
        initdb(&programs, &owner, folder.path())?;
        let mut cluster = Self::guarded(&programs, &owner, folder)?;
        cluster.resume()?;
        Ok(cluster)
    }

    fn guarded(programs: &Path, owner: &Owner, folder: TempDir) -> Result<Self> {
        let path = folder.path().to_owned();
        let mut guard = Command::new("sh");
        guard.args(["-c", GUARD, "cluster.sh"]).arg(&path).args(owner.command(&programs.join("postgres")));
        guard.arg("-D").arg(path.join("data")).arg("-k").arg(&path);
        // A throwaway server need not survive the machine.
        for setting in ["listen_addresses=", "fsync=off", "full_page_writes=off", "max_connections=400"] {
            guard.args(["-c", setting]);
        }
        // A Ctrl-C is for the tests; the guard notices their end by itself.
        let mut guard = guard.stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0).spawn()?;
        let folder = folder.keep();
        let url = format!("postgres://dragoman@{}/postgres", folder.display().to_string().replace('/', "%2F"));
        let answers = BufReader::new(guard.stdout.take().context("no pipe")?);
        Ok(Self { orders: guard.stdin.take(), guard, answers, folder, url })
    }

    /// Starts the server again; it answers when this returns.
    ///
    /// # Errors
    /// When it does not answer within a minute; the end of its log is told.
    pub fn resume(&mut self) -> Result<()> {
        self.order("start")?;
        let begun = Instant::now();
        loop {
            match PgConnection::establish(&self.url) {
                Ok(_) => return Ok(()),
                Err(error) if begun.elapsed() > PATIENCE => {
                    bail!("PostgreSQL does not start: {error}\n{}", self.log());
                }
                Err(_) => std::thread::sleep(Duration::from_millis(50)),
            }
        }
    }

    /// Stops the server at once; what is stored stays.
    ///
    /// # Errors
    /// When the guard is gone.
    pub fn suspend(&mut self) -> Result<()> {
        self.order("stop")
    }

    fn order(&mut self, word: &str) -> Result<()> {
        writeln!(self.orders.as_mut().context("the guard is gone")?, "{word}")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        ensure!(answer.trim() == word, "the guard of the PostgreSQL server is gone");
        Ok(())
    }

    fn log(&self) -> String {
        let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        let last: Vec<&str> = log.lines().rev().take(10).collect();
        last.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.orders.take();
        drop(self.guard.wait()); // there is nobody left to tell
    }
}

/// Runs statements on the database at this URL.
///
/// # Errors
/// Those of the database.
pub fn execute(url: &str, statements: &str) -> Result<()> {
    let mut connection = PgConnection::establish(url).with_context(|| format!("cannot connect to {url}"))?;
    connection.batch_execute(statements).with_context(|| statements.to_owned())
}

/// The folder with `initdb` and `postgres`: of the search path, or where Debian puts it, the newest first.
fn programs() -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut debian: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|versions| versions.filter_map(|version| Some(version.ok()?.path().join("bin"))).collect())
        .unwrap_or_default();
    debian.sort();
    let whole = |folder: &PathBuf| ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file());
    let found = std::env::split_paths(&path).chain(debian.into_iter().rev()).find(whole);
    found.ok_or_else(|| anyhow!("there is no PostgreSQL server here (initdb and postgres): tests/run installs it"))
}

/// The user that the server runs as: PostgreSQL refuses to run as root.
struct Owner(Option<(u32, u32)>);

impl Owner {
    fn find() -> Result<Self> {
        if std::fs::metadata("/proc/self")?.uid() != 0 {
            return Ok(Self(None));
        }
        let id = |flag: &str| -> Result<u32> {
            let output = Command::new("id").args([flag, "postgres"]).output()?;
            let text = String::from_utf8(output.stdout)?;
            text.trim().parse().context("PostgreSQL refuses to run as root, and there is no user `postgres`")
        };
        Ok(Self(Some((id("-u")?, id("-g")?))))
    }

    fn take(&self, folder: &Path) -> Result<()> {
        let Some((user, group)) = self.0 else { return Ok(()) };
        chown(folder, Some(user), Some(group)).with_context(|| format!("cannot give {} away", folder.display()))
    }

    /// The words that start a program as this user.
    fn command(&self, program: &Path) -> Vec<std::ffi::OsString> {
        let change = self.0.map(|(user, group)| {
            ["setpriv".to_owned(), format!("--reuid={user}"), format!("--regid={group}"), "--clear-groups".to_owned()]
        });
        change.into_iter().flatten().map(Into::into).chain([program.as_os_str().to_owned()]).collect()
    }
}

fn initdb(programs: &Path, owner: &Owner, folder: &Path) -> Result<()> {
    let mut words = owner.command(&programs.join("initdb")).into_iter();
    let mut command = Command::new(words.next().context("no command")?);
    command.args(words).arg("-D").arg(folder.join("data")).current_dir(folder);
    command.args(["--username=dragoman", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"]);
    // Sorts as a dictionary does, which the gateway must not rely on.
    command.args(["--locale-provider=icu", "--icu-locale=en"]);
    let output = command.output().context("initdb does not run")?;
    ensure!(output.status.success(), "initdb failed: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

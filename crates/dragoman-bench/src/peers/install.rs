//! Puts a server's files and the packages that it needs into a cache folder.

use std::ffi::OsStr;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, anyhow, ensure};

use super::Kind;

/// A file of `peers/`, with its name.
type Source = (&'static str, &'static str);

macro_rules! sources {
    ($folder:literal: $($name:literal)*) => {
        &[$(($name, include_str!(concat!("../../peers/", $folder, "/", $name)))),*]
    };
}

const EXPRESS: &[Source] = sources!("express": "package.json" "package-lock.json" "server.js" "users.js");
const FASTAPI_USERS: &[Source] = sources!("fastapi-users": "requirements.txt" "server.py" "settings.py" "users.py");

/// A server's place in the cache.
#[derive(Debug)]
pub(super) struct Install {
    kind: Kind,
    folder: PathBuf,
}

impl Install {
    pub(super) fn of(kind: Kind) -> Result<Self> {
        Ok(Self { kind, folder: target_folder()?.join("peers").join(kind.name()) })
    }

    /// Installs what is not there yet, or not in these versions. An error is a word on why it cannot be done.
    pub(super) fn ensure(&self) -> Result<()> {
        fs::create_dir_all(&self.folder)?;
        for (name, text) in self.sources() {
            fs::write(self.folder.join(name), text)?;
        }
        let stamp = self.folder.join("installed");
        if fs::read_to_string(&stamp).is_ok_and(|versions| versions == self.versions()) {
            return Ok(());
        }
        writeln!(std::io::stderr(), "installing {} into {}", self.kind.name(), self.folder.display())?;
        self.packages()?;
        Ok(fs::write(stamp, self.versions())?)
    }

    /// The command that starts the server; it takes `--users`, `--cost` and `--database`.
    pub(super) fn server(&self) -> Command {
        match self.kind {
            Kind::Express => {
                let mut command = self.command("node", ["server.js"]);
                // As every guide to Express in production says.
                command.env("NODE_ENV", "production");
                command
            }
            Kind::FastapiUsers => self.command(self.folder.join("venv/bin/python"), ["server.py"]),
        }
    }

    fn sources(&self) -> &'static [Source] {
        match self.kind {
            Kind::Express => EXPRESS,
            Kind::FastapiUsers => FASTAPI_USERS,
        }
    }

    /// The file that pins every package.
    fn versions(&self) -> &'static str {
        let pins = |(name, _): &&Source| ["package-lock.json", "requirements.txt"].contains(name);
        self.sources().iter().find(pins).map_or("", |(_, text)| text)
    }

    fn packages(&self) -> Result<()> {
        match self.kind {
            Kind::Express => run(self.command("npm", ["ci", "--omit=dev", "--no-audit", "--no-fund"])),
            Kind::FastapiUsers => {
                run(self.command("python3", ["-m", "venv", "--clear", "venv"]))?;
                let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", "requirements.txt"];
                run(self.command(self.folder.join("venv/bin/python"), pip))
            }
        }
    }

    fn command<const N: usize>(&self, program: impl AsRef<OsStr>, arguments: [&str; N]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.folder);
        command
    }
}

fn run(mut command: Command) -> Result<()> {
    let program = Path::new(command.get_program()).display().to_string();
    let output = command.stdin(Stdio::null()).output().map_err(|error| {
        let missing = error.kind() == ErrorKind::NotFound;
        if missing { anyhow!("there is no {program}") } else { anyhow!("{program}: {error}") }
    })?;
    ensure!(output.status.success(), "{program} failed: {}", essence(&String::from_utf8_lossy(&output.stderr)));
    Ok(())
}

/// The line that says what is wrong, among warnings and advice.
fn essence(said: &str) -> &str {
    let mut lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
    let error = lines.clone().find(|line| line.to_lowercase().contains("error"));
    error.or_else(|| lines.next_back()).unwrap_or("it said nothing")
}

/// Cargo's, which it marks as a cache; the program is somewhere below it.
fn target_folder() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let marked = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    marked.or(program.parent()).map(Path::to_owned).context("the program is nowhere")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_is_pinned() {
        let requirements = Install::of(Kind::FastapiUsers).unwrap().versions();
        let packages: Vec<_> = requirements.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(packages.len() > 20);
        assert!(packages.iter().all(|package| package.contains("==")), "{packages:?}");
        let (_, manifest) = EXPRESS.iter().find(|(name, _)| *name == "package.json").unwrap();
        let manifest: serde_json::Value = serde_json::from_str(manifest).unwrap();
        let exact =
            |version: &serde_json::Value| version.as_str().unwrap().chars().all(|c| c == '.' || c.is_ascii_digit());
        assert!(manifest["dependencies"].as_object().unwrap().values().all(exact), "{manifest}");
    }

    #[test]
    fn a_program_that_is_missing_or_fails_is_told_in_a_word() {
        assert_eq!(run(Command::new("no-such-program")).unwrap_err().to_string(), "there is no no-such-program");
        let mut failing = Command::new("sh");
        failing.args(["-c", "echo no network >&2; exit 1"]);
        assert_eq!(run(failing).unwrap_err().to_string(), "sh failed: no network");
        run(Command::new("true")).unwrap();
    }

    #[test]
    fn of_much_that_is_said_the_error_is_told() {
        assert_eq!(
            essence("npm warn old\nnpm error code ECONNREFUSED\nnpm error see there"),
            "npm error code ECONNREFUSED"
        );
        assert_eq!(essence("compiling\nkilled\n\n"), "killed");
        assert_eq!(essence(""), "it said nothing");
    }
}

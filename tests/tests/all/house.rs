//! Where an operator sits: a folder with settings and an empty database, and the program to run on it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context as _, Result, ensure};
use dragoman_tests::{Database, World, program, root};

use crate::processes::settings;

/// Every decision, so that all who can come in do, and who has the e-mail of somebody here is that one.
pub(crate) const DECIDED: [&str; 10] = policies("link");

/// Every decision, so that all who can come in do; what becomes of one whose e-mail somebody here has is said.
pub(crate) const fn policies(on_same_email: &'static str) -> [&'static str; 10] {
    [
        "--on-same-email",
        on_same_email,
        "--on-same-name",
        "rename",
        "--on-same-id",
        "move",
        "--on-unknown-hash",
        "import",
        "--on-unusable",
        "skip",
    ]
}

/// A folder and a database that nobody else uses.
pub(crate) struct House {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) url: String,
    pub(crate) config: PathBuf,
}

impl House {
    pub(crate) fn new(world: &World, database: Database) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let url = world.fresh_database(database, folder.path())?;
        let config = settings(folder.path(), &url)?;
        let house = Self { folder, url, config };
        house.succeeds(&["migrate"])?;
        Ok(house)
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Result<Command> {
        let config = self.config.to_str().context("a path that is text")?;
        program::command(self.folder.path(), &[arguments, &["--config", config]].concat())
    }

    /// What comes of it, whatever that is.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<Output> {
        self.command(arguments)?.output().context("the program does not run")
    }

    /// What comes of it, which is a success.
    pub(crate) fn succeeds(&self, arguments: &[&str]) -> Result<Output> {
        let output = self.run(arguments)?;
        ensure!(output.status.success(), "{arguments:?}: {}", said(&output));
        Ok(output)
    }

    /// What it says when it succeeds.
    pub(crate) fn done(&self, arguments: &[&str]) -> Result<String> {
        self.succeeds(arguments).map(|output| said(&output))
    }

    pub(crate) fn import(&self, file: &Path, dialect: &str) -> Result<String> {
        let file = file.to_str().context("a path that is text")?;
        self.done(&[&["import", file, "--dialect", dialect], DECIDED.as_slice()].concat())
    }

    /// A file in the folder, and its path.
    pub(crate) fn file(&self, name: &str, content: &[u8]) -> Result<String> {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content)?;
        Ok(path.to_str().context("a path that is text")?.to_owned())
    }
}

/// All that a program wrote.
pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// The file with the users of this old server, as its operator would bring them.
pub(crate) fn origin(dialect: &str) -> Result<PathBuf> {
    let folder = root().join("tests/moving/origins");
    let named = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(dialect));
    let mut paths = std::fs::read_dir(&folder)?.filter_map(|entry| Some(entry.ok()?.path()));
    paths.find(named).with_context(|| format!("nothing of {dialect} in {}", folder.display()))
}

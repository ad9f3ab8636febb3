//! A database that is gone when the test is over.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};
use dragoman_core::Random;
use tempfile::TempDir;

use crate::startup::without_password;

/// A schema or a file of our own, and a folder for the keys.
pub(super) struct Throwaway {
    /// What the gateway connects to.
    pub(super) url: String,
    folder: TempDir,
    place: Option<Place>,
}

/// Where there is something to remove beside the folder.
enum Place {
    File(PathBuf),
    Schema { server: String, name: String },
}

impl Throwaway {
    /// Makes one: in its own folder, beside the given SQLite file, or as a schema of the given PostgreSQL database.
    pub(super) fn make(url: Option<&str>, random: &Random) -> Result<Self> {
        let folder =
            tempfile::Builder::new().prefix("dragoman-").tempdir().context("cannot make a temporary folder")?;
        let name = format!("dragoman_{}", random.uuid().simple());
        let Some(given) = url else {
            let url = format!("sqlite://{}", folder.path().join("harness.db").display());
            return Ok(Self { url, folder, place: None });
        };
        if let Some(path) = given.strip_prefix("sqlite://") {
            let path = Path::new(path).with_file_name(format!("{name}.db"));
            let url = format!("sqlite://{}", path.display());
            return Ok(Self { url, folder, place: Some(Place::File(path)) });
        }
        execute(given, &format!("CREATE SCHEMA {name}"))?;
        let joint = if given.contains('?') { '&' } else { '?' };
        let url = format!("{given}{joint}options=-csearch_path%3D{name}");
        Ok(Self { url, folder, place: Some(Place::Schema { server: given.to_owned(), name }) })
    }

    /// Where the keys of this gateway are.
    pub(super) fn keys(&self) -> PathBuf {
        self.folder.path().join("dragoman.keys")
    }

    /// Removes everything.
    pub(super) fn remove(mut self) -> Result<()> {
        self.place.take().map_or(Ok(()), Place::remove)
    }
}

impl Drop for Throwaway {
    fn drop(&mut self) {
        let removed = self.place.take().map_or(Ok(()), Place::remove);
        if let Err(error) = removed {
            tracing::warn!(error = format!("{error:#}"), "a throwaway database is left behind");
        }
    }
}

impl Place {
    fn remove(self) -> Result<()> {
        match self {
            Self::Schema { server, name } => execute(&server, &format!("DROP SCHEMA {name} CASCADE")),
            Self::File(path) => {
                for suffix in ["", "-wal", "-shm", "-journal"] {
                    let mut file = path.clone().into_os_string();
                    file.push(suffix);
                    drop(std::fs::remove_file(file)); // what was never made need not go
                }
                Ok(())
            }
        }
    }
}

fn execute(url: &str, statement: &str) -> Result<()> {
    let unusable = || format!("the database {} cannot be used", without_password(url));
    let mut connection = PgConnection::establish(url).map_err(|error| anyhow!("{error}")).with_context(unusable)?;
    connection.batch_execute(statement).map_err(|error| anyhow!("{error}")).with_context(unusable)
}

//! What the integration tests stand on: throwaway PostgreSQL servers, gateways in this process,
//! the program in processes of its own, HTTP that is no HTTP, and a fuzzer that sends both.

pub mod cluster;
pub mod connection;
pub mod fuzz;
pub mod gateway;
#[cfg(feature = "openapi")]
pub mod openapi;
pub mod outage;
pub mod program;
pub mod secrets;
pub mod sql;
pub mod wire;

use std::path::Path;

/// The databases that everything must hold on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Database {
    /// The embedded one.
    Sqlite,
    /// A server of its own.
    Postgres,
}

impl Database {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];

    /// The name, as tests show it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// What all tests share.
#[derive(Debug, Clone)]
pub struct World {
    /// URL of an empty database of the PostgreSQL server that runs as long as the tests do.
    pub postgres: String,
}

impl World {
    /// What a harness is told to use: none is SQLite in its own folder.
    #[must_use]
    pub fn database(&self, database: Database) -> Option<String> {
        match database {
            Database::Sqlite => None,
            Database::Postgres => Some(self.postgres.clone()),
        }
    }

    /// An empty database of a test's own, for the program itself: a file in the folder, or a new schema of the server.
    ///
    /// # Errors
    /// When the schema cannot be made.
    pub fn fresh_database(&self, database: Database, folder: &Path) -> anyhow::Result<String> {
        match database {
            Database::Sqlite => Ok(format!("sqlite://{}", folder.join("test.db").display())),
            Database::Postgres => {
                let schema = format!("test_{}", gateway::run_id());
                cluster::execute(&self.postgres, &format!("CREATE SCHEMA {schema}"))?;
                Ok(format!("{}?options=-csearch_path%3D{schema}", self.postgres))
            }
        }
    }
}

/// The project's root.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

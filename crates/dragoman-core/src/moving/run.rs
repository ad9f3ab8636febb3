//! A source, and how far it is in.

use chrono::{DateTime, NaiveDateTime, Utc};

use crate::db::runs::{RunRow, RunValues};

/// A file that is to be taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// What it is called.
    pub name: String,
    /// SHA-256 of its bytes.
    pub digest: [u8; 32],
    /// What the run was told, in words: another run with the same words does the same.
    pub options: String,
}

impl Source {
    pub(super) fn values(&self, realm: &str, begun: NaiveDateTime) -> RunValues {
        RunValues {
            realm: realm.to_owned(),
            source: self.name.clone(),
            digest: self.digest.to_vec(),
            options: self.options.clone(),
            position: 0,
            begun,
        }
    }

    pub(super) fn hex(&self) -> String {
        self.digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// A run, as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// By which it is named.
    pub id: i64,
    /// Into which realm.
    pub realm: String,
    /// What its source is called.
    pub source: String,
    /// What it was told.
    pub options: String,
    /// How many records of the source are done.
    pub position: u64,
    /// When it began.
    pub begun: DateTime<Utc>,
    /// When it came to its end.
    pub finished: Option<DateTime<Utc>>,
    /// When it was taken back.
    pub undone: Option<DateTime<Utc>>,
}

impl From<RunRow> for Run {
    fn from(row: RunRow) -> Self {
        Self {
            id: row.id,
            realm: row.realm,
            source: row.source,
            options: row.options,
            position: row.position.unsigned_abs(),
            begun: row.begun.and_utc(),
            finished: row.finished.map(|at| at.and_utc()),
            undone: row.undone.map(|at| at.and_utc()),
        }
    }
}

//! What a rehearsal would have brought in so far: a file in the temp folder, so that a million users need no memory.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;

use super::keys::Keys;
use super::ledger::{Plan, holder_row, move_row, there_row};
use super::record::RecordDigest;
use crate::db::connection::AnyConnection;
use crate::db::imports::ThereRow;
use crate::db::schema::{identities, login_names, users};
use crate::{Error, Result};

/// The columns that are asked for, of the tables that are asked, with nothing of a password in them, and digests of whole
/// records. Nobody needs them after a crash.
const TABLES: &str = "
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA locking_mode = EXCLUSIVE;
CREATE TABLE users (
    id INTEGER PRIMARY KEY NOT NULL, uuid TEXT NOT NULL UNIQUE, username TEXT, email TEXT, roles TEXT NOT NULL,
    enabled BOOLEAN NOT NULL);
CREATE TABLE login_names (folded TEXT NOT NULL, realm TEXT NOT NULL, user_id BIGINT NOT NULL,
    PRIMARY KEY (folded, realm)) WITHOUT ROWID;
CREATE TABLE identities (realm TEXT NOT NULL, user_id BIGINT, number BIGINT, uuid TEXT, username TEXT, email TEXT);
CREATE TABLE records (user_id INTEGER PRIMARY KEY NOT NULL, digest BLOB NOT NULL);
CREATE INDEX identities_by_user ON identities (user_id);
CREATE INDEX identities_by_number ON identities (number) WHERE number IS NOT NULL;
CREATE INDEX identities_by_uuid ON identities (uuid) WHERE uuid IS NOT NULL;
";

diesel::table! {
    records (user_id) {
        user_id -> BigInt,
        digest -> Binary,
    }
}

/// The digests of the records with which these users would have come in.
pub(super) fn records(scratch: &mut AnyConnection, users: &[i64]) -> Result<Vec<(i64, RecordDigest)>> {
    let AnyConnection::Sqlite(conn) = scratch else { return Ok(Vec::new()) };
    let rows: Vec<(i64, Vec<u8>)> = records::table.filter(records::user_id.eq_any(users)).load(conn)?;
    let digest = |bytes: Vec<u8>| <[u8; 32]>::try_from(bytes).ok().map(RecordDigest::from);
    Ok(rows.into_iter().filter_map(|(user, bytes)| Some((user, digest(bytes)?))).collect())
}

/// The file, which goes when this does.
pub(crate) struct Scratch {
    pub(crate) connection: AnyConnection,
    /// The last id that was made up for a user.
    pub(crate) made_up: i64,
    _folder: tempfile::TempDir,
}

impl Scratch {
    pub(crate) fn new() -> Result<Self> {
        let folder = tempfile::tempdir().map_err(Error::storage)?;
        let file = folder.path().join("rehearsal.db");
        let mut connection = SqliteConnection::establish(&file.to_string_lossy()).map_err(Error::storage)?;
        connection.batch_execute(TABLES)?;
        Ok(Self { connection: AnyConnection::Sqlite(connection), made_up: 0, _folder: folder })
    }

    /// Keeps what was planned for later batches.
    pub(crate) fn keep(&mut self, realm: &str, plans: &[(&Keys, &Plan)]) -> Result<()> {
        let AnyConnection::Sqlite(conn) = &mut self.connection else { return Ok(()) };
        let made: Vec<_> =
            plans.iter().filter(|(_, plan)| plan.made).map(|(keys, plan)| holder_row(keys, plan)).collect();
        let names: Vec<_> = plans
            .iter()
            .flat_map(|(_, plan)| &plan.claims)
            .map(|claim| {
                let realm = if claim.there_alone { realm } else { "" };
                let key = login_names::folded.eq(&claim.key);
                (key, login_names::realm.eq(realm), login_names::user_id.eq(claim.user))
            })
            .collect();
        let there: Vec<ThereRow> = plans
            .iter()
            .flat_map(|(keys, plan)| {
                let moves = plan.moves.iter().map(|moved| move_row(realm, moved));
                std::iter::once(there_row(realm, keys, plan)).chain(moves)
            })
            .collect();
        let digests: Vec<_> = plans
            .iter()
            .filter_map(|(keys, plan)| Some((plan.user, keys.record.as_ref()?)))
            .map(|(user, digest)| (records::user_id.eq(user), records::digest.eq(digest.bytes().as_slice())))
            .collect();
        Ok(conn.transaction(|conn| {
            diesel::insert_into(users::table).values(&made).execute(conn)?;
            // A name that was handed over is somebody else's now.
            diesel::replace_into(login_names::table).values(&names).execute(conn)?;
            diesel::replace_into(records::table).values(&digests).execute(conn)?;
            diesel::insert_into(identities::table).values(&there).execute(conn).map(drop)
        })?)
    }
}

//! The key file: what stands in it, and how it is read and replaced.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use jsonwebtoken::jwk::Jwk;
use serde::{Deserialize, Serialize};

use super::Algorithm;
use crate::{Error, LegacyClaims, Random, Realm, Result};

/// A key as the file holds it.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct StoredKey {
    pub(super) realm: String,
    pub(super) kid: String,
    pub(super) alg: Algorithm,
    pub(super) key: Material,
    #[serde(with = "moment", default, skip_serializing_if = "Option::is_none")]
    pub(super) created: Option<DateTime<Utc>>,
    /// From when on it is worth nothing; a key that has such a time signs no more.
    #[serde(with = "moment", default, skip_serializing_if = "Option::is_none")]
    pub(super) retires: Option<DateTime<Utc>>,
    /// How to read the tokens of the old server that this key is of; it signs nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) legacy: Option<LegacyClaims>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Material {
    /// Base64 of the secret (HS256), else a private key in PEM.
    Private(String),
    /// The public half of a key pair that somebody else signed with.
    Public(Box<Jwk>),
}

impl StoredKey {
    /// Whether it signs, if its algorithm is the configured one and no newer key does.
    pub(super) fn may_sign(&self) -> bool {
        self.legacy.is_none() && self.retires.is_none()
    }

    pub(super) fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.retires.is_some_and(|retires| retires <= now)
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct KeyFile {
    /// Base64 of 32 bytes, from which decoy hashes are made.
    pub(super) server_secret: String,
    pub(super) keys: Vec<StoredKey>,
}

impl KeyFile {
    fn new(random: &Random) -> Self {
        Self { server_secret: STANDARD.encode(random.bytes::<32>()), keys: Vec::new() }
    }

    /// The key that signs: the newest of the algorithm.
    pub(super) fn signer(&self, realm: Realm, algorithm: Algorithm) -> Option<&StoredKey> {
        let fits = |key: &&StoredKey| key.realm == realm.name() && key.alg == algorithm && key.may_sign();
        self.keys.iter().rev().find(fits)
    }
}

/// The file, or one without keys where there is none.
pub(super) fn read_or_new(path: &Path, random: &Random) -> Result<KeyFile> {
    if path.exists() { read(path) } else { Ok(KeyFile::new(random)) }
}

pub(super) fn read(path: &Path) -> Result<KeyFile> {
    let text = fs::read_to_string(path).map_err(|error| unusable(path, &error))?;
    serde_json::from_str(&text).map_err(|error| unusable(path, &error))
}

/// Holds a lock beside the key file, so that of gateways that start together one makes a key and the
/// others read it. A file that has every key is only read, and may lie in a folder that is not ours.
pub(super) fn exclusively<T, E: From<Error>>(path: &Path, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    let beside = path.with_added_extension("lock");
    let lock = fs::OpenOptions::new().create(true).append(true).mode(0o600).open(&beside);
    let lock = lock.and_then(|lock| lock.lock().map(|()| lock));
    // Held until this function ends.
    let _lock = lock.map_err(|error| unusable(&beside, &error))?;
    work()
}

/// Puts the whole file in place at once: a crash leaves the old one or the new one.
pub(super) fn replace(path: &Path, file: &KeyFile, random: &Random) -> Result<()> {
    // Where the path is a link, the link stays.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let draft = path.with_added_extension(random.uuid().simple().to_string());
    let text = serde_json::to_string_pretty(file).map_err(Error::storage)?;
    let put = write_like(path, &draft, text.as_bytes()).and_then(|()| fs::rename(&draft, path));
    if put.is_err() {
        drop(fs::remove_file(&draft)); // why the file could not be put there is what counts
    }
    put.map_err(|error| unusable(path, &error))
}

/// Writes the draft with the owner and the mode of the file that it is to replace: an administrator who
/// turns a key must not lock the gateway out.
fn write_like(path: &Path, draft: &Path, text: &[u8]) -> std::io::Result<()> {
    let mut out = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?;
    if let Ok(old) = fs::metadata(path) {
        let new = out.metadata()?;
        if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
            std::os::unix::fs::fchown(&out, Some(old.uid()), Some(old.gid()))?;
        }
        out.set_permissions(old.permissions())?;
    }
    out.write_all(text)?;
    out.sync_all()
}

/// What changes whenever the file does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    inode: u64,
    length: u64,
    changed: (i64, i64),
}

impl Stamp {
    /// None where there is no file.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let found = fs::metadata(path).ok()?;
        Some(Self { inode: found.ino(), length: found.len(), changed: (found.ctime(), found.ctime_nsec()) })
    }
}

/// The file's mode, if others than its owner can read or write it. Containers mount secrets like that, so
/// that it is told and not refused.
pub(super) fn open_mode(path: &Path) -> Option<u32> {
    let mode = fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

fn unusable(path: &Path, reason: &dyn std::fmt::Display) -> Error {
    Error::storage(format!("keys.file: {}: {reason}", path.display()))
}

/// Times as people write them (RFC 3339).
mod moment {
    use chrono::{DateTime, SecondsFormat, Utc};
    use serde::{Deserialize as _, Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "what serde calls")]
    pub(super) fn serialize<S: Serializer>(time: &Option<DateTime<Utc>>, out: S) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => out.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Micros, true)),
            None => out.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Option<DateTime<Utc>>, D::Error> {
        let text = Option::<String>::deserialize(input)?;
        text.map(|text| text.parse().map_err(serde::de::Error::custom)).transpose()
    }
}

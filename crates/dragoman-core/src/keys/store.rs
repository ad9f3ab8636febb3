//! What an operator does to the key file, with or without gateways that use it: they follow within seconds.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::file::{self, KeyFile, StoredKey};
use super::generate::generate;
use super::import::{KeyFault, KeySource};
use super::{Algorithm, Key};
use crate::{Clock, LegacyClaims, Random, Realm, Result};

/// The key file, to be looked at and changed.
#[derive(Debug, Clone)]
pub struct KeyStore {
    path: PathBuf,
    clock: Clock,
    random: Random,
}

/// A key without what is secret of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyEntry {
    /// The realm whose tokens it is for.
    pub realm: String,
    /// Its id, which tokens name in `kid`.
    pub kid: String,
    /// What it signs or verifies with.
    pub algorithm: Algorithm,
    /// When it was made or imported; of old keys nobody knows.
    pub created: Option<DateTime<Utc>>,
    /// What it does.
    pub state: KeyState,
}

/// What a key does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyState {
    /// New tokens are signed with it.
    Signs,
    /// A newer key or another algorithm signs; it verifies until a rotation gives it an end.
    Verifies,
    /// It was replaced, and verifies until then.
    Until(DateTime<Utc>),
    /// It verifies tokens of an old server, which it says how to read.
    Imported(LegacyClaims),
}

impl KeyStore {
    /// The file at this path, which need not be there yet.
    #[must_use]
    pub fn new(path: &Path, clock: Clock, random: Random) -> Self {
        Self { path: path.into(), clock, random }
    }

    /// Every key that is worth something. `signing` says with which algorithm a realm signs.
    ///
    /// # Errors
    /// A file that cannot be read; one that is not there has no keys.
    pub fn list(&self, signing: impl Fn(&str) -> Option<Algorithm>) -> Result<Vec<KeyEntry>> {
        let (file, now) = (file::read_or_new(&self.path, &self.random)?, self.clock.now());
        let live = file.keys.iter().filter(|key| !key.is_over(now));
        Ok(live.map(|key| entry(&file, key, signing(&key.realm))).collect())
    }

    /// The file's mode, if others than its owner can read or write it.
    #[must_use]
    pub fn open_mode(&self) -> Option<u32> {
        file::open_mode(&self.path)
    }

    /// Has a new key sign. Those that did so far verify `until` then.
    ///
    /// # Errors
    /// A file that cannot be read or replaced.
    pub fn rotate(&self, realm: Realm, algorithm: Algorithm, until: DateTime<Utc>) -> Result<KeyEntry, KeyFault> {
        let new = generate(realm, algorithm, &self.random, self.clock.now())?;
        self.change(|file| {
            retire(file, realm, until);
            Ok(self.added(file, new))
        })
    }

    /// Has a key of the operator's own sign. Those that did so far verify `until` then.
    ///
    /// # Errors
    /// A key that is not fit to sign, or is there already; a file that cannot be read or replaced.
    pub fn install(&self, realm: Realm, key: &KeySource, until: DateTime<Utc>) -> Result<KeyEntry, KeyFault> {
        let new = self.stored(realm, key, key.to_sign()?, None)?;
        self.change(|file| {
            unknown_so_far(file, &new, key)?;
            retire(file, realm, until);
            Ok(self.added(file, new))
        })
    }

    /// Takes a key of an old server, which from now on verifies its tokens. Of a key pair only the public half is
    /// kept. The second value is the length in bits of a secret that is shorter than it should be.
    ///
    /// # Errors
    /// A key that is not fit, or is there already; a file that cannot be read or replaced.
    pub fn import(
        &self,
        realm: Realm,
        key: &KeySource,
        claims: LegacyClaims,
    ) -> Result<(KeyEntry, Option<usize>), KeyFault> {
        let (material, short) = key.to_verify()?;
        let new = self.stored(realm, key, material, Some(claims))?;
        let entry = self.change(|file| {
            unknown_so_far(file, &new, key)?;
            Ok(self.added(file, new))
        })?;
        Ok((entry, short))
    }

    /// Takes a key away: what it has signed is worth nothing from now on.
    ///
    /// # Errors
    /// No such key, or the one that signs; a file that cannot be read or replaced.
    pub fn remove(&self, kid: &str, signing: impl Fn(&str) -> Option<Algorithm>) -> Result<KeyEntry, KeyFault> {
        if !self.path.exists() {
            return Err(KeyFault::Unknown(kid.into()));
        }
        self.change(|file| {
            let found = file.keys.iter().find(|key| key.kid == kid).ok_or_else(|| KeyFault::Unknown(kid.into()))?;
            let entry = entry(file, found, signing(&found.realm));
            if entry.state == KeyState::Signs {
                return Err(KeyFault::Signs(kid.into()));
            }
            file.keys.retain(|key| key.kid != kid);
            Ok(entry)
        })
    }

    fn stored(
        &self,
        realm: Realm,
        source: &KeySource,
        key: file::Material,
        legacy: Option<LegacyClaims>,
    ) -> Result<StoredKey, KeyFault> {
        let kid = source.checked_kid()?.unwrap_or_else(|| self.random.uuid().to_string());
        let created = Some(self.clock.now());
        let stored =
            StoredKey { realm: realm.name().into(), kid, alg: source.algorithm, key, created, retires: None, legacy };
        // What the gateway could not read must not get into the file.
        Key::try_from(&stored).map_err(|_| KeyFault::Unfit(source.algorithm))?;
        Ok(stored)
    }

    fn added(&self, file: &mut KeyFile, new: StoredKey) -> KeyEntry {
        let entry = entry(file, &new, None);
        let state = if new.legacy.is_none() { KeyState::Signs } else { entry.state };
        file.keys.push(new);
        KeyEntry { state, ..entry }
    }

    /// Changes the file, all at once or not at all, and leaves out what has had its time.
    fn change<T>(&self, work: impl FnOnce(&mut KeyFile) -> Result<T, KeyFault>) -> Result<T, KeyFault> {
        file::exclusively(&self.path, || {
            let mut file = file::read_or_new(&self.path, &self.random)?;
            let done = work(&mut file)?;
            let now = self.clock.now();
            file.keys.retain(|key| !key.is_over(now));
            file::replace(&self.path, &file, &self.random)?;
            Ok(done)
        })
    }
}

fn entry(file: &KeyFile, key: &StoredKey, signing: Option<Algorithm>) -> KeyEntry {
    let newer = || file.keys.iter().rev().take_while(|other| other.kid != key.kid);
    let replaced = || newer().any(|other| other.realm == key.realm && other.alg == key.alg && other.may_sign());
    let state = match (&key.legacy, key.retires) {
        (Some(claims), _) => KeyState::Imported(claims.clone()),
        (None, Some(retires)) => KeyState::Until(retires),
        (None, None) if signing == Some(key.alg) && !replaced() => KeyState::Signs,
        (None, None) => KeyState::Verifies,
    };
    KeyEntry { realm: key.realm.clone(), kid: key.kid.clone(), algorithm: key.alg, created: key.created, state }
}

fn retire(file: &mut KeyFile, realm: Realm, until: DateTime<Utc>) {
    for key in file.keys.iter_mut().filter(|key| key.realm == realm.name() && key.may_sign()) {
        key.retires = Some(until);
    }
}

/// A key is one realm's alone, and is there once.
fn unknown_so_far(file: &KeyFile, new: &StoredKey, source: &KeySource) -> Result<(), KeyFault> {
    if file.keys.iter().any(|key| key.kid == new.kid) {
        return Err(KeyFault::KidTaken(new.kid.clone()));
    }
    let public = |key: &StoredKey| Key::try_from(key).ok().and_then(|key| Some(key.public()?.algorithm.clone()));
    let same = |key: &&StoredKey| match source.algorithm {
        Algorithm::Hs256 => key.alg == Algorithm::Hs256 && key.key == new.key,
        Algorithm::Rs256 | Algorithm::Es256 | Algorithm::EdDsa => public(key).is_some() && public(key) == public(new),
    };
    match file.keys.iter().find(same) {
        Some(key) => Err(KeyFault::Known { kid: key.kid.clone(), realm: key.realm.clone() }),
        None => Ok(()),
    }
}

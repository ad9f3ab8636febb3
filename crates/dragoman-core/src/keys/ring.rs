//! The keys of a running gateway, which follow the file.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::file::{self, KeyFile, Stamp};
use super::generate::generate;
use super::{Algorithm, KeySet};
use crate::{Clock, Random, Realm, Result};

/// How often a gateway looks whether the file has changed.
pub const KEYS_LOOKED_AT: Duration = Duration::from_secs(2);
/// By when every gateway that can read the file signs with the keys in it, with much to spare.
pub(crate) const KEYS_NOTICED: Duration = Duration::from_secs(60);
/// How soon the file is looked at again on account of tokens that no key verifies: they cost a look a second.
const PAUSE: Duration = Duration::from_secs(1);

/// The key file, added to when a realm needs a key that it does not have, and read again when it changes.
#[derive(Clone)]
pub(crate) struct KeyRing {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    clock: Clock,
    random: Random,
    state: Mutex<State>,
    /// When a strange token last made us look.
    looked: tokio::sync::Mutex<Option<Instant>>,
}

struct State {
    server_secret: String,
    /// Of the file as it was before it was last read, so that no later change is missed.
    stamp: Option<Stamp>,
    served: Vec<RealmKeys>,
}

impl KeyRing {
    /// Reads the file, or makes one that only its owner can read.
    pub(crate) fn open(path: &Path, clock: &Clock, random: &Random) -> Result<Self> {
        if !path.exists() {
            // Of gateways that start together the second finds the file of the first.
            file::exclusively(path, || file::replace(path, &file::read_or_new(path, random)?, random))?;
        }
        let stamp = Stamp::of(path);
        let server_secret = file::read(path)?.server_secret;
        warn_if_open(path);
        let inner = Inner {
            path: path.into(),
            clock: clock.clone(),
            random: random.clone(),
            state: Mutex::new(State { server_secret, stamp, served: Vec::new() }),
            looked: tokio::sync::Mutex::new(None),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    pub(crate) fn server_secret(&self) -> String {
        self.state().server_secret.clone()
    }

    /// The realm's keys, from now on kept as the file has them. Makes one to sign with where there is none.
    pub(crate) fn of_realm(&self, realm: Realm, algorithm: Algorithm) -> Result<RealmKeys> {
        let mut state = self.state();
        let known = state.served.iter().find(|keys| (keys.realm, keys.algorithm) == (realm, algorithm)).cloned();
        if let Some(known) = known {
            self.follow(&mut state);
            return Ok(known);
        }
        let file = self.with_signer(file::read(&self.inner.path)?, realm, algorithm)?;
        let current = Arc::new(RwLock::new(Arc::new(KeySet::of(&file, realm, algorithm)?)));
        let keys = RealmKeys { realm, algorithm, current, ring: self.clone() };
        state.served.push(keys.clone());
        Ok(keys)
    }

    /// Reads the file again if it has changed. One that is broken is told of once, and the keys stay as they are. Blocks.
    pub(crate) fn refresh(&self) {
        self.follow(&mut self.state());
    }

    fn follow(&self, state: &mut State) {
        let stamp = Stamp::of(&self.inner.path);
        if stamp == state.stamp {
            return;
        }
        state.stamp = stamp;
        match self.read_for(&state.served) {
            Ok(sets) => {
                let mut others = false;
                for (keys, set) in state.served.iter().zip(sets) {
                    let mut current = keys.current.write().unwrap_or_else(PoisonError::into_inner);
                    others |= !current.has_the_keys_of(&set);
                    *current = Arc::new(set);
                }
                // At the first start the file changes because the keys that we have are put there.
                if others {
                    tracing::info!("the keys are as the key file has them now");
                }
                warn_if_open(&self.inner.path);
            }
            Err(error) => tracing::error!(%error, "the key file has changed and cannot be used; the keys stay"),
        }
    }

    /// What the file has for each of these realms: all of it, or an error.
    fn read_for(&self, served: &[RealmKeys]) -> Result<Vec<KeySet>> {
        let mut file = file::read(&self.inner.path)?;
        for keys in served {
            file = self.with_signer(file, keys.realm, keys.algorithm)?;
        }
        served.iter().map(|keys| KeySet::of(&file, keys.realm, keys.algorithm)).collect()
    }

    /// The file as it is, or as it is with a new key where the realm had none to sign with.
    fn with_signer(&self, file: KeyFile, realm: Realm, algorithm: Algorithm) -> Result<KeyFile> {
        if file.signer(realm, algorithm).is_some() {
            return Ok(file);
        }
        let Inner { path, clock, random, .. } = &*self.inner;
        file::exclusively(path, || {
            let mut file = file::read(path)?;
            if file.signer(realm, algorithm).is_none() {
                file.keys.push(generate(realm, algorithm, random, clock.now())?);
                file::replace(path, &file, random)?;
            }
            Ok(file)
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The keys of one realm as they are now.
#[derive(Clone)]
pub(crate) struct RealmKeys {
    realm: Realm,
    algorithm: Algorithm,
    current: Arc<RwLock<Arc<KeySet>>>,
    ring: KeyRing,
}

impl RealmKeys {
    /// To be taken once for each token, so that all that is asked of it is answered by the same keys.
    pub(crate) fn current(&self) -> Arc<KeySet> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Newer keys than these, if there are: another gateway may have read of a rotation before us, and a
    /// token by its new key must not wait for our next look. Whoever comes while we look waits for what is found.
    pub(crate) async fn newer_than(&self, these: &Arc<KeySet>) -> Option<Arc<KeySet>> {
        let mut looked = self.ring.inner.looked.lock().await;
        if Arc::ptr_eq(these, &self.current()) && looked.is_none_or(|at| at.elapsed() >= PAUSE) {
            let ring = self.ring.clone();
            // A look that failed has said so itself.
            drop(tokio::task::spawn_blocking(move || ring.refresh()).await);
            *looked = Some(Instant::now());
        }
        let current = self.current();
        (!Arc::ptr_eq(these, &current)).then_some(current)
    }
}

fn warn_if_open(path: &Path) {
    if let Some(mode) = file::open_mode(path) {
        let path = path.display();
        tracing::warn!(%path, "others can read the key file, and whoever reads it can sign in as anybody: mode {mode:o}, not 600");
    }
}

//! Certificates for the listeners, read anew when their files change.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::mounts::Placement;
use crate::settings::{Settings, Tls};

/// How soon a new certificate is noticed.
const INTERVAL: Duration = Duration::from_secs(1);

/// The certificates of a gateway; each pair of files is read once, however many listeners show it.
#[derive(Debug)]
pub struct Certificates {
    provider: Arc<CryptoProvider>,
    pairs: HashMap<Tls, Arc<Pair>>,
}

impl Default for Certificates {
    fn default() -> Self {
        Self { provider: Arc::new(aws_lc_rs::default_provider()), pairs: HashMap::new() }
    }
}

impl Certificates {
    /// How a listener with this pair speaks TLS: version 1.2 or 1.3.
    ///
    /// # Errors
    /// Files that cannot be read, hold no certificate or no key, or do not belong together.
    pub fn config(&mut self, files: &Tls) -> Result<ServerConfig> {
        let pair = match self.pairs.get(files) {
            Some(pair) => Arc::clone(pair),
            None => {
                let pair = Arc::new(Pair::read(files.clone(), Arc::clone(&self.provider))?);
                self.pairs.insert(files.clone(), Arc::clone(&pair));
                pair
            }
        };
        let versions = [&rustls::version::TLS13, &rustls::version::TLS12];
        let builder =
            ServerConfig::builder_with_provider(Arc::clone(&self.provider)).with_protocol_versions(&versions)?;
        // actix offers HTTP/1.1 and nothing else, as without TLS.
        Ok(builder.with_no_client_auth().with_cert_resolver(pair))
    }

    /// Whether every listener of these settings can have its certificate.
    ///
    /// # Errors
    /// As [`Self::config`].
    pub fn check(mut self, settings: &Settings, placements: &[Placement]) -> Result<()> {
        let wanted = settings.operations_tls().into_iter().chain(placements.iter().filter_map(|at| at.tls.as_ref()));
        wanted.into_iter().try_for_each(|files| self.config(files).map(drop))
    }

    /// Reads changed files anew, until the last listener that shows a pair has ended.
    ///
    /// # Errors
    /// When there can be no thread for it.
    pub fn watch(self) -> Result<()> {
        let mut pairs: Vec<Weak<Pair>> = self.pairs.into_values().map(|pair| Arc::downgrade(&pair)).collect();
        if pairs.is_empty() {
            return Ok(());
        }
        let thread = std::thread::Builder::new().name("certificates".into());
        let watch = move || {
            while !pairs.is_empty() {
                std::thread::sleep(INTERVAL);
                pairs.retain(|pair| pair.upgrade().map(|pair| pair.renew()).is_some());
            }
        };
        thread.spawn(watch).map(drop).context("cannot watch the certificates")
    }
}

/// A certificate with its key, as the files last had it when they made sense.
#[derive(Debug)]
struct Pair {
    files: Tls,
    provider: Arc<CryptoProvider>,
    current: RwLock<Arc<CertifiedKey>>,
    /// What was read last, good or bad, so that it is judged once.
    seen: RwLock<Content>,
    /// Whether the files cannot be read at the moment.
    gone: AtomicBool,
}

/// The bytes of both files. Not the times, because a file may be replaced by an older one.
#[derive(PartialEq, Eq)]
struct Content {
    certificate: Vec<u8>,
    key: zeroize::Zeroizing<Vec<u8>>,
}

impl Pair {
    fn read(files: Tls, provider: Arc<CryptoProvider>) -> Result<Self> {
        let content = Content::read(&files)?;
        let current = RwLock::new(Arc::new(content.parse(&files, &provider)?));
        Ok(Self { files, provider, current, seen: RwLock::new(content), gone: AtomicBool::new(false) })
    }

    /// Takes over what the files have now. A pair that makes no sense is told once, and the old one stays:
    /// perhaps only one of the files is there yet.
    fn renew(&self) {
        let content = match Content::read(&self.files) {
            Ok(content) => content,
            Err(error) => {
                // Once: for a moment neither of the old files is there, nor of the new ones.
                if !self.gone.swap(true, Ordering::Relaxed) {
                    tracing::warn!(error = format!("{error:#}"), "a certificate cannot be read; the old one stays");
                }
                return;
            }
        };
        self.gone.store(false, Ordering::Relaxed);
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        if *seen == content {
            return;
        }
        let certificate = self.files.certificate.display();
        match content.parse(&self.files, &self.provider) {
            Ok(new) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
                tracing::info!(%certificate, "a new certificate is shown");
            }
            Err(error) => {
                tracing::error!(%certificate, error = format!("{error:#}"), "a new certificate is unusable; the old one stays");
            }
        }
        *seen = content;
    }
}

impl ResolvesServerCert for Pair {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl Content {
    fn read(files: &Tls) -> Result<Self> {
        Ok(Self { certificate: read(&files.certificate)?, key: read(&files.key)?.into() })
    }

    fn parse(&self, files: &Tls, provider: &CryptoProvider) -> Result<CertifiedKey> {
        let name = files.certificate.display();
        let chain = CertificateDer::pem_slice_iter(&self.certificate)
            .collect::<Result<Vec<_>, _>>()
            .with_context(|| format!("the certificate {name} is no PEM"))?;
        ensure!(!chain.is_empty(), "there is no certificate in {name}");
        let key = PrivateKeyDer::from_pem_slice(&self.key)
            .with_context(|| format!("there is no private key in {}", files.key.display()))?;
        CertifiedKey::from_der(chain, key, provider)
            .with_context(|| format!("the key {} does not go with the certificate {name}", files.key.display()))
    }
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Content").finish_non_exhaustive()
    }
}

fn read(file: &Path) -> Result<Vec<u8>> {
    std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

//! What an operator decides: a TOML file, environment variables over it, defaults below it.

mod legacy;
mod network;
mod sources;
#[cfg(test)]
mod tests;
mod unknown;

use std::net::SocketAddr;
use std::path::PathBuf;

use dragoman_core::{AddressSettings, AuditSettings, DatabaseSettings, GuessSettings, PasswordSettings};
use dragoman_http::Profile;
use serde::{Deserialize, Serialize};

pub use legacy::Legacy;
pub use network::Network;
pub use sources::{Sources, load};

/// Everything that can be set. Each field is a section of the file, or a key at its top.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Where the users are.
    pub database: DatabaseSettings,
    /// How passwords are hashed.
    pub passwords: PasswordSettings,
    /// How often they may be wrong.
    pub guesses: GuessSettings,
    /// What tokens are signed with.
    pub keys: Keys,
    /// Addresses that are derived for each user.
    pub addresses: AddressSettings,
    /// How long the audit log is kept.
    pub audit: AuditSettings,
    /// The listener for health and metrics.
    pub operations: Operations,
    /// Workers, limits and timeouts of every listener.
    pub server: Server,
    /// The log.
    pub log: Log,
    /// The onyx dialect.
    pub onyx: dragoman_onyx::Settings,
    /// The amadis dialect.
    pub amadis: dragoman_amadis::Settings,
    /// The jwt dialect.
    pub jwt: dragoman_jwt::Settings,
    /// Where which dialect answers; empty: the default layout.
    #[serde(rename = "mount")]
    pub mounts: Vec<Mount>,
}

impl Default for Settings {
    fn default() -> Self {
        let core = dragoman_core::Settings::default();
        Self {
            database: core.database,
            passwords: core.passwords,
            guesses: core.guesses,
            keys: Keys { file: core.keys },
            addresses: core.addresses,
            audit: core.audit,
            operations: Operations::default(),
            server: Server::default(),
            log: Log::default(),
            onyx: Default::default(),
            amadis: Default::default(),
            jwt: Default::default(),
            mounts: Vec::new(),
        }
    }
}

impl Settings {
    /// The part that the core starts from.
    #[must_use]
    pub fn core(&self) -> dragoman_core::Settings {
        dragoman_core::Settings {
            database: self.database.clone(),
            passwords: self.passwords.clone(),
            guesses: self.guesses.clone(),
            keys: self.keys.file.clone(),
            addresses: self.addresses.clone(),
            audit: self.audit.clone(),
        }
    }

    /// The certificate of the operations listener; none: plain HTTP.
    #[must_use]
    pub fn operations_tls(&self) -> Option<&Tls> {
        self.operations.tls.as_ref().or(self.server.tls.as_ref())
    }
}

/// Section `[keys]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Keys {
    /// The file with the signing keys; made at the first start.
    pub file: PathBuf,
}

impl Default for Keys {
    fn default() -> Self {
        Self { file: dragoman_core::Settings::default().keys }
    }
}

/// Section `[operations]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Operations {
    /// Address of /healthz, /readyz and /metrics; never a dialect's.
    pub listen: SocketAddr,
    /// Its certificate, if it is not the server's.
    pub tls: Option<Tls>,
}

impl Default for Operations {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 9090)), tls: None }
    }
}

/// A pair of PEM files: a certificate, followed by those that lead to its authority, and its private key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Tls {
    /// The file with the certificates.
    pub certificate: PathBuf,
    /// The file with the key.
    pub key: PathBuf,
}

/// Section `[server]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Server {
    /// Threads that serve one listener; 0: one for each core of the machine.
    pub workers: usize,
    /// Connections that each of them serves at once; more wait unanswered until one ends.
    pub max_connections: usize,
    /// Connections that may wait for that, in the system's queue of each listener.
    pub backlog: u32,
    /// The longest request body, in bytes.
    pub body_limit: usize,
    /// How long a running request may take to finish after SIGTERM, in seconds.
    pub shutdown_seconds: u64,
    /// How long an idle connection is kept, in seconds; 0: closed after each answer.
    pub keep_alive_seconds: u64,
    /// How long a client may take to send the head of its request, in seconds.
    pub client_timeout_seconds: u64,
    /// How long a client may take to send the body of its request, in seconds.
    pub body_timeout_seconds: u64,
    /// Reverse proxies that are believed when they say whom they speak for.
    pub trusted_proxies: Vec<Network>,
    /// The header in which they say it: a list of addresses, each proxy adding its client at the end.
    pub client_address_header: String,
    /// What every listener shows that has no certificate of its own; none: plain HTTP.
    pub tls: Option<Tls>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            workers: 0,
            max_connections: 25_000,
            backlog: 1024,
            body_limit: 1024 * 1024,
            shutdown_seconds: 10,
            keep_alive_seconds: 15,
            client_timeout_seconds: 10,
            body_timeout_seconds: 30,
            trusted_proxies: Vec::new(),
            client_address_header: "x-forwarded-for".to_owned(),
            tls: None,
        }
    }
}

/// Section `[log]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Log {
    /// For people or for programs.
    pub format: LogFormat,
    /// Which lines, in `tracing`'s filter syntax: `info`, `warn,dragoman=debug`.
    pub filter: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Human, filter: "info,actix_server=warn,actix_http=off".to_owned() }
    }
}

/// How a log line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people; coloured on a terminal.
    Human,
    /// One JSON object a line.
    Json,
}

/// One `[[mount]]`, as it is written; [`crate::mounts::resolve`] judges it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Mount {
    /// Name of the dialect.
    pub dialect: String,
    /// Address to listen on; port 0 takes a free one.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// Only requests with this `Host`.
    #[serde(default)]
    pub host: Option<String>,
    /// Put before the documented paths.
    #[serde(default)]
    pub prefix: String,
    /// `documented` or `observed`.
    #[serde(default)]
    pub profile: Profile,
    /// Names of the hazards that are turned on.
    #[serde(default)]
    pub hazards: Vec<String>,
    /// The certificate of its listener, if it is not the server's.
    #[serde(default)]
    pub tls: Option<Tls>,
    /// The server that it replaces, to be asked about people who have no password here.
    #[serde(default)]
    pub legacy: Option<Legacy>,
}

impl Mount {
    /// A mount of the dialect as it is when nothing else is said.
    #[must_use]
    pub fn new(dialect: &str, listen: SocketAddr) -> Self {
        Self {
            dialect: dialect.to_owned(),
            listen,
            host: None,
            prefix: String::new(),
            profile: Profile::Documented,
            hazards: Vec::new(),
            tls: None,
            legacy: None,
        }
    }
}

/// Where a mount listens when nothing is said.
#[must_use]
pub fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8080))
}

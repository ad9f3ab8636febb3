//! Where which dialect answers.

#[cfg(test)]
mod tests;

use std::fmt;
use std::net::SocketAddr;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use dragoman_http::{Hazard, Profile};

use crate::dialects::Dialect;
use crate::old_server;
use crate::ownership;
use crate::settings::{self, Legacy, Settings, Tls, default_listen};

/// A dialect at its place.
#[derive(Debug, Clone)]
pub struct Placement {
    /// The dialect.
    pub dialect: &'static Dialect,
    /// The address to listen on; with port 0 the placement has a listener of its own.
    pub listen: SocketAddr,
    /// Only requests with this `Host`, in lower case.
    pub host: Option<String>,
    /// Empty, or a path like `/legacy/onyx`.
    pub prefix: String,
    /// Which of two answers where document and server differ.
    pub profile: Profile,
    /// What is turned on.
    pub hazards: Vec<Hazard>,
    /// The certificate of its listener; none: plain HTTP.
    pub tls: Option<Tls>,
    /// The server that it replaces; none: nobody is asked.
    pub legacy: Option<Legacy>,
}

impl Placement {
    /// Whether both are served by the same listener.
    #[must_use]
    pub fn shares_listener(&self, other: &Self) -> bool {
        self.listen == other.listen && self.listen.port() != 0
    }

    /// Whether there is a `Host` that both answer to.
    #[must_use]
    pub fn shares_host(&self, other: &Self) -> bool {
        match (&self.host, &other.host) {
            (Some(one), Some(another)) => one == another,
            (None, _) | (_, None) => true,
        }
    }

    /// Scheme, address and port, as a URL begins.
    #[must_use]
    pub fn origin(&self) -> String {
        origin(self.tls.as_ref(), self.listen)
    }

    /// A documented path, as it is at this place.
    #[must_use]
    pub fn path(&self, documented: &str) -> String {
        format!("{}{documented}", self.prefix)
    }
}

/// Scheme, address and port of a listener, as a URL begins.
#[must_use]
pub fn origin(tls: Option<&Tls>, address: SocketAddr) -> String {
    let scheme = if tls.is_some() { "https" } else { "http" };
    format!("{scheme}://{address}")
}

impl fmt::Display for Placement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.dialect.name, self.listen)?;
        if let Some(host) = &self.host {
            write!(f, ", host {host}")?;
        }
        if !self.prefix.is_empty() {
            write!(f, ", prefix {}", self.prefix)?;
        }
        Ok(())
    }
}

/// The placements that the settings ask for.
///
/// # Errors
/// A mount that cannot be, or two of which one could answer what the other owns.
pub fn resolve(settings: &Settings) -> Result<Vec<Placement>> {
    let standard = default_layout();
    let mounts = if settings.mounts.is_empty() { &standard } else { &settings.mounts };
    let placements = mounts
        .iter()
        .enumerate()
        .map(|(i, mount)| place(mount, settings).with_context(|| format!("mount {}", i + 1)))
        .collect::<Result<Vec<_>>>()?;
    ensure_apart_from_operations(settings, &placements)?;
    ensure_listeners_apart(&placements)?;
    ensure_one_certificate(&placements)?;
    ownership::ensure_disjoint(&placements)?;
    Ok(placements)
}

/// Four dialects share a port; vitja has the port of its document, because basic and vitja both own `/api/v1/users`.
fn default_layout() -> Vec<settings::Mount> {
    let mut vitja = default_listen();
    vitja.set_port(8082);
    let shared = ["onyx", "basic", "amadis", "jwt"].map(|dialect| settings::Mount::new(dialect, default_listen()));
    shared.into_iter().chain([settings::Mount::new("vitja", vitja)]).collect()
}

fn place(mount: &settings::Mount, settings: &Settings) -> Result<Placement> {
    let dialect = Dialect::by_name(&mount.dialect)
        .ok_or_else(|| anyhow!("no dialect is called `{}`: known are {}", mount.dialect, Dialect::names()))?;
    let hazards = mount.hazards.iter().map(|name| hazard(dialect, name)).collect::<Result<_>>()?;
    mount.legacy.as_ref().map_or(Ok(()), |legacy| old_server::check(settings, dialect, legacy))?;
    Ok(Placement {
        dialect,
        listen: mount.listen,
        host: mount.host.as_deref().map(host).transpose()?,
        prefix: prefix(&mount.prefix)?,
        profile: mount.profile,
        hazards,
        tls: mount.tls.as_ref().or(settings.server.tls.as_ref()).cloned(),
        legacy: mount.legacy.clone(),
    })
}

/// The hazard of this name, if the dialect knows it.
pub fn hazard(dialect: &Dialect, name: &str) -> Result<Hazard> {
    let known = || match dialect.hazards {
        [] => "it knows none".to_owned(),
        known => format!("known are {}", known.iter().map(|h| h.name()).collect::<Vec<_>>().join(", ")),
    };
    let found = dialect.hazards.iter().find(|hazard| hazard.name() == name);
    found.copied().ok_or_else(|| anyhow!("{} has no hazard `{name}`: {}", dialect.name, known()))
}

fn host(name: &str) -> Result<String> {
    let authority = name.parse::<actix_web::http::uri::Authority>().ok();
    let plain = authority.filter(|authority| authority.host() == name);
    plain
        .map(|authority| authority.host().to_ascii_lowercase())
        .ok_or_else(|| anyhow!("`{name}` is no host name: write it without scheme and port"))
}

fn prefix(prefix: &str) -> Result<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    let sound = prefix.is_empty()
        || prefix
            .strip_prefix('/')
            .is_some_and(|path| path.split('/').all(|part| !part.is_empty() && part.chars().all(plain)));
    ensure!(sound, "`{prefix}` is no prefix: write it like /legacy/onyx, of letters, digits and -._~");
    Ok(prefix.to_owned())
}

/// An address of all interfaces takes the port from every single one.
fn ensure_listeners_apart(placements: &[Placement]) -> Result<()> {
    for one in placements {
        if let Some(another) = placements.iter().find(|another| covers(one.listen, another.listen)) {
            bail!(
                "two mounts want the same port: {one} listens on every address, {another} on one of them; \
                 give both the same address, or one of them another port"
            );
        }
    }
    Ok(())
}

/// Whether the first takes the second's port from it.
fn covers(wide: SocketAddr, narrow: SocketAddr) -> bool {
    wide.ip().is_unspecified() && !narrow.ip().is_unspecified() && wide.port() == narrow.port() && wide.port() != 0
}

/// A listener shakes hands before it knows which of its mounts is meant.
fn ensure_one_certificate(placements: &[Placement]) -> Result<()> {
    for (index, one) in placements.iter().enumerate() {
        let others = placements.iter().skip(index + 1);
        if let Some(other) = others.into_iter().find(|other| one.shares_listener(other) && one.tls != other.tls) {
            bail!("two mounts share a listener and not the certificate: {one} and {other}; give both the same `tls`");
        }
    }
    Ok(())
}

fn ensure_apart_from_operations(settings: &Settings, placements: &[Placement]) -> Result<()> {
    let operations = settings.operations.listen;
    let collides = |listen: SocketAddr| {
        (listen == operations && operations.port() != 0) || covers(listen, operations) || covers(operations, listen)
    };
    match placements.iter().find(|placement| collides(placement.listen)) {
        Some(placement) => bail!("operations.listen is {operations}, where {placement} answers: give it another port"),
        None => Ok(()),
    }
}

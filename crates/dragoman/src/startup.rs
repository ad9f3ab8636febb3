//! What several commands do before they can begin.

use anyhow::{Context as _, Result, anyhow, ensure};
use dragoman_core::{Clock, Core, Error, Random};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::mounts::Placement;
use crate::settings::Settings;

/// Opens the core; the database need not answer yet.
///
/// # Errors
/// Settings or a key file that cannot be used.
pub fn open(settings: &Settings, clock: Clock, random: Random) -> Result<Core> {
    Core::open(&settings.core(), clock, random).map_err(plain)
}

/// Brings the database to this version; returns what was done.
///
/// # Errors
/// A database that cannot be reached or used, named without its password.
pub fn migrate(core: &Core, settings: &Settings) -> Result<Vec<String>> {
    core.migrate().map_err(plain).with_context(|| unusable(settings))
}

/// The migrations that have not run yet. Leaves everything as it is.
///
/// # Errors
/// A database that cannot be reached or used, named without its password.
pub fn pending(settings: &Settings) -> Result<Vec<String>> {
    dragoman_core::pending_migrations(&settings.database).map_err(plain).with_context(|| unusable(settings))
}

/// A core on a database that is at this binary's version.
///
/// # Errors
/// As [`open`] and [`pending`]; a database of another version.
pub fn open_current(settings: &Settings) -> Result<Core> {
    ensure_current(settings)?;
    open(settings, Clock::system(), Random::system())
}

/// Refuses a database that is not at this binary's version.
///
/// # Errors
/// As [`pending`]; a database of another version.
fn ensure_current(settings: &Settings) -> Result<()> {
    ensure!(
        pending(settings)?.is_empty(),
        "the database is not at this binary's version: run `dragoman migrate` first"
    );
    Ok(())
}

/// Where users are to come in from an old server, keeps the numbers free that they have there.
///
/// # Errors
/// A database that cannot be used.
pub async fn make_room(core: &Core, placements: &[Placement]) -> Result<()> {
    if placements.iter().any(|placement| placement.legacy.is_some()) {
        core.make_room_for_old_numbers().await.map_err(plain)?;
    }
    Ok(())
}

fn unusable(settings: &Settings) -> String {
    format!("the database {} cannot be used", without_password(&settings.database.url))
}

/// An error of the core, said once: a storage error prints its cause itself.
#[must_use]
pub fn plain(error: Error) -> anyhow::Error {
    match error {
        Error::Storage(cause) => anyhow!("{cause}"),
        Error::UserNotFound
        | Error::BadCredentials
        | Error::Disabled
        | Error::Forbidden
        | Error::Taken(_)
        | Error::Invalid { .. }
        | Error::BadToken(_)
        | Error::LastAdmin
        | Error::Busy
        | Error::TooManyAttempts { .. } => error.into(),
    }
}

/// A database URL, fit to be shown: the password may stand before the `@` or among the parameters.
#[must_use]
pub fn without_password(url: &str) -> String {
    let (url, parameters) =
        url.split_once('?').map_or((url, ""), |(url, rest)| (url, if rest.is_empty() { "" } else { "?…" }));
    let hidden = url.split_once("://").and_then(|(scheme, rest)| {
        let (authority, place) = rest.rsplit_once('@')?;
        let user = authority.split_once(':').map_or(authority, |(user, _)| user);
        Some(format!("{scheme}://{user}@{place}"))
    });
    hidden.unwrap_or_else(|| url.to_owned()) + parameters
}

/// Whether a database URL tells a password: before the `@`, or among the parameters.
#[must_use]
pub fn has_password(url: &str) -> bool {
    let (url, parameters) = url.split_once('?').unwrap_or((url, ""));
    let before = url.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@'));
    // A name that is written in percent codes is nobody's habit.
    let tells = |parameter: &str| {
        let name = parameter.split('=').next().unwrap_or_default();
        name.ends_with("password") || name.contains('%')
    };
    before.is_some_and(|(user, _)| user.contains(':')) || parameters.split('&').any(tells)
}

/// Lets this process have as many open files as the system allows it: each connection takes two.
pub fn raise_file_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
}

/// SIGTERM and SIGINT.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// From here on the signals do not end the process by themselves.
    ///
    /// # Errors
    /// When the system does not let us.
    pub fn listen() -> Result<Self> {
        let listen = |kind| signal(kind).context("cannot listen to signals");
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    /// Waits for either.
    pub async fn received(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{has_password, without_password};

    #[test]
    fn a_password_in_a_database_url_is_seen() {
        for url in [
            "postgres://u:p@ss@h:5432/n",
            "postgres://u:@/n",
            "postgres://h/n?a=b&password=x",
            "postgres://h?%70assword=x",
        ] {
            assert!(has_password(url), "{url}");
        }
        for url in ["postgres://u@h:5432/n?options=-csearch_path%3Dx", "postgres://h:5432/n", "sqlite://a:b.db"] {
            assert!(!has_password(url), "{url}");
        }
    }

    #[test]
    fn a_database_url_is_shown_without_its_password() {
        assert_eq!(without_password("postgres://u:p@ss@h:5432/n"), "postgres://u@h:5432/n");
        assert_eq!(without_password("postgres://u@h/n?password=hush"), "postgres://u@h/n?…");
        assert_eq!(without_password("sqlite://dragoman.db"), "sqlite://dragoman.db");
    }
}

//! Reads settings: file, then environment, then checks that nothing in them is left over or out of range.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use config::{Config, Value, ValueKind};

use super::{Settings, unknown};

/// Read when no `--config` is given and it is there.
const DEFAULT_FILE: &str = "dragoman.toml";
const ENVIRONMENT_PREFIX: &str = "DRAGOMAN__";

/// Where settings come from; what comes later counts more.
#[derive(Debug, Default)]
pub struct Sources {
    tables: Vec<toml::Table>,
    environment: Vec<(String, String)>,
}

impl Sources {
    /// The given file, or `dragoman.toml` in the current folder if it is there, and the process's environment.
    pub fn of_process(file: Option<&Path>) -> Result<Self> {
        let present = Path::new(DEFAULT_FILE).exists().then(|| PathBuf::from(DEFAULT_FILE));
        let tables = file.map(Path::to_path_buf).or(present).map(|path| read(&path)).transpose()?;
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .filter(|(name, _)| name.starts_with(ENVIRONMENT_PREFIX))
            .map(|(name, value)| match value.into_string() {
                Ok(value) => Ok((name, value)),
                Err(_) => bail!("the environment variable {name} is not UTF-8"),
            })
            .collect::<Result<_>>()?;
        Ok(Self { tables: tables.into_iter().collect(), environment })
    }

    /// Lays a table over what is there so far, below the environment.
    #[must_use]
    pub fn with(mut self, table: toml::Table) -> Self {
        self.tables.push(table);
        self
    }

    /// Lays a table below what is there, so that it replaces the defaults and nothing else.
    #[must_use]
    pub fn over_defaults(mut self, table: toml::Table) -> Self {
        self.tables.insert(0, table);
        self
    }

    /// Adds an environment variable.
    #[must_use]
    pub fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }
}

fn read(path: &Path) -> Result<toml::Table> {
    let name = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read the settings in {name}"))?;
    text.parse().map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        anyhow::anyhow!("{name}, line {line}: {}", error.message())
    })
}

/// The settings that the sources make together.
///
/// # Errors
/// An unknown key, named with the nearest known one; a value of the wrong type or out of range.
pub fn load(sources: &Sources) -> Result<Settings> {
    let mut builder = Config::builder();
    for table in &sources.tables {
        check_types(table)?;
        builder = builder.add_source(Config::try_from(table)?);
    }
    for (name, value) in &sources.environment {
        builder = builder.set_override(key(name)?, parsed(value)).with_context(|| format!("{name} is no setting"))?;
    }
    let config = builder.build().context("the settings do not fit together")?;
    let mut unknown = None;
    let settings: Settings = serde_ignored::deserialize(config, |path| {
        unknown.get_or_insert_with(|| path.to_string());
    })
    .context("a setting has a wrong value")?;
    if let Some(key) = unknown {
        bail!("{}", unknown::complaint(&key, &settings));
    }
    check(&settings)?;
    Ok(settings)
}

/// `DRAGOMAN__PASSWORDS__BCRYPT_COST` sets `passwords.bcrypt_cost`.
fn key(name: &str) -> Result<String> {
    let parts: Vec<_> = name.trim_start_matches(ENVIRONMENT_PREFIX).split("__").collect();
    ensure!(parts.iter().all(|part| !part.is_empty()), "{name} is no setting: write DRAGOMAN__SECTION__KEY");
    Ok(parts.join(".").to_lowercase())
}

/// A value from the environment stays text, which the settings' types read as they need it; a list is written as in TOML.
fn parsed(value: &str) -> Value {
    let list = value.starts_with('[').then(|| format!("list = {value}").parse::<toml::Table>().ok()).flatten();
    list.and_then(|table| Config::try_from(&table).ok()?.get::<Value>("list").ok())
        .unwrap_or_else(|| Value::new(None, ValueKind::String(value.to_owned())))
}

/// Texts from the environment are converted as needed; in a file every value has a type, and a wrong one is a mistake.
fn check_types(table: &toml::Table) -> Result<()> {
    let typed: Result<Settings, _> = table.clone().try_into();
    let one_line = |error: toml::de::Error| anyhow::anyhow!("{}", error.to_string().trim().replace('\n', " "));
    let typed = typed.map_err(one_line).context("a setting has a wrong value")?;
    // A section with nothing in it would be left out with what is laid over it: as if nobody were to be asked.
    let nowhere = |mount: &super::Mount| mount.legacy.as_ref().is_some_and(|legacy| legacy.url.is_empty());
    let without = typed.mounts.iter().position(nowhere);
    without.map_or(Ok(()), |index| bail!("mount {}: legacy.url: say where the old server is", index + 1))
}

/// What could never work, or would break something far from here.
fn check(settings: &Settings) -> Result<()> {
    const DAY: u64 = 24 * 60 * 60;
    let Settings { database, passwords, guesses, server, .. } = settings;
    let ranges = [
        ("passwords.bcrypt_cost", u64::from(passwords.bcrypt_cost), 4, 31),
        ("passwords.queue", count(passwords.queue), 1, 1_000_000),
        ("passwords.longest_wait_seconds", passwords.longest_wait_seconds, 0, DAY),
        ("passwords.cache", passwords.cache, 0, 10_000_000),
        ("passwords.cache_seconds", passwords.cache_seconds, 1, DAY),
        ("guesses.free", u64::from(guesses.free), 1, 1_000_000),
        ("guesses.seconds", guesses.seconds, 1, 30 * DAY),
        ("guesses.longest_delay_seconds", guesses.longest_delay_seconds, 0, DAY),
        ("guesses.network_free", u64::from(guesses.network_free), 1, 1_000_000),
        ("guesses.network_seconds", guesses.network_seconds, 1, 30 * DAY),
        ("guesses.network_longest_delay_seconds", guesses.network_longest_delay_seconds, 0, DAY),
        ("guesses.account_free", u64::from(guesses.account_free), 1, 1_000_000),
        ("guesses.account_seconds", guesses.account_seconds, 1, 30 * DAY),
        ("guesses.account_longest_delay_seconds", guesses.account_longest_delay_seconds, 0, DAY),
        ("database.connections", u64::from(database.connections), 1, 1000),
        ("database.timeout_seconds", database.timeout_seconds, 1, DAY),
        ("server.workers", count(server.workers), 0, 512),
        ("server.max_connections", count(server.max_connections), 1, 1_000_000),
        ("server.backlog", u64::from(server.backlog), 1, 65_535),
        ("server.body_limit", count(server.body_limit), 1, 1 << 30),
        ("server.shutdown_seconds", server.shutdown_seconds, 0, DAY),
        ("server.keep_alive_seconds", server.keep_alive_seconds, 0, DAY),
        ("server.client_timeout_seconds", server.client_timeout_seconds, 1, DAY),
        ("server.body_timeout_seconds", server.body_timeout_seconds, 1, DAY),
    ];
    let of_mounts = settings.mounts.iter().filter_map(|mount| mount.legacy.as_ref()).flat_map(|legacy| {
        [
            ("mount.legacy.timeout_seconds", legacy.timeout_seconds, 1, 60),
            ("mount.legacy.concurrency", count(legacy.concurrency), 1, 256),
            ("mount.legacy.failures", u64::from(legacy.failures), 1, 1000),
            ("mount.legacy.pause_seconds", legacy.pause_seconds, 1, DAY),
        ]
    });
    for (name, value, least, most) in ranges.into_iter().chain(of_mounts) {
        ensure!((least..=most).contains(&value), "{name} is {value}: it must be from {least} to {most}");
    }
    Ok(())
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

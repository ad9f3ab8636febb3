//! The gateway that is measured, in a process of its own.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};
use dragoman_exchange::{Client, Request};
use serde::{Deserialize, Serialize};

use crate::clients::{self, Dialect};
use crate::fill::Database;

/// The secret of amadis's OAuth2 client, in every gateway that is measured.
pub const CLIENT_SECRET: &str = "bench-client-secret";

/// What a gateway is told beside its database.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Whether verified credentials are remembered. Most figures are about what a hash costs, so they are not.
    pub cache: bool,
    /// `log.filter`; none: what `serve` does when nothing is said.
    pub log: Option<&'static str>,
}

/// What the child says as soon as it answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// Origin of health and metrics.
    pub operations: String,
    /// Origin of the handler that has nothing behind it.
    pub ceiling: String,
    /// Origin of the handlers that call the core and have no dialect.
    pub core: String,
}

/// A running gateway. It ends when this is dropped.
#[derive(Debug)]
pub struct Target {
    child: Child,
    announced: Announcement,
    shared: String,
    vitja: String,
}

impl Target {
    /// Starts one; it answers when this returns.
    pub fn start(folder: &Path, database: &Database, options: Options) -> Result<Self> {
        let (shared, vitja) = (free_address()?, free_address()?);
        let settings = folder.join("target.toml");
        std::fs::write(&settings, toml(database, options, &shared, &vitja))?;
        let mut child = Command::new(std::env::current_exe()?)
            .args(["under-test", "--config"])
            .arg(settings)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Lines are written as always, and cost what they cost, but fill no disk.
            .stderr(Stdio::null())
            .spawn()?;
        let output = child.stdout.take().context("no pipe")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        match serde_json::from_str(&line) {
            Ok(announced) => {
                Ok(Self { child, announced, shared: format!("http://{shared}"), vitja: format!("http://{vitja}") })
            }
            Err(_) => bail!("the gateway does not start: {line}"),
        }
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Where a dialect answers: in the layout that `serve` has by default.
    pub fn origin(&self, dialect: Dialect) -> &str {
        match dialect {
            Dialect::Vitja => &self.vitja,
            Dialect::Onyx | Dialect::Basic | Dialect::Amadis | Dialect::Jwt => &self.shared,
        }
    }

    /// Where the handler that has nothing behind it answers.
    pub fn ceiling(&self) -> &str {
        &self.announced.ceiling
    }

    /// Where the handlers that call the core and have no dialect answer.
    pub fn core(&self) -> &str {
        &self.announced.core
    }

    /// From now on the handler that has nothing behind it answers with so many bytes.
    pub fn set_ceiling_size(&self, bytes: usize) -> Result<()> {
        let method = "PUT".to_owned();
        let request = Request { method, target: format!("/{bytes}"), headers: Vec::new(), body: None };
        clients::send(self.ceiling(), &request).map(drop)
    }

    /// A number of `/metrics` that has no labels.
    pub fn metric(&self, name: &str) -> Result<f64> {
        let request =
            Request { method: "GET".to_owned(), target: "/metrics".to_owned(), headers: Vec::new(), body: None };
        let answer = Client::new(std::time::Duration::from_secs(10)).send(&self.announced.operations, &request)?;
        let text = String::from_utf8(answer.body)?;
        metric(&text, name).with_context(|| format!("there is no metric {name}"))
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        drop(self.child.stdin.take()); // which tells it to end
        drop(self.child.wait());
    }
}

fn metric(text: &str, name: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok())
}

/// An address that nobody listens on. Somebody could take it before the gateway does; then it says so and ends.
pub fn free_address() -> Result<String> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.to_string())
}

/// Settings of a gateway with the layout that `serve` has by default: four dialects on one listener, vitja on another.
pub fn toml(database: &Database, options: Options, shared: &str, vitja: &str) -> String {
    let Database { url, keys, cost, .. } = database;
    let cache = if options.cache { "" } else { "cache = 0\n" };
    let log = options.log.map(|filter| format!("[log]\nfilter = {filter:?}\n")).unwrap_or_default();
    let mounts = ["onyx", "basic", "amadis", "jwt"].map(|dialect| (dialect, shared));
    let mounts = mounts.into_iter().chain([("vitja", vitja)]);
    let mounts: String =
        mounts.map(|(dialect, at)| format!("[[mount]]\ndialect = \"{dialect}\"\nlisten = \"{at}\"\n")).collect();
    format!(
        "[database]\nurl = {url:?}\n[keys]\nfile = {keys:?}\n[passwords]\nbcrypt_cost = {cost}\n{cache}{log}\
         [guesses]\nenabled = false\n\
         [operations]\nlisten = \"127.0.0.1:0\"\n[amadis]\nclient_secret = \"{CLIENT_SECRET}\"\n{mounts}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_found_by_its_whole_name() {
        let text =
            "# HELP dragoman_hashed_total Passwords.\ndragoman_hashed_total_of_all 9\ndragoman_hashed_total 64\n";
        assert_eq!(metric(text, "dragoman_hashed_total"), Some(64.0));
        assert_eq!(metric(text, "dragoman_hashed"), None);
    }

    #[test]
    fn the_settings_are_those_that_the_gateway_reads() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("target.toml");
        let database = Database { url: "sqlite:///a/b.db".to_owned(), keys: "/a/keys".into(), users: 10, cost: 5 };
        let options = Options { cache: false, log: Some("warn") };
        std::fs::write(&file, toml(&database, options, "127.0.0.1:7001", "127.0.0.1:7002")).unwrap();
        let settings =
            dragoman::settings::load(&dragoman::settings::Sources::of_process(Some(&file)).unwrap()).unwrap();
        assert_eq!((settings.passwords.bcrypt_cost, settings.passwords.cache), (5, 0));
        assert_eq!((settings.database.url.as_str(), settings.log.filter.as_str()), ("sqlite:///a/b.db", "warn"));
        assert_eq!(dragoman::mounts::resolve(&settings).unwrap().len(), 5);
    }
}

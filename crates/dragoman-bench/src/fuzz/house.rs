//! The harness that is fuzzed, in a process of its own.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use anyhow::{Context as _, Result, anyhow, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use dragoman_exchange::{Client, Request};
use dragoman_http::{Hazard, Profile};
use dragoman_tests::cluster::Cluster;
use dragoman_tests::fuzz::{Person, Site};
use dragoman_tests::gateway::PATIENCE;
use dragoman_tests::program;
use serde::Deserialize;
use tempfile::NamedTempFile;

use super::Database;
use crate::procfs::{self, Memory};

/// A running harness; dropping it ends it.
pub(super) struct House {
    child: Child,
    announced: Announcement,
    panics: Option<JoinHandle<Vec<String>>>,
    // Outlives the gateway that uses it.
    _cluster: Option<Cluster>,
}

/// What a harness prints.
#[derive(Deserialize)]
struct Announcement {
    dialects: BTreeMap<String, String>,
    admin: Admin,
    oauth: Oauth,
}

#[derive(Deserialize)]
struct Admin {
    email: String,
    password: String,
}

#[derive(Deserialize)]
struct Oauth {
    client_id: String,
    client_secret: String,
}

impl House {
    /// Starts it with these people in it; it answers when this returns. The observed profile has every hazard on.
    pub(super) fn open(program: &Path, database: Database, profile: Profile, people: &[Person]) -> Result<Self> {
        let cluster = (database == Database::Postgres).then(Cluster::start).transpose()?;
        let mut users = NamedTempFile::new()?;
        people.iter().try_for_each(|person| writeln!(users, "{}", person.line()))?;
        let mut command = Command::new(program);
        command.args(["harness", "--profile", profile.name(), "--users"]).arg(users.path());
        if let Some(cluster) = &cluster {
            command.args(["--database", &cluster.url]);
        }
        if profile == Profile::Observed {
            command.args(Hazard::ALL.iter().flat_map(|hazard| ["--hazard", hazard.name()]));
        }
        command.env("DRAGOMAN__LOG__FILTER", "error").env("DRAGOMAN__PASSWORDS__QUEUE", "10000");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let errors = BufReader::new(child.stderr.take().context("no pipe")?);
        // Read to the end: a pipe that nobody empties would stop the gateway.
        let lines = errors.lines().map_while(Result::ok);
        let panics = std::thread::spawn(move || lines.filter(|line| line.contains("panicked")).collect());
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no pipe")?).read_line(&mut line)?;
        let announced = serde_json::from_str(&line).context("the harness does not start")?;
        Ok(Self { child, announced, panics: Some(panics), _cluster: cluster })
    }

    pub(super) fn site(&self, people: Vec<Person>) -> Site {
        let oauth = (self.announced.oauth.client_id.clone(), self.announced.oauth.client_secret.clone());
        Site { urls: self.announced.dialects.clone(), oauth, people }
    }

    pub(super) fn memory(&self) -> Result<Memory> {
        procfs::memory(self.child.id())
    }

    /// Whatever was sent, somebody must be able to clean up behind it.
    pub(super) fn administrator_signs_in(&self) -> Result<()> {
        let Admin { email, password } = &self.announced.admin;
        let credentials = BASE64_STANDARD.encode(format!("{email}:{password}"));
        let request = Request {
            method: "GET".to_owned(),
            target: "/v1/users/token".to_owned(),
            headers: vec![("Authorization".to_owned(), format!("Basic {credentials}"))],
            body: None,
        };
        let origin = self.announced.dialects.get("jwt").context("jwt is not served")?;
        let answer = Client::new(PATIENCE).send(origin, &request)?;
        ensure!(answer.status == 200, "after all that the administrator gets {}", answer.status);
        Ok(())
    }

    /// Ends it, and hands back the panics that it told of.
    pub(super) fn close(mut self) -> Result<Vec<String>> {
        drop(self.child.stdin.take()); // which tells it to end
        let status = program::wait(&mut self.child)?;
        ensure!(status.success(), "the harness ended with {status}");
        let panics = self.panics.take().context("nobody listens")?;
        panics.join().map_err(|_| anyhow!("the listener panicked"))
    }
}

impl Drop for House {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

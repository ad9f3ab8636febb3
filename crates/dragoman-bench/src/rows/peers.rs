//! Against what somebody would build instead.

use anyhow::{Context as _, Result};
use dragoman_exchange::Request;
use dragoman_tests::cluster::Cluster;

use super::site::{CONNECTIONS, Site, varied};
use super::{compare, each};
use crate::bench::Bench;
use crate::clients::{self, Dialect};
use crate::figure::{Figure, Findings, Goal, Unit};
use crate::fill;
use crate::load::{Load, Measure, Requests};
use crate::peers::{self, Kind, Peer};
use crate::ratio::ratios;
use crate::target::Options;

const USERS: u32 = 10_000;
const COST: u32 = 10;

/// As many sign in as there are threads to hash for, and more.
pub fn logins(bench: &Bench, findings: &mut Findings) -> Result<()> {
    let site = Site::open(bench, &bench.sqlite(USERS, COST)?, Options::default())?;
    for (kind, goal) in [(Kind::Express, Some(Goal::AtLeast(1.6))), (Kind::FastapiUsers, None)] {
        let name = format!("logins with 16 in flight / {} peer", kind.name());
        let loads = |peer: &Peer| {
            anyhow::Ok([site.logins(Dialect::Vitja, CONNECTIONS, true)?, peer_logins(bench, peer, kind)?])
        };
        against(bench, findings, "peer-logins", kind, &name, goal, loads)?;
    }
    Ok(())
}

/// The gateway on PostgreSQL, which is another process; the peers have SQLite in theirs.
pub fn reads(bench: &Bench, findings: &mut Findings) -> Result<()> {
    bench.say("starting PostgreSQL");
    let cluster = Cluster::start()?;
    let database = fill::postgres(&cluster.url, bench.folder(), USERS, 4)?;
    let site = Site::open(bench, &database, Options::default())?;
    for (kind, goal) in [(Kind::Express, Some(Goal::AtLeast(8.0))), (Kind::FastapiUsers, None)] {
        let name = format!("token read on PostgreSQL / {} peer on SQLite", kind.name());
        let loads = |peer: &Peer| anyhow::Ok([site.reads(Dialect::Vitja)?, peer_reads(bench, peer, kind)?]);
        against(bench, findings, "peer-reads", kind, &name, goal, loads)?;
    }
    Ok(())
}

/// Ours and a peer's load, in turns; a peer that cannot be had is a row that says so.
fn against(
    bench: &Bench,
    findings: &mut Findings,
    group: &'static str,
    kind: Kind,
    name: &str,
    goal: Option<Goal>,
    loads: impl FnOnce(&Peer) -> Result<[Load; 2]>,
) -> Result<()> {
    bench.say(&format!("starting {}", kind.name()));
    let Some(peer) = peers::start(kind, USERS, COST, bench.folder())? else {
        findings.figures.push(Figure::missing(name, "", goal, "cannot be installed here"));
        return Ok(());
    };
    let [ours, theirs] = compare(bench, findings, group, &loads(&peer)?)?;
    let rates = ratios(&each(&ours, Measure::rate), &each(&theirs, Measure::rate));
    findings.figures.push(Figure::new(name, "", Unit::Ratio, goal, rates));
    Ok(())
}

fn sign_in(user: u32) -> Request {
    let body = format!(r#"{{"email":"{}","password":"{}"}}"#, Peer::email(user), Peer::PASSWORD);
    Request::post("/login", "application/json", body)
}

fn peer_logins(bench: &Bench, peer: &Peer, kind: Kind) -> Result<Load> {
    load(bench, peer, kind, "logins", varied(USERS).map(sign_in).collect())
}

fn peer_reads(bench: &Bench, peer: &Peer, kind: Kind) -> Result<Load> {
    let answer = clients::send(peer.origin(), &sign_in(1))?;
    let body: serde_json::Value = serde_json::from_slice(&answer.body)?;
    let token = body.get("token").and_then(serde_json::Value::as_str).context("the peer gives no token")?;
    let read = |user| Request {
        method: "GET".to_owned(),
        target: format!("/users/{user}"),
        headers: vec![("Authorization".to_owned(), format!("Bearer {token}"))],
        body: None,
    };
    load(bench, peer, kind, "reads", varied(USERS).map(read).collect())
}

fn load(bench: &Bench, peer: &Peer, kind: Kind, what: &str, requests: Vec<Request>) -> Result<Load> {
    let name = format!("{} {what}", kind.name());
    let requests = Requests::write(bench.folder(), &name.replace(' ', "-"), requests)?;
    Ok(Load { name, origin: peer.origin().to_owned(), requests, connections: CONNECTIONS, pid: peer.pid() })
}

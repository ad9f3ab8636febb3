//! HTTP Basic, where every request brings a password.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Barrier;

use anyhow::{Context as _, Result, anyhow, ensure};

use super::site::Site;
use super::{compare, each};
use crate::bench::Bench;
use crate::clients::Dialect;
use crate::figure::{Figure, Findings, Goal, Unit};
use crate::load::{self, Measure};
use crate::ratio::ratios;
use crate::target::{Options, Target};

const USERS: u32 = 10_000;
const COST: u32 = 10;
const SIMULTANEOUS: usize = 64;

/// With the cache, and what the first requests of a user cost.
pub fn measure(bench: &Bench, findings: &mut Findings) -> Result<()> {
    let site = Site::open(bench, &bench.sqlite(USERS, COST)?, Options { cache: true, ..Options::default() })?;
    let loads = [site.reads(Dialect::Vitja)?, site.reads(Dialect::Basic)?];
    let [tokens, basic] = compare(bench, findings, "basic", &loads)?;
    let ratios = ratios(&each(&basic, Measure::rate), &each(&tokens, Measure::rate));
    let goal = Some(Goal::AtLeast(0.8));
    findings.figures.push(Figure::new("Basic read with the cache / token read", "", Unit::Ratio, goal, ratios));
    bench.say("64 first requests of one user");
    // Nobody has asked for them so far, so nothing is remembered of them.
    let users = (0..u32::try_from(bench.rounds)?).map(|round| USERS - round);
    let hashes = users.map(|user| hashes_of_first_requests(&site.target, user)).collect::<Result<Vec<_>>>()?;
    let name = "64 simultaneous first requests of one Basic user: hashes";
    findings.figures.push(Figure::new(name, "", Unit::Count, Some(Goal::AtMost(1.0)), hashes));
    Ok(())
}

fn hashes_of_first_requests(target: &Target, user: u32) -> Result<f64> {
    const HASHED: &str = "dragoman_hashed_total";
    let request = load::text(&Dialect::Basic.sign_in(user));
    let address = target.origin(Dialect::Basic).strip_prefix("http://").context("no origin")?;
    let before = target.metric(HASHED)?;
    let barrier = Barrier::new(SIMULTANEOUS);
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..SIMULTANEOUS).map(|_| scope.spawn(|| ask(address, &request, &barrier))).collect();
        all.into_iter().try_for_each(|one| one.join().map_err(|_| anyhow!("a client panicked"))?)
    })?;
    Ok(target.metric(HASHED)? - before)
}

/// Connects, and asks when all the others are ready to.
fn ask(address: &str, request: &[u8], barrier: &Barrier) -> Result<()> {
    let connected = TcpStream::connect(address);
    barrier.wait();
    let mut stream = connected?;
    stream.write_all(request)?;
    let mut status = [0; 12];
    stream.read_exact(&mut status)?;
    ensure!(status == *b"HTTP/1.1 200", "{}", String::from_utf8_lossy(&status));
    Ok(())
}

//! All users in one answer.

use std::io::Read as _;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};

use super::site::Site;
use crate::bench::Bench;
use crate::clients::Dialect;
use crate::figure::{Curve, Figure, Findings, Goal, Unit, mebibytes};
use crate::procfs::{self, Sampler};
use crate::target::Options;

const USERS: u32 = 100_000;
const COST: u32 = 4;

/// A list as a client saw it, and what it cost the server.
struct Listing {
    first_byte_millis: f64,
    total_millis: f64,
    growth_mebibytes: f64,
    curve: Curve,
}

/// One list, and eight at a time, of each dialect that lists.
pub fn measure(bench: &Bench, findings: &mut Findings) -> Result<()> {
    for dialect in Dialect::THAT_LIST {
        let (mut one, mut eight) = (Vec::new(), Vec::new());
        for _ in 0..bench.rounds {
            bench.say(&format!("{} lists", dialect.name()));
            one.push(listing(bench, dialect, 1)?);
            eight.push(listing(bench, dialect, 8)?);
        }
        let figure = |name: &str, unit, most, values| {
            let name = format!("list of 100,000 users: {name}");
            Figure::new(&name, dialect.name(), unit, Some(Goal::AtMost(most)), values)
        };
        let each = |all: &[Listing], value: fn(&Listing) -> f64| all.iter().map(value).collect::<Vec<_>>();
        let total = each(&one, |listing| listing.total_millis).iter().copied().fold(f64::INFINITY, f64::min);
        let first = each(&one, |listing| listing.first_byte_millis);
        let growth = |all| each(all, |listing| listing.growth_mebibytes);
        let first = figure("first byte", Unit::Milliseconds, 20.0, first);
        findings.figures.push(first.noted(&format!("the whole list takes {total:.0} ms")));
        findings.figures.push(figure("anonymous memory for one", Unit::Mebibytes, 8.0, growth(&one)));
        findings.figures.push(figure("anonymous memory for eight", Unit::Mebibytes, 40.0, growth(&eight)));
        findings.memory.extend(one.into_iter().take(1).chain(eight.into_iter().take(1)).map(|listing| listing.curve));
    }
    Ok(())
}

/// So many lists at a time, of a gateway that has listed nothing yet: what an allocator once got it may keep,
/// and a second list would seem to cost nothing.
fn listing(bench: &Bench, dialect: Dialect, parallel: usize) -> Result<Listing> {
    let site = Site::open(bench, &bench.sqlite(USERS, COST)?, Options::default())?;
    let credential = dialect.credential(&site.target, 1)?;
    crate::clients::send(site.target.origin(dialect), &dialect.read(&credential, 2))?;
    let url = format!("{}{}", site.target.origin(dialect), dialect.list(&credential).target);
    let before = procfs::memory(site.target.pid())?.anonymous;
    let sampler = Sampler::start(site.target.pid(), Duration::from_millis(5));
    let times = std::thread::scope(|scope| {
        let all: Vec<_> = (0..parallel).map(|_| scope.spawn(|| read_all(&url, &credential))).collect();
        let join = |one: std::thread::ScopedJoinHandle<'_, _>| one.join().map_err(|_| anyhow!("a client panicked"))?;
        all.into_iter().map(join).collect::<Result<Vec<(f64, f64)>>>()
    });
    let samples = sampler.stop()?;
    let (first_byte_millis, total_millis) = *times?.first().context("no list")?;
    let grown = |anonymous: u64| mebibytes(anonymous.saturating_sub(before));
    let points: Vec<_> = samples.iter().map(|(at, memory)| (at.as_secs_f64(), grown(memory.anonymous))).collect();
    Ok(Listing {
        first_byte_millis,
        total_millis,
        growth_mebibytes: points.iter().map(|(_, growth)| *growth).fold(0.0, f64::max),
        curve: Curve { name: format!("{}, {parallel} at a time", dialect.name()), points },
    })
}

/// Milliseconds until the first byte of the body, which a client can begin to work with, and until the last.
fn read_all(url: &str, credential: &str) -> Result<(f64, f64)> {
    let begun = Instant::now();
    let millis = || begun.elapsed().as_secs_f64() * 1000.0;
    let mut answer = ureq::get(url).header("Authorization", credential).call()?;
    let mut body = answer.body_mut().as_reader();
    let mut buffer = vec![0; 64 * 1024];
    let mut length = body.read(&mut buffer)?;
    let first = millis();
    loop {
        match body.read(&mut buffer)? {
            0 => break,
            more => length += more,
        }
    }
    ensure!(length > usize::try_from(USERS)? * 20, "only {length} bytes of {USERS} users");
    Ok((first, millis()))
}

//! Reads while the machine has other things to do.

use std::time::Duration;

use anyhow::Result;

use super::each;
use super::site::Site;
use crate::bench::Bench;
use crate::clients::Dialect;
use crate::figure::{Curve, Figure, Findings, Goal, Side, Unit, mebibytes};
use crate::load::{Load, Measure};
use crate::procfs::{Memory, Sampler};
use crate::ratio::{interleaved, ratios};
use crate::target::Options;

const USERS: u32 = 10_000;
const COST: u32 = 10;
/// Few, so that each waits for the server and not for its own kind.
const READERS: u32 = 4;

/// What the reads are beside.
struct Others {
    group: &'static str,
    /// The figure's name.
    what: &'static str,
    load: Load,
    /// Seconds that it goes on before the reads begin.
    lead: u64,
}

/// Beside people who sign in.
pub fn logins(bench: &Bench, findings: &mut Findings) -> Result<()> {
    let site = Site::open(bench, &bench.sqlite(USERS, COST)?, Options::default())?;
    let load = site.logins(Dialect::Vitja, 16, true)?;
    let others = Others { group: "pressure", what: "token reads while logins saturate", load, lead: 1 };
    beside(bench, findings, &site, &others).map(drop)
}

/// Beside 200 connections that guess.
pub fn attack(bench: &Bench, findings: &mut Findings) -> Result<()> {
    let site = Site::open(bench, &bench.sqlite(USERS, COST)?, Options::default())?;
    let load = site.logins(Dialect::Vitja, 200, false)?;
    let what = "token reads while 200 connections send wrong passwords";
    // Longer than a password may wait: only then the queue is full and refuses as many as it will for ever.
    let others = Others { group: "attack", what, load, lead: 6 };
    let resident = beside(bench, findings, &site, &others)?;
    let (early, late) = resident.split_at(resident.len() / 2);
    let peak = |part: &[u64]| part.iter().copied().max().unwrap_or_default() as f64;
    let name = format!("{what}: RSS, second half of the time / first half");
    let figure = Figure::new(&name, "peak", Unit::Ratio, Some(Goal::AtMost(1.05)), vec![peak(late) / peak(early)]);
    let peak = mebibytes(resident.iter().copied().max().unwrap_or_default());
    let refused = site.target.metric("dragoman_hashing_refused_total")?;
    let hashed = site.target.metric("dragoman_hashed_total")?;
    findings.figures.push(figure.noted(&format!("peak {peak:.0} MiB; {hashed} hashed, {refused} refused as busy")));
    Ok(())
}

/// Reads alone and reads beside the others, in turns; returns the resident memory seen beside the others.
fn beside(bench: &Bench, findings: &mut Findings, site: &Site, others: &Others) -> Result<Vec<u64>> {
    let Others { group, what, load, .. } = others;
    let reads = Load { connections: READERS, ..site.reads(Dialect::Vitja)? };
    reads.run(1)?;
    let mut resident = Vec::new();
    let mut beside = Vec::new();
    let [idle, busy] = interleaved(bench.rounds, &[false, true], |&busy| {
        bench.say(if busy { what } else { "token reads on an idle machine" });
        if !busy {
            return reads.run(bench.seconds);
        }
        let (read, other, seen) = together(&reads, others, bench.seconds)?;
        beside.push(other);
        resident.extend(seen.into_iter().map(|(_, memory)| memory.resident));
        Ok(read)
    })?;
    findings.sides.push(Side::of_load(group, "token reads alone", &idle));
    for (name, measures) in [("token reads beside", &busy), (load.name.as_str(), &beside)] {
        // Nobody knows which of the two the server's CPU time went to.
        findings.sides.push(Side { cpu_micros: None, ..Side::of_load(group, name, measures) });
    }
    findings.latency.push(Curve::of_latency(what, &busy));
    let p99 = each(&busy, |measure| measure.latency(99.0));
    let rates = ratios(&each(&busy, Measure::rate), &each(&idle, Measure::rate));
    let name = |figure: &str| format!("{what}: {figure}");
    findings.figures.push(Figure::new(&name("p99"), "", Unit::Milliseconds, Some(Goal::AtMost(10.0)), p99));
    findings.figures.push(Figure::new(&name("rate / idle rate"), "", Unit::Ratio, Some(Goal::AtLeast(0.5)), rates));
    Ok(resident)
}

type Seen = Vec<(Duration, Memory)>;

fn together(reads: &Load, others: &Others, seconds: u64) -> Result<(Measure, Measure, Seen)> {
    let running = others.load.begin(others.lead + seconds + 1)?;
    std::thread::sleep(Duration::from_secs(others.lead));
    let sampler = Sampler::start(others.load.pid, Duration::from_millis(100));
    let read = reads.run(seconds);
    let seen = sampler.stop()?;
    // The one is not over before the other, whatever became of it.
    let other = running.finish()?;
    Ok((read?, other, seen))
}

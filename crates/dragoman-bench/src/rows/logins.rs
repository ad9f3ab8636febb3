//! Logins against a loop that does nothing but hash.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::site::Site;
use crate::bench::Bench;
use crate::clients::Dialect;
use crate::figure::{Figure, Findings, Goal, Side, Unit};
use crate::fill::{self, PASSWORD};
use crate::ratio::{interleaved, percentile, ratios};
use crate::target::Options;

const USERS: u32 = 10_000;

/// 16 in flight, at a cost that gives enough logins to count, and at the one that `serve` has by default.
pub fn many(bench: &Bench, findings: &mut Findings) -> Result<()> {
    sixteen(bench, findings, 10, Some(Goal::AtLeast(1.8)))?;
    sixteen(bench, findings, 12, None)
}

fn sixteen(bench: &Bench, findings: &mut Findings, cost: u32, goal: Option<Goal>) -> Result<()> {
    let site = Site::open(bench, &bench.sqlite(USERS, cost)?, Options::default())?;
    let load = site.logins(Dialect::Vitja, 16, true)?;
    let hash = fill::hash(cost)?;
    // The first answer comes after a whole batch: in a short time that would look like a low rate.
    let seconds = bench.seconds.max(if cost > 10 { 10 } else { 5 });
    let threads = std::thread::available_parallelism()?.get();
    bench.say("warming logins");
    load.run(1)?;
    let mut measures = Vec::new();
    let [raw, ours] = interleaved(bench.rounds, &[None, Some(&load)], |turn| {
        bench.say(if turn.is_some() { "logins" } else { "the bcrypt crate alone" });
        let Some(load) = turn else { return raw_rate(&hash, threads, Duration::from_secs(bench.seconds)) };
        let measure = load.run(seconds)?;
        measures.push(measure);
        Ok(measures.last().map_or(0.0, crate::load::Measure::rate))
    })?;
    let case = format!("cost {cost}");
    findings.sides.push(Side::of_rate("logins", &format!("bcrypt crate, {threads} threads, {case}"), &raw));
    findings.sides.push(Side::of_load("logins", &format!("logins, {case}"), &measures));
    let name = "logins with 16 in flight / raw loop of the bcrypt crate on the same threads";
    findings.figures.push(Figure::new(name, &case, Unit::Ratio, goal, ratios(&ours, &raw)));
    Ok(())
}

/// 1 in flight.
pub fn one(bench: &Bench, findings: &mut Findings) -> Result<()> {
    const COST: u32 = 10;
    let site = Site::open(bench, &bench.sqlite(USERS, COST)?, Options::default())?;
    let load = site.logins(Dialect::Vitja, 1, true)?;
    let hash = fill::hash(COST)?;
    load.run(1)?;
    let mut measures = Vec::new();
    let [raw, ours] = interleaved(bench.rounds, &[None, Some(&load)], |turn| {
        bench.say(if turn.is_some() { "one login at a time" } else { "one verification at a time" });
        let Some(load) = turn else { return raw_millis(&hash, Duration::from_secs(bench.seconds)) };
        let measure = load.run(bench.seconds)?;
        let median = measure.latency(50.0);
        measures.push(measure);
        Ok(median)
    })?;
    findings.sides.push(Side::of_load("login", "one login at a time", &measures));
    let name = "logins with 1 in flight: latency / raw verification";
    let figure = Figure::new(name, "p50, cost 10", Unit::Ratio, Some(Goal::AtMost(1.1)), ratios(&ours, &raw));
    let raw = crate::ratio::Spread::of(&raw).map_or(f64::NAN, |spread| spread.median);
    findings.figures.push(figure.noted(&format!("raw verification {raw:.1} ms")));
    Ok(())
}

/// Verifications a second of the `bcrypt` crate on so many threads. Each thread's time ends with its last whole one.
fn raw_rate(hash: &str, threads: usize, time: Duration) -> Result<f64> {
    std::thread::scope(|scope| {
        let loops: Vec<_> = (0..threads).map(|_| scope.spawn(|| verify_for(hash, time))).collect();
        let mut rate = 0.0;
        for verified in loops {
            let millis = verified.join().map_err(|_| anyhow::anyhow!("a hashing thread panicked"))??;
            rate += 1000.0 * millis.len() as f64 / millis.iter().sum::<f64>();
        }
        Ok(rate)
    })
}

/// The median of one verification after the other.
fn raw_millis(hash: &str, time: Duration) -> Result<f64> {
    let mut millis = verify_for(hash, time)?;
    millis.sort_by(f64::total_cmp);
    Ok(percentile(&millis, 0.5).unwrap_or(f64::NAN))
}

/// How long each verification took.
fn verify_for(hash: &str, time: Duration) -> Result<Vec<f64>> {
    let begun = Instant::now();
    let mut millis = Vec::new();
    while begun.elapsed() < time {
        let this = Instant::now();
        ensure!(bcrypt::verify(PASSWORD, hash)?, "the password does not belong to its hash");
        millis.push(this.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(millis)
}

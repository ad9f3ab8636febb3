//! Reads by token, against the most that actix does with nothing behind it.

use anyhow::Result;

use super::site::Site;
use super::{compare, each};
use crate::bench::Bench;
use crate::clients::Dialect;
use crate::figure::{Curve, Figure, Findings, Goal, Unit};
use crate::load::Measure;
use crate::ratio::{differences, ratios};
use crate::target::Options;

const USERS: u32 = 100_000;
/// Signing in is no part of these figures.
const COST: u32 = 4;

/// Each dialect, and once with a log that has nothing to say.
pub fn tokens(bench: &Bench, findings: &mut Findings) -> Result<()> {
    let database = bench.sqlite(USERS, COST)?;
    let site = Site::open(bench, &database, Options::default())?;
    let quiet = Site::open(bench, &database, Options { log: Some("warn"), ..Options::default() })?;
    let [onyx, vitja, amadis, jwt] = Dialect::WITH_TOKENS.map(|dialect| site.reads(dialect));
    let mut silent = quiet.reads(Dialect::Vitja)?;
    silent.name = "vitja, log.filter = warn".to_owned();
    let loads = [site.ceiling(Dialect::Vitja)?, onyx?, vitja?, amadis?, jwt?, silent];
    let measures = compare(bench, findings, "reads", &loads)?;
    let [ceiling, dialects @ ..] = &measures;
    let [_, vitja_reads, ..] = dialects;
    let name = "token read (token, revocation, roles, row) through a whole dialect on SQLite / static handler";
    let loads = loads.iter().skip(1);
    for (load, reads) in loads.zip(dialects) {
        let goal = (!load.name.contains(',')).then_some(Goal::AtLeast(0.30));
        let ratios = ratios(&each(reads, Measure::rate), &each(ceiling, Measure::rate));
        findings.figures.push(Figure::new(name, &load.name, Unit::Ratio, goal, ratios));
    }
    findings.latency.push(Curve::of_latency("static handler, 16 connections", ceiling));
    findings.latency.push(Curve::of_latency("token read, 16 connections", vitja_reads));
    Ok(())
}

/// A page of ten, with the number of all users.
pub fn page(bench: &Bench, findings: &mut Findings) -> Result<()> {
    let site = Site::open(bench, &bench.sqlite(USERS, COST)?, Options::default())?;
    let loads = [site.page_ceiling()?, site.pages()?];
    let [ceiling, pages] = compare(bench, findings, "page", &loads)?;
    let ratios = ratios(&each(&pages, Measure::rate), &each(&ceiling, Measure::rate));
    let goal = Some(Goal::AtLeast(0.30));
    findings.figures.push(Figure::new("page of 10 / static handler", "jwt, 100,000 users", Unit::Ratio, goal, ratios));
    Ok(())
}

/// CPU time of a whole answer, less that of an answer that asks the core the same and counts and logs it the same.
pub fn own_work(bench: &Bench, findings: &mut Findings) -> Result<()> {
    let site = Site::open(bench, &bench.sqlite(USERS, COST)?, Options { cache: true, ..Options::default() })?;
    let dialects = Dialect::WITH_TOKENS.into_iter().chain([Dialect::Basic]);
    for dialect in dialects {
        let loads = [site.reads(dialect)?, site.reads_of_core(dialect, "watched")?];
        let [whole, core] = compare(bench, findings, "own-work", &loads)?;
        let own = differences(&each(&whole, Measure::cpu_micros), &each(&core, Measure::cpu_micros));
        let name = "dialect's own work per request (parse, map, write) beyond the core call";
        let goal = Some(Goal::AtMost(5.0));
        findings.figures.push(Figure::new(name, dialect.name(), Unit::Microseconds, goal, own));
    }
    let loads = [site.reads_of_core(Dialect::Vitja, "watched")?, site.reads_of_core(Dialect::Vitja, "bare")?];
    let [watched, bare] = compare(bench, findings, "own-work", &loads)?;
    let watching = differences(&each(&watched, Measure::cpu_micros), &each(&bare, Measure::cpu_micros));
    let name = "what counting and logging a request costs the gateway";
    findings.figures.push(Figure::new(name, "vitja", Unit::Microseconds, None, watching));
    Ok(())
}

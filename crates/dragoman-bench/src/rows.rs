//! The groups of figures, in the order of the table.

mod basic;
mod concurrency;
mod growth;
mod lists;
mod logins;
mod peers;
mod pressure;
mod reads;
mod site;
mod start;
mod writes;

use anyhow::Result;

use crate::bench::Bench;
use crate::figure::{Findings, Side};
use crate::load::{Load, Measure};
use crate::ratio::interleaved;

/// Figures that are measured together.
#[derive(Debug)]
pub struct Group {
    /// Its name, for `--only`.
    pub name: &'static str,
    /// Adds its figures; an error says why there are no more.
    pub measure: fn(&Bench, &mut Findings) -> Result<()>,
}

/// Every group.
pub const ALL: &[Group] = &[
    Group { name: "logins", measure: logins::many },
    Group { name: "login", measure: logins::one },
    Group { name: "peer-logins", measure: peers::logins },
    Group { name: "reads", measure: reads::tokens },
    Group { name: "page", measure: reads::page },
    Group { name: "own-work", measure: reads::own_work },
    Group { name: "pressure", measure: pressure::logins },
    Group { name: "attack", measure: pressure::attack },
    Group { name: "basic", measure: basic::measure },
    Group { name: "lists", measure: lists::measure },
    Group { name: "growth", measure: growth::measure },
    Group { name: "writes", measure: writes::measure },
    Group { name: "peer-reads", measure: peers::reads },
    Group { name: "start", measure: start::measure },
    Group { name: "concurrency", measure: concurrency::measure },
];

/// Their names.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|group| group.name)
}

/// Loads that take turns; each is warm before it is measured.
fn compare<const N: usize>(
    bench: &Bench,
    findings: &mut Findings,
    group: &'static str,
    loads: &[Load; N],
) -> Result<[Vec<Measure>; N]> {
    for load in loads {
        bench.say(&format!("warming {}", load.name));
        load.run(1)?;
    }
    let measures = interleaved(bench.rounds, loads, |load| {
        bench.say(&load.name);
        load.run(bench.seconds)
    })?;
    for (load, measures) in loads.iter().zip(&measures) {
        findings.sides.push(Side::of_load(group, &load.name, measures));
    }
    Ok(measures)
}

/// One value of each measure.
fn each(measures: &[Measure], value: impl Fn(&Measure) -> f64) -> Vec<f64> {
    measures.iter().map(value).collect()
}

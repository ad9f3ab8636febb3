//! What is found out: figures with their targets, and curves.

use serde::Serialize;

use crate::load::Measure;
use crate::ratio::Spread;

/// In what a figure is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// One rate or time over another.
    Ratio,
    /// Milliseconds.
    Milliseconds,
    /// Microseconds.
    Microseconds,
    /// 2²⁰ bytes.
    Mebibytes,
    /// 10⁶ bytes.
    Megabytes,
    /// A number of things.
    Count,
}

impl Unit {
    /// What stands behind the number.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Ratio | Self::Count => "",
            Self::Milliseconds => " ms",
            Self::Microseconds => " µs",
            Self::Mebibytes => " MiB",
            Self::Megabytes => " MB",
        }
    }
}

/// What a figure should reach.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
}

impl Goal {
    fn is_reached_by(self, value: f64) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, Serialize)]
pub struct Figure {
    /// What it is.
    pub name: String,
    /// Which of several: a dialect, a cost.
    pub case: String,
    /// In what it is told.
    pub unit: Unit,
    /// What it should reach; none: it is told for its own sake.
    pub goal: Option<Goal>,
    /// One value for each round.
    pub rounds: Vec<f64>,
    /// The middle of them, and how far they lie apart.
    pub spread: Option<Spread>,
    /// Whether the median reaches the goal; none where there is no goal, or no value.
    pub reached: Option<bool>,
    /// What else is to be said, and why there is no value if there is none.
    pub note: Option<String>,
}

impl Figure {
    /// A figure of some rounds.
    pub fn new(name: &str, case: &str, unit: Unit, goal: Option<Goal>, rounds: Vec<f64>) -> Self {
        let spread = Spread::of(&rounds);
        let reached = goal.zip(spread).map(|(goal, spread)| goal.is_reached_by(spread.median));
        Self { name: name.to_owned(), case: case.to_owned(), unit, goal, rounds, spread, reached, note: None }
    }

    /// A figure that was not measured.
    pub fn missing(name: &str, case: &str, goal: Option<Goal>, why: &str) -> Self {
        Self::new(name, case, Unit::Ratio, goal, Vec::new()).noted(why)
    }

    /// The same, with something to be said.
    pub fn noted(self, note: &str) -> Self {
        Self { note: Some(note.to_owned()), ..self }
    }
}

/// One of the things that were compared.
#[derive(Debug, Clone, Serialize)]
pub struct Side {
    /// In which comparison.
    pub group: &'static str,
    /// What it is.
    pub name: String,
    /// Answers a second.
    pub rate: Option<Spread>,
    /// Latencies in milliseconds.
    pub p50: Option<Spread>,
    /// Latencies in milliseconds.
    pub p99: Option<Spread>,
    /// Latencies in milliseconds.
    pub p999: Option<Spread>,
    /// CPU time of the server by answer.
    pub cpu_micros: Option<Spread>,
    /// Anonymous memory of the server afterwards.
    pub anonymous_mebibytes: Option<Spread>,
}

impl Side {
    /// A server under load.
    pub fn of_load(group: &'static str, name: &str, measures: &[Measure]) -> Self {
        let spread = |value: &dyn Fn(&Measure) -> f64| Spread::of(&measures.iter().map(value).collect::<Vec<_>>());
        Self {
            group,
            name: name.to_owned(),
            rate: spread(&Measure::rate),
            p50: spread(&|measure| measure.latency(50.0)),
            p99: spread(&|measure| measure.latency(99.0)),
            p999: spread(&|measure| measure.latency(99.9)),
            cpu_micros: spread(&Measure::cpu_micros),
            anonymous_mebibytes: spread(&|measure| mebibytes(measure.anonymous)),
        }
    }

    /// Something that only has a rate.
    pub fn of_rate(group: &'static str, name: &str, rates: &[f64]) -> Self {
        Self {
            group,
            name: name.to_owned(),
            rate: Spread::of(rates),
            p50: None,
            p99: None,
            p999: None,
            cpu_micros: None,
            anonymous_mebibytes: None,
        }
    }
}

/// Bytes, told in 2²⁰.
pub fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// A line of a plot.
#[derive(Debug, Clone, Serialize)]
pub struct Curve {
    /// What it shows.
    pub name: String,
    /// From left to right.
    pub points: Vec<(f64, f64)>,
}

impl Curve {
    /// Latencies by the share of the answers that took no longer: the median over the rounds.
    pub fn of_latency(name: &str, rounds: &[Measure]) -> Self {
        let shares = rounds.first().into_iter().flat_map(|measure| &measure.percentiles);
        let point = |share: f64| {
            let millis: Vec<f64> = rounds.iter().map(|measure| measure.latency(share)).collect();
            Some((share, Spread::of(&millis)?.median))
        };
        Self { name: name.to_owned(), points: shares.filter_map(|(share, _)| point(*share)).collect() }
    }
}

/// All that a run finds out.
#[derive(Debug, Default, Serialize)]
pub struct Findings {
    /// The rows of the table.
    pub figures: Vec<Figure>,
    /// What stands behind them.
    pub sides: Vec<Side>,
    /// Latency in milliseconds by the share of the answers, in per cent.
    pub latency: Vec<Curve>,
    /// Answers a second by the number of connections.
    pub throughput: Vec<Curve>,
    /// Anonymous memory in MiB by seconds, while users are listed.
    pub memory: Vec<Curve>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_decides_whether_a_goal_is_reached() {
        let figure = |goal, rounds| Figure::new("f", "", Unit::Ratio, Some(goal), rounds).reached;
        assert_eq!(figure(Goal::AtLeast(1.8), vec![1.7, 1.8, 2.0]), Some(true));
        assert_eq!(figure(Goal::AtLeast(1.8), vec![1.7, 1.79, 2.0]), Some(false));
        assert_eq!(figure(Goal::AtMost(10.0), vec![10.0]), Some(true));
        assert_eq!(figure(Goal::AtMost(10.0), vec![]), None);
    }
}

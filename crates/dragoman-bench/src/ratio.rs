//! The arithmetic: rounds that alternate, their medians and spreads.

use anyhow::Result;
use serde::Serialize;

/// What the rounds of a run said.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// The middle one.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

impl Spread {
    /// Of some values; none of none.
    pub fn of(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        Some(Self { median: median(&sorted)?, min: *sorted.first()?, max: *sorted.last()? })
    }
}

fn median(sorted: &[f64]) -> Option<f64> {
    let upper = *sorted.get(sorted.len() / 2)?;
    if !sorted.len().is_multiple_of(2) {
        return Some(upper);
    }
    let lower = *sorted.get((sorted.len() / 2).checked_sub(1)?)?;
    Some(f64::midpoint(lower, upper))
}

/// The value that this share (0 to 1) of the sorted values does not exceed (nearest rank).
pub fn percentile(sorted: &[f64], share: f64) -> Option<f64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank is a small positive number")]
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

/// a / b, round by round: both were measured in the same seconds, on the same busy or idle machine.
pub fn ratios(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a / b).collect()
}

/// a − b, round by round.
pub fn differences(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

/// Measures every subject once a round, and turns the order round each time: what grows warm, or
/// tired, in the course of a run does so for all of them.
pub fn interleaved<const N: usize, S, M>(
    rounds: usize,
    subjects: &[S; N],
    mut measure: impl FnMut(&S) -> Result<M>,
) -> Result<[Vec<M>; N]> {
    let mut results = [const { Vec::new() }; N];
    for round in 0..rounds {
        let mut turns: Vec<_> = subjects.iter().zip(&mut results).collect();
        if !round.is_multiple_of(2) {
            turns.reverse();
        }
        for (subject, results) in turns {
            results.push(measure(subject)?);
        }
    }
    Ok(results)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_lies_between_the_middle_two() {
        assert_eq!(Spread::of(&[3.0, 1.0, 2.0]), Some(Spread { median: 2.0, min: 1.0, max: 3.0 }));
        assert_eq!(Spread::of(&[4.0, 1.0, 2.0, 3.0]), Some(Spread { median: 2.5, min: 1.0, max: 4.0 }));
        assert_eq!(Spread::of(&[]), None);
    }

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let values: Vec<f64> = (1..=1000).map(f64::from).collect();
        assert_eq!(percentile(&values, 0.5), Some(500.0));
        assert_eq!(percentile(&values, 0.999), Some(999.0));
        assert_eq!(percentile(&values, 1.0), Some(1000.0));
        assert_eq!(percentile(&[7.0], 0.01), Some(7.0));
        assert_eq!(percentile(&[], 0.5), None);
    }

    #[test]
    fn a_ratio_belongs_to_its_round() {
        assert_eq!(ratios(&[10.0, 30.0], &[5.0, 10.0]), [2.0, 3.0]);
        assert_eq!(differences(&[10.0, 30.0], &[5.0, 10.0]), [5.0, 20.0]);
    }

    #[test]
    fn every_other_round_goes_backwards() {
        let mut order = String::new();
        let results = interleaved(3, &['a', 'b', 'c'], |&subject| {
            order.push(subject);
            Ok(order.len())
        });
        assert_eq!(order, "abccbaabc");
        assert_eq!(results.unwrap(), [[1, 6, 7], [2, 5, 8], [3, 4, 9]]);
    }

    #[test]
    fn a_failed_measurement_ends_the_rounds() {
        let mut measured = 0;
        let outcome: Result<[Vec<()>; 1]> = interleaved(2, &[()], |()| {
            measured += 1;
            anyhow::bail!("broken")
        });
        assert!(outcome.is_err());
        assert_eq!(measured, 1);
    }
}

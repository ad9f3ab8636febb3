//! Whether two samples have the same mean.

/// From this on two means differ: what the test vector leakage assessment of ISO/IEC 17825 takes, about one chance in
/// 150,000 where they do not.
const THRESHOLD: f64 = 4.5;

/// Two samples, compared by their faster part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Comparison {
    /// Mean of the first.
    pub(super) one: f64,
    /// Mean of the second.
    pub(super) other: f64,
    /// Welch's t.
    pub(super) t: f64,
    /// Cohen's d: the difference in standard deviations.
    pub(super) d: f64,
    /// The smallest difference of the means that would have been taken for one.
    pub(super) visible: f64,
}

impl Comparison {
    /// Of both samples together only this share counts, the fastest: what is slower is the machine's doing.
    pub(super) fn of(share: f64, one: &[f64], other: &[f64]) -> Self {
        let slowest = slowest(share, one, other);
        let fast = |sample: &[f64]| sample.iter().copied().filter(|time| *time <= slowest).collect::<Vec<_>>();
        let (a, b) = (Moments::of(&fast(one)), Moments::of(&fast(other)));
        let error = (a.variance / a.count + b.variance / b.count).sqrt();
        let deviation = f64::midpoint(a.variance, b.variance).sqrt();
        let difference = a.mean - b.mean;
        Self {
            one: a.mean,
            other: b.mean,
            t: difference / error,
            d: difference / deviation,
            visible: THRESHOLD * error,
        }
    }

    pub(super) fn differs(&self) -> bool {
        self.t.abs() >= THRESHOLD
    }
}

fn slowest(share: f64, one: &[f64], other: &[f64]) -> f64 {
    let mut all = [one, other].concat();
    all.sort_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place among the samples")]
    let place = (all.len() as f64 * share) as usize;
    all.get(place).copied().unwrap_or(f64::INFINITY)
}

struct Moments {
    count: f64,
    mean: f64,
    variance: f64,
}

impl Moments {
    fn of(sample: &[f64]) -> Self {
        let count = sample.len() as f64;
        let mean = sample.iter().sum::<f64>() / count;
        let variance = sample.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
        Self { count, mean, variance }
    }
}

#[cfg(test)]
mod tests {
    use rand::prelude::*;

    use super::*;

    /// Sums of twelve uniform numbers are as good as normal.
    fn sample(mean: f64, count: u32, rng: &mut StdRng) -> Vec<f64> {
        (0..count).map(|_| mean - 6.0 + (0..12).map(|_| rng.random::<f64>()).sum::<f64>()).collect()
    }

    #[test]
    fn t_is_what_a_textbook_says() {
        let comparison = Comparison::of(1.0, &[1.0, 2.0, 3.0, 4.0], &[2.0, 4.0, 6.0, 8.0]);
        let expected = (2.5 - 5.0) / (5.0_f64 / 3.0 / 4.0 + 20.0 / 3.0 / 4.0).sqrt();
        assert!((comparison.t - expected).abs() < 1e-12, "{comparison:?}");
    }

    #[test]
    fn equal_means_do_not_differ_and_others_do() {
        let mut rng = StdRng::seed_from_u64(1);
        let (one, other) = (sample(100.0, 4_000, &mut rng), sample(100.0, 4_000, &mut rng));
        assert!(!Comparison::of(0.99, &one, &other).differs());
        let (one, other) = (sample(100.0, 4_000, &mut rng), sample(100.2, 4_000, &mut rng));
        let comparison = Comparison::of(0.99, &one, &other);
        assert!(comparison.differs() && comparison.t < 0.0, "{comparison:?}");
        assert!((comparison.d + 0.2).abs() < 0.1, "{comparison:?}");
    }

    #[test]
    fn a_few_outliers_change_nothing() {
        let mut rng = StdRng::seed_from_u64(1);
        let (mut one, other) = (sample(100.0, 4_000, &mut rng), sample(100.0, 4_000, &mut rng));
        one.extend([1e6; 40]);
        assert!(!Comparison::of(0.99, &one, &other).differs());
    }

    #[test]
    fn a_difference_that_a_busy_machine_drowns_is_seen_in_the_faster_half() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut busy = |mean: f64| -> Vec<f64> {
            let wait = |(at, time): (usize, f64)| if at % 3 == 0 { time + wait_at(at) } else { time };
            sample(mean, 4_000, &mut rng).into_iter().enumerate().map(wait).collect()
        };
        let (one, other) = (busy(100.0), busy(100.5));
        assert!(!Comparison::of(0.99, &one, &other).differs());
        assert!(Comparison::of(0.5, &one, &other).differs());
    }

    /// From nothing to a thousand times the deviation.
    fn wait_at(at: usize) -> f64 {
        ((at * 7919) % 1000) as f64
    }
}

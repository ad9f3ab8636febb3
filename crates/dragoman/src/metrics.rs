//! Numbers for Prometheus (text format 0.0.4).

use std::time::Duration;

use actix_web::http::Method;
use anyhow::Result;
use dragoman_core::{AuditStats, Core, GuessStats, HashingStats, Stats, WAITS};
use prometheus::core::Collector as _;
use prometheus::proto::{Bucket, Histogram, Metric, MetricFamily, MetricType};
use prometheus::{
    Gauge, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
};

const LABELS: [&str; 4] = ["dialect", "route", "method", "status"];

/// From a read by id to a password at a high cost.
const SECONDS: [f64; 11] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

/// What one gateway counts.
pub struct Metrics {
    core: Core,
    registry: Registry,
    requests: IntCounterVec,
    durations: HistogramVec,
    hazards: IntCounterVec,
    old_servers: IntCounterVec,
    old_servers_left_alone: IntGaugeVec,
}

impl Metrics {
    /// Counters at zero.
    pub fn new(core: &Core) -> Result<Self> {
        let requests = Opts::new("dragoman_requests_total", "Answered requests.");
        let hazards = Opts::new("dragoman_hazard_uses_total", "Requests that were given a legacy harm.");
        let old_servers =
            Opts::new("dragoman_old_server_questions_total", "Passwords that an old server was asked about.");
        let left_alone = Opts::new("dragoman_old_server_left_alone", "Whether an old server is not asked for now.");
        let durations = HistogramOpts::new("dragoman_request_duration_seconds", "Time until the answer began.");
        let metrics = Self {
            core: core.clone(),
            registry: Registry::new(),
            requests: IntCounterVec::new(requests, &LABELS)?,
            durations: HistogramVec::new(durations.buckets(SECONDS.to_vec()), &LABELS)?,
            hazards: IntCounterVec::new(hazards, &["hazard", "dialect"])?,
            old_servers: IntCounterVec::new(old_servers, &["dialect", "server", "outcome"])?,
            old_servers_left_alone: IntGaugeVec::new(left_alone, &["dialect", "server"])?,
        };
        metrics.registry.register(Box::new(metrics.requests.clone()))?;
        metrics.registry.register(Box::new(metrics.durations.clone()))?;
        metrics.registry.register(Box::new(metrics.hazards.clone()))?;
        metrics.registry.register(Box::new(metrics.old_servers.clone()))?;
        metrics.registry.register(Box::new(metrics.old_servers_left_alone.clone()))?;
        Ok(metrics)
    }

    /// Counts an answered request.
    pub fn count(&self, dialect: &str, route: &str, method: &Method, status: u16, duration: Duration) {
        let labels = [dialect, route, label(method), &status.to_string()];
        self.requests.with_label_values(&labels).inc();
        self.durations.with_label_values(&labels).observe(duration.as_secs_f64());
    }

    /// Counts a request that was given a legacy harm.
    pub fn count_hazard(&self, hazard: &str, dialect: &str) {
        self.hazards.with_label_values(&[hazard, dialect]).inc();
    }

    /// Counts what came of a password that an old server was asked about, or was to be asked about.
    pub fn count_old_server(&self, dialect: &str, server: &str, outcome: &str) {
        self.old_servers.with_label_values(&[dialect, server, outcome]).inc();
    }

    /// Says whether an old server is not asked for now.
    pub fn old_server_is_left_alone(&self, dialect: &str, server: &str, left_alone: bool) {
        self.old_servers_left_alone.with_label_values(&[dialect, server]).set(left_alone.into());
    }

    /// Everything, as Prometheus reads it.
    pub fn text(&self) -> Result<String> {
        let mut families = self.registry.gather();
        families.extend(of_core(&self.core.stats())?);
        Ok(TextEncoder::new().encode_to_string(&families)?)
    }
}

/// A client can invent methods; each would be a new time series.
fn label(method: &Method) -> &str {
    match method.as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known,
        _ => "other",
    }
}

/// The core's numbers, as they are at the moment when somebody reads them.
fn of_core(stats: &Stats) -> Result<Vec<MetricFamily>> {
    let hashing = &stats.hashing;
    let queue = i64::try_from(hashing.queue).unwrap_or(i64::MAX);
    let families = [
        gauge("dragoman_hashing_queue", "Passwords that wait to be hashed.", queue)?,
        counter("dragoman_hashed_total", "Passwords hashed or verified.", hashing.done)?,
        counter(
            "dragoman_hashing_refused_total",
            "Passwords refused because they would have waited too long.",
            hashing.refused,
        )?,
        counter(
            "dragoman_hashing_abandoned_total",
            "Passwords not hashed because the client had hung up.",
            hashing.abandoned,
        )?,
        counter(
            "dragoman_hashes_upgraded_total",
            "Weak password hashes replaced after their users had signed in.",
            hashing.upgraded,
        )?,
        vec![batches(hashing), waits(hashing)],
        guesses(&stats.guesses)?,
        gauge("dragoman_pool_connections", "Open database connections.", stats.connections.into())?,
        gauge(
            "dragoman_pool_connections_idle",
            "Database connections that nobody uses.",
            stats.connections_idle.into(),
        )?,
        of_audit(&stats.audit)?,
    ];
    Ok(families.into_iter().flatten().collect())
}

/// How the audit log is going.
fn of_audit(audit: &AuditStats) -> Result<Vec<MetricFamily>> {
    let lag = Gauge::new("dragoman_audit_lag_seconds", "How long the oldest audit entry has waited to be chained.")?;
    lag.set(audit.lag_seconds);
    let families = [
        counter("dragoman_audit_entries_total", "Audit entries that this gateway has chained.", audit.chained)?,
        counter("dragoman_audit_dropped_total", "Audit notes lost while the database was away.", audit.lost)?,
        lag.collect(),
    ];
    Ok(families.into_iter().flatten().collect())
}

/// Attempts that were refused while a delay ran, by whose failures had begun it.
fn guesses(stats: &GuessStats) -> Result<Vec<MetricFamily>> {
    let help = "Passwords and secrets refused unseen because too many wrong ones came before.";
    let refused = IntCounterVec::new(Opts::new("dragoman_guesses_refused_total", help), &["limit"])?;
    let limits = [("pair", stats.refused_pair), ("network", stats.refused_network), ("account", stats.refused_account)];
    for (limit, count) in limits {
        refused.with_label_values(&[limit]).inc_by(count);
    }
    Ok(refused.collect())
}

/// How many passwords were hashed at once.
fn batches(hashing: &HashingStats) -> MetricFamily {
    let bounds = (1..=hashing.batches.len()).map(|size| size as f64);
    let sum = (1..).zip(hashing.batches).map(|(size, count): (u64, u64)| size * count).sum::<u64>() as f64;
    histogram("dragoman_hashing_batch_size", "Passwords that a thread hashed at once.", bounds, &hashing.batches, sum)
}

/// How long passwords waited.
fn waits(hashing: &HashingStats) -> MetricFamily {
    let help = "Time that passwords waited to be hashed.";
    histogram("dragoman_hashing_wait_seconds", help, WAITS.into_iter(), &hashing.waits, hashing.waited_seconds)
}

/// A histogram that the core has counted, class by class; beyond the last bound lies one class more, or none.
fn histogram(name: &str, help: &str, bounds: impl Iterator<Item = f64>, classes: &[u64], sum: f64) -> MetricFamily {
    let mut cumulative = 0;
    let buckets = bounds.zip(classes).map(|(bound, count)| {
        cumulative += count;
        let mut bucket = Bucket::default();
        bucket.set_upper_bound(bound);
        bucket.set_cumulative_count(cumulative);
        bucket
    });
    let mut histogram = Histogram::default();
    histogram.set_bucket(buckets.collect());
    histogram.set_sample_count(classes.iter().sum());
    histogram.set_sample_sum(sum);
    let mut metric = Metric::default();
    metric.set_histogram(histogram);
    let mut family = MetricFamily::default();
    family.set_name(name.to_owned());
    family.set_help(help.to_owned());
    family.set_field_type(MetricType::HISTOGRAM);
    family.set_metric(vec![metric]);
    family
}

fn gauge(name: &str, help: &str, value: i64) -> Result<Vec<MetricFamily>> {
    let gauge = IntGauge::new(name, help)?;
    gauge.set(value);
    Ok(gauge.collect())
}

fn counter(name: &str, help: &str, value: u64) -> Result<Vec<MetricFamily>> {
    let counter = IntCounter::new(name, help)?;
    counter.inc_by(value);
    Ok(counter.collect())
}

//! The log, and the one line that each request leaves in it.

mod lines;

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Instant;

use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use anyhow::{Context as _, Result, anyhow};
use dragoman_core::Random;
use tracing::Instrument as _;
use tracing_subscriber::EnvFilter;
use uuid::Uuid;

use crate::metrics::Metrics;
use crate::settings::{Log, LogFormat};
use lines::Lines;
pub use lines::Writer;

/// Stands where a request has no dialect or no route.
const NONE: &str = "-";

/// Sends the log to standard error, for the whole process, until what it returns is dropped.
///
/// A thread of its own writes the lines: no request waits for whoever reads them, unless megabytes of them
/// are waiting already, since none is left out.
///
/// # Errors
/// A filter that is none.
pub fn start(log: &Log) -> Result<Writer> {
    let filter = filter(log)?;
    let (lines, writer) = Lines::to(std::io::stderr()).context("the log's thread")?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(lines);
    let started = match log.format {
        LogFormat::Human => lines.with_ansi(std::io::stderr().is_terminal()).with_target(false).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).try_init(),
    };
    started.map_err(|error| anyhow!(error).context("the log is already started"))?;
    Ok(writer)
}

/// Which lines are wanted.
///
/// # Errors
/// A filter that is none.
pub fn filter(log: &Log) -> Result<EnvFilter> {
    log.filter.parse().with_context(|| format!("log.filter is `{}`", log.filter))
}

/// Watches the requests of one listener.
#[derive(Clone)]
pub struct Watch {
    /// Where they are counted.
    pub metrics: Arc<Metrics>,
    /// Where their ids come from.
    pub random: Random,
}

impl Watch {
    /// Begins to watch a request, which belongs to this dialect or to none.
    #[must_use]
    pub fn begin(&self, dialect: Option<&'static str>, request: &ServiceRequest) -> Watched {
        Watched {
            metrics: Arc::clone(&self.metrics),
            dialect: dialect.unwrap_or(NONE),
            method: request.method().clone(),
            id: self.random.uuid(),
            begun: Instant::now(),
        }
    }
}

/// A request that is being answered.
pub struct Watched {
    metrics: Arc<Metrics>,
    dialect: &'static str,
    method: Method,
    id: Uuid,
    begun: Instant,
}

impl Watched {
    /// Waits for the answer, counts it and logs it.
    ///
    /// # Errors
    /// Those of the answer.
    pub async fn end<B>(self, answer: impl Future<Output = Answer<B>>) -> Answer<B> {
        // What the adapters and the core log on the way carries the same id.
        let answer = answer.instrument(tracing::info_span!("request", id = %self.id)).await;
        let (route, status) = match &answer {
            Ok(response) => (self.route(response), response.status()),
            Err(error) => (None, error.as_response_error().status_code()),
        };
        self.record(route.as_deref().unwrap_or(NONE), status.as_u16());
        answer
    }

    fn route<B>(&self, response: &ServiceResponse<B>) -> Option<String> {
        // A path that nobody owns may still look like some mount's.
        response.request().match_pattern().filter(|_| self.dialect != NONE)
    }

    /// The route's pattern, never the path: ids, names and queries stay out of log and metrics.
    fn record(&self, route: &str, status: u16) {
        let duration = self.begun.elapsed();
        self.metrics.count(self.dialect, route, &self.method, status, duration);
        tracing::info!(
            method = %self.method,
            route,
            dialect = self.dialect,
            status,
            duration_ms = duration.as_micros() as f64 / 1000.0,
            request_id = %self.id,
        );
    }
}

type Answer<B> = Result<ServiceResponse<B>, actix_web::Error>;

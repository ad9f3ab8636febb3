//! Health, metrics and the dialects' documents, on a listener of their own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse, HttpServer};
use anyhow::Result;
use dragoman_core::Core;
use rustls::ServerConfig;

use crate::docs;
use crate::gateway::unbound;
use crate::metrics::Metrics;
use crate::settings::Settings;

/// Binds the operations listener.
pub fn bind(
    settings: &Settings,
    core: &Core,
    metrics: Arc<Metrics>,
    tls: Option<ServerConfig>,
) -> Result<(Server, SocketAddr)> {
    let (core, metrics) = (Data::new(core.clone()), Data::from(metrics));
    let address = settings.operations.listen;
    let http = HttpServer::new(move || {
        App::new()
            .app_data(core.clone())
            .app_data(metrics.clone())
            .wrap(docs::headers())
            .route("/healthz", web::get().to(healthz))
            .route("/readyz", web::get().to(readyz))
            .route("/metrics", web::get().to(show_metrics))
            .configure(docs::routes)
    })
    .workers(1)
    .client_request_timeout(Duration::from_secs(settings.server.client_timeout_seconds))
    .shutdown_timeout(settings.server.shutdown_seconds)
    .tls_handshake_timeout(Duration::from_secs(settings.server.client_timeout_seconds))
    .disable_signals();
    let http = match tls {
        Some(tls) => http.bind_rustls_0_23(address, tls),
        None => http.bind(address),
    };
    let http = http.map_err(|error| unbound(address, &error))?;
    let bound = http.addrs().first().copied().unwrap_or(address);
    Ok((http.run(), bound))
}

/// The process answers.
async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}

/// The database answers, so that requests can be served.
async fn readyz(core: Data<Core>) -> HttpResponse {
    let mut answer = match core.ping().await {
        Ok(()) => return HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ready\n"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            HttpResponse::ServiceUnavailable()
        }
    };
    answer.content_type("text/plain; charset=utf-8").body("the database does not answer\n")
}

async fn show_metrics(metrics: Data<Metrics>) -> HttpResponse {
    match metrics.text() {
        Ok(text) => HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text),
        Err(error) => {
            tracing::warn!(%error, "no metrics");
            HttpResponse::InternalServerError().finish()
        }
    }
}

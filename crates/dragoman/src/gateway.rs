//! Listeners, and on each the dialects that are mounted there.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle, Service as _};
use actix_web::guard::{GuardContext, fn_guard};
use actix_web::http::KeepAlive;
use actix_web::web::{self, Data};
use actix_web::{App, HttpMessage as _, HttpResponse, HttpServer, Scope};
use anyhow::{Context as _, Result, anyhow};
use dragoman_core::{Accounts, Core, Random, Tokens};
use dragoman_http::{Mount, Witness};
use futures_util::FutureExt as _;
use rustls::ServerConfig;
use tokio::task::{AbortHandle, JoinSet};

use crate::client::{self, Patience, Proxies};
use crate::metrics::Metrics;
use crate::mounts::{self, Placement};
use crate::old_server;
use crate::operations;
use crate::ownership::{self, Ground};
use crate::settings::{self, Settings, Tls};
use crate::telemetry::Watch;
use crate::tls::Certificates;

/// Every listener, bound and ready to run.
pub struct Gateway {
    servers: Vec<Server>,
    /// The placements, with the addresses that were really bound.
    pub placements: Vec<Placement>,
    /// Where health and metrics are.
    pub operations: SocketAddr,
    core: Core,
    patience: Arc<Patience>,
    operations_tls: Option<Tls>,
}

impl Gateway {
    /// Binds every listener; nothing is answered before [`Gateway::run`].
    ///
    /// # Errors
    /// An address that is taken or not ours; a key file that cannot be used.
    pub fn bind(settings: &Settings, core: &Core, random: &Random, placements: &[Placement]) -> Result<Self> {
        let metrics = Arc::new(Metrics::new(core)?);
        let watch = Watch { metrics: Arc::clone(&metrics), random: random.clone() };
        let mut certificates = Certificates::default();
        let operations_tls = settings.operations_tls().cloned();
        let tls = operations_tls.as_ref().map(|tls| certificates.config(tls)).transpose()?;
        let (server, operations) = operations::bind(settings, core, metrics, tls)?;
        let mut gateway = Self {
            servers: vec![server],
            placements: Vec::new(),
            operations,
            core: core.clone(),
            patience: Arc::new(Patience::new(&settings.server)),
            operations_tls,
        };
        for there in ownership::by_listener(placements) {
            let listener = Listener::new(settings, core, watch.clone(), &gateway.patience, &there)?;
            let tls = there.first().and_then(|at| at.tls.as_ref());
            let tls = tls.map(|tls| certificates.config(tls)).transpose()?;
            let (server, address) = listener.bind(&settings.server, tls)?;
            gateway.servers.push(server);
            gateway.placements.extend(there.into_iter().map(|at| Placement { listen: address, ..at.clone() }));
        }
        certificates.watch()?;
        Ok(gateway)
    }

    /// Where health and metrics are, as a URL begins.
    #[must_use]
    pub fn operations_origin(&self) -> String {
        mounts::origin(self.operations_tls.as_ref(), self.operations)
    }

    /// Begins to answer.
    #[must_use]
    pub fn run(self) -> Running {
        let handles = self.servers.iter().map(Server::handle).collect();
        let (audit, patience) = (self.core.audit().clone(), self.patience);
        let keeping = tokio::spawn(async move { tokio::join!(audit.keep(), patience.watch()) }).abort_handle();
        Running { handles, servers: self.servers.into_iter().collect(), keeping, core: self.core }
    }
}

/// A gateway that answers.
pub struct Running {
    handles: Vec<ServerHandle>,
    servers: JoinSet<std::io::Result<()>>,
    keeping: AbortHandle,
    core: Core,
}

impl Running {
    /// Waits until a listener ends, which none does unasked.
    ///
    /// # Errors
    /// Why it ended.
    pub async fn ended(&mut self) -> Result<()> {
        match self.servers.join_next().await {
            Some(end) => end.context("a listener broke down")?.context("a listener failed"),
            None => Ok(()),
        }
    }

    /// Stops every listener; if `graceful`, running requests may finish within the configured time.
    pub async fn stop(mut self, graceful: bool) {
        // Each stop begins when it is called; they are awaited together.
        let stops: Vec<_> = self.handles.iter().map(|handle| handle.stop(graceful)).collect();
        for stop in stops {
            stop.await;
        }
        while self.servers.join_next().await.is_some() {}
        // Only now has everything happened that the audit log has to tell.
        self.keeping.abort();
        if let Err(error) = self.core.audit().settle().await {
            tracing::error!(%error, "the end of the audit log is not written");
        }
    }
}

/// A gateway that is dropped has nobody left to write for.
impl Drop for Running {
    fn drop(&mut self) {
        self.keeping.abort();
    }
}

/// One listener's dialects, shared by its workers.
#[derive(Clone)]
struct Listener {
    ground: Arc<Ground>,
    services: Arc<[Mounted]>,
    settings: Arc<Settings>,
    proxies: Arc<Proxies>,
    patience: Arc<Patience>,
    watch: Watch,
    address: SocketAddr,
}

/// What the handlers of one mount find in their application data.
struct Mounted {
    placement: Placement,
    accounts: Data<Accounts>,
    tokens: Option<Data<Tokens>>,
    mount: Data<Mount>,
}

/// Which mount owns a request: decided once, before routing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Owner(Option<usize>);

impl Listener {
    fn new(
        settings: &Settings,
        core: &Core,
        watch: Watch,
        patience: &Arc<Patience>,
        placements: &[&Placement],
    ) -> Result<Self> {
        let services = placements
            .iter()
            .map(|placement| Mounted::new(settings, core, &watch, placement))
            .collect::<Result<_>>()?;
        let address = placements.first().context("a listener without a mount")?.listen;
        Ok(Self {
            ground: Arc::new(Ground::new(placements)),
            services,
            settings: Arc::new(settings.clone()),
            proxies: Arc::new(Proxies::new(&settings.server)?),
            patience: Arc::clone(patience),
            watch,
            address,
        })
    }

    fn bind(self, server: &settings::Server, tls: Option<ServerConfig>) -> Result<(Server, SocketAddr)> {
        let (address, patience) = (self.address, Arc::clone(&self.patience));
        let http = HttpServer::new(move || {
            let listener = self.clone();
            let scopes = |app: &mut web::ServiceConfig| {
                for (index, mounted) in self.services.iter().enumerate() {
                    app.service(mounted.scope(index, &self.settings));
                }
            };
            App::new().configure(scopes).default_service(web::to(nobody)).wrap_fn(move |request, service| {
                let host = ownership::host(request.head());
                let owner = listener.ground.owner(host.as_deref(), request.match_info().as_str());
                request.extensions_mut().insert(Owner(owner));
                let watched = listener.watch.begin(listener.dialect(owner), &request);
                let origin = client::origin(&request, &listener.proxies);
                let handed = client::serves(&request);
                origin.serve(watched.end(service.call(request))).map(handed)
            })
        })
        .on_connect(move |connection, data| client::accepted(&patience, connection, data));
        let http = match server.workers {
            0 => http,
            workers => http.workers(workers),
        };
        let keep_alive = match server.keep_alive_seconds {
            0 => KeepAlive::Disabled,
            seconds => KeepAlive::Timeout(Duration::from_secs(seconds)),
        };
        let http = http
            .max_connections(server.max_connections)
            .backlog(server.backlog)
            .keep_alive(keep_alive)
            .client_request_timeout(Duration::from_secs(server.client_timeout_seconds))
            .shutdown_timeout(server.shutdown_seconds)
            .tls_handshake_timeout(Duration::from_secs(server.client_timeout_seconds))
            .disable_signals();
        let http = match tls {
            Some(tls) => http.bind_rustls_0_23(address, tls),
            None => http.bind(address),
        };
        let http = http.map_err(|error| unbound(address, &error))?;
        let bound = http.addrs().first().copied().unwrap_or(address);
        Ok((http.run(), bound))
    }

    fn dialect(&self, owner: Option<usize>) -> Option<&'static str> {
        Some(self.services.get(owner?)?.placement.dialect.name)
    }
}

impl Mounted {
    fn new(settings: &Settings, core: &Core, watch: &Watch, placement: &Placement) -> Result<Self> {
        let dialect = placement.dialect;
        let tokens = (dialect.algorithm)(settings)
            .map(|algorithm| core.tokens(dialect.realm, algorithm))
            .transpose()
            .with_context(|| format!("the signing key of {}", dialect.name))?;
        let accounts = core.accounts(dialect.realm);
        let accounts = match old_server::of_mount(settings, core, watch, placement)? {
            Some(old_server) => accounts.asking(old_server),
            None => accounts,
        };
        Ok(Self {
            placement: placement.clone(),
            accounts: Data::new(accounts),
            tokens: tokens.map(Data::new),
            mount: Data::new(Mount {
                prefix: placement.prefix.clone(),
                profile: placement.profile,
                hazards: placement.hazards.clone(),
                witness: witness(core, watch, placement),
                body_limit: settings.server.body_limit,
                body_timeout: Duration::from_secs(settings.server.body_timeout_seconds),
            }),
        })
    }

    fn scope(&self, index: usize, settings: &Settings) -> Scope {
        let owned = move |request: &GuardContext<'_>| request.req_data().get() == Some(&Owner(Some(index)));
        let scope = web::scope(&self.placement.prefix)
            .guard(fn_guard(owned))
            .app_data(self.accounts.clone())
            .app_data(self.mount.clone());
        let scope = match &self.tokens {
            Some(tokens) => scope.app_data(tokens.clone()),
            None => scope,
        };
        scope.configure(|scope| (self.placement.dialect.configure)(settings, scope))
    }
}

/// Tells metrics and audit log of each use of a hazard.
fn witness(core: &Core, watch: &Watch, placement: &Placement) -> Witness {
    let (audit, metrics, dialect) = (core.audit().clone(), Arc::clone(&watch.metrics), placement.dialect);
    Witness::new(move |hazard| {
        metrics.count_hazard(hazard.name(), dialect.name);
        audit.hazard_used(dialect.realm, hazard.name());
    })
}

/// The answer to a request that no dialect owns.
async fn nobody() -> HttpResponse {
    HttpResponse::NotFound().content_type("text/plain; charset=utf-8").body("No dialect answers here.\n")
}

/// An address that cannot be had, and what to do.
pub(crate) fn unbound(address: SocketAddr, error: &std::io::Error) -> anyhow::Error {
    let reasons = [
        (ErrorKind::AddrInUse, "it is in use; stop the program that listens there, or set another address"),
        (ErrorKind::AddrNotAvailable, "it is no address of this machine"),
        (ErrorKind::PermissionDenied, "this user may not; set a port from 1024 on"),
    ];
    let known = reasons.into_iter().find(|(kind, _)| *kind == error.kind());
    match known {
        Some((_, reason)) => anyhow!("cannot listen on {address}: {reason}"),
        None => anyhow!("cannot listen on {address}: {error}"),
    }
}

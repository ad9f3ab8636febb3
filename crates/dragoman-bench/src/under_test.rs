//! The process that is measured: the gateway as `serve` runs it, and beside it, on listeners of their
//! own, handlers that have less behind them.

mod core;

use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::dev::Server;
use actix_web::rt::System;
use actix_web::web::{self, Bytes, Data, Path};
use actix_web::{App, HttpResponse, HttpServer};
use anyhow::{Context as _, Result};
use dragoman::gateway::Gateway;
use dragoman::settings::{Settings, Sources, load};
use dragoman::{mounts, startup, telemetry};
use dragoman_core::{Clock, Random};
use tokio::sync::oneshot;

use crate::target::Announcement;

/// What the child is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The gateway's settings. The environment goes before them, as it does everywhere.
    #[arg(long)]
    config: PathBuf,
}

/// Serves until standard input closes.
pub fn run(args: &Args) -> Result<()> {
    // Standard error leads nowhere.
    serve(args).or_else(|error| say(&format!("{error:#}")))
}

fn serve(args: &Args) -> Result<()> {
    let settings = load(&Sources::of_process(Some(&args.config))?)?;
    let placements = mounts::resolve(&settings)?;
    let _log = telemetry::start(&settings.log)?;
    let random = Random::system();
    let core = startup::open(&settings, Clock::system(), random.clone())?;
    startup::migrate(&core, &settings)?;
    System::new().block_on(async {
        let closed = input_closed();
        let gateway = Gateway::bind(&settings, &core, &random, &placements)?;
        let (ceiling, at_ceiling) = ceiling(&settings)?;
        let (bare, at_bare) = core::bind(&settings, &core, &random)?;
        let announcement =
            Announcement { operations: format!("http://{}", gateway.operations), ceiling: at_ceiling, core: at_bare };
        let beside = [ceiling, bare].map(|server| {
            let handle = server.handle();
            drop(actix_web::rt::spawn(server));
            handle
        });
        let running = gateway.run();
        say(&serde_json::to_string(&announcement)?)?;
        drop(closed.await); // it ends by being dropped
        for handle in beside {
            handle.stop(false).await;
        }
        running.stop(false).await;
        Ok(())
    })
}

fn say(line: &str) -> Result<()> {
    let mut output = std::io::stdout();
    writeln!(output, "{line}")?;
    Ok(output.flush()?)
}

/// A thread of its own, which does not keep the process alive as tokio's own standard input would.
fn input_closed() -> oneshot::Receiver<()> {
    let (sender, receiver) = oneshot::channel();
    std::thread::spawn(move || {
        drop(std::io::stdin().read_to_end(&mut Vec::new()));
        drop(sender);
    });
    receiver
}

/// An answer of a length that can be set, in the shape of JSON.
#[derive(Debug)]
struct Body {
    text: Bytes,
    length: AtomicUsize,
}

impl Body {
    fn new() -> Self {
        const LONGEST: usize = 64 * 1024;
        Self { text: Bytes::from(format!("\"{}\"", "x".repeat(LONGEST - 2))), length: AtomicUsize::new(256) }
    }

    fn answer(&self) -> HttpResponse {
        let length = self.length.load(Ordering::Relaxed).min(self.text.len());
        HttpResponse::Ok().content_type("application/json").body(self.text.slice(..length))
    }
}

/// The most that actix does on this machine: a route, and an answer that is there already.
fn ceiling(settings: &Settings) -> Result<(Server, String)> {
    let body = Data::from(Arc::new(Body::new()));
    bind(settings, move |app| {
        app.app_data(body.clone())
            .route("/{bytes}", web::put().to(set_length))
            .default_service(web::to(async |body: Data<Body>| body.answer()));
    })
}

async fn set_length(body: Data<Body>, bytes: Path<usize>) -> HttpResponse {
    body.length.store(*bytes, Ordering::Relaxed);
    HttpResponse::NoContent().finish()
}

/// A listener with as many threads as one of the gateway's.
fn bind(
    settings: &Settings,
    configure: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
) -> Result<(Server, String)> {
    let http = HttpServer::new(move || App::new().configure(configure.clone()));
    let http = match settings.server.workers {
        0 => http,
        workers => http.workers(workers),
    };
    let http = http.disable_signals().bind("127.0.0.1:0")?;
    let address = http.addrs().first().copied().context("no address")?;
    Ok((http.run(), format!("http://{address}")))
}

//! What the gateways of this process say beside their answers goes into the ledger of secrets, too.

use std::io::{self, Write};

use anyhow::{Context as _, Result, ensure};
use dragoman::harness::Options;
use dragoman_tests::gateway::Gateway;
use dragoman_tests::secrets::{Place, RUN};
use dragoman_tests::{Database, World, sql};

use crate::callers::Caller;
use crate::trials::Trials;

pub(crate) fn register(trials: &mut Trials) {
    trials.on_both("the ledger of secrets knows what is stored and given out, and hears the log", the_ledger_is_kept);
}

/// Listens to the log, at a level that tells more than operators ask for, and to panics.
pub(crate) fn begin() {
    let lines = tracing_subscriber::fmt().with_env_filter("debug").with_ansi(false).with_writer(|| Line);
    lines.init();
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        RUN.hear(Place::Panic, "", &panic.to_string());
        usual(panic);
    }));
}

/// A line of the log comes in one piece.
struct Line;

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        RUN.hear(Place::Log, "", &String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn the_ledger_is_kept(world: &World, database: Database) -> Result<()> {
    let gateway = Gateway::start(Options { database: world.database(database), ..Options::default() })?;
    let (access, refresh) = Caller::administrator(&gateway).onyx_tokens()?;
    let stored = sql::texts(gateway.database_url(), "SELECT password_hash AS text FROM credentials")?;
    let stored = stored.first().context("no hash is stored")?.clone();
    let lines = RUN.heard(Place::Log);
    tracing::info!("a line");
    ensure!(RUN.heard(Place::Log) > lines, "nobody hears the log");
    let pages = RUN.heard(Place::Metrics);
    gateway.execute("UPDATE credentials SET password_hash = 'overwritten'")?;
    let admin = gateway.admin.clone();
    gateway.stop()?;
    ensure!(RUN.heard(Place::Metrics) > pages, "nobody looks at the metrics");
    for secret in [access, refresh, stored, admin.password] {
        ensure!(RUN.knows(&secret), "nobody knows {secret}");
    }
    Ok(())
}

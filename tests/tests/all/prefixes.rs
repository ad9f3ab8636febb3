//! Every dialect works below a prefix: its exchanges hold there as they do at the documented paths.

use std::net::TcpListener;
use std::path::Path;

use anyhow::{Result, bail, ensure};
use dragoman::dialects;
use dragoman_exchange::{Exchange, Outcome, Profile, Target, Values, replay};
use dragoman_tests::gateway::run_id;
use dragoman_tests::program::{self, Serving};
use dragoman_tests::{Database, World, secrets};

use crate::exchanges;
use crate::trials::Trials;

pub(crate) fn register(trials: &mut Trials) {
    trials.on_both("all five dialects on one port, each below its prefix", |world, database| {
        let folder = tempfile::tempdir()?;
        let settings = settings(world, database, folder.path())?;
        let serving = Serving::start(&settings)?;
        let deviations: Vec<String> =
            dialects::ALL.iter().map(|dialect| hold_all(&serving, dialect.name)).collect::<Result<Vec<_>>>()?.concat();
        if !deviations.is_empty() {
            bail!("{} exchanges deviate:\n{}", deviations.len(), deviations.join("\n\n"));
        }
        Ok(())
    });
}

/// Five mounts on one free port, and an administrator that has an e-mail.
fn settings(world: &World, database: Database, folder: &Path) -> Result<std::path::PathBuf> {
    let listen = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let mount =
        |name: &str| format!("[[mount]]\ndialect = \"{name}\"\nlisten = \"{listen}\"\nprefix = \"/legacy/{name}\"\n");
    let mounts: String = dialects::ALL.iter().map(|dialect| mount(dialect.name)).collect();
    let file = folder.join("dragoman.toml");
    std::fs::write(&file, program::settings(folder, &world.fresh_database(database, folder)?, &mounts))?;
    std::fs::write(folder.join("password"), Serving::ADMIN_PASSWORD)?;
    let add = ["user", "add", "admin", "--admin", "--email", "admin@example.com", "--password-file", "password"];
    for command in [["migrate"].as_slice(), &add] {
        let output = program::run(folder, command)?;
        ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(file)
}

/// Replays what needs no more than credentials, and tells what deviates.
fn hold_all(serving: &Serving, dialect: &str) -> Result<Vec<String>> {
    let values = Values::from_iter([
        ("admin.username", "admin"),
        ("admin.email", "admin@example.com"),
        ("admin.password", Serving::ADMIN_PASSWORD),
        ("oauth.client_id", "1"),
        ("oauth.client_secret", "client secret"),
    ]);
    let base = serving.url(dialect)?.to_owned();
    ensure!(base.ends_with(&format!("/legacy/{dialect}")), "{base} is no prefixed URL");
    let target = Target { client: secrets::client(&base), base, values, lab: None };
    let plain = |exchange: &Exchange| exchange.hazards.is_empty() && exchange.runs_in(Profile::Documented);
    let mut deviations = Vec::new();
    let mut held = 0;
    for exchange in exchanges::of_dialect(dialect)?.iter().filter(|exchange| plain(exchange)) {
        match replay(exchange, &target, &run_id())? {
            Outcome::Held => held += 1,
            Outcome::NotReachable(_) => {}
            Outcome::Deviated(report) => deviations.push(report),
        }
    }
    ensure!(held > 5 || !deviations.is_empty(), "only {held} exchanges of {dialect} could be held");
    Ok(deviations)
}

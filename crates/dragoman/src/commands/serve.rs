//! `dragoman serve`

use std::time::Duration;

use actix_web::rt::System;
use anyhow::{Context as _, Result};
use dragoman_core::{Accounts, Clock, Core, Error, Filter, KEYS_LOOKED_AT, NewUser, Random, Role};
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use crate::commands::{columns, print};
use crate::dialects;
use crate::gateway::Gateway;
use crate::mounts::{self, Placement};
use crate::old_server::Address;
use crate::settings::Settings;
use crate::startup::{self, Signals};
use crate::{secrets, telemetry};

/// The first administrator's password, if the operator wants to choose it.
const ADMIN_PASSWORD: &str = "DRAGOMAN_ADMIN_PASSWORD";
const HOUR: Duration = Duration::from_secs(60 * 60);

/// Migrates and serves until a signal comes.
pub(crate) fn run(settings: &Settings) -> Result<()> {
    let placements = mounts::resolve(settings)?;
    let _log = telemetry::start(&settings.log)?;
    let random = Random::system();
    let core = ready(settings, &random)?;
    System::new().block_on(serve(settings, &core, &random, &placements, async |_| {
        match add_first_admin(&core, &random).await? {
            Some(password) => {
                print(&format!("\nadministrator  admin\npassword       {password}    (shown only now)\n"))
            }
            None => warn_of_no_administrator(&core).await,
        }
    }))
}

/// A core on a database of this binary's version.
pub(crate) fn ready(settings: &Settings, random: &Random) -> Result<Core> {
    let core = startup::open(settings, Clock::system(), random.clone())?;
    for name in startup::migrate(&core, settings)? {
        tracing::info!(name, "migrated");
    }
    Ok(core)
}

/// Serves until a signal comes; `prepare` is called when the listeners are bound, before they answer.
pub(crate) async fn serve(
    settings: &Settings,
    core: &Core,
    random: &Random,
    placements: &[Placement],
    prepare: impl AsyncFnOnce(&[Placement]) -> Result<()>,
) -> Result<()> {
    let mut signals = Signals::listen()?;
    startup::raise_file_limit();
    core.audit().ensure_ours().await.map_err(startup::plain)?;
    startup::make_room(core, placements).await?;
    let gateway = Gateway::bind(settings, core, random, placements)?;
    warn_of_hazards(&gateway.placements);
    warn_of_old_servers(&gateway.placements);
    print(&urls(&gateway))?;
    prepare(&gateway.placements).await?;
    let mut running = gateway.run();
    let chores = [actix_web::rt::spawn(prune(core.clone())), actix_web::rt::spawn(follow_keys(core.clone()))];
    let ended = tokio::select! {
        ended = running.ended() => ended,
        () = signals.received() => Ok(()),
    };
    tracing::info!("stopping");
    chores.iter().for_each(JoinHandle::abort);
    running.stop(true).await;
    ended
}

/// Makes the user `admin` where there is nobody; returns its password if it was made up here.
async fn add_first_admin(core: &Core, random: &Random) -> Result<Option<String>> {
    let realm = dialects::ALL.first().context("there is no dialect")?.realm;
    let accounts: Accounts = core.accounts(realm);
    if accounts.count(Filter::default()).await.map_err(startup::plain)? > 0 {
        return Ok(None);
    }
    let chosen = match std::env::var(ADMIN_PASSWORD) {
        Ok(password) => Some(password).filter(|password| !password.is_empty()),
        Err(std::env::VarError::NotPresent) => None,
        Err(std::env::VarError::NotUnicode(_)) => anyhow::bail!("{ADMIN_PASSWORD} is not UTF-8"),
    };
    let password = chosen.clone().unwrap_or_else(|| secrets::generated(random));
    let admin = NewUser {
        username: Some("admin".to_owned()),
        email: None,
        name: String::new(),
        password: password.clone().into(),
        roles: Role::ALL.into_iter().collect(),
        facts: Default::default(),
        client_secret: None,
    };
    match accounts.register(admin).await {
        Ok(_) => Ok(chosen.is_none().then_some(password)),
        // Another gateway on the same database was faster.
        Err(Error::Taken(_)) => Ok(None),
        Err(error) if chosen.is_some() => Err(startup::plain(error).context(ADMIN_PASSWORD)),
        Err(error) => Err(startup::plain(error).context("the first administrator")),
    }
}

fn urls(gateway: &Gateway) -> String {
    let mounts = gateway.placements.iter().map(|at| {
        let host = at.host.as_ref().map(|host| format!("(host {host})"));
        let old_server = at.legacy.as_ref().map(|legacy| format!("(asks {})", legacy.url));
        let remarks: Vec<String> = host.into_iter().chain(old_server).collect();
        [at.dialect.name.to_owned(), url(at), remarks.join(" ")]
    });
    let operations = ["operations".to_owned(), gateway.operations_origin(), String::new()];
    columns(&mounts.chain([operations]).collect::<Vec<_>>())
}

/// Where this machine reaches a mount.
pub(crate) fn url(placement: &Placement) -> String {
    let mut address = placement.listen;
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() {
            std::net::Ipv4Addr::LOCALHOST.into()
        } else {
            std::net::Ipv6Addr::LOCALHOST.into()
        });
    }
    format!("{}{}", mounts::origin(placement.tls.as_ref(), address), placement.prefix)
}

/// A table of an old server may not tell who administers.
async fn warn_of_no_administrator(core: &Core) -> Result<()> {
    if !core.is_administered().await.map_err(startup::plain)? {
        tracing::warn!("nobody administers: `dragoman user set NAME --admin true` makes somebody an administrator");
    }
    Ok(())
}

fn warn_of_hazards(placements: &[Placement]) {
    for placement in placements {
        for hazard in &placement.hazards {
            tracing::warn!(mount = %placement, hazard = hazard.name(), "a hazard is on");
        }
    }
}

/// Passwords travel to an old server as they were typed.
fn warn_of_old_servers(placements: &[Placement]) {
    for placement in placements {
        let Some(legacy) = &placement.legacy else { continue };
        if legacy.url.parse::<Address>().is_ok_and(|address| !address.is_encrypted() && !address.is_local()) {
            tracing::warn!(mount = %placement, server = legacy.url, "passwords go to the old server in the clear");
        }
        if legacy.administrators {
            tracing::warn!(mount = %placement, server = legacy.url, "the old server's word makes passwords of administrators");
        }
    }
}

/// A key that was rotated in signs, and one that was taken out verifies nothing any more, without a restart.
async fn follow_keys(core: Core) {
    let mut looks = tokio::time::interval(KEYS_LOOKED_AT);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        core.refresh_keys().await;
    }
}

/// Expired tokens open nothing; they only take room.
async fn prune(core: Core) {
    let mut hours = tokio::time::interval(HOUR);
    hours.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        hours.tick().await;
        match core.prune().await {
            Ok(tokens) => tracing::debug!(tokens, "expired tokens are gone"),
            Err(error) => tracing::warn!(%error, "expired tokens could not be deleted"),
        }
    }
}

//! A throwaway gateway for tests: one listener per dialect on free loopback ports, over an empty database.

mod database;
#[cfg(test)]
mod tests;
mod user_line;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use dragoman_core::{Clock, Core, Random, Role, SeedUser};
use dragoman_http::{Hazard, Profile};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use tokio::task::spawn_blocking;

use crate::dialects::{self, Dialect};
use crate::gateway::{Gateway, Running};
use crate::mounts::Placement;
use crate::settings::{self, Settings, Sources};
use crate::{secrets, startup};
use database::Throwaway;

pub use user_line::UserLine;

/// bcrypt's lowest: a test does not want to wait.
const BCRYPT_COST: u32 = 4;
const LONGEST_WAIT_SECONDS: u64 = 60;

/// What a test wants.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Names of the dialects; empty: all.
    pub dialects: Vec<String>,
    /// Users beside the administrator.
    pub users: Vec<UserLine>,
    /// Which of two answers where document and server differ.
    pub profile: Profile,
    /// URL of a database server or file to use; it is left as it was.
    pub database: Option<String>,
    /// Turned on for every dialect that knows them.
    pub hazards: Vec<Hazard>,
    /// Settings by section, over the defaults.
    pub settings: Option<toml::Table>,
}

/// A running gateway. [`Harness::stop`] ends it and leaves nothing behind; so does dropping it, without waiting.
pub struct Harness {
    /// Origin of each dialect, without a slash at the end.
    pub urls: BTreeMap<String, String>,
    /// Origin of health and metrics.
    pub operations: String,
    /// The one administrator.
    pub admin: Admin,
    /// The OAuth2 client of amadis.
    pub oauth: Oauth,
    /// The gateway's clock, to be moved by the test.
    pub clock: Clock,
    /// The schema or file in use.
    pub database_url: String,
    /// The gateway's core.
    pub core: Core,
    running: Running,
    // Last, so that it is removed when nobody uses it any more.
    database: Throwaway,
}

/// The administrator of a harness.
#[derive(Debug, Clone, Serialize)]
pub struct Admin {
    /// Its username.
    pub username: String,
    /// Its e-mail.
    pub email: String,
    /// Its password, made up at the start.
    pub password: String,
}

/// The OAuth2 client of a harness.
#[derive(Debug, Clone, Serialize)]
pub struct Oauth {
    /// Its id.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
}

/// The sources over what a harness has for defaults: whoever tests a client sends wrong passwords as often as right
/// ones, and all from one address. Whoever tests the limits turns them on.
#[must_use]
pub fn over_defaults(sources: Sources) -> Sources {
    let unlimited = toml::Table::from_iter([("enabled".to_owned(), false.into())]);
    sources.over_defaults(toml::Table::from_iter([("guesses".to_owned(), unlimited.into())]))
}

impl Harness {
    /// Starts a gateway; it answers when this returns.
    ///
    /// # Errors
    /// Options that make no sense, or a database that cannot be used.
    pub async fn start(mut options: Options) -> Result<Self> {
        let table = options.settings.take().unwrap_or_default();
        Self::with_settings(settings::load(&over_defaults(Sources::default()).with(table))?, options).await
    }

    /// Starts a gateway on these settings; where it listens and keeps its data is its own affair.
    ///
    /// # Errors
    /// As [`Harness::start`].
    pub async fn with_settings(mut settings: Settings, options: Options) -> Result<Self> {
        let (clock, random) = (Clock::system(), Random::system());
        let placements = placements(&options, &settings)?;
        let oauth = oauth(&mut settings, &random);
        settings.operations.listen = loopback();
        settings.server.workers = 1;
        settings.passwords.bcrypt_cost = BCRYPT_COST;
        // A test on a busy machine would rather wait than hear that others come first.
        settings.passwords.longest_wait_seconds = LONGEST_WAIT_SECONDS;
        let (settings, core, database) = {
            let (clock, random) = (clock.clone(), random.clone());
            spawn_blocking(move || prepare(settings, options.database.as_deref(), clock, random)).await??
        };
        startup::make_room(&core, &placements).await?;
        // Users that bring an id come first: the administrator does with what is left.
        let (numbered, others): (Vec<_>, Vec<_>) = options.users.iter().partition(|line| line.id.is_some());
        seed_all(&core, &numbered).await?;
        let admin = add_admin(&core, &random).await?;
        seed_all(&core, &others).await?;
        let gateway = Gateway::bind(&settings, &core, &random, &placements)?;
        let origins = gateway.placements.iter().map(|at| (at.dialect.name.to_owned(), at.origin()));
        Ok(Self {
            urls: origins.collect(),
            operations: gateway.operations_origin(),
            admin,
            oauth,
            clock,
            database_url: database.url.clone(),
            core,
            running: gateway.run(),
            database,
        })
    }

    /// The file with its keys.
    #[must_use]
    pub fn keys_file(&self) -> PathBuf {
        self.database.keys()
    }

    /// Puts one more user into the database.
    ///
    /// # Errors
    /// A line that makes no sense, or a name that is taken.
    pub async fn add_user(&self, line: &UserLine) -> Result<()> {
        seed(&self.core, line.to_seed()?).await
    }

    /// Ends the gateway and removes what it left.
    ///
    /// # Errors
    /// When something could not be removed.
    pub async fn stop(self) -> Result<()> {
        let Self { running, core, database, .. } = self;
        running.stop(false).await;
        drop(core);
        spawn_blocking(move || database.remove()).await?
    }

    /// What `dragoman harness` prints.
    #[must_use]
    pub fn announcement(&self) -> serde_json::Value {
        serde_json::json!({
            "dialects": self.urls,
            "operations": self.operations,
            "admin": self.admin,
            "oauth": self.oauth,
        })
    }
}

fn loopback() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

fn placements(options: &Options, settings: &Settings) -> Result<Vec<Placement>> {
    let by_name = |name: &String| {
        Dialect::by_name(name).ok_or_else(|| anyhow!("no dialect is called `{name}`: known are {}", Dialect::names()))
    };
    let mut chosen = options.dialects.iter().map(by_name).collect::<Result<Vec<_>>>()?;
    if chosen.is_empty() {
        chosen = dialects::ALL.iter().collect();
    }
    for hazard in &options.hazards {
        let known = chosen.iter().any(|dialect| dialect.hazards.contains(hazard));
        ensure!(known, "no dialect of this harness has the hazard `{}`", hazard.name());
    }
    let place = |dialect: &'static Dialect| Placement {
        dialect,
        listen: loopback(),
        host: None,
        prefix: String::new(),
        profile: options.profile,
        hazards: options.hazards.iter().copied().filter(|hazard| dialect.hazards.contains(hazard)).collect(),
        tls: settings.server.tls.clone(),
        // All that counts of a mount of the settings: the rest is the harness's own affair.
        legacy: settings
            .mounts
            .iter()
            .find(|mount| mount.dialect == dialect.name)
            .and_then(|mount| mount.legacy.clone()),
    };
    Ok(chosen.into_iter().map(place).collect())
}

/// The client that the settings name, or one with a new secret.
fn oauth(settings: &mut Settings, random: &Random) -> Oauth {
    let secret = settings.amadis.client_secret.get_or_insert_with(|| secrets::generated(random).into());
    Oauth { client_id: settings.amadis.client_id.clone(), client_secret: secret.expose_secret().to_owned() }
}

fn prepare(
    mut settings: Settings,
    url: Option<&str>,
    clock: Clock,
    random: Random,
) -> Result<(Settings, Core, Throwaway)> {
    let database = Throwaway::make(url, &random)?;
    settings.database.url.clone_from(&database.url);
    settings.keys.file = database.keys();
    let core = startup::open(&settings, clock, random)?;
    startup::migrate(&core, &settings)?;
    Ok((settings, core, database))
}

async fn add_admin(core: &Core, random: &Random) -> Result<Admin> {
    let admin = Admin {
        username: "admin".to_owned(),
        email: "admin@example.com".to_owned(),
        password: secrets::generated(random),
    };
    let user = SeedUser {
        username: Some(admin.username.clone()),
        email: Some(admin.email.clone()),
        password: Some(admin.password.clone().into()),
        roles: Role::ALL.into_iter().collect(),
        ..SeedUser::default()
    };
    seed(core, user).await?;
    Ok(admin)
}

async fn seed_all(core: &Core, lines: &[&UserLine]) -> Result<()> {
    for line in lines {
        seed(core, line.to_seed()?).await?;
    }
    Ok(())
}

async fn seed(core: &Core, user: SeedUser) -> Result<()> {
    let Some(dialect) = dialects::ALL.first() else { bail!("there is no dialect") };
    let name = user.username.clone().or_else(|| user.email.clone()).unwrap_or_default();
    let seeded = core.accounts(dialect.realm).seed(user).await;
    seeded.map(drop).map_err(startup::plain).with_context(|| format!("user {name}"))
}

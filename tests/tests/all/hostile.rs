//! Input that no honest client sends, over raw sockets, to every route of every dialect.
//!
//! Every answer must be below 500 and look like the dialect's own, and nobody may be made or lost by it.

mod attacks;
mod shapes;

use anyhow::{Context as _, Result, bail, ensure};
use dragoman::dialects::{self, Dialect};
use dragoman::harness::Options;
use dragoman_http::Endpoint;
use dragoman_tests::gateway::Gateway;
use dragoman_tests::{Database, World, wire};

use crate::callers::Caller;
use crate::trials::Trials;
use attacks::Attack;

/// Small, so that too much is soon reached.
pub(crate) const BODY_LIMIT: usize = 16 * 1024;

pub(crate) fn register(trials: &mut Trials) {
    trials.once("a stranger's answer is told from a dialect's own", shapes::strangers_are_told_from_our_own);
    for database in Database::ALL {
        for dialect in dialects::ALL {
            let name = format!("hostile input to every route of {}", dialect.name);
            trials.on(database, name, |world, database| Siege::begin(world, database, dialect)?.hold());
        }
    }
}

struct Siege {
    dialect: &'static Dialect,
    gateway: Gateway,
    caller: Caller,
}

impl Siege {
    fn begin(world: &World, database: Database, dialect: &'static Dialect) -> Result<Self> {
        let settings = format!("[server]\nbody_limit = {BODY_LIMIT}").parse()?;
        let gateway = Gateway::start(Options {
            dialects: vec![dialect.name.to_owned()],
            database: world.database(database),
            settings: Some(settings),
            ..Options::default()
        })?;
        let caller = Caller::administrator(&gateway);
        Ok(Self { dialect, gateway, caller })
    }

    fn hold(self) -> Result<()> {
        let mut breaches = Vec::new();
        for endpoint in self.dialect.endpoints {
            self.attack(endpoint, &mut breaches)?;
        }
        if !breaches.is_empty() {
            bail!("{} breaches:\n{}", breaches.len(), breaches.join("\n"));
        }
        self.caller.authorization(self.dialect.name).context("the administrator is locked out")?;
        self.gateway.stop()
    }

    fn attack(&self, endpoint: &Endpoint, breaches: &mut Vec<String>) -> Result<()> {
        let before = self.gateway.count()?;
        let mut authorization = self.authorization(endpoint)?;
        for attack in attacks::on(self.dialect.name, endpoint) {
            if endpoint.path.contains("logout") {
                authorization = self.authorization(endpoint)?;
            }
            if let Err(error) = self.try_one(endpoint, &attack, &authorization) {
                breaches.push(format!("{} {}: {}: {error:#}", endpoint.method, endpoint.path, attack.name));
            }
        }
        let after = self.gateway.count()?;
        ensure!(before == after, "{} {}: there were {before} users and are {after}", endpoint.method, endpoint.path);
        Ok(())
    }

    fn try_one(&self, endpoint: &Endpoint, attack: &Attack, authorization: &str) -> Result<()> {
        let answer = wire::send(self.gateway.url(self.dialect.name)?, &attack.bytes(endpoint.method, authorization))?;
        match answer {
            None if attack.breaks_http => Ok(()),
            None => bail!("no answer"),
            // What is no HTTP is refused before any dialect sees it.
            Some(answer) if attack.breaks_http && answer.status == 400 && answer.body.is_empty() => Ok(()),
            Some(answer) => shapes::check(self.dialect.name, endpoint.method, &answer),
        }
    }

    fn authorization(&self, endpoint: &Endpoint) -> Result<String> {
        let wants_refresh_token = ["/api/get_access_token", "/api/user/logout_refresh"].contains(&endpoint.path);
        if wants_refresh_token {
            Ok(self.caller.onyx_tokens()?.1)
        } else {
            self.caller.authorization(self.dialect.name)
        }
    }
}

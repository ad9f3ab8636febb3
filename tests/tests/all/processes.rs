//! The program in processes of its own: gateways that end and start again, and gateways beside each other.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use dragoman::dialects::{self, Dialect};
use dragoman_exchange::{Request, Response};
use dragoman_tests::program::{self, Serving};
use dragoman_tests::{Database, World, secrets};

use crate::callers::Caller;
use crate::trials::Trials;

pub(crate) fn register(trials: &mut Trials) {
    trials.on_both("a logout survives a restart, and so does every other token", logout_survives);
    trials.on(Database::Postgres, "the core's use cases", core_on_postgres);
    trials.on_both("two gateways started at once on one empty database both serve", two_at_once);
}

/// Settings in a folder of their own, for all dialects on the database at this URL.
pub(crate) fn settings(folder: &Path, database_url: &str) -> Result<PathBuf> {
    let mount = |dialect: &Dialect| format!("[[mount]]\ndialect = \"{}\"\nlisten = \"127.0.0.1:0\"\n", dialect.name);
    let mounts: String = dialects::ALL.iter().map(mount).collect();
    let file = folder.join("dragoman.toml");
    std::fs::write(&file, program::settings(folder, database_url, &mounts))?;
    Ok(file)
}

/// The administrator that the first start makes; without an e-mail it signs in by its username everywhere.
pub(crate) fn administrator(serving: &Serving) -> Caller {
    let name = "admin".to_owned();
    let password = Serving::ADMIN_PASSWORD.to_owned();
    Caller { urls: serving.urls.clone(), username: name.clone(), email: name, password }
}

/// What a dialect answers to a GET with this in `Authorization`.
pub(crate) fn get(serving: &Serving, dialect: &str, target: &str, token: &str) -> Result<Response> {
    let headers = vec![("Authorization".to_owned(), token.to_owned())];
    let request = Request { method: "GET".to_owned(), target: target.to_owned(), headers, body: None };
    let url = serving.url(dialect)?;
    secrets::client(url).send(url, &request)
}

pub(crate) fn answers(serving: &Serving, target: &str, token: &str, status: u16, body: &str) -> Result<()> {
    let answer = get(serving, "onyx", target, token)?;
    let shown = String::from_utf8_lossy(&answer.body);
    ensure!(answer.status == status && shown.contains(body), "{target}: {} {shown}", answer.status);
    Ok(())
}

fn logout_survives(world: &World, database: Database) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let settings = settings(folder.path(), &world.fresh_database(database, folder.path())?)?;
    let serving = Serving::start(&settings)?;
    let (ended, _) = administrator(&serving).onyx_tokens()?;
    let (kept, refresh) = administrator(&serving).onyx_tokens()?;
    let jwt = administrator(&serving).authorization("jwt")?;
    answers(&serving, "/api/user/logout_access", &ended, 200, "success")?;
    answers(&serving, "/api/token_valid", &ended, 401, "Token has been revoked")?;
    let status = serving.stop()?;
    ensure!(status.success(), "SIGTERM ended the gateway with {status}");

    let serving = Serving::start(&settings)?;
    answers(&serving, "/api/token_valid", &ended, 401, "Token has been revoked")?;
    answers(&serving, "/api/token_valid", &kept, 200, "success")?;
    answers(&serving, "/api/get_access_token", &refresh, 200, "access_token")?;
    ensure!(get(&serving, "jwt", "/v1/users", &jwt)?.status == 200, "the token of jwt is forgotten");
    ensure!(serving.stop()?.success(), "SIGTERM ended the gateway with a failure");
    Ok(())
}

fn two_at_once(world: &World, database: Database) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let settings = settings(folder.path(), &world.fresh_database(database, folder.path())?)?;
    program::path()?;
    let started = [Serving::spawn(&settings)?, Serving::spawn(&settings)?];
    let mut both = Vec::new();
    for serving in started {
        both.push(serving.ready()?);
    }
    let [one, other] = both.as_slice() else { anyhow::bail!("two gateways") };
    let (token, _) = administrator(one).onyx_tokens().context("the first gateway")?;
    administrator(other).onyx_tokens().context("the second gateway")?;
    answers(other, "/api/token_valid", &token, 200, "success").context("a token of the first at the second")?;
    answers(other, "/api/user/logout_access", &token, 200, "success")?;
    answers(one, "/api/token_valid", &token, 401, "revoked").context("a logout at the second, seen by the first")?;
    let users = get(one, "onyx", "/api/users", &administrator(one).onyx_tokens()?.0)?;
    let users: Vec<serde_json::Value> = serde_json::from_slice(&users.body)?;
    ensure!(users.len() == 1, "the first administrator was made {} times", users.len());
    Ok(())
}

/// Cargo ran the core's own tests on SQLite; here the same tests run on PostgreSQL.
fn core_on_postgres(world: &World, _: Database) -> Result<()> {
    let mut tests = std::process::Command::new(program::core_tests()?);
    let output = tests.args(["tests::", "--test-threads=4"]).env("DRAGOMAN_TEST_POSTGRES", &world.postgres).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "{said}");
    ensure!(said.contains("test tests::sessions::"), "no test ran: {said}");
    Ok(())
}

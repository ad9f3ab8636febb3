//! Keys that are rotated, imported and taken away while a gateway runs.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use dragoman_tests::gateway::PATIENCE;
use dragoman_tests::program::{self, Serving};
use dragoman_tests::{Database, World};
use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};

use crate::processes::{administrator, answers, get, settings};
use crate::trials::Trials;

/// The secrets of two old servers, one of them shorter than it should be.
const ONYX_SECRET: &str = "jwt-secret-string";
const JWT_SECRET: &str = "the secret of the other old server, long enough";

pub(crate) fn register(trials: &mut Trials) {
    trials.on_both("keys rotate under a running gateway, and no valid token dies of it", rotation);
    trials.on_both("tokens of the old servers work by their imported keys, and end as others do", imports);
    trials.on_both("migrate --check makes no key file", check_makes_nothing);
}

/// Runs `dragoman keys …`, and returns what it printed.
fn keys(config: &Path, arguments: &[&str], input: &str) -> Result<String> {
    let folder = config.parent().context("a file has a folder")?;
    let config = config.to_str().context("a path that is text")?;
    let arguments = [&["keys", "--config", config], arguments].concat();
    let mut command = program::command(folder, &arguments)?;
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    child.stdin.take().context("no pipe")?.write_all(input.as_bytes())?;
    let output = child.wait_with_output()?;
    let (out, errors) = (String::from_utf8(output.stdout)?, String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success(), "{arguments:?}: {out}{errors}");
    Ok(out + &errors)
}

/// Asks until the answer is the expected one: the gateway reads the file within seconds.
fn comes(serving: &Serving, dialect: &str, target: &str, token: &str, status: u16) -> Result<()> {
    let begun = Instant::now();
    loop {
        let answer = get(serving, dialect, target, token)?;
        if answer.status == status {
            return Ok(());
        }
        let shown = String::from_utf8_lossy(&answer.body);
        ensure!(begun.elapsed() < PATIENCE, "{target}: {} {shown}, not {status}", answer.status);
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// The ids of the dialect's keys whose line says this.
fn kids(listed: &str, dialect: &str, state: &str) -> Vec<String> {
    let lines = listed.lines().filter(|line| line.starts_with(dialect) && line.contains(state));
    lines.filter_map(|line| line.split_whitespace().nth(1).map(str::to_owned)).collect()
}

fn only(mut found: Vec<String>) -> Result<String> {
    match (found.pop(), found.as_slice()) {
        (Some(one), []) => Ok(one),
        (last, others) => bail!("not one: {last:?} {others:?}"),
    }
}

fn signed_by(token: &str) -> Result<Option<String>> {
    Ok(jsonwebtoken::decode_header(token.trim_start_matches("Bearer "))?.kid)
}

fn published(serving: &Serving) -> Result<Vec<String>> {
    let answer = get(serving, "jwt", "/.well-known/jwks.json", "")?;
    let set: Value = serde_json::from_slice(&answer.body)?;
    let keys = set.get("keys").and_then(Value::as_array).with_context(|| format!("no keys: {set}"))?;
    Ok(keys.iter().filter_map(|key| Some(key.get("kid")?.as_str()?.to_owned())).collect())
}

fn rotation(world: &World, database: Database) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let config = settings(folder.path(), &world.fresh_database(database, folder.path())?)?;
    let serving = Serving::start(&config)?;
    let admin = administrator(&serving);
    let (onyx, refresh) = admin.onyx_tokens()?;
    let jwt = admin.authorization("jwt")?;
    let old = only(kids(&keys(&config, &["list"], "")?, "jwt", "signs"))?;
    ensure!(signed_by(&jwt)?.as_ref() == Some(&old), "{jwt} is not by {old}");

    keys(&config, &["rotate", "--dialect", "onyx", "--dialect", "jwt"], "")?;
    let listed = keys(&config, &["list"], "")?;
    let new = only(kids(&listed, "jwt", "signs"))?;
    ensure!(kids(&listed, "jwt", "verifies until ") == [old.clone()], "{listed}");
    shows_no_secret(&listed, folder.path())?;
    let begun = Instant::now();
    let fresh = loop {
        let token = admin.authorization("jwt")?;
        if signed_by(&token)?.as_ref() == Some(&new) {
            break token;
        }
        ensure!(begun.elapsed() < PATIENCE, "the gateway goes on signing with {old}");
    };
    for token in [&jwt, &fresh] {
        ensure!(get(&serving, "jwt", "/v1/users", token)?.status == 200, "{token} has died");
    }
    ensure!(published(&serving)? == [new, old.clone()], "not both keys: {:?}", published(&serving)?);
    answers(&serving, "/api/token_valid", &onyx, 200, "success")?;
    answers(&serving, "/api/get_access_token", &refresh, 200, "access_token")?;
    answers(&serving, "/api/token_valid", &admin.onyx_tokens()?.0, 200, "success")?;

    keys(&config, &["remove", &old], "")?;
    comes(&serving, "jwt", "/v1/users", &jwt, 401)?;
    ensure!(get(&serving, "jwt", "/v1/users", &fresh)?.status == 200, "the new key went with the old");
    ensure!(!published(&serving)?.contains(&old), "{old} is still published");
    ensure!(serving.stop()?.success(), "SIGTERM ended the gateway with a failure");
    Ok(())
}

/// Nothing of the file's values is shown but ids and names.
fn shows_no_secret(listed: &str, folder: &Path) -> Result<()> {
    let file: Value = serde_json::from_slice(&std::fs::read(folder.join("test.keys"))?)?;
    let keys = file.get("keys").and_then(Value::as_array).context("no keys")?;
    let secrets =
        keys.iter().filter_map(|key| key.get("key")?.as_str()).chain(file.get("server_secret").and_then(Value::as_str));
    for secret in secrets {
        ensure!(secret.lines().all(|line| !listed.contains(line)), "a secret is shown: {listed}");
    }
    Ok(())
}

fn mint(secret: &str, claims: &Value) -> Result<String> {
    Ok(jsonwebtoken::encode(&Header::default(), claims, &EncodingKey::from_secret(secret.as_bytes()))?)
}

fn imports(world: &World, database: Database) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let config = settings(folder.path(), &world.fresh_database(database, folder.path())?)?;
    let serving = Serving::start(&config)?;
    let users = get(&serving, "jwt", "/v1/users", &administrator(&serving).authorization("jwt")?)?;
    let users: Value = serde_json::from_slice(&users.body)?;
    let uuid = users.pointer("/items/0/id").and_then(Value::as_str).with_context(|| format!("{users}"))?;
    let exp = jsonwebtoken::get_current_timestamp() + 3600;
    // As flask_jwt_extended made them for the original.
    let old = |kind: &str, jti: &str| {
        let identity = json!({"id": "1", "admin": "1", "username": "admin"});
        let claims = json!({"iat": exp - 7200, "nbf": exp - 7200, "jti": jti, "exp": exp, "identity": identity,
                            "fresh": false, "type": kind});
        mint(ONYX_SECRET, &claims)
    };
    let (access, second, refresh) = (old("access", "1")?, old("access", "2")?, old("refresh", "3")?);
    answers(&serving, "/api/token_valid", &access, 422, "Signature verification failed")?;

    let said = keys(&config, &["import", "--dialect", "onyx", "--algorithm", "HS256", "-"], ONYX_SECRET)?;
    ensure!(said.contains("136 bits") && !said.contains(ONYX_SECRET), "{said}");
    comes(&serving, "onyx", "/api/token_valid", &access, 200)?;
    answers(&serving, "/api/token_valid", &refresh, 422, "Only access tokens are allowed")?;
    answers(&serving, "/api/get_access_token", &access, 422, "Only refresh tokens are allowed")?;
    answers(&serving, "/api/get_access_token", &refresh, 200, "access_token")?;
    answers(&serving, "/api/user/logout_access", &access, 200, "success")?;
    answers(&serving, "/api/token_valid", &access, 401, "Token has been revoked")?;

    let secret = folder.path().join("old-secret");
    std::fs::write(&secret, format!("{JWT_SECRET}\n"))?;
    let secret = secret.to_str().context("a path that is text")?;
    keys(&config, &["import", "--dialect", "jwt", "--algorithm", "HS256", "--kid", "2019", secret], "")?;
    let jwt =
        format!("Bearer {}", mint(JWT_SECRET, &json!({"iss": "old", "sub": uuid, "exp": exp, "iat": exp - 3600}))?);
    comes(&serving, "jwt", &format!("/v1/users/{uuid}"), &jwt, 200)?;
    ensure!(!published(&serving)?.contains(&"2019".to_owned()), "a secret is published");
    ensure!(get(&serving, "jwt", "/v1/users", &format!("Bearer {second}"))?.status == 401, "onyx opens jwt");
    ensure!(serving.stop()?.success(), "SIGTERM ended the gateway with a failure");

    let serving = Serving::start(&config)?;
    answers(&serving, "/api/token_valid", &access, 401, "Token has been revoked")?;
    answers(&serving, "/api/token_valid", &second, 200, "success")?;
    password(&config, folder.path())?;
    answers(&serving, "/api/token_valid", &second, 401, "Token has been revoked")?;
    ensure!(get(&serving, "jwt", "/v1/users", &jwt)?.status == 401, "a new password has not ended the old token");
    ensure!(serving.stop()?.success(), "SIGTERM ended the gateway with a failure");
    Ok(())
}

/// Gives the administrator a new password, from the shell.
fn password(config: &Path, folder: &Path) -> Result<()> {
    let file = folder.join("password");
    std::fs::write(&file, "a new password")?;
    let paths = [config, &file].map(|path| path.to_str().context("a path that is text"));
    let [config, file] = paths;
    let arguments = ["user", "set-password", "admin", "--password-file", file?, "--config", config?];
    let output = program::run(folder, &arguments)?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

fn check_makes_nothing(world: &World, database: Database) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let config = settings(folder.path(), &world.fresh_database(database, folder.path())?)?;
    let config = config.to_str().context("a path that is text")?;
    for (arguments, status) in [(["migrate", "--check"].as_slice(), 1), (&["keys", "list"], 0)] {
        let output = program::run(folder.path(), &[arguments, &["--config", config]].concat())?;
        ensure!(output.status.code() == Some(status), "{arguments:?}: {output:?}");
    }
    let left = std::fs::read_dir(folder.path())?.map(|entry| Ok(entry?.file_name())).collect::<Result<Vec<_>>>()?;
    ensure!(left == ["dragoman.toml"], "made: {left:?}");
    Ok(())
}

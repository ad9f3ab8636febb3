//! `dragoman copy`, as an operator uses it.

use std::path::Path;
use std::process::Output;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use dragoman_tests::program::{self, Serving};
use dragoman_tests::{Database, World, sql};

use crate::processes::{administrator, answers, get, settings};
use crate::trials::Trials;

/// Enough of them that a copy can be killed in the middle.
const MANY: u32 = 20_000;

/// How often it is killed, each time a little later.
const KILLS: u32 = 8;

pub(crate) fn register(trials: &mut Trials) {
    trials.on_both("a copied database serves on: users, sessions and the audit log", serves_on);
    trials.on_both("a copy that is killed leaves nothing, and succeeds when it is started again", killed);
    trials.once("a password in an argument of copy is refused and not repeated", passwords_are_no_arguments);
}

fn other(database: Database) -> Database {
    match database {
        Database::Sqlite => Database::Postgres,
        Database::Postgres => Database::Sqlite,
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// The number of rows that the copy counted in a table, on both sides.
fn counted(output: &Output, table: &str) -> Result<(u64, u64)> {
    let said = said(output);
    let mut words =
        said.lines().map(str::split_whitespace).find_map(|mut words| (words.next()? == table).then_some(words));
    let mut number = || words.as_mut()?.next()?.parse().ok();
    number().zip(number()).with_context(|| format!("{table} is not counted: {said}"))
}

fn serves_on(world: &World, database: Database) -> Result<()> {
    let (folder, there) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let source = settings(folder.path(), &world.fresh_database(database, folder.path())?)?;
    let serving = Serving::start(&source)?;
    let (ended, _) = administrator(&serving).onyx_tokens()?;
    let (kept, _) = administrator(&serving).onyx_tokens()?;
    answers(&serving, "/api/user/logout_access", &ended, 200, "success")?;
    ensure!(serving.stop()?.success(), "SIGTERM ended the gateway with a failure");

    let url = world.fresh_database(other(database), there.path())?;
    let config = source.to_str().context("a path that is text")?;
    let output = program::run(folder.path(), &["copy", "--config", config, "--to", &url])?;
    ensure!(output.status.success() && output.stderr.is_empty(), "{}", said(&output));
    ensure!(counted(&output, "users")? == (1, 1), "{}", said(&output));
    let (entries, copied) = counted(&output, "audit_entries")?;
    ensure!(entries > 3 && entries == copied, "{}", said(&output));
    let again = program::run(folder.path(), &["copy", "--config", config, "--to", &url])?;
    ensure!(again.status.code() == Some(1) && said(&again).contains("not empty"), "{}", said(&again));

    let target = settings(folder.path(), &url)?;
    the_log_tells_of_it(&target, database, entries)?;
    let serving = Serving::start(&target)?;
    answers(&serving, "/api/token_valid", &kept, 200, "success")?;
    answers(&serving, "/api/token_valid", &ended, 401, "Token has been revoked")?;
    ensure!(get(&serving, "jwt", "/v1/users", &administrator(&serving).authorization("jwt")?)?.status == 200);
    ensure!(serving.stop()?.success(), "SIGTERM ended the gateway with a failure");
    let verified = program::run(folder.path(), &["audit", "verify", "--config", config])?;
    ensure!(verified.status.success() && said(&verified).starts_with("whole: entries 1 to"), "{}", said(&verified));
    Ok(())
}

/// In the copy, behind what was copied.
fn the_log_tells_of_it(target: &Path, from: Database, entries: u64) -> Result<()> {
    let (folder, config) = (target.parent().context("no folder")?, target.to_str().context("a path that is text")?);
    let output = program::run(folder, &["audit", "export", "--config", config])?;
    let lines: Vec<serde_json::Value> =
        said(&output).lines().map(serde_json::from_str).collect::<Result<_, _>>().context(said(&output))?;
    let told: Vec<_> = lines.iter().filter(|line| line["event"] == "copy").collect();
    let [copy] = told.as_slice() else { anyhow::bail!("{} copies are told of", told.len()) };
    let from = match from {
        Database::Sqlite => "sqlite",
        Database::Postgres => "postgres",
    };
    let detail = &copy["detail"];
    ensure!(copy["dialect"] == "shell" && copy["sequence"].as_u64() == Some(entries + 1), "{copy}");
    ensure!(detail["from"] == from && detail["users"] == "1", "{copy}");
    ensure!(detail["audit_entries"] == *entries.to_string(), "{copy}");
    Ok(())
}

fn killed(world: &World, database: Database) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let from = format!("sqlite://{}", folder.path().join("source.db").display());
    let to = world.fresh_database(database, folder.path())?;
    migrate(folder.path(), &from)?;
    sql::execute(&from, &many())?;
    migrate(folder.path(), &to)?;
    for kill in 0..KILLS {
        let mut copy = program::command(folder.path(), &["copy", "--from", &from, "--to", &to])?.spawn()?;
        std::thread::sleep(Duration::from_millis(u64::from(kill) * 30));
        copy.kill()?;
        copy.wait()?;
        let users = users(&to)?;
        if users == MANY.to_string() {
            return Ok(()); // a machine this fast leaves nothing to start again
        }
        ensure!(users == "0", "a copy that was killed left {users} users");
    }
    let output = program::run(folder.path(), &["copy", "--from", &from, "--to", &to])?;
    ensure!(counted(&output, "users")? == (u64::from(MANY), u64::from(MANY)), "{}", said(&output));
    ensure!(users(&to)? == MANY.to_string());
    Ok(())
}

fn migrate(folder: &Path, url: &str) -> Result<()> {
    let output = program::command(folder, &["migrate"])?.env("DRAGOMAN__DATABASE__URL", url).output()?;
    ensure!(output.status.success(), "{}", said(&output));
    Ok(())
}

fn many() -> String {
    format!(
        "INSERT INTO users (uuid, username, name, username_folded, name_folded, roles, enabled, facts, created, updated, session_epoch)
         WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < {MANY})
         SELECT 'uuid ' || number, 'user ' || number, '', 'user ' || number, '', 'USER', TRUE, '{{}}',
             '2026-01-02 03:04:05', '2026-01-02 03:04:05', 0 FROM numbers"
    )
}

/// How many there are, as the triggers have counted.
fn users(url: &str) -> Result<String> {
    let sums = sql::texts(url, "SELECT CAST(SUM(users) AS TEXT) AS text FROM user_counts")?;
    sums.into_iter().next().context("no sum")
}

fn passwords_are_no_arguments() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let secret = "postgres://user:sekrit@127.0.0.1:1/name";
    let output = program::run(folder.path(), &["copy", "--to", secret])?;
    ensure!(output.status.code() == Some(1) && said(&output).contains("DRAGOMAN_COPY_TO"), "{}", said(&output));
    ensure!(!said(&output).contains("sekrit"), "{}", said(&output));
    migrate(folder.path(), "sqlite://dragoman.db")?;
    let output = program::command(folder.path(), &["copy"])?.env("DRAGOMAN_COPY_TO", secret).output()?;
    ensure!(
        output.status.code() == Some(1) && said(&output).contains("postgres://user@127.0.0.1:1/name"),
        "{}",
        said(&output)
    );
    ensure!(!said(&output).contains("sekrit"), "{}", said(&output));
    let output = program::run(folder.path(), &["copy"])?;
    ensure!(output.status.code() == Some(1) && said(&output).contains("--to URL"), "{}", said(&output));
    Ok(())
}

//! What operators and other teams' tests rely on of the command line.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Output, Stdio};

use anyhow::{Context as _, Result, ensure};
use diesel::sql_types::BigInt;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, sql_query};
use dragoman_tests::gateway::run_id;
use dragoman_tests::{Database, World, cluster, program};

use crate::callers::Caller;
use crate::trials::Trials;

pub(crate) fn register(trials: &mut Trials) {
    trials.once("routes prints every route and ends with 0", routes_prints_every_route);
    trials.once("two mounts that could answer the same request are refused and named", overlaps_are_refused);
    trials.once("mounts apart by prefix, host or listener are no overlap", mounts_apart_are_accepted);
    trials.once("an unknown setting is named with the nearest known one", unknown_settings_are_named);
    trials.once("routes refuses what serve would refuse", routes_refuses_what_serve_would);
    trials.once("wrong usage ends with 2", wrong_usage);
    trials.once("a list ends quietly where nobody reads on, and a server does not", nobody_reads_on);
    trials.once("a username that Basic cannot send is warned of", colons_are_warned_of);
    trials.on_both("the harness says one line, serves, and leaves nothing behind", harness_leaves_nothing);
}

fn run_with(settings: &str, arguments: &[&str]) -> Result<Output> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("dragoman.toml"), settings)?;
    program::run(folder.path(), arguments)
}

fn ends_with(output: &Output, status: i32, said: &[&str]) -> Result<()> {
    let (out, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.code() == Some(status), "{}: {out}{errors}", output.status);
    for words in said {
        ensure!(out.contains(words) || errors.contains(words), "{words:?} is not said: {out}{errors}");
    }
    if status == 1 {
        ensure!(errors.lines().count() == 1, "not one clear line: {errors}");
    }
    Ok(())
}

fn routes_prints_every_route() -> Result<()> {
    let output = run_with("", &["routes"])?;
    ends_with(&output, 0, &["127.0.0.1:8080", "127.0.0.1:8082"])?;
    let out = String::from_utf8(output.stdout)?;
    let endpoints =
        || dragoman::dialects::ALL.iter().flat_map(|dialect| dialect.endpoints.iter().map(move |e| (dialect, e)));
    for (dialect, endpoint) in endpoints() {
        let words = [endpoint.method, endpoint.path, dialect.name];
        let row = |line: &str| words.iter().all(|word| line.split_whitespace().any(|cell| cell == *word));
        ensure!(out.lines().any(row), "{words:?} is not printed:\n{out}");
    }
    ensure!(out.lines().count() == endpoints().count() + 1, "{out}");
    Ok(())
}

fn mount(dialect: &str, more: &str) -> String {
    format!("[[mount]]\ndialect = \"{dialect}\"\n{more}\n")
}

fn overlaps_are_refused() -> Result<()> {
    let both = |one: &str, other: &str| mount("basic", one) + &mount("vitja", other);
    let overlaps = [
        both("", ""),
        both("host = \"a.example\"", ""),
        both("host = \"a.example\"", "host = \"A.example\""),
        both("prefix = \"/x\"", "prefix = \"/x\""),
    ];
    for settings in overlaps {
        for command in ["routes", "serve"] {
            let output = run_with(&settings, &[command])?;
            ends_with(&output, 1, &["basic", "vitja", "/api/v1/users"]).with_context(|| settings.clone())?;
        }
    }
    Ok(())
}

fn mounts_apart_are_accepted() -> Result<()> {
    let both = |other: &str| mount("basic", "host = \"a.example\"") + &mount("vitja", other);
    for other in ["host = \"b.example\"", "prefix = \"/x\"", "listen = \"127.0.0.1:8081\""] {
        ends_with(&run_with(&both(other), &["routes"])?, 0, &["a.example", "vitja"]).context(other)?;
    }
    Ok(())
}

fn unknown_settings_are_named() -> Result<()> {
    let output = run_with("[passwords]\nbcrypt_cots = 12\n", &["routes"])?;
    ends_with(&output, 1, &["passwords.bcrypt_cots", "passwords.bcrypt_cost"])?;
    let folder = tempfile::tempdir()?;
    let mut command = program::command(folder.path(), &["routes"])?;
    let output = command.env("DRAGOMAN__DATABSE__URL", "sqlite://x.db").output()?;
    ends_with(&output, 1, &["databse", "database"])
}

/// TLS, the log's filter, and a port that two listeners want.
fn routes_refuses_what_serve_would() -> Result<()> {
    let tls = "tls = { certificate = \"none.pem\", key = \"none.key\" }\n";
    for (settings, said) in [
        (format!("[server]\n{tls}"), "none.pem"),
        (format!("[operations]\n{tls}"), "none.pem"),
        (mount("onyx", tls) + "[operations]\nlisten = \"127.0.0.1:0\"\n", "none.pem"),
        ("[log]\nfilter = \"info,,=x\"\n".to_owned(), "log.filter"),
        ("[operations]\nlisten = \"127.0.0.1:8080\"\n".to_owned(), "operations.listen"),
        ("[operations]\nlisten = \"0.0.0.0:8080\"\n".to_owned(), "operations.listen"),
        (
            mount("onyx", "listen = \"0.0.0.0:9090\"") + "[operations]\nlisten = \"127.0.0.1:9090\"\n",
            "operations.listen",
        ),
    ] {
        for command in ["routes", "serve"] {
            let output = run_with(&settings, &[command])?;
            let errors = String::from_utf8_lossy(&output.stderr);
            ensure!(output.status.code() == Some(1) && errors.contains(said), "{command}, {settings}: {errors}");
        }
    }
    Ok(())
}

/// As in `dragoman user list | head -1`.
fn nobody_reads_on() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let settings = "[operations]\nlisten = \"127.0.0.1:0\"\n[passwords]\nbcrypt_cost = 4\n";
    std::fs::write(
        folder.path().join("dragoman.toml"),
        settings.to_owned() + &mount("onyx", "listen = \"127.0.0.1:0\""),
    )?;
    std::fs::write(folder.path().join("password"), "secret12")?;
    let unread = |arguments: &[&str]| -> Result<Output> {
        let (reader, writer) = std::io::pipe()?;
        drop(reader);
        let mut command = program::command(folder.path(), arguments)?;
        command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped());
        command.output().context("the program does not run")
    };
    for arguments in [
        &["migrate"][..],
        &["user", "add", "anna", "--password-file", "password"],
        &["user", "list"],
        &["user", "show", "anna"],
        &["audit", "list"],
        &["audit", "export"],
        &["audit", "verify"],
        &["keys", "list"],
        &["routes"],
    ] {
        let output = unread(arguments)?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success() && errors.is_empty(), "{arguments:?}: {}: {errors}", output.status);
    }
    let output = unread(&["serve"])?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.code() == Some(1) && errors.contains("nobody reads it"),
        "serve: {}: {errors}",
        output.status
    );
    Ok(())
}

fn colons_are_warned_of() -> Result<()> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("dragoman.toml"), "[passwords]\nbcrypt_cost = 4\n")?;
    std::fs::write(folder.path().join("password"), "secret12")?;
    program::run(folder.path(), &["migrate"])?;
    for (arguments, warned) in [
        (&["user", "add", "an:na", "--password-file", "password"][..], true),
        (&["user", "set", "username:an:na", "--username", "anna"], false),
        (&["user", "set", "anna", "--username", "an:na"], true),
    ] {
        let output = program::run(folder.path(), arguments)?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success() && errors.contains("colon") == warned, "{arguments:?}: {errors}");
    }
    Ok(())
}

fn wrong_usage() -> Result<()> {
    for arguments in [["fly"].as_slice(), &["routes", "--fast"], &["harness", "--profile", "wished-for"], &["user"]] {
        ends_with(&run_with("", arguments)?, 2, &[]).with_context(|| format!("{arguments:?}"))?;
    }
    Ok(())
}

fn harness_leaves_nothing(world: &World, database: Database) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let own = folder.path().join("tmp");
    std::fs::create_dir(&own)?;
    let users = folder.path().join("users.jsonl");
    std::fs::write(&users, "{\"username\":\"noom\",\"email\":\"noom@example.com\",\"password\":\"secret12\"}\n")?;
    let server = emptied(world, database)?;
    let mut arguments = vec!["harness", "--users", users.to_str().context("a path that is text")?];
    if let Some(url) = &server {
        arguments.extend(["--database", url]);
    }
    let mut command = program::command(folder.path(), &arguments)?;
    command.env("TMPDIR", &own).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    let mut output = BufReader::new(child.stdout.take().context("no pipe")?);
    let mut line = String::new();
    output.read_line(&mut line)?;
    let outcome = everybody_signs_in(&line);
    drop(child.stdin.take());
    let status = program::wait(&mut child)?;
    outcome?;
    ensure!(status.success(), "the harness ended with {status}");
    let mut more = String::new();
    output.read_to_string(&mut more)?;
    ensure!(more.is_empty(), "more than one line: {more}");
    nothing_in(&own)?;
    ensure!(server.as_deref().map_or(Ok(0), schemas)? == 0, "a schema is left behind");
    Ok(())
}

/// A PostgreSQL database that nobody else uses.
fn emptied(world: &World, database: Database) -> Result<Option<String>> {
    let name = format!("harness_{}", run_id());
    world
        .database(database)
        .map(|url| {
            cluster::execute(&url, &format!("CREATE DATABASE {name}"))?;
            let (server, _) = url.rsplit_once('/').context("a URL without a database")?;
            Ok(format!("{server}/{name}"))
        })
        .transpose()
}

/// How many schemas there are beside PostgreSQL's own.
fn schemas(url: &str) -> Result<i64> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let query =
        "SELECT count(*) FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('public', 'information_schema')";
    Ok(sql_query(query).get_result::<Count>(&mut PgConnection::establish(url)?)?.count)
}

fn everybody_signs_in(line: &str) -> Result<()> {
    let announced: serde_json::Value = serde_json::from_str(line).with_context(|| format!("no JSON: {line:?}"))?;
    let text = |pointer: &str| announced.pointer(pointer).and_then(|value| value.as_str()).map(str::to_owned);
    let urls: BTreeMap<String, String> =
        serde_json::from_value(announced.get("dialects").context("no dialects")?.clone())?;
    ensure!(urls.len() == dragoman::dialects::ALL.len(), "{line}");
    let caller = |username: Option<String>, email: Option<String>, password: Option<String>| {
        let missing = || format!("something is missing in {line}");
        Ok::<_, anyhow::Error>(Caller {
            urls: urls.clone(),
            username: username.with_context(missing)?,
            email: email.with_context(missing)?,
            password: password.with_context(missing)?,
        })
    };
    let admin = caller(text("/admin/username"), text("/admin/email"), text("/admin/password"))?;
    for dialect in urls.keys() {
        admin.authorization(dialect)?;
    }
    ensure!(text("/oauth/client_secret").is_some() && text("/operations").is_some(), "{line}");
    let noom = caller(Some("noom".to_owned()), Some("noom@example.com".to_owned()), Some("secret12".to_owned()))?;
    noom.authorization("vitja").context("a user of --users")?;
    Ok(())
}

fn nothing_in(folder: &Path) -> Result<()> {
    let left = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect::<Result<Vec<_>>>()?;
    ensure!(left.is_empty(), "left behind: {left:?}");
    Ok(())
}

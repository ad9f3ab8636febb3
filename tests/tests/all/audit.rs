//! The audit log of a gateway that is really used, read as an operator reads it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use dragoman_exchange::{Client, Request, Response};
use dragoman_tests::gateway::PATIENCE;
use dragoman_tests::program::{self, Serving};
use dragoman_tests::{Database, World, cluster};
use serde_json::Value;

use crate::callers::{Caller, basic};
use crate::trials::Trials;

const MOUNTS: &str = r#"
[[mount]]
dialect = "onyx"
listen = "127.0.0.1:0"
hazards = ["expose-password-hash"]
[[mount]]
dialect = "basic"
listen = "127.0.0.1:0"
[[mount]]
dialect = "vitja"
listen = "127.0.0.1:0"
[[mount]]
dialect = "amadis"
listen = "127.0.0.1:0"
hazards = ["plaintext-reset"]
[[mount]]
dialect = "jwt"
listen = "127.0.0.1:0"
profile = "observed"
hazards = ["user-enumeration"]
"#;

const FORM: &str = "application/x-www-form-urlencoded";

/// What must not stand anywhere in the log.
const SECRETS: [&str; 5] =
    [Serving::ADMIN_PASSWORD, "secret of ann", "another secret", "typed into the wrong field", "client secret"];

pub(crate) fn register(trials: &mut Trials) {
    trials.on_both("the audit log tells what was done in every dialect, and no secret", the_log_tells);
    trials.on_both("a log that was tampered with does not verify", tampering_is_found);
    trials.once("hazards are shown among the routes", hazards_among_the_routes);
}

fn settings(world: &World, database: Database, folder: &Path) -> Result<(PathBuf, String)> {
    let url = world.fresh_database(database, folder)?;
    let file = folder.join("dragoman.toml");
    std::fs::write(&file, program::settings(folder, &url, MOUNTS))?;
    Ok((file, url))
}

/// A client of one gateway.
struct Visitor<'a> {
    serving: &'a Serving,
}

impl Visitor<'_> {
    fn send(&self, dialect: &str, line: &str, authorization: &str, body: (&str, &str)) -> Result<Response> {
        let (method, target) = line.split_once(' ').context("a method and a target")?;
        let mut headers = Vec::new();
        for (name, value) in [("Authorization", authorization), ("Content-Type", body.0)] {
            if !value.is_empty() {
                headers.push((name.to_owned(), value.to_owned()));
            }
        }
        let body = (!body.1.is_empty()).then(|| body.1.as_bytes().to_owned());
        let request = Request { method: method.to_owned(), target: target.to_owned(), headers, body };
        Client::new(PATIENCE).send(self.serving.url(dialect)?, &request)
    }

    fn expect(
        &self,
        (dialect, line): (&str, &str),
        authorization: &str,
        body: (&str, &str),
        status: u16,
    ) -> Result<String> {
        let answer = self.send(dialect, line, authorization, body)?;
        let shown = String::from_utf8_lossy(&answer.body).into_owned();
        ensure!(answer.status == status, "{dialect} {line}: {} {shown}", answer.status);
        Ok(shown)
    }
}

/// Registrations, logins, refusals, changes, hazards, a logout and a deletion, each in a dialect that has it.
fn live(serving: &Serving) -> Result<()> {
    let visitor = Visitor { serving };
    let name = "admin".to_owned();
    let password = Serving::ADMIN_PASSWORD.to_owned();
    let admin = Caller { urls: serving.urls.clone(), username: name.clone(), email: name, password };
    let form = "username=ann&email=ann%40example.com&password=secret+of+ann&verifpassword=secret+of+ann";
    visitor.expect(("onyx", "POST /api/user/register"), "", (FORM, form), 200)?;
    let (onyx, _) = admin.onyx_tokens()?;
    visitor.expect(("onyx", "GET /api/users"), &onyx, ("", ""), 200)?;
    for _ in 0..3 {
        let guess = "email=ann%40example.com&password=another+secret";
        visitor.expect(("onyx", "POST /api/user/login"), "", (FORM, guess), 200)?;
    }
    let by_admin = admin.authorization("basic")?;
    visitor.expect(("basic", "GET /api/v1/users"), &by_admin, ("", ""), 200)?;
    visitor.expect(("basic", "GET /api/v1/users"), &by_admin, ("", ""), 200)?;
    let mistaken = basic("typed into the wrong field", "ann");
    visitor.expect(("basic", "GET /api/v1/users"), &mistaken, ("", ""), 401)?;
    let vitja = admin.authorization("vitja")?;
    let change = r#"{"username":"anna","name":"Ann"}"#;
    visitor.expect(("vitja", "POST /api/v1/users/2"), &vitja, ("application/json", change), 200)?;
    let nobody = basic("nobody@example.com", "another secret");
    visitor.expect(("jwt", "GET /v1/users/token"), &nobody, ("", ""), 404)?;
    let reset = "PATCH /api/user/v1/resetpassword";
    visitor.expect(("amadis", reset), "", (FORM, "email=ann%40example.com"), 200)?;
    visitor.expect(("onyx", "GET /api/user/logout_access"), &onyx, ("", ""), 200)?;
    let jwt = admin.authorization("jwt")?;
    let listed: Value = serde_json::from_str(&visitor.expect(("jwt", "GET /v1/users"), &jwt, ("", ""), 200)?)?;
    let items = listed.pointer("/items").and_then(Value::as_array).context("no items")?;
    let ann = items.iter().find(|user| user.get("email") == Some(&"ann@example.com".into())).context("no ann")?;
    let id = ann.get("id").and_then(Value::as_str).context("no id")?;
    visitor.expect(("jwt", &format!("DELETE /v1/users/{id}")), &jwt, ("", ""), 204)?;
    metrics_tell(&visitor)
}

fn metrics_tell(visitor: &Visitor<'_>) -> Result<()> {
    let metrics = visitor.expect(("operations", "GET /metrics"), "", ("", ""), 200)?;
    for line in [
        "dragoman_hazard_uses_total{dialect=\"onyx\",hazard=\"expose-password-hash\"} 1",
        "dragoman_hazard_uses_total{dialect=\"amadis\",hazard=\"plaintext-reset\"} 1",
        "dragoman_hazard_uses_total{dialect=\"jwt\",hazard=\"user-enumeration\"} 1",
        "dragoman_audit_dropped_total 0",
    ] {
        ensure!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    ensure!(metrics.contains("dragoman_audit_entries_total") && metrics.contains("dragoman_audit_lag_seconds"));
    Ok(())
}

/// What must be there: event, dialect, actor, subject, outcome, and a detail.
const EXPECTED: [(&str, &str, &str, &str, &str, &str); 15] = [
    ("registration", "shell", "-", "admin", "done", ""),
    ("registration", "onyx", "-", "ann", "done", ""),
    ("login", "onyx", "admin", "admin", "done", ""),
    ("hazard-use", "onyx", "admin", "-", "done", "expose-password-hash"),
    ("login", "onyx", "-", "ann", "refused", "wrong-password"),
    ("login", "onyx", "-", "ann", "refused", "\"count\":\"2\""),
    ("credentials-accepted", "basic", "admin", "admin", "done", ""),
    ("login", "basic", "-", "-", "refused", "unknown-user"),
    ("login", "vitja", "admin", "admin", "done", ""),
    ("change", "vitja", "admin", "ann", "done", "username,name"),
    ("hazard-use", "jwt", "-", "-", "done", "user-enumeration"),
    ("hazard-use", "amadis", "-", "-", "done", "plaintext-reset"),
    ("password-reset", "amadis", "-", "anna", "done", ""),
    ("logout", "onyx", "admin", "admin", "done", ""),
    ("deletion", "jwt", "admin", "anna", "done", ""),
];

fn the_log_tells(world: &World, database: Database) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (file, _) = settings(world, database, folder.path())?;
    let serving = Serving::start(&file)?;
    live(&serving)?;
    // While it serves, too, and without a line of noise.
    audit(folder.path(), &["verify"], 0)?;
    ensure!(serving.stop()?.success(), "SIGTERM ended the gateway with a failure");
    let exported = audit(folder.path(), &["export"], 0)?;
    let entries: Vec<Value> = exported.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    for expected in EXPECTED {
        ensure!(entries.iter().any(|entry| is(entry, expected)), "{expected:?} is not told:\n{exported}");
    }
    for (number, entry) in (1..).zip(&entries) {
        ensure!(entry.get("sequence") == Some(&Value::from(number)), "{entry} is not number {number}");
        let address = entry.get("address").and_then(Value::as_str);
        let shell = entry.get("dialect") == Some(&"shell".into());
        ensure!(address == (!shell).then_some("127.0.0.1"), "{entry}: from {address:?}");
    }
    for secret in SECRETS {
        ensure!(!exported.contains(secret) && !exported.contains("$2"), "{secret} is in the log:\n{exported}");
    }
    filters_work(folder.path(), entries.len())?;
    ensure!(audit(folder.path(), &["verify"], 0)?.starts_with("whole: entries 1 to "), "not whole");
    Ok(())
}

fn is(entry: &Value, (event, dialect, actor, subject, outcome, detail): (&str, &str, &str, &str, &str, &str)) -> bool {
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    let name = |who: &str| entry.get(who).and_then(|who| who.get("name")?.as_str()).unwrap_or("-");
    let said = entry.get("detail").map(Value::to_string).unwrap_or_default();
    [text("event"), text("dialect"), text("outcome")] == [event, dialect, outcome].map(Some)
        && (name("actor"), name("subject")) == (actor, subject)
        && said.contains(detail)
}

fn filters_work(folder: &Path, all: usize) -> Result<()> {
    let lines = |arguments: &[&str]| anyhow::Ok(audit(folder, arguments, 0)?.lines().count());
    ensure!(lines(&["list"])? == all + 1, "a heading and a line for each entry");
    for (arguments, count) in [
        (["--event", "deletion"].as_slice(), 1),
        (&["--event", "login", "--dialect", "vitja"], 1),
        (&["--address", "192.0.2.1"], 0),
        (&["--since", "2999-01-01"], 0),
        (&["--until", "2999-01-01T00:00:00Z"], all),
        // By the name that it had, by that to which it changed, and by its id: the user itself is gone.
        (&["--user", "anna", "--event", "deletion"], 1),
        (&["--user", "2", "--event", "deletion"], 1),
        (&["--user", "typed into the wrong field"], 1),
        (&["--limit", "3"], 3),
    ] {
        let found = lines(&[&["export"], arguments].concat())?;
        ensure!(found == count, "{arguments:?} find {found}, not {count}");
    }
    for unknown in [["--event", "nonsense"], ["--dialect", "nope"]] {
        audit(folder, &["list", unknown[0], unknown[1]], 2)?;
    }
    let output = program::run(folder, &["audit", "list", "--user", "nobody"])?;
    let warning = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success() && warning.contains("no entry tells of `nobody`"), "{warning}");
    Ok(())
}

/// What the command prints; it ends with this status.
fn audit(folder: &Path, arguments: &[&str], status: i32) -> Result<String> {
    let output = program::run(folder, &[&["audit"], arguments].concat())?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.code() == Some(status), "{arguments:?}: {}: {errors}", output.status);
    ensure!(status != 0 || errors.is_empty(), "{arguments:?} in a pipe are not quiet: {errors}");
    Ok(String::from_utf8(output.stdout)?)
}

fn tampering_is_found(world: &World, database: Database) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (_, url) = settings(world, database, folder.path())?;
    program::run(folder.path(), &["migrate"])?;
    for name in ["ann", "bea", "cyd"] {
        let mut command = program::command(folder.path(), &["user", "add", name, "--password-file", "password"])?;
        std::fs::write(folder.path().join("password"), "secret of ann")?;
        ensure!(command.output()?.status.success(), "{name} is not added");
    }
    ensure!(audit(folder.path(), &["verify"], 0)?.starts_with("whole: entries 1 to 3\nhead: 3 "), "not whole");
    let disarm = match database {
        Database::Sqlite => "DROP TRIGGER audit_entries_stay",
        Database::Postgres => "ALTER TABLE audit_entries DISABLE TRIGGER USER",
    };
    let change = "UPDATE audit_entries SET subject_name = 'eve' WHERE sequence = 2";
    ensure!(execute(&url, change).is_err(), "the database lets the log be changed");
    execute(&url, &format!("{disarm}; {change}"))?;
    let said = audit(folder.path(), &["verify"], 1)?;
    ensure!(said == "broken: entry 2 was changed or made up\nwhole before it: entry 1\n", "{said}");
    Ok(())
}

fn execute(url: &str, statements: &str) -> Result<()> {
    use diesel::connection::SimpleConnection as _;
    use diesel::{Connection as _, SqliteConnection};
    match url.strip_prefix("sqlite://") {
        Some(file) => Ok(SqliteConnection::establish(file)?.batch_execute(statements)?),
        None => cluster::execute(url, statements),
    }
}

fn hazards_among_the_routes() -> Result<()> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("dragoman.toml"), MOUNTS)?;
    let output = String::from_utf8(program::run(folder.path(), &["routes"])?.stdout)?;
    for hazard in ["expose-password-hash (onyx", "plaintext-reset (amadis", "user-enumeration (jwt"] {
        ensure!(output.contains(&format!("hazard turned on: {hazard}")), "{hazard} is not shown:\n{output}");
    }
    Ok(())
}

//! Too many wrong passwords, seen from outside.

use anyhow::{Context as _, Result, bail, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use dragoman::dialects;
use dragoman::harness::Options;
use dragoman_tests::gateway::Gateway;
use dragoman_tests::wire::Answer;
use dragoman_tests::{Database, World, wire};

use crate::callers::Caller;
use crate::trials::Trials;

/// More than are free; a machine may be so slow that a delay of a second or two is over when the next guess comes.
const MOST: usize = 30;

pub(crate) fn register(trials: &mut Trials) {
    trials.on_both(
        "whoever guesses is told to wait, in each dialect's words, whether or not there is such a user",
        words,
    );
    trials.on_both("while a network waits, whoever has a token goes on", tokens_go_on);
}

fn words(world: &World, database: Database) -> Result<()> {
    for dialect in dialects::ALL {
        let gateway = limited(world, database, "")?;
        let admin = &gateway.admin;
        let names =
            [if matches!(dialect.name, "basic" | "vitja") { &admin.username } else { &admin.email }, "nobody@x.org"];
        let refusals: Vec<Answer> =
            names.iter().map(|name| refusal(&gateway, dialect.name, name)).collect::<Result<_>>()?;
        for answer in &refusals {
            let body = String::from_utf8_lossy(&answer.body);
            ensure!(body == expected(dialect.name)?, "{}: {body}", dialect.name);
            let seconds: u64 = answer.header("retry-after").context("no Retry-After")?.parse()?;
            ensure!(seconds > 0, "{}: nothing to wait for", dialect.name);
        }
        gateway.stop()?;
    }
    Ok(())
}

fn tokens_go_on(world: &World, database: Database) -> Result<()> {
    let gateway = limited(world, database, "network_free = 10")?;
    let caller = Caller::administrator(&gateway);
    let requests = [("onyx", "/api/users"), ("vitja", "/api/v1/users"), ("jwt", "/v1/users")];
    let requests = requests
        .into_iter()
        .map(|(dialect, path)| Ok((dialect, get(path, &caller.authorization(dialect)?))))
        .collect::<Result<Vec<_>>>()?;
    for name in 0..MOST {
        if send(&gateway, "basic", &guess(&gateway, "basic", &format!("user{name}"), "summer")?)?.status == 503 {
            break;
        }
    }
    ensure!(refused(&gateway, "network")? > 0, "the network may go on guessing");
    for (dialect, request) in requests {
        let answer = send(&gateway, dialect, &request)?;
        ensure!(answer.status == 200, "{dialect}: {}", answer.status);
    }
    gateway.stop()
}

fn limited(world: &World, database: Database, more: &str) -> Result<Gateway> {
    let settings = Some(format!("[guesses]\nenabled = true\n{more}").parse()?);
    Gateway::start(Options { settings, database: world.database(database), ..Options::default() })
}

/// The answer to the first guess that is not looked at.
fn refusal(gateway: &Gateway, dialect: &str, name: &str) -> Result<Answer> {
    for number in 0..MOST {
        let answer = send(gateway, dialect, &guess(gateway, dialect, name, &format!("guess-{number}"))?)?;
        if answer.status == 503 {
            ensure!(number >= 5, "{dialect}: only {number} guesses were free");
            return Ok(answer);
        }
        ensure!(answer.header("retry-after").is_none(), "{dialect}: a wrong password is not asked to come back");
    }
    bail!("{dialect}: {MOST} guesses and no delay");
}

fn guess(gateway: &Gateway, dialect: &str, name: &str, password: &str) -> Result<String> {
    let basic = || format!("Basic {}", BASE64_STANDARD.encode(format!("{name}:{password}")));
    Ok(match dialect {
        "onyx" => post("/api/user/login", &format!("email={name}&password={password}")),
        "basic" => get("/api/v1/users", &basic()),
        "vitja" => post("/api/v1/login", &format!("username={name}&password={password}")),
        "amadis" => {
            let (id, secret) = (&gateway.oauth.client_id, &gateway.oauth.client_secret);
            let client = format!("grant_type=password&client_id={id}&client_secret={secret}");
            post("/oauth/token", &format!("{client}&username={name}&password={password}"))
        }
        "jwt" => get("/v1/users/token", &basic()),
        other => bail!("nobody knows how to sign in to {other}"),
    })
}

fn expected(dialect: &str) -> Result<&'static str> {
    Ok(match dialect {
        "onyx" => r#"{"status": "error"}"#,
        "basic" => r#""Service Unavailable""#,
        "vitja" => r#"{"message":"Service Unavailable"}"#,
        "amadis" => {
            r#"{"error":"temporarily_unavailable","error_description":"The service is unavailable.","message":"The service is unavailable."}"#
        }
        "jwt" => r#"{"error":"Service Unavailable"}"#,
        other => bail!("nobody knows what {other} says"),
    })
}

pub(crate) fn get(path: &str, authorization: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: {authorization}\r\n\r\n")
}

pub(crate) fn post(path: &str, form: &str) -> String {
    let length = form.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\n{form}"
    )
}

pub(crate) fn send(gateway: &Gateway, dialect: &str, request: &str) -> Result<Answer> {
    wire::send(gateway.url(dialect)?, request.as_bytes())?.context("no answer")
}

/// How many attempts met this limit.
fn refused(gateway: &Gateway, limit: &str) -> Result<u64> {
    let name = format!("dragoman_guesses_refused_total{{limit=\"{limit}\"}}");
    crate::hashing::metric(gateway, &name)
}

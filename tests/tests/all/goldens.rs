//! Goldens: the whole answer to each route, status line and headers included, read from a raw socket.
//!
//! An exchange looks at the headers that its clause speaks of. A golden holds everything, so that an upgrade of actix
//! cannot change the presence or the spelling of a header without somebody deciding it. The order of the fields
//! cannot be held: actix keeps them in a hash map with a random seed. So heads are compared as sorted lines.
//!
//! A request that is refused before its body is read has no body here. Otherwise actix says `connection: close` or
//! not, according to how much of the body it happens to have seen.

mod script;
mod volatile;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail, ensure};
use dragoman::dialects::{self, Dialect};
use dragoman::harness::Options;
use dragoman_tests::gateway::Gateway;
use dragoman_tests::{openapi, root, wire};

use crate::trials::Trials;
use script::{Case, Script};

/// Set to 1, it makes the goldens be written anew.
const RECORD: &str = "DRAGOMAN_RECORD";

pub(crate) fn register(trials: &mut Trials) {
    for dialect in dialects::ALL {
        trials.once(&format!("goldens: every route of {} answers byte for byte", dialect.name), || hold(dialect));
    }
}

fn hold(dialect: &Dialect) -> Result<()> {
    let file = folder().join(format!("{}.http", dialect.name));
    let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut script = Script::parse(&text).with_context(|| file.display().to_string())?;
    every_route_is_asked(dialect, &script)?;
    let gateway = start(dialect)?;
    let received = play(&script, dialect.name, gateway.url(dialect.name)?)?;
    gateway.stop()?;
    if std::env::var_os(RECORD).is_some_and(|value| value == "1") {
        script.cases.iter_mut().zip(received).for_each(|(case, answer)| case.answer = answer);
        return Ok(std::fs::write(file, script.to_string())?);
    }
    let cases = script.cases.iter().zip(&received).filter(|(case, answer)| case.answer != **answer);
    let different: Vec<String> = cases.map(|(case, answer)| difference(case, answer)).collect();
    ensure!(different.is_empty(), "{} ({RECORD}=1 writes it anew)\n{}", file.display(), different.join("\n\n"));
    Ok(())
}

fn folder() -> PathBuf {
    root().join("tests").join("goldens")
}

fn start(dialect: &Dialect) -> Result<Gateway> {
    let users = std::fs::read_to_string(folder().join("users.jsonl"))?;
    Gateway::start(Options {
        dialects: vec![dialect.name.to_owned()],
        users: users.lines().map(serde_json::from_str).collect::<Result<_, _>>()?,
        settings: Some("[amadis]\nclient_id = \"1\"\nclient_secret = \"hush\"".parse()?),
        ..Options::default()
    })
}

/// Sends the requests one after the other. What differs from run to run stands under its name.
fn play(script: &Script, dialect: &str, origin: &str) -> Result<Vec<String>> {
    let mut known = BTreeMap::new();
    let mut ask = |case: &Case| {
        let received = wire::exchange(origin, case.request(&known)?.as_bytes())?;
        volatile::named(dialect, &case.title, &whole(&received, &case.line())?, &mut known)
    };
    script.cases.iter().map(|case| ask(case).with_context(|| case.title.clone())).collect()
}

/// The answer as text: the status line, the sorted fields and, where there is one, a blank line and the body.
fn whole(received: &[u8], line: &str) -> Result<String> {
    let received = str::from_utf8(received).context("no UTF-8")?;
    let (head, body) = received.split_once("\r\n\r\n").context("no head")?;
    let mut fields: Vec<&str> = head.split("\r\n").collect();
    ensure!(!head.replace("\r\n", "").contains(['\r', '\n']), "a line that ends in half of CRLF: {head:?}");
    let length = fields.iter().find_map(|field| field.strip_prefix("content-length: "));
    if let (Some(length), false) = (length, line.starts_with("HEAD ")) {
        ensure!(length == body.len().to_string(), "content-length is {length}, and the body has {}", body.len());
    }
    if let Some((_, fields)) = fields.split_first_mut() {
        fields.sort_unstable();
    }
    let head = fields.join("\n");
    Ok(if body.is_empty() { head } else { format!("{head}\n\n{body}") })
}

fn difference(case: &Case, received: &str) -> String {
    let Case { title, answer, .. } = case;
    format!("### {title}\n{}\n----- expected\n{answer}\n----- received\n{received}", case.line())
}

/// Every row of the route table, and one path and one method that are not there.
fn every_route_is_asked(dialect: &Dialect, script: &Script) -> Result<()> {
    let asked = script.cases.iter().map(Case::call).collect::<Result<Vec<_>>>()?;
    // A parameter may say after a colon what fits it.
    let fits = |template: &str, path: &str| openapi::fits(&template.replace(":[^/]*", ""), path);
    for endpoint in dialect.endpoints {
        let same = |(method, path): &(&str, &str)| *method == endpoint.method && fits(endpoint.path, path);
        ensure!(asked.iter().any(same), "nobody asks for {} {}", endpoint.method, endpoint.path);
    }
    let there = |path: &str| dialect.endpoints.iter().any(|endpoint| fits(endpoint.path, path));
    let row = |method: &str, path: &str| {
        dialect.endpoints.iter().any(|endpoint| endpoint.method == method && fits(endpoint.path, path))
    };
    if !asked.iter().any(|(_, path)| !there(path)) {
        bail!("nobody asks for a path that is not there");
    }
    ensure!(
        asked.iter().any(|(method, path)| there(path) && !row(method, path) && *method != "OPTIONS"),
        "nobody asks with a method that is not there"
    );
    ensure!(asked.iter().any(|(method, _)| *method == "OPTIONS"), "nobody asks with OPTIONS");
    Ok(())
}

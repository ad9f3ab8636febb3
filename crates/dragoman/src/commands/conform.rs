//! `dragoman conform`

mod credentials;
mod embedded;
mod json;
mod junit;
mod progress;
#[cfg(test)]
mod tests;
mod text;

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use dragoman_core::Random;
use dragoman_exchange::conform::{Campaign, Findings, Tidying, Verdict, conform};
use dragoman_exchange::{Cleanup, Client, Exchange, Profile, Values, read_folder};

use crate::cli::{ConformArgs, Format};
use crate::commands::{complain, last_word};
use crate::dialects::Dialect;
use progress::Watcher;

/// What `--help` says at its end.
pub(crate) const HELP: &str = "\
Environment:
  DRAGOMAN_CONFORM_PASSWORD       the administrator's password; a prompt asks for it otherwise
  DRAGOMAN_CONFORM_CLIENT_ID      an OAuth2 client, for exchanges that need one
  DRAGOMAN_CONFORM_CLIENT_SECRET  its secret

Exit status: 0 all that could be reached holds, 1 something differs, 2 the run was not possible.";

/// How long a server may take for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was held with whom: the heading of every report.
struct Subject<'a> {
    base: &'a str,
    dialect: &'static str,
    profile: Profile,
    read_only: bool,
}

/// Holds the exchanges, and prints what was found. Exit status: 0 holds, 1 differs, 2 not possible.
pub(crate) fn run(args: ConformArgs) -> ExitCode {
    match held(args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            complain(&error);
            ExitCode::from(2)
        }
    }
}

/// A server's address in the form in which targets are appended to it.
pub(crate) fn base(url: &str) -> Result<String, &'static str> {
    let rest = url.strip_prefix("http://").ok_or("it must begin with http:// (for TLS, use a local proxy)")?;
    let authority = rest.split('/').next().unwrap_or_default();
    match () {
        () if authority.is_empty() => Err("there is no host"),
        () if authority.contains('@') => Err("credentials do not belong into a URL"),
        () if url.contains(['?', '#', ' ']) || url.contains(char::is_control) => Err("it ends with a path"),
        () => Ok(url.trim_end_matches('/').to_owned()),
    }
}

/// Whether everything that could be reached holds.
fn held(args: ConformArgs) -> Result<bool> {
    let Some(dialect) = Dialect::by_name(&args.dialect) else {
        bail!("no dialect is called `{}`: known are {}", args.dialect, Dialect::names());
    };
    let exchanges = exchanges(dialect.name, args.exchanges.as_deref())?;
    let cleanup = embedded::cleanup(dialect.name)?;
    let subject = Subject {
        base: &args.base,
        dialect: dialect.name,
        profile: match args.profile {
            dragoman_http::Profile::Documented => Profile::Documented,
            dragoman_http::Profile::Observed => Profile::Observed,
        },
        read_only: args.read_only,
    };
    let values = credentials::values(args.admin_user, args.admin_email)?;
    complete(&cleanup, &values, dialect.name)?;
    let campaign = Campaign {
        exchanges: &exchanges,
        profile: subject.profile,
        read_only: subject.read_only,
        cleanup: &cleanup,
        base: args.base.clone(),
        values,
        secrets: credentials::in_a_shell(),
        client: Client::new(PATIENCE),
        seed: u32::from_be_bytes(Random::system().bytes()),
    };
    let mut watcher = Watcher::start()?;
    let findings = conform(&campaign, &mut |progress| watcher.goes_on(progress))?;
    watcher.finish();
    if findings.broken_off {
        complain_about(&findings.tidying);
        bail!("broken off after {} exchanges", findings.exchanges.len());
    }
    last_word(&match args.format {
        Format::Text => text::report(&subject, &findings),
        Format::Json => json::report(&subject, &findings)?,
        Format::Junit => junit::report(&subject, &findings)?,
    })?;
    complain_about(&findings.tidying);
    Ok(!differs(&findings))
}

fn exchanges(dialect: &str, folder: Option<&Path>) -> Result<Vec<Exchange>> {
    let Some(folder) = folder else { return embedded::exchanges(dialect) };
    let exchanges = read_folder(folder)?;
    ensure!(!exchanges.is_empty(), "no exchange file (*.yaml) lies in {}", folder.display());
    Ok(exchanges)
}

/// Without these nobody could sign in.
fn complete(cleanup: &Cleanup, values: &Values, dialect: &str) -> Result<()> {
    match cleanup.missing(values).into_iter().next() {
        None => Ok(()),
        Some("admin.email") => {
            bail!("administrators of {dialect} sign in with their e-mail: give it with --admin-email")
        }
        Some(name) => bail!("{dialect} cannot do without {name}"),
    }
}

fn differs(findings: &Findings<'_>) -> bool {
    findings.clauses.iter().any(|finding| finding.verdict == Verdict::Differs)
}

/// What could not be cleaned is for a person to see to.
fn complain_about(tidying: &Tidying) {
    for line in text::complaints(tidying) {
        drop(writeln!(std::io::stderr(), "dragoman: {line}")); // nowhere to report that standard error is closed
    }
}

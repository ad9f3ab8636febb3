//! `dragoman copy`

use actix_web::rt::System;
use anyhow::{Context as _, Result, bail, ensure};
use dragoman_core::{CopiedTable, DatabaseSettings};

use crate::cli::CopyArgs;
use crate::commands::audit::ensure_key_file;
use crate::commands::{columns, last_word, progress};
use crate::secrets;
use crate::settings::Settings;
use crate::startup::{self, has_password, plain, without_password};

const FROM: &str = "DRAGOMAN_COPY_FROM";
const TO: &str = "DRAGOMAN_COPY_TO";

/// What `--help` says at its end.
pub(crate) const HELP: &str = "\
Environment:
  DRAGOMAN_COPY_FROM  in place of --from, for a URL with a password
  DRAGOMAN_COPY_TO    in place of --to
  PGPASSWORD          the password where a URL has none; ~/.pgpass is read, too

Everything is copied as it is at one moment, in one transaction: a copy that is broken off leaves an empty target.
Stop the gateways first; what they write meanwhile stays behind. The key file is needed to verify the audit log, and
to have it tell of the copy.";

/// Copies a database, and says how much there was.
pub(crate) fn run(settings: &Settings, args: CopyArgs) -> Result<()> {
    let to = url("--to", args.to, TO)?.with_context(|| format!("say where to: --to URL, or {TO}"))?;
    let from = url("--from", args.from, FROM)?.unwrap_or_else(|| settings.database.url.clone());
    ensure_key_file(settings)?;
    let what = format!("cannot copy {} to {}", without_password(&from), without_password(&to));
    let at = |url| DatabaseSettings { url, ..settings.database.clone() };
    let (from, to) = (at(from), at(to));
    let bar = progress::bar("rows");
    let copied = dragoman_core::copy(&from, &to, |progress| {
        bar.set_length(progress.all);
        bar.set_position(progress.done);
        bar.set_message(progress.table);
    });
    bar.finish_and_clear();
    let copied = copied.map_err(plain).context(what)?;
    let noted = note(&Settings { database: to, ..settings.clone() }, &from, &copied);
    last_word(&said(&copied))?;
    noted.context("everything is copied, but the audit log does not tell of it")
}

/// Has the target's audit log tell of the copy, once it turns out to be the one that was written.
fn note(target: &Settings, from: &DatabaseSettings, copied: &[CopiedTable]) -> Result<()> {
    let core = startup::open_current(target)?;
    System::new().block_on(async {
        let verdict = core.audit().verify(|_, _| {}).await.map_err(plain)?;
        if let Some(broken) = verdict.broken {
            bail!("it is broken, in the source, too: {broken}");
        }
        core.tell_of_copy(from, copied).await.map_err(plain)?;
        core.audit().settle().await.map_err(plain)
    })
}

/// A database's URL, from an argument or else from the environment.
fn url(name: &str, argument: Option<String>, variable: &str) -> Result<Option<String>> {
    let Some(url) = argument else { return secrets::environment(variable) };
    ensure!(
        !has_password(&url),
        "{name} {}: whoever is on this machine can read the password: give the URL in {variable}, or the password in PGPASSWORD",
        without_password(&url)
    );
    Ok(Some(url))
}

fn said(copied: &[CopiedTable]) -> String {
    let heading = ["TABLE", "SOURCE", "TARGET"].map(str::to_owned);
    let row = |table: &CopiedTable| [table.name.to_owned(), table.source.to_string(), table.target.to_string()];
    columns(&std::iter::once(heading).chain(copied.iter().map(row)).collect::<Vec<_>>())
}

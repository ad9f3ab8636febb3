//! `dragoman audit …`

mod filter;
mod json;
mod text;

use std::io::Write as _;
use std::pin::pin;
use std::process::ExitCode;

use actix_web::rt::System;
use anyhow::{Result, ensure};
use dragoman_core::{Audit, AuditFilter, Core, Verdict};
use futures_util::TryStreamExt as _;

use crate::cli::AuditCommand;
use crate::commands::{last_word, print, progress, unread_is_fine, unwritten};
use crate::settings::Settings;
use crate::startup::{self, plain};

pub(crate) use filter::time;

/// Reads the audit log, without a gateway or beside one.
pub(crate) fn run(settings: &Settings, command: AuditCommand) -> Result<ExitCode> {
    ensure_key_file(settings)?;
    let core = startup::open_current(settings)?;
    System::new().block_on(async {
        match command {
            AuditCommand::List { filter } => {
                unread_is_fine(list(core.audit(), filter.resolve(&core).await?).await).map(|()| ExitCode::SUCCESS)
            }
            AuditCommand::Export { filter } => {
                unread_is_fine(export(&core, filter.resolve(&core).await?).await).map(|()| ExitCode::SUCCESS)
            }
            AuditCommand::Verify => verify(core.audit()).await,
            AuditCommand::Restart => restart(core.audit()).await.map(|()| ExitCode::SUCCESS),
        }
    })
}

/// Refuses to go on without the key file: a new one would fit no entry.
pub(crate) fn ensure_key_file(settings: &Settings) -> Result<()> {
    let file = &settings.keys.file;
    ensure!(file.exists(), "keys.file: {} is not there: the log is sealed with it", file.display());
    Ok(())
}

async fn list(audit: &Audit, filter: AuditFilter) -> Result<()> {
    let mut portions = pin!(audit.list(filter));
    let mut heading = true;
    while let Some(entries) = portions.try_next().await.map_err(plain)? {
        print(&text::table(&entries, std::mem::take(&mut heading)))?;
    }
    Ok(())
}

/// JSON Lines, a portion of the log in memory at a time.
async fn export(core: &Core, filter: AuditFilter) -> Result<()> {
    let progress = progress::bar("entries");
    if !progress.is_hidden() {
        let count = core.audit().count(&filter).await.map_err(plain)?;
        progress.set_length(filter.newest.map_or(count, |newest| count.min(newest.into())).try_into()?);
    }
    let mut portions = pin!(core.audit().list(filter));
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    while let Some(entries) = portions.try_next().await.map_err(plain)? {
        for entry in &entries {
            writeln!(out, "{}", json::line(entry)).map_err(unwritten)?;
        }
        progress.inc(entries.len() as u64);
    }
    out.flush().map_err(unwritten)?;
    progress.finish_and_clear();
    Ok(())
}

/// For whoever has lost the key file.
async fn restart(audit: &Audit) -> Result<()> {
    let last = audit.restart().await.map_err(plain)?;
    audit.settle().await.map_err(plain)?;
    last_word(&format!("the chain begins anew behind entry {last}; nothing vouches for what is before\n"))
}

/// Exit status 1 where the log is not the one that was written.
async fn verify(audit: &Audit) -> Result<ExitCode> {
    let progress = progress::bar("entries");
    let watch = |done: i64, all: i64| {
        progress.set_length(all.unsigned_abs());
        progress.set_position(done.unsigned_abs());
    };
    let verdict = audit.verify(watch).await.map_err(plain)?;
    progress.finish_and_clear();
    last_word(&said(&verdict))?;
    Ok(if verdict.broken.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn said(verdict: &Verdict) -> String {
    let Verdict { anchor, last, digest, broken } = verdict;
    let whole = match last - anchor {
        0 => "no entry".to_owned(),
        1 => format!("entry {last}"),
        _ => format!("entries {} to {last}", anchor + 1),
    };
    match broken {
        // Whoever keeps this line elsewhere can tell a database that was put back as a whole.
        None => format!("whole: {whole}\nhead: {last} {}\n", json::hex(digest)),
        Some(broken) => format!("broken: {broken}\nwhole before it: {whole}\n"),
    }
}

//! `dragoman audit …`, as it is written.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use dragoman_core::{Event, NO_DIALECTS};

use crate::{commands, dialects};

/// `dragoman audit …`
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Print entries as a table, oldest first.
    List {
        #[command(flatten)]
        filter: AuditArgs,
    },
    /// Say whether the log is the one that was written; exit status 1 and the first break where it is not.
    Verify,
    /// Begin the chain anew behind what there is, where the key file is lost; an entry tells of it.
    Restart,
    /// Print entries as JSON Lines, oldest first.
    Export {
        #[command(flatten)]
        filter: AuditArgs,
    },
}

/// Which entries of the audit log are wanted; by default all.
#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// From this moment on: 2026-11-22 or 2026-11-22T10:30:00Z.
    #[arg(long, value_name = "TIME", value_parser = commands::audit::time)]
    pub(crate) since: Option<DateTime<Utc>>,
    /// Before this moment.
    #[arg(long, value_name = "TIME", value_parser = commands::audit::time)]
    pub(crate) until: Option<DateTime<Utc>>,
    /// Only this event.
    #[arg(long, value_name = "NAME")]
    pub(crate) event: Option<Event>,
    /// What this user did, and what was done to it: its integer id, UUID, username or e-mail.
    #[arg(long, value_name = "ID|NAME")]
    pub(crate) user: Option<String>,
    /// Only by way of this dialect; `shell` for commands, `gateway` for what the log tells of itself.
    #[arg(long, value_name = "NAME", value_parser = origin_name)]
    pub(crate) dialect: Option<String>,
    /// Only from this address.
    #[arg(long, value_name = "IP")]
    pub(crate) address: Option<IpAddr>,
    /// Only the newest so many.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) limit: Option<u32>,
}

fn origin_name(name: &str) -> Result<String, String> {
    let known = || dialects::ALL.iter().map(|dialect| dialect.name).chain(NO_DIALECTS);
    let found = known().find(|known| *known == name);
    found.map(str::to_owned).ok_or_else(|| format!("known are {}", known().collect::<Vec<_>>().join(", ")))
}

//! `dragoman copy`, as it is written.

use clap::Args;

use crate::commands;

/// What `dragoman copy` may be told. A URL with a password does not belong among the arguments, where everybody on
/// the machine can read it.
#[derive(Debug, Args)]
#[command(after_help = commands::copy::HELP)]
pub(crate) struct CopyArgs {
    /// The database to read: sqlite://FILE or postgres://…; without it, that of the settings.
    #[arg(long, value_name = "URL")]
    pub(crate) from: Option<String>,
    /// The database to fill. It must be empty, or not there yet.
    #[arg(long, value_name = "URL")]
    pub(crate) to: Option<String>,
}

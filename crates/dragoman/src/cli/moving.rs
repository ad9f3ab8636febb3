//! `dragoman copy` and `dragoman export`, as they are written.

use std::path::PathBuf;

use clap::Args;
use dragoman_core::Fact;
use dragoman_tables::Format;

use super::dialect_name;
use crate::commands;
use crate::moving::parse_map;

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

/// What `dragoman export` may be told.
#[derive(Debug, Args)]
#[command(after_help = commands::export::HELP)]
pub(crate) struct ExportArgs {
    /// Whose original server it is for.
    #[arg(long, value_name = "NAME", value_parser = dialect_name)]
    pub(crate) dialect: String,
    /// jsonl, csv or sql.
    #[arg(long, default_value = "jsonl", value_name = "NAME", value_parser = written_format)]
    pub(crate) format: Format,
    /// The table that SQL is to fill, if it is not called as in the original.
    #[arg(long, value_name = "NAME")]
    pub(crate) table: Option<String>,
    /// What columns mean, if it had to be said when they were imported: COLUMN=FACT,…
    #[arg(long, value_name = "MAP", value_parser = column_map)]
    pub(crate) map: Option<ColumnFacts>,
    /// Leave out whom no import of this dialect brought.
    #[arg(long)]
    pub(crate) known_only: bool,
    /// A new file, which only its owner may read; else standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// Columns, and what each tells.
#[derive(Debug, Clone, Default)]
pub(crate) struct ColumnFacts(pub(crate) Vec<(String, Fact)>);

fn column_map(text: &str) -> Result<ColumnFacts, String> {
    parse_map(text).map(ColumnFacts).map_err(|error| format!("{error:#}"))
}

fn written_format(name: &str) -> Result<Format, &'static str> {
    let known = Format::by_name(name).filter(|format| *format != Format::Sqlite);
    known.ok_or("known are jsonl, csv, sql")
}

//! `dragoman import …`

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use dragoman_core::hashes::SCHEMES;
use dragoman_core::{Fact, OnSameEmail, OnSameId, OnSameName, OnUnknownHash, OnUnusable, Policies};
use dragoman_tables::Format;

use super::dialect_name;
use crate::moving::parse_map;

/// What `--help` says at its end.
const HELP: &str = "\
Everything is decided before anything is written. What needs a person's decision is listed with the option that
decides it, and as long as one is missing nothing is written.

A run that was broken off goes on where it was when it is started again with the same file and options.

Exit status: 0 done, or nothing left to decide; 1 failed, or refused because of what is undecided.";

/// What `dragoman import` may be told.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct ImportUsersArgs {
    /// Users of the old server: each file is a source, and becomes a run of its own.
    #[arg(value_name = "FILE", required_unless_present_any = ["undo", "list"])]
    pub(crate) files: Vec<PathBuf>,
    /// Whose users they are: they keep their ids and names there.
    #[arg(long, value_name = "NAME", value_parser = dialect_name, required_unless_present_any = ["undo", "list"])]
    pub(crate) dialect: Option<String>,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    #[command(flatten)]
    pub(crate) policies: PolicyArgs,
    /// Only say what would be done, and write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How to say it.
    #[arg(long, value_enum, default_value_t = ReportFormat::Text, value_name = "FORMAT")]
    pub(crate) report: ReportFormat,
    /// Write the report there, into a new file, and a text for people to standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) report_file: Option<PathBuf>,
    /// Take back what this run brought in and nobody has changed since.
    #[arg(long, value_name = "RUN", conflicts_with_all = ["files", "dialect", "dry_run", "list"])]
    pub(crate) undo: Option<i64>,
    /// List all runs.
    #[arg(long, conflicts_with_all = ["files", "dialect", "dry_run"])]
    pub(crate) list: bool,
}

/// How a file is read.
#[derive(Debug, Args)]
pub(crate) struct ReadingArgs {
    /// What the files are: auto, jsonl, csv, sql or sqlite.
    #[arg(long, default_value = "auto", value_name = "NAME", value_parser = format)]
    pub(crate) format: AnyFormat,
    /// The table of users, where a file has several.
    #[arg(long, value_name = "NAME")]
    pub(crate) table: Option<String>,
    /// What columns mean that do not have the names of the dialect's original: column=fact,column=fact. Facts are
    /// id, uuid, username, email, name, password, password_hash, salt, client_secret, secret_digest, admin, roles,
    /// enabled, created, updated, own:NAME, address:CHAIN, addresses and kept.
    #[arg(long, value_name = "MAP", value_parser = map, default_value = "", hide_default_value = true)]
    pub(crate) map: ColumnsGiven,
    /// What the hashes are that do not say it themselves, such as hex-md5.
    #[arg(long, value_name = "NAME", value_parser = scheme)]
    pub(crate) hash_scheme: Option<&'static str>,
}

/// What `--map` says, and how it said it.
#[derive(Debug, Clone)]
pub(crate) struct ColumnsGiven {
    pub(crate) text: String,
    pub(crate) columns: Vec<(String, Fact)>,
}

/// A format, or whichever the file shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AnyFormat(pub(crate) Option<Format>);

/// What becomes of those who clash with somebody.
#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    /// Somebody here has the e-mail: link makes one person of both, and is right only where the old servers
    /// confirmed e-mails; rename keeps them apart; skip leaves the newcomer out; fail.
    #[arg(long, default_value = "fail", value_name = "POLICY")]
    pub(crate) on_same_email: OnSameEmail,
    /// Somebody here has the username: rename gives the newcomer another, and the old one counts in its dialect;
    /// skip leaves it out; fail.
    #[arg(long, default_value = "fail", value_name = "POLICY")]
    pub(crate) on_same_name: OnSameName,
    /// The id was given to somebody here: move gives that one another in this dialect, and is right where no
    /// client has used it here yet; the number of somebody who was deleted here it gives to the newcomer as well. skip
    /// leaves the newcomer out; fail.
    #[arg(long, default_value = "fail", value_name = "POLICY")]
    pub(crate) on_same_id: OnSameId,
    /// The hash is of no known kind, or too costly: import takes the user without a password, and keeps the hash for
    /// the way back; skip; fail.
    #[arg(long, default_value = "fail", value_name = "POLICY")]
    pub(crate) on_unknown_hash: OnUnknownHash,
    /// The record cannot be a user: it has no name, one that is too long, or no readable form. skip or fail.
    #[arg(long, default_value = "fail", value_name = "POLICY")]
    pub(crate) on_unusable: OnUnusable,
    /// Leave hashes as they are when their users sign in.
    #[arg(long)]
    pub(crate) keep_hashes: bool,
}

impl PolicyArgs {
    pub(crate) const fn policies(&self) -> Policies {
        Policies {
            same_email: self.on_same_email,
            same_name: self.on_same_name,
            same_id: self.on_same_id,
            unknown_hash: self.on_unknown_hash,
            unusable: self.on_unusable,
            keep_hashes: self.keep_hashes,
        }
    }
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people, on a terminal.
    Text,
    /// One document, for scripts.
    Json,
    /// One page that needs nothing else.
    Html,
}

fn format(name: &str) -> Result<AnyFormat, String> {
    if name == "auto" {
        return Ok(AnyFormat(None));
    }
    let known = Format::ALL.map(Format::name).join(", ");
    Format::by_name(name).map(|format| AnyFormat(Some(format))).ok_or(format!("known are auto, {known}"))
}

fn map(text: &str) -> Result<ColumnsGiven, String> {
    let columns = if text.is_empty() { Ok(Vec::new()) } else { parse_map(text) };
    let columns = columns.map_err(|error| format!("{error:#}"))?;
    Ok(ColumnsGiven { text: text.to_owned(), columns })
}

fn scheme(name: &str) -> Result<&'static str, String> {
    let known = || SCHEMES.iter().map(|scheme| scheme.name).collect::<Vec<_>>().join(", ");
    let scheme = SCHEMES.iter().find(|scheme| scheme.name == name);
    scheme.map(|scheme| scheme.name).ok_or_else(|| format!("known are {}", known()))
}

//! The command line.

mod audit;
mod import;
mod keys;
mod moving;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand, ValueEnum};
use dragoman_http::{Hazard, Profile};

use crate::commands;
use crate::dialects::Dialect;
use crate::harness;
use crate::settings::{Settings, Sources, load};
pub(crate) use audit::{AuditArgs, AuditCommand};
pub(crate) use import::{ImportUsersArgs, PolicyArgs, ReadingArgs, ReportFormat};
pub(crate) use keys::{ImportArgs, KeysCommand};
pub(crate) use moving::{CopyArgs, ExportArgs};

/// One gateway between legacy clients and one user database.
#[derive(Debug, Parser)]
#[command(name = "dragoman", version, about, disable_help_subcommand = true)]
struct Cli {
    /// The settings; without it, dragoman.toml in the current folder if it is there.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve every mount (also without any command).
    Serve {
        /// Serve a throwaway database with sample users, and print requests to try.
        #[arg(long)]
        demo: bool,
    },
    /// Print every route of every mount.
    Routes,
    /// Administer users.
    #[command(subcommand)]
    User(UserCommand),
    /// Read the audit log.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// List, rotate and import signing keys.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Take in the users of an old server, after showing what would clash.
    Import(Box<ImportUsersArgs>),
    /// Bring the database to this binary's version.
    Migrate {
        /// Only say what is to be done; exit status 1 if anything is.
        #[arg(long)]
        check: bool,
    },
    /// Write the users as an old server kept them, for the way back.
    Export(ExportArgs),
    /// Copy everything from one database into another, SQLite or PostgreSQL.
    Copy(CopyArgs),
    /// Run a throwaway gateway for tests until standard input closes.
    Harness(HarnessArgs),
    /// Hold a dialect's exchanges with any server, and say clause by clause what holds.
    Conform(ConformArgs),
    /// Print what holds of each dialect's contract, clause by clause.
    Compat(CompatArgs),
}

/// What `dragoman harness` may be told.
#[derive(Debug, Args)]
pub(crate) struct HarnessArgs {
    /// Only this dialect; may be repeated.
    #[arg(long = "dialect", value_name = "NAME", value_parser = dialect_name)]
    pub(crate) dialects: Vec<String>,
    /// Users in JSON Lines.
    #[arg(long, value_name = "FILE")]
    pub(crate) users: Option<PathBuf>,
    /// documented or observed.
    #[arg(long, default_value = "documented", value_name = "NAME")]
    pub(crate) profile: Profile,
    /// Make the throwaway database there: postgres://… or sqlite://FILE.
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// Turn a hazard on; may be repeated.
    #[arg(long = "hazard", value_name = "NAME")]
    pub(crate) hazards: Vec<Hazard>,
}

/// What `dragoman conform` may be told. The administrator's password comes from the environment or a prompt.
#[derive(Debug, Args)]
#[command(after_help = commands::conform::HELP)]
pub(crate) struct ConformArgs {
    /// The server: an http origin, perhaps with a path before the documented ones.
    #[arg(value_name = "URL", value_parser = commands::conform::base)]
    pub(crate) base: String,
    /// The dialect that it should speak.
    #[arg(long, value_name = "NAME")]
    pub(crate) dialect: String,
    /// documented or observed.
    #[arg(long, default_value = "documented", value_name = "NAME")]
    pub(crate) profile: Profile,
    /// The administrator's username.
    #[arg(long, default_value = "admin", value_name = "NAME")]
    pub(crate) admin_user: String,
    /// The administrator's e-mail; some dialects sign in with it.
    #[arg(long, value_name = "EMAIL")]
    pub(crate) admin_email: Option<String>,
    /// How to print what was found.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Only send what leaves every user alone: safe methods and sign-ins.
    #[arg(long)]
    pub(crate) read_only: bool,
    /// Exchange files to hold in place of those in this program.
    #[arg(long, value_name = "DIR")]
    pub(crate) exchanges: Option<PathBuf>,
}

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// One document, with every clause and every exchange.
    Json,
    /// A test case per clause, for continuous integration.
    Junit,
}

/// What `dragoman compat` may be told.
#[derive(Debug, Args)]
pub(crate) struct CompatArgs {
    /// A run's record, or what `dragoman conform --format json` printed; may be repeated.
    /// Without it, the run that was recorded when this program was built.
    #[arg(long = "run", value_name = "FILE")]
    pub(crate) runs: Vec<PathBuf>,
    /// How to print the matrix.
    #[arg(long, value_enum, default_value_t = MatrixFormat::Markdown)]
    pub(crate) format: MatrixFormat,
}

/// How the matrix is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MatrixFormat {
    /// Tables, as in dialects/README.md.
    Markdown,
    /// One page that needs nothing else.
    Html,
    /// One document, with every clause and every verdict.
    Json,
}

/// `dragoman user …`; a user is named by its integer id, UUID, username or e-mail, and where that is
/// not clear with `id:`, `uuid:`, `username:` or `email:` before it, or with `@` and a dialect after what that calls it.
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Make an account; the password comes from a prompt, a file or standard input.
    Add {
        /// The name to sign in with.
        username: String,
        #[command(flatten)]
        facts: AddArgs,
    },
    /// Show a user, and how each dialect names it.
    Show {
        /// Integer id, UUID, username or e-mail; or as a dialect knows the user: 26@vitja.
        user: String,
    },
    /// List all users.
    List,
    /// Change facts about a user.
    Set {
        /// Integer id, UUID, username or e-mail.
        user: String,
        #[command(flatten)]
        changes: SetArgs,
    },
    /// Set a password and end the user's sessions; it comes from a prompt, a file or standard input.
    SetPassword {
        /// Integer id, UUID, username or e-mail.
        user: String,
        /// A file with the password.
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
    /// End every session of a user, in every dialect; its password stays.
    EndSessions {
        /// Integer id, UUID, username or e-mail.
        user: String,
    },
    /// Delete a user.
    Delete {
        /// Integer id, UUID, username or e-mail.
        user: String,
    },
}

/// What a new user may have.
#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    /// The e-mail address.
    #[arg(long)]
    pub(crate) email: Option<String>,
    /// The name for people.
    #[arg(long, default_value = "")]
    pub(crate) name: String,
    /// Make it an administrator.
    #[arg(long)]
    pub(crate) admin: bool,
    /// An address; may be repeated.
    #[arg(long = "address", value_name = "CHAIN=ADDRESS", value_parser = chain_and_address)]
    pub(crate) addresses: Vec<(String, String)>,
    /// A file with the password.
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
}

/// What may be changed about a user.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct SetArgs {
    /// A new name to sign in with.
    #[arg(long)]
    pub(crate) username: Option<String>,
    /// A new e-mail address.
    #[arg(long)]
    pub(crate) email: Option<String>,
    /// A new name for people.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Whether it administers: true or false.
    #[arg(long, value_name = "BOOL")]
    pub(crate) admin: Option<bool>,
    /// Whether it may sign in: true or false.
    #[arg(long, value_name = "BOOL")]
    pub(crate) enabled: Option<bool>,
    /// An address to set; may be repeated.
    #[arg(long = "address", value_name = "CHAIN=ADDRESS", value_parser = chain_and_address)]
    pub(crate) addresses: Vec<(String, String)>,
}

fn dialect_name(name: &str) -> Result<String, String> {
    let known = Dialect::by_name(name).map(|dialect| dialect.name.to_owned());
    known.ok_or_else(|| format!("known are {}", Dialect::names()))
}

fn chain_and_address(text: &str) -> Result<(String, String), &'static str> {
    let (chain, address) = text.split_once('=').ok_or("write it as CHAIN=ADDRESS")?;
    if chain.is_empty() || address.is_empty() {
        return Err("neither chain nor address may be empty");
    }
    Ok((chain.to_owned(), address.to_owned()))
}

/// Runs the command that the process was started with. Exit status: 0 done, 1 failed, 2 wrong usage.
#[must_use]
pub fn main() -> ExitCode {
    // clap itself ends the process with 2 on wrong usage, and with 0 after --help.
    let cli = Cli::parse();
    match run(cli.command.unwrap_or(Command::Serve { demo: false }), cli.config.as_deref()) {
        Ok(status) => status,
        Err(error) => {
            commands::complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command, config: Option<&Path>) -> Result<ExitCode> {
    let settings = || settings(config);
    match command {
        Command::Serve { demo: false } => commands::serve::run(&settings()?).map(done),
        Command::Serve { demo: true } => commands::demo::run(settings()?).map(done),
        Command::Routes => commands::routes::run(&settings()?).map(done),
        Command::User(command) => commands::users::run(&settings()?, command).map(done),
        Command::Audit(command) => commands::audit::run(&settings()?, command),
        Command::Keys(command) => commands::keys::run(&settings()?, command).map(done),
        Command::Import(args) => commands::import::run(&settings()?, &args),
        Command::Migrate { check } => commands::migrate::run(&settings()?, check),
        Command::Export(args) => commands::export::run(&settings()?, args).map(done),
        Command::Copy(args) => commands::copy::run(&settings()?, args).map(done),
        Command::Harness(args) => {
            commands::harness::run(load(&harness::over_defaults(Sources::of_process(config)?))?, args).map(done)
        }
        // Somebody else's server has nothing to do with our settings.
        Command::Conform(args) => Ok(commands::conform::run(args)),
        Command::Compat(args) => commands::compat::run(&args).map(done),
    }
}

fn settings(config: Option<&Path>) -> Result<Settings> {
    load(&Sources::of_process(config)?)
}

fn done((): ()) -> ExitCode {
    ExitCode::SUCCESS
}

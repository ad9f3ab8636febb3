//! `dragoman keys …`

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use dragoman_core::{Algorithm, UserKey};

use super::dialect_name;

/// What may be done to the key file. Running gateways follow it within seconds.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Show every key and what it does, but none of its secrets.
    List,
    /// Sign with a new key; the old one verifies until its last token has expired.
    Rotate {
        /// Only this dialect's; may be repeated.
        #[arg(long = "dialect", value_name = "NAME", value_parser = dialect_name)]
        dialects: Vec<String>,
    },
    /// Take a key of the server that was here before: its tokens go on working until they expire.
    Import(ImportArgs),
    /// Take a key away at once, and with it the worth of every token that it signed.
    Remove {
        /// Its id, as `dragoman keys list` shows it.
        kid: String,
    },
}

/// A key that was made elsewhere.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// Whose tokens it is for.
    #[arg(long, value_name = "NAME", value_parser = dialect_name)]
    pub(crate) dialect: String,
    /// What it signed with: HS256, RS256, ES256 or EdDSA.
    #[arg(long, value_name = "NAME", value_parser = algorithm)]
    pub(crate) algorithm: Algorithm,
    /// The id that tokens name it by; without it, one is made up, and tokens may name any.
    #[arg(long, value_name = "ID")]
    pub(crate) kid: Option<String>,
    /// The secret is written in base64. Otherwise its bytes are those of the file, without a line end at its end.
    #[arg(long)]
    pub(crate) base64: bool,
    /// Sign with it from now on, in place of a key that the gateway made: it is a key of your own, not an old server's.
    #[arg(long, conflicts_with_all = ["user_claim", "user_by", "kind_claim"])]
    pub(crate) sign: bool,
    /// The claim that names the user, or a JSON Pointer to it: /identity/id. Each dialect has a default.
    #[arg(long, value_name = "CLAIM")]
    pub(crate) user_claim: Option<String>,
    /// By what the claim names the user. Each dialect has a default.
    #[arg(long, value_enum, value_name = "KEY")]
    pub(crate) user_by: Option<NamedBy>,
    /// The claim that is `access` or `refresh`; "" where all are access tokens. Each dialect has a default.
    #[arg(long, value_name = "CLAIM")]
    pub(crate) kind_claim: Option<String>,
    /// The file with the secret, or with the private or public key in PEM; - is standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

/// What a claim names a user by.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum NamedBy {
    /// The integer id.
    Number,
    /// The UUID.
    Uuid,
    /// The username.
    Username,
    /// The e-mail.
    Email,
}

impl From<NamedBy> for UserKey {
    fn from(by: NamedBy) -> Self {
        match by {
            NamedBy::Number => Self::Number,
            NamedBy::Uuid => Self::Uuid,
            NamedBy::Username => Self::Username,
            NamedBy::Email => Self::Email,
        }
    }
}

fn algorithm(name: &str) -> Result<Algorithm, String> {
    let known = Algorithm::ALL.into_iter().find(|algorithm| algorithm.name() == name);
    known.ok_or_else(|| format!("known are {}", Algorithm::ALL.map(Algorithm::name).join(", ")))
}

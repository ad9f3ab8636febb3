//! The core of Dragoman: accounts, tokens, passwords and storage.
//!
//! It speaks the domain and knows neither HTTP nor the wording of any client. Every dialect gets
//! its own [`Accounts`] and [`Tokens`], bound to its [`Realm`]: ids, facts and tokens of one
//! dialect mean nothing in another, while the people behind them are the same.

mod accounts;
mod addresses;
mod ambient;
mod audit;
mod core;
mod db;
mod error;
mod guesses;
mod identities;
mod keys;
mod lists;
mod moving;
mod named;
mod old_server;
mod origin;
mod password;
mod records;
mod rows;
mod seed;
#[cfg(test)]
mod tests;
mod text;
mod tokens;
mod user;

pub use accounts::Accounts;
pub use addresses::AddressSettings;
pub use ambient::{Clock, Random};
pub use audit::{
    Audit, AuditFilter, AuditSettings, AuditStats, Break, Entry, Event, NO_DIALECTS, Outcome, Person, Verdict,
};
pub use core::{Core, Settings, Stats, pending_migrations};
pub use db::{DatabaseSettings, ImportLock};
pub use dragoman_hashes as hashes;
pub use error::{Error, Fault, Field, Result, TokenFault, TokenPart};
pub use guesses::{GuessSettings, GuessStats};
pub use keys::{Algorithm, KEYS_LOOKED_AT, KeyEntry, KeyFault, KeySource, KeyState, KeyStore, Secret};
pub use moving::{
    Action, Administrator, Arrival, BATCH, Clash, Clashes, Column, CopiedTable, CopyProgress, Decider, Departing,
    Departure, Departures, Example, Fact, Findings, Importing, Imports, Incoming, Kept, Known, Leaving, LeftOut,
    OnSameEmail, OnSameId, OnSameName, OnUnknownHash, OnUnusable, OriginTable, Place, Policies, Rehearsal, Run,
    Snapshot, Source, Spelling, Stays, Step, Undone, copy,
};
pub use old_server::{NoWord, OldServer, Profile, Trust, Word};
pub use origin::Origin;
pub use password::{HashingStats, PASSWORD_LIMIT, Password, PasswordSettings, WAITS};
pub use seed::SeedUser;
pub use text::{NAME_LIMIT, is_email};
pub use tokens::legacy::{LegacyClaims, UserKey};
pub use tokens::{Bearer, Family, Grant, Kind, Stamp, Tokens};
pub use user::{Changes, Facts, Filter, Login, NewUser, OrderBy, Page, Realm, Role, Roles, User, UserId};

//! Bytes that several dialect adapters share, and nothing that is shaped like one dialect.
//!
//! How a dialect is mounted ([`Mount`]), its route table ([`Endpoint`]), reading requests
//! ([`body`], [`form`], [`basic_auth`], [`path`]), long answers ([`list`]), JSON as Go programs
//! read and write it ([`go`]), and logins held against an old server ([`old_login`]).

pub mod basic_auth;
pub mod body;
mod endpoint;
pub mod form;
pub mod go;
pub mod list;
mod mount;
pub mod old_login;
pub mod path;

pub use endpoint::{Allowed, Endpoint, register};
pub use mount::{Hazard, Mount, Profile, Witness};

//! Recorded exchanges: read from YAML, replayed over HTTP and compared byte for byte.
//!
//! An exchange is a short conversation with a user API: what a client sends, and what it must
//! receive, with placeholders where an answer cannot be known beforehand. The files lie under
//! `dialects/<name>/exchanges/` and are the executable half of each dialect's contract.
//!
//! This crate knows neither the gateway nor its core, because the same files are also replayed
//! against the servers that the gateway replaces. What only a server under our control can do
//! (moving its clock, putting users into its database) goes through a [`Lab`].

mod cleanup;
mod client;
pub mod conform;
mod curl;
mod difference;
mod exchange;
mod matching;
mod read;
pub mod register;
mod replay;
mod report;
mod request;
pub mod run;
mod template;
mod token;
mod values;
mod yaml;

pub use cleanup::Cleanup;
pub use client::{Client, Observer, Request, Response};
pub use exchange::{Exchange, Expectation, Message, Need, Profile, Step};
pub use read::{read_file, read_folder, read_str};
pub use replay::{Lab, Outcome, Target, replay};
pub use template::{Pattern, Text};
pub use values::Values;

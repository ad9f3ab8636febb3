//! One gateway between legacy clients and one user database.
//!
//! The only crate that knows all dialects: settings, mounts, start-up, telemetry and the command line.

pub mod cli;
pub mod client;
pub mod commands;
pub mod dialects;
pub mod docs;
pub mod gateway;
pub mod harness;
pub mod metrics;
pub mod mounts;
pub mod moving;
pub mod old_server;
pub mod operations;
pub mod ownership;
pub mod secrets;
pub mod settings;
pub mod startup;
pub mod telemetry;
pub mod tls;

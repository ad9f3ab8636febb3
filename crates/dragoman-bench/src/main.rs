//! One command that measures the gateway: it starts what it needs, drives it over loopback HTTP,
//! interleaves what it compares, and prints each figure beside its target.
//!
//! `cargo run --release -p dragoman-bench`. Ratios hold from machine to machine; absolute figures do not.

mod bench;
mod clients;
mod figure;
mod fill;
mod fuzz;
mod kill;
mod load;
mod machine;
mod moving;
mod peers;
mod procfs;
mod program;
mod ratio;
mod report;
mod rows;
mod target;
mod timing;
mod under_test;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Measures Dragoman and prints each figure beside its target.
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    bench: bench::Args,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Kills the gateway again and again in the middle of writes, and looks whether it kept its word.
    Kill(kill::Args),
    /// Sends requests that no honest client sends, and looks whether the gateway bears it.
    Fuzz(fuzz::Args),
    /// Looks whether the time of a refusal tells an unknown user from a wrong password.
    Timing(timing::Args),
    /// Takes in the users of an old server, writes them back, copies them and takes them out again.
    Moving(moving::Args),
    /// The gateway, in the process that is measured.
    #[command(hide = true)]
    UnderTest(under_test::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command {
        None => bench::run(&cli.bench),
        Some(Command::Kill(args)) => kill::run(&args),
        Some(Command::Fuzz(args)) => fuzz::run(&args),
        Some(Command::Timing(args)) => timing::run(&args),
        Some(Command::Moving(args)) => moving::run(&args),
        Some(Command::UnderTest(args)) => under_test::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to hear that standard error is closed.
            drop(writeln!(std::io::stderr(), "dragoman-bench: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

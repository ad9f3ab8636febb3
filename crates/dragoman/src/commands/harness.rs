//! `dragoman harness`

use std::io::Read as _;

use actix_web::rt::System;
use anyhow::{Context as _, Result};
use tokio::sync::oneshot;

use crate::cli::HarnessArgs;
use crate::commands::print;
use crate::harness::{Harness, Options, UserLine};
use crate::settings::Settings;
use crate::startup::Signals;
use crate::telemetry;

/// Runs a throwaway gateway until standard input closes or a signal comes.
pub(crate) fn run(settings: Settings, args: HarnessArgs) -> Result<()> {
    let _log = telemetry::start(&settings.log)?;
    let options = options(args)?;
    System::new().block_on(async {
        let mut signals = Signals::listen()?;
        let closed = input_closed();
        let harness = Harness::with_settings(settings, options).await?;
        let announced = print(&format!("{}\n", harness.announcement()));
        if announced.is_ok() {
            tokio::select! {
                _ = closed => {}
                () = signals.received() => {}
            }
        }
        harness.stop().await?;
        announced
    })
}

fn options(args: HarnessArgs) -> Result<Options> {
    let users = match &args.users {
        Some(file) => {
            let name = || format!("cannot read {}", file.display());
            UserLine::read_all(&std::fs::read_to_string(file).with_context(name)?).with_context(name)?
        }
        None => Vec::new(),
    };
    Ok(Options {
        dialects: args.dialects,
        users,
        profile: args.profile,
        database: args.database,
        hazards: args.hazards,
        settings: None,
    })
}

/// A thread of its own, which does not keep the process alive as tokio's own standard input would.
fn input_closed() -> oneshot::Receiver<()> {
    let (sender, receiver) = oneshot::channel();
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        let mut buffer = [0; 1024];
        while input.read(&mut buffer).is_ok_and(|read| read > 0) {}
        drop(sender);
    });
    receiver
}

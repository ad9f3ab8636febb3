//! `dragoman migrate`

use std::process::ExitCode;

use anyhow::Result;
use dragoman_core::{Clock, Random};

use crate::commands::last_word;
use crate::settings::Settings;
use crate::startup;

/// Migrates, or with `check` only says what is to be done.
pub(crate) fn run(settings: &Settings, check: bool) -> Result<ExitCode> {
    let (names, said) = match check {
        true => (startup::pending(settings)?, "to do"),
        false => (startup::migrate(&startup::open(settings, Clock::system(), Random::system())?, settings)?, "done"),
    };
    last_word(&match names.as_slice() {
        [] => "the database is up to date\n".to_owned(),
        names => names.iter().map(|name| format!("{said}: {name}\n")).collect(),
    })?;
    let waiting = check && !names.is_empty();
    Ok(if waiting { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

//! The real program, which some parts run as an operator does.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use dragoman_tests::program;

/// The program that was asked for, or the one beside this one, or else one that Cargo builds.
pub fn chosen(given: Option<&Path>) -> Result<PathBuf> {
    let beside = std::env::current_exe()?.with_file_name("dragoman");
    match given {
        Some(path) => path.canonicalize().with_context(|| format!("there is no {}", path.display())),
        None if beside.is_file() => Ok(beside),
        None => program::path().map(Path::to_owned),
    }
}

/// The program with these arguments, in this folder, without settings from the environment.
pub fn command(program: &Path, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("DRAGOMAN_")) {
        command.env_remove(name);
    }
    command
}

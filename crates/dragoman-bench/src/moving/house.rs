//! A database of its own, and the program at work on it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use dragoman_tests::program::settings;

use crate::procfs;
use crate::program;

/// How often a child's memory is looked at. The kernel keeps the peak, so that only one in its last moment is missed.
const INTERVAL: Duration = Duration::from_millis(5);

/// What a command took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measure {
    /// From its start to its end.
    pub(super) elapsed: Duration,
    /// The most memory that it had, in bytes.
    pub(super) peak_resident: u64,
}

/// A folder with settings.
pub(super) struct House {
    program: PathBuf,
    folder: PathBuf,
}

impl House {
    /// An empty database at this URL.
    pub(super) fn new(program: &Path, folder: &Path, url: &str) -> Result<Self> {
        fs::write(folder.join("dragoman.toml"), settings(folder, url, ""))?;
        let house = Self { program: program.to_owned(), folder: folder.to_owned() };
        house.run(&["migrate"])?;
        Ok(house)
    }

    /// Runs the program to its end; an error where it fails, with what it said.
    pub(super) fn run(&self, arguments: &[&str]) -> Result<Measure> {
        let said = self.folder.join("said");
        let output = File::create(&said)?;
        let mut command = program::command(&self.program, &self.folder, arguments);
        let begun = Instant::now();
        let child = command.stdout(Stdio::from(output.try_clone()?)).stderr(output).spawn();
        let (status, peak_resident) = watch(child.context("the program does not run")?)?;
        let elapsed = begun.elapsed();
        ensure!(status.success(), "dragoman {} failed: {}", arguments.join(" "), fs::read_to_string(&said)?);
        Ok(Measure { elapsed, peak_resident })
    }
}

/// Waits for the end of a process and says its peak, in bytes.
fn watch(mut child: Child) -> Result<(ExitStatus, u64)> {
    let mut peak = 0;
    loop {
        peak = procfs::peak_resident(child.id()).unwrap_or_default().max(peak);
        if let Some(status) = child.try_wait()? {
            return Ok((status, peak));
        }
        thread::sleep(INTERVAL);
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_process_is_watched_to_its_end() {
        let child = Command::new("sh").args(["-c", "sleep 0.1; exit 3"]).spawn().unwrap();
        let (status, peak) = watch(child).unwrap();
        assert_eq!(status.code(), Some(3));
        assert!(peak > 0);
    }
}

//! `dragoman compat`

mod embedded;
mod html;
mod json;
mod markdown;
mod matrix;
#[cfg(test)]
mod tests;

use std::path::Path;

use anyhow::{Context as _, Result};
use dragoman_exchange::register::Register;
use dragoman_exchange::run::Run;

use crate::cli::{CompatArgs, MatrixFormat};
use crate::commands::last_word;
use matrix::Matrix;

/// Prints the matrix of the run that this program was built with, or of the given ones.
pub(crate) fn run(args: &CompatArgs) -> Result<()> {
    let registers = embedded::registers()?;
    let run = if args.runs.is_empty() { embedded::run()? } else { read(&args.runs)? };
    let matrix = Matrix::new(&registers, &run)?;
    last_word(&match args.format {
        MatrixFormat::Markdown if args.runs.is_empty() => markdown::introduced(&matrix),
        MatrixFormat::Markdown => markdown::tables(&matrix),
        MatrixFormat::Html => html::page(&matrix),
        MatrixFormat::Json => json::document(&matrix)?,
    })
}

/// The text of `dialects/README.md` for these registers and this run.
///
/// # Errors
/// When the run speaks of what no register knows, or twice of one thing.
pub fn readme(registers: &[Register], run: &Run) -> Result<String> {
    Ok(markdown::introduced(&Matrix::new(registers, run)?))
}

fn read(files: &[impl AsRef<Path>]) -> Result<Run> {
    let one = |file: &Path| {
        let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        Ok(Run::read_str(&text, file)?.rows)
    };
    let rows = files.iter().map(|file| one(file.as_ref())).collect::<Result<Vec<_>>>()?.concat();
    Ok(Run { rows })
}

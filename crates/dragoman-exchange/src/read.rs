//! Reading and checking exchange files. Every complaint names the file and the line.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use serde_saphyr::Spanned;

use crate::Values;
use crate::exchange::{Exchange, Located};
use crate::template::{Part, Text};
use crate::yaml::{ExchangeYaml, StepYaml};

/// Every exchange of every `.yaml` file in the folder, by file name.
///
/// # Errors
/// When the folder cannot be read, a file is no exchange file, or two exchanges of a file have the same name.
pub fn read_folder(folder: &Path) -> Result<Vec<Exchange>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read the folder {}", folder.display()))?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<PathBuf>>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    Ok(files.iter().map(|file| read_file(file)).collect::<Result<Vec<_>>>()?.concat())
}

/// Every exchange of a file.
///
/// # Errors
/// As [`read_folder`].
pub fn read_file(file: &Path) -> Result<Vec<Exchange>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    read_str(&text, file)
}

/// Every exchange of a text; `file` is what complaints call it.
///
/// # Errors
/// As [`read_folder`].
pub fn read_str(text: &str, file: &Path) -> Result<Vec<Exchange>> {
    let written: Vec<Spanned<ExchangeYaml>> =
        serde_saphyr::from_str(text).map_err(|error| at(file, line_of(&error), &error))?;
    ensure!(!written.is_empty(), "{}: no exchange in it", file.display());
    let exchanges = written.into_iter().map(|exchange| checked(exchange, file)).collect::<Result<Vec<_>>>()?;
    names_are_unique(&exchanges)?;
    Ok(exchanges)
}

fn line_of(error: &serde_saphyr::Error) -> u64 {
    error.location().map_or(0, |location| location.line())
}

fn at(file: &Path, line: u64, error: &dyn std::fmt::Display) -> anyhow::Error {
    anyhow!("{}:{line}: {error:#}", file.display())
}

fn checked(written: Spanned<ExchangeYaml>, file: &Path) -> Result<Exchange> {
    let line = written.referenced.line();
    let ExchangeYaml { exchange, clauses, profile, hazards, given, settings, steps } = written.value;
    ensure!(!exchange.trim().is_empty(), "{}:{line}: an exchange without a name", file.display());
    ensure!(!clauses.is_empty(), "{}:{line}: an exchange that shows no clause", file.display());
    let steps = steps.into_iter().map(|step| located(step, file)).collect::<Result<Vec<_>>>()?;
    ensure!(!steps.is_empty(), "{}:{line}: an exchange without steps", file.display());
    let exchange =
        Exchange { name: exchange, clauses, profile, hazards, given, settings, steps, file: file.to_owned(), line };
    names_are_known(&exchange)?;
    Ok(exchange)
}

fn located(written: Spanned<StepYaml>, file: &Path) -> Result<Located<crate::Step>> {
    let line = written.referenced.line();
    let value = written.value.into_step().map_err(|error| at(file, line, &error))?;
    Ok(Located { line, value })
}

/// A placeholder that inserts a value must be given, or captured further up.
fn names_are_known(exchange: &Exchange) -> Result<()> {
    let mut known: BTreeSet<String> = Values::GIVEN.map(str::to_owned).into();
    for text in exchange.given.iter().flat_map(strings) {
        let text = Text::try_from(text.to_owned()).map_err(|error| at(&exchange.file, exchange.line, &error))?;
        learn(&mut known, text.parts()).map_err(|error| at(&exchange.file, exchange.line, &error))?;
    }
    for step in &exchange.steps {
        learn(&mut known, step.value.parts()).map_err(|error| at(&exchange.file, step.line, &error))?;
    }
    Ok(())
}

fn learn<'a>(known: &mut BTreeSet<String>, parts: impl IntoIterator<Item = &'a Part>) -> Result<()> {
    for part in parts {
        match part {
            Part::Value(name) if !known.contains(name) => bail!("{part} is neither given nor captured before"),
            Part::Slot { name: Some(name), .. } => {
                ensure!(!Values::GIVEN.contains(&name.as_str()), "{part}: {name} is given and cannot be captured");
                known.insert(name.clone());
            }
            Part::Literal(_) | Part::Value(_) | Part::Slot { name: None, .. } => {}
        }
    }
    Ok(())
}

/// Every string in a JSON value that can hold placeholders: all but the keys.
fn strings(value: &serde_json::Value) -> Vec<&str> {
    match value {
        serde_json::Value::String(text) => vec![text],
        serde_json::Value::Array(items) => items.iter().flat_map(strings).collect(),
        serde_json::Value::Object(fields) => fields.values().flat_map(strings).collect(),
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => Vec::new(),
    }
}

fn names_are_unique(exchanges: &[Exchange]) -> Result<()> {
    let mut seen = BTreeSet::new();
    for exchange in exchanges {
        let key = (&exchange.name, exchange.profile, &exchange.hazards);
        ensure!(
            seen.insert(key),
            "{}:{}: another exchange is called {:?} too",
            exchange.file.display(),
            exchange.line,
            exchange.name
        );
    }
    Ok(())
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;

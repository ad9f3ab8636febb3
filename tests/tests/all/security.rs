//! SECURITY.md says which test shows what; here is what keeps it from naming tests that are not there.

use anyhow::{Context as _, Result, ensure};
use dragoman_tests::root;

use crate::trials::Trials;

pub(crate) fn register(trials: &mut Trials) {
    trials.once("SECURITY.md names tests that exist, and only those", tests_exist);
    trials.once("SECURITY.md goes through the requirements in order, each once", requirements_are_in_order);
}

/// A row of the table of tests: `key`, name, file.
struct Named<'a> {
    key: &'a str,
    name: &'a str,
    file: &'a str,
}

fn tests_exist() -> Result<()> {
    let page = page()?;
    let tests: Vec<Named<'_>> = rows(&page, "| key | test | file |").filter_map(named).collect();
    ensure!(tests.len() > 50, "SECURITY.md names {} tests", tests.len());
    let mut missing = Vec::new();
    for Named { key, name, file } in &tests {
        let source = std::fs::read_to_string(root().join(file)).unwrap_or_default();
        let spelled = [format!("\"{name}\""), format!("fn {name}("), format!("exchange: {name}\n")];
        if !spelled.iter().any(|spelled| source.contains(spelled)) {
            missing.push(format!("{key}: {file} has no {name:?}"));
        }
        if page.matches(&format!("`{key}`")).count() < 2 {
            missing.push(format!("{key}: nothing refers to it"));
        }
    }
    ensure!(missing.is_empty(), "{}", missing.join("\n"));
    Ok(())
}

fn requirements_are_in_order() -> Result<()> {
    let page = page()?;
    let list = page.split("## ASVS 5.0.0").nth(1).context("SECURITY.md has no list of requirements")?;
    let ids: Vec<Vec<u32>> = list.lines().filter_map(|line| number(line.strip_prefix("| ")?)).collect();
    ensure!(ids.len() > 80, "SECURITY.md lists {} requirements", ids.len());
    let unordered = ids.iter().zip(ids.iter().skip(1)).find(|(one, next)| one >= next);
    ensure!(unordered.is_none(), "out of order: {unordered:?}");
    Ok(())
}

fn page() -> Result<String> {
    std::fs::read_to_string(root().join("SECURITY.md")).context("there is no SECURITY.md")
}

/// The rows below a table's head.
fn rows<'a>(page: &'a str, head: &'a str) -> impl Iterator<Item = &'a str> {
    let below = page.lines().skip_while(move |line| *line != head).skip(2);
    below.take_while(|line| line.starts_with('|'))
}

fn named(row: &str) -> Option<Named<'_>> {
    let mut cells = row.trim_matches('|').split('|').map(str::trim);
    let key = cells.next()?.trim_matches('`');
    Some(Named { key, name: cells.next()?, file: cells.next()? })
}

/// The id that a row begins with; of `6.5.1 to 6.5.5`, the first.
fn number(row: &str) -> Option<Vec<u32>> {
    row.split(' ').next()?.split('.').map(|part| part.parse().ok()).collect()
}

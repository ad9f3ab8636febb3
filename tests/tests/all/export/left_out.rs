//! Records that an import left out.

use anyhow::{Result, ensure};
use dragoman::dialects::{self, Dialect};
use dragoman_tables::{Format, Row, Rows};
use dragoman_tests::{Database, World, sql};

use super::{tables, written};
use crate::house::{House, origin};

/// Whoever meets anybody stays out.
const SKIP: [&str; 10] = [
    "--on-same-email",
    "skip",
    "--on-same-name",
    "skip",
    "--on-same-id",
    "skip",
    "--on-unknown-hash",
    "skip",
    "--on-unusable",
    "skip",
];

pub(super) fn whole(world: &World, database: Database) -> Result<()> {
    let house = House::new(world, database)?;
    let mut before = Vec::new();
    for Dialect { name: dialect, origin: table, .. } in dialects::ALL {
        let rows: Vec<Row> = Rows::open(&origin(dialect)?, None, Some(table.name))?.collect::<Result<_, _>>()?;
        let content = written(&rows, Format::JsonLines)?;
        let file = house.file(&format!("{dialect}.jsonl"), &content)?;
        let arguments = ["import", &file, "--dialect", dialect, "--format", "jsonl"];
        let said = house.succeeds(&[&arguments, SKIP.as_slice()].concat())?.stdout;
        let left_out = number_before(&String::from_utf8(said)?, " are kept as they came, for an export");
        before.push((dialect, String::from_utf8(content)?, left_out.unwrap_or_default()));
    }
    ensure!(before.iter().map(|(_, _, left_out)| left_out).sum::<usize>() > 10, "too few were left out");
    for (dialect, content, left_out) in &before {
        let output = house.export(dialect, &["--known-only"])?;
        let (found, said) = (String::from_utf8(output.stdout)?, String::from_utf8(output.stderr)?);
        let words = [" record goes back as it came", " records go back as they came"];
        let told = words.iter().find_map(|words| number_before(&said, words));
        ensure!(told.unwrap_or_default() == *left_out, "{dialect}: {left_out} were left out: {said}");
        // Where there are no numbers, those who were left out stand behind the others.
        ensure!(sorted(&found) == sorted(content), "{dialect}: {content} came back as {found}");
    }
    loaded(world, database, &house)
}

/// Nobody has an e-mail that is in a record that was left out.
fn loaded(world: &World, database: Database, house: &House) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let url = world.fresh_database(database, folder.path())?;
    sql::execute(&url, &tables::of("jwt", database)?)?;
    let output = house.export("jwt", &["--format", "sql"])?;
    sql::execute(&url, &String::from_utf8(output.stdout)?)
}

fn sorted(lines: &str) -> Vec<&str> {
    let mut lines: Vec<_> = lines.lines().collect();
    lines.sort_unstable();
    lines
}

/// The number that stands before these words.
fn number_before(said: &str, words: &str) -> Option<usize> {
    let (before, _) = said.split_once(words)?;
    before.rsplit(' ').next()?.parse().ok()
}

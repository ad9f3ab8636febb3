//! What was exported, in the tables that the old servers have.

use anyhow::{Context as _, Result, ensure};
use dragoman::dialects::{self, Dialect};
use dragoman_tables::Format;
use dragoman_tests::{Database, World, sql};

use super::people;
use crate::house::House;

/// The originals' definitions, as the dumps in tests/moving/origins have them, without what MySQL alone understands.
const TABLES: [(&str, &str); 2] = [
    (
        "amadis",
        "CREATE TABLE users (id bigint NOT NULL PRIMARY KEY, name varchar(255) NOT NULL, \
         email varchar(255) NOT NULL UNIQUE, email_verified_at timestamp NULL, password varchar(255) NOT NULL, \
         remember_token varchar(100) NULL, created_at timestamp NULL, updated_at timestamp NULL)",
    ),
    (
        "jwt",
        "CREATE TABLE users (user_id uuid NOT NULL PRIMARY KEY, name text NOT NULL, email text NOT NULL UNIQUE, \
         roles text[] NOT NULL, password_hash text NOT NULL, enabled boolean NOT NULL, \
         date_created timestamp NOT NULL, date_updated timestamp NOT NULL)",
    ),
];

pub(super) fn loaded(world: &World, database: Database) -> Result<()> {
    let house = House::new(world, database)?;
    for Dialect { name, .. } in dialects::ALL {
        house.bring_in(name, &people(name)?, Format::Sql)?;
    }
    for (dialect, _) in TABLES {
        let folder = tempfile::tempdir()?;
        let url = world.fresh_database(database, folder.path())?;
        sql::execute(&url, &of(dialect, database)?)?;
        let output = house.export(dialect, &["--format", "sql"])?;
        sql::execute(&url, &String::from_utf8(output.stdout)?).context(dialect)?;

        let said = String::from_utf8(output.stderr)?;
        let left_out = count(&said, " old server has nobody without an e-mail")?;
        let namesakes = count(&said, " left out: ")? - left_out;
        let here = sql::texts(&house.url, "SELECT CAST(COUNT(*) AS TEXT) AS text FROM users")?;
        let there = sql::texts(&url, "SELECT CAST(COUNT(*) AS TEXT) AS text FROM users")?;
        let [here, there] = [here, there].map(|counted| counted.concat().parse::<usize>());
        ensure!(left_out > 2 && there? + left_out + namesakes == here?, "{dialect}: {said}");
    }
    Ok(())
}

/// The table of an old server, in a database of this kind.
pub(super) fn of(dialect: &str, database: Database) -> Result<String> {
    let table = TABLES.iter().find(|(other, _)| *other == dialect).context("a table that wants e-mails")?.1;
    Ok(if database == Database::Sqlite { table.replace("text[]", "text") } else { table.to_owned() })
}

/// The sum of the numbers in the warnings that say this.
fn count(said: &str, what: &str) -> Result<usize> {
    let warnings = said.lines().filter_map(|line| line.split_once(what));
    let number = |(before, _): (&str, &str)| before.split(' ').rev().find_map(|word| word.parse::<usize>().ok());
    warnings.map(|warning| number(warning).context("a number")).sum()
}

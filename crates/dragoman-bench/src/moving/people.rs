//! The users of an old server, in a file.

use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write};
use std::path::Path;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::alphabet::BCRYPT;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::NO_PAD;
use clap::ValueEnum;
use rand::prelude::*;
use serde::Serialize;

use crate::fill;

/// Whose users they are: a dialect whose clients know them by integer ids.
pub(super) const DIALECT: &str = "vitja";

/// The moment at which the first of them came, in seconds since 1970.
const FIRST: u32 = 1_400_000_000;

const GIVEN: [&str; 16] = [
    "anna", "boris", "chen", "dora", "emil", "fatma", "goran", "hana", "ivan", "jana", "karl", "lea", "mika", "nora",
    "omar", "pia",
];
const FAMILY: [&str; 16] = [
    "adler", "berg", "cruz", "diaz", "evans", "fischer", "gruber", "huber", "ito", "jones", "kaya", "lang", "moreau",
    "novak", "okoro", "petrov",
];

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(super) enum Format {
    /// JSON Lines, with the keys that every dialect has.
    Jsonl,
    /// The columns of the old server's table.
    Csv,
}

impl Format {
    /// The name, which is the end of a file's too.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
        }
    }
}

/// One of them, with the keys of JSON Lines.
#[derive(Debug, Serialize)]
struct Person {
    id: u32,
    uuid: String,
    username: String,
    email: String,
    name: String,
    password_hash: String,
    #[serde(skip)]
    created: u32,
}

impl Person {
    /// Names come in no order, as people do: sorted ones would spare the database's indexes most of their work.
    fn new(id: u32, rng: &mut StdRng) -> Result<Self> {
        let given = GIVEN.choose(rng).context("there are names")?;
        let family = FAMILY.choose(rng).context("there are names")?;
        let username = format!("{given}.{family}{id}");
        Ok(Self {
            id,
            uuid: fill::uuid(id),
            email: format!("{username}@example.org"),
            name: format!("{given} {family}"),
            username,
            password_hash: hash(rng),
            created: FIRST + id,
        })
    }

    fn write(&self, format: Format, file: &mut impl Write) -> Result<()> {
        let Self { id, username, email, name, password_hash, created, .. } = self;
        match format {
            Format::Jsonl => {
                serde_json::to_writer(&mut *file, self)?;
                writeln!(file)?;
            }
            // Nothing in it has to be quoted.
            Format::Csv => writeln!(file, "{id},{name},{username},{password_hash},{email},0,{created},{created}")?,
        }
        Ok(())
    }
}

/// The form of a bcrypt hash of a random salt, of a password that nobody knows: a million true ones would take a day.
fn hash(rng: &mut StdRng) -> String {
    let base64 = GeneralPurpose::new(&BCRYPT, NO_PAD);
    let (salt, digest): ([u8; 16], [u8; 23]) = (rng.random(), rng.random());
    format!("$2a$10${}{}", base64.encode(salt), base64.encode(digest))
}

/// Writes so many users, always the same ones.
pub(super) fn write(file: &Path, format: Format, users: u32) -> Result<()> {
    let mut rng = StdRng::seed_from_u64(1);
    let mut output = BufWriter::new(File::create(file)?);
    if format == Format::Csv {
        writeln!(output, "id,name,username,password,email,is_admin,created,updated")?;
    }
    for id in 1..=users {
        Person::new(id, &mut rng)?.write(format, &mut output)?;
    }
    output.flush().with_context(|| format!("cannot write {}", file.display()))
}

/// How many lines a file has.
pub(super) fn count(file: &Path) -> Result<u64> {
    BufReader::new(File::open(file)?).lines().try_fold(0, |lines, line| Ok(line.map(|_| lines + 1)?))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::Value;

    use super::*;

    fn lines(format: Format, users: u32) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("people");
        write(&file, format, users).unwrap();
        let lines: Vec<_> = std::fs::read_to_string(&file).unwrap().lines().map(str::to_owned).collect();
        assert_eq!(count(&file).unwrap(), lines.len() as u64);
        lines
    }

    #[test]
    fn no_two_users_share_what_tells_them_apart() {
        let people: Vec<Value> =
            lines(Format::Jsonl, 1000).iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        for key in ["id", "uuid", "username", "email", "password_hash"] {
            assert_eq!(
                people.iter().map(|person| person[key].to_string()).collect::<HashSet<_>>().len(),
                1000,
                "{key}"
            );
        }
    }

    #[test]
    fn every_hash_is_one_that_bcrypt_can_read() {
        for line in lines(Format::Jsonl, 20) {
            let person: Value = serde_json::from_str(&line).unwrap();
            let hash: bcrypt::HashParts = person["password_hash"].as_str().unwrap().parse().unwrap();
            assert_eq!(hash.get_cost(), 10);
        }
    }

    #[test]
    fn a_table_has_the_columns_of_the_old_server_and_the_same_users() {
        let (table, people) = (lines(Format::Csv, 3), lines(Format::Jsonl, 3));
        let origin = &dragoman::dialects::Dialect::by_name(DIALECT).unwrap().origin;
        let columns: Vec<_> = origin.columns.iter().map(|column| column.name).collect();
        assert_eq!(table[0], columns.join(","));
        for (row, line) in table[1..].iter().zip(&people) {
            let cells: Vec<_> = row.split(',').collect();
            let person: Value = serde_json::from_str(line).unwrap();
            assert_eq!(cells.len(), columns.len());
            let told = ["username", "password_hash", "email"].map(|key| person[key].as_str().unwrap());
            assert_eq!([cells[2], cells[3], cells[4]], told);
        }
        assert_eq!(table.len(), 4);
    }
}

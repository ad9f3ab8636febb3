//! The way back: users who came from an old server, written as it had them.

mod left_out;
mod links;
mod tables;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Output;

use anyhow::{Context as _, Result, ensure};
use dragoman::dialects::{self, Dialect};
use dragoman_tables::{Cell, Format, Row, Rows, Writer};
use dragoman_tests::{Database, World};

use crate::house::{House, origin, policies};
use crate::trials::Trials;

const FORMATS: [Format; 3] = [Format::JsonLines, Format::Csv, Format::Sql];

/// A name for the new user of the second test.
const STRANGER: &str = "stranger";

pub(crate) fn register(trials: &mut Trials) {
    trials.on_both("whoever was not changed goes back byte for byte", untouched);
    trials.on_both("what was changed goes back, and nothing else of anybody", changed);
    trials.on_both("whoever was linked goes back to each old server as it knew it", links::linked);
    trials.on_both("everybody goes into the tables of the old servers that want e-mails", tables::loaded);
    trials.on_both("whoever an import left out goes back to its old server", left_out::whole);
}

impl House {
    /// Brings these in, each as somebody else, and gives the file that they came in.
    fn bring_in(&self, dialect: &str, rows: &[Row], format: Format) -> Result<Vec<u8>> {
        let content = written(rows, format)?;
        let file = self.file(&format!("{dialect}.{}", format.name()), &content)?;
        let arguments = ["import", &file, "--dialect", dialect, "--format", format.name()];
        self.succeeds(&[&arguments, policies("rename").as_slice()].concat())?;
        Ok(content)
    }

    fn export(&self, dialect: &str, more: &[&str]) -> Result<Output> {
        self.succeeds(&[&["export", "--dialect", dialect], more].concat())
    }

    /// The rows of an export, each under what the column has in it.
    fn rows(&self, dialect: &str, more: &[&str]) -> Result<Vec<Row>> {
        let output = self.export(dialect, more)?;
        let rows = Rows::from_reader(output.stdout.as_slice(), Format::JsonLines, None)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn written(rows: &[Row], format: Format) -> Result<Vec<u8>> {
    let mut writer = Writer::new(Vec::new(), format, "users")?;
    rows.iter().try_for_each(|row| writer.row(row))?;
    Ok(writer.finish()?)
}

/// The users of an old server who can come in: those whose name is one.
fn people(dialect: &str) -> Result<Vec<Row>> {
    let table = Dialect::by_name(dialect).context("no such dialect")?.origin.name;
    let rows: Vec<Row> = Rows::open(&origin(dialect)?, None, Some(table))?.collect::<Result<_, _>>()?;
    let text = |row: &Row, column: &str| match row.get(column) {
        Some(Cell::Text(text)) => text.clone(),
        _ => String::new(),
    };
    let has_name = |row: &Row| ["username", "email"].iter().any(|column| !text(row, column).is_empty());
    let is_name = |row: &Row| !text(row, "username").contains('\n') && text(row, "name").len() <= 255;
    let usable: Vec<Row> = rows.into_iter().filter(|row| has_name(row) && is_name(row)).collect();
    ensure!(usable.len() > 5, "{dialect}: {} users", usable.len());
    Ok(usable)
}

fn untouched(world: &World, database: Database) -> Result<()> {
    for format in FORMATS {
        let house = House::new(world, database)?;
        let mut imported = Vec::new();
        for Dialect { name, .. } in dialects::ALL {
            imported.push((*name, house.bring_in(name, &people(name)?, format)?));
        }
        for (dialect, content) in imported {
            let output = house.export(dialect, &["--known-only", "--format", format.name()])?;
            let said = String::from_utf8_lossy(&output.stderr);
            ensure!(said.is_empty(), "{dialect} {}: {said}", format.name());
            let (found, expected) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&content));
            let lines = found.lines().zip(expected.lines()).find(|(found, expected)| found != expected);
            ensure!(output.stdout == content, "{dialect} {}: {lines:?}", format.name());
        }
    }
    Ok(())
}

/// The row whose column has this text.
fn of<'a>(rows: &'a [Row], column: &str, text: &str) -> Result<&'a Row> {
    let cell = Cell::Text(text.to_owned());
    rows.iter().find(|row| row.get(column) == Some(&cell)).with_context(|| format!("nobody has the {column} {text}"))
}

/// The columns in which two rows differ.
fn differing(one: &Row, other: &Row) -> Vec<String> {
    let other: Vec<_> = other.iter().collect();
    one.iter().filter(|cell| !other.contains(cell)).map(|(column, _)| column.to_owned()).collect()
}

fn begins(row: &Row, column: &str, with: &str) -> bool {
    matches!(row.get(column), Some(Cell::Text(text)) if text.starts_with(with))
}

fn changed(world: &World, database: Database) -> Result<()> {
    let house = House::new(world, database)?;
    let (onyx, vitja) = (people("onyx")?, people("vitja")?);
    house.bring_in("onyx", &onyx, Format::Sql)?;
    house.bring_in("vitja", &vitja, Format::Sql)?;
    let password = house.file("password", b"a new password")?;
    house.succeeds(&["user", "set", "username:dora", "--name", "Dora the Second", "--admin", "true"])?;
    house.succeeds(&["user", "set-password", "username:erin", "--password-file", &password])?;
    house.succeeds(&["user", "set-password", "username:ivan", "--password-file", &password])?;
    house.succeeds(&["user", "add", STRANGER, "--email", "stranger@example.org", "--password-file", &password])?;

    let known = house.rows("vitja", &["--known-only"])?;
    ensure!(known.len() == vitja.len(), "{} of {}", known.len(), vitja.len());
    for (before, now) in vitja.iter().zip(&known) {
        let expected: &[&str] = match before.get("username") {
            Some(Cell::Text(name)) if name == "dora" => &["name", "is_admin", "updated"],
            Some(Cell::Text(name)) if name == "ivan" => &["password", "updated"],
            _ => &[],
        };
        ensure!(differing(before, now) == expected, "{:?}: {:?}", before.get("username"), differing(before, now));
    }
    ensure!(of(&known, "username", "dora")?.get("is_admin") == Some(&Cell::Integer(1)));
    ensure!(begins(of(&known, "username", "ivan")?, "password", "$2a$"));

    let everybody = house.rows("vitja", &[])?;
    nobody_is_called_as_another(&house, &everybody)?;
    let stranger = of(&everybody, "username", STRANGER)?;
    ensure!(Some(stranger.columns()) == known.first().map(Row::columns) && begins(stranger, "password", "$2a$"));
    ensure!(matches!(stranger.get("id"), Some(Cell::Integer(number)) if *number > 1_000_000_000));
    ensure!(begins(of(&everybody, "username", "frank")?, "password", "$2a$10$....."), "vitja reads no sha256-crypt");

    passwords_that_the_old_server_cannot_read(&house, &onyx)?;
    only_its_owner_reads_it(&house)?;
    the_log_tells_of_it(&house)
}

/// vitja and onyx both had an admin and a carol@example.org, who are two people each.
fn nobody_is_called_as_another(house: &House, rows: &[Row]) -> Result<()> {
    let names = ["username", "email"].iter().flat_map(|column| rows.iter().filter_map(|row| row.get(column)));
    let text = |cell: &Cell| if let Cell::Text(name) = cell { Some(name.to_lowercase()) } else { None };
    let mut names: Vec<String> = names.filter_map(text).filter(|name| !name.is_empty()).collect();
    names.sort();
    let twice = names.iter().zip(names.iter().skip(1)).find(|(one, next)| one == next);
    ensure!(twice.is_none(), "{twice:?}");
    let output = house.export("vitja", &[])?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(said.contains(" left out: vitja's old server"), "{said}");
    Ok(())
}

fn passwords_that_the_old_server_cannot_read(house: &House, onyx: &[Row]) -> Result<()> {
    let output = house.export("onyx", &["--known-only"])?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(said.contains("warning: 1 user has a password here that onyx"), "{said}");
    let now = house.rows("onyx", &["--known-only"])?;
    let erin = of(&now, "username", "erin")?;
    ensure!(begins(erin, "password", "$5$rounds=535000$........"));
    ensure!(differing(of(onyx, "username", "erin")?, erin) == ["password"]);
    ensure!(of(&now, "username", "frank")? == of(onyx, "username", "frank")?);
    Ok(())
}

fn only_its_owner_reads_it(house: &House) -> Result<()> {
    let path = house.folder.path().join("back.csv");
    let file = path.to_str().context("a path that is text")?;
    house.export("vitja", &["--format", "csv", "--output", file])?;
    ensure!(std::fs::metadata(&path)?.permissions().mode() & 0o777 == 0o600);
    let before = std::fs::read(&path)?;
    ensure!(house.export("vitja", &["--output", file]).is_err(), "a file was overwritten");
    ensure!(std::fs::read(&path)? == before && is_csv(&path)?);
    Ok(())
}

fn the_log_tells_of_it(house: &House) -> Result<()> {
    let before = entries(house)?;
    house.export("vitja", &["--known-only"])?;
    let after = entries(house)?;
    let added = after.strip_prefix(before.as_str()).context("the log begins otherwise")?;
    ensure!(added.lines().count() == 1 && added.contains(r#""users":"known""#), "{added}");
    house.succeeds(&["audit", "verify"]).map(drop)
}

fn entries(house: &House) -> Result<String> {
    Ok(String::from_utf8(house.succeeds(&["audit", "export", "--event", "export"])?.stdout)?)
}

fn is_csv(path: &Path) -> Result<bool> {
    let rows = Rows::open(path, Some(Format::Csv), None)?.collect::<Result<Vec<_>, _>>()?;
    Ok(of(&rows, "username", STRANGER).is_ok())
}

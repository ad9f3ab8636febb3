//! How fast the users of an old server come in, go back, are copied and are taken out again: the real program on
//! SQLite and on PostgreSQL.

mod house;
mod people;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use dragoman_tests::cluster::Cluster;
use dragoman_tests::{Database, World};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::figure::mebibytes;
use crate::machine::Machine;
use crate::program;
use crate::report::{json, table};
use house::{House, Measure};
use people::{DIALECT, Format};

/// What `moving` may be told.
#[derive(Debug, Clone, Serialize, clap::Args)]
pub struct Args {
    /// How many users the old server has.
    #[arg(long, default_value_t = 1_000_000, value_name = "COUNT",
          value_parser = clap::value_parser!(u32).range(1..=1_000_000_000))]
    users: u32,
    /// What its file is.
    #[arg(long, value_enum, default_value = "jsonl", value_name = "NAME")]
    format: Format,
    /// The program; without it, the one beside this one, or one that Cargo builds.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Where the figures go as JSON, and for the time of the run the databases.
    #[arg(long, value_name = "DIR", default_value = "target/bench")]
    out: PathBuf,
}

/// One row of the table.
#[derive(Debug, Serialize)]
struct Passage {
    database: &'static str,
    command: &'static str,
    users: u32,
    seconds: f64,
    peak_resident_mebibytes: f64,
}

impl Passage {
    fn cells(&self) -> Vec<String> {
        let rate = f64::from(self.users) / self.seconds;
        let numbers = [rate, self.seconds, self.peak_resident_mebibytes].map(table::number);
        [self.database.to_owned(), self.command.to_owned()].into_iter().chain(numbers).collect()
    }
}

#[derive(Debug, Serialize)]
struct Report<'a> {
    machine: Machine,
    arguments: &'a Args,
    passages: Vec<Passage>,
}

/// Measures every command on both databases, prints the table, and writes `moving.json` after each of them.
pub fn run(args: &Args) -> Result<()> {
    let program = program::chosen(args.program.as_deref())?;
    let report = Report { machine: Machine::of_this(), arguments: args, passages: Vec::new() };
    let mut moving = Moving::new(report, &program)?;
    for database in Database::ALL {
        moving.on(database)?;
    }
    moving.progress.finish_and_clear();
    Ok(std::io::stdout().write_all(text(&moving.report).as_bytes())?)
}

fn text(report: &Report<'_>) -> String {
    let heads = ["database", "command", "users/s", "seconds", "peak resident MiB"];
    let passages = table::rows(&heads, &report.passages, Passage::cells);
    let Args { users, format, .. } = report.arguments;
    format!("{}\n{users} users, {}\n\n{passages}", table::machine(&report.machine), format.name())
}

/// A run under way.
struct Moving<'a> {
    program: &'a Path,
    report: Report<'a>,
    people: PathBuf,
    world: World,
    progress: ProgressBar,
    folder: tempfile::TempDir,
    _cluster: Cluster,
}

impl<'a> Moving<'a> {
    /// Writes the file of users and starts a throwaway server.
    fn new(report: Report<'a>, program: &'a Path) -> Result<Self> {
        let args = report.arguments;
        std::fs::create_dir_all(&args.out).with_context(|| format!("cannot make {}", args.out.display()))?;
        // Where the figures go and not in /tmp, which may be memory: then a commit would cost nothing.
        let folder = tempfile::Builder::new().prefix("moving-").tempdir_in(args.out.canonicalize()?)?;
        let progress = ProgressBar::new_spinner();
        progress.set_style(ProgressStyle::with_template("{spinner} {elapsed_precise} {prefix} {msg}")?);
        progress.enable_steady_tick(Duration::from_millis(200));
        progress.set_message(format!("writing {} users", args.users));
        let people = folder.path().join(format!("people.{}", args.format.name()));
        people::write(&people, args.format, args.users)?;
        let cluster = Cluster::start()?;
        let world = World { postgres: cluster.url.clone() };
        Ok(Self { program, report, people, world, progress, folder, _cluster: cluster })
    }

    /// In, back and out again on an empty database; and from SQLite to the other.
    fn on(&mut self, database: Database) -> Result<()> {
        let folder = self.folder.path().join(database.name());
        std::fs::create_dir(&folder)?;
        let house = House::new(self.program, &folder, &self.world.fresh_database(database, &folder)?)?;
        let people = self.people.to_str().context("a path that is text")?.to_owned();
        let import = ["import", &people, "--dialect", DIALECT];
        self.measure(database, "import --dry-run", || house.run(&[&import[..], &["--dry-run"]].concat()))?;
        self.measure(database, "import", || house.run(&import))?;
        let export = ["export", "--dialect", DIALECT, "--known-only", "--output", "back.jsonl"];
        self.measure(database, "export", || house.run(&export))?;
        ensure!(
            people::count(&folder.join("back.jsonl"))? == u64::from(self.report.arguments.users),
            "not everybody went back"
        );
        if database == Database::Sqlite {
            let target = self.world.fresh_database(Database::Postgres, &folder)?;
            self.measure(database, "copy to PostgreSQL", || house.run(&["copy", "--to", &target]))?;
        }
        // The first run on an empty database has the first number.
        self.measure(database, "import --undo", || house.run(&["import", "--undo", "1"]))?;
        house.run(&["export", "--dialect", DIALECT, "--known-only", "--output", "nobody.jsonl"])?;
        ensure!(people::count(&folder.join("nobody.jsonl"))? == 0, "somebody stayed");
        Ok(())
    }

    fn measure(
        &mut self,
        database: Database,
        command: &'static str,
        work: impl FnOnce() -> Result<Measure>,
    ) -> Result<()> {
        self.progress.set_prefix(database.name());
        self.progress.set_message(command);
        let Measure { elapsed, peak_resident } = work().with_context(|| database.name())?;
        self.report.passages.push(Passage {
            database: database.name(),
            command,
            users: self.report.arguments.users,
            seconds: elapsed.as_secs_f64(),
            peak_resident_mebibytes: mebibytes(peak_resident),
        });
        // Each time: a million users take long, and whoever breaks it off keeps what was measured.
        let file = self.report.arguments.out.join("moving.json");
        std::fs::write(&file, json::text(&self.report)?).with_context(|| format!("cannot write {}", file.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_tells_the_rate_the_time_and_the_memory() {
        let passage = Passage {
            database: "sqlite",
            command: "import",
            users: 1000,
            seconds: 2.5,
            peak_resident_mebibytes: 33.25,
        };
        assert_eq!(passage.cells(), ["sqlite", "import", "400", "2.50", "33.2"]);
    }
}

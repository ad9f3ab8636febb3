//! One run: what was asked for, and what its parts share.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use tempfile::TempDir;

use crate::figure::{Figure, Findings};
use crate::fill::{self, Database};
use crate::load;
use crate::machine::Machine;
use crate::report;
use crate::rows::{self, Group};
use crate::target::{Options, Target};

/// What a run is told.
#[derive(Debug, Clone, Serialize, clap::Args)]
pub struct Args {
    /// How often everything is measured; the table shows the median and the extremes.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// How long a load lasts.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// Only this group of figures; may be repeated.
    #[arg(long, value_name = "NAME", value_parser = clap::builder::PossibleValuesParser::new(rows::names()))]
    only: Vec<String>,
    /// Also ten million users: some minutes more, and several gigabytes of disk.
    #[arg(long)]
    large: bool,
    /// Where the plots go, and for the time of the run the databases.
    #[arg(long, value_name = "DIR", default_value = "target/bench")]
    out: PathBuf,
    /// Where the figures go as JSON; otherwise `report.json` beside the plots.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// What the groups of a run share.
#[derive(Debug)]
pub struct Bench {
    /// How often everything is measured.
    pub rounds: usize,
    /// How long a load lasts.
    pub seconds: u64,
    /// Whether ten million users are asked for.
    pub large: bool,
    folder: TempDir,
    progress: ProgressBar,
}

impl Bench {
    fn new(args: &Args) -> Result<Self> {
        std::fs::create_dir_all(&args.out).with_context(|| format!("cannot make {}", args.out.display()))?;
        // The databases lie where the plots do and not in /tmp, which may be memory: then a commit would cost nothing.
        let folder = tempfile::Builder::new().prefix("run-").tempdir_in(args.out.canonicalize()?)?;
        let progress = ProgressBar::new_spinner();
        progress.set_style(ProgressStyle::with_template("{spinner} {elapsed_precise} {prefix}: {msg}")?);
        progress.enable_steady_tick(Duration::from_millis(200));
        Ok(Self { rounds: args.rounds.into(), seconds: args.seconds, large: args.large, folder, progress })
    }

    /// The folder of this run.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Tells whoever waits at a terminal what is going on.
    pub fn say(&self, what: &str) {
        self.progress.set_message(what.to_owned());
    }

    /// A SQLite database with so many users, filled when it is first asked for.
    pub fn sqlite(&self, users: u32, cost: u32) -> Result<Database> {
        self.say(&format!("a database of {users} users"));
        fill::sqlite(self.folder(), users, cost)
    }

    /// A gateway on a database.
    pub fn target(&self, database: &Database, options: Options) -> Result<Target> {
        self.say("starting a gateway");
        Target::start(self.folder(), database, options)
    }
}

/// What a run says in the end.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Where it ran.
    pub machine: Machine,
    /// What it was told.
    pub arguments: Args,
    /// What it found.
    #[serde(flatten)]
    pub findings: Findings,
}

/// Measures, prints the table, and writes JSON and plots.
pub fn run(args: &Args) -> Result<()> {
    ensure!(!cfg!(debug_assertions) || !args.only.is_empty(), "build with --release: nothing else is worth measuring");
    load::ensure_generator()?;
    let machine = Machine::of_this();
    let bench = Bench::new(args)?;
    let mut findings = Findings::default();
    let chosen =
        rows::ALL.iter().filter(|group| args.only.is_empty() || args.only.iter().any(|only| only == group.name));
    for group in chosen {
        measure(&bench, group, &mut findings);
    }
    bench.progress.finish_and_clear();
    let report = Report { machine, arguments: args.clone(), findings };
    std::io::stdout().write_all(report::table::text(&report).as_bytes())?;
    let json = args.json.clone().unwrap_or_else(|| args.out.join("report.json"));
    std::fs::write(&json, report::json::text(&report)?).with_context(|| format!("cannot write {}", json.display()))?;
    report::svg::write(&args.out, &report.findings)
}

/// A group that fails is a row that says so: the others are worth having.
fn measure(bench: &Bench, group: &Group, findings: &mut Findings) {
    bench.progress.set_prefix(group.name);
    if let Err(error) = (group.measure)(bench, findings) {
        findings.figures.push(Figure::missing(group.name, "", None, &format!("failed: {error:#}")));
    }
}

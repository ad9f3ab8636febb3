//! Whether the time of a refusal tells an unknown user from a wrong password, in any dialect.
//!
//! Both are sent in turns, in random order, one at a time over one connection, each with a name and a password
//! that were never sent before, so that nothing remembered plays a part. Welch's t says whether the means
//! differ; that it can see a difference is shown by planting two.

mod welch;

use std::fmt;
use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use dragoman_tests::connection::{self, Connection, Reply};
use indicatif::{ProgressBar, ProgressStyle};
use rand::prelude::*;

use crate::clients::Dialect;
use crate::fill::{self, Database};
use crate::target::{Options, Target};
use welch::Comparison;

/// Users 1 to this one exist. Those that are asked for have five digits, whether they exist or not.
const USERS: u32 = 50_000;
const FIRST: u32 = 10_000;

/// What is sent before anything is measured.
const WARM_UP: u32 = 50;

/// Every dialect once, and two plants.
const SERIES: u32 = 7;

/// What `timing` may be told.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Refusals of each kind, in each dialect.
    #[arg(long, default_value_t = 4000, value_name = "COUNT",
          value_parser = clap::value_parser!(u32).range(100..=i64::from((USERS - FIRST) / SERIES - WARM_UP)))]
    samples: u32,
    /// The bcrypt cost. A lower one hides less of what stands around the hash.
    #[arg(long, default_value_t = 6, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(4..=10))]
    cost: u32,
    /// How long the planted wait is.
    #[arg(long, default_value_t = 100, value_name = "MICROSECONDS")]
    planted: u64,
    /// Decides the order.
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    seed: u64,
}

/// Measures every dialect and both plants; an error where a dialect tells or a plant is not seen.
pub(crate) fn run(args: &Args) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let database = fill::sqlite(folder.path(), USERS, args.cost)?;
    let steps = u64::from(SERIES * (args.samples + WARM_UP));
    let progress =
        ProgressBar::new(steps).with_style(ProgressStyle::with_template("{elapsed_precise} {msg} {bar:40}")?);
    let mut sampler = Sampler { next: 0, samples: args.samples, rng: StdRng::seed_from_u64(args.seed), progress };
    let mut rows = Vec::new();

    let target = Target::start(folder.path(), &database, Options::default())?;
    for dialect in [Dialect::Onyx, Dialect::Basic, Dialect::Vitja, Dialect::Amadis, Dialect::Jwt] {
        rows.push(sampler.row(dialect.name(), &target, dialect, Duration::ZERO, Expect::Nothing)?);
    }
    let wait = Duration::from_micros(args.planted);
    let name = format!("planted: {} µs more for an unknown user", args.planted);
    rows.push(sampler.row(&name, &target, Dialect::Onyx, wait, Expect::Difference)?);
    drop(target);

    // What a decoy of another cost than that of the stored hashes would look like.
    let costlier = Database { cost: args.cost, ..fill::sqlite(folder.path(), USERS, args.cost + 1)? };
    let target = Target::start(folder.path(), &costlier, Options::default())?;
    let name = format!("planted: stored hashes of cost {}", args.cost + 1);
    rows.push(sampler.row(&name, &target, Dialect::Onyx, Duration::ZERO, Expect::Difference)?);
    sampler.progress.finish_and_clear();

    let table: String = rows.iter().map(Row::to_string).collect();
    let head = "| series | unknown user | wrong password | t | d | faster halves differ by | t | d | seen from | verdict |\n\
                |---|---|---|---|---|---|---|---|---|---|\n";
    write!(std::io::stdout(), "{} samples of each kind, cost {}\n\n{head}{table}", args.samples, args.cost)?;
    ensure!(rows.iter().all(Row::is_as_expected), "see above");
    Ok(())
}

/// What a series should show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expect {
    Nothing,
    Difference,
}

struct Row {
    name: String,
    expected: Expect,
    /// All but the slowest hundredth.
    whole: Comparison,
    /// The faster half, which a busy machine disturbs less.
    faster: Comparison,
}

impl Row {
    fn differs(&self) -> bool {
        self.whole.differs() || self.faster.differs()
    }

    fn is_as_expected(&self) -> bool {
        self.differs() == (self.expected == Expect::Difference)
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Comparison { one, other, t, d, .. } = &self.whole;
        let (faster, visible) = (&self.faster, self.whole.visible.min(self.faster.visible));
        let verdict = match (self.differs(), self.is_as_expected()) {
            (false, true) => "nothing told",
            (true, true) => "seen, as it must be",
            (true, false) => "**tells**",
            (false, false) => "**not seen**",
        };
        writeln!(
            f,
            "| {} | {one:.1} µs | {other:.1} µs | {t:+.2} | {d:+.3} | {:+.1} µs | {:+.2} | {:+.3} | {visible:.1} µs | {verdict} |",
            self.name,
            faster.one - faster.other,
            faster.t,
            faster.d
        )
    }
}

/// Sends refusals, never the same one twice.
struct Sampler {
    next: u32,
    samples: u32,
    rng: StdRng,
    progress: ProgressBar,
}

impl Sampler {
    fn row(&mut self, name: &str, target: &Target, dialect: Dialect, wait: Duration, expected: Expect) -> Result<Row> {
        self.progress.set_message(name.to_owned());
        let mut connection = Connection::to(target.origin(dialect))?;
        let (mut unknown, mut wrong) = (Vec::new(), Vec::new());
        for number in 0..self.samples + WARM_UP {
            self.next += 1;
            let (known, nobody) = (FIRST + self.next, USERS + self.next);
            let unknown_first = self.rng.random();
            let mut measure = |unknown_user: bool| {
                let (user, wait) = if unknown_user { (nobody, wait) } else { (known, Duration::ZERO) };
                let time = refusal(&mut connection, dialect, user, wait)?;
                if number >= WARM_UP {
                    if unknown_user { &mut unknown } else { &mut wrong }.push(time.as_secs_f64() * 1e6);
                }
                anyhow::Ok(())
            };
            measure(unknown_first)?;
            measure(!unknown_first)?;
            self.progress.inc(1);
        }
        Ok(Row {
            name: name.to_owned(),
            expected,
            whole: Comparison::of(0.99, &unknown, &wrong),
            faster: Comparison::of(0.5, &unknown, &wrong),
        })
    }
}

/// How long a refusal takes. What is to be planted is waited for by this side.
fn refusal(connection: &mut Connection, dialect: Dialect, user: u32, wait: Duration) -> Result<Duration> {
    let bytes = connection::message(&dialect.sign_in_with(user, &format!("wrong-password-{user}")));
    let begun = Instant::now();
    let reply = connection.ask(&bytes, false)?;
    let answered = Instant::now();
    while answered.elapsed() < wait {
        std::hint::spin_loop();
    }
    let time = begun.elapsed();
    ensure!(matches!(reply, Reply::Answer(status) if status < 500), "{}: {reply:?}", dialect.name());
    Ok(time)
}

//! `dragoman import`

mod html;
mod json;
mod progress;
mod report;
mod row;
mod runs;
mod source;
mod text;
mod words;

use std::io::Write as _;
use std::process::ExitCode;

use actix_web::rt::System;
use anyhow::{Context as _, Result, anyhow, bail, ensure};
use dragoman_core::{BATCH, Core, Error, Findings, ImportLock, Importing, Imports, Policies, Step};

use crate::cli::{ImportUsersArgs, ReportFormat};
use crate::commands::{print, private_file, warn};
use crate::dialects::Dialect;
use crate::settings::Settings;
use crate::startup::{self, plain};
use report::{Outcome, Report, SourceReport};
use source::{Opened, SourceFile};

/// Takes users in, takes a run back, or lists the runs.
pub(crate) fn run(settings: &Settings, args: &ImportUsersArgs) -> Result<ExitCode> {
    let core = startup::open_current(settings)?;
    System::new().block_on(async {
        if args.list {
            return runs::list(&core).await;
        }
        if args.dry_run {
            return import(&core, args).await;
        }
        core.audit().ensure_ours().await.map_err(plain)?;
        let status = match args.undo {
            Some(run) => runs::undo(&core, run).await,
            None => import(&core, args).await,
        }?;
        // A gateway would do it within a second; here there may be none.
        core.audit().settle().await.map_err(plain)?;
        Ok(status)
    })
}

/// Keeps other imports away.
fn lock(imports: &Imports) -> Result<ImportLock> {
    imports.lock().map_err(|error| {
        let busy = matches!(error, Error::Busy);
        if busy { anyhow!("another import is under way: wait until it has ended") } else { plain(error) }
    })
}

async fn import(core: &Core, args: &ImportUsersArgs) -> Result<ExitCode> {
    let dialect = args.dialect.as_deref().and_then(Dialect::by_name).context("there is no such dialect")?;
    ensure_no_report(args)?;
    let imports = core.imports(dialect.realm);
    let lock = if args.dry_run { None } else { Some(lock(&imports)?) };
    let import = Import { imports, policies: args.policies.policies(), args, dialect };
    let mut report = import.rehearse().await?;
    if !args.dry_run && report.findings.is_decided() {
        import.take_in(&mut report).await?;
    }
    report.administered = core.is_administered().await.map_err(plain)? || report.will_be_administered();
    drop(lock);
    publish(&report, args)?;
    if report.outcome == Outcome::Undecided {
        let undecided = report.findings.refused;
        bail!("nothing was written: {undecided} records wait for a decision (see the report)");
    }
    let decided = report.findings.is_decided();
    Ok(if decided { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn publish(report: &Report, args: &ImportUsersArgs) -> Result<()> {
    let written = match args.report {
        ReportFormat::Text => text::report(report),
        ReportFormat::Json => json::report(report)?,
        ReportFormat::Html => html::page(report),
    };
    let Some(file) = &args.report_file else { return print(&written) };
    // Whatever becomes of the file, somebody hears what was done.
    print(&text::report(report))?;
    let cannot = || format!("cannot write {}", file.display());
    private_file(file)?.write_all(written.as_bytes()).with_context(cannot)
}

/// Before anything is done: at its end it would be too late to be told of.
fn ensure_no_report(args: &ImportUsersArgs) -> Result<()> {
    let there = args.report_file.as_ref().filter(|file| file.symlink_metadata().is_ok());
    there.map_or(Ok(()), |file| bail!("{} is there already: remove it, or name another", file.display()))
}

struct Import<'a> {
    imports: Imports,
    policies: Policies,
    args: &'a ImportUsersArgs,
    dialect: &'static Dialect,
}

impl Import<'_> {
    /// Decides about everything, one source after the other, and writes nothing.
    async fn rehearse(&self) -> Result<Report> {
        let mut rehearsal = self.imports.rehearse(self.policies).map_err(plain)?;
        let mut sources = Vec::new();
        for file in &self.args.files {
            let file = SourceFile::open(file, self.args, self.dialect)?;
            let standing = self.standing(&file).await?;
            let before = rehearsal.findings().records;
            if !standing.is_finished {
                let mut opened = file.records(standing.position)?;
                let bar = progress::bytes(&format!("looking at {}", file.name()), opened.progress());
                while let Some(batch) = opened.batch(BATCH) {
                    rehearsal.add(batch).await.map_err(plain)?;
                    bar.set(opened.position());
                }
                if let Some(other) = opened.fits_better() {
                    warn(&format!(
                        "{}: these columns are those of {other}'s table: --dialect {other}? (--map says what they mean, if not)",
                        file.name()
                    ));
                }
                opened.ensure_whole()?;
            }
            let records = rehearsal.findings().records - before;
            ensure!(
                records > 0 || standing.is_finished || standing.position > 0,
                "{} has no record in it: what was dumped, and is it whole?",
                file.name()
            );
            sources.push(SourceReport { file, records, standing });
        }
        let findings = rehearsal.findings().clone();
        let outcome = match (self.args.dry_run, findings.is_decided()) {
            (true, _) => Outcome::DryRun,
            (false, true) => Outcome::Done,
            (false, false) => Outcome::Undecided,
        };
        Ok(Report {
            dialect: self.dialect.name,
            policies: self.policies,
            sources,
            findings,
            outcome,
            administered: true,
        })
    }

    /// How far an earlier run of this source has come.
    async fn standing(&self, file: &SourceFile) -> Result<report::Standing> {
        let Some(run) = self.imports.run_of(*file.digest()).await.map_err(plain)? else {
            return Ok(report::Standing::default());
        };
        let same = run.options == file.options();
        let is_finished = run.finished.is_some();
        ensure!(
            same || is_finished,
            "run {} of {} was broken off: start it again with its own options ({}), or take it back with --undo {}",
            run.id,
            file.name(),
            run.options,
            run.id
        );
        // With other options it is another run, which finds here whom the first has brought.
        if is_finished && !same {
            return Ok(report::Standing::default());
        }
        Ok(report::Standing { run: Some(run.id), position: run.position, is_finished })
    }

    /// Takes in what was found to be decided.
    async fn take_in(&self, report: &mut Report) -> Result<()> {
        report.findings = Findings::default();
        for source in report.sources.iter_mut().filter(|source| !source.standing.is_finished) {
            let file = &source.file;
            let run = self.imports.begin(file.source(), self.policies).await.map_err(plain)?;
            source.standing.run = Some(run.id());
            let mut opened = file.records(run.position())?;
            let found = one_run(run, &mut opened, file, source.records).await?;
            report.findings.append(found);
        }
        Ok(())
    }
}

async fn one_run(mut run: Importing, opened: &mut Opened, file: &SourceFile, records: u64) -> Result<Findings> {
    let bar = progress::records(&format!("taking in {}", file.name()), records);
    let begin = run.position();
    while let Some(batch) = opened.batch(BATCH) {
        if let Step::Refused(example) = run.add(batch).await.map_err(plain)? {
            bail!(
                "run {} stops at record {} of {}: {} now clashes with {}, who came since it was looked at; \
                 `dragoman import --undo {}` takes the run back",
                run.id(),
                example.place.record,
                file.name(),
                example.arrival,
                example.with,
                run.id()
            );
        }
        bar.set(run.position() - begin);
    }
    opened.ensure_whole()?;
    run.finish().await.map_err(plain)
}

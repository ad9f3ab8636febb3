//! `dragoman export`

use std::io::{BufWriter, Write};
use std::sync::Arc;

use actix_web::rt::System;
use anyhow::{Context as _, Result};
use dragoman_core::{Core, Departing, Departures, Leaving, LeftOut};
use dragoman_tables::{Cell, Format, Row, Writer};
use secrecy::ExposeSecret as _;

use crate::cli::ExportArgs;
use crate::commands::{counted, private_file, progress, visible, warn};
use crate::dialects::Dialect;
use crate::moving::{Losses, Returning};
use crate::settings::Settings;
use crate::startup::{open_current, plain};

/// What `--help` says at its end.
pub(crate) const HELP: &str = "\
Whoever came from the old server goes back as it came: with its columns, its id and its hash, and with what was changed
since. Whoever came later goes with its id in this dialect. What is written holds password hashes, and the audit log
tells of it.";

/// Writes the users for an old server, as they are at one moment.
pub(crate) fn run(settings: &Settings, args: ExportArgs) -> Result<()> {
    let core = open_current(settings)?;
    let dialect = Dialect::by_name(&args.dialect).context("there is no such dialect")?;
    let who = if args.known_only { Departing::Known } else { Departing::Everybody };
    System::new()
        .block_on(async {
            tell(&core, dialect, who).await?;
            warn_of_unfinished(&core, dialect).await
        })
        .map_err(plain)?;
    let mut departures = Departures::of(&settings.database, dialect.realm, who).map_err(plain)?;
    let sample = departures.first_record().map_err(plain)?;
    let sample = sample.as_ref().map(|record| record.expose_secret());
    let returning = Returning::new(dialect, args.map.unwrap_or_default().0, sample, args.format)?;
    let table = args.table.as_deref().unwrap_or(dialect.origin.name);
    let export = Export { departures, returning, columns: None, foreign: 0 };
    match &args.output {
        None => export.write(std::io::stdout().lock(), args.format, table, dialect.name),
        Some(path) => {
            let file = private_file(path)?;
            let written = export.write(file, args.format, table, dialect.name);
            if written.is_err() {
                drop(std::fs::remove_file(path)); // what went wrong is what somebody wants to hear
            }
            written
        }
    }
}

/// As whom an error names it.
fn called(leaving: &Leaving) -> String {
    match leaving {
        Leaving::User(departure) => format!("user {}", departure.user.number),
        Leaving::LeftOut(_) => "a record that was left out".to_owned(),
    }
}

/// Whoever takes the hashes of passwords away leaves a trace.
async fn tell(core: &Core, dialect: &Dialect, who: Departing) -> dragoman_core::Result<()> {
    core.audit().ensure_ours().await?;
    core.tell_of_export(dialect.realm, who).await?;
    // A gateway would do it within a second; here there may be none.
    core.audit().settle().await
}

/// Who has not come in yet cannot go back.
async fn warn_of_unfinished(core: &Core, dialect: &Dialect) -> dragoman_core::Result<()> {
    for (run, _, _) in core.imports(dialect.realm).runs().await? {
        if run.realm == dialect.name && run.finished.is_none() && run.undone.is_none() {
            warn(&format!(
                "run {} of {} was broken off: only what had come in until then is here; start the import again first",
                run.id,
                visible(&run.source)
            ));
        }
    }
    Ok(())
}

struct Export<'a> {
    departures: Departures,
    returning: Returning<'a>,
    /// Those that every row has to have.
    columns: Option<Arc<[String]>>,
    /// Values that had no column to stand in.
    foreign: u64,
}

impl Export<'_> {
    fn write(mut self, out: impl Write, format: Format, table: &str, dialect: &str) -> Result<()> {
        let cannot = "cannot write the users";
        let mut writer = Writer::new(BufWriter::new(out), format, table).context(cannot)?;
        if format == Format::Csv {
            self.columns = Some(Arc::clone(self.returning.usual()));
        }
        writer.header(self.returning.usual()).context(cannot)?;
        let bar = progress::bar("users");
        bar.set_length(self.departures.total());
        while let Some(portion) = self.departures.next() {
            let portion = portion.map_err(plain)?;
            for leaving in &portion {
                let Some(row) = self.row(leaving)? else { continue };
                let row = self.fitted(row);
                writer.row(&row).with_context(|| called(leaving)).context(cannot)?;
            }
            bar.inc(portion.len() as u64);
        }
        writer.finish().context(cannot)?;
        bar.finish_and_clear();
        self.tell(dialect);
        Ok(())
    }

    fn row(&mut self, leaving: &Leaving) -> Result<Option<Row>> {
        match leaving {
            Leaving::User(departure) => self.returning.record(departure),
            Leaving::LeftOut(record) => self.returning.left_out(record).map(Some),
        }
    }

    /// The row, with the columns that all have to have.
    fn fitted(&mut self, row: Row) -> Row {
        let Some(columns) = self.columns.as_ref().filter(|columns| *columns != row.columns()) else { return row };
        let lost =
            row.iter().filter(|(name, cell)| **cell != Cell::Null && !columns.iter().any(|column| column == name));
        self.foreign += lost.count() as u64;
        let cells = columns.iter().map(|column| row.get(column).cloned().unwrap_or(Cell::Null));
        Row::new(Arc::clone(columns), cells.collect())
    }

    /// What the old server will not have.
    fn tell(&self, dialect: &str) {
        let Losses { passwords, secrets, incomplete, switched_off } = self.returning.losses();
        if switched_off > 0 {
            let users = counted(switched_off, "user is", "users are");
            warn(&format!(
                "{users} switched off here, and {dialect}'s table cannot say so: the hash there is one that no password has"
            ));
        }
        if passwords > 0 {
            warn(&format!(
                "{} a password here that {dialect}'s old server cannot verify: there they need a new one",
                counted(passwords, "user has", "users have")
            ));
        }
        let namesakes = self.departures.namesakes();
        if namesakes > 0 {
            warn(&format!(
                "{}: {dialect}'s old server knew others by their ids, names or e-mails",
                left_out(namesakes)
            ));
        }
        let LeftOut { records, unreadable } = self.departures.left_out();
        if records > 0 {
            let records = counted(records, "record goes back as it came", "records go back as they came");
            warn(&format!("{records}: left out when {dialect} was imported"));
        }
        if unreadable > 0 {
            let records = counted(unreadable, "record", "records");
            warn(&format!("{records} could not be read when {dialect} was imported: only the dump has what they say"));
        }
        if incomplete > 0 {
            warn(&format!("{}: {dialect}'s old server has nobody without an e-mail", left_out(incomplete)));
        }
        if secrets > 0 {
            let users = counted(secrets, "user has", "users have");
            warn(&format!("{users} a secret of which only a digest is kept: the column is empty"));
        }
        if self.foreign > 0 {
            warn(&format!(
                "{} in columns that the first record does not have, and left out: write jsonl or sql",
                counted(self.foreign, "value stands", "values stand")
            ));
        }
    }
}

fn left_out(users: u64) -> String {
    counted(users, "user was left out", "users were left out")
}

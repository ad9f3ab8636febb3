//! `dragoman import --list` and `--undo`.

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use dragoman_core::{Core, Error, Kept, Run, Stays, Undone};

use super::{lock, progress};
use crate::commands::{columns, counted, number, print};
use crate::dialects::{self, Dialect};
use crate::startup::plain;

const TIME: &str = "%Y-%m-%d %H:%M:%SZ";

/// Users who stay that are shown.
const SHOWN: usize = 20;

pub(super) async fn list(core: &Core) -> Result<ExitCode> {
    let runs = all(core).await?;
    if runs.is_empty() {
        print("there were no imports\n")?;
        return Ok(ExitCode::SUCCESS);
    }
    let heading = ["RUN", "DIALECT", "SOURCE", "BEGUN", "RECORDS", "USERS", "LINKS", "STATE"].map(str::to_owned);
    let rows = runs.iter().map(row);
    print(&columns(&std::iter::once(heading).chain(rows).collect::<Vec<_>>()))?;
    Ok(ExitCode::SUCCESS)
}

async fn all(core: &Core) -> Result<Vec<(Run, u64, u64)>> {
    let first = dialects::ALL.first().context("there is no dialect")?;
    core.imports(first.realm).runs().await.map_err(plain)
}

fn row((run, made, linked): &(Run, u64, u64)) -> [String; 8] {
    let state = match (run.undone, run.finished) {
        (Some(at), _) => format!("taken back {}{}", at.format(TIME), left(*made, *linked)),
        (None, Some(at)) => format!("finished {}", at.format(TIME)),
        (None, None) => format!("broken off; goes on with {}", run.options),
    };
    [
        run.id.to_string(),
        run.realm.clone(),
        run.source.clone(),
        run.begun.format(TIME).to_string(),
        number(run.position),
        number(*made),
        number(*linked),
        state,
    ]
}

/// What is here of a run that was taken back.
fn left(made: u64, linked: u64) -> String {
    match (made, linked) {
        (0, 0) => String::new(),
        (made, 0) => format!("; {}", counted(made, "user stays", "users stay")),
        (made, linked) => format!(
            "; broken off, {} and {} are left: --undo goes on",
            counted(made, "user", "users"),
            counted(linked, "link", "links")
        ),
    }
}

pub(super) async fn undo(core: &Core, id: i64) -> Result<ExitCode> {
    let found = all(core).await?.into_iter().find(|(run, _, _)| run.id == id);
    let Some((run, made, linked)) = found else { bail!("there was no run {id}: see --list") };
    let dialect = Dialect::by_name(&run.realm).with_context(|| format!("there is no dialect {}", run.realm))?;
    let imports = core.imports(dialect.realm);
    let _lock = lock(&imports)?;
    let bar = progress::records(&format!("taking back run {id}"), made + linked);
    let undone = match (imports.undo(id, |done| bar.set(done)).await, run.undone) {
        (Err(Error::UserNotFound), Some(at)) => {
            bail!("run {id} was taken back {}, and nothing of it is left", at.format(TIME))
        }
        (undone, _) => undone.map_err(plain)?,
    };
    drop(bar);
    print(&told(id, &undone))?;
    Ok(ExitCode::SUCCESS)
}

fn told(id: i64, undone: &Undone) -> String {
    let mut text = format!(
        "run {id} is taken back: {} deleted, {} gone, {}\n",
        counted(undone.deleted, "user is", "users are"),
        counted(undone.unlinked, "link is", "links are"),
        counted(undone.kept, "user stays", "users stay")
    );
    text.push_str(&columns(&undone.kept_named.iter().take(SHOWN).map(kept).collect::<Vec<_>>()));
    if undone.kept > SHOWN as u64 {
        text.push_str(&format!("  and {} more\n", number(undone.kept - SHOWN as u64)));
    }
    if undone.kept > 0 {
        text.push_str(&format!(
            "once nothing keeps them any more, `dragoman import --undo {id}` takes them back, too\n"
        ));
    }
    text
}

fn kept(kept: &Kept) -> [String; 2] {
    let because = match kept.because {
        Stays::Changed => "changed since",
        Stays::Linked => "belongs to another run, too: take that back first",
        Stays::LastAdministrator => "nobody else administers",
        Stays::PasswordSet => "was only linked; its password was set since, perhaps by the other: give it a new one",
    };
    [format!("  {}", kept.name), because.to_owned()]
}

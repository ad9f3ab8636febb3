//! The table of `dialects/access.md`: every credential of every dialect, tried at every route of every dialect.

mod credentials;
mod forge;
mod page;
mod plan;
mod request;
mod rules;
mod stage;
pub(crate) mod verdict;

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use dragoman::harness::Options;
use dragoman_tests::gateway::Gateway;
use dragoman_tests::{Database, World};

use crate::record::Page;
use crate::trials::Trials;
use credentials::{Condition, Credential};
use plan::Row;
use stage::Stage;
use verdict::Verdict;

pub(crate) fn register(trials: &mut Trials) {
    trials.once("five by five: the expected table breaks no rule", expectations_keep_the_rules);
    trials.once("five by five: a hole in the table breaks a rule", holes_are_seen);
    trials.on_both("five by five: every credential opens its routes, and no others", walk);
}

fn expectations_keep_the_rules() -> Result<()> {
    let mut broken = Vec::new();
    for row in plan::rows()? {
        let opened = Credential::all().into_iter().filter(|credential| row.opens_for(*credential));
        let opened: BTreeSet<Credential> = opened.collect();
        broken.extend(complaints(&row, &opened));
    }
    ensure!(broken.is_empty(), "dialects/access.toml:\n{}", broken.join("\n"));
    Ok(())
}

/// A hole is planted in each row for each credential that no row may open.
fn holes_are_seen() -> Result<()> {
    for row in plan::rows()?.iter().filter(|row| row.openers.is_some()) {
        let hopeless = |credential: &Credential| match credential {
            Credential::Nothing | Credential::OauthClient => true,
            Credential::Of { kind, owner, condition } => {
                *condition != Condition::Good
                    || !owner.is_alive()
                    || kind.is_token() && kind.dialect() != row.dialect.name
            }
        };
        let good = Credential::all().into_iter().filter(|credential| row.opens_for(*credential));
        let good: BTreeSet<Credential> = good.collect();
        for hole in Credential::all().into_iter().filter(hopeless) {
            let planted = good.iter().copied().chain([hole]).collect();
            ensure!(complaints(row, &planted).len() == 1, "nobody sees {hole} in {}", row.name());
        }
    }
    Ok(())
}

/// What is wrong with a row that these credentials open, whatever is expected of it.
fn complaints(row: &Row, opened: &BTreeSet<Credential>) -> Vec<String> {
    let place = format!("{} {}", row.dialect.name, row.name());
    let broken = opened.iter().filter_map(|credential| Some((credential, rules::forbid(row, *credential)?)));
    let broken = broken.map(|(credential, rule)| format!("{place}: opened by {credential}, but {rule}"));
    let closed =
        (!rules::shows_that_the_request_is_good(opened)).then(|| format!("{place}: no administrator opens it"));
    broken.chain(closed).collect()
}

fn walk(world: &World, database: Database) -> Result<()> {
    let gateway = Gateway::start(Options { database: world.database(database), ..Options::default() })?;
    let mut stage = Stage::set(&gateway).context("the people cannot be brought together")?;
    let (rows, credentials) = (plan::rows()?, Credential::all());
    let (mut seen, mut wrong) = (page::Seen::new(), Vec::new());
    for row in &rows {
        let opened = along(row, &credentials, &mut stage, &mut wrong)?;
        wrong.extend(complaints(row, &opened));
        seen.push(opened);
    }
    ensure!(wrong.is_empty(), "{} cells are wrong:\n{}", wrong.len(), wrong.join("\n"));
    drop(stage);
    gateway.stop()?;
    // Both databases come here with the same page, or one of them would have failed.
    Page { name: "dialects/access.md", text: page::print(&rows, &seen)? }.settle("'five by five'")
}

/// Tries every credential at one row; the ones that open it.
fn along(
    row: &Row,
    credentials: &[Credential],
    stage: &mut Stage<'_>,
    wrong: &mut Vec<String>,
) -> Result<BTreeSet<Credential>> {
    let mut opened = BTreeSet::new();
    for &credential in credentials {
        let expected = if row.opens_for(credential) { Verdict::Allowed } else { Verdict::Refused };
        let place = || format!("{} {}: {credential}", row.dialect.name, row.name());
        if row.call.spends && expected == Verdict::Allowed {
            stage.subject_is_unharmed().with_context(place)?;
        }
        let request = request::of(row, credential, stage).with_context(place)?;
        let answer = stage.send(row.dialect.name, &request).with_context(place)?;
        match verdict::of(row.dialect.name, row.endpoint.method, &answer) {
            Ok(verdict) if verdict == expected => {}
            Ok(verdict) => wrong.push(format!("{} is {verdict:?}, not {expected:?}", place())),
            Err(error) => wrong.push(format!("{}: {error:#}", place())),
        }
        let allowed = verdict::of(row.dialect.name, row.endpoint.method, &answer).is_ok_and(|v| v == Verdict::Allowed);
        if allowed {
            opened.insert(credential);
        }
        // A token in the body is used up even by whoever gets nothing for it.
        if row.call.spends && (allowed || row.is_spent_by(credential)) {
            stage.recast().with_context(place)?;
        }
    }
    stage.subject_is_unharmed().with_context(|| format!("{} {}", row.dialect.name, row.name()))?;
    Ok(opened)
}

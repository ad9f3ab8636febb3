//! `dragoman import`, as an operator uses it.

mod killed;
mod namesakes;
mod people;
mod reports;

use anyhow::{Context as _, Result, ensure};
use dragoman_tests::{Database, World, sql};
use serde_json::Value;

use crate::house::{DECIDED, House, origin, said};
use crate::trials::Trials;

pub(crate) fn register(trials: &mut Trials) {
    trials.on_both("people of five old servers sign in and are found under every old id", people::all);
    trials
        .on_both("an import that is killed again and again ends as one that nobody disturbed", killed::again_and_again);
    trials.on_both("a dry run lists what clashes and leaves the database as it is", dry_run);
    trials.on_both("a name that is deleted twice in basic deletes nobody the second time", namesakes::deleted_twice);
    trials.on_both("an import that is undone leaves everything as it was, and can be done again", undone);
    trials.on_both("an import tells new names, who administers, whose table it is and what has changed", reports::tell);
    trials.on_both("names in a report steer no terminal and turn nothing around", reports::steer_nothing);
    trials.on_both("an import refuses what it cannot read twice, scripts, and to write over a report", reports::refuse);
    trials.on_both("an undo that is killed again and again leaves nothing behind", killed::while_undone);
    trials.on_both("an undo can be called again for those who stayed at first", undone_in_two_steps);
}

impl House {
    /// Everything that imports write, but for ids and times of the gateway's own.
    pub(super) fn state(&self) -> Result<Vec<String>> {
        let queries = [
            "SELECT 'user ' || COALESCE(username, '') || '|' || COALESCE(email, '') || '|' || name || '|' || roles || '|'
                || facts || '|' || identities AS text FROM users",
            "SELECT 'name ' || n.folded || '|' || n.realm || '|' || COALESCE(u.username, '') AS text
                FROM login_names n LEFT JOIN users u ON u.id = n.user_id",
            "SELECT 'identity ' || i.realm || '|' || CAST(COALESCE(i.number, 0) AS TEXT) || '|' || COALESCE(i.username, '')
                || '|' || COALESCE(i.record, '') || '|' || COALESCE(u.username, '') AS text
                FROM identities i JOIN users u ON u.id = i.user_id",
            "SELECT 'credential ' || u.username || '|' || COALESCE(c.password_hash, '') AS text
                FROM credentials c JOIN users u ON u.id = c.user_id",
            "SELECT 'left out ' || realm || '|' || key || '|' || COALESCE(record, '') AS text FROM left_out",
            "SELECT 'count ' || CAST(SUM(users) AS TEXT) AS text FROM user_counts",
        ];
        let mut state = queries.iter().map(|query| sql::texts(&self.url, query)).collect::<Result<Vec<_>>>()?.concat();
        state.sort();
        Ok(state)
    }
}

fn dry_run(world: &World, database: Database) -> Result<()> {
    let house = House::new(world, database)?;
    house.import(&origin("onyx")?, "onyx")?;
    let file = house.folder.path().join("test.db");
    let (before, bytes) = (house.state()?, std::fs::read(&file).ok());
    let vitja = origin("vitja")?;
    let vitja = vitja.to_str().context("a path that is text")?;
    let output = house.run(&["import", vitja, "--dialect", "vitja", "--dry-run", "--report", "json"])?;
    ensure!(output.status.code() == Some(1), "undecided clashes are no success: {}", said(&output));
    let report: Value = serde_json::from_slice(&output.stdout)?;
    let kinds = report.get("clashes").and_then(Value::as_array).context("no clashes")?;
    let undecided = |kind: &str| {
        let found = kinds.iter().find(|found| found.get("kind").is_some_and(|name| name == kind));
        found.and_then(|found| found.get("undecided")?.as_u64())
    };
    for kind in ["same-email", "same-name", "name-is-email", "unknown-hash"] {
        ensure!(undecided(kind) == Some(1), "{kind}: {report}");
    }
    ensure!(house.state()? == before && std::fs::read(&file).ok() == bytes, "a dry run has written");
    let refused = house.run(&["import", vitja, "--dialect", "vitja", "--report", "html"])?;
    ensure!(refused.status.code() == Some(1) && said(&refused).contains("<!DOCTYPE html>"), "{}", said(&refused));
    ensure!(house.state()? == before, "an import that is refused has written");
    let decided = [&["import", vitja, "--dialect", "vitja", "--dry-run"], DECIDED.as_slice()].concat();
    ensure!(house.done(&decided)?.contains("Everything is decided"));
    Ok(())
}

fn undone(world: &World, database: Database) -> Result<()> {
    let house = House::new(world, database)?;
    house.import(&origin("onyx")?, "onyx")?;
    let before = house.state()?;
    house.import(&origin("vitja")?, "vitja")?;
    let after = house.state()?;
    let again = house.import(&origin("vitja")?, "vitja")?;
    ensure!(again.contains("in already, by run 2") && house.state()? == after, "{again}");
    let undone = house.done(&["import", "--undo", "2"])?;
    ensure!(undone.contains("8 users are deleted, 1 link is gone, 0 users stay"), "{undone}");
    ensure!(house.state()? == before, "what was taken back left something behind");
    let again = house.run(&["import", "--undo", "2"])?;
    ensure!(!again.status.success() && said(&again).contains("nothing of it is left"), "{}", said(&again));
    house.import(&origin("vitja")?, "vitja")?;
    ensure!(house.state()? == after, "a second time it is another import");
    let listed = house.done(&["import", "--list"])?;
    ensure!(listed.contains("taken back") && listed.matches("vitja").count() >= 2, "{listed}");
    ensure!(!listed.contains("stay"), "nobody stays: {listed}");
    Ok(())
}

/// Whom a later run has linked to stays until that run is taken back, too.
fn undone_in_two_steps(world: &World, database: Database) -> Result<()> {
    let house = House::new(world, database)?;
    house.import(&origin("onyx")?, "onyx")?;
    house.import(&origin("vitja")?, "vitja")?;
    let undone = house.done(&["import", "--undo", "1"])?;
    ensure!(undone.contains("1 user stays") && undone.contains("belongs to another run, too"), "{undone}");
    let listed = house.done(&["import", "--list"])?;
    ensure!(listed.contains("taken back") && listed.contains("; 1 user stays"), "{listed}");
    house.done(&["import", "--undo", "2"])?;
    let rest = house.done(&["import", "--undo", "1"])?;
    ensure!(rest.contains("1 user is deleted, 0 links are gone, 0 users stay"), "{rest}");
    let listed = house.done(&["import", "--list"])?;
    let first = listed.lines().find(|line| line.contains("onyx")).context("no run of onyx")?;
    ensure!(first.contains("taken back") && !first.contains("stay"), "{listed}");
    Ok(())
}

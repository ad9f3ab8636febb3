//! An import, and an undo, whose process is killed at random moments.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use dragoman_core::Random;
use dragoman_tests::{Database, World};

use crate::house::{DECIDED, House, origin};

/// Records of the source: some batches.
const RECORDS: u32 = 3000;

/// How often it is killed, unless `DRAGOMAN_KILLS` says otherwise.
const KILLS: u32 = 6;

pub(super) fn again_and_again(world: &World, database: Database) -> Result<()> {
    let undisturbed = House::new(world, database)?;
    let begun = Instant::now();
    undisturbed.import(&source(undisturbed.folder.path())?, "vitja")?;
    let whole = begun.elapsed();
    let expected = undisturbed.state()?;

    let disturbed = House::new(world, database)?;
    let file = source(disturbed.folder.path())?;
    let (mut killed, kills) = (0, kills());
    while killed < kills {
        if is_import_killed(&disturbed, &file, whole)? {
            killed += 1;
        } else {
            ensure!(disturbed.state()? == expected, "after {killed} kills the database is another");
            disturbed.done(&["import", "--undo", &last_run(&disturbed)?])?;
        }
    }
    let said = disturbed.import(&file, "vitja")?;
    ensure!(disturbed.state()? == expected, "after {killed} kills the database is another: {said}");
    Ok(())
}

/// Among users who were there before, and of whom some were linked.
pub(super) fn while_undone(world: &World, database: Database) -> Result<()> {
    let house = House::new(world, database)?;
    house.import(&origin("onyx")?, "onyx")?;
    let file = source(house.folder.path())?;
    let before = house.state()?;
    house.import(&file, "vitja")?;
    let (after, begun) = (house.state()?, Instant::now());
    house.done(&["import", "--undo", &last_run(&house)?])?;
    let whole = begun.elapsed();
    let (mut killed, kills) = (0, kills());
    while killed < kills {
        house.import(&file, "vitja")?;
        ensure!(house.state()? == after, "after {killed} kills it is another import");
        let undo = ["import", "--undo", &last_run(&house)?];
        // Whoever is killed after its last transaction leaves nothing to be taken back: that is no success, but the end.
        while exit_unless_killed(&house, &undo, whole)?.is_none() {
            killed += 1;
        }
        ensure!(house.state()? == before, "after {killed} kills something is left");
    }
    Ok(())
}

fn kills() -> u32 {
    std::env::var("DRAGOMAN_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS)
}

fn is_import_killed(house: &House, file: &Path, whole: Duration) -> Result<bool> {
    let file = file.to_str().context("a path that is text")?;
    let arguments = [&["import", file, "--dialect", "vitja"], DECIDED.as_slice()].concat();
    let exit = exit_unless_killed(house, &arguments, whole)?;
    ensure!(exit.is_none_or(|code| code == 0), "it failed by itself: {exit:?}");
    Ok(exit.is_none())
}

/// The exit status of what is killed at some moment of the time that it takes, if it comes to its end before.
fn exit_unless_killed(house: &House, arguments: &[&str], whole: Duration) -> Result<Option<i32>> {
    let wait = whole * u32::from(Random::system().bytes::<1>()[0]) / 256;
    let null = || std::process::Stdio::null();
    let mut child = house.command(arguments)?.stdout(null()).stderr(null()).spawn()?;
    std::thread::sleep(wait);
    child.kill()?;
    Ok(child.wait()?.code())
}

fn last_run(house: &House) -> Result<String> {
    let listed = house.done(&["import", "--list"])?;
    let last = listed.lines().last().context("no run")?;
    Ok(last.split_whitespace().next().context("no id")?.to_owned())
}

/// Users of an old server, some of whom are twins of others by case, by e-mail or by name.
fn source(folder: &Path) -> Result<PathBuf> {
    let hash = "$2a$04$5K3p8N5geW6d9UOYsLzWEeKYVvSEA5ZVaYtvJNE8vV7ML/RgEs8LC";
    let mut lines = String::new();
    for id in 1..=RECORDS {
        let username = match id % 10 {
            3 => format!("User{}", id - 1),
            5 => format!("user{}@example.com", id - 1),
            _ => format!("user{id}"),
        };
        let email = if id % 10 == 7 { format!("USER{}@example.com", id - 1) } else { format!("user{id}@example.com") };
        writeln!(lines, r#"{{"id":{id},"username":"{username}","email":"{email}","password_hash":"{hash}"}}"#)?;
    }
    let file = folder.join("old.jsonl");
    std::fs::write(&file, lines)?;
    Ok(file)
}

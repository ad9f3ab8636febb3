//! An import whose process is killed at random moments.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use dragoman_core::Random;
use dragoman_tests::{Database, World};

use crate::house::{DECIDED, House};

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
    let kills = std::env::var("DRAGOMAN_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS);
    let (mut killed, random) = (0, Random::system());
    while killed < kills {
        let wait = whole * u32::from(random.bytes::<1>()[0]) / 256;
        if is_killed_after(&disturbed, &file, wait)? {
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

/// Whether it was killed before it came to its end.
fn is_killed_after(house: &House, file: &Path, wait: Duration) -> Result<bool> {
    let file = file.to_str().context("a path that is text")?;
    let arguments = [&["import", file, "--dialect", "vitja"], DECIDED.as_slice()].concat();
    let mut child = house.command(&arguments)?.stdout(std::process::Stdio::null()).spawn()?;
    std::thread::sleep(wait);
    child.kill()?;
    let status = child.wait()?;
    ensure!(status.code().is_none_or(|code| code == 0), "it failed by itself: {status}");
    Ok(status.code().is_none())
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

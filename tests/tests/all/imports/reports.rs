//! What an import says, and what it refuses to read or to write.

use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use dragoman_tests::program::Serving;
use dragoman_tests::{Database, World};

use crate::house::{DECIDED, House, origin, said};

fn path(path: &Path) -> Result<&str> {
    path.to_str().context("a path that is text")
}

/// What an import of this file says, whatever comes of it.
fn import(house: &House, file: &Path, dialect: &str, more: &[&str]) -> Result<String> {
    let decided = [&["import", path(file)?, "--dialect", dialect], DECIDED.as_slice(), more].concat();
    Ok(said(&house.run(&decided)?))
}

pub(super) fn tell(world: &World, database: Database) -> Result<()> {
    let house = House::new(world, database)?;
    let amadis = import(&house, &origin("amadis")?, "amadis", &[])?;
    ensure!(amadis.contains("Nobody administers here: `dragoman user set NAME --admin true`"), "{amadis}");
    let log = Serving::start(&house.config)?.log()?;
    ensure!(log.contains("nobody administers"), "{log}");
    let vitja = import(&house, &origin("vitja")?, "vitja", &[])?;
    ensure!(vitja.contains("administer here") && !vitja.contains("Nobody administers"), "{vitja}");
    let log = Serving::start(&house.config)?.log()?;
    ensure!(!log.contains("nobody administers"), "{log}");
    let wrong = import(&house, &origin("onyx")?, "amadis", &["--dry-run"])?;
    ensure!(wrong.contains("--dialect onyx?"), "{wrong}");
    let basic = import(&house, &origin("basic")?, "basic", &[])?;
    ensure!(basic.contains(", record ") && basic.contains("anna → anna-basic"), "{basic}");
    ensure!(basic.contains("the name over in basic") && !basic.contains("--dialect basic?"), "{basic}");

    let newer = house.folder.path().join("newer.csv");
    let before = std::fs::read_to_string(origin("basic")?)?;
    let quentin = before.lines().find(|line| line.starts_with("quentin,")).context("no quentin")?;
    std::fs::write(&newer, before.replace(quentin, &quentin.replace(",true", ",false")))?;
    let again = import(&house, &newer, "basic", &["--dry-run"])?;
    ensure!(again.contains("already-here: 7 (") && !again.contains("same-name"), "{again}");
    ensure!(again.contains("changed-there: 1 (") && again.contains("record 6  quentin"), "{again}");
    Ok(())
}

pub(super) fn steer_nothing(world: &World, database: Database) -> Result<()> {
    let house = House::new(world, database)?;
    let file = house.folder.path().join("hostile.jsonl");
    let lines = "{\"id\":1,\"username\":\"\\u001b[2Janna\\u0007\"}\n{\"id\":2,\"username\":\"ben\\u202enimda\"}\n\
        {\"id\":2,\"username\":\"\\u2066cleo\"}\n{\"id\":9223372036854775808,\"username\":\"dora\"}\n";
    std::fs::write(&file, lines)?;
    for format in ["text", "html"] {
        let report = import(&house, &file, "vitja", &["--dry-run", "--report", format])?;
        let raw = report
            .chars()
            .find(|letter| (letter.is_control() && *letter != '\n') || "\u{202e}\u{2066}".contains(*letter));
        ensure!(raw.is_none(), "{format}: {raw:?} in {report}");
        for shown in [r"\u{1b}[2Janna\u{7}", r"\u{202e}", r"\u{2066}cleo", "1 to 1,000,000,000"] {
            ensure!(report.contains(shown), "{format}: no {shown} in {report}");
        }
    }
    Ok(())
}

pub(super) fn refuse(world: &World, database: Database) -> Result<()> {
    let house = House::new(world, database)?;
    let before = house.state()?;
    for piped in ["/dev/stdin", "-"] {
        let mut child = house.command(&["import", piped, "--dialect", "vitja", "--format", "jsonl"])?;
        let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let written = child.stdin.take().context("no input")?.write_all(b"{\"id\":1,\"username\":\"anna\"}\n");
        drop(written); // it may be refused before anybody reads it
        let output = child.wait_with_output()?;
        ensure!(!output.status.success() && said(&output).contains("save it as one first"), "{}", said(&output));
    }
    let script = house.folder.path().join("script.sql");
    let dump = std::fs::read_to_string(origin("vitja")?)?;
    let (rows, end) = dump.rsplit_once("UNLOCK TABLES;").context("no end")?;
    std::fs::write(&script, format!("{rows}UNLOCK TABLES;\nUPDATE users SET is_admin = 1;{end}"))?;
    let told = import(&house, &script, "vitja", &[])?;
    ensure!(told.contains("this is no dump but a script"), "{told}");

    let (report, target) = (house.folder.path().join("report.html"), house.folder.path().join("precious"));
    std::fs::write(&target, "precious")?;
    symlink(&target, &report)?;
    let file = origin("vitja")?;
    let told = import(&house, &file, "vitja", &["--report", "html", "--report-file", path(&report)?])?;
    ensure!(told.contains("is there already") && std::fs::read_to_string(&target)? == "precious", "{told}");
    ensure!(house.state()? == before, "what was refused has written");

    std::fs::remove_file(&report)?;
    import(&house, &file, "vitja", &["--report", "html", "--report-file", path(&report)?])?;
    ensure!(std::fs::read_to_string(&report)?.contains("<!DOCTYPE html>"), "no page");
    let lock = house.folder.path().join("test.db.import.lock");
    for written in [&report, &lock].into_iter().filter(|file| file.exists()) {
        let mode = std::fs::metadata(written)?.permissions().mode() & 0o777;
        ensure!(mode == 0o600, "{}: {mode:o}", written.display());
    }
    Ok(())
}

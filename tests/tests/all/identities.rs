//! Users as the dialects know them, from the shell.

use std::path::Path;

use anyhow::{Result, ensure};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use dragoman_tests::program;

use crate::trials::Trials;

pub(crate) fn register(trials: &mut Trials) {
    trials.once("user show finds a person as each dialect knows it", user_show_finds_everybody);
}

/// The user whom vitja calls 1 and `ann`, though somebody else has both here.
const FROM_VITJA: &str = r#"
    UPDATE users SET identities = '{"vitja":{"number":1,"username":"ann"}}' WHERE id = 2;
    UPDATE users SET identities = '{"vitja":{"number":9}}' WHERE id = 1;
    INSERT INTO identities (realm, user_id, made, number, username, keeps_password, updated)
        SELECT 'vitja', id, TRUE, CASE id WHEN 2 THEN 1 ELSE 9 END, CASE id WHEN 2 THEN 'ann' END, FALSE, updated
        FROM users WHERE id < 3;
    INSERT INTO login_names (folded, realm, user_id) VALUES ('ann', 'vitja', 2);
"#;

fn user_show_finds_everybody() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    std::fs::write(folder.join("password"), "secret12")?;
    ensure!(program::run(folder, &["migrate"])?.status.success(), "no migration");
    for arguments in [&["ann"][..], &["ann-vitja"], &["cyd", "--email", "9@vitja"]] {
        let arguments = [&["user", "add"], arguments, &["--password-file", "password"]].concat();
        ensure!(program::run(folder, &arguments)?.status.success(), "{arguments:?}");
    }
    let database = folder.join("dragoman.db").display().to_string();
    SqliteConnection::establish(&database)?.batch_execute(FROM_VITJA)?;
    for (any, username) in [
        ("id:1", "ann"),
        ("1@vitja", "ann-vitja"),
        ("1@onyx", "ann"),
        ("ann@vitja", "ann-vitja"),
        ("ann@basic", "ann"),
        ("username:ann", "ann"),
        ("9", "ann"),
        ("email:9@vitja", "cyd"),
    ] {
        let shown = show(folder, any, true)?;
        ensure!(shown.lines().next() == Some(&format!("username  {username}")), "{any}: {shown}");
    }
    for (any, complaint) in [
        ("1", "`1` may mean ann (id 1) and ann-vitja (id 2)"),
        ("ann", "`ann` may mean ann (id 1) and ann-vitja (id 2)"),
        // Anybody may register by an e-mail that reads like somebody's id in a dialect.
        ("9@vitja", "`9@vitja` may mean ann (id 1) and cyd (id 3)"),
        ("2@vitja", "no user has"),
        ("1@elsewhere", "no user has"),
    ] {
        let said = show(folder, any, false)?;
        ensure!(said.contains(complaint), "{any}: {said}");
    }
    let shown = show(folder, "1@vitja", true)?;
    let cells_of = |shown: &str, dialect: &str| {
        let line = shown.lines().find(|line| line.starts_with(dialect)).unwrap_or_default();
        line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    let cells = |dialect: &str| cells_of(&shown, dialect);
    ensure!(cells("vitja").starts_with(&["vitja", "id 1", "1", "ann"].map(str::to_owned)), "{shown}");
    ensure!(cells("onyx").starts_with(&["onyx", "id 2", "2", "ann-vitja"].map(str::to_owned)), "{shown}");
    // Whose name means somebody else in a dialect is not found by it there.
    let anothers = show(folder, "id:1", true)?;
    let note = "-: the username is somebody else's there";
    ensure!(anothers.contains(note) && !shown.contains(note), "{anothers}");
    ensure!(cells_of(&anothers, "vitja").starts_with(&["vitja", "id 9", "9", "-"].map(str::to_owned)), "{anothers}");
    ensure!(cells_of(&anothers, "basic").starts_with(&["basic", "username ann", "1", "ann"].map(str::to_owned)));
    Ok(())
}

/// What `user show` prints, or says where it fails.
fn show(folder: &Path, any: &str, finds: bool) -> Result<String> {
    let output = program::run(folder, &["user", "show", any])?;
    let (out, errors) = (String::from_utf8(output.stdout)?, String::from_utf8(output.stderr)?);
    ensure!(output.status.code() == Some(i32::from(!finds)), "{any}: {out}{errors}");
    Ok(if finds { out } else { errors })
}

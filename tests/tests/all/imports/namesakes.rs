//! Two people who are called alike, one of them in basic alone, whose clients name people by nothing else.

use std::path::Path;

use anyhow::{Result, ensure};
use dragoman_exchange::{Request, Response};
use dragoman_tests::program::Serving;
use dragoman_tests::{Database, World, secrets};

use super::House;
use crate::processes::{administrator, get};

/// A DELETE that is sent twice, because the first answer was lost.
pub(super) fn deleted_twice(world: &World, database: Database) -> Result<()> {
    let house = House::new(world, database)?;
    let password = house.file("password", b"secret12")?;
    house.done(&["user", "add", "anna", "--email", "anna@example.org", "--password-file", &password])?;
    let old = house.file("basic.csv", b"username,password_hash,admin\nanna,,false\nben,,false\n")?;
    house.import(Path::new(&old), "basic")?;
    let password = house.file("admin's password", Serving::ADMIN_PASSWORD.as_bytes())?;
    house.done(&["user", "add", "admin", "--admin", "--password-file", &password])?;

    let serving = Serving::start(&house.config)?;
    let token = administrator(&serving).authorization("basic")?;
    let delete = |name: &str| delete(&serving, &token, name);
    ensure!(delete("anna")?.status == 204 && delete("ben")?.status == 204, "nobody was deleted");
    let [again, gone, unknown] = [delete("anna")?, delete("ben")?, delete("nobody")?];
    ensure!(again.status == 404, "{again:?}");
    ensure!([&again, &gone].iter().all(|answer| (answer.status, &answer.body) == (404, &unknown.body)), "{again:?}");
    let found = get(&serving, "basic", "/api/v1/users/anna", &token)?;
    ensure!((found.status, &found.body) == (404, &unknown.body), "{found:?}");

    let anna = house.done(&["user", "show", "anna@example.org"])?;
    let cells = |dialect: &str| anna.lines().find(|line| line.starts_with(dialect)).unwrap_or_default().to_owned();
    ensure!(cells("basic").contains("username -") && cells("onyx").contains("anna"), "{anna}");
    ensure!(serving.stop()?.success(), "SIGTERM ended the gateway with a failure");

    let newer = house.file("newer.csv", b"username,password_hash,admin\nanna,,false\nben,,false\ncyd,,false\n")?;
    house.import(Path::new(&newer), "basic")?;
    let users = house.done(&["user", "list"])?;
    ensure!(users.contains("cyd") && !users.contains("ben") && !users.contains("anna-basic"), "{users}");
    Ok(())
}

fn delete(serving: &Serving, token: &str, name: &str) -> Result<Response> {
    let headers = vec![("Authorization".to_owned(), token.to_owned())];
    let request = Request { method: "DELETE".to_owned(), target: format!("/api/v1/users/{name}"), headers, body: None };
    let url = serving.url("basic")?;
    secrets::client(url).send(url, &request)
}

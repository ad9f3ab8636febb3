use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use actix_web::rt::task::spawn_blocking;
use secrecy::ExposeSecret as _;

use super::{Harness, Hazard, Options, UserLine};

/// The status of a GET, asked for over a real connection.
async fn status(origin: &str, path: &str) -> String {
    let address = origin.strip_prefix("http://").unwrap().to_owned();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let ask = move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().to_owned()
    };
    spawn_blocking(ask).await.unwrap()
}

#[actix_web::test]
async fn two_harnesses_share_nothing_and_leave_nothing() {
    let user = UserLine { username: Some("zed".into()), password: Some("secret12".into()), ..UserLine::default() };
    let one = Harness::start(Options { users: vec![user.clone()], ..Options::default() }).await.unwrap();
    let other = Harness::start(Options { dialects: vec!["jwt".into()], ..Options::default() }).await.unwrap();
    assert_eq!(one.urls.len(), 5);
    assert_eq!(other.urls.keys().collect::<Vec<_>>(), ["jwt"]);
    assert!(one.add_user(&user).await.is_err(), "zed is there already");
    other.add_user(&user).await.unwrap();
    assert_eq!(status(&one.urls["basic"], "/api/v1/users").await, "401");
    assert_eq!(status(&other.urls["jwt"], "/v1/users").await, "401");
    assert_eq!(status(&other.operations, "/readyz").await, "200");

    let folders = [&one, &other].map(|harness| {
        let file = harness.database_url.strip_prefix("sqlite://").unwrap();
        Path::new(file).parent().unwrap().to_owned()
    });
    let address = one.operations.strip_prefix("http://").unwrap().to_owned();
    one.stop().await.unwrap();
    drop(other);
    assert!(TcpStream::connect(address).is_err());
    assert!(folders.iter().all(|folder| !folder.exists()));
}

#[actix_web::test]
async fn a_sqlite_database_gets_a_file_of_its_own_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let given = format!("sqlite://{}", folder.path().join("mine.db").display());
    let harness = Harness::start(Options { database: Some(given.clone()), ..Options::default() }).await.unwrap();
    assert_ne!(harness.database_url, given);
    assert!(folder.path().read_dir().unwrap().count() > 0);
    harness.stop().await.unwrap();
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

#[actix_web::test]
async fn options_and_settings_that_make_no_sense_are_refused() {
    let hazard =
        Options { dialects: vec!["jwt".into()], hazards: vec![Hazard::OpenAdministration], ..Options::default() };
    let settings = Options { settings: Some("[onyx]\naccess = 1".parse().unwrap()), ..Options::default() };
    for options in [hazard, settings, Options { dialects: vec!["nix".into()], ..Options::default() }] {
        assert!(Harness::start(options).await.is_err());
    }
}

#[test]
fn a_password_is_never_printed() {
    let user = UserLine { password: Some("hush".into()), ..UserLine::default() };
    assert_eq!(user.password.as_ref().unwrap().expose_secret(), "hush");
    assert!(!format!("{user:?}").contains("hush"));
}

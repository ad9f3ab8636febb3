//! Each kind of deviation is found, and each is named.

use anyhow::{Context as _, Result, ensure};

use super::*;

const BODY: &str = r#"{"status": "success", "id": {{int id}}, "again": {{id}}}"#;
const ANSWER: &str = r#"{"status": "success", "id": 4, "again": 4}"#;

fn expectation() -> Result<Expectation> {
    let pattern = |text: &str| Pattern::try_from(text.to_owned());
    Ok(Expectation {
        status: 200,
        headers: vec![
            ("Content-Type".to_owned(), vec![pattern("application/json")?]),
            ("WWW-Authenticate".to_owned(), Vec::new()),
            ("Vary".to_owned(), vec![pattern("a")?, pattern("b")?]),
            ("Location".to_owned(), vec![pattern("/v1/{{int}}")?]),
        ],
        body: pattern(BODY)?,
    })
}

fn answer() -> Response {
    let headers = [
        ("content-type", "application/json"),
        ("vary", "a"),
        ("vary", "b"),
        ("location", "/old/v1/1"),
        ("date", "now"),
    ];
    Response {
        status: 200,
        headers: headers.map(|(name, value)| (name.to_owned(), value.as_bytes().to_owned())).into(),
        body: ANSWER.as_bytes().to_owned(),
    }
}

fn set(answer: &mut Response, name: &str, value: Option<&str>) {
    answer.headers.retain(|(known, _)| known != name);
    answer.headers.extend(value.map(|value| (name.to_owned(), value.as_bytes().to_owned())));
}

/// Changes a good answer and gives the one difference that is found.
fn difference(spoil: impl Fn(&mut Response)) -> Result<String> {
    let mut spoilt = answer();
    spoil(&mut spoilt);
    let mut differences =
        compare(&expectation()?, "/old", &Values::default(), &spoilt).err().context("the difference is not found")?;
    ensure!(differences.len() == 1, "{differences:?}");
    differences.pop().context("no difference")
}

#[test]
fn what_is_as_expected_holds_and_gives_its_captures() -> Result<()> {
    let values = compare(&expectation()?, "/old", &Values::default(), &answer());
    assert_eq!(values, Ok(Values::from_iter([("id", "4")])));
    Ok(())
}

#[test]
fn another_status_is_a_difference() -> Result<()> {
    assert_eq!(difference(|answer| answer.status = 201)?, "status: expected 200, received 201");
    Ok(())
}

#[test]
fn headers_are_compared_with_all_their_values() -> Result<()> {
    let cases: [(&str, Option<&str>, &str); 6] = [
        ("content-type", None, "header Content-Type: expected one value, received none"),
        ("content-type", Some("application/json; charset=utf-8"), "header Content-Type differs at byte 16"),
        ("content-type", Some("Application/json"), "header Content-Type differs at byte 0"),
        ("www-authenticate", Some("Basic"), "header WWW-Authenticate: expected none, received \"Basic\""),
        ("www-authenticate", Some(""), "header WWW-Authenticate: expected none, received \"\""),
        ("vary", Some("a, b"), "header Vary: expected 2 values, received \"a, b\""),
    ];
    for (name, value, expected) in cases {
        let found = difference(|answer| set(answer, name, value))?;
        ensure!(found.starts_with(expected), "{found}");
    }
    let repeated = difference(|answer| answer.headers.push(("content-type".to_owned(), b"text/html".to_vec())))?;
    assert_eq!(repeated, r#"header Content-Type: expected one value, received "application/json" and "text/html""#);
    Ok(())
}

#[test]
fn a_location_moves_with_the_mount() -> Result<()> {
    assert!(
        difference(|answer| set(answer, "location", Some("/v1/1")))?.starts_with("header Location differs at byte 1")
    );
    Ok(())
}

#[test]
fn a_body_that_quotes_its_own_path_is_compared_as_if_it_had_not_moved() -> Result<()> {
    let moved = r#"<a href="/old/x/v1/users">legacy</a> {"route old\/x\/v1"} old/xy"#;
    assert_eq!(unmoved(moved.as_bytes(), "/old/x"), br#"<a href="/v1/users">legacy</a> {"route v1"} old/xy"#);
    assert_eq!(unmoved(moved.as_bytes(), ""), moved.as_bytes());
    Ok(())
}

#[test]
fn bodies_are_compared_byte_for_byte() -> Result<()> {
    let spoilt = [
        r#"{"id": 4, "status": "success", "again": 4}"#,
        r#"{"status":"success","id":4,"again":4}"#,
        r#"{"status": "success", "id": "4", "again": 4}"#,
        r#"{"status": "success", "id": 4, "again": 5}"#,
        r#"{"status": "success", "id": 4, "again": 4, "more": 1}"#,
        "{\"status\": \"success\", \"id\": 4, \"again\": 4}\n",
        "",
    ];
    for body in spoilt {
        let found = difference(|answer| answer.body = body.as_bytes().to_owned())?;
        ensure!(found.starts_with("body differs at byte "), "{found}");
    }
    Ok(())
}

#[test]
fn everything_that_differs_is_told_at_once() -> Result<()> {
    let nothing = Response { status: 500, headers: Vec::new(), body: Vec::new() };
    let found = compare(&expectation()?, "", &Values::default(), &nothing).err().context("nothing found")?;
    assert_eq!(found.len(), 5, "{found:?}");
    Ok(())
}

//! A matcher that cannot fail is worthless: for each thing that must match, here is its neighbour that must not.

use anyhow::{Result, anyhow};

use super::*;

fn run(pattern: &str, received: &[u8]) -> Result<Result<Captures, Departure>> {
    let values = Values::from_iter([("run", "0badcafe"), ("id", "5")]);
    Ok(matches(&Pattern::try_from(pattern.to_owned())?, &values, received))
}

fn holds(pattern: &str, received: &str) -> Result<Captures> {
    run(pattern, received.as_bytes())?.map_err(|at| anyhow!("{pattern:?} does not match {received:?}: {at:?}"))
}

fn departs(pattern: &str, received: impl AsRef<[u8]>) -> Result<Departure> {
    let received = received.as_ref();
    run(pattern, received)?
        .err()
        .ok_or_else(|| anyhow!("{pattern:?} matches {:?}", received.escape_ascii().to_string()))
}

#[test]
fn literal_text_is_compared_byte_for_byte() -> Result<()> {
    let expected = r#"{"status": "error", "message": "a.b*c"}"#;
    holds(expected, expected)?;
    departs(expected, r#"{"message": "a.b*c", "status": "error"}"#)?;
    departs(expected, r#"{"status":"error","message":"a.b*c"}"#)?;
    departs(expected, r#"{"status": "error", "message": "axb*c"}"#)?;
    departs(expected, "")?;
    Ok(())
}

#[test]
fn a_newline_at_the_end_counts() -> Result<()> {
    holds("{}\n", "{}\n")?;
    assert_eq!(departs("{}\n", "{}")?, Departure { received: 2, part: 0, within: 2 });
    assert_eq!(departs("{}", "{}\n")?, Departure { received: 2, part: 1, within: 0 });
    departs("{{any}}}\n", "{}")?;
    departs("{{jwt}}", "a.b.c\n")?;
    Ok(())
}

#[test]
fn nothing_expected_means_nothing_received() -> Result<()> {
    holds("", "")?;
    departs("", "x")?;
    departs("", "\n")?;
    Ok(())
}

#[test]
fn each_kind_refuses_its_neighbours() -> Result<()> {
    let uuid = "45b5fbd3-755f-4379-8f07-a58d4a30fa2f";
    let good = [
        ("int", "0"),
        ("int", "-17"),
        ("uuid", uuid),
        ("jwt", "eyJ0.eyJp-_.c2ln"),
        ("base64", "AAECAw=="),
        ("base64", "+/aB"),
        ("time", "2023-09-21T16:12:09Z"),
        ("hex", "0badcafe"),
        ("text", "Zoë / $2a$10$x"),
        ("any", ""),
        ("any", "\"\n{}"),
    ];
    for (kind, text) in good {
        holds(&format!("{{{{{kind}}}}}"), text)?;
        holds(&format!("\"{{{{{kind} x}}}}\""), &format!("\"{text}\""))?;
    }
    let upper = uuid.to_uppercase();
    let bad = [
        ("int", ""),
        ("int", "-"),
        ("int", "1.5"),
        ("int", "1e3"),
        ("int", "007"),
        ("int", "\"7\""),
        ("int", "null"),
        ("int", "٣"),
        ("uuid", upper.as_str()),
        ("uuid", "45b5fbd3755f43798f07a58d4a30fa2f"),
        ("uuid", "45b5fbd3-755f-4379-8f07-a58d4a30fa2f0"),
        ("uuid", ""),
        ("jwt", "only.two"),
        ("jwt", "a..c"),
        ("jwt", "a.b.c.d"),
        ("jwt", "a.b.c="),
        ("base64", ""),
        ("base64", "AAECAw"),
        ("base64", "AAECA==="),
        ("base64", "_-aB"),
        ("base64", r"aB\+a"),
        ("base64", r"a\\/aB"),
        ("time", "2023-09-21 16:12:09Z"),
        ("time", "2023-09-21T16:12:09.5Z"),
        ("time", "2023-09-21T16:12:09+00:00"),
        ("time", "2023-9-21T16:12:09Z"),
        ("hex", ""),
        ("hex", "0BAD"),
        ("hex", "xyz"),
        ("text", ""),
        ("text", "a\"b"),
        ("text", "a\nb"),
        ("text", "a\0b"),
    ];
    for (kind, text) in bad {
        departs(&format!("{{{{{kind}}}}}"), text)?;
        departs(&format!("<{{{{{kind} x}}}}>"), format!("<{text}>"))?;
    }
    Ok(())
}

#[test]
fn a_kind_gives_back_what_the_text_after_it_needs() -> Result<()> {
    let captured = holds("{{text who}}@example.com{{any}}", "a@b@example.com, c")?;
    assert_eq!(captured, [("who".to_owned(), "a@b".to_owned())]);
    Ok(())
}

#[test]
fn base64_in_json_may_have_its_slashes_escaped() -> Result<()> {
    let captured = holds(r#"{"secret":"{{base64 secret}}"}"#, r#"{"secret":"\/A\/="}"#)?;
    assert_eq!(captured, [("secret".to_owned(), "/A/=".to_owned())]);
    Ok(())
}

#[test]
fn any_takes_as_little_as_it_can() -> Result<()> {
    let captured = holds(r#"[{{any}}"n":{{int n}}{{any}}]"#, r#"["n":1,"n":2]"#)?;
    assert_eq!(captured, [("n".to_owned(), "1".to_owned())]);
    Ok(())
}

#[test]
fn a_captured_value_is_required_where_it_is_used_again() -> Result<()> {
    holds(r#"{"iat":{{int iat}},"nbf":{{iat}}}"#, r#"{"iat":17,"nbf":17}"#)?;
    assert_eq!(departs(r#"{"iat":{{int iat}},"nbf":{{iat}}}"#, r#"{"iat":17,"nbf":18}"#)?.received, 17);
    departs(r#"{"iat":{{int iat}},"nbf":{{iat}}}"#, r#"{"iat":17,"nbf":171}"#)?;
    Ok(())
}

#[test]
fn a_value_used_again_finds_the_element_that_has_it() -> Result<()> {
    let captured = holds("{{any}}a={{int a}} b={{a}};{{any}}", "a=1 b=2;a=3 b=3;")?;
    assert_eq!(captured, [("a".to_owned(), "3".to_owned())]);
    departs("{{any}}a={{int a}} b={{a}};{{any}}", "a=1 b=2;a=3 b=4;")?;
    Ok(())
}

#[test]
fn a_known_value_is_required_and_a_new_capture_hides_it() -> Result<()> {
    holds("{{id}}-{{run}}", "5-0badcafe")?;
    departs("{{id}}-{{run}}", "6-0badcafe")?;
    departs("{{id}}-{{run}}", "5-0badcaf0")?;
    holds("{{int id}}={{id}}", "6=6")?;
    departs("{{int id}}={{id}}", "6=5")?;
    departs("{{unheard}}", "")?;
    Ok(())
}

#[test]
fn bytes_that_are_no_text_match_any_and_are_never_captured() -> Result<()> {
    assert!(run("<{{any}}>", b"<\xff\xfe>")?.is_ok());
    departs("<{{any x}}>", b"<\xff\xfe>")?;
    departs("é", b"\xc3")?;
    departs("é", b"\xc3\xa8")?;
    Ok(())
}

#[test]
fn the_first_differing_byte_is_found_behind_slots() -> Result<()> {
    let at = departs(r#"{"id": {{int}}, "name": "Noom"}"#, r#"{"id": 4711, "name": "Moon"}"#)?;
    assert_eq!(at, Departure { received: 22, part: 2, within: 11 });
    let at = departs(r#"{"id": {{int}}}"#, r#"{"id": "4711"}"#)?;
    assert_eq!(at, Departure { received: 7, part: 1, within: 0 });
    Ok(())
}

#[test]
fn a_long_list_is_searched_in_bounded_time() -> Result<()> {
    let list: String = (0..5_000).map(|n| format!(r#"{{"id": {n}, "name": "user{n}"}}, "#)).collect();
    holds(r#"{{any}}{"id": {{int n}}, "name": "user4999"}{{any}}"#, &list)?;
    departs(r#"{{any}}{"id": {{int n}}, "name": "user5000"}{{any}}"#, &list)?;
    Ok(())
}

use std::path::Path;

use dragoman_exchange::conform::{ClauseFinding, Finding};
use dragoman_exchange::{Outcome, read_str};

use super::*;

const SUBJECT: Subject<'_> =
    Subject { base: "http://old.example:8080/api", dialect: "onyx", profile: Profile::Observed, read_only: false };

fn exchanges() -> Vec<Exchange> {
    let exchange = |name: &str, clauses: &str| {
        format!(
            "- exchange: {name}\n  clauses: [{clauses}]\n  steps: [{{ send: GET /, expect: {{ status: 200, body: '' }} }}]\n"
        )
    };
    let text = exchange("One", "R1") + &exchange("Two", "R1, R2") + &exchange("Three", "R10");
    read_str(&text, Path::new("x.yaml")).unwrap()
}

fn findings(exchanges: &[Exchange]) -> Findings<'_> {
    let outcomes = [
        (Outcome::Held, None),
        (
            Outcome::Deviated("x.yaml:6: Two (R1, R2)\nGET /\nstatus: expected 200, received <&>".to_owned()),
            Some("curl x"),
        ),
        (Outcome::NotReachable("needs its clock moved".to_owned()), None),
    ];
    let clause =
        |clause: &str, verdict, held, deviated| ClauseFinding { clause: clause.to_owned(), verdict, held, deviated };
    let found = exchanges.iter().zip(outcomes).map(|(exchange, (outcome, curl))| Finding {
        exchange,
        outcome,
        curl: curl.map(str::to_owned),
    });
    Findings {
        exchanges: found.collect(),
        clauses: vec![
            clause("R1", Verdict::Differs, 1, 1),
            clause("R2", Verdict::Holds, 1, 0),
            clause("R10", Verdict::NotReachable("needs its clock moved".to_owned()), 0, 0),
        ],
        tidying: Tidying { deleted: 1, left: vec!["ann".to_owned()], strangers: 2, trouble: None },
        broken_off: false,
    }
}

#[test]
fn the_text_says_what_holds_and_then_how_it_differs() {
    let text = "\
onyx at http://old.example:8080/api, observed profile: 1 clauses hold, 1 differ, 1 not reachable

R1   differs        1 of 2 exchanges
R2   holds          1 exchange
R10  not reachable  needs its clock moved

x.yaml:6: Two (R1, R2)
GET /
status: expected 200, received <&>
again: curl x

Cleaned up: 1 user deleted.
";
    assert_eq!(text::report(&SUBJECT, &findings(&exchanges())), text);
}

#[test]
fn what_is_left_is_complained_about() {
    let exchanges = exchanges();
    let lines = text::complaints(&findings(&exchanges).tidying);
    assert_eq!(
        lines,
        [
            "1 user could not be deleted: ann",
            "2 users came during the run without its mark in the name, and were left alone"
        ]
    );
}

#[test]
fn json_tells_every_clause_and_every_exchange() {
    let exchanges = exchanges();
    let document: serde_json::Value =
        serde_json::from_str(&json::report(&SUBJECT, &findings(&exchanges)).unwrap()).unwrap();
    let expected = serde_json::json!({
        "dialect": "onyx",
        "profile": "observed",
        "url": "http://old.example:8080/api",
        "read_only": false,
        "verdict": "differs",
        "clauses": [
            { "clause": "R1", "verdict": "differs", "held": 1, "deviated": 1 },
            { "clause": "R2", "verdict": "holds", "held": 1, "deviated": 0 },
            { "clause": "R10", "verdict": "not reachable", "reason": "needs its clock moved", "held": 0, "deviated": 0 },
        ],
        "exchanges": [
            { "exchange": "One", "file": "x.yaml", "line": 1, "clauses": ["R1"], "outcome": "held" },
            {
                "exchange": "Two", "file": "x.yaml", "line": 4, "clauses": ["R1", "R2"], "outcome": "deviated",
                "difference": "x.yaml:6: Two (R1, R2)\nGET /\nstatus: expected 200, received <&>", "curl": "curl x",
            },
            {
                "exchange": "Three", "file": "x.yaml", "line": 7, "clauses": ["R10"], "outcome": "not reachable",
                "reason": "needs its clock moved",
            },
        ],
        "cleanup": { "deleted": 1, "left": ["ann"], "strangers": 2 },
    });
    assert_eq!(document, expected);
}

#[test]
fn junit_has_a_test_case_per_clause() {
    let exchanges = exchanges();
    let xml = junit::report(&SUBJECT, &findings(&exchanges)).unwrap();
    for part in [
        r#"tests="3" skipped="1" failures="1" errors="0""#,
        r#"<testcase name="R2" classname="onyx.observed"/>"#,
        r#"<skipped message="needs its clock moved"/>"#,
        r#"<failure message="1 of 2 exchanges">x.yaml:6: Two (R1, R2)"#,
        "received &lt;&amp;&gt;\nagain: curl x",
        "1 user could not be deleted: ann",
    ] {
        assert!(xml.contains(part), "{part} is not in {xml}");
    }
}

#[test]
fn an_address_is_http_with_a_host_and_perhaps_a_path() {
    for (url, good) in [
        ("http://localhost:8080", Some("http://localhost:8080")),
        ("http://h/", Some("http://h")),
        ("http://h/old/api/", Some("http://h/old/api")),
        ("https://h", None),
        ("h:80", None),
        ("http://", None),
        ("http:///x", None),
        ("http://u:p@h", None),
        ("http://h/?x", None),
        ("http://h/#x", None),
        ("http://h/a b", None),
    ] {
        assert_eq!(base(url).ok().as_deref(), good, "{url}");
    }
}

#[test]
fn who_signs_in_with_an_e_mail_needs_one() {
    let values = |pairs: &[(&str, &str)]| Values::from_iter(pairs.iter().copied());
    let basic = [("admin.username", "admin"), ("admin.password", "hush")];
    let complete = |dialect, values| complete(&embedded::cleanup(dialect).unwrap(), &values, dialect);
    assert!(complete("basic", values(&basic)).is_ok());
    assert!(complete("onyx", values(&basic)).is_err_and(|error| error.to_string().contains("--admin-email")));
    let onyx = [basic.as_slice(), &[("admin.email", "admin@example.com")]].concat();
    assert!(complete("onyx", values(&onyx)).is_ok());
}

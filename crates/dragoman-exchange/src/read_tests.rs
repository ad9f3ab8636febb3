use anyhow::{Context as _, Result};

use super::*;
use crate::exchange::{Body, Need, Profile, Step};

fn read(text: &str) -> Result<Vec<Exchange>> {
    read_str(text, Path::new("x.yaml"))
}

const GOOD: &str = r#"
# A comment is no step.
- exchange: Everything at once
  clauses: [R8, T4]
  profile: observed
  hazards: [expose-password-hash]
  given:
    - { username: "off-{{run}}", enabled: false, onyx: { color: "{{run}}" } }
  settings: { onyx: { access_days: 3 } }
  steps:
    - send: POST /api/a%2Fb?x=1&y={{run}}
      headers: { X-Number: 5, X-Twice: [a, b] }
      form: [[a, "1"], [a, "{{admin.email}}"]]
      bearer: "x"
      expect:
        status: 200
        headers: { Content-Type: text/html, Allow: null, Vary: [a, b] }
        body: |
          {"id":{{int id}}}
    - advance: 16m
    - database: fails
    - database: works
    - send: DELETE /{{id}}
      body_base64: '/w=='
      expect: { status: 204, body: '' }
    - claims: "{{id}}"
      payload: '{"iat":{{int iat}},"nbf":{{iat}}}'
"#;

#[test]
fn a_whole_exchange_is_read() -> Result<()> {
    let exchanges = read(GOOD)?;
    let exchange = exchanges.first().context("one exchange")?;
    assert_eq!((exchange.line, exchange.profile), (3, Some(Profile::Observed)));
    assert_eq!(exchange.needs(), [Need::Users, Need::Clock, Need::Database, Need::Settings]);
    assert!(exchange.runs_in(Profile::Observed) && !exchange.runs_in(Profile::Documented));
    assert_eq!(exchange.steps.iter().map(|step| step.line).collect::<Vec<_>>(), [11, 20, 21, 22, 23, 26]);
    let [first, advance, .., delete, _] = exchange.steps.as_slice() else { anyhow::bail!("six steps") };
    assert_eq!(advance.value, Step::Advance(std::time::Duration::from_secs(960)));
    let Step::Send { message, expect } = &first.value else { anyhow::bail!("a request") };
    let names: Vec<&str> = message.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["X-Number", "X-Twice", "X-Twice"]);
    assert!(matches!(&message.body, Body::Form(fields) if fields.len() == 2));
    let counts: Vec<usize> = expect.headers.iter().map(|(_, values)| values.len()).collect();
    assert_eq!(counts, [1, 0, 2]);
    assert_eq!(expect.body.parts().last(), Some(&Part::Literal("}\n".to_owned())));
    let Step::Send { message, .. } = &delete.value else { anyhow::bail!("a request") };
    assert_eq!(message.body, Body::Bytes(vec![0xff]));
    Ok(())
}

/// An exchange with one step, which begins at line 4.
fn with_step(step: &str) -> String {
    format!("- exchange: a\n  clauses: [R1]\n  steps:\n{step}")
}

#[test]
fn a_bad_file_is_named_with_its_line() {
    let expect = "\n      expect: { status: 200, body: '' }";
    let step = |line: &str| with_step(&format!("    - {line}{expect}\n"));
    let cases = [
        ("".to_owned(), "no exchange", ""),
        ("- exchange: a\n  clauses: [R1]\n  stepz: []\n".to_owned(), "stepz", ":3:"),
        ("- exchange: a\n  clauses: []\n  steps: []\n".to_owned(), "no clause", ":1:"),
        ("- exchange: a\n  clauses: [R1]\n  steps: []\n".to_owned(), "without steps", ":1:"),
        ("- exchange: a\n  clauses: [R1]\n  profile: both\n  steps: []\n".to_owned(), "both", ":3:"),
        (with_step("    - note: hello\n"), "note", ":4:"),
        (with_step("    - send: GET /\n"), "without expect", ":4:"),
        (with_step("    - send: GET /\n      expect: { status: 200 }\n"), "body", ":5:"),
        (with_step("    - send: GET /\n      expect: { status: 200, body: '', header: {} }\n"), "header", ":5:"),
        (with_step("    - send: GET /\n      expect: { status: 99999, body: '' }\n"), "", ":5:"),
        (step("send: GET"), "request target", ":4:"),
        (step("send: GET /{{int}}"), "matches an answer", ":4:"),
        (step("send: GET /{{idd}}"), "neither given nor captured", ":4:"),
        (step("send: GET /\n      json: '{'\n      form: {}"), "at most one of form", ":4:"),
        (step("send: GET /\n      basic: 'a:b'\n      bearer: c"), "at most one of basic", ":4:"),
        (step("send: GET /\n      body_base64: '*'"), "base64", ":4:"),
        (step("send: GET /\n      advance: 1h"), "exactly one", ":4:"),
        (step("advance: 1h"), "sends nothing", ":4:"),
        (with_step("    - advance: 16 minutes\n"), "16m", ":4:"),
        (with_step("    - database: breaks\n"), "breaks", ":4:"),
        (with_step("    - claims: '{{run}}'\n"), "proves nothing", ":4:"),
        (with_step("    - {}\n"), "exactly one", ":4:"),
        (with_step("    - send: GET /\n      expect: { status: 200, body: '{{number}}' }\n"), "neither given", ":4:"),
        (
            with_step("    - send: GET /\n      expect: { status: 200, body: '{{int run}}' }\n"),
            "cannot be captured",
            ":4:",
        ),
        (
            with_step("    - send: GET /\n      expect: { status: 200, body: '{{integer x}}' }\n"),
            "no type integer",
            ":5:",
        ),
        ("- exchange: a\n  clauses: [R1\n".to_owned(), "", ":"),
    ];
    for (text, hint, line) in cases {
        let message = read(&text).err().map(|error| format!("{error:#}")).unwrap_or_default();
        assert!(message.starts_with(&format!("x.yaml{line}")) && message.contains(hint), "{text}\ngives: {message}");
    }
}

#[test]
fn a_value_is_known_only_after_its_capture() {
    let capture = "    - send: GET /\n      expect: { status: 200, body: '{{int id}}' }\n";
    let use_it = "    - send: GET /{{id}}\n      expect: { status: 200, body: '' }\n";
    assert!(read(&with_step(&format!("{capture}{use_it}"))).is_ok());
    assert!(read(&with_step(&format!("{use_it}{capture}"))).is_err());
}

#[test]
fn a_repeated_key_is_an_error() {
    let twice = "    - send: GET /\n      send: PUT /\n      expect: { status: 200, body: '' }\n";
    assert!(read(&with_step(twice)).is_err());
}

#[test]
fn two_exchanges_of_a_file_have_two_names() -> Result<()> {
    let step = with_step("    - send: GET /\n      expect: { status: 200, body: '' }\n");
    let error = read(&format!("{step}{step}")).err().context("an error")?;
    assert!(error.to_string().starts_with("x.yaml:6: another exchange is called \"a\""), "{error}");
    Ok(())
}

#[test]
fn a_folder_is_its_yaml_files_in_order() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let step = with_step("    - send: GET /\n      expect: { status: 200, body: '' }\n");
    for name in ["b.yaml", "a.yaml", "notes.txt"] {
        std::fs::write(folder.path().join(name), &step)?;
    }
    let files: Vec<_> = read_folder(folder.path())?.iter().map(|exchange| exchange.file.clone()).collect();
    assert_eq!(files, [folder.path().join("a.yaml"), folder.path().join("b.yaml")]);
    Ok(())
}

use std::path::Path;

use dragoman_exchange::register::Register;
use dragoman_exchange::run::Run;

use super::matrix::Matrix;
use super::{embedded, html, json, markdown, readme};
use crate::dialects;

const REGISTER: &str = r#"
dialect = "made-up"
seed = "A page about <b>users</b> & more."
[[clause]]
id = "R1"
says = 'Users are "listed" as a|b.'
grades = ["documented", "chosen"]
documented = "200"
observed = "<script>alert(1)</script>"
hazard = "open"
[[clause]]
id = "R2"
says = "A user goes."
grades = ["observed"]
"#;

const ROWS: [&str; 3] = [
    r#"{"dialect":"made-up","clause":"R1","profile":"observed","database":"sqlite","verdict":"differs","held":2,"deviated":1}"#,
    r#"{"dialect":"made-up","clause":"R1","profile":"documented","server":"http://old.example","verdict":"holds","held":1,"deviated":0}"#,
    r#"{"dialect":"made-up","clause":"R2","profile":"observed","database":"sqlite","verdict":"not reachable","reason":"<none>","held":0,"deviated":0}"#,
];

fn registers() -> [Register; 1] {
    [Register::read_str(REGISTER, Path::new("contract.toml")).unwrap()]
}

fn run(rows: &[&str]) -> Run {
    Run::read_str(&format!("[{}]", rows.join(",")), Path::new("run.json")).unwrap()
}

#[test]
fn markdown_has_a_row_a_clause_and_a_column_a_profile_and_place() {
    let (registers, run) = (registers(), run(&ROWS));
    let expected = r#"## Summary

| dialect | clauses | documented, http://old.example | observed, sqlite |
| --- | --- | --- | --- |
| [made-up](#made-up) | 2 | 1 hold | 0 hold, **1 differ** |

## made-up

A page about \<b\>users\</b\> \& more.

| clause | promise | grade | documented, http://old.example | observed, sqlite |
| --- | --- | --- | --- | --- |
| R1 | Users are "listed" as a\|b.<br>*documented:* 200<br>*observed:* \<script\>alert(1)\</script\><br>*hazard:* open | documented, chosen | holds (1) | **differs** (1 of 3) |
| R2 | A user goes. | observed | – | not reachable: \<none\> |
"#;
    assert_eq!(markdown::tables(&Matrix::new(&registers, &run).unwrap()), expected);
}

#[test]
fn the_page_shows_everything_escaped_and_loads_nothing() {
    let (registers, run) = (registers(), run(&ROWS));
    let page = html::page(&Matrix::new(&registers, &run).unwrap());
    for shown in [
        "A page about &lt;b&gt;users&lt;/b&gt; &amp; more.",
        "<dd>&lt;script&gt;alert(1)&lt;/script&gt;</dd>",
        "<td class=\"verdict differs\" data-place=\"observed, sqlite\">differs<small>1 of 3 exchanges</small></td>",
        "not reachable<small>&lt;none&gt;</small>",
        "<tr id=\"made-up-R1\" data-grades=\"documented|chosen\" data-verdicts=\"holds|differs\">",
    ] {
        assert!(page.contains(shown), "{shown} is not in:\n{page}");
    }
    assert_eq!(page.matches("<script>").count(), 1);
    for loading in ["src=", "<link", "url(", "@import"] {
        assert!(!page.contains(loading), "{loading}");
    }
}

#[test]
fn json_names_the_database_or_the_server() {
    let (registers, run) = (registers(), run(&ROWS));
    let text = json::document(&Matrix::new(&registers, &run).unwrap()).unwrap();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let at = |pointer: &str| document.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    assert_eq!(at("/dialects/0/clauses/0/verdicts/0/server"), "http://old.example");
    assert_eq!(at("/dialects/0/clauses/0/verdicts/1/database"), "sqlite");
    assert_eq!(at("/dialects/0/clauses/1/verdicts/0/reason"), "<none>");
    assert_eq!(at("/dialects/0/clauses/0/grades/1"), "chosen");
}

#[test]
fn a_run_that_the_registers_do_not_know_is_refused() {
    let [differs, holds, _] = ROWS;
    for (rows, expected) in [
        (vec![holds.replace("made-up", "other")], "no dialect is called \"other\""),
        (vec![holds.replace("R1", "R9")], "made-up has no clause R9"),
        (
            vec![differs.to_owned(), differs.to_owned()],
            "made-up R1 has two verdicts for the observed profile on sqlite",
        ),
    ] {
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        assert_eq!(readme(&registers(), &run(&rows)).unwrap_err().to_string(), expected);
    }
}

#[test]
fn what_is_embedded_covers_every_dialect() {
    let (registers, run) = (embedded::registers().unwrap(), embedded::run().unwrap());
    let matrix = Matrix::new(&registers, &run).unwrap();
    let names: Vec<&str> = matrix.sections.iter().map(|section| section.register.dialect.as_str()).collect();
    assert_eq!(names, dialects::ALL.iter().map(|dialect| dialect.name).collect::<Vec<_>>());
}

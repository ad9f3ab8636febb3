use std::path::Path;

use super::*;

const REGISTER: &str = r#"
dialect = "made-up"
seed = "A page."
[[clause]]
id = "R1"
says = "One."
grades = ["documented"]
[[clause]]
id = "R2"
says = "Two."
grades = ["chosen"]
"#;

fn sqlite() -> Place {
    Place::Database("sqlite".to_owned())
}

fn note(clauses: &[&str], profile: Profile, outcome: Outcome) -> Note {
    let clauses = clauses.iter().map(|&clause| clause.to_owned()).collect();
    Note { dialect: "made-up".to_owned(), clauses, profile, place: sqlite(), outcome }
}

fn run(notes: &[Note]) -> Run {
    let register = Register::read_str(REGISTER, Path::new("contract.toml")).unwrap();
    Run::of(&[register], &[sqlite()], notes)
}

fn rows(run: &Run) -> Vec<String> {
    let row =
        |row: &Row| format!("{} {}: {:?} {} {}", row.clause, row.profile.name(), row.verdict, row.held, row.deviated);
    run.rows.iter().map(row).collect()
}

#[test]
fn one_deviation_outweighs_what_held_and_what_could_not_be_reached() {
    let documented = |clauses, outcome| note(clauses, Profile::Documented, outcome);
    let notes = [
        documented(&["R1", "R2"], Outcome::Held),
        documented(&["R2"], Outcome::Deviated("…".to_owned())),
        documented(&["R1"], Outcome::NotReachable("no clock".to_owned())),
        note(&["R2"], Profile::Observed, Outcome::NotReachable("no users".to_owned())),
        note(&["R2"], Profile::Observed, Outcome::NotReachable("no clock".to_owned())),
    ];
    let expected = [
        "R1 documented: Holds 1 0",
        "R1 observed: NotReachable(\"no exchange shows it in the observed profile\") 0 0",
        "R2 documented: Differs 1 1",
        "R2 observed: NotReachable(\"no clock; no users\") 0 0",
    ];
    assert_eq!(rows(&run(&notes)), expected);
    let backwards: Vec<Note> = notes.iter().rev().cloned().collect();
    assert_eq!(run(&backwards), run(&notes));
}

#[test]
fn a_run_is_read_as_it_was_written() {
    let run = run(&[note(&["R1"], Profile::Documented, Outcome::Held)]);
    let text = run.to_json().unwrap();
    let first = r#"{"dialect":"made-up","clause":"R1","profile":"documented","database":"sqlite","verdict":"holds","held":1,"deviated":0},"#;
    assert_eq!(text.lines().nth(1), Some(first));
    assert_eq!(text.lines().count(), 6);
    assert_eq!(Run::read_str(&text, Path::new("run.json")).unwrap(), run);
}

#[test]
fn a_report_of_conform_is_a_run_too() {
    let report = r#"{"dialect":"basic","profile":"observed","url":"http://old.example","read_only":true,"verdict":"differs",
        "clauses":[{"clause":"R1","verdict":"differs","held":2,"deviated":1},
        {"clause":"R2","verdict":"not reachable","reason":"needs its clock moved","held":0,"deviated":0}],"exchanges":[]}"#;
    let run = Run::read_str(report, Path::new("report.json")).unwrap();
    let expected = ["R1 observed: Differs 2 1", "R2 observed: NotReachable(\"needs its clock moved\") 0 0"];
    assert_eq!(rows(&run), expected);
    assert!(run.rows.iter().all(|row| row.place == Place::Server("http://old.example".to_owned())));
}

#[test]
fn what_is_no_run_is_refused_with_the_files_name() {
    let row =
        r#"{"dialect":"x","clause":"R1","profile":"observed","database":"d","verdict":"holds","held":1,"deviated":0}"#;
    let refused = [
        ("", "is no JSON"),
        ("{}", "neither a run nor a report"),
        (&format!("[{}]", row.replace("holds", "hods")), "\"hods\" is no verdict"),
        (&format!("[{}]", row.replace("database", "place")), "neither a run nor a report"),
    ];
    for (text, expected) in refused {
        let error = format!("{:#}", Run::read_str(text, Path::new("run.json")).unwrap_err());
        assert!(error.contains(expected) && error.contains("run.json"), "{error}");
    }
}

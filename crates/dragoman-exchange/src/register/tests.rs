use super::*;
use crate::exchange::Exchange;
use crate::read::read_str;

const REGISTER: &str = r#"
dialect = "made-up"
seed = "A page of a manual."

[[clause]]
id = "R1"
says = "Users are listed."
grades = ["documented"]

[[clause]]
id = "R2"
says = "A user goes."
grades = ["documented", "chosen"]
documented = "204"
observed = "200"

[[clause]]
id = "R3"
says = "Passwords are hidden."
grades = ["observed"]
hazard = "open"
"#;

const EXCHANGES: &str = r#"
- exchange: Listing
  clauses: [R1]
  steps: [{ send: GET /, expect: { status: 200, body: '' } }]
- exchange: Deleting
  clauses: [R2]
  profile: documented
  steps: [{ send: DELETE /1, expect: { status: 204, body: '' } }]
- exchange: Deleting
  clauses: [R2]
  profile: observed
  steps: [{ send: DELETE /1, expect: { status: 200, body: '' } }]
- exchange: Passwords
  clauses: [R3]
  hazards: [open]
  steps: [{ send: GET /1, expect: { status: 200, body: '' } }]
"#;

/// What is complained of when this text stands in the exchanges in place of that.
fn complaints(check: fn(&Register, &[Exchange]) -> Vec<String>, replace: &str, by: &str) -> Vec<String> {
    assert!(EXCHANGES.contains(replace), "{replace}");
    let register = Register::read_str(REGISTER, Path::new("contract.toml")).unwrap();
    check(&register, &read_str(&EXCHANGES.replace(replace, by), Path::new("x.yaml")).unwrap())
}

fn refusal(replace: &str, by: &str) -> String {
    assert!(REGISTER.contains(replace), "{replace}");
    let read = Register::read_str(&REGISTER.replacen(replace, by, 1), Path::new("contract.toml"));
    format!("{:#}", read.unwrap_err())
}

#[test]
fn nothing_is_wrong_with_a_register_whose_clauses_are_all_shown() {
    for check in [not_shown, unknown, half_answered, never_turned_on] {
        assert_eq!(complaints(check, "", ""), [""; 0]);
    }
}

#[test]
fn a_clause_that_no_exchange_shows_is_named() {
    let complaint = |profile| format!("made-up R3: no exchange shows it in the {profile} profile");
    assert_eq!(complaints(not_shown, "[R3]", "[R1]"), ["documented", "observed"].map(complaint));
    assert_eq!(complaints(not_shown, "hazards: [open]", "profile: documented"), ["observed"].map(complaint));
}

#[test]
fn a_clause_that_only_an_exchange_knows_is_named() {
    assert_eq!(complaints(unknown, "[R3]", "[R3, R30]"), ["x.yaml:13: made-up has no clause R30"]);
}

#[test]
fn an_answer_that_only_one_profile_is_shown_to_give_is_named() {
    let expected = ["made-up R2: no exchange shows the answer of the observed profile"];
    assert_eq!(complaints(half_answered, "profile: observed", "hazards: [open]"), expected);
    let expected = ["made-up R2: no exchange shows the answer of the documented profile"];
    assert_eq!(complaints(half_answered, "profile: documented", "hazards: [open]"), expected);
}

#[test]
fn a_hazard_that_is_never_turned_on_is_named() {
    let expected = ["made-up R3: no exchange shows it with open turned on"];
    assert_eq!(complaints(never_turned_on, "hazards: [open]", "hazards: [ajar]"), expected);
    assert_eq!(complaints(never_turned_on, "[R3]", "[R1]"), expected);
}

#[test]
fn an_id_that_is_there_twice_is_refused() {
    assert_eq!(refusal("R2", "R1"), "contract.toml: R1 is there twice");
}

#[test]
fn what_a_clause_lacks_is_said() {
    let id = "contract.toml: R: an id is a capital letter and a number";
    assert_eq!(refusal("R2", "R"), id);
    assert_eq!(refusal("A user goes.", " "), "contract.toml: R2: it says nothing");
    assert_eq!(refusal(r#"["documented"]"#, "[]"), "contract.toml: R1: it has no grade");
    assert_eq!(refusal("chosen", "documented"), "contract.toml: R2: it has a grade twice");
    let half = "contract.toml: R2: it has the answer of one profile only";
    assert_eq!(refusal("observed = \"200\"", ""), half);
    assert_eq!(refusal("\"200\"", "\"204\""), "contract.toml: R2: both profiles answer alike");
}

#[test]
fn a_key_or_a_grade_that_nobody_knows_is_refused() {
    assert!(refusal("hazard =", "hazzard =").contains("hazzard"));
    assert!(refusal("seed =", "sed =").contains("sed"));
    assert!(refusal("chosen", "guessed").contains("guessed"));
}

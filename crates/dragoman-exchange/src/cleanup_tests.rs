use anyhow::Result;

use super::*;
use crate::exchange::Step;
use crate::read::read_str;

const ONYX: &str = r#"
sign_in:
  - send: POST /login
    form: { email: "{{admin.email}}", password: "{{admin.password}}" }
    answer: '{{any}}"{{jwt token}}"{{any}}'
list: { send: GET /users, bearer: "{{token}}" }
user: { key: id, names: [username, email] }
delete: { send: "POST /user/delete/{{user}}", bearer: "{{token}}" }
signs_in: [POST /login]
changes: [GET /user/delete/]
"#;

fn read(text: &str) -> Result<Cleanup> {
    Cleanup::read_str(text, Path::new("cleanup.yaml"))
}

fn message(send: &str) -> Result<Message> {
    let text = format!(
        "- exchange: a\n  clauses: [R1]\n  steps: [{{ send: '{send}', expect: {{ status: 200, body: '{{{{int id}}}}' }} }}, {{ send: GET /, expect: {{ status: 200, body: '' }} }}]\n"
    );
    let exchange = read_str(&text, Path::new("x.yaml"))?.pop().context("no exchange")?;
    match exchange.steps.into_iter().next().map(|step| step.value) {
        Some(Step::Send { message, .. }) => Ok(message),
        step => anyhow::bail!("{step:?}"),
    }
}

#[test]
fn what_leaves_users_alone_is_a_safe_method_or_named() -> Result<()> {
    let cleanup = read(ONYX)?;
    for (send, alone) in [
        ("GET /users", true),
        ("OPTIONS /user/delete/1", true),
        ("POST /login", true),
        ("POST /login?x=1", true),
        ("PUT /login", false),
        ("POST /login/", false),
        ("POST /users", false),
        ("GET /user/delete/1", false),
        ("HEAD /user/delete/1", false),
        ("GET /user/delete", true),
        ("BREW /users", false),
    ] {
        assert_eq!(cleanup.leaves_users_alone(&message(send)?), alone, "{send}");
    }
    Ok(())
}

#[test]
fn the_segment_that_names_the_user_is_found() -> Result<()> {
    assert_eq!(read(ONYX)?.depth(), 2);
    assert_eq!(segments("/user/delete/7?x=/y").collect::<Vec<_>>(), ["user", "delete", "7"]);
    Ok(())
}

#[test]
fn what_must_be_given_is_said() -> Result<()> {
    let missing = |values: &Values| Ok::<_, anyhow::Error>(read(ONYX)?.missing(values).into_iter().collect::<Vec<_>>());
    assert_eq!(missing(&Values::default())?, ["admin.email", "admin.password"]);
    assert_eq!(missing(&Values::from_iter([("admin.email", "a"), ("admin.password", "b")]))?, [""; 0]);
    Ok(())
}

#[test]
fn mistakes_are_refused() {
    for (from, to, hint) in [
        ("{{token}}", "{{tokens}}", "neither given nor captured"),
        ("delete/{{user}}", "delete/{{page}}", "neither given nor captured"),
        ("delete/{{user}}", "delete/7", "does not say who goes"),
        ("[username, email]", "[]", "nobody could be recognised"),
        ("changes:", "change:", "cleanup.yaml:"),
        ("GET /users", "GET", "METHOD"),
    ] {
        let refused = read(&ONYX.replace(from, to)).map(drop).map_err(|error| format!("{error:#}"));
        assert!(refused.as_ref().is_err_and(|error| error.contains(hint)), "{to}: {refused:?}");
    }
}

//! Runs against a user API of a few lines, which can be told to be faulty.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Result, ensure};

use super::*;
use crate::read::read_str;

const CLEANUP: &str = r#"
list: { send: GET /users, basic: "{{admin.username}}:{{admin.password}}" }
user: { key: name, names: [name] }
delete: { send: "DELETE /users/{{user}}", basic: "{{admin.username}}:{{admin.password}}" }
"#;

const EXCHANGES: &str = r#"
- exchange: A user is made
  clauses: [R1, R10]
  steps:
    - send: PUT /users/ann%20{{run}}
      expect: { status: 201, body: '' }
- exchange: A list needs a password
  clauses: [R2]
  steps:
    - send: GET /users
      basic: "{{admin.username}}:{{admin.password}}"
      expect: { status: 200, body: '[{{any}}]' }
- exchange: A user goes
  clauses: [R3]
  steps:
    - send: DELETE /users/bob
      expect: { status: 401, body: '' }
- exchange: The administrator is taken
  clauses: [R4]
  steps:
    - send: PUT /users/{{admin.username}}
      expect: { status: 409, body: '' }
- exchange: Time passes
  clauses: [R5, R10]
  steps:
    - advance: 1h
- exchange: Only on the original
  clauses: [R6]
  profile: observed
  steps:
    - send: GET /users
      expect: { status: 401, body: '' }
- exchange: With a client
  clauses: [R7]
  hazards: [open]
  steps:
    - send: GET /users
      expect: { status: 200, body: '' }
"#;

/// How the server departs from what is expected of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    /// Rows have another key.
    Key,
    /// Nobody is ever deleted.
    Keeps,
    /// A user who is to be made gets no answer.
    Hangs,
    /// After the first list it is gone.
    Gone,
}

struct Server {
    base: String,
    users: Arc<Mutex<BTreeSet<String>>>,
}

fn server(fault: Fault) -> Result<Server> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let base = format!("http://{}", listener.local_addr()?);
    let users = Arc::new(Mutex::new(BTreeSet::from(["admin".to_owned(), "bob".to_owned()])));
    let known = Arc::clone(&users);
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let request = received(&mut stream).unwrap_or_default();
            let answer = answer(&request, &mut known.lock().unwrap(), fault);
            drop(stream.write_all(answer.as_bytes()));
            if fault == Fault::Gone {
                return;
            }
        }
    });
    Ok(Server { base, users })
}

fn received(stream: &mut TcpStream) -> Result<String> {
    let mut text = String::new();
    while !text.contains("\r\n\r\n") {
        let mut buffer = [0; 4096];
        let count = stream.read(&mut buffer)?;
        ensure!(count > 0, "cut off");
        text.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    Ok(text)
}

fn answer(request: &str, users: &mut BTreeSet<String>, fault: Fault) -> String {
    let target = request.split(' ').nth(1).unwrap_or_default();
    let name = target.trim_start_matches("/users/").replace("%20", " ");
    let signed_in = request.contains("authorization: Basic YWRtaW46aHVzaA==");
    let (status, body) = match request.split(' ').next() {
        Some("PUT") if fault == Fault::Hangs => return String::new(),
        Some("PUT") => (if users.insert(name) { 201 } else { 409 }, String::new()),
        _ if !signed_in => (401, String::new()),
        Some("DELETE") => {
            let gone = fault != Fault::Keeps && users.remove(&name);
            (if gone { 204 } else { 404 }, String::new())
        }
        _ => {
            let key = if fault == Fault::Key { "Name" } else { "name" };
            let rows: Vec<_> = users.iter().map(|name| serde_json::json!({ key: name })).collect();
            (200, serde_json::Value::from(rows).to_string())
        }
    };
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

struct Summary {
    verdicts: Vec<(String, String)>,
    curls: Vec<String>,
    tidying: Tidying,
}

impl Summary {
    fn verdict(&self, clause: &str) -> &str {
        self.verdicts.iter().find(|(known, _)| known == clause).map_or("", |(_, verdict)| verdict)
    }
}

fn run(server: &Server, read_only: bool, password: &str) -> Result<Summary> {
    let exchanges = read_str(EXCHANGES, Path::new("x.yaml"))?;
    let cleanup = Cleanup::read_str(CLEANUP, Path::new("cleanup.yaml"))?;
    let campaign = Campaign {
        exchanges: &exchanges,
        profile: Profile::Documented,
        read_only,
        cleanup: &cleanup,
        base: server.base.clone(),
        values: Values::from_iter([("admin.username", "admin"), ("admin.password", password)]),
        secrets: [("admin.password".to_owned(), "$PASSWORD".to_owned())].into(),
        client: Client::new(Duration::from_secs(5)),
        seed: 0xabcde,
    };
    let findings = conform(&campaign, &mut |_| ControlFlow::Continue(()))?;
    let verdict = |finding: &ClauseFinding| match &finding.verdict {
        Verdict::NotReachable(reason) => reason.clone(),
        verdict @ (Verdict::Holds | Verdict::Differs) => verdict.name().to_owned(),
    };
    Ok(Summary {
        verdicts: findings.clauses.iter().map(|finding| (finding.clause.clone(), verdict(finding))).collect(),
        curls: findings.exchanges.into_iter().filter_map(|finding| finding.curl).collect(),
        tidying: findings.tidying,
    })
}

fn users(server: &Server) -> Vec<String> {
    server.users.lock().unwrap().iter().cloned().collect()
}

#[test]
fn what_was_made_goes_and_who_was_there_is_not_touched() -> Result<()> {
    let server = server(Fault::None)?;
    let summary = run(&server, false, "hush")?;
    let expected = [
        ("R1", "holds"),
        ("R2", "holds"),
        ("R3", "could change the user \"bob\", who was there before"),
        ("R4", "could change the administrator"),
        ("R5", "needs its clock moved"),
        ("R6", "no exchange shows it in the documented profile"),
        ("R7", "needs the hazard open turned on"),
        ("R10", "holds"),
    ];
    assert_eq!(summary.verdicts, expected.map(|(clause, verdict)| (clause.to_owned(), verdict.to_owned())));
    let Tidying { deleted, left, strangers, trouble } = summary.tidying;
    assert_eq!((deleted, left.len(), strangers, trouble), (1, 0, 0, None));
    assert_eq!(users(&server), ["admin", "bob"]);
    Ok(())
}

#[test]
fn who_stays_is_named() -> Result<()> {
    let server = server(Fault::Keeps)?;
    let tidying = run(&server, false, "hush")?.tidying;
    assert_eq!((tidying.deleted, tidying.left), (0, vec!["ann abcde001".to_owned()]));
    Ok(())
}

#[test]
fn a_mark_that_somebody_bears_is_not_used() -> Result<()> {
    let server = server(Fault::None)?;
    server.users.lock().unwrap().insert("ann ABCDE001".to_owned());
    let tidying = run(&server, false, "hush")?.tidying;
    assert_eq!((tidying.deleted, users(&server)), (1, ["admin", "ann ABCDE001", "bob"].map(str::to_owned).into()));
    Ok(())
}

#[test]
fn where_nobody_can_be_made_out_nothing_is_deleted_and_that_is_said() -> Result<()> {
    let server = server(Fault::Key)?;
    let summary = run(&server, false, "hush")?;
    assert_eq!(summary.verdict("R1"), "holds");
    assert_eq!(summary.verdict("R3"), "could change the user \"bob\", who may have been there before");
    assert!(summary.tidying.trouble.is_some_and(|trouble| trouble.contains("abcde in their names")));
    assert_eq!(users(&server).len(), 3);
    Ok(())
}

#[test]
fn a_run_that_only_reads_makes_nothing() -> Result<()> {
    let server = server(Fault::None)?;
    let summary = run(&server, true, "hush")?;
    assert_eq!((summary.verdict("R1"), summary.verdict("R2")), ("changes something, and this run only reads", "holds"));
    assert_eq!(users(&server), ["admin", "bob"]);
    Ok(())
}

#[test]
fn a_request_without_an_answer_is_a_difference_while_the_server_is_there() -> Result<()> {
    let server = server(Fault::Hangs)?;
    let summary = run(&server, false, "hush")?;
    assert_eq!((summary.verdict("R1"), summary.verdict("R2")), ("differs", "holds"));
    assert!(summary.curls.iter().all(|curl| curl.contains("-X PUT") && !curl.contains("hush")), "{:?}", summary.curls);
    Ok(())
}

#[test]
fn a_server_that_goes_or_that_refuses_the_administrator_ends_the_run() -> Result<()> {
    let error = |fault, password| {
        let server = server(fault)?;
        Ok::<_, anyhow::Error>(
            run(&server, false, password).err().map(|error| format!("{error:#}")).unwrap_or_default(),
        )
    };
    let gone = error(Fault::Gone, "hush")?;
    assert!(gone.contains("abcde in their names") && gone.contains("does not answer any more"), "{gone}");
    let refused = error(Fault::None, "wrong")?;
    assert!(refused.contains("the administrator cannot list the users") && refused.contains("401"), "{refused}");
    Ok(())
}

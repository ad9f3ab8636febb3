//! Replays against a server of a few lines that answers from a list and keeps what it was sent.

use std::cell::RefCell;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::thread::JoinHandle;

use anyhow::{Result, anyhow, ensure};

use super::*;
use crate::read::read_str;

/// Gives these answers, one a connection, and then the requests that came.
fn server(answers: &'static [&'static str]) -> Result<(String, JoinHandle<Result<Vec<String>>>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let base = format!("http://{}", listener.local_addr()?);
    let serve = move || answers.iter().map(|answer| serve_one(&listener.accept()?.0, answer)).collect();
    Ok((base, std::thread::spawn(serve)))
}

fn serve_one(mut stream: &TcpStream, answer: &str) -> Result<String> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer)?;
        request.extend_from_slice(buffer.get(..count).unwrap_or_default());
        let text = String::from_utf8_lossy(&request).into_owned();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
        let whole = text.split_once("\r\n\r\n").is_some_and(|(_, body)| body.len() >= length.unwrap_or(0));
        if whole || count == 0 {
            stream.write_all(answer.as_bytes())?;
            return Ok(text);
        }
    }
}

fn exchange(steps: &str) -> Result<Exchange> {
    let text = format!("- exchange: It works\n  clauses: [R1]\n  steps:\n{steps}");
    read_str(&text, Path::new("x.yaml"))?.pop().ok_or_else(|| anyhow!("no exchange"))
}

fn target(base: String, lab: Option<&dyn Lab>) -> Target<'_> {
    let values = Values::from_iter([("admin.username", "admin")]);
    Target { base, values, lab, client: Client::new(Duration::from_secs(5)) }
}

#[derive(Default)]
struct Notebook(RefCell<Vec<String>>);

impl Lab for Notebook {
    fn add_user(&self, user: &serde_json::Value) -> Result<()> {
        self.0.borrow_mut().push(user.to_string());
        Ok(())
    }

    fn advance(&self, by: Duration) -> Result<()> {
        self.0.borrow_mut().push(format!("{by:?}"));
        Ok(())
    }

    fn database(&self, works: bool) -> Result<()> {
        self.0.borrow_mut().push(format!("works {works}"));
        Ok(())
    }
}

const CREATED: &str = "HTTP/1.1 201 Created\r\nContent-Length: 8\r\nConnection: close\r\n\r\n{\"id\":7}";
const EMPTY: &str = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
const MOVED: &str = "HTTP/1.1 301 Moved\r\nLocation: /old/v1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

#[test]
fn a_captured_value_goes_into_the_next_request_and_nothing_is_altered_on_the_way() -> Result<()> {
    let (base, thread) = server(&[CREATED, EMPTY])?;
    let exchange = exchange(
        "    - send: PUT /a%2Fb/..//{{run}}?x={}\n      headers: { X: [a, b] }\n      json: '{}'\n      expect: { status: 201, body: '{\"id\":{{int id}}}' }
    - send: DELETE /{{id}}\n      body: gone\n      basic: '{{admin.username}}:x'\n      expect: { status: 204, body: '' }\n",
    )?;
    assert_eq!(replay(&exchange, &target(format!("{base}/old"), None), "07")?, Outcome::Held);
    let requests = thread.join().map_err(|_| anyhow!("the server fell over"))??;
    let [put, delete] = requests.as_slice() else { anyhow::bail!("{requests:?}") };
    ensure!(put.starts_with("PUT /old/a%2Fb/..//07?x={} HTTP/1.1\r\n"), "{put}");
    ensure!(put.contains("x: a\r\nx: b\r\n") && put.contains("content-type: application/json\r\n"), "{put}");
    ensure!(!put.contains("user-agent") && !put.contains("accept"), "{put}");
    ensure!(delete.starts_with("DELETE /old/7 HTTP/1.1\r\n") && delete.ends_with("\r\n\r\ngone"), "{delete}");
    ensure!(delete.contains("authorization: Basic YWRtaW46eA==\r\n"), "{delete}");
    Ok(())
}

#[test]
fn a_redirect_is_an_answer() -> Result<()> {
    let (base, _thread) = server(&[MOVED])?;
    let exchange =
        exchange("    - send: GET /v1/\n      expect: { status: 301, headers: { Location: /v1 }, body: '' }\n")?;
    assert_eq!(replay(&exchange, &target(format!("{base}/old"), None), "07")?, Outcome::Held);
    Ok(())
}

#[test]
fn a_deviation_says_where_it_is_and_ends_the_exchange() -> Result<()> {
    let (base, _thread) = server(&[EMPTY])?;
    let notebook = Notebook::default();
    let exchange = exchange(
        "    - database: fails\n    - send: GET /v1\n      expect: { status: 200, body: '' }\n    - advance: 1h\n",
    )?;
    let outcome = replay(&exchange, &target(base, Some(&notebook)), "07")?;
    let expected = "x.yaml:5: It works (R1)\nGET /v1\nstatus: expected 200, received 204";
    assert_eq!(outcome, Outcome::Deviated(expected.to_owned()));
    assert_eq!(*notebook.0.borrow(), ["works false", "works true"], "the database is left as it was found");
    Ok(())
}

#[test]
fn a_token_is_looked_into() -> Result<()> {
    // {"typ":"JWT"} . {"iat":17,"nbf":17}
    let token = "eyJ0eXAiOiJKV1QifQ.eyJpYXQiOjE3LCJuYmYiOjE3fQ.AA";
    let step = |header: &str, payload: &str| {
        exchange(&format!("    - claims: {token}\n      header: '{header}'\n      payload: '{payload}'\n"))
    };
    let outcome = |header, payload| replay(&step(header, payload)?, &target(String::new(), None), "07");
    assert_eq!(outcome(r#"{"typ":"JWT"}"#, r#"{"iat":{{int iat}},"nbf":{{iat}}}"#)?, Outcome::Held);
    let Outcome::Deviated(report) = outcome(r#"{"typ": "JWT"}"#, r#"{"iat":{{int}},"nbf":18}"#)? else {
        anyhow::bail!("the difference is not found")
    };
    ensure!(
        report.contains("token header differs at byte 7") && report.contains("token payload differs at byte 17"),
        "{report}"
    );
    Ok(())
}

#[test]
fn a_server_that_cannot_be_changed_is_not_asked() -> Result<()> {
    let target = target("http://127.0.0.1:1".to_owned(), None);
    let outcome = replay(&exchange("    - advance: 1h\n")?, &target, "07")?;
    assert_eq!(outcome, Outcome::NotReachable("needs its clock moved".to_owned()));
    let unknown = exchange("    - send: GET /{{oauth.client_id}}\n      expect: { status: 200, body: '' }\n")?;
    assert_eq!(replay(&unknown, &target, "07")?, Outcome::NotReachable("needs {{oauth.client_id}}".to_owned()));
    Ok(())
}

#[test]
fn a_server_that_does_not_answer_is_an_error() -> Result<()> {
    let exchange = exchange("    - send: GET /\n      expect: { status: 200, body: '' }\n")?;
    let error = replay(&exchange, &target("http://127.0.0.1:1".to_owned(), None), "07").err();
    assert!(error.is_some_and(|error| format!("{error:#}").starts_with("x.yaml:4: It works")));
    Ok(())
}

#[test]
fn given_users_have_their_placeholders_filled() -> Result<()> {
    let notebook = Notebook::default();
    let text = "- exchange: a\n  clauses: [R1]\n  given: [{ username: 'u-{{run}}', enabled: false, onyx: { color: '{{run}}' } }]\n  steps: [{ advance: 90s }]\n";
    let exchange = read_str(text, Path::new("x.yaml"))?.pop().ok_or_else(|| anyhow!("no exchange"))?;
    assert_eq!(replay(&exchange, &target(String::new(), Some(&notebook)), "07")?, Outcome::Held);
    assert_eq!(*notebook.0.borrow(), [r#"{"username":"u-07","enabled":false,"onyx":{"color":"07"}}"#, "90s"]);
    Ok(())
}

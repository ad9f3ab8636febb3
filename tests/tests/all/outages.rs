//! PostgreSQL goes away in the middle, and comes back.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use dragoman::dialects;
use dragoman::harness::Options;
use dragoman_exchange::{Client, Request, Response};
use dragoman_tests::Database;
use dragoman_tests::cluster::Cluster;
use dragoman_tests::gateway::Gateway;

use crate::callers::Caller;
use crate::trials::Trials;

/// What the settings below allow for one attempt, with room for a busy machine.
const BOUND: Duration = Duration::from_secs(10);
const TIMEOUT_SECONDS: i64 = 2;

pub(crate) fn register(trials: &mut Trials) {
    trials.on(
        Database::Postgres,
        "every dialect says that the server is gone, and serves again when it is back",
        |_, _| server_goes_and_comes_back(),
    );
    trials.on(Database::Postgres, "requests under way when the server goes are answered", |_, _| requests_under_way());
}

/// A request that needs the database, and what the dialect says when there is none.
struct Question {
    dialect: &'static str,
    target: &'static str,
    failure: (u16, &'static str, &'static str),
}

const QUESTIONS: [Question; 5] = [
    Question { dialect: "onyx", target: "/api/users", failure: (503, "application/json", "{") },
    Question { dialect: "basic", target: "/api/v1/users", failure: (503, "application/json; charset=utf-8", "\"") },
    Question {
        dialect: "vitja",
        target: "/api/v1/users",
        failure: (500, "application/json; charset=UTF-8", r#"{"message":"Internal Server Error"}"#),
    },
    Question { dialect: "amadis", target: "/api/datamanagement/v1/User", failure: (503, "application/json", "{") },
    Question {
        dialect: "jwt",
        target: "/v1/users",
        failure: (500, "application/json", r#"{"error":"Internal Server Error"}"#),
    },
];

fn start(cluster: &Cluster) -> Result<Gateway> {
    let settings = format!("[database]\ntimeout_seconds = {TIMEOUT_SECONDS}").parse()?;
    Gateway::start(Options { database: Some(cluster.url.clone()), settings: Some(settings), ..Options::default() })
}

fn server_goes_and_comes_back() -> Result<()> {
    ensure!(dialects::ALL.len() == QUESTIONS.len(), "a dialect is not asked");
    let mut cluster = Cluster::start()?;
    let gateway = start(&cluster)?;
    let authorizations = authorizations(&gateway)?;
    let ask_all = |answered: fn(&Question, &Response) -> bool| -> Result<()> {
        for (question, authorization) in QUESTIONS.iter().zip(&authorizations) {
            let begun = Instant::now();
            let answer = ask(&gateway, question, authorization)?;
            ensure!(begun.elapsed() < BOUND, "{} answered after {:?}", question.dialect, begun.elapsed());
            ensure!(answered(question, &answer), "{} answered {}", question.dialect, shown(&answer));
        }
        Ok(())
    };
    ask_all(|_, answer| answer.status == 200).context("before")?;
    for round in 1..=2 {
        cluster.suspend()?;
        ask_all(is_failure).with_context(|| format!("while it is away for the {round}. time"))?;
        ensure!(ready(&gateway)? == 503, "the gateway says that it is ready without its database");
        cluster.resume()?;
        ask_all(|_, answer| answer.status == 200).with_context(|| format!("after the {round}. time"))?;
        ensure!(ready(&gateway)? == 200, "the gateway says that it is not ready");
    }
    gateway.stop()
}

/// Clients that ask all the time see answers and refusals, and nothing else.
fn requests_under_way() -> Result<()> {
    let mut cluster = Cluster::start()?;
    let gateway = start(&cluster)?;
    let authorizations = authorizations(&gateway)?;
    let until = Instant::now() + Duration::from_secs(6);
    let client = |question: &'static Question, authorization: &str| -> Result<Response> {
        loop {
            let answer = ask(&gateway, question, authorization)?;
            ensure!(answer.status == 200 || is_failure(question, &answer), "{}", shown(&answer));
            if Instant::now() > until {
                return Ok(answer);
            }
        }
    };
    std::thread::scope(|scope| {
        let client = &client;
        let pairs = QUESTIONS.iter().zip(&authorizations);
        let threads: Vec<_> = pairs.map(|(question, auth)| scope.spawn(move || client(question, auth))).collect();
        std::thread::sleep(Duration::from_secs(1));
        cluster.suspend()?;
        std::thread::sleep(Duration::from_secs(1));
        cluster.resume()?;
        for thread in threads {
            let last = thread.join().map_err(|_| anyhow::anyhow!("a client panicked"))??;
            ensure!(last.status == 200, "still not served: {}", shown(&last));
        }
        Ok(())
    })?;
    gateway.stop()
}

fn authorizations(gateway: &Gateway) -> Result<Vec<String>> {
    let caller = Caller::administrator(gateway);
    QUESTIONS.iter().map(|question| caller.authorization(question.dialect)).collect()
}

fn ask(gateway: &Gateway, question: &Question, authorization: &str) -> Result<Response> {
    let headers = vec![("Authorization".to_owned(), authorization.to_owned())];
    let request = Request { method: "GET".to_owned(), target: question.target.to_owned(), headers, body: None };
    Client::new(BOUND + BOUND).send(gateway.url(question.dialect)?, &request).context(question.dialect)
}

fn ready(gateway: &Gateway) -> Result<u16> {
    let request = Request { method: "GET".to_owned(), target: "/readyz".to_owned(), headers: Vec::new(), body: None };
    Ok(Client::new(BOUND).send(&gateway.operations, &request)?.status)
}

fn is_failure(question: &Question, answer: &Response) -> bool {
    let (status, content_type, beginning) = question.failure;
    answer.status == status
        && answer.header("content-type") == [content_type.as_bytes()]
        && answer.body.starts_with(beginning.as_bytes())
}

fn shown(answer: &Response) -> String {
    format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body))
}

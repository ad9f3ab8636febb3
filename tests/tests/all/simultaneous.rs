//! Two that want the same at the same moment.

use std::sync::Barrier;

use anyhow::{Result, anyhow, ensure};
use dragoman::harness::Options;
use dragoman_exchange::{Request, Response};
use dragoman_tests::gateway::{Gateway, run_id};
use dragoman_tests::{Database, World, secrets};

use crate::trials::Trials;

const AT_ONCE: usize = 20;

pub(crate) fn register(trials: &mut Trials) {
    trials.on_both("of twenty onyx registrations of one username one wins", |world, database| {
        race(world, database, |name, i| onyx(name, &format!("{i}-{name}")))
    });
    trials.on_both("of twenty jwt registrations of one e-mail one wins", |world, database| {
        race(world, database, |name, _| jwt(name))
    });
    trials.on_both("of onyx usernames and jwt e-mails that are the same one wins", |world, database| {
        race(world, database, |name, i| if i % 2 == 0 { onyx(name, &format!("{i}-{name}")) } else { jwt(name) })
    });
    trials.on_both("a name is the same in any case, also at the same moment", |world, database| {
        race(world, database, |name, i| jwt(&if i % 2 == 0 { name.to_uppercase() } else { name.to_owned() }))
    });
}

/// A registration: dialect, request, and what the winner and the others are told.
struct Attempt {
    dialect: &'static str,
    request: Request,
    won: (u16, &'static str),
    lost: (u16, &'static str),
}

fn onyx(username: &str, email: &str) -> Attempt {
    let form =
        format!("username={username}&email={email}&password=secret12&verifpassword=secret12").replace('@', "%40");
    Attempt {
        dialect: "onyx",
        request: Request::post("/api/user/register", "application/x-www-form-urlencoded", form),
        won: (200, r#"{"status": "success"}"#),
        lost: (200, r#"{"status": "error"}"#),
    }
}

fn jwt(email: &str) -> Attempt {
    let json = format!(r#"{{"name":"Racer","email":"{email}","password":"secret12","passwordConfirm":"secret12"}}"#);
    Attempt {
        dialect: "jwt",
        request: Request::post("/v1/users", "application/json", json),
        won: (201, r#"{"id":""#),
        lost: (400, r#"{"error":"data validation error","fields":{"email":"email is not unique"}}"#),
    }
}

fn race(world: &World, database: Database, attempt: fn(&str, usize) -> Attempt) -> Result<()> {
    let gateway = Gateway::start(Options { database: world.database(database), ..Options::default() })?;
    let name = format!("race-{}@example.com", run_id());
    let before = gateway.count()?;
    let attempts: Vec<Attempt> = (0..AT_ONCE).map(|i| attempt(&name, i)).collect();
    let answers = send_all(&gateway, &attempts)?;
    let is = |answer: &Response, (status, beginning): (u16, &str)| {
        answer.status == status && answer.body.starts_with(beginning.as_bytes())
    };
    let won = attempts.iter().zip(&answers).filter(|(attempt, answer)| is(answer, attempt.won)).count();
    let lost = attempts.iter().zip(&answers).filter(|(attempt, answer)| is(answer, attempt.lost)).count();
    ensure!((won, lost) == (1, AT_ONCE - 1), "{won} won and {lost} were told that the name is taken: {answers:?}");
    ensure!(gateway.count()? == before + 1, "more than one user was made");
    gateway.stop()
}

fn send_all(gateway: &Gateway, attempts: &[Attempt]) -> Result<Vec<Response>> {
    let start = Barrier::new(attempts.len());
    std::thread::scope(|scope| {
        let send = |attempt: &Attempt| {
            let url = gateway.url(attempt.dialect)?;
            let client = secrets::client(url);
            start.wait();
            client.send(url, &attempt.request)
        };
        let threads: Vec<_> = attempts.iter().map(|attempt| scope.spawn(move || send(attempt))).collect();
        threads.into_iter().map(|thread| thread.join().map_err(|_| anyhow!("a client panicked"))?).collect()
    })
}

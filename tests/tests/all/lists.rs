//! Lists that are too long for one page: they go out page by page, and nobody can tell.

use anyhow::{Context as _, Result, ensure};
use dragoman::harness::Options;
use dragoman_http::Hazard;
use dragoman_tests::gateway::Gateway;
use dragoman_tests::{Database, World, wire};

use crate::callers::Caller;
use crate::trials::Trials;

/// What the core reads at a time.
const PAGE: usize = 1000;
/// All that stands in the database for a password.
const HASH: &str = "$04$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

pub(crate) fn register(trials: &mut Trials) {
    trials.on_both("a long list has every user once, in order, and the bytes of a short one", long_lists_are_whole);
    trials.on_both("a search that finds many is as whole as a list", long_searches_are_whole);
    trials.on_both("a list that cannot be read to its end breaks the connection off", unreadable_lists_break_off);
    trials.on_both("a list that cannot even be begun is refused in the dialect's words", unreadable_lists_are_refused);
}

/// A dialect's list: where it is, how it spells the user with this id, and what stands between and behind users.
struct List {
    dialect: &'static str,
    target: &'static str,
    spell: fn(usize) -> String,
    separator: &'static str,
    end: &'static str,
    /// Whether the dialect answers HEAD.
    head: bool,
    /// The status of a failure.
    failure: u16,
}

const LISTS: [List; 4] = [
    List {
        dialect: "onyx",
        target: "/api/users",
        spell: |id| {
            format!(
                r##"{{"id": {id}, "admin": 0, "username": "\u00fc{id:05}", "color": "indigo darken-1", "background_color": "#efefef", "password": "$2b{HASH}", "email": "u{id}@example.com", "tutorial": 0}}"##
            )
        },
        separator: ", ",
        end: "]",
        head: true,
        failure: 503,
    },
    List {
        dialect: "basic",
        target: "/api/v1/users",
        spell: |id| format!(r#"{{"username":"ü{id:05}","admin":false}}"#),
        separator: ",",
        end: "]}",
        head: false,
        failure: 503,
    },
    List {
        dialect: "vitja",
        target: "/api/v1/users",
        spell: |id| {
            format!(
                r#"{{"id":{id},"name":"N/ö\u003c{id}\u003e","username":"ü{id:05}","password":"","email":"u{id}@example.com","isAdmin":false,"created":1577836800,"updated":1577836801}}"#
            )
        },
        separator: ",",
        end: "]",
        head: false,
        failure: 500,
    },
    List {
        dialect: "amadis",
        target: "/api/datamanagement/v1/User",
        spell: |id| {
            format!(
                r#"{{"id":{id},"name":"N\/\u00f6<{id}>","email":"u{id}@example.com","email_verified_at":null,"password":"$2y{HASH}","remember_token":null,"created_at":null,"updated_at":null}}"#
            )
        },
        separator: ",",
        end: "]}",
        head: true,
        failure: 503,
    },
];

/// A gateway whose one user is the administrator, with the id 1, and what opens each list.
fn start(world: &World, database: Database) -> Result<(Gateway, Vec<String>)> {
    let gateway = Gateway::start(Options {
        database: world.database(database),
        hazards: vec![Hazard::ExposePasswordHash],
        ..Options::default()
    })?;
    let caller = Caller::administrator(&gateway);
    let authorizations = LISTS.iter().map(|list| caller.authorization(list.dialect)).collect::<Result<_>>()?;
    Ok((gateway, authorizations))
}

/// Puts users with these ids into the database.
fn fill(gateway: &Gateway, ids: std::ops::RangeInclusive<usize>) -> Result<()> {
    let user = |id: usize| {
        format!(
            "({id}, '00000000-0000-4000-8000-{id:012}', 'ü{id:05}', 'u{id}@example.com', 'N/ö<{id}>', 'ü{id:05}', \
             'n/ö<{id}>', 'USER', TRUE, '{{}}', '2020-01-01 00:00:00', '2020-01-01 00:00:01', 0)"
        )
    };
    let users: Vec<String> = ids.clone().map(user).collect();
    let hashes: Vec<String> = ids.map(|id| format!("({id}, '$2b{HASH}')")).collect();
    gateway.execute(&format!(
        "INSERT INTO users (id, uuid, username, email, name, username_folded, name_folded, roles, enabled, facts, \
         created, updated, session_epoch) VALUES {}; INSERT INTO credentials (user_id, password_hash) VALUES {}",
        users.join(", "),
        hashes.join(", ")
    ))
}

/// Head and body as they come over the wire.
fn ask(gateway: &Gateway, list: &List, request: &str, authorization: &str) -> Result<(String, Vec<u8>)> {
    let request =
        format!("{request}\r\nHost: localhost\r\nAuthorization: {authorization}\r\nConnection: close\r\n\r\n");
    let received = wire::exchange(gateway.url(list.dialect)?, request.as_bytes())?;
    let end = received.windows(4).position(|window| window == b"\r\n\r\n").context("an answer without a head")?;
    let (head, body) = received.split_at_checked(end + 4).context("an answer without a body")?;
    Ok((String::from_utf8(head.to_vec())?.to_lowercase(), body.to_vec()))
}

/// The body of a list, from a client that takes chunks.
fn get(gateway: &Gateway, list: &List, target: &str, authorization: &str) -> Result<(Option<String>, String)> {
    let request = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {authorization}\r\n\r\n");
    let answer = wire::send(gateway.url(list.dialect)?, request.as_bytes())?.context("no answer")?;
    ensure!(answer.status == 200, "{}: {}", list.dialect, answer.status);
    Ok((answer.header("content-length").map(str::to_owned), String::from_utf8(answer.body)?))
}

fn same(list: &List, received: &str, expected: &str) -> Result<()> {
    let at = received.bytes().zip(expected.bytes()).take_while(|(one, other)| one == other).count();
    let around = |text: &str| {
        String::from_utf8_lossy(text.as_bytes().get(at.saturating_sub(80)..).unwrap_or_default())
            .chars()
            .take(160)
            .collect::<String>()
    };
    let (received_there, expected_there) = (around(received), around(expected));
    ensure!(received == expected, "{} differs at {at}: {received_there} and not {expected_there}", list.dialect);
    Ok(())
}

fn long_lists_are_whole(world: &World, database: Database) -> Result<()> {
    let (gateway, authorizations) = start(world, database)?;
    // The administrator alone, in the bytes of a list that fits into a page: what the longer ones must begin with.
    let mut bodies = Vec::new();
    for (list, authorization) in LISTS.iter().zip(&authorizations) {
        bodies.push(get(&gateway, list, list.target, authorization)?.1);
    }
    let mut filled = 1;
    for size in [PAGE, PAGE + 1, 2 * PAGE + 500] {
        fill(&gateway, filled + 1..=size)?;
        for ((list, authorization), body) in LISTS.iter().zip(&authorizations).zip(&mut bodies) {
            body.truncate(body.len() - list.end.len());
            (filled + 1..=size).for_each(|id| body.extend([list.separator, &(list.spell)(id)]));
            body.push_str(list.end);
            let (length, received) = get(&gateway, list, list.target, authorization)?;
            same(list, &received, body)?;
            ensure!(length.is_some() == (size <= PAGE), "{}: {length:?} for {size} users", list.dialect);
        }
        filled = size;
    }
    for ((list, authorization), body) in LISTS.iter().zip(&authorizations).zip(&bodies) {
        without_chunks(&gateway, list, authorization, body)?;
    }
    gateway.stop()
}

/// As old clients and those that want no body ask for a long list.
fn without_chunks(gateway: &Gateway, list: &List, authorization: &str, expected: &str) -> Result<()> {
    let (head, body) = ask(gateway, list, &format!("GET {} HTTP/1.0", list.target), authorization)?;
    ensure!(head.starts_with("http/1.0 200") && !head.contains("transfer-encoding"), "{}: {head}", list.dialect);
    same(list, &String::from_utf8(body)?, expected)?;
    if list.head {
        let (head, body) = ask(gateway, list, &format!("HEAD {} HTTP/1.1", list.target), authorization)?;
        ensure!(head.starts_with("http/1.1 200") && head.contains("application/json"), "{}: {head}", list.dialect);
        ensure!(body.is_empty(), "{}: a body where none was asked for", list.dialect);
    }
    Ok(())
}

fn long_searches_are_whole(world: &World, database: Database) -> Result<()> {
    let (gateway, authorizations) = start(world, database)?;
    fill(&gateway, 2..=2 * PAGE + 500)?;
    let searched = LISTS.iter().zip(&authorizations).find(|(list, _)| list.dialect == "vitja");
    let (list, authorization) = searched.context("vitja is not asked")?;
    let everybody = 2..2 * PAGE + 501;
    // By the index, and too short for it; many, few and nobody.
    for (term, ids) in
        [("n%2F%C3%96", everybody.clone()), ("N%2F", everybody), ("%C3%BC0099", 990..1000), ("zzz", 2..2)]
    {
        let rows: Vec<String> = ids.map(list.spell).collect();
        let (_, received) = get(&gateway, list, &format!("{}?s={term}", list.target), authorization)?;
        same(list, &received, &format!("[{}]", rows.join(",")))?;
    }
    gateway.stop()
}

/// Makes a stored user unreadable.
fn spoil(gateway: &Gateway, id: usize) -> Result<()> {
    gateway.execute(&format!("UPDATE users SET uuid = 'none' WHERE id = {id}"))
}

fn unreadable_lists_break_off(world: &World, database: Database) -> Result<()> {
    let (gateway, authorizations) = start(world, database)?;
    fill(&gateway, 2..=2 * PAGE + 500)?;
    spoil(&gateway, PAGE + 500)?;
    for (list, authorization) in LISTS.iter().zip(&authorizations) {
        for version in ["1.1", "1.0"] {
            let (head, body) = ask(&gateway, list, &format!("GET {} HTTP/{version}", list.target), authorization)?;
            ensure!(head.contains(" 200 "), "{}: {head}", list.dialect);
            let holds = |text: &str| body.windows(text.len()).any(|window| window == text.as_bytes());
            ensure!(holds(&(list.spell)(PAGE)), "{}: the first page is not there", list.dialect);
            ensure!(!holds(&(list.spell)(PAGE + 1)), "{}: there is more than the first page", list.dialect);
            ensure!(!body.ends_with(b"0\r\n\r\n") && !body.ends_with(list.end.as_bytes()), "{}: it ends", list.dialect);
        }
    }
    gateway.stop()
}

fn unreadable_lists_are_refused(world: &World, database: Database) -> Result<()> {
    let (gateway, authorizations) = start(world, database)?;
    fill(&gateway, 2..=2 * PAGE)?;
    spoil(&gateway, 500)?;
    for (list, authorization) in LISTS.iter().zip(&authorizations) {
        let (head, _) = ask(&gateway, list, &format!("GET {} HTTP/1.1", list.target), authorization)?;
        ensure!(head.starts_with(&format!("http/1.1 {}", list.failure)), "{}: {head}", list.dialect);
        ensure!(head.contains("content-length"), "{}: {head}", list.dialect);
    }
    gateway.stop()
}

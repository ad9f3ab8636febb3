use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::Text;
use futures_util::TryStreamExt as _;

use super::{World, new_user, world};
use crate::db;
use crate::db::connection::AnyConnection;
use crate::text::fold;
use crate::{Changes, Filter, NewUser, Page, User};

const USERNAMES: [&str; 12] = [
    "a_b",
    "axb",
    "back\\slash",
    "o'neil",
    "say \"hi\"",
    "100%",
    "Zoë",
    "日本語太郎",
    "🍵🍵tea",
    "re\u{301}sume\u{301}",
    "STRASSE",
    "x\"AND\"y*",
];

const NAMES: [&str; 12] = [
    "",
    "Émile Zola",
    "a%_\\b",
    "line\nbreak",
    "OR NOT (",
    "name_folded : x",
    "Ωmega",
    "ﷺ",
    "tea 🍵 tea",
    "ŉ İ ß",
    "''''''",
    "\u{e9}\u{e9}\u{e9}",
];

async fn people() -> World {
    let world = world();
    for (username, name) in USERNAMES.iter().zip(NAMES) {
        world.accounts.register(NewUser { name: name.into(), ..new_user(username, "") }).await.unwrap();
    }
    let long = NewUser { name: "é".repeat(127), ..new_user(&"x".repeat(255), "") };
    world.accounts.register(long).await.unwrap();
    world
}

/// All parts of all names up to five characters, and what is in none.
fn terms() -> Vec<String> {
    let mut terms: Vec<String> =
        ["%", "%%%", "___", "\\\\\\", "\"\"\"", "***", "zzz", "^a_", "-a_b", "{a_b}", " ", "\0", "a\0b"]
            .map(str::to_owned)
            .into();
    terms.extend([
        "x".repeat(255),
        "x".repeat(256),
        "y".repeat(100),
        "x".repeat(60_000),
        "ﷺ".repeat(20_000),
        "é".repeat(127),
    ]);
    for text in USERNAMES.iter().chain(&NAMES) {
        let letters: Vec<char> = text.chars().collect();
        let parts = (1..=5)
            .flat_map(|length| letters.windows(length).map(|part| part.iter().collect::<String>()).collect::<Vec<_>>());
        terms.extend(parts);
    }
    terms.extend(terms.clone().iter().map(|term| term.to_uppercase()));
    terms.sort();
    terms.dedup();
    terms
}

/// What the search means, without any database.
fn expected(all: &[User], holds: impl Fn(&User) -> bool) -> Vec<&User> {
    all.iter().filter(|user| holds(user)).collect()
}

fn holds(text: &str, part: &str) -> bool {
    !part.contains('\0') && fold(text).contains(&fold(part))
}

async fn every_search_finds_what_it_should(world: &World) {
    let all = world.accounts.list(Filter::default()).try_concat().await.unwrap();
    for term in terms() {
        let by_term = Filter { term: Some(term.clone()), ..Filter::default() };
        let given = world.accounts.list(by_term.clone()).try_concat().await.unwrap();
        let found = expected(&all, |user| {
            holds(user.username.as_deref().unwrap_or_default(), &term) || holds(&user.name, &term)
        });
        assert_eq!(given.iter().collect::<Vec<_>>(), found, "{:?}", term.get(..20).unwrap_or(&term));
        assert_eq!(world.accounts.count(by_term).await.unwrap(), i64::try_from(found.len()).unwrap());
        let by_name = Filter { name: Some(term.clone()), ..Filter::default() };
        let (given, total) = world.accounts.page(by_name, Page { limit: 100, ..Page::default() }).await.unwrap();
        let found = expected(&all, |user| holds(&user.name, &term));
        assert_eq!((given.iter().collect(), total), (found.clone(), i64::try_from(found.len()).unwrap()), "{term}");
    }
}

#[tokio::test]
async fn a_search_finds_exactly_the_names_with_the_term_in_them() {
    let world = people().await;
    every_search_finds_what_it_should(&world).await;
}

#[tokio::test]
async fn a_search_follows_every_change_of_a_name() {
    let world = people().await;
    let all = world.accounts.list(Filter::default()).try_concat().await.unwrap();
    for (user, name) in all.iter().zip(NAMES.iter().rev()) {
        let username = Some(format!("{}{}", user.number, user.username.as_deref().unwrap().get(..1).unwrap_or("日")));
        let changes = Changes { username, name: Some((*name).to_owned()), ..Changes::default() };
        world.accounts.update(user.id, changes).await.unwrap();
    }
    for user in all.iter().step_by(3) {
        world.accounts.remove(user.id).await.unwrap();
    }
    // A change that fails must not leave a trace either.
    let taken = Changes { username: Some("12x".into()), ..Changes::default() };
    assert!(world.accounts.update(all.get(1).unwrap().id, taken).await.is_err());
    every_search_finds_what_it_should(&world).await;
}

#[tokio::test]
async fn a_search_needs_no_index() {
    let world = people().await;
    let drop = |conn: &mut AnyConnection| match conn {
        AnyConnection::Postgres(_) => {
            Ok(conn.batch_execute("DROP INDEX users_by_part_of_username; DROP INDEX users_by_part_of_name")?)
        }
        AnyConnection::Sqlite(_) => Ok(()), // there the table that is the index is always there
    };
    world.accounts.database.write(drop).await.unwrap();
    every_search_finds_what_it_should(&world).await;
}

#[tokio::test]
async fn two_filters_hold_together() {
    let world = people().await;
    let filter =
        |term: &str, name: &str| Filter { term: Some(term.into()), name: Some(name.into()), ..Filter::default() };
    for (term, name, expected) in
        [("axb", "émi", vec!["axb"]), ("axb", "zzz", vec![]), ("ax", "émi", vec!["axb"]), ("émi", "é", vec!["axb"])]
    {
        let found = world.accounts.list(filter(term, name)).try_concat().await.unwrap();
        assert_eq!(found.iter().filter_map(|user| user.username.as_deref()).collect::<Vec<_>>(), expected);
        assert_eq!(world.accounts.count(filter(term, name)).await.unwrap(), i64::try_from(expected.len()).unwrap());
    }
}

#[tokio::test]
async fn portions_of_a_search_join_without_gap_or_repetition() {
    let world = people().await;
    for term in ["a", "e", "a_b", "tea"] {
        let filter = Filter { term: Some(term.into()), ..Filter::default() };
        let whole = world.accounts.list(filter.clone()).try_concat().await.unwrap();
        let mut joined = Vec::new();
        let mut after = Some(i64::MIN);
        while let Some(key) = after {
            let filter = filter.clone();
            let portion =
                world.accounts.database.read(move |conn| db::lists::after_number(conn, super::ONE, &filter, key, 1));
            let portion = portion.await.unwrap();
            joined.extend(portion.rows.iter().map(|row| row.id));
            after = portion.next;
        }
        assert_eq!(joined, whole.iter().map(|user| user.number).collect::<Vec<_>>(), "{term}");
    }
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// How the database would search a large table.
fn plan(conn: &mut AnyConnection) -> QueryResult<String> {
    let steps: Vec<Step> = match conn {
        AnyConnection::Postgres(_) => {
            // A handful of users is read faster than any index.
            conn.batch_execute("SET enable_seqscan = off; SET enable_indexscan = off")?;
            let query = "EXPLAIN SELECT * FROM users WHERE username_folded LIKE '%abc%' OR name_folded LIKE '%abc%'";
            let lines: Vec<PostgresStep> = diesel::sql_query(query).load(conn)?;
            lines.into_iter().map(|line| Step { detail: line.detail }).collect()
        }
        AnyConnection::Sqlite(_) => {
            let query = "EXPLAIN QUERY PLAN SELECT * FROM users WHERE id IN \
                         (SELECT rowid FROM users_search WHERE users_search MATCH '\"abc\"')";
            diesel::sql_query(query).load(conn)?
        }
    };
    Ok(steps.into_iter().map(|step| step.detail + "\n").collect())
}

#[derive(QueryableByName)]
struct PostgresStep {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    detail: String,
}

#[tokio::test]
async fn a_search_is_planned_by_the_index() {
    let world = people().await;
    let plan = world.accounts.database.write(|conn| Ok(plan(conn)?)).await.unwrap();
    let by_index: &[&str] = if plan.contains("VIRTUAL TABLE") {
        &["SEARCH users USING INTEGER PRIMARY KEY", "SCAN users_search VIRTUAL TABLE INDEX 0:M"]
    } else {
        &["Bitmap Index Scan on users_by_part_of_username", "Bitmap Index Scan on users_by_part_of_name"]
    };
    assert!(by_index.iter().all(|step| plan.contains(step)), "{plan}");
}

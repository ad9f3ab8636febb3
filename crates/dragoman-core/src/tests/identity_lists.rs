//! Lists in realms that know some users by ids of their own.

use std::cmp::Reverse;

use diesel::connection::SimpleConnection as _;
use futures_util::TryStreamExt as _;
use uuid::Uuid;

use super::{ONE, OTHER, World, world};
use crate::db;
use crate::identities::numbers::begin_imports;
use crate::{Accounts, Filter, OrderBy, Page, User};

/// So many of each origin; together 2,500.
const BEFORE: usize = 500;
const OF_OTHER: usize = 1500;
const OF_ONE: usize = 300;
const AFTER: usize = 200;

/// Users who were here before any import, came with one into either realm, and came after it; not in the
/// order of their numbers.
async fn crowd() -> World {
    let world = world();
    let insert = |from: usize, count: usize, identities: fn(usize) -> Option<(&'static str, usize)>| {
        (from..from + count)
            .map(|place| {
                let (uuid, summary, known) = match identities(place) {
                    Some((realm, number)) => {
                        let own = Uuid::from_u128(mixed(place + 5000));
                        let summary = format!(r#"{{"{realm}":{{"number":{number},"uuid":"{own}"}}}}"#);
                        (Uuid::from_u128(mixed(place)), summary, Some((realm, number, own)))
                    }
                    None => (Uuid::from_u128(mixed(place)), "{}".to_owned(), None),
                };
                let user = format!(
                    "INSERT INTO users (uuid, username, name, username_folded, name_folded, roles, enabled, facts, \
                     identities, created, updated, session_epoch) VALUES ('{uuid}', 'user{place:04}', '', \
                     'user{place:04}', '', 'USER', TRUE, '{{}}', '{summary}', '2026-01-01 00:00:00', '2026-01-01 00:00:00', 0);"
                );
                let known = known.map(|(realm, number, own)| {
                    format!(
                        "INSERT INTO identities (realm, user_id, made, number, uuid, keeps_password, updated) \
                         SELECT '{realm}', id, TRUE, {number}, '{own}', FALSE, updated \
                         FROM users WHERE username = 'user{place:04}';"
                    )
                });
                user + &known.unwrap_or_default()
            })
            .collect::<String>()
    };
    let parts = [
        insert(0, BEFORE, |_| None),
        insert(BEFORE, OF_OTHER, |place| Some((OTHER.name(), 600 + place * 7919 % 1499 + place / 1499 * 2000))),
        insert(BEFORE + OF_OTHER, OF_ONE, |place| Some((ONE.name(), 700 + place * 3))),
        insert(BEFORE + OF_OTHER + OF_ONE, AFTER, |_| None),
    ];
    for (place, part) in parts.into_iter().enumerate() {
        let write = move |conn: &mut crate::db::connection::AnyConnection| {
            if place == 1 {
                begin_imports(conn)?;
            }
            Ok(conn.batch_execute(&part)?)
        };
        world.accounts.database.write(write).await.unwrap();
    }
    world
}

/// Something that is in another order than the places are.
fn mixed(place: usize) -> u128 {
    u128::try_from(place).unwrap().wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835)
}

async fn all(accounts: &Accounts) -> Vec<Vec<User>> {
    accounts.list(Filter::default()).try_collect().await.unwrap()
}

#[tokio::test]
async fn users_of_mixed_origin_come_in_the_order_of_the_realms_numbers() {
    let world = crowd().await;
    for accounts in [&world.accounts, &world.core.accounts(OTHER)] {
        let portions = all(accounts).await;
        assert_eq!(portions.iter().map(Vec::len).collect::<Vec<_>>(), [1000, 1000, 500]);
        assert!(portions.concat().is_sorted_by(|one, next| one.number < next.number));
    }
    let numbers: Vec<i64> = all(&world.core.accounts(OTHER)).await.concat().iter().map(|user| user.number).collect();
    assert_eq!(numbers.iter().filter(|&&number| number > 1_000_000_000).count(), OF_ONE + AFTER);
    assert!(numbers.iter().take(BEFORE).copied().eq(1..=500));
}

#[tokio::test]
async fn a_portion_ends_where_too_many_would_be_passed_over() {
    let world = crowd().await;
    let portions = world.accounts.database.read(|conn| {
        let (mut portions, mut after) = (Vec::new(), Some(i64::MIN));
        while let Some(key) = after {
            let portion = db::lists::after_number(conn, OTHER, &Filter::default(), key, 10)?;
            portions.push(portion.rows.into_iter().map(|row| row.id).collect::<Vec<_>>());
            after = portion.next;
        }
        Ok(portions)
    });
    let portions = portions.await.unwrap();
    let ids: Vec<_> = all(&world.core.accounts(OTHER)).await.concat().iter().map(|user| user.id.0).collect();
    assert_eq!(portions.concat(), ids);
    // 200 at a time are passed over of the 1,500 who have numbers of the old server, the first of them beside its last numbers.
    assert_eq!(portions.iter().filter(|portion| portion.is_empty()).count(), 6);
}

#[tokio::test]
async fn pages_are_parts_of_the_whole_in_either_order() {
    let world = crowd().await;
    let other = world.core.accounts(OTHER);
    let users = all(&other).await.concat();
    for (order_by, descending) in [OrderBy::Number, OrderBy::Uuid].into_iter().flat_map(|by| [(by, false), (by, true)])
    {
        let mut sorted = users.clone();
        match (order_by, descending) {
            (OrderBy::Uuid, false) => sorted.sort_by_key(|user| user.uuid),
            (OrderBy::Uuid, true) => sorted.sort_by_key(|user| Reverse(user.uuid)),
            (_, true) => sorted.reverse(),
            (_, false) => {}
        }
        for (offset, limit) in [(0, 7), (495, 10), (996, 10), (1999, 600), (2490, 100), (2600, 5), (0, 0)] {
            let page = Page { order_by, descending, offset, limit };
            let (given, total) = other.page(Filter::default(), page).await.unwrap();
            let skipped = usize::try_from(offset).unwrap();
            let expected: Vec<_> = sorted.iter().skip(skipped).take(usize::try_from(limit).unwrap()).collect();
            assert_eq!((given.iter().collect::<Vec<_>>(), total), (expected, 2500), "{page:?}");
        }
    }
}

#[tokio::test]
async fn filters_hold_in_a_realm_with_ids_of_its_own() {
    let world = crowd().await;
    let other = world.core.accounts(OTHER);
    let users = all(&other).await.concat();
    let found = |filter: Filter| async { other.list(filter).try_concat().await.unwrap() };
    let term = Filter { term: Some("ER05".into()), ..Filter::default() };
    let expected: Vec<_> =
        users.iter().filter(|user| user.username.as_deref().unwrap().starts_with("user05")).cloned().collect();
    assert_eq!(expected.len(), 100);
    assert_eq!(found(term.clone()).await, expected);
    let page = other.page(term, Page { offset: 10, limit: 5, ..Page::default() }).await.unwrap();
    assert_eq!(page, (expected.get(10..15).unwrap().to_vec(), 100));

    let known = users.iter().find(|user| user.username.as_deref() == Some("user0600")).unwrap();
    let common = world.accounts.by_id(known.id).await.unwrap().uuid;
    let of = |uuid| Filter { uuid: Some(uuid), ..Filter::default() };
    assert_eq!(found(of(known.uuid)).await, std::slice::from_ref(known));
    assert_eq!(other.count(of(known.uuid)).await.unwrap(), 1);
    assert_eq!(found(of(common)).await, []);
}

#[tokio::test]
async fn the_deleted_are_in_no_list() {
    let world = crowd().await;
    let other = world.core.accounts(OTHER);
    let gone = other.by_number(1000).await.unwrap();
    other.remove(gone.id).await.unwrap();
    let users = all(&other).await.concat();
    assert_eq!(users.len(), 2499);
    assert!(!users.contains(&gone));
}

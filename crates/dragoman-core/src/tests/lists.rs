use std::sync::mpsc;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use futures_util::TryStreamExt as _;

use super::{ONE, OTHER, World, new_user, world};
use crate::db::connection::AnyConnection;
use crate::db::schema::users;
use crate::db::{self, Database};
use crate::{DatabaseSettings, Error, Filter, OrderBy, Page, SeedUser, User};

/// Users whose usernames run against their ids.
async fn crowd(world: &World, size: usize) {
    for number in 0..size {
        let name = ["b", "a", "c"].get(number % 3).map(|&name| name.to_owned()).unwrap();
        let username = Some(format!("user{:04}", size - number));
        world.accounts.seed(SeedUser { username, name, ..SeedUser::default() }).await.unwrap();
    }
}

#[tokio::test]
async fn a_long_list_comes_in_portions_whole_and_in_order() {
    let world = world();
    crowd(&world, 1003).await;
    let by_id: Vec<Vec<User>> = world.accounts.list(Filter::default()).try_collect().await.unwrap();
    assert_eq!(by_id.iter().map(Vec::len).collect::<Vec<_>>(), [1000, 3]);
    assert!(by_id.concat().is_sorted_by(|one, next| one.number < next.number));
    let by_name: Vec<Vec<User>> = world.accounts.list_by_username().try_collect().await.unwrap();
    assert_eq!(by_name.iter().map(Vec::len).collect::<Vec<_>>(), [1000, 3]);
    assert!(by_name.concat().is_sorted_by(|one, next| one.username < next.username));
    let found = world.accounts.list(Filter { term: Some("USER".into()), ..Filter::default() });
    assert_eq!(found.try_concat().await.unwrap(), by_id.concat());
    pages_deep_inside_are_those_of_the_whole_list(&world, &by_id.concat()).await;
}

/// Beyond the first thousand a page is read in another way.
async fn pages_deep_inside_are_those_of_the_whole_list(world: &World, all: &[User]) {
    type Sort = fn(&User, &User) -> std::cmp::Ordering;
    let orders: [(OrderBy, Sort); 7] = [
        (OrderBy::Number, |a, b| a.number.cmp(&b.number)),
        (OrderBy::Uuid, |a, b| a.uuid.to_string().cmp(&b.uuid.to_string())),
        (OrderBy::Username, |a, b| a.username.cmp(&b.username)),
        (OrderBy::Name, |a, b| a.name.cmp(&b.name)),
        (OrderBy::Email, |_, _| std::cmp::Ordering::Equal),
        (OrderBy::Roles, |_, _| std::cmp::Ordering::Equal),
        (OrderBy::Enabled, |_, _| std::cmp::Ordering::Equal),
    ];
    for (order_by, sort) in orders {
        for descending in [false, true] {
            let mut sorted = all.to_vec();
            sorted.sort_by(|a, b| sort(a, b).then(a.number.cmp(&b.number)));
            if descending {
                sorted.reverse();
            }
            for offset in [0, 998, 1000, 1001] {
                let page = Page { order_by, descending, offset: i64::try_from(offset).unwrap(), limit: 2 };
                let given = world.accounts.page(Filter::default(), page).await.unwrap();
                let expected = sorted.iter().skip(offset).take(2).cloned().collect();
                assert_eq!(given, (expected, 1003), "{page:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_list_that_just_fills_a_portion_has_no_second_one() {
    let world = world();
    crowd(&world, 4).await;
    let portion = |after, limit| {
        world.accounts.database.read(move |conn| {
            let portion = db::lists::after_number(conn, ONE, &Filter::default(), after, limit)?;
            Ok((portion.rows.iter().map(|row| row.id).collect::<Vec<_>>(), portion.next))
        })
    };
    assert_eq!(portion(i64::MIN, 4).await.unwrap(), (vec![1, 2, 3, 4], None));
    assert_eq!(portion(i64::MIN, 3).await.unwrap(), (vec![1, 2, 3], Some(3)));
    assert_eq!(portion(3, 3).await.unwrap(), (vec![4], None));
    assert_eq!(portion(4, 3).await.unwrap(), (vec![], None));
}

#[tokio::test]
async fn a_list_of_nobody_is_one_empty_portion() {
    let portions: Vec<Vec<User>> = world().accounts.list(Filter::default()).try_collect().await.unwrap();
    assert_eq!(portions, [vec![]]);
}

#[tokio::test]
async fn a_portion_that_cannot_be_read_is_an_error_after_those_that_could() {
    let world = world();
    crowd(&world, 1001).await;
    execute(&world.accounts.database, "UPDATE users SET uuid = 'none' WHERE id = 1001").await;
    let mut portions = Box::pin(world.accounts.list(Filter::default()));
    assert_eq!(portions.try_next().await.unwrap().unwrap().len(), 1000);
    assert!(matches!(portions.try_next().await, Err(Error::Storage(_))));
    assert!(portions.try_next().await.unwrap().is_none());
}

async fn execute(database: &Database, sql: &'static str) {
    database.write(move |conn| Ok(conn.batch_execute(sql)?)).await.unwrap();
}

/// The count that is kept, and the one that is made.
async fn counts(world: &World) -> (i64, i64) {
    let counted = world.accounts.database.read(|conn| Ok(users::table.count().get_result(conn)?));
    (world.accounts.count(Filter::default()).await.unwrap(), counted.await.unwrap())
}

#[tokio::test]
async fn the_total_is_right_after_whatever_comes_and_goes() {
    let world = world();
    assert_eq!(counts(&world).await, (0, 0));
    let ann = world.register("ann", "ann@example.com").await.unwrap();
    world.register("bob", "").await.unwrap();
    assert_eq!(counts(&world).await, (2, 2));
    // The row of the user is made before it turns out that its e-mail is taken.
    assert!(matches!(world.register("eve", "ann@example.com").await, Err(Error::Taken(_))));
    assert_eq!(counts(&world).await, (2, 2));
    world.accounts.remove(ann.id).await.unwrap();
    assert!(world.accounts.remove(ann.id).await.is_err());
    assert_eq!(counts(&world).await, (1, 1));
    crowd(&world, 40).await;
    assert_eq!(counts(&world).await, (41, 41));
    execute(&world.accounts.database, "DELETE FROM users WHERE id % 3 = 0").await;
    let (kept, counted) = counts(&world).await;
    assert_eq!(kept, counted);
    let page = Page { limit: 5, ..Page::default() };
    assert_eq!(world.core.accounts(OTHER).page(Filter::default(), page).await.unwrap().1, counted);
    execute(&world.accounts.database, "DELETE FROM users").await;
    assert_eq!(counts(&world).await, (0, 0));
}

#[tokio::test]
async fn the_total_is_right_after_simultaneous_registrations() {
    let world = world();
    let tasks: Vec<_> = (0..40)
        .map(|number| {
            let accounts = world.accounts.clone();
            // Every name comes twice.
            tokio::spawn(async move { accounts.register(new_user(&format!("user{}", number / 2), "")).await })
        })
        .collect();
    let mut made = 0;
    for task in tasks {
        made += i64::from(task.await.unwrap().is_ok());
    }
    assert_eq!((made, counts(&world).await), (20, (20, 20)));
}

#[tokio::test]
async fn a_filtered_count_counts_what_the_filter_lets_through() {
    let world = world();
    crowd(&world, 30).await;
    let count = |filter| world.accounts.count(filter);
    assert_eq!(count(Filter { name: Some("A".into()), ..Filter::default() }).await.unwrap(), 10);
    assert_eq!(count(Filter { term: Some("user002".into()), ..Filter::default() }).await.unwrap(), 10);
    let made = world.accounts.by_number(11).await.unwrap().created;
    assert_eq!(count(Filter { created_from: Some(made), ..Filter::default() }).await.unwrap(), 20);
    assert_eq!(count(Filter { created_until: Some(made), ..Filter::default() }).await.unwrap(), 11);
}

/// Runs as long as the sender lives.
fn until_told(database: &Database) -> (mpsc::Sender<()>, tokio::task::JoinHandle<crate::Result<()>>) {
    let (sender, told) = mpsc::channel();
    let (database, told) = (database.clone(), std::sync::Mutex::new(told));
    let wait = move |_: &mut AnyConnection| {
        assert!(told.lock().unwrap().recv().is_err(), "nothing is ever sent");
        Ok(())
    };
    (sender, tokio::spawn(async move { database.scan(wait).await }))
}

#[tokio::test]
async fn long_queries_leave_connections_to_short_ones_and_do_not_wait_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let url = super::database(folder.path());
    let database = Database::open(&DatabaseSettings { url, connections: 2, timeout_seconds: 1 }).unwrap();
    database.migrate().unwrap();
    let (sender, scan) = until_told(&database);
    while database.connections().0 - database.connections().1 == 0 {
        tokio::task::yield_now().await;
    }
    assert!(matches!(database.scan(|_| Ok(())).await, Err(Error::Busy)));
    database.read(|conn| Ok(db::ping(conn)?)).await.unwrap();
    drop(sender);
    scan.await.unwrap().unwrap();
    database.scan(|conn| Ok(db::ping(conn)?)).await.unwrap();
}

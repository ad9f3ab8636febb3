//! Users on their way back to an old server.

use std::collections::BTreeMap;

use diesel::connection::SimpleConnection as _;
use secrecy::ExposeSecret as _;

use super::{ONE, OTHER, World, password, world};
use crate::db::identities::IdentityValues;
use crate::rows::stored_time;
use crate::{Changes, Departing, Departure, Departures, Leaving, Realm, User};

impl World {
    /// Has the user come from the old server of this realm.
    async fn came(&self, user: &User, realm: Realm, number: Option<i64>, password_hash: Option<&'static str>) {
        let known = IdentityValues {
            number,
            password_hash: password_hash.map(str::to_owned),
            record: Some(format!("{{\"id\":{}}}", user.id.0)),
            keeps_password: true,
            ..IdentityValues::bare(realm, user.id.0, stored_time(user.updated))
        };
        self.write_identity(known).await.unwrap();
    }

    fn departures(&self, who: Departing) -> Vec<Departure> {
        let departures = Departures::of(&self.settings.database, OTHER, who).unwrap();
        let total = departures.total();
        let all: Vec<_> = departures.flat_map(Result::unwrap).map(user).collect();
        assert_eq!(all.len() as u64, total);
        all
    }

    async fn run_all(&self, statements: &str) {
        let statements = statements.to_owned();
        self.accounts.database.write(move |conn| Ok(conn.batch_execute(&statements)?)).await.unwrap();
    }
}

pub(super) fn user(leaving: Leaving) -> Departure {
    match leaving {
        Leaving::User(departure) => *departure,
        Leaving::LeftOut(record) => panic!("nothing was left out: {}", record.expose_secret()),
    }
}

fn names(departures: &[Departure]) -> Vec<(i64, &str)> {
    departures.iter().map(|one| (one.user.number, one.user.username.as_deref().unwrap_or_default())).collect()
}

#[tokio::test]
async fn users_leave_in_the_order_of_their_numbers_and_those_without_one_as_they_came() {
    let world = world();
    let mut users = Vec::new();
    for name in ["one", "two", "three", "four", "five", "six"] {
        users.push(world.register(name, "").await.unwrap());
    }
    world.came(&users[0], OTHER, Some(26), None).await;
    world.came(&users[4], OTHER, Some(7), None).await;
    world.came(&users[1], OTHER, None, None).await;
    world.came(&users[5], ONE, Some(1), None).await;
    let everybody = world.departures(Departing::Everybody);
    assert_eq!(names(&everybody), [(2, "two"), (3, "three"), (4, "four"), (6, "six"), (7, "five"), (26, "one")]);
    assert_eq!(names(&world.departures(Departing::Known)), [(2, "two"), (7, "five"), (26, "one")]);
    world.run_all("UPDATE identities SET record = NULL WHERE number = 26").await;
    assert_eq!(names(&world.departures(Departing::Known)), [(2, "two"), (7, "five")]);
    assert_eq!(world.departures(Departing::Everybody).len(), 6);
}

#[tokio::test]
async fn nobody_leaves_who_is_called_as_somebody_else_is_there() {
    let world = world();
    let ann = world.register("ann", "").await.unwrap();
    let bea = world.register("bea", "bea@example.com").await.unwrap();
    let cyd = world.register("cyd", "").await.unwrap();
    world.came(&ann, OTHER, Some(26), None).await;
    // There ann is called bea, and cyd is called cyd there by itself, too.
    let names = format!("('bea', 'other', {}), ('cyd', 'other', {}), ('ann', 'other', NULL)", ann.id.0, cyd.id.0);
    world.run_all(&format!("INSERT INTO login_names (folded, realm, user_id) VALUES {names}")).await;
    let mut departures = Departures::of(&world.settings.database, OTHER, Departing::Everybody).unwrap();
    let left: Vec<_> = departures.by_ref().flat_map(Result::unwrap).map(|one| user(one).user.id).collect();
    assert_eq!((left, departures.namesakes()), (vec![cyd.id, ann.id], 1));
    world.accounts.remove(bea.id).await.unwrap();
    assert_eq!(world.departures(Departing::Everybody).len(), 2);
}

#[tokio::test]
async fn a_departure_tells_what_was_changed_since_the_user_came() {
    let world = world();
    let ann = world.register("ann", "ann@example.com").await.unwrap();
    let bea = world.register("bea", "bea@example.com").await.unwrap();
    world.came(&ann, OTHER, Some(26), Some("$5$salt$hash")).await;
    world.came(&bea, OTHER, Some(27), None).await;
    let origin = |departures: &[Departure], index: usize| {
        let known = departures[index].origin.as_ref().unwrap();
        (known.record.expose_secret().to_owned(), known.keeps_password, known.unchanged)
    };
    let before = world.departures(Departing::Known);
    assert_eq!(origin(&before, 0), ("{\"id\":1}".to_owned(), true, true));
    assert_eq!(before[0].password_hash.as_ref().unwrap().expose_secret(), "$5$salt$hash");
    assert_eq!(origin(&before, 1), ("{\"id\":2}".to_owned(), true, true));
    assert!(before[1].password_hash.as_ref().unwrap().expose_secret().starts_with("$2"));

    world.clock.advance(chrono::Duration::seconds(1));
    let other = world.core.accounts(OTHER);
    other.update(ann.id, Changes { password: Some(password("another12")), ..Changes::default() }).await.unwrap();
    let addresses = BTreeMap::from([("eth".to_owned(), "somewhere".to_owned())]);
    other.update(bea.id, Changes { name: Some("Bea".into()), addresses, ..Changes::default() }).await.unwrap();
    let after = world.departures(Departing::Known);
    assert_eq!(origin(&after, 0), ("{\"id\":1}".to_owned(), false, false));
    assert!(after[0].password_hash.as_ref().unwrap().expose_secret().starts_with("$2"));
    assert_eq!(origin(&after, 1), ("{\"id\":2}".to_owned(), true, false));
    assert_eq!((after[1].user.name.as_str(), after[1].addresses["eth"].as_str()), ("Bea", "somewhere"));
}

#[tokio::test]
async fn more_users_than_are_in_memory_at_a_time_leave_once_each() {
    let world = world();
    world
        .run_all(
            "INSERT INTO users (uuid, name, username_folded, name_folded, roles, enabled, facts, created, updated, session_epoch)
             WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < 2500)
             SELECT '00000000-0000-4000-8000-' || (100000000000 + number), '', '', '', 'USER', TRUE, '{}',
                 '2026-01-02 03:04:05', '2026-01-02 03:04:05', 0 FROM numbers ORDER BY number;
             INSERT INTO identities (realm, user_id, made, number, record, keeps_password, updated)
             SELECT 'other', id, TRUE, 10000 - id, '{}', TRUE, updated FROM users WHERE id % 2 = 0;
             UPDATE users SET identities = '{\"other\":{\"number\":' || (10000 - id) || '}}' WHERE id % 2 = 0",
        )
        .await;
    let mut departures = Departures::of(&world.settings.database, OTHER, Departing::Everybody).unwrap();
    let first = departures.next().unwrap().unwrap();
    world.register("late", "").await.unwrap();
    let mut numbers: Vec<i64> = first.into_iter().map(|one| user(one).user.number).collect();
    numbers.extend(departures.flat_map(Result::unwrap).map(|one| user(one).user.number));
    let expected: Vec<i64> =
        (1..=2500).filter(|id| id % 2 == 1).chain((7500..10000).filter(|id| id % 2 == 0)).collect();
    assert_eq!(numbers, expected);
}

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use futures_util::TryStreamExt as _;

use super::{World, database, password, world};
use crate::db::connection::{AnyConnection, alone};
use crate::db::copy::{DERIVED, TABLES};
use crate::db::numbering::NUMBERED;
use crate::{
    Changes, CopiedTable, CopyProgress, Core, DatabaseSettings, Error, Filter, Login, Origin, Random, Settings, copy,
};

/// What no use case of this version leaves behind by itself, and no more than the tables ask for.
const PLANTED: &str = "
    INSERT INTO import_runs (realm, source, digest, options, position, begun, finished)
        SELECT 'one', 'old.csv', secret_digest, '{}', 3, '2026-01-02 03:04:05', NULL FROM credentials WHERE secret_digest IS NOT NULL;
    INSERT INTO identities (realm, user_id, run, made, number, uuid, username, password_hash, record, keeps_password, updated)
        VALUES ('one', 1, 1, TRUE, 26, NULL, 'Ann', '$5$salt$hash', '{\"id\":26,\"name\":\"\u{e9}\\u0000\"}', TRUE, '2026-01-02 03:04:05.123456'),
               ('one', NULL, 1, FALSE, 27, NULL, NULL, NULL, NULL, FALSE, '2026-01-02 03:04:05');
    INSERT INTO left_out (run, realm, key, number, username, email, record)
        VALUES (1, 'one', 'number 30', 30, 'cid', NULL, '{\"id\":30}'), (1, 'one', 'unreadable', NULL, NULL, NULL, NULL);
    INSERT INTO login_names (folded, realm, user_id) VALUES ('bea', 'one', 1), ('cyd', 'one', NULL);
    INSERT INTO number_marks (name, value) VALUES ('own', 5);
    INSERT INTO adoptions (jti, expires) VALUES ('seen', '2026-01-02 03:04:05');
    UPDATE users SET identities = '{\"one\":{\"number\":26}}' WHERE id = 1;";

impl World {
    /// A world with something in every table, whose last user is gone and whose last audit entry has no place yet.
    async fn lived_in() -> Self {
        let world = world();
        for name in ["ann", "bea", "cyd"] {
            let user = world.register(name, &format!("{name}@example.com")).await.unwrap();
            world.sign_in(&user).await;
        }
        world.administrator("root").await;
        let secret = super::NewUser { client_secret: Some(password("of a program")), ..super::new_user("robot", "") };
        let robot = world.accounts.register(secret).await.unwrap();
        let addresses = BTreeMap::from([("btc".to_owned(), "1BoatSLRHtKNngkdXEeobR76b53LETtpyT".to_owned())]);
        world.accounts.update(robot.id, Changes { addresses, ..Changes::default() }).await.unwrap();
        for (text, right) in [("secret12", true), ("guessed", false)] {
            let origin = Origin::new(Some("192.0.2.1".parse().unwrap()), || false);
            let login = world.accounts.authenticate(Login::Username("ann".into()), password(text));
            assert_eq!(origin.serve(login).await.is_ok(), right);
        }
        let last = world.register("last", "").await.unwrap();
        world.accounts.remove(last.id).await.unwrap();
        world.core.audit().settle().await.unwrap();
        world.accounts.database.write(|conn| Ok(conn.batch_execute(PLANTED)?)).await.unwrap();
        world.register("zoe", "").await.unwrap();
        let gone = world.register("gone", "").await.unwrap();
        world.accounts.remove(gone.id).await.unwrap();
        world
    }

    fn core_on(&self, database: &DatabaseSettings) -> Core {
        let settings = Settings { database: database.clone(), ..self.settings.clone() };
        Core::open(&settings, self.clock.clone(), Random::system()).unwrap()
    }
}

fn at(url: String) -> DatabaseSettings {
    DatabaseSettings { url, connections: 3, ..DatabaseSettings::default() }
}

fn sqlite(folder: &Path) -> DatabaseSettings {
    at(format!("sqlite://{}/copy.db", folder.display()))
}

/// An empty database of the kind that these tests run on, beside the world's.
fn another(folder: &Path) -> DatabaseSettings {
    let folder = folder.join("another");
    std::fs::create_dir(&folder).unwrap();
    at(database(&folder))
}

fn copied(from: &DatabaseSettings, to: &DatabaseSettings) -> crate::Result<Vec<CopiedTable>> {
    copy(from, to, |_| ())
}

fn refusal(from: &DatabaseSettings, to: &DatabaseSettings) -> String {
    match copied(from, to) {
        Err(Error::Storage(cause)) => cause.to_string(),
        other => panic!("{other:?}"),
    }
}

fn run(database: &DatabaseSettings, statements: &str) {
    alone(database).unwrap().batch_execute(statements).unwrap();
}

fn rows(database: &DatabaseSettings) -> i64 {
    let mut conn = alone(database).unwrap();
    TABLES.iter().filter(|table| !table.seeded).map(|table| table.count(&mut conn).unwrap()).sum()
}

fn assert_same(one: &DatabaseSettings, other: &DatabaseSettings) {
    let (mut one, mut other) = (alone(one).unwrap(), alone(other).unwrap());
    for table in &TABLES {
        assert!((table.same)(&mut one, &mut other), "{}", table.name);
        assert!(table.count(&mut one).unwrap() > 0, "nothing is shown about {}", table.name);
    }
    for numbered in &NUMBERED {
        assert_eq!(numbered.last_given(&mut one).unwrap(), numbered.last_given(&mut other).unwrap());
    }
}

#[tokio::test]
async fn a_copy_has_every_row_of_every_table_and_goes_on_where_the_source_stood() {
    let world = World::lived_in().await;
    let (source, way, end) = (&world.settings.database, sqlite(world.folder.path()), another(world.folder.path()));
    let mut told = Vec::new();
    let counts = copy(source, &way, |progress| told.push(progress)).unwrap();
    assert_eq!(counts, copied(&way, &end).unwrap());
    assert!(counts.iter().all(|table| table.source == table.target && table.source > 0), "{counts:?}");
    let all = counts.iter().map(|table| table.source).sum();
    assert_eq!(told.last(), Some(&CopyProgress { table: "audit_marks", done: all, all }));
    assert_same(source, &way);
    assert_same(source, &end);
    for database in [&way, &end] {
        let core = world.core_on(database);
        let accounts = core.accounts(super::ONE);
        assert_eq!(accounts.count(Filter::default()).await.unwrap(), 6);
        let found: Vec<_> =
            accounts.list(Filter { term: Some("zo".into()), ..Filter::default() }).try_concat().await.unwrap();
        assert_eq!(found.len(), 1);
        let verdict = core.audit().verify(|_, _| ()).await.unwrap();
        assert_eq!(verdict.broken, None);
        let next = accounts.register(super::new_user("next", "")).await.unwrap();
        assert_eq!(next.number, 9, "seven users and one that is gone had the ids before it");
        core.audit().settle().await.unwrap();
        assert_eq!(core.audit().verify(|_, _| ()).await.unwrap().broken, None);
    }
}

#[tokio::test]
async fn what_is_written_while_it_is_copied_stays_behind_as_a_whole() {
    let world = World::lived_in().await;
    let (source, target) = (&world.settings.database, sqlite(world.folder.path()));
    let before = rows(source);
    copy(source, &target, |progress| {
        if progress.table == "tokens" {
            run(source, "UPDATE users SET name = 'late'; DELETE FROM tokens; DELETE FROM adoptions");
        }
    })
    .unwrap();
    assert_eq!(rows(&target), before);
    assert!(rows(source) < before);
}

#[tokio::test]
async fn a_target_with_anything_in_it_is_refused_and_left_alone() {
    let world = World::lived_in().await;
    let target = another(world.folder.path());
    copied(&world.settings.database, &target).unwrap();
    let before = rows(&target);
    let said = refusal(&world.settings.database, &target);
    assert!(said.contains("not empty") && said.contains("users has 6 rows"), "{said}");
    assert!(refusal(&target, &target).contains("not empty"));
    assert_eq!(rows(&target), before);
}

#[tokio::test]
async fn a_copy_that_breaks_off_leaves_an_empty_target_that_can_be_copied_into() {
    let world = World::lived_in().await;
    let (sqlite, other) = (sqlite(world.folder.path()), another(world.folder.path()));
    for target in [&sqlite, &other] {
        world.core_on(target).migrate().unwrap();
        run(target, "ALTER TABLE familiar_networks RENAME COLUMN seen TO elsewhere");
        let said = refusal(&world.settings.database, target);
        assert!(said.starts_with("familiar_networks: "), "{said}");
        run(target, "ALTER TABLE familiar_networks RENAME COLUMN elsewhere TO seen");
        assert_eq!(rows(target), 0);
        copied(&world.settings.database, target).unwrap();
        assert_same(&world.settings.database, target);
    }
}

#[tokio::test]
async fn a_source_that_is_not_there_or_of_another_version_is_refused() {
    let world = world();
    let (absent, target) = (sqlite(world.folder.path()), another(world.folder.path()));
    assert!(refusal(&absent, &target).contains("dragoman migrate"));
    assert!(!world.folder.path().join("copy.db").exists(), "reading makes no database");
    let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')";
    run(&world.settings.database, newer);
    assert!(refusal(&world.settings.database, &target).contains("source: a newer dragoman"));
    world.core_on(&target).migrate().unwrap();
    run(&target, newer);
    world.core_on(&absent).migrate().unwrap();
    assert!(refusal(&absent, &target).contains("target: a newer dragoman"));
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table: String,
    #[diesel(sql_type = Text)]
    column: String,
    /// Whether the database makes up its values.
    #[diesel(sql_type = BigInt)]
    numbered: i64,
}

/// The schema, as the database itself tells it.
fn columns(conn: &mut AnyConnection) -> Vec<Column> {
    let sqlite = "SELECT tables.name AS \"table\", columns.name AS \"column\",
            (columns.pk AND tables.sql LIKE '%AUTOINCREMENT%') AS numbered
        FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns
        WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%' ORDER BY tables.name, columns.cid";
    let postgres = "SELECT table_name::text AS \"table\", column_name::text AS \"column\",
            (CASE is_identity WHEN 'YES' THEN 1 ELSE 0 END)::bigint AS numbered
        FROM information_schema.columns WHERE table_schema = current_schema()
        ORDER BY table_name, ordinal_position";
    match conn {
        AnyConnection::Sqlite(conn) => diesel::sql_query(sqlite).load(conn).unwrap(),
        AnyConnection::Postgres(conn) => diesel::sql_query(postgres).load(conn).unwrap(),
    }
}

#[test]
fn every_table_and_every_column_of_the_schema_has_its_place_in_a_copy() {
    let world = world();
    let mut conn = alone(&world.settings.database).unwrap();
    let is_sqlite = matches!(conn, AnyConnection::Sqlite(_));
    let mut tables = BTreeMap::<String, BTreeSet<String>>::new();
    let mut numbered = BTreeSet::new();
    for Column { table, column, numbered: made_up } in columns(&mut conn) {
        if made_up != 0 {
            numbered.insert(table.clone());
        }
        tables.entry(table).or_default().insert(column);
    }
    tables.remove("__diesel_schema_migrations");
    tables.retain(|name, _| !DERIVED.iter().any(|derived| name == derived || name.starts_with(&format!("{derived}_"))));
    let copied = TABLES
        .iter()
        .map(|table| (table.name.to_owned(), table.columns.iter().map(|column| (*column).to_owned()).collect()));
    assert_eq!(tables, copied.collect());
    let ours = NUMBERED.iter().filter(|numbered| !(is_sqlite && numbered.reuses));
    assert_eq!(numbered, ours.map(|numbered| numbered.table.to_owned()).collect());
}

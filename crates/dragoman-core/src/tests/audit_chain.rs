//! What holds the audit log together.

use diesel::connection::SimpleConnection as _;
use futures_util::TryStreamExt as _;

use super::{ONE, World, new_user, world};
use crate::audit::AuditSettings;
use crate::{AuditFilter, Break, Core, Entry, Random, Settings};

impl World {
    /// Runs statements past all rules, as somebody with the database's password would.
    async fn tamper(&self, statements: &str) {
        let (sqlite, postgres) = (
            "DROP TRIGGER IF EXISTS audit_entries_stay; DROP TRIGGER IF EXISTS audit_entries_remain; \
             DROP TRIGGER IF EXISTS audit_entries_begin_unchained;",
            "ALTER TABLE audit_entries DISABLE TRIGGER USER;",
        );
        let first = if self.settings.database.url.starts_with("sqlite") { sqlite } else { postgres };
        self.run(&format!("{first} {statements}")).await.unwrap();
    }

    async fn run(&self, statements: &str) -> crate::Result<()> {
        let statements = statements.to_owned();
        self.accounts.database.write(move |conn| Ok(conn.batch_execute(&statements)?)).await
    }

    async fn broken(&self) -> Option<Break> {
        self.core.audit().verify(|_, _| ()).await.unwrap().broken
    }

    /// A log of five entries.
    async fn filled() -> Self {
        let world = world();
        for name in ["ann", "bea", "cyd", "dot", "eve"] {
            world.register(name, "").await.unwrap();
        }
        world.core.audit().settle().await.unwrap();
        world
    }

    /// Another gateway on the same database.
    fn neighbour(&self, settings: &Settings) -> Core {
        Core::open(settings, self.clock.clone(), Random::system()).unwrap()
    }
}

#[tokio::test]
async fn the_log_that_was_written_is_found_whole() {
    let world = World::filled().await;
    let mut watched = Vec::new();
    let verdict = world.core.audit().verify(|done, all| watched.push((done, all))).await.unwrap();
    assert_eq!((verdict.anchor, verdict.last, verdict.broken), (0, 5, None));
    assert_eq!(verdict.digest.len(), 32);
    assert_eq!(watched, [(5, 5)]);
    assert_eq!(world.core.audit().stats().chained, 5);
    let fresh = super::world();
    assert_eq!(fresh.broken().await, None, "an empty log is whole");
}

#[tokio::test]
async fn a_changed_entry_is_found_whatever_is_changed() {
    for change in [
        "at = '2001-01-01 00:00:00'",
        "event = 'login'",
        "dialect = 'onyx'",
        "actor_id = 7",
        "actor_name = 'eve'",
        "subject_id = 7",
        "subject_id = NULL",
        "subject_name = 'eve'",
        "address = '127.0.0.1'",
        "outcome = 'refused'",
        "detail = '{}'",
        "seal = digest",
    ] {
        let world = World::filled().await;
        world.tamper(&format!("UPDATE audit_entries SET {change} WHERE sequence = 3")).await;
        assert_eq!(world.broken().await, Some(Break::Changed(3)), "{change}");
    }
}

#[tokio::test]
async fn entries_that_are_taken_out_moved_or_made_up_are_found() {
    let swapped = "UPDATE audit_entries SET sequence = 9 WHERE sequence = 2; \
         UPDATE audit_entries SET sequence = 2 WHERE sequence = 3; UPDATE audit_entries SET sequence = 3 WHERE sequence = 9";
    let copied = "INSERT INTO audit_entries (at, event, dialect, outcome, detail, seal, sequence, digest) \
         SELECT at, event, dialect, outcome, detail, seal, 6, digest FROM audit_entries WHERE sequence = 5";
    let tail = "DELETE FROM audit_entries WHERE sequence > 3";
    let cases = [
        ("DELETE FROM audit_entries WHERE sequence = 1".to_owned(), Break::Missing(1)),
        ("DELETE FROM audit_entries WHERE sequence = 3".to_owned(), Break::Missing(3)),
        (swapped.to_owned(), Break::Moved(2)),
        ("UPDATE audit_entries SET digest = seal WHERE sequence = 4".to_owned(), Break::Moved(4)),
        (tail.to_owned(), Break::CutOff { after: 3, head: 5 }),
        ("DELETE FROM audit_entries".to_owned(), Break::CutOff { after: 0, head: 5 }),
        (copied.to_owned(), Break::Changed(6)),
        ("UPDATE audit_marks SET sequence = 4 WHERE name = 'head'".to_owned(), Break::Head),
        (format!("{tail}; UPDATE audit_marks SET sequence = 3 WHERE name = 'head'"), Break::Head),
        (
            "UPDATE audit_marks SET sequence = 2, digest = (SELECT digest FROM audit_entries WHERE sequence = 2) \
             WHERE name = 'anchor'; DELETE FROM audit_entries WHERE sequence <= 2"
                .to_owned(),
            Break::Anchor,
        ),
    ];
    for (statements, found) in cases {
        let world = World::filled().await;
        world.tamper(&statements).await;
        assert_eq!(world.broken().await, Some(found), "{statements}");
    }
}

#[tokio::test]
async fn an_earlier_head_does_not_hide_what_came_after_it() {
    let world = World::filled().await;
    world.run("CREATE TABLE kept AS SELECT * FROM audit_marks WHERE name = 'head'").await.unwrap();
    world.register("fay", "").await.unwrap();
    world.core.audit().settle().await.unwrap();
    let back = "DELETE FROM audit_marks WHERE name = 'head'; INSERT INTO audit_marks SELECT * FROM kept";
    world.run(back).await.unwrap();
    assert_eq!(world.broken().await, Some(Break::Beyond { last: 6, head: 5 }));
}

#[tokio::test]
async fn an_entry_that_no_gateway_wrote_is_found_when_it_is_chained() {
    let world = World::filled().await;
    world
        .run(
            "INSERT INTO audit_entries (at, event, dialect, outcome, detail, seal) \
             SELECT at, 'deletion', dialect, outcome, detail, seal FROM audit_entries WHERE sequence = 1",
        )
        .await
        .unwrap();
    world.core.audit().settle().await.unwrap();
    assert_eq!(world.broken().await, Some(Break::Changed(6)));
}

#[tokio::test]
async fn the_database_itself_refuses_to_change_the_log() {
    let world = World::filled().await;
    world.register("late", "").await.unwrap();
    for statement in [
        "UPDATE audit_entries SET event = 'login' WHERE sequence = 2",
        "UPDATE audit_entries SET event = 'login' WHERE sequence IS NULL",
        "UPDATE audit_entries SET sequence = 8, digest = seal, event = 'login' WHERE sequence IS NULL",
        "UPDATE audit_entries SET sequence = 8, digest = seal WHERE sequence = 2",
        "UPDATE audit_entries SET sequence = NULL, digest = NULL WHERE sequence = 2",
        "DELETE FROM audit_entries WHERE sequence = 2",
        "DELETE FROM audit_entries WHERE sequence IS NULL",
        "INSERT INTO audit_entries (at, event, dialect, outcome, detail, seal, sequence, digest) \
         SELECT at, event, dialect, outcome, detail, seal, 8, digest FROM audit_entries WHERE sequence = 2",
    ] {
        assert!(world.run(statement).await.is_err(), "{statement}");
    }
    if !world.settings.database.url.starts_with("sqlite") {
        assert!(world.run("TRUNCATE audit_entries").await.is_err());
    }
    world.core.audit().settle().await.unwrap();
    assert_eq!(world.broken().await, None);
}

#[tokio::test]
async fn two_gateways_write_one_chain() {
    let world = world();
    let other = world.neighbour(&world.settings);
    let cores = [world.core.clone(), other.clone()];
    let writing = cores.iter().enumerate().map(|(number, core)| {
        let core = core.clone();
        tokio::spawn(async move {
            for user in 0..40 {
                core.accounts(ONE).register(new_user(&format!("{number}-{user}"), "")).await.unwrap();
                // Both want the chain at the same moment; on a busy machine one of them may have to wait for the next.
                core.audit().settle().await.unwrap();
            }
        })
    });
    for writer in writing.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let verdict = other.audit().verify(|_, _| ()).await.unwrap();
    assert_eq!((verdict.last, verdict.broken), (80, None));
    assert_eq!(world.core.audit().stats().chained + other.audit().stats().chained, 80);
}

#[tokio::test]
async fn a_gateway_with_another_key_file_leaves_the_chain_alone() {
    let world = World::filled().await;
    let stranger = world.neighbour(&Settings { keys: world.folder.path().join("others"), ..world.settings.clone() });
    stranger.accounts(ONE).register(new_user("fay", "")).await.unwrap();
    assert!(stranger.audit().settle().await.unwrap_err().to_string().contains("key file"));
    assert_eq!(stranger.audit().verify(|_, _| ()).await.unwrap().broken, Some(Break::Head));
    assert_eq!(world.broken().await, None);
}

#[tokio::test]
async fn where_the_key_file_is_lost_the_chain_begins_anew_and_says_so() {
    let world = World::filled().await;
    world.core.audit().ensure_ours().await.unwrap();
    let stranger = world.neighbour(&Settings { keys: world.folder.path().join("others"), ..world.settings.clone() });
    let refusal = stranger.audit().ensure_ours().await.unwrap_err().to_string();
    assert!(refusal.contains("audit restart"), "{refusal}");
    // An entry that the stranger wrote, sealed with its key, stays before the new beginning.
    stranger.accounts(ONE).register(new_user("fay", "")).await.unwrap();
    assert_eq!(stranger.audit().restart().await.unwrap(), 6);
    stranger.audit().settle().await.unwrap();
    let verdict = stranger.audit().verify(|_, _| ()).await.unwrap();
    assert_eq!((verdict.anchor, verdict.last, verdict.broken), (6, 7, None));
    let told: Vec<Entry> = stranger.audit().list(AuditFilter::default()).try_concat().await.unwrap();
    let last = told.last().unwrap();
    assert_eq!((last.event.as_str(), last.detail["after"].as_str()), ("log-restarted", "6"));
    assert!(world.core.audit().ensure_ours().await.is_err());
}

#[tokio::test]
async fn retention_deletes_the_oldest_and_the_rest_still_verifies() {
    let world = World::filled().await;
    let forever = Settings { audit: AuditSettings { keep_days: 0 }, ..world.settings.clone() };
    world.clock.advance(chrono::Duration::days(364));
    world.register("fay", "").await.unwrap();
    world.core.audit().settle().await.unwrap();
    world.core.prune().await.unwrap();
    assert_eq!(world.told().await.len(), 6, "nothing is a year old");
    world.clock.advance(chrono::Duration::days(2));
    world.neighbour(&forever).prune().await.unwrap();
    assert_eq!(world.told().await.len(), 6, "0 keeps for ever");
    world.core.prune().await.unwrap();
    world.core.prune().await.unwrap();
    let told = world.told().await;
    assert_eq!(
        told.iter().map(|entry| (entry.sequence, entry.event.as_str())).collect::<Vec<_>>(),
        [(Some(6), "registration"), (Some(7), "log-pruned"),]
    );
    assert_eq!((told[1].detail["entries"].as_str(), told[1].detail["through"].as_str()), ("5", "5"));
    let verdict = world.core.audit().verify(|_, _| ()).await.unwrap();
    assert_eq!((verdict.anchor, verdict.last, verdict.broken), (5, 7, None));
    world.tamper("DELETE FROM audit_entries WHERE sequence = 6").await;
    assert_eq!(world.broken().await, Some(Break::Missing(6)));
}

#[tokio::test]
async fn notes_outlive_a_database_that_is_away() {
    let world = World::filled().await;
    world.core.audit().hazard_used(ONE, "plaintext-reset");
    world.run("ALTER TABLE audit_entries RENAME TO hidden").await.unwrap();
    world.core.audit().settle().await.unwrap_err();
    world.clock.advance(chrono::Duration::minutes(5));
    assert!(world.core.audit().stats().lag_seconds >= 300.0);
    world.run("ALTER TABLE hidden RENAME TO audit_entries").await.unwrap();
    assert_eq!(world.told().await.last().unwrap().event, "hazard-use");
    assert_eq!((world.core.audit().stats().lag_seconds, world.core.audit().stats().lost), (0.0, 0));
    assert_eq!(world.broken().await, None);
}

#[tokio::test]
async fn many_entries_are_chained_portion_by_portion() {
    let world = world();
    let scribe = world.core.audit().scribe(ONE);
    let write = move |conn: &mut crate::db::connection::AnyConnection| {
        for _ in 0..2500 {
            scribe.tell(conn, crate::Event::Logout, None, Default::default())?;
        }
        Ok(())
    };
    world.accounts.database.write(write).await.unwrap();
    world.core.audit().settle().await.unwrap();
    let verdict = world.core.audit().verify(|_, _| ()).await.unwrap();
    assert_eq!((verdict.last, verdict.broken), (2500, None));
    assert_eq!(world.told().await.len(), 2500);
}

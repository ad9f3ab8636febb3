//! How a test is registered.

use std::sync::Arc;

use anyhow::Result;
use dragoman_tests::{Database, World};
use libtest_mimic::{Failed, Trial};

/// The tests, in the order in which they are registered.
pub(crate) struct Trials {
    world: Arc<World>,
    trials: Vec<Trial>,
}

impl Trials {
    pub(crate) fn new(world: Arc<World>) -> Self {
        Self { world, trials: Vec::new() }
    }

    /// A test that needs no database, or brings its own.
    pub(crate) fn once(&mut self, name: &str, test: impl FnOnce() -> Result<()> + Send + 'static) {
        self.trials.push(Trial::test(name, move || verdict(test())));
    }

    /// A test that must hold on this database.
    pub(crate) fn on(
        &mut self,
        database: Database,
        name: impl Into<String>,
        test: impl FnOnce(&World, Database) -> Result<()> + Send + 'static,
    ) {
        let world = Arc::clone(&self.world);
        let trial = Trial::test(name, move || verdict(test(&world, database)));
        self.trials.push(trial.with_kind(database.name()));
    }

    /// A test that must hold on both databases.
    pub(crate) fn on_both(&mut self, name: &str, test: fn(&World, Database) -> Result<()>) {
        for database in Database::ALL {
            self.on(database, name, test);
        }
    }

    /// All of them, or those whose database and name have every word of `DRAGOMAN_TRIALS` in them:
    /// a filter on the command line would go to the unit tests of other packages, too.
    pub(crate) fn finish(self) -> Vec<Trial> {
        let words = words();
        let wanted = |trial: &Trial| words.split_whitespace().all(|word| has_word(trial, word));
        self.trials.into_iter().filter(wanted).collect()
    }
}

fn words() -> String {
    std::env::var("DRAGOMAN_TRIALS").unwrap_or_default()
}

/// Whether any test may want PostgreSQL.
pub(crate) fn may_need_postgres() -> bool {
    !words().split_whitespace().any(|word| word == Database::Sqlite.name())
}

fn has_word(trial: &Trial, word: &str) -> bool {
    trial.kind() == word || trial.name().contains(word)
}

fn verdict(result: Result<()>) -> Result<(), Failed> {
    result.map_err(|error| Failed::from(format!("{error:#}")))
}

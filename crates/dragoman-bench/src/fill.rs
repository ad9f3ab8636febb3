//! Databases with many users in them.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::Text;
use dragoman::settings::Settings;
use dragoman::startup;
use dragoman_core::{Clock, Core, Random};

/// The password of every user. They share one stored hash too, which the gateway has no way to notice.
pub const PASSWORD: &str = "correct-horse-7";

/// Users 1 to this one are administrators.
pub const ADMINS: u32 = 64;

const SQLITE: &str = include_str!("fill/sqlite.sql");
const POSTGRES: &str = include_str!("fill/postgres.sql");

/// A filled database, and the keys of the gateways that serve it.
#[derive(Debug, Clone)]
pub struct Database {
    /// Where it is.
    pub url: String,
    /// The signing keys.
    pub keys: PathBuf,
    /// How many users are in it: 1 to this number.
    pub users: u32,
    /// The bcrypt cost of their hash.
    pub cost: u32,
}

impl Database {
    /// The settings of a core, or of a gateway, on this database.
    pub fn settings(&self) -> Settings {
        let mut settings = Settings::default();
        settings.database.url.clone_from(&self.url);
        settings.keys.file.clone_from(&self.keys);
        settings.passwords.bcrypt_cost = self.cost;
        // All load comes from one address. What is measured is hashing, not how soon it is refused.
        settings.guesses.enabled = false;
        settings
    }

    /// A core on it, in this process.
    pub fn open(&self) -> Result<Core> {
        startup::open(&self.settings(), Clock::system(), Random::system())
    }
}

/// The username of a user.
pub fn username(user: u32) -> String {
    format!("user{user}")
}

/// The e-mail of a user.
pub fn email(user: u32) -> String {
    format!("user{user}@example.com")
}

/// The UUID of a user: what the SQL computes.
pub fn uuid(user: u32) -> String {
    format!("{:08x}-0000-4000-8000-{user:012x}", user.wrapping_mul(2_654_435_761))
}

/// The hash that every user of such a database has.
pub fn hash(cost: u32) -> Result<String> {
    Ok(bcrypt::hash(PASSWORD, cost)?)
}

/// A SQLite file in this folder. One that is there already is not filled again.
pub fn sqlite(folder: &Path, users: u32, cost: u32) -> Result<Database> {
    let file = folder.join(format!("users-{users}-cost-{cost}.db"));
    let url = format!("sqlite://{}", file.display());
    let database = Database { url, keys: folder.join("bench.keys"), users, cost };
    if !file.exists() {
        let unfinished = file.with_extension("unfinished");
        let elsewhere = Database { url: format!("sqlite://{}", unfinished.display()), ..database.clone() };
        startup::migrate(&elsewhere.open()?, &elsewhere.settings())?;
        fill_sqlite(&unfinished, users, &hash(cost)?).with_context(|| format!("cannot fill {}", file.display()))?;
        std::fs::rename(unfinished, &file)?;
    }
    Ok(database)
}

#[derive(QueryableByName)]
struct Trigger {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    sql: String,
}

fn fill_sqlite(file: &Path, users: u32, hash: &str) -> Result<()> {
    let mut connection = SqliteConnection::establish(&file.display().to_string())?;
    // The connection that migrated may still be about to close.
    connection.batch_execute("PRAGMA busy_timeout = 10000")?;
    let triggers: Vec<Trigger> =
        diesel::sql_query("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").load(&mut connection)?;
    // Nobody reads the file before it is whole; a large cache keeps the indexes of ten million users off the disk.
    connection.batch_execute("PRAGMA synchronous = OFF; PRAGMA cache_size = -2000000; BEGIN")?;
    for trigger in &triggers {
        connection.batch_execute(&format!("DROP TRIGGER {}", trigger.name))?;
    }
    connection.batch_execute(&statements(SQLITE, users, hash))?;
    for trigger in &triggers {
        connection.batch_execute(&trigger.sql)?;
    }
    Ok(connection.batch_execute("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)")?)
}

/// Fills an empty PostgreSQL database.
pub fn postgres(url: &str, folder: &Path, users: u32, cost: u32) -> Result<Database> {
    let database = Database { url: url.to_owned(), keys: folder.join("bench.keys"), users, cost };
    startup::migrate(&database.open()?, &database.settings())?;
    PgConnection::establish(url)?.batch_execute(&statements(POSTGRES, users, &hash(cost)?))?;
    Ok(database)
}

fn statements(template: &str, users: u32, hash: &str) -> String {
    let values = [("{users}", users.to_string()), ("{admins}", ADMINS.to_string()), ("{hash}", hash.to_owned())];
    values.iter().fold(template.to_owned(), |text, (name, value)| text.replace(name, value))
}

#[cfg(test)]
mod tests {
    use dragoman::dialects;
    use dragoman_core::{Filter, Login};
    use futures_util::TryStreamExt as _;

    use super::*;

    #[test]
    fn the_core_knows_the_users_that_were_filled_in() {
        let folder = tempfile::tempdir().unwrap();
        let database = sqlite(folder.path(), 100, 4).unwrap();
        let accounts = database.open().unwrap().accounts(dialects::ALL[0].realm);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let last = accounts.authenticate(Login::Email(email(100)), PASSWORD.into()).await.unwrap();
            assert_eq!((last.number, last.uuid.to_string(), last.is_admin()), (100, uuid(100), false));
            assert!(accounts.by_number(ADMINS.into()).await.unwrap().is_admin());
            assert_eq!(accounts.count(Filter::default()).await.unwrap(), 100);
            let term = Some("SER 99".to_owned());
            let list = accounts.list(Filter { term, ..Filter::default() });
            let found: Vec<Vec<_>> = list.try_collect().await.unwrap();
            assert_eq!(found.iter().flatten().map(|user| user.number).collect::<Vec<_>>(), [99]);
        });
        assert!(sqlite(folder.path(), 100, 4).is_ok(), "a second time it is there");
    }
}

//! The use cases, each on a database of its own: a SQLite file, or a schema of the PostgreSQL server
//! at `DRAGOMAN_TEST_POSTGRES`, to which the integration tests set it.

mod accounts;
mod audit;
mod audit_chain;
mod copy;
mod departures;
mod guesses;
mod hashes;
mod identities;
mod identity_lists;
mod imports;
mod keys;
mod legacy;
mod lists;
mod old_server;
mod search;
mod sessions;

use std::time::Duration;

use crate::db::connection::AnyConnection;
use crate::db::identities::IdentityValues;
use crate::db::users;
use crate::{
    Accounts, Algorithm, Bearer, Clock, Core, DatabaseSettings, Error, Facts, Grant, GuessSettings, KeyStore, Kind,
    NewUser, Password, PasswordSettings, Random, Realm, Roles, Settings, Stamp, Tokens, User,
};

const ONE: Realm = Realm::new("one");
const OTHER: Realm = Realm::new("other");
const HOUR: Duration = Duration::from_secs(3600);

/// A core on an empty database.
struct World {
    core: Core,
    clock: Clock,
    accounts: Accounts,
    tokens: Tokens,
    settings: Settings,
    folder: tempfile::TempDir,
}

fn world() -> World {
    world_of(GuessSettings::default(), Clock::system())
}

fn world_of(guesses: GuessSettings, clock: Clock) -> World {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        database: DatabaseSettings { url: database(folder.path()), connections: 3, ..Default::default() },
        passwords: PasswordSettings { bcrypt_cost: 4, ..Default::default() },
        guesses,
        keys: folder.path().join("keys"),
        ..Settings::default()
    };
    let core = Core::open(&settings, clock.clone(), Random::system()).unwrap();
    let migrations = core.pending_migrations().unwrap();
    assert!(!folder.path().join("test.db").exists(), "asking makes no database");
    assert_eq!(core.migrate().unwrap(), migrations);
    assert!(core.pending_migrations().unwrap().is_empty());
    let (accounts, tokens) = (core.accounts(ONE), core.tokens(ONE, Algorithm::Hs256).unwrap());
    World { core, clock, accounts, tokens, settings, folder }
}

fn database(folder: &std::path::Path) -> String {
    use diesel::Connection as _;
    use diesel::connection::SimpleConnection as _;
    let Ok(server) = std::env::var("DRAGOMAN_TEST_POSTGRES") else {
        return format!("sqlite://{}/test.db", folder.display());
    };
    let schema = format!("core_{}", Random::system().uuid().simple());
    let mut connection = diesel::PgConnection::establish(&server).unwrap();
    connection.batch_execute(&format!("CREATE SCHEMA {schema}")).unwrap();
    format!("{server}?options=-csearch_path%3D{schema}")
}

impl World {
    async fn register(&self, username: &str, email: &str) -> crate::Result<User> {
        self.accounts.register(new_user(username, email)).await
    }

    async fn administrator(&self, username: &str) -> User {
        let roles = Roles::USER.with_admin(true);
        self.accounts.register(NewUser { roles, ..new_user(username, "") }).await.unwrap()
    }

    /// An access and a refresh token of one new session.
    async fn sign_in(&self, user: &User) -> [String; 2] {
        self.tokens.issue(user, [Grant::access(HOUR), Grant::refresh(HOUR)], parts).await.unwrap()
    }

    /// Has a realm know a user so.
    async fn write_identity(&self, known: IdentityValues) -> crate::Result<()> {
        let write = move |conn: &mut AnyConnection| {
            let row = users::locked(conn, known.user_id)?.ok_or(Error::UserNotFound)?;
            crate::identities::write(conn, row, &known).map(drop)
        };
        self.accounts.database.write(write).await
    }

    /// What a refresh token is exchanged for.
    async fn renew(&self, refresh: &str) -> crate::Result<[String; 2]> {
        let grants = [Grant::access(HOUR), Grant::refresh(HOUR)];
        self.tokens.renew(refresh, |_| true, grants, |_, stamp| parts(stamp)).await
    }

    /// The key file, as an operator gets at it.
    fn key_store(&self) -> KeyStore {
        KeyStore::new(&self.settings.keys, self.clock.clone(), Random::system())
    }

    async fn bearer(&self, token: &str) -> crate::Result<Bearer> {
        self.tokens.verify(token, Kind::Access).await
    }
}

/// `""` stands for none.
fn new_user(username: &str, email: &str) -> NewUser {
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    NewUser {
        username: given(username),
        email: given(email),
        name: String::new(),
        password: password("secret12"),
        roles: Roles::USER,
        facts: Facts::new(),
        client_secret: None,
    }
}

fn password(text: &str) -> Password {
    text.into()
}

#[derive(serde::Serialize)]
struct Header {
    alg: &'static str,
}

#[derive(serde::Serialize)]
struct Claims {
    nbf: i64,
}

fn parts(stamp: &Stamp) -> (Header, Claims) {
    (Header { alg: stamp.algorithm }, Claims { nbf: stamp.issued.timestamp() })
}

//! The people of `tests/moving` come in, and everybody signs in as before.

use anyhow::{Context as _, Result, ensure};
use dragoman::dialects::{self, Dialect};
use dragoman::settings::Settings;
use dragoman::startup;
use dragoman_core::{Accounts, Clock, Error, Login, Random, User};
use dragoman_tests::{Database, World};
use serde_json::Value;

use crate::house::{House, origin};

pub(super) fn all(world: &World, database: Database) -> Result<()> {
    let house = House::new(world, database)?;
    for dialect in dialects::ALL {
        house.import(&origin(dialect.name)?, dialect.name)?;
    }
    let text = std::fs::read_to_string(dragoman_tests::root().join("tests/moving/people.json"))?;
    let people: Value = serde_json::from_str(&text)?;
    let mut settings = Settings::default();
    settings.database.url.clone_from(&house.url);
    settings.keys.file = house.folder.path().join("test.keys");
    settings.passwords.bcrypt_cost = 4;
    settings.guesses.enabled = false;
    let core = startup::open(&settings, Clock::system(), Random::system())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        for dialect in dialects::ALL {
            let accounts = core.accounts(dialect.realm);
            let people = people.get(dialect.name).and_then(Value::as_array).context("nobody of a dialect")?;
            for person in people {
                let person = Person { dialect, person };
                person.comes_in(&accounts).await.with_context(|| format!("{}: {}", dialect.name, person.person))?;
            }
        }
        Ok(())
    })
}

struct Person<'a> {
    dialect: &'static Dialect,
    person: &'a Value,
}

impl Person<'_> {
    fn text(&self, key: &str) -> Option<&str> {
        self.person.get(key)?.as_str().filter(|text| !text.is_empty())
    }

    fn number(&self) -> Option<i64> {
        self.person.get("id")?.as_i64()
    }

    /// The skipped are not here; everybody else is found by what its clients know, and signs in.
    async fn comes_in(&self, accounts: &Accounts) -> Result<()> {
        if self.stays_out() {
            let number = self.number().context("only the numbered stay out")?;
            ensure!(matches!(accounts.by_number(number).await, Err(Error::UserNotFound)), "came in all the same");
            return Ok(());
        }
        let user = self.found(accounts).await?;
        for login in self.logins() {
            self.signs_in(accounts, login, &user).await?;
        }
        Ok(())
    }

    /// Without a name, with one that cannot be stored, or with too long a one.
    fn stays_out(&self) -> bool {
        let nameless = self.text("username").is_none() && self.text("email").is_none();
        nameless
            || self.text("username").is_some_and(|name| name.contains('\n'))
            || self.text("name") == Some("TOOLONG")
    }

    async fn found(&self, accounts: &Accounts) -> Result<User> {
        let mut found = Vec::new();
        if let Some(number) = self.number() {
            found.push(accounts.by_number(number).await?);
        }
        if let Some(uuid) = self.text("uuid") {
            found.push(accounts.by_uuid(uuid.parse()?).await?);
        }
        if let Some(username) = self.text("username") {
            found.push(accounts.by_username(username).await?);
        }
        if let Some(email) = self.text("email") {
            found.push(accounts.by_email(email).await?);
        }
        found.dedup_by_key(|user| user.id);
        let [user] = found.as_slice() else { anyhow::bail!("its keys are {} users", found.len()) };
        ensure!(self.number().is_none_or(|number| user.number == number), "shown as {}", user.number);
        ensure!(self.text("uuid").is_none_or(|uuid| user.uuid.to_string() == uuid), "shown as {}", user.uuid);
        ensure!(self.text("username").is_none_or(|name| user.username.as_deref() == Some(name)), "{:?}", user.username);
        Ok(user.clone())
    }

    fn logins(&self) -> Vec<Login> {
        let username = self.text("username").map(|name| Login::Username(name.to_owned()));
        let email = self.text("email").map(|email| Login::Email(email.to_owned()));
        username.into_iter().chain(email).collect()
    }

    async fn signs_in(&self, accounts: &Accounts, login: Login, user: &User) -> Result<()> {
        let Some(password) = self.text("password") else { return Ok(()) };
        // Ivan administers at vitja and not at amadis: amadis' password must not open what vitja's does.
        let gives_less = self.dialect.name == "amadis" && self.number() == Some(28);
        let disabled = self.person.get("enabled").is_some_and(|enabled| enabled == false);
        match accounts.authenticate(login, password.into()).await {
            Ok(signed_in) => ensure!(signed_in.id == user.id && !gives_less && !disabled, "signs in as {signed_in:?}"),
            Err(Error::Disabled) => ensure!(disabled, "is switched off"),
            Err(Error::BadCredentials) => ensure!(gives_less, "the old password does not sign in"),
            Err(other) => return Err(other.into()),
        }
        Ok(())
    }
}

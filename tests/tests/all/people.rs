//! People who are known in every dialect, and everything that each dialect gives them to show.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result};
use dragoman_tests::gateway::run_id;
use serde_json::{Value, json};

use crate::callers::{Caller, basic, encoded, text};

/// What everybody here signs in with.
pub(crate) const PASSWORD: &str = "9 open sesames";

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// What somebody may have to show, in the order of the dialects' documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    OnyxAccess,
    OnyxRefresh,
    UsernameAndPassword,
    Vitja,
    AmadisAccess,
    AmadisClient,
    AmadisRefresh,
    UserIdAndSecret,
    Jwt,
    EmailAndPassword,
}

impl Kind {
    pub(crate) const ALL: [Self; 10] = [
        Self::OnyxAccess,
        Self::OnyxRefresh,
        Self::UsernameAndPassword,
        Self::Vitja,
        Self::AmadisAccess,
        Self::AmadisClient,
        Self::AmadisRefresh,
        Self::UserIdAndSecret,
        Self::Jwt,
        Self::EmailAndPassword,
    ];

    /// What people call it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::OnyxAccess => "onyx access token",
            Self::OnyxRefresh => "onyx refresh token",
            Self::UsernameAndPassword => "username and password",
            Self::Vitja => "vitja token",
            Self::AmadisAccess => "amadis access token",
            Self::AmadisClient => "amadis client's token",
            Self::AmadisRefresh => "amadis refresh token",
            Self::UserIdAndSecret => "user id and secret",
            Self::Jwt => "jwt token",
            Self::EmailAndPassword => "e-mail and password",
        }
    }

    /// The dialect whose documents speak of it.
    pub(crate) const fn dialect(self) -> &'static str {
        match self {
            Self::OnyxAccess | Self::OnyxRefresh => "onyx",
            Self::UsernameAndPassword => "basic",
            Self::Vitja => "vitja",
            Self::AmadisAccess | Self::AmadisClient | Self::AmadisRefresh | Self::UserIdAndSecret => "amadis",
            Self::Jwt | Self::EmailAndPassword => "jwt",
        }
    }

    /// Whether a dialect made and signed it.
    pub(crate) const fn is_token(self) -> bool {
        !matches!(self, Self::UsernameAndPassword | Self::UserIdAndSecret | Self::EmailAndPassword)
    }

    /// Whether it is there to get other tokens with.
    pub(crate) const fn is_refresh(self) -> bool {
        matches!(self, Self::OnyxRefresh | Self::AmadisRefresh)
    }

    /// Whether only administrators can have it (amadis A1).
    pub(crate) const fn is_for_administrators(self) -> bool {
        matches!(self, Self::AmadisAccess | Self::AmadisRefresh)
    }
}

/// A credential, as it is shown.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    /// The name that belongs to it; a token has none.
    pub(crate) name: Option<String>,
    /// The token, or the password.
    pub(crate) secret: String,
}

impl Shown {
    pub(crate) fn token(token: impl Into<String>) -> Self {
        Self { name: None, secret: token.into() }
    }

    pub(crate) fn pair(name: &str, secret: &str) -> Self {
        Self { name: Some(name.to_owned()), secret: secret.to_owned() }
    }

    /// As the value of an `Authorization` header. `Bearer` is what every dialect with tokens takes.
    pub(crate) fn authorization(&self) -> String {
        match &self.name {
            Some(name) => basic(name, &self.secret),
            None => format!("Bearer {}", self.secret),
        }
    }
}

/// Everything that somebody has to show; tokens of one sign-in a dialect.
pub(crate) type Wallet = BTreeMap<Kind, Shown>;

/// Makes people, through the gateway that the administrator signs in to.
pub(crate) struct People {
    administrator: Caller,
    /// The OAuth2 client that the settings name.
    pub(crate) client: (String, String),
    run: String,
    made: AtomicUsize,
}

/// Somebody whom all dialects know.
#[derive(Clone)]
pub(crate) struct Person {
    /// How it signs in, and where.
    pub(crate) caller: Caller,
    pub(crate) number: i64,
    pub(crate) uuid: String,
    client_secret: String,
    /// The OAuth2 client that the settings name.
    pub(crate) client: (String, String),
}

impl People {
    pub(crate) fn new(administrator: Caller, client: (String, String)) -> Self {
        Self { administrator, client, run: run_id(), made: AtomicUsize::new(0) }
    }

    /// A name that nobody has.
    pub(crate) fn fresh_name(&self) -> String {
        format!("p{}-{}", self.run, self.made.fetch_add(1, Ordering::Relaxed))
    }

    /// Somebody new. Registered by amadis, where alone one gets a client secret; made known by vitja.
    pub(crate) fn join(&self, administrator: bool) -> Result<Person> {
        let username = self.fresh_name();
        let email = format!("{username}@example.com");
        let form = format!("name=Somebody&email={}&password={}", encoded(&email), encoded(PASSWORD));
        let made = self.administrator.ask("amadis", "POST", "/api/user/v1/register", (FORM, &form), None)?;
        let made = made.get("data").context("nobody was registered")?;
        let number = made.get("id").and_then(Value::as_i64).context("no id")?;
        self.update(number, &json!({ "username": username, "isAdmin": administrator }))?;
        Ok(Person {
            caller: Caller { username, email, password: PASSWORD.to_owned(), ..self.administrator.clone() },
            number,
            uuid: text(made, "user_id")?,
            client_secret: text(made, "user_secret")?,
            client: self.client.clone(),
        })
    }

    /// Changes somebody by vitja.
    pub(crate) fn update(&self, number: i64, changes: &Value) -> Result<()> {
        self.as_administrator("vitja", "POST", &format!("/api/v1/users/{number}"), &changes.to_string()).map(drop)
    }

    /// Takes administration away.
    pub(crate) fn demote(&self, person: &Person) -> Result<()> {
        self.update(person.number, &json!({ "isAdmin": false }))
    }

    /// Switches an account off, by jwt: no other dialect can.
    pub(crate) fn disable(&self, person: &Person) -> Result<()> {
        let body = json!({ "enabled": false }).to_string();
        self.as_administrator("jwt", "PUT", &format!("/v1/users/{}", person.uuid), &body).map(drop)
    }

    pub(crate) fn delete(&self, person: &Person) -> Result<()> {
        self.as_administrator("vitja", "DELETE", &format!("/api/v1/users/{}", person.number), "").map(drop)
    }

    /// Sets the same password again, which ends every session.
    pub(crate) fn end_sessions(&self, person: &Person) -> Result<()> {
        let body = json!({ "password": PASSWORD }).to_string();
        let target = format!("/api/v1/users/{}/password", person.number);
        self.as_administrator("vitja", "POST", &target, &body).map(drop)
    }

    /// Somebody, as vitja shows it to an administrator.
    pub(crate) fn look_at(&self, person: &Person) -> Result<Value> {
        self.as_administrator("vitja", "GET", &format!("/api/v1/users/{}", person.number), "")
    }

    fn as_administrator(&self, dialect: &str, method: &str, target: &str, json: &str) -> Result<Value> {
        let authorization = self.administrator.authorization(dialect)?;
        self.administrator.ask(dialect, method, target, (JSON, json), Some(authorization))
    }
}

impl Person {
    /// The same person, who signs in at this gateway.
    pub(crate) fn at(&self, urls: &BTreeMap<String, String>) -> Self {
        Self { caller: Caller { urls: urls.clone(), ..self.caller.clone() }, ..self.clone() }
    }

    /// Signs in everywhere.
    pub(crate) fn wallet(&self, administrator: bool) -> Result<Wallet> {
        let mut wallet = self.passwords();
        let (access, refresh) = self.caller.onyx_tokens()?;
        wallet.insert(Kind::OnyxAccess, Shown::token(access));
        wallet.insert(Kind::OnyxRefresh, Shown::token(refresh));
        for (kind, dialect) in [(Kind::Vitja, "vitja"), (Kind::Jwt, "jwt")] {
            let header = self.caller.authorization(dialect)?;
            wallet.insert(kind, Shown::token(header.trim_start_matches("Bearer ")));
        }
        let answer = self.grant("client_credentials", &self.uuid, &self.client_secret, "")?;
        wallet.insert(Kind::AmadisClient, Shown::token(text(&answer, "access_token")?));
        if administrator {
            let more = format!("&username={}&password={}", encoded(&self.caller.email), encoded(PASSWORD));
            let answer = self.grant("password", &self.client.0, &self.client.1, &more)?;
            wallet.insert(Kind::AmadisAccess, Shown::token(text(&answer, "access_token")?));
            wallet.insert(Kind::AmadisRefresh, Shown::token(text(&answer, "refresh_token")?));
        }
        Ok(wallet)
    }

    /// What it shows without having signed in anywhere.
    pub(crate) fn passwords(&self) -> Wallet {
        let Caller { username, email, password, .. } = &self.caller;
        Wallet::from([
            (Kind::UsernameAndPassword, Shown::pair(username, password)),
            (Kind::EmailAndPassword, Shown::pair(email, password)),
            (Kind::UserIdAndSecret, Shown::pair(&self.uuid, &self.client_secret)),
        ])
    }

    /// Asks amadis for tokens (RFC 6749, 3.2).
    pub(crate) fn grant(&self, grant_type: &str, id: &str, secret: &str, more: &str) -> Result<Value> {
        let (id, secret) = (encoded(id), encoded(secret));
        let form = format!("grant_type={grant_type}&client_id={id}&client_secret={secret}{more}");
        self.caller.ask("amadis", "POST", "/oauth/token", (FORM, &form), None)
    }

    /// Uses a refresh token of amadis up, for the next pair.
    pub(crate) fn refresh(&self, refresh_token: &str) -> Result<Value> {
        let more = format!("&refresh_token={}", encoded(refresh_token));
        self.grant("refresh_token", &self.client.0, &self.client.1, &more)
    }
}

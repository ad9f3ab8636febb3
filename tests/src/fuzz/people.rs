//! The people whom the fuzzer signs in as, and their credentials.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dragoman_exchange::{Client, Request};
use serde_json::{Value, json};

use super::Site;

const PATIENCE: Duration = Duration::from_secs(60);

/// Somebody with a password, in the database from the beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The integer that paths name.
    pub number: u32,
    /// Every third is none.
    pub admin: bool,
}

/// A value of `Authorization`, and who takes it.
#[derive(Debug, Clone)]
pub(super) struct Credential {
    pub(super) dialect: &'static str,
    pub(super) value: String,
}

/// So many of them.
#[must_use]
pub fn people(count: u32) -> Vec<Person> {
    (1..=count).map(|number| Person { number, admin: number % 3 != 0 }).collect()
}

impl Person {
    /// The username.
    #[must_use]
    pub fn username(&self) -> String {
        format!("person{}", self.number)
    }

    /// The e-mail.
    #[must_use]
    pub fn email(&self) -> String {
        format!("person{}@example.com", self.number)
    }

    /// The password.
    #[must_use]
    pub fn password(&self) -> String {
        format!("password of person {}", self.number)
    }

    /// The UUID that paths name.
    #[must_use]
    pub fn uuid(&self) -> String {
        format!("00000000-0000-4000-8000-{:012x}", self.number)
    }

    /// The line of a harness's file of users.
    #[must_use]
    pub fn line(&self) -> Value {
        let roles: &[&str] = if self.admin { &["ADMIN", "USER"] } else { &["USER"] };
        json!({
            "id": self.number, "uuid": self.uuid(), "username": self.username(), "email": self.email(),
            "password": self.password(), "roles": roles,
        })
    }

    /// Every credential that the dialects give this person. A dialect that lets it in no more, because something
    /// before has changed or deleted it, gives none.
    pub(super) fn credentials(&self, site: &Site) -> Vec<Credential> {
        let password = |dialect, name: &str| Credential { dialect, value: self.basic(name) };
        let mut found = vec![password("basic", &self.username()), password("amadis", &self.email())];
        let bearers = sign_ins(self, &site.oauth).into_iter().flat_map(|(dialect, request)| {
            let answer = site.urls.get(dialect).and_then(|url| Client::new(PATIENCE).send(url, &request).ok());
            let body: Value = answer.and_then(|answer| serde_json::from_slice(&answer.body).ok()).unwrap_or_default();
            let tokens = ["access_token", "refresh_token", "token"].map(|key| text(&body, key));
            let credential = |token| Credential { dialect, value: format!("Bearer {token}") };
            tokens.into_iter().flatten().map(credential).collect::<Vec<_>>()
        });
        found.extend(bearers);
        found
    }

    fn basic(&self, name: &str) -> String {
        format!("Basic {}", STANDARD.encode(format!("{name}:{}", self.password())))
    }
}

fn text(body: &Value, key: &str) -> Option<String> {
    body.get(key)?.as_str().map(str::to_owned)
}

fn sign_ins(person: &Person, (client_id, client_secret): &(String, String)) -> [(&'static str, Request); 5] {
    let (email, password) = (person.email(), person.password());
    let json = json!({ "username": person.username(), "password": password }).to_string();
    let form = format!("email={email}&password={password}");
    let client = format!("client_id={client_id}&client_secret={client_secret}");
    let grant = format!("grant_type=password&username={email}&password={password}&{client}");
    [
        ("onyx", Request::post("/api/user/login", "application/x-www-form-urlencoded", form)),
        ("vitja", Request::post("/api/v1/login", "application/json", json)),
        ("amadis", Request::post("/oauth/token", "application/x-www-form-urlencoded", grant)),
        (
            "amadis",
            Request::post(
                "/oauth/token",
                "application/x-www-form-urlencoded",
                format!("grant_type=client_credentials&{client}"),
            ),
        ),
        (
            "jwt",
            Request {
                method: "GET".to_owned(),
                target: "/v1/users/token".to_owned(),
                headers: vec![("Authorization".to_owned(), person.basic(&email))],
                body: None,
            },
        ),
    ]
}

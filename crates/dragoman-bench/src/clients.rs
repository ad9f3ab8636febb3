//! The requests of a benchmark, as each dialect spells them.

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use dragoman_exchange::{Client, Request, Response};

use crate::fill::{self, PASSWORD};
use crate::target::{CLIENT_SECRET, Target};

/// A dialect, seen from a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Form data, integer ids.
    Onyx,
    /// HTTP Basic, usernames.
    Basic,
    /// JSON, integer ids.
    Vitja,
    /// OAuth2, integer ids.
    Amadis,
    /// JSON, UUIDs, pages.
    Jwt,
}

impl Dialect {
    /// Those that are called with a token.
    pub const WITH_TOKENS: [Self; 4] = [Self::Onyx, Self::Vitja, Self::Amadis, Self::Jwt];
    /// Those that show all users in one answer.
    pub const THAT_LIST: [Self; 4] = [Self::Onyx, Self::Basic, Self::Vitja, Self::Amadis];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Onyx => "onyx",
            Self::Basic => "basic",
            Self::Vitja => "vitja",
            Self::Amadis => "amadis",
            Self::Jwt => "jwt",
        }
    }

    /// A user signs in. With Basic this is every request, so there it is a read of the user itself.
    pub fn sign_in(self, user: u32) -> Request {
        self.sign_in_with(user, PASSWORD)
    }

    /// A user signs in with this password.
    pub fn sign_in_with(self, user: u32, password: &str) -> Request {
        let (name, email) = (fill::username(user), fill::email(user));
        match self {
            Self::Onyx => form("/api/user/login", &format!("email={email}&password={password}")),
            Self::Basic => get(&format!("/api/v1/users/{name}"), &basic(&name, password)),
            Self::Vitja => {
                let body = format!(r#"{{"username":"{name}","password":"{password}"}}"#);
                Request::post("/api/v1/login", "application/json", body)
            }
            Self::Amadis => form(
                "/oauth/token",
                &format!(
                    "grant_type=password&client_id=1&client_secret={CLIENT_SECRET}&username={email}&password={password}"
                ),
            ),
            Self::Jwt => get("/v1/users/token", &basic(&email, password)),
        }
    }

    /// What an administrator sends along, after it has signed in.
    pub fn credential(self, target: &Target, admin: u32) -> Result<String> {
        let key = match self {
            Self::Basic => return Ok(basic(&fill::username(admin), PASSWORD)),
            Self::Onyx | Self::Amadis => "access_token",
            Self::Vitja | Self::Jwt => "token",
        };
        let answer = send(target.origin(self), &self.sign_in(admin))?;
        let body: serde_json::Value = serde_json::from_slice(&answer.body)?;
        let token = body.get(key).and_then(serde_json::Value::as_str);
        token.map(|token| format!("Bearer {token}")).with_context(|| format!("{}: no token in {body}", self.name()))
    }

    /// An administrator reads a user.
    pub fn read(self, credential: &str, user: u32) -> Request {
        let target = match self {
            Self::Onyx => format!("/api/user/manage/{user}"),
            Self::Basic => format!("/api/v1/users/{}", fill::username(user)),
            Self::Vitja => format!("/api/v1/users/{user}"),
            Self::Amadis => format!("/api/datamanagement/v1/User/{user}"),
            Self::Jwt => format!("/v1/users/{}", fill::uuid(user)),
        };
        get(&target, credential)
    }

    /// The same, of the handler that calls the core and has no dialect; `place` is `bare` or `watched`.
    pub fn read_of_core(self, place: &str, credential: &str, user: u32) -> Request {
        let key = match self {
            Self::Onyx | Self::Vitja | Self::Amadis => user.to_string(),
            Self::Basic => fill::username(user),
            Self::Jwt => fill::uuid(user),
        };
        get(&format!("/{place}/{}/{key}", self.name()), credential)
    }

    /// An administrator reads every user; of jwt, which gives no more than a hundred, a page of ten.
    pub fn list(self, credential: &str) -> Request {
        let target = match self {
            Self::Onyx => "/api/users",
            Self::Basic | Self::Vitja => "/api/v1/users",
            Self::Amadis => "/api/datamanagement/v1/User",
            Self::Jwt => "/v1/users?page=1&rows=10",
        };
        get(target, credential)
    }
}

fn get(target: &str, authorization: &str) -> Request {
    Request {
        method: "GET".to_owned(),
        target: target.to_owned(),
        headers: vec![("Authorization".to_owned(), authorization.to_owned())],
        body: None,
    }
}

fn form(target: &str, body: &str) -> Request {
    Request::post(target, "application/x-www-form-urlencoded", body)
}

fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{name}:{password}")))
}

/// The answer, which must be a success: a load of refusals would measure something else.
pub fn send(origin: &str, request: &Request) -> Result<Response> {
    let answer = Client::new(std::time::Duration::from_secs(60)).send(origin, request)?;
    let body = || String::from_utf8_lossy(&answer.body).chars().take(200).collect::<String>();
    let Request { method, target, .. } = request;
    ensure!(answer.status < 300, "{method} {origin}{target}: {} {}", answer.status, body());
    // onyx says so with a 200.
    ensure!(!answer.body.starts_with(br#"{"status": "error""#), "{method} {origin}{target}: {}", body());
    Ok(answer)
}

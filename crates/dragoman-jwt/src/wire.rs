//! Requests and answers as they stand on the wire.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use chrono::{DateTime, SecondsFormat, Utc};
use dragoman_core::{Changes, Facts, NewUser, Password, Role, Roles, Stamp, User, is_email};
use dragoman_http::go;
use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::error::{ApiError, Fields};

/// An answer with this body, as the original spelled JSON.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> HttpResponse {
    HttpResponse::build(status).content_type("application/json").body(go::to_string(body))
}

/// A user as everybody sees it; the order of the keys counts (jwt A6).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserBody {
    #[serde(serialize_with = "text")]
    id: Uuid,
    name: String,
    /// Empty for a user that has none.
    email: String,
    #[serde(serialize_with = "role_names")]
    roles: Roles,
    enabled: bool,
    #[serde(serialize_with = "seconds")]
    date_created: DateTime<Utc>,
    #[serde(serialize_with = "seconds")]
    date_updated: DateTime<Utc>,
}

impl From<User> for UserBody {
    fn from(user: User) -> Self {
        Self {
            id: user.uuid,
            name: user.name,
            email: user.email.unwrap_or_default(),
            roles: user.roles,
            enabled: user.enabled,
            date_created: user.created,
            date_updated: user.updated,
        }
    }
}

/// One page of the list (jwt R6).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListBody {
    pub(crate) items: Vec<UserBody>,
    pub(crate) total: i64,
    pub(crate) page: i64,
    pub(crate) rows_per_page: i64,
}

#[derive(Serialize)]
pub(crate) struct TokenBody {
    pub(crate) token: String,
}

/// The keys are sorted, as Go prints a map (jwt A3).
#[derive(Serialize)]
pub(crate) struct TokenHeader {
    alg: &'static str,
    kid: String,
    typ: &'static str,
}

impl From<&Stamp> for TokenHeader {
    fn from(stamp: &Stamp) -> Self {
        Self { alg: stamp.algorithm, kid: stamp.key_id.clone(), typ: "JWT" }
    }
}

#[derive(Serialize)]
pub(crate) struct Claims {
    iss: String,
    #[serde(serialize_with = "text")]
    sub: Uuid,
    exp: i64,
    iat: i64,
    #[serde(serialize_with = "role_names")]
    roles: Roles,
}

impl Claims {
    pub(crate) fn new(issuer: &str, user: &User, stamp: &Stamp) -> Self {
        Self {
            iss: issuer.to_owned(),
            sub: user.uuid,
            exp: stamp.expires.timestamp(),
            iat: stamp.issued.timestamp(),
            roles: user.roles,
        }
    }
}

fn text<S: Serializer>(id: &Uuid, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}

fn role_names<S: Serializer>(roles: &Roles, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(roles.iter().map(Role::name))
}

fn seconds<S: Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// `POST /v1/users` (jwt R1).
pub(crate) struct CreateRequest {
    name: String,
    email: String,
    password: String,
    password_confirm: String,
    roles: Option<Vec<String>>,
}

impl CreateRequest {
    const KEYS: [&str; 6] = ["name", "email", "roles", "department", "password", "passwordConfirm"];

    pub(crate) fn decode(body: &[u8]) -> Result<Self, ApiError> {
        let value = go::Value::parse(body)?;
        let object = known_object(&value, "usergrp.AppNewUser", &Self::KEYS)?;
        // The template that the original grew from had a department; its clients still send it (jwt R5).
        object.string("department")?;
        Ok(Self {
            name: object.string("name")?.unwrap_or_default(),
            email: object.string("email")?.unwrap_or_default(),
            password: object.string("password")?.unwrap_or_default(),
            password_confirm: object.string("passwordConfirm")?.unwrap_or_default(),
            roles: object.strings("roles")?,
        })
    }

    /// Every field that is missing or wrong is reported (jwt R3).
    pub(crate) fn check(&self) -> Result<(), ApiError> {
        let mut faults = Fields::new();
        require(&mut faults, "name", &self.name);
        require(&mut faults, "email", &self.email);
        require(&mut faults, "password", &self.password);
        if !self.email.is_empty() {
            require_email(&mut faults, &self.email);
        }
        if self.password_confirm != self.password {
            unconfirmed(&mut faults);
        }
        refuse(faults)
    }

    /// The roles that are asked for, if any are.
    pub(crate) fn roles(&self) -> Result<Option<Roles>, ApiError> {
        self.roles.as_deref().map(roles).transpose()
    }

    pub(crate) fn into_new_user(self, roles: Roles) -> NewUser {
        NewUser {
            username: None,
            email: Some(self.email),
            name: self.name,
            password: Password::from(self.password),
            roles,
            facts: Facts::new(),
            client_secret: None,
        }
    }
}

/// `PUT /v1/users/:id` (jwt R15): what is left out stays as it is.
pub(crate) struct UpdateRequest {
    name: Option<String>,
    email: Option<String>,
    roles: Option<Vec<String>>,
    password: Option<String>,
    password_confirm: Option<String>,
    enabled: Option<bool>,
}

impl UpdateRequest {
    const KEYS: [&str; 7] = ["name", "email", "roles", "department", "password", "passwordConfirm", "enabled"];

    pub(crate) fn decode(body: &[u8]) -> Result<Self, ApiError> {
        let value = go::Value::parse(body)?;
        let object = known_object(&value, "usergrp.AppUpdateUser", &Self::KEYS)?;
        object.string("department")?;
        Ok(Self {
            name: object.string("name")?,
            email: object.string("email")?,
            roles: object.strings("roles")?,
            password: object.string("password")?,
            password_confirm: object.string("passwordConfirm")?,
            enabled: object.bool("enabled")?,
        })
    }

    /// As the original did it, a confirmation is compared where it is given.
    pub(crate) fn check(&self) -> Result<(), ApiError> {
        let mut faults = Fields::new();
        if let Some(email) = &self.email {
            require_email(&mut faults, email);
        }
        if self.password_confirm.is_some() && self.password_confirm != self.password {
            unconfirmed(&mut faults);
        }
        refuse(faults)
    }

    pub(crate) fn into_changes(self) -> Result<Changes, ApiError> {
        Ok(Changes {
            email: self.email,
            name: self.name,
            roles: self.roles.as_deref().map(roles).transpose()?,
            enabled: self.enabled,
            password: self.password.map(Password::from),
            ..Changes::default()
        })
    }
}

/// The original refused keys that it did not know (jwt R5). `program` is the struct that it read
/// them into, which its complaints name.
fn known_object<'v>(value: &'v go::Value, program: &'v str, keys: &[&str]) -> Result<go::Object<'v>, ApiError> {
    let object = value.object(program)?;
    match object.unknown(keys) {
        Some(key) => Err(go::Error::unknown_field(key).into()),
        None => Ok(object),
    }
}

fn roles(names: &[String]) -> Result<Roles, ApiError> {
    let role = |name: &String| Role::by_name(name).ok_or_else(|| ApiError::UnknownRole(name.clone()));
    names.iter().map(role).collect()
}

fn require(faults: &mut Fields, key: &str, value: &str) {
    if value.is_empty() {
        faults.insert(key.into(), format!("{key} is a required field"));
    }
}

fn require_email(faults: &mut Fields, email: &str) {
    if !is_email(email) {
        faults.insert("email".into(), "email must be a valid email address".into());
    }
}

fn unconfirmed(faults: &mut Fields) {
    faults.insert("passwordConfirm".into(), "passwordConfirm must be equal to Password".into());
}

fn refuse(faults: Fields) -> Result<(), ApiError> {
    if faults.is_empty() { Ok(()) } else { Err(ApiError::Fields(faults)) }
}

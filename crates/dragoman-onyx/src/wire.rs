//! Forms in, JSON out.

use dragoman_core::{Changes, Error, Facts, Fault, Field, NewUser, Password, Roles, User};
use dragoman_http::form::Form;
use serde::Serialize;

use crate::error::ApiError;

/// `POST /api/user/register`
pub(crate) struct RegisterRequest {
    username: String,
    email: String,
    password: Password,
}

impl TryFrom<&Form> for RegisterRequest {
    type Error = ApiError;

    fn try_from(form: &Form) -> Result<Self, ApiError> {
        let [username, email] = [required(form, "username")?, required(form, "email")?];
        let [password, verification] = [required(form, "password")?, required(form, "verifpassword")?];
        if password != verification {
            return Err(ApiError::NotSamePassword); // onyx R5: before anything else is looked at
        }
        Ok(Self {
            username: filled(Field::Username, username)?,
            email: filled(Field::Email, email)?,
            password: Password::from(password),
        })
    }
}

impl From<RegisterRequest> for NewUser {
    fn from(request: RegisterRequest) -> Self {
        Self {
            username: Some(request.username),
            email: Some(request.email),
            name: String::new(),
            password: request.password,
            roles: Roles::USER,
            // Nothing to store: a user without facts shows the starting values (onyx R4).
            facts: Facts::new(),
            client_secret: None,
        }
    }
}

/// `POST /api/user/login`
pub(crate) struct LoginRequest {
    pub(crate) email: String,
    pub(crate) password: Password,
}

impl TryFrom<&Form> for LoginRequest {
    type Error = ApiError;

    fn try_from(form: &Form) -> Result<Self, ApiError> {
        let [email, password] = [required(form, "email")?, required(form, "password")?];
        Ok(Self { email: email.into(), password: Password::from(password) })
    }
}

/// `POST /api/user/manage/<id>`, and most of `POST /api/user/change`
pub(crate) struct EditRequest {
    username: Option<String>,
    email: Option<String>,
    password: Option<Password>,
}

impl EditRequest {
    /// onyx R14, R16: the document lets a field be left out; the original wanted all, and took a
    /// blank one for "as it is".
    pub(crate) fn read(form: &Form, all_fields: bool) -> Result<Self, ApiError> {
        let field = |name| if all_fields { required(form, name).map(Some) } else { Ok(form.first(name)) };
        let name = |name| Ok::<_, ApiError>(field(name)?.filter(|text| !text.trim().is_empty()).map(str::to_owned));
        Ok(Self {
            username: name("username")?,
            email: name("email")?,
            // A password of spaces is a password.
            password: field("password")?.filter(|text| !text.is_empty()).map(Password::from),
        })
    }
}

impl From<EditRequest> for Changes {
    fn from(request: EditRequest) -> Self {
        Self { username: request.username, email: request.email, password: request.password, ..Self::default() }
    }
}

/// The first field of this name; without one the answer is a page (onyx R4, R7).
pub(crate) fn required<'a>(form: &'a Form, name: &str) -> Result<&'a str, ApiError> {
    form.first(name).ok_or(ApiError::BadForm)
}

/// onyx R6: elsewhere a user may lack one of the two names, here it may not.
fn filled(field: Field, text: &str) -> Result<String, ApiError> {
    if text.is_empty() { Err(Error::Invalid { field, fault: Fault::Missing }.into()) } else { Ok(text.to_owned()) }
}

/// How the original's web pages look to a user: facts that only this dialect knows.
pub(crate) struct Appearance {
    pub(crate) color: String,
    pub(crate) background_color: String,
    /// 1 once the user has been through the introduction.
    pub(crate) tutorial: i64,
}

impl From<&User> for Appearance {
    /// The starting values stand in for what is not stored (onyx R2, R4).
    fn from(user: &User) -> Self {
        let fact = |name| user.facts.get(name).map(String::as_str);
        Self {
            color: fact("color").unwrap_or("indigo darken-1").to_owned(),
            background_color: fact("background_color").unwrap_or("#efefef").to_owned(),
            tutorial: fact("tutorial").and_then(|tutorial| tutorial.parse().ok()).unwrap_or(0),
        }
    }
}

/// A user row, in the original's column order (onyx R2).
#[derive(Serialize)]
pub(crate) struct UserBody {
    id: i64,
    /// 0 or 1.
    admin: u8,
    username: String,
    color: String,
    background_color: String,
    /// The stored hash on the original; a decoy unless `expose-password-hash` is on.
    password: String,
    /// Empty for a user without one: the key is never null.
    email: String,
    tutorial: i64,
}

impl UserBody {
    pub(crate) fn new(user: User, password: String) -> Self {
        let Appearance { color, background_color, tutorial } = Appearance::from(&user);
        Self {
            id: user.number,
            admin: user.is_admin().into(),
            username: user.username.unwrap_or_default(),
            color,
            background_color,
            password,
            email: user.email.unwrap_or_default(),
            tutorial,
        }
    }
}

/// `{"status": "success"}`
#[derive(Serialize)]
pub(crate) struct Success {
    status: &'static str,
}

pub(crate) const SUCCESS: Success = Success { status: "success" };

/// `POST /api/user/login` (onyx R8)
#[derive(Serialize)]
pub(crate) struct LoginBody {
    status: &'static str,
    access_token: String,
    refresh_token: String,
}

impl From<[String; 2]> for LoginBody {
    fn from([access_token, refresh_token]: [String; 2]) -> Self {
        Self { status: SUCCESS.status, access_token, refresh_token }
    }
}

/// `GET /api/get_access_token` (onyx R3)
#[derive(Serialize)]
pub(crate) struct AccessTokenBody {
    access_token: String,
}

impl From<[String; 1]> for AccessTokenBody {
    fn from([access_token]: [String; 1]) -> Self {
        Self { access_token }
    }
}

/// `GET /api/user/logout_access`: the document promises the first, the original sent the second (onyx R10).
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum LogoutBody {
    Documented(Success),
    Observed { message: &'static str },
}

impl LogoutBody {
    pub(crate) fn new(observed: bool) -> Self {
        if observed { Self::Observed { message: "Access token has been revoked" } } else { Self::Documented(SUCCESS) }
    }
}

#[cfg(test)]
mod tests;

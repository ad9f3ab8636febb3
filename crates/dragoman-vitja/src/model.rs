//! The documents that come in, read as the original's decoder reads them (vitja A10).

use dragoman_core::{Changes, NewUser, Password, Roles, User};
use dragoman_http::go;

/// A user as somebody sends it. Absent and empty are the same: Go has no third state for a text.
/// `id`, `created` and `updated` may be there, as in an answer that is sent back, and do not count.
pub(crate) struct UserModel {
    name: String,
    username: String,
    password: String,
    email: String,
    /// The original could not tell an absent one from `false`, so it never demoted (vitja R9).
    is_admin: Option<bool>,
}

impl UserModel {
    /// `None` for `null`, which stands for no user.
    pub(crate) fn parse(json: &[u8]) -> Result<Option<Self>, go::Error> {
        let value = go::Value::parse(json)?;
        if matches!(value, go::Value::Null) {
            return Ok(None);
        }
        let user = value.object("models.User")?;
        Ok(Some(Self {
            name: user.string("name")?.unwrap_or_default(),
            username: user.string("username")?.unwrap_or_default(),
            password: user.string("password")?.unwrap_or_default(),
            email: user.string("email")?.unwrap_or_default(),
            is_admin: user.bool("isAdmin")?,
        }))
    }

    /// A new user; `None` where username or password is not there (vitja R7).
    pub(crate) fn into_new(self) -> Option<NewUser> {
        Some(NewUser {
            username: Some(given(self.username)?),
            email: given(self.email),
            name: self.name,
            password: Password::from(given(self.password)?),
            roles: Roles::USER.with_admin(self.is_admin.unwrap_or_default()),
            facts: Default::default(),
            client_secret: None,
        })
    }

    /// What it changes about this user; the password has its own route (vitja R9).
    pub(crate) fn into_changes(self, user: &User) -> Changes {
        Changes {
            username: given(self.username),
            email: given(self.email),
            name: given(self.name),
            roles: self.is_admin.map(|admin| user.roles.with_admin(admin)),
            ..Changes::default()
        }
    }
}

fn given(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// What somebody signs in with (vitja A2).
pub(crate) struct LoginRequest {
    pub(crate) username: String,
    pub(crate) password: Password,
}

impl LoginRequest {
    pub(crate) fn parse(json: &[u8]) -> Result<Self, go::Error> {
        let value = go::Value::parse(json)?;
        let login = value.object("models.UserLogin")?;
        let username = login.string("username")?;
        let password = login.string("password")?;
        Ok(Self::new(username, password))
    }

    /// An absent name or password is an empty one.
    pub(crate) fn new(username: Option<String>, password: Option<String>) -> Self {
        Self { username: username.unwrap_or_default(), password: password.unwrap_or_default().into() }
    }
}

/// The new password in `{"password":"…"}`; `None` where there is none (vitja R13).
pub(crate) fn new_password(json: &[u8]) -> Result<Option<String>, go::Error> {
    go::Value::parse(json)?.object("v1.datPassword")?.string("password")
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn model(json: &str) -> UserModel {
        UserModel::parse(json.as_bytes()).unwrap().unwrap()
    }

    #[test]
    fn keys_are_read_without_regard_to_case_and_the_last_one_counts() {
        let json = r#"{"USERNAME":"a","Password":"one","password":"two","ISADMIN":true} and more"#;
        let new = model(json).into_new().unwrap();
        assert_eq!(new.username.unwrap(), "a");
        assert_eq!(new.password.expose_secret(), "two");
        assert_eq!(new.roles, Roles::USER.with_admin(true));
        assert_eq!(new.email, None);
    }

    #[test]
    fn a_new_user_needs_a_username_and_a_password() {
        assert!(model(r#"{"username":"a"}"#).into_new().is_none());
        assert!(model(r#"{"username":"","password":"p"}"#).into_new().is_none());
        assert!(model(r#"{"username":null,"password":"p"}"#).into_new().is_none());
    }

    #[test]
    fn the_keys_that_the_gateway_sets_do_not_count() {
        assert!(UserModel::parse(br#"{"id":"x","created":null,"updated":1.5}"#).is_ok());
    }

    #[test]
    fn null_is_no_user() {
        assert!(UserModel::parse(b"null").unwrap().is_none());
    }

    #[test]
    fn complaints_are_gos() {
        let complaint = |json: &str| UserModel::parse(json.as_bytes()).err().unwrap().to_string();
        assert_eq!(complaint("{"), "unexpected EOF");
        assert_eq!(complaint("[]"), "json: cannot unmarshal array into Go value of type models.User");
        assert_eq!(
            complaint(r#"{"name":1}"#),
            "json: cannot unmarshal number into Go struct field User.name of type string"
        );
    }
}

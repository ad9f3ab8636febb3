//! One user of `--users FILE`.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use dragoman_core::{Facts, Password, Role, Roles, SeedUser};
use serde::Deserialize;
use serde_json::Value;

use crate::dialects::Dialect;
use crate::moving;

/// A line of the JSON Lines format: every key is optional but one of `username` and `email`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct UserLine {
    /// The integer id.
    pub id: Option<i64>,
    /// The UUID.
    pub uuid: Option<String>,
    /// The name to sign in with.
    pub username: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The name for people.
    pub name: String,
    /// The password, to be hashed.
    pub password: Option<Password>,
    /// A hash that is kept as it is, instead of a password.
    pub password_hash: Option<Password>,
    /// Names of the roles.
    pub roles: Vec<String>,
    /// Whether the user may sign in.
    pub enabled: bool,
    /// RFC 3339.
    pub created: Option<String>,
    /// RFC 3339.
    pub updated: Option<String>,
    /// Addresses by chain.
    pub addresses: BTreeMap<String, String>,
    /// Facts by the name of the dialect that knows them.
    #[serde(flatten)]
    pub facts: BTreeMap<String, Value>,
}

impl Default for UserLine {
    fn default() -> Self {
        Self {
            id: None,
            uuid: None,
            username: None,
            email: None,
            name: String::new(),
            password: None,
            password_hash: None,
            roles: vec![Role::User.name().to_owned()],
            enabled: true,
            created: None,
            updated: None,
            addresses: BTreeMap::new(),
            facts: BTreeMap::new(),
        }
    }
}

impl UserLine {
    /// Every line of a JSON Lines text; blank ones are passed over.
    ///
    /// # Errors
    /// Names the line.
    pub fn read_all(text: &str) -> Result<Vec<Self>> {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let read = |(i, line)| serde_json::from_str(line).with_context(|| format!("line {}", i + 1));
        lines.map(read).collect()
    }

    /// The user as the core takes it in.
    ///
    /// # Errors
    /// A value of the wrong form, or a key that is neither ours nor a dialect's.
    pub fn to_seed(&self) -> Result<SeedUser> {
        use secrecy::ExposeSecret as _;
        ensure!(self.username.is_some() || self.email.is_some(), "a user needs a username or an e-mail");
        let uuid = self.uuid.as_deref().map(|uuid| uuid.parse().with_context(|| format!("`{uuid}` is no UUID")));
        let time = |at: &str| moving::time_of(at).with_context(|| format!("`{at}` is no time"));
        let (created, updated) = (self.created.as_deref().map(time), self.updated.as_deref().map(time));
        Ok(SeedUser {
            id: self.id,
            uuid: uuid.transpose()?,
            username: self.username.clone(),
            email: self.email.clone(),
            name: self.name.clone(),
            password: self.password.clone(),
            password_hash: self.password_hash.as_ref().map(|hash| hash.expose_secret().to_owned()),
            roles: roles(&self.roles)?,
            enabled: self.enabled,
            created: created.transpose()?,
            updated: updated.transpose()?,
            addresses: self.addresses.clone(),
            facts: self.facts.iter().map(|(dialect, facts)| facts_of(dialect, facts)).collect::<Result<_>>()?,
            ..SeedUser::default()
        })
    }
}

/// The roles of these names.
///
/// # Errors
/// A name that is none.
pub fn roles(names: &[String]) -> Result<Roles> {
    names.iter().map(|name| moving::known_role(name).map_err(anyhow::Error::msg)).collect()
}

fn facts_of(dialect: &str, facts: &Value) -> Result<(String, Facts)> {
    ensure!(Dialect::by_name(dialect).is_some(), "`{dialect}` is no key of a user and no dialect");
    Ok((dialect.to_owned(), moving::facts_of(facts).with_context(|| format!("`{dialect}`"))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_line_becomes_a_user() {
        let line = r##"{"id":26,"uuid":"45b5fbd3-755f-4379-8f07-a58d4a30fa2f","username":"user24","roles":["ADMIN","USER"],
            "created":"2019-03-24T00:00:00Z","addresses":{"akash":"akash1x"},"onyx":{"color":"blue","tutorial":1}}"##;
        let seed = UserLine::read_all(&line.replace('\n', "")).unwrap()[0].to_seed().unwrap();
        assert_eq!(seed.id, Some(26));
        assert_eq!(seed.facts["onyx"]["color"], "blue");
        assert_eq!(seed.facts["onyx"]["tutorial"], "1");
        assert!(seed.enabled && seed.roles.contains(Role::Admin));
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let complaint = |line| UserLine::read_all(line).and_then(|lines| lines[0].to_seed()).unwrap_err().to_string();
        assert!(complaint(r#"{"name":"x"}"#).contains("needs a username or an e-mail"));
        assert!(complaint(r#"{"username":"x","colour":"red"}"#).contains("`colour`"));
        assert!(complaint(r#"{"username":"x","roles":["KING"]}"#).contains("ADMIN, USER"));
        assert!(complaint("{").contains("line 1"));
    }
}

//! What of an arrival decides whether it can come in.

use dragoman_hashes::{ParseError, StoredHash};
use secrecy::ExposeSecret as _;

use super::Arrival;
use super::clash::Clash;
use super::record::RecordDigest;
use crate::identities::numbers::LAST_OF_OLD_SERVERS;
use crate::password::check_new;
use crate::text::{check_login_name, check_name, fold, is_email};
use crate::user::Role;
use crate::{Error, Fault, Field, Password, Result};

/// A name as it was given, and as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) given: String,
    pub(crate) folded: String,
}

impl Name {
    pub(crate) fn new(given: &str) -> Self {
        Self { given: given.to_owned(), folded: fold(given) }
    }
}

/// What can be done with the hash of an arrival.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HashState {
    Verifiable,
    Absent,
    /// Of no known kind; how it begins, without anything of its salt.
    Unknown(String),
    /// Of a known kind, with parameters that no sign-in may cost.
    Costly(String),
}

/// What an arrival can clash with, and what is wrong with it by itself.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    pub(crate) username: Option<Name>,
    pub(crate) email: Option<Name>,
    pub(crate) number: Option<i64>,
    pub(crate) uuid: Option<String>,
    pub(crate) admin: bool,
    pub(crate) enabled: bool,
    pub(crate) hash: HashState,
    /// Why it cannot be a user.
    pub(crate) flaws: Vec<(Clash, String)>,
    /// What of it was passed over.
    pub(crate) passed_over: Vec<String>,
    /// What the record is compared by, if it came before.
    pub(crate) record: Option<RecordDigest>,
}

impl Keys {
    pub(crate) fn of(arrival: &Arrival, password: Option<&Password>, passed_over: &[String]) -> Self {
        let name = |name: &Option<String>| name.as_deref().filter(|name| !name.is_empty()).map(Name::new);
        Self {
            username: name(&arrival.username),
            email: name(&arrival.email),
            number: arrival.number,
            uuid: arrival.uuid.map(|uuid| uuid.to_string()),
            admin: arrival.roles.contains(Role::Admin),
            enabled: arrival.enabled,
            hash: match (&arrival.password_hash, password) {
                (Some(hash), _) => hash_state(hash.expose_secret()),
                (None, Some(_)) => HashState::Verifiable,
                (None, None) => HashState::Absent,
            },
            flaws: flaws(arrival, password),
            passed_over: passed_over.to_vec(),
            record: RecordDigest::of(arrival.record.expose_secret()),
        }
    }

    /// Of a record that is no user.
    pub(crate) fn unreadable(what: &str) -> Self {
        Self {
            username: None,
            email: None,
            number: None,
            uuid: None,
            admin: false,
            enabled: false,
            hash: HashState::Absent,
            flaws: vec![(Clash::Unreadable, what.to_owned())],
            passed_over: Vec::new(),
            record: None,
        }
    }

    /// What the user signs in with: its username, or the e-mail that stands in for one.
    pub(crate) fn login(&self) -> Option<&Name> {
        self.username.as_ref().or(self.email.as_ref())
    }

    /// Whether one name serves as both.
    pub(crate) fn one_name(&self) -> bool {
        match (&self.username, &self.email) {
            (Some(username), Some(email)) => username.folded == email.folded,
            (Some(_), None) | (None, _) => true,
        }
    }

    pub(crate) fn has_odd_email(&self) -> bool {
        self.email.as_ref().is_some_and(|email| !is_email(&email.given))
    }

    /// How people call it.
    pub(crate) fn shown(&self) -> String {
        match (&self.username, &self.email) {
            (Some(username), Some(email)) if username.given != email.given => {
                format!("{} <{}>", username.given, email.given)
            }
            (Some(name), _) | (None, Some(name)) => name.given.clone(),
            (None, None) => String::new(),
        }
    }
}

fn hash_state(hash: &str) -> HashState {
    match hash {
        "" => HashState::Absent,
        hash => match StoredHash::parse(hash) {
            Ok(_) => HashState::Verifiable,
            Err(ParseError::Unknown) => HashState::Unknown(beginning(hash)),
            Err(malformed @ ParseError::Malformed { .. }) => HashState::Unknown(malformed.to_string()),
            Err(costly @ ParseError::TooCostly { .. }) => HashState::Costly(costly.to_string()),
        },
    }
}

/// What has fewer characters behind its kind is no salt and digest, and may be a password that somebody stored as it was.
const SHORTEST_DIGEST: usize = 16;

/// The name of a hash's kind, if it has one: what stands before its salt.
fn beginning(hash: &str) -> String {
    let named = |text: &str| text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter));
    let kind = match hash.strip_prefix('$') {
        Some(rest) => rest.split_once('$').map(|(kind, rest)| (format!("${kind}$"), rest)),
        None if hash.starts_with('{') => hash.split_once('}').map(|(kind, rest)| (format!("{kind}}}"), rest)),
        None => hash.split_once(['$', ':']).map(|(kind, rest)| (kind.to_owned(), rest)),
    };
    let is_kind = |kind: &str| kind.len() <= 20 && named(kind.trim_matches(['$', '{', '}']));
    let kind = kind.filter(|(kind, rest)| is_kind(kind) && rest.len() >= SHORTEST_DIGEST);
    kind.map(|(kind, _)| kind).unwrap_or_else(|| format!("{} characters without a kind", hash.chars().count()))
}

fn flaws(arrival: &Arrival, password: Option<&Password>) -> Vec<(Clash, String)> {
    let text = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let (username, email) = (text(&arrival.username), text(&arrival.email));
    let mut flaws = Vec::new();
    if username.is_none() && email.is_none() {
        flaws.push((Clash::NoName, String::new()));
    }
    let login_name = |field, name: Option<&str>| name.map_or(Ok(()), |name| check_login_name(field, name));
    let checks = [
        login_name(Field::Username, username.as_deref()),
        login_name(Field::Email, email.as_deref()),
        check_name(&arrival.name),
        password.map_or(Ok(()), check_new),
    ];
    flaws.extend(checks.into_iter().filter_map(flaw));
    if let Some(number) = arrival.number.filter(|number| !(1..=LAST_OF_OLD_SERVERS).contains(number)) {
        flaws.push((Clash::BadId, number.to_string()));
    }
    flaws
}

fn flaw(checked: Result<()>) -> Option<(Clash, String)> {
    let Err(Error::Invalid { field, fault }) = checked else { return None };
    let clash = match fault {
        Fault::TooLong => Clash::TooLong,
        Fault::Missing | Fault::Malformed => Clash::Malformed,
    };
    Some((clash, field.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_hash_is_told_by_its_kind_and_by_nothing_of_its_salt() {
        assert_eq!(hash_state("$9$salt$0123456789abcdef"), HashState::Unknown("$9$".into()));
        assert_eq!(hash_state("{CRYPT-MD9}c2FsdHNhbHRzYWx0"), HashState::Unknown("{CRYPT-MD9}".into()));
        assert_eq!(hash_state("md9$salt$0123456789abcdef"), HashState::Unknown("md9".into()));
        assert_eq!(hash_state("5f4dcc3b"), HashState::Unknown("8 characters without a kind".into()));
        assert_eq!(hash_state(""), HashState::Absent);
    }

    #[test]
    fn of_a_password_that_was_stored_as_it_is_nothing_is_told_but_its_length() {
        for password in ["{mysecret}", "$ummer2024$", "pass:word", "my$ecret", "{a}b"] {
            let HashState::Unknown(told) = hash_state(password) else { panic!("{password} is no hash") };
            assert_eq!(told, format!("{} characters without a kind", password.chars().count()));
        }
    }
}

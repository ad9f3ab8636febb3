//! From a record to a user on its way in.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use dragoman_core::{Arrival, Fact, Facts, Password, Role, Roles};
use dragoman_tables::{Cell, Row};
use secrecy::SecretString;
use serde_json::{Map, Value};

use super::map::ColumnMap;
use super::spellings::{self, Timed, cells};

/// So much of a value is repeated in a message.
const SHOWN: usize = 60;

/// A user as its record tells it.
#[derive(Debug)]
pub struct Arrived {
    /// The user. Its record holds neither a password nor a secret in the clear: such columns are null in it.
    pub arrival: Arrival,
    /// A password in the clear, where the record has one and no hash: it has to be hashed, and the hash put into
    /// `arrival`, before anything is stored.
    pub password: Option<Password>,
    /// What was passed over, for the report: roles that nobody knows.
    pub warnings: Vec<String>,
}

impl ColumnMap {
    /// The user that a record tells of.
    ///
    /// # Errors
    /// Names the column and what is wrong with it. The value is repeated unless it may be a secret.
    pub fn arrive(&self, mut row: Row) -> Result<Arrived, String> {
        let mut reading = Reading::new();
        for (column, cell) in row.iter() {
            match self.meaning(column) {
                Some(meaning) => reading.take(&meaning.fact, column, cell)?,
                None if self.strict => return Err(format!("`{column}` is no key of a user of this dialect")),
                None => {}
            }
        }
        for meaning in &self.columns {
            if matches!(meaning.fact, Fact::Password | Fact::ClientSecret) {
                row = row.with(&meaning.name, Cell::Null);
            }
        }
        reading.finish(row)
    }
}

/// What was read of a record so far.
struct Reading {
    arrival: Arrival,
    password: Option<Password>,
    hash: Option<String>,
    salt: Option<String>,
    admin: Option<bool>,
    warnings: Vec<String>,
}

impl Reading {
    fn new() -> Self {
        let arrival = Arrival {
            number: None,
            uuid: None,
            username: None,
            email: None,
            name: String::new(),
            password_hash: None,
            secret_digest: None,
            roles: Roles::USER,
            enabled: true,
            created: None,
            updated: None,
            addresses: BTreeMap::new(),
            facts: Facts::new(),
            record: SecretString::default(),
        };
        Self { arrival, password: None, hash: None, salt: None, admin: None, warnings: Vec::new() }
    }

    /// Takes in what a column tells.
    fn take(&mut self, fact: &Fact, column: &str, cell: &Cell) -> Result<(), String> {
        let arrival = &mut self.arrival;
        let seen = Seen { column, cell };
        match fact {
            Fact::Number => arrival.number = seen.read(cells::number, "integer from 1 to 1,000,000,000")?,
            Fact::Uuid => arrival.uuid = seen.read(cells::uuid, "UUID")?,
            Fact::Username => arrival.username = seen.filled()?,
            Fact::Email => arrival.email = seen.filled()?,
            Fact::Name => arrival.name = seen.filled()?.unwrap_or_default(),
            Fact::Password => self.password = seen.secret()?.map(Password::from),
            Fact::PasswordHash => self.hash = seen.secret()?,
            Fact::Salt => self.salt = seen.secret()?,
            Fact::ClientSecret => {
                if let Some(secret) = seen.secret()? {
                    arrival.set_client_secret(&secret.into());
                }
            }
            Fact::SecretDigest => arrival.secret_digest = seen.digest()?,
            Fact::Admin => self.admin = Some(seen.read(cells::flag, "yes or no")?.unwrap_or_default()),
            Fact::Roles => self.roles(&seen)?,
            Fact::Enabled => arrival.enabled = seen.read(cells::flag, "yes or no")?.unwrap_or(true),
            Fact::Created => arrival.created = seen.read(Timed::of, "time")?.map(|timed| timed.at),
            Fact::Updated => arrival.updated = seen.read(Timed::of, "time")?.map(|timed| timed.at),
            Fact::Own(name) => {
                let told = seen.read(cells::text, "text")?.map(|text| (name.clone().into_owned(), text));
                arrival.facts.extend(told);
            }
            Fact::Facts => {
                let object = seen.read(cells::object, "JSON object")?.unwrap_or_default();
                arrival.facts.extend(spellings::facts_of(&Value::Object(object)).map_err(|error| error.to_string())?);
            }
            Fact::Address(chain) => {
                arrival.addresses.extend(seen.filled()?.map(|address| (chain.clone().into_owned(), address)));
            }
            Fact::Addresses => {
                let object = seen.read(cells::object, "JSON object")?.unwrap_or_default();
                let addresses = spellings::addresses_of(object);
                arrival.addresses.extend(addresses.ok_or_else(|| seen.complaint("object of addresses"))?);
            }
            Fact::Kept => {}
        }
        Ok(())
    }

    /// A role that nobody knows gives nothing; it stays in the record.
    fn roles(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        let Some(names) = seen.read(cells::roles, "list of roles")? else { return Ok(()) };
        let (known, unknown): (Vec<_>, Vec<_>) =
            names.iter().map(|name| spellings::known_role(name)).partition(Result::is_ok);
        self.arrival.roles = known.into_iter().filter_map(Result::<Role, _>::ok).collect();
        let unknown = unknown.into_iter().filter_map(Result::err);
        self.warnings.extend(unknown.map(|what| format!("{}: {what}", seen.column)));
        Ok(())
    }

    fn finish(mut self, row: Row) -> Result<Arrived, String> {
        if let Some(admin) = self.admin {
            self.arrival.roles = self.arrival.roles.with_admin(admin);
        }
        // Hash and salt in one text, as hash crackers and the named schemes of dragoman-hashes have them.
        self.arrival.password_hash = match (self.hash, self.salt) {
            (Some(hash), Some(salt)) => Some(format!("{hash}:{salt}").into()),
            (hash, _) => hash.map(Password::from),
        };
        let record = Value::Object(Map::from(row)).to_string();
        self.arrival.record = record.into();
        let password = self.password.filter(|_| self.arrival.password_hash.is_none());
        Ok(Arrived { arrival: self.arrival, password, warnings: self.warnings })
    }
}

/// A column of a record.
struct Seen<'a> {
    column: &'a str,
    cell: &'a Cell,
}

impl Seen<'_> {
    fn read<T>(&self, read: impl Fn(&Cell) -> Result<Option<T>, ()>, what: &str) -> Result<Option<T>, String> {
        read(self.cell).map_err(|()| self.complaint(what))
    }

    /// Text that is nothing where it is empty.
    fn filled(&self) -> Result<Option<String>, String> {
        Ok(self.read(cells::text, "text")?.filter(|text| !text.is_empty()))
    }

    /// The same, of which no message repeats anything.
    fn secret(&self) -> Result<Option<String>, String> {
        let text = cells::text(self.cell).map_err(|()| format!("{}: what is there is no text", self.column))?;
        Ok(text.filter(|text| !text.is_empty()))
    }

    /// 32 bytes: as they are, in hexadecimal or in base64.
    fn digest(&self) -> Result<Option<Vec<u8>>, String> {
        let bytes = match self.cell {
            Cell::Bytes(bytes) => Some(bytes.clone()),
            Cell::Text(text) if text.is_empty() => return Ok(None),
            Cell::Null => return Ok(None),
            Cell::Text(text) if text.len() == 64 => hexadecimal(text),
            Cell::Text(text) => BASE64_STANDARD.decode(text).ok(),
            Cell::Boolean(_) | Cell::Integer(_) | Cell::Real(_) | Cell::Json(_) => None,
        };
        let digest = bytes.filter(|bytes| bytes.len() == 32);
        digest.map(Some).ok_or_else(|| format!("{}: what is there is no SHA-256", self.column))
    }

    fn complaint(&self, what: &str) -> String {
        let value = match self.cell {
            Cell::Null => "nothing".to_owned(),
            Cell::Boolean(flag) => flag.to_string(),
            Cell::Integer(number) => number.to_string(),
            Cell::Real(number) => number.to_string(),
            Cell::Text(text) => format!("{:?}", text.chars().take(SHOWN).collect::<String>()),
            Cell::Bytes(bytes) => format!("{} bytes", bytes.len()),
            Cell::Json(_) => "a nested value".to_owned(),
        };
        format!("{}: {value} is no {what}", self.column)
    }
}

fn hexadecimal(digits: &str) -> Option<Vec<u8>> {
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
    digits.as_bytes().chunks(2).map(byte).collect()
}

//! From a user back to a record of the old server.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};
use dragoman_core::{Departure, Fact, Password, Snapshot, User};
use dragoman_tables::{Cell, Format, Row};
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value};

use super::map::ColumnMap;
use super::overlay::NewValue;
use crate::dialects::Dialect;

/// What the old server will not have, though it was here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Losses {
    /// Users whose password it could not verify.
    pub passwords: u64,
    /// Users who are switched off here, and could not be there but by a hash that no password has.
    pub switched_off: u64,
    /// Users whose secret stood in the clear there, of which there is only a digest.
    pub secrets: u64,
    /// Users of whom nothing is known that its table has of everybody: an e-mail.
    pub incomplete: u64,
}

/// Makes records for the old server of a dialect.
pub struct Returning<'a> {
    dialect: &'a Dialect,
    given: Vec<(String, Fact)>,
    /// What a record of somebody looks like whom it did not know.
    blank: Row,
    /// The columns of the records that it has.
    usual: Arc<[String]>,
    /// What columns mean: those that were met last. Those of one file are all alike.
    columns: Arc<[String]>,
    map: ColumnMap,
    losses: Losses,
}

impl<'a> Returning<'a> {
    /// `given` is what was given by `--map`; `sample` is a record that shows what columns there are, and without one they
    /// are those of the dialect's original; `format` is that of the file.
    ///
    /// # Errors
    /// Columns that tell nothing of who a user is.
    pub fn new(dialect: &'a Dialect, given: Vec<(String, Fact)>, sample: Option<&str>, format: Format) -> Result<Self> {
        let sample = sample.map(record).transpose()?;
        let map = sample.as_ref().map(|sample| ColumnMap::of_record(dialect, sample, &given)).transpose()?;
        let map = map.unwrap_or_else(|| ColumnMap::of_origin(dialect));
        let blank = match &sample {
            // A line has the keys that there is something to say about.
            Some(_) if map.is_of_lines() && format == Format::JsonLines => map.blank(),
            Some(sample) => emptied(sample, &map.blank()),
            None => map.blank(),
        };
        let usual = Arc::clone(sample.as_ref().unwrap_or(&blank).columns());
        Ok(Self { dialect, given, columns: Arc::clone(&usual), blank, usual, map, losses: Losses::default() })
    }

    /// The columns of most records.
    #[must_use]
    pub const fn usual(&self) -> &Arc<[String]> {
        &self.usual
    }

    /// What was lost on the way so far.
    #[must_use]
    pub const fn losses(&self) -> Losses {
        self.losses
    }

    /// The user's record: as it came if nothing was changed since, else with what was. None of a user whom the table
    /// cannot have.
    ///
    /// # Errors
    /// A record that is kept and cannot be read.
    pub fn record(&mut self, departure: &Departure) -> Result<Option<Row>> {
        let Some(known) = &departure.origin else { return self.of_stranger(departure) };
        let number = departure.user.number;
        let unreadable = || format!("the record of user {number} cannot be read");
        let record = record(known.record.expose_secret()).with_context(unreadable)?;
        self.learn(&record).with_context(unreadable)?;
        self.count_secret(departure);
        if known.unchanged && known.keeps_password {
            return Ok(Some(record));
        }
        let arrived = || self.map.arrive(record.clone()).map_err(|what| anyhow!("{what}")).with_context(unreadable);
        let before = known.linked.clone().map_or_else(|| Ok(arrived()?.arrival.into()), anyhow::Ok)?;
        let mut changes = changed(&before, departure);
        if before.enabled && self.cannot_be_switched_off(departure) {
            changes.push((Fact::PasswordHash, self.nobodys_password()));
        } else if !known.keeps_password {
            changes.push((Fact::PasswordHash, self.password(departure)));
        }
        Ok(Some(self.map.overlay(record, &changes)))
    }

    /// A record that an import left out, as it came.
    ///
    /// # Errors
    /// One that cannot be read.
    pub fn left_out(&self, kept: &Password) -> Result<Row> {
        record(kept.expose_secret()).context("a record that was left out cannot be read")
    }

    /// The record of somebody whom the old server did not know.
    fn of_stranger(&mut self, departure: &Departure) -> Result<Option<Row>> {
        let blank = self.blank.clone();
        self.learn(&blank)?;
        let mut facts = everything(departure);
        if self.lacks_any(&facts) {
            self.losses.incomplete += 1;
            return Ok(None);
        }
        self.count_secret(departure);
        let shut = self.cannot_be_switched_off(departure);
        let password = if shut { self.nobodys_password() } else { self.password(departure) };
        facts.push((Fact::PasswordHash, password));
        Ok(Some(self.map.overlay(blank, &facts)))
    }

    /// Whether the table has to have something of which nothing is known. A line of `interface.md` has not.
    fn lacks_any(&self, facts: &[(Fact, NewValue)]) -> bool {
        let required = |fact: &Fact| {
            let columns = self.dialect.origin.columns.iter();
            self.map.tells(fact) && columns.filter(|column| column.required).any(|column| column.fact == *fact)
        };
        let lacking = |(fact, value): &(Fact, NewValue)| *value == NewValue::Nothing && required(fact);
        !self.map.is_of_lines() && facts.iter().any(lacking)
    }

    /// Has the map be that of this record.
    fn learn(&mut self, record: &Row) -> Result<()> {
        if *record.columns() != self.columns {
            self.map = ColumnMap::of_record(self.dialect, record, &self.given)?;
            self.columns = Arc::clone(record.columns());
        }
        Ok(())
    }

    fn count_secret(&mut self, departure: &Departure) {
        if departure.secret_digest.is_some() && self.map.tells(&Fact::ClientSecret) {
            self.losses.secrets += 1;
        }
    }

    /// Whether the user is switched off here and the old server's table has no word for it.
    fn cannot_be_switched_off(&self, departure: &Departure) -> bool {
        !departure.user.enabled && !self.map.tells(&Fact::Enabled)
    }

    /// For somebody who is to stay out over there as well.
    fn nobodys_password(&mut self) -> NewValue {
        self.losses.switched_off += 1;
        NewValue::Text(self.dialect.origin.no_password.to_owned())
    }

    /// The hash as the old server verifies it, or one that it reads and that no password has.
    fn password(&mut self, departure: &Departure) -> NewValue {
        let stored = departure.password_hash.as_ref().map(|hash| hash.expose_secret());
        let origin = &self.dialect.origin;
        let respelled = stored.and_then(|stored| origin.respelled(stored));
        if stored.is_some() && respelled.is_none() {
            self.losses.passwords += 1;
        }
        NewValue::Text(respelled.unwrap_or_else(|| origin.no_password.to_owned()))
    }
}

fn record(text: &str) -> Result<Row> {
    let object: Map<String, Value> = serde_json::from_str(text)?;
    Ok(object.into())
}

/// A record like this one, of nobody.
fn emptied(sample: &Row, blank: &Row) -> Row {
    let cells = sample.iter().map(|(column, _)| blank.get(column).cloned().unwrap_or(Cell::Null));
    Row::new(Arc::clone(sample.columns()), cells.collect())
}

/// What is otherwise now than when the user came; its password apart. What a user is known by there, and when it was
/// made, does not change.
fn changed(before: &Snapshot, departure: &Departure) -> Vec<(Fact, NewValue)> {
    let user = &departure.user;
    let mut changes = vec![(Fact::Updated, NewValue::Time(user.updated))];
    let mut compare = |fact: Fact, is_same: bool, value: NewValue| {
        if !is_same {
            changes.push((fact, value));
        }
    };
    // Who came without a username is called by its e-mail.
    let is_called = before.username == user.username || before.username.is_none() && user.username == user.email;
    compare(Fact::Username, is_called, text(user.username.as_ref()));
    compare(Fact::Email, before.email == user.email, text(user.email.as_ref()));
    compare(Fact::Name, before.name == user.name, NewValue::Text(user.name.clone()));
    compare(Fact::Roles, before.roles == user.roles, NewValue::Roles(user.roles));
    compare(Fact::Enabled, before.enabled == user.enabled, NewValue::Flag(user.enabled));
    let own = differing(&before.facts, &user.facts);
    changes.extend(own.map(|(name, value)| (Fact::Own(name.to_owned().into()), value)));
    let addresses = differing(&before.addresses, &departure.addresses);
    changes.extend(addresses.map(|(chain, value)| (Fact::Address(chain.to_owned().into()), value)));
    changes
}

/// What another map has otherwise.
fn differing<'a>(
    before: &'a BTreeMap<String, String>,
    now: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = (&'a str, NewValue)> {
    let changed = now.iter().filter(|(key, value)| before.get(*key) != Some(*value));
    let gone = before.keys().filter(|key| !now.contains_key(*key));
    let changed = changed.map(|(key, value)| (key.as_str(), NewValue::Text(value.clone())));
    changed.chain(gone.map(|key| (key.as_str(), NewValue::Nothing)))
}

/// All that there is to tell about a user, its password apart.
fn everything(departure: &Departure) -> Vec<(Fact, NewValue)> {
    let Departure { user, addresses, secret_digest, .. } = departure;
    let User { number, uuid, username, email, name, roles, enabled, facts, created, updated, .. } = user;
    let mut all = vec![
        (Fact::Number, NewValue::Number(*number)),
        (Fact::Uuid, NewValue::Uuid(*uuid)),
        (Fact::Username, text(username.as_ref())),
        (Fact::Email, text(email.as_ref())),
        (Fact::Name, NewValue::Text(name.clone())),
        (Fact::Roles, NewValue::Roles(*roles)),
        (Fact::Enabled, NewValue::Flag(*enabled)),
        (Fact::Created, NewValue::Time(*created)),
        (Fact::Updated, NewValue::Time(*updated)),
    ];
    let nothing = BTreeMap::new();
    all.extend(differing(&nothing, facts).map(|(name, value)| (Fact::Own(name.to_owned().into()), value)));
    all.extend(differing(&nothing, addresses).map(|(chain, value)| (Fact::Address(chain.to_owned().into()), value)));
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    all.extend(secret_digest.as_deref().map(|digest| (Fact::SecretDigest, NewValue::Text(hex(digest)))));
    all
}

fn text(value: Option<&String>) -> NewValue {
    value.map_or(NewValue::Nothing, |value| NewValue::Text(value.clone()))
}

//! Users on their way back to an old server.

mod queues;

use std::collections::{BTreeMap, HashMap};

use queues::{Found, Queues};

use super::left_behind;
use super::snapshot::Snapshot;
use crate::db::connection::AnyConnection;
use crate::db::departures::{self, KnownRow, Row};
use crate::db::left_out::{self, LeftOutRow};
use crate::db::{self, DatabaseSettings, snapshot};
use crate::user::{Realm, User};
use crate::{Password, Result};

/// Users that are in memory at a time.
const PORTION: usize = 1000;

/// A user, for the old server of a realm.
#[derive(Debug, Clone)]
pub struct Departure {
    /// The user as its realm sees it.
    pub user: User,
    /// By which it signs in there.
    pub password_hash: Option<Password>,
    /// SHA-256 of a program's secret.
    pub secret_digest: Option<Vec<u8>>,
    /// Addresses by chain.
    pub addresses: BTreeMap<String, String>,
    /// As the old server knew it; none if it did not.
    pub origin: Option<Known>,
}

/// As an old server knew a user.
#[derive(Debug, Clone)]
pub struct Known {
    /// The record as it came: a JSON object with its columns in their order.
    pub record: Password,
    /// Whether the password is still the one of the record.
    pub keeps_password: bool,
    /// Whether nothing else of the user was changed since.
    pub unchanged: bool,
    /// How its realm showed a user who was linked then; none of a user who was made of the record.
    pub linked: Option<Snapshot>,
}

/// What goes back to an old server.
#[derive(Debug, Clone)]
pub enum Leaving {
    /// A user who is here.
    User(Box<Departure>),
    /// A record that an import left out, as it came: a JSON object with its columns in their order.
    LeftOut(Password),
}

/// Which users an old server is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departing {
    /// All.
    Everybody,
    /// Those that an import brought from there.
    Known,
}

impl Departing {
    /// The word for it in the audit log.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Everybody => "everybody",
            Self::Known => "known",
        }
    }
}

/// Users for the old server of a realm, portion by portion: those that it knew without a number in the order in which they
/// came, then all others in the order of their numbers there; and with them the records that imports left out. All of it
/// is as it was at one moment. Blocks.
pub struct Departures {
    conn: AnyConnection,
    realm: Realm,
    who: Departing,
    total: u64,
    namesakes: u64,
    left_out: LeftOut,
    /// Whether imports have left anything out.
    any_left_out: bool,
    queues: Queues,
}

/// Records that imports left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Those that were told of so far.
    pub records: u64,
    /// Those that could not be read when they came: nothing is kept of them.
    pub unreadable: u64,
}

impl Departures {
    /// Begins to read the database, which must be at this version.
    ///
    /// # Errors
    /// A database that cannot be read.
    pub fn of(settings: &DatabaseSettings, realm: Realm, who: Departing) -> Result<Self> {
        let mut conn = snapshot::of(settings)?;
        let left_out = left_out::count(&mut conn, realm)?;
        let total = match who {
            Departing::Everybody => db::lists::total(&mut conn)?,
            Departing::Known => departures::count_known(&mut conn, realm)?,
        };
        Ok(Self {
            conn,
            realm,
            who,
            namesakes: 0,
            total: (total + left_out).unsigned_abs(),
            left_out: LeftOut::default(),
            any_left_out: left_out > 0,
            queues: Queues::new(who == Departing::Everybody, left_out > 0),
        })
    }

    /// A record as it came, the oldest there is: it shows what the others look like.
    ///
    /// # Errors
    /// A database that cannot be read.
    pub fn first_record(&mut self) -> Result<Option<Password>> {
        Ok(departures::first_record(&mut self.conn, self.realm)?.map(Password::from))
    }

    /// How many users and records there are at the most.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// How many were left out so far, because they are called everywhere as somebody else is in this realm alone, or are
    /// known as a record was that an import left out: the old server could not tell them apart.
    #[must_use]
    pub const fn namesakes(&self) -> u64 {
        self.namesakes
    }

    /// The records that imports left out.
    #[must_use]
    pub const fn left_out(&self) -> LeftOut {
        self.left_out
    }

    /// The next rows; none at the end.
    fn rows(&mut self) -> Result<Vec<Found>> {
        let mut rows = Vec::with_capacity(PORTION);
        while rows.len() < PORTION
            && let Some(row) = self.queues.next(&mut self.conn, self.realm)?
        {
            if self.who == Departing::Everybody || row.stranger().is_none() {
                rows.push(row);
            }
        }
        Ok(rows)
    }

    /// The rows without those whom the old server could not tell from others.
    fn apart(&mut self, mut rows: Vec<Found>) -> Result<Vec<Found>> {
        let strangers: Vec<&Row> = rows.iter().filter_map(Found::stranger).collect();
        let ids: Vec<i64> = strangers.iter().map(|(user, _)| user.id).collect();
        let mut namesakes = departures::namesakes(&mut self.conn, self.realm, &ids)?;
        if self.any_left_out {
            namesakes.extend(left_behind::doubles(&mut self.conn, self.realm, &strangers)?);
        }
        self.namesakes += namesakes.len() as u64;
        rows.retain(|row| row.user().is_none_or(|user| !namesakes.contains(&user.id)));
        Ok(rows)
    }

    /// The rows without the records that have come in since, and without those of which nothing is kept.
    fn still_left_out(&mut self, mut rows: Vec<Found>) -> Result<Vec<Found>> {
        let records: Vec<LeftOutRow> = rows.iter().filter_map(Found::left_out).cloned().collect();
        let came_in = left_out::came_in(&mut self.conn, self.realm, &records)?;
        rows.retain(|row| row.left_out().is_none_or(|record| !came_in.contains(&record.key)));
        let readable = |row: &Found| row.left_out().is_none_or(|record| record.record.is_some());
        let before = rows.len();
        rows.retain(readable);
        self.left_out.unreadable += (before - rows.len()) as u64;
        self.left_out.records += rows.iter().filter_map(Found::left_out).count() as u64;
        Ok(rows)
    }

    fn portion(&mut self) -> Result<Option<Vec<Leaving>>> {
        loop {
            let rows = self.rows()?;
            if rows.is_empty() {
                return Ok(None);
            }
            let rows = self.apart(rows)?;
            let rows = self.still_left_out(rows)?;
            if !rows.is_empty() {
                return with_belongings(&mut self.conn, self.realm, rows).map(Some);
            }
        }
    }
}

impl Iterator for Departures {
    type Item = Result<Vec<Leaving>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.portion().transpose()
    }
}

fn with_belongings(conn: &mut AnyConnection, realm: Realm, rows: Vec<Found>) -> Result<Vec<Leaving>> {
    let ids: Vec<i64> = rows.iter().filter_map(Found::user).map(|user| user.id).collect();
    let credentials = departures::credentials(conn, &ids)?.into_iter();
    let mut credentials: HashMap<_, _> = credentials.map(|(id, hash, digest)| (id, (hash, digest))).collect();
    let mut addresses = HashMap::<i64, BTreeMap<_, _>>::new();
    for (id, chain, address) in departures::addresses(conn, &ids)? {
        addresses.entry(id).or_default().insert(chain, address);
    }
    let mut departure = |(row, known): Row| -> Result<Departure> {
        let (own_hash, secret_digest) = credentials.remove(&row.id).unwrap_or_default();
        let there = known.as_ref().and_then(|known| known.password_hash.clone());
        Ok(Departure {
            addresses: addresses.remove(&row.id).unwrap_or_default(),
            origin: known.map(|known| Known::of_row(known, row.updated)).transpose()?.flatten(),
            user: User::of_row(row, realm)?,
            password_hash: there.or(own_hash).map(Password::from),
            secret_digest,
        })
    };
    let leaving = |found: Found| match found {
        Found::User(row) => departure(*row).map(Box::new).map(Leaving::User),
        Found::LeftOut(row) => Ok(Leaving::LeftOut(row.record.unwrap_or_default().into())),
    };
    rows.into_iter().map(leaving).collect()
}

impl Known {
    fn of_row(row: KnownRow, updated: chrono::NaiveDateTime) -> Result<Option<Self>> {
        let Some(record) = row.record.map(Password::from) else { return Ok(None) };
        let linked = row.linked.as_deref().map(Snapshot::of_stored).transpose()?;
        let unchanged = row.updated == updated;
        Ok(Some(Self { record, keeps_password: row.keeps_password, unchanged, linked }))
    }
}

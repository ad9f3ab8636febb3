//! Users on their way back to an old server.

use std::collections::{BTreeMap, HashMap, VecDeque};

use diesel::result::QueryResult;

use super::snapshot::Snapshot;
use crate::db::connection::AnyConnection;
use crate::db::departures::{self, KnownRow, Row};
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
/// came, then all others in the order of their numbers there. All of it is as it was at one moment. Blocks.
pub struct Departures {
    conn: AnyConnection,
    realm: Realm,
    who: Departing,
    total: u64,
    namesakes: u64,
    unnumbered: Queue,
    numbered: Queue,
    unknown: Queue,
}

impl Departures {
    /// Begins to read the database, which must be at this version.
    ///
    /// # Errors
    /// A database that cannot be read.
    pub fn of(settings: &DatabaseSettings, realm: Realm, who: Departing) -> Result<Self> {
        let mut conn = snapshot::of(settings)?;
        let everybody = who == Departing::Everybody;
        let total = match who {
            Departing::Everybody => db::lists::total(&mut conn)?,
            Departing::Known => departures::count_known(&mut conn, realm)?,
        };
        Ok(Self {
            conn,
            realm,
            who,
            namesakes: 0,
            total: total.unsigned_abs(),
            unnumbered: Queue::new(departures::unnumbered, true),
            numbered: Queue::new(departures::numbered, true),
            unknown: Queue::new(departures::unknown, everybody),
        })
    }

    /// A record as it came, the oldest there is: it shows what the others look like.
    ///
    /// # Errors
    /// A database that cannot be read.
    pub fn first_record(&mut self) -> Result<Option<Password>> {
        Ok(departures::first_record(&mut self.conn, self.realm)?.map(Password::from))
    }

    /// How many users there are.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// How many were left out so far, because they are called everywhere as somebody else is in this realm alone: the
    /// old server could not tell them apart.
    #[must_use]
    pub const fn namesakes(&self) -> u64 {
        self.namesakes
    }

    /// The next rows; none at the end.
    fn rows(&mut self) -> Result<Vec<Row>> {
        let mut rows = Vec::with_capacity(PORTION);
        while rows.len() < PORTION
            && let Some(row) = self.row()?
        {
            if self.who == Departing::Everybody || came(row.1.as_ref()) {
                rows.push(row);
            }
        }
        Ok(rows)
    }

    /// The rows without those whom the old server could not tell from others.
    fn apart(&mut self, mut rows: Vec<Row>) -> Result<Vec<Row>> {
        let strangers = rows.iter().filter(|(_, known)| !came(known.as_ref()));
        let strangers: Vec<i64> = strangers.map(|(user, _)| user.id).collect();
        let namesakes = departures::namesakes(&mut self.conn, self.realm, &strangers)?;
        self.namesakes += namesakes.len() as u64;
        rows.retain(|(user, _)| !namesakes.contains(&user.id));
        Ok(rows)
    }

    fn portion(&mut self) -> Result<Option<Vec<Departure>>> {
        loop {
            let rows = self.rows()?;
            if rows.is_empty() {
                return Ok(None);
            }
            let rows = self.apart(rows)?;
            if !rows.is_empty() {
                return with_belongings(&mut self.conn, self.realm, rows).map(Some);
            }
        }
    }

    fn row(&mut self) -> QueryResult<Option<Row>> {
        let Self { conn, realm, unnumbered, numbered, unknown, .. } = self;
        if unnumbered.key(conn, *realm)?.is_some() {
            return Ok(unnumbered.rows.pop_front());
        }
        let next = match (numbered.key(conn, *realm)?, unknown.key(conn, *realm)?) {
            (Some(number), Some(id)) if id < number => unknown,
            (Some(_), _) => numbered,
            (None, _) => unknown,
        };
        Ok(next.rows.pop_front())
    }
}

impl Iterator for Departures {
    type Item = Result<Vec<Departure>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.portion().transpose()
    }
}

/// Rows above a key, at the most so many.
type Query = fn(&mut AnyConnection, Realm, i64, i64) -> QueryResult<Vec<Row>>;

/// Rows in the order of a key, of which some are in memory.
struct Queue {
    query: Query,
    rows: VecDeque<Row>,
    after: Option<i64>,
}

impl Queue {
    fn new(query: Query, wanted: bool) -> Self {
        Self { query, rows: VecDeque::new(), after: wanted.then_some(i64::MIN) }
    }

    /// The key of the next row.
    fn key(&mut self, conn: &mut AnyConnection, realm: Realm) -> QueryResult<Option<i64>> {
        if let (true, Some(after)) = (self.rows.is_empty(), self.after) {
            self.rows = (self.query)(conn, realm, after, PORTION as i64)?.into();
            self.after = self.rows.back().map(key);
        }
        Ok(self.rows.front().map(key))
    }
}

fn key((user, known): &Row) -> i64 {
    known.as_ref().map_or(user.id, |known| known.number.unwrap_or(known.id))
}

/// Whether an import brought the user. An identity without a record is that of somebody who had to give up a number
/// to another, or who was taken over at a sign-in.
fn came(known: Option<&KnownRow>) -> bool {
    known.is_some_and(|known| known.record.is_some())
}

fn with_belongings(conn: &mut AnyConnection, realm: Realm, rows: Vec<Row>) -> Result<Vec<Departure>> {
    let ids: Vec<i64> = rows.iter().map(|(user, _)| user.id).collect();
    let credentials = departures::credentials(conn, &ids)?.into_iter();
    let mut credentials: HashMap<_, _> = credentials.map(|(id, hash, digest)| (id, (hash, digest))).collect();
    let mut addresses = HashMap::<i64, BTreeMap<_, _>>::new();
    for (id, chain, address) in departures::addresses(conn, &ids)? {
        addresses.entry(id).or_default().insert(chain, address);
    }
    let departure = |(row, known): Row| {
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
    rows.into_iter().map(departure).collect()
}

impl Known {
    fn of_row(row: KnownRow, updated: chrono::NaiveDateTime) -> Result<Option<Self>> {
        let Some(record) = row.record.map(Password::from) else { return Ok(None) };
        let linked = row.linked.as_deref().map(Snapshot::of_stored).transpose()?;
        let unchanged = row.updated == updated;
        Ok(Some(Self { record, keeps_password: row.keeps_password, unchanged, linked }))
    }
}

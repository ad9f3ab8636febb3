//! Whoever goes back to an old server, one after the other, out of several lists that are each in order.

use std::collections::VecDeque;

use diesel::result::QueryResult;

use super::PORTION;
use crate::db::connection::AnyConnection;
use crate::db::departures::{self, KnownRow, Row};
use crate::db::left_out::{self, LeftOutRow};
use crate::db::users::UserRow;
use crate::user::Realm;

/// What comes next.
pub(super) enum Found {
    User(Box<Row>),
    LeftOut(LeftOutRow),
}

impl Found {
    pub(super) fn user(&self) -> Option<&UserRow> {
        match self {
            Self::User(row) => Some(&row.0),
            Self::LeftOut(_) => None,
        }
    }

    /// The row of a user whom the old server did not know.
    pub(super) fn stranger(&self) -> Option<&Row> {
        match self {
            Self::User(row) => Some(&**row).filter(|(_, known)| !came(known.as_ref())),
            Self::LeftOut(_) => None,
        }
    }

    pub(super) const fn left_out(&self) -> Option<&LeftOutRow> {
        match self {
            Self::User(_) => None,
            Self::LeftOut(row) => Some(row),
        }
    }
}

/// Whether an import brought the user. An identity without a record is that of somebody who had to give up a number
/// to another, or who was taken over at a sign-in.
fn came(known: Option<&KnownRow>) -> bool {
    known.is_some_and(|known| known.record.is_some())
}

/// The lists.
pub(super) struct Queues {
    unnumbered: Queue<Row>,
    unnumbered_left_out: Queue<LeftOutRow>,
    numbered: Queue<Row>,
    numbered_left_out: Queue<LeftOutRow>,
    unknown: Queue<Row>,
}

impl Queues {
    pub(super) fn new(unknown: bool, left_out: bool) -> Self {
        Self {
            unnumbered: Queue::new(departures::unnumbered, key, true),
            unnumbered_left_out: Queue::new(left_out::unnumbered, key_of_left_out, left_out),
            numbered: Queue::new(departures::numbered, key, true),
            numbered_left_out: Queue::new(left_out::numbered, key_of_left_out, left_out),
            unknown: Queue::new(departures::unknown, key, unknown),
        }
    }

    /// The next one: first those without a number, then the others in the order of theirs.
    pub(super) fn next(&mut self, conn: &mut AnyConnection, realm: Realm) -> QueryResult<Option<Found>> {
        if let Some(row) = self.unnumbered.next(conn, realm)? {
            return Ok(Some(Found::User(Box::new(row))));
        }
        if let Some(row) = self.unnumbered_left_out.next(conn, realm)? {
            return Ok(Some(Found::LeftOut(row)));
        }
        let known = self.numbered.key(conn, realm)?;
        let left_out = self.numbered_left_out.key(conn, realm)?;
        let unknown = self.unknown.key(conn, realm)?;
        let Some(first) = [known, left_out, unknown].into_iter().flatten().min() else { return Ok(None) };
        if left_out == Some(first) {
            return Ok(self.numbered_left_out.next(conn, realm)?.map(Found::LeftOut));
        }
        let next = if known == Some(first) { &mut self.numbered } else { &mut self.unknown };
        Ok(next.next(conn, realm)?.map(Box::new).map(Found::User))
    }
}

/// Rows above a key, at the most so many.
type Query<R> = fn(&mut AnyConnection, Realm, i64, i64) -> QueryResult<Vec<R>>;

/// Rows in the order of a key, of which some are in memory.
struct Queue<R> {
    query: Query<R>,
    key: fn(&R) -> i64,
    rows: VecDeque<R>,
    after: Option<i64>,
}

impl<R> Queue<R> {
    fn new(query: Query<R>, key: fn(&R) -> i64, wanted: bool) -> Self {
        Self { query, key, rows: VecDeque::new(), after: wanted.then_some(i64::MIN) }
    }

    /// The key of the next row.
    fn key(&mut self, conn: &mut AnyConnection, realm: Realm) -> QueryResult<Option<i64>> {
        if let (true, Some(after)) = (self.rows.is_empty(), self.after) {
            self.rows = (self.query)(conn, realm, after, PORTION as i64)?.into();
            self.after = self.rows.back().map(self.key);
        }
        Ok(self.rows.front().map(self.key))
    }

    fn next(&mut self, conn: &mut AnyConnection, realm: Realm) -> QueryResult<Option<R>> {
        self.key(conn, realm)?;
        Ok(self.rows.pop_front())
    }
}

fn key((user, known): &Row) -> i64 {
    known.as_ref().map_or(user.id, |known| known.number.unwrap_or(known.id))
}

fn key_of_left_out(row: &LeftOutRow) -> i64 {
    row.number.unwrap_or(row.id)
}

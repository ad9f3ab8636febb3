//! Queries on the audit log.

use chrono::NaiveDateTime;
use diesel::dsl::{IntoBoxed, Select};
use diesel::prelude::*;
use diesel::result::QueryResult;

use super::connection::{AnyConnection, MultiBackend, ask};
use super::schema::{audit_entries, audit_marks};

/// What is written of an entry: everything but its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = audit_entries)]
pub struct EntryValues {
    pub at: NaiveDateTime,
    pub event: String,
    pub dialect: String,
    pub actor_id: Option<i64>,
    pub actor_name: Option<String>,
    pub subject_id: Option<i64>,
    pub subject_name: Option<String>,
    pub address: Option<String>,
    pub outcome: String,
    pub detail: String,
    pub seal: Vec<u8>,
}

type ValueColumns = (
    audit_entries::at,
    audit_entries::event,
    audit_entries::dialect,
    audit_entries::actor_id,
    audit_entries::actor_name,
    audit_entries::subject_id,
    audit_entries::subject_name,
    audit_entries::address,
    audit_entries::outcome,
    audit_entries::detail,
    audit_entries::seal,
);
const VALUES: ValueColumns = (
    audit_entries::at,
    audit_entries::event,
    audit_entries::dialect,
    audit_entries::actor_id,
    audit_entries::actor_name,
    audit_entries::subject_id,
    audit_entries::subject_name,
    audit_entries::address,
    audit_entries::outcome,
    audit_entries::detail,
    audit_entries::seal,
);
type Columns = (audit_entries::id, ValueColumns, audit_entries::sequence, audit_entries::digest);
const COLUMNS: Columns = (audit_entries::id, VALUES, audit_entries::sequence, audit_entries::digest);

/// An entry, and its place in the chain once it has one.
#[derive(Debug, Clone, Queryable)]
pub struct EntryRow {
    pub id: i64,
    pub values: EntryValues,
    pub sequence: Option<i64>,
    pub digest: Option<Vec<u8>>,
}

/// An end of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = audit_marks)]
pub struct MarkRow {
    pub name: String,
    pub sequence: i64,
    pub digest: Vec<u8>,
    pub mac: Vec<u8>,
}

/// Which entries are asked for.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    pub since: Option<NaiveDateTime>,
    pub until: Option<NaiveDateTime>,
    pub event: Option<String>,
    pub dialect: Option<String>,
    pub address: Option<String>,
    /// Who did it, or to whom it was done.
    pub who: Option<Who>,
}

/// A user, by all that an entry may call it.
#[derive(Debug, Clone)]
pub struct Who {
    pub ids: Vec<i64>,
    pub name: String,
    /// What stands in `detail` where the name was nobody's.
    pub detail: String,
}

pub fn insert(conn: &mut AnyConnection, entry: &EntryValues) -> QueryResult<usize> {
    let query = diesel::insert_into(audit_entries::table).values(entry);
    ask!(conn, conn => query.execute(conn))
}

/// The oldest entries without a place in the chain: id, time and seal.
pub fn unchained(conn: &mut AnyConnection, limit: i64) -> QueryResult<Vec<(i64, NaiveDateTime, Vec<u8>)>> {
    audit_entries::table
        .filter(audit_entries::sequence.is_null())
        .order(audit_entries::id.asc())
        .limit(limit)
        .select((audit_entries::id, audit_entries::at, audit_entries::seal))
        .load(conn)
}

pub fn chain(conn: &mut AnyConnection, id: i64, sequence: i64, digest: &[u8]) -> QueryResult<usize> {
    let query = diesel::update(audit_entries::table.find(id))
        .set((audit_entries::sequence.eq(sequence), audit_entries::digest.eq(digest)));
    ask!(conn, conn => query.execute(conn))
}

pub fn mark(conn: &mut AnyConnection, name: &str) -> QueryResult<MarkRow> {
    let all = (audit_marks::name, audit_marks::sequence, audit_marks::digest, audit_marks::mac);
    audit_marks::table.find(name).select(all).get_result(conn)
}

pub fn set_mark(conn: &mut AnyConnection, mark: &MarkRow) -> QueryResult<usize> {
    diesel::update(audit_marks::table.find(&mark.name)).set(mark).execute(conn)
}

/// Chained entries above a sequence number, in the order of the chain.
pub fn after_sequence(conn: &mut AnyConnection, after: i64, limit: i64) -> QueryResult<Vec<EntryRow>> {
    audit_entries::table
        .filter(audit_entries::sequence.gt(after))
        .order(audit_entries::sequence.asc())
        .limit(limit)
        .select(COLUMNS)
        .load(conn)
}

/// Deletes what lies at or before a sequence number; the anchor must stand there already.
pub fn delete_through(conn: &mut AnyConnection, sequence: i64) -> QueryResult<usize> {
    diesel::delete(audit_entries::table.filter(audit_entries::sequence.le(sequence))).execute(conn)
}

/// The id from which on there are `count` selected entries; none where there are fewer.
pub fn start_of_newest(conn: &mut AnyConnection, selection: &Selection, count: i64) -> QueryResult<Option<i64>> {
    let newest = selected(selection).order(audit_entries::id.desc()).offset(count - 1).limit(1);
    newest.select(audit_entries::id).get_result(conn).optional()
}

/// Up to `limit` selected entries with ids above `after`, in the order in which they were written.
pub fn after_id(conn: &mut AnyConnection, selection: &Selection, after: i64, limit: i64) -> QueryResult<Vec<EntryRow>> {
    let query = selected(selection).filter(audit_entries::id.gt(after)).order(audit_entries::id.asc());
    query.limit(limit).load(conn)
}

pub fn count(conn: &mut AnyConnection, selection: &Selection) -> QueryResult<i64> {
    selected(selection).count().get_result(conn)
}

type Selected<'a> = IntoBoxed<'a, Select<audit_entries::table, Columns>, MultiBackend>;

fn selected(selection: &Selection) -> Selected<'_> {
    let mut query = audit_entries::table.select(COLUMNS).into_boxed();
    if let Some(since) = selection.since {
        query = query.filter(audit_entries::at.ge(since));
    }
    if let Some(until) = selection.until {
        query = query.filter(audit_entries::at.lt(until));
    }
    if let Some(event) = &selection.event {
        query = query.filter(audit_entries::event.eq(event));
    }
    if let Some(dialect) = &selection.dialect {
        query = query.filter(audit_entries::dialect.eq(dialect));
    }
    if let Some(address) = &selection.address {
        query = query.filter(audit_entries::address.eq(address));
    }
    if let Some(Who { ids, name, detail }) = &selection.who {
        let acted = audit_entries::actor_id.eq_any(ids).or(audit_entries::actor_name.eq(name));
        let suffered = audit_entries::subject_id.eq_any(ids).or(audit_entries::subject_name.eq(name));
        // NULL is no answer, and would make the whole of it none.
        let either = acted.or(suffered).or(audit_entries::detail.like(format!("%{detail}%")).nullable());
        query = query.filter(either);
    }
    query
}

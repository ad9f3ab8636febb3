//! Reading the audit log.

use std::collections::BTreeMap;
use std::net::IpAddr;

use chrono::{DateTime, Utc};
use futures_util::{Stream, stream};

use super::{Audit, Event, Person};
use crate::db;
use crate::db::audit::{EntryRow, Selection, Who};
use crate::rows::stored_time;
use crate::text::fold;
use crate::{Error, Result, UserId};

/// Entries in memory at a time.
const PORTION: usize = 1000;

/// Which entries are wanted; an empty filter wants all.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// From this moment on.
    pub since: Option<DateTime<Utc>>,
    /// Before this moment.
    pub until: Option<DateTime<Utc>>,
    /// Only this event.
    pub event: Option<Event>,
    /// Only what came in by this dialect; `shell` for commands, `gateway` for what the log tells of itself.
    pub dialect: Option<String>,
    /// Only what came from this address.
    pub address: Option<IpAddr>,
    /// Only what this user did or suffered: a name as it was at the time, and users that have it now.
    pub who: Option<(String, Vec<UserId>)>,
    /// Only the newest so many of what the rest lets through.
    pub newest: Option<u32>,
}

/// An entry of the log. Events and outcomes are text, because an older or a younger version may have written them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the chain, counted from 1; it gets one within a second or so.
    pub sequence: Option<i64>,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// What happened; see [`Event`].
    pub event: String,
    /// Through which dialect.
    pub dialect: String,
    /// Who did it.
    pub actor: Option<Person>,
    /// To whom it was done.
    pub subject: Option<Person>,
    /// From which address.
    pub address: Option<String>,
    /// How it ended; see [`super::Outcome`].
    pub outcome: String,
    /// What more there is to say.
    pub detail: BTreeMap<String, String>,
    /// Over this entry and all before it; see ARCHITECTURE.md.
    pub digest: Option<Vec<u8>>,
}

impl Audit {
    /// The entries that the filter lets through, in the order in which they were written, portion by portion.
    pub fn list(&self, filter: AuditFilter) -> impl Stream<Item = Result<Vec<Entry>>> + use<> {
        let (database, selection) = (self.shared.database.clone(), self.selection(&filter));
        stream::try_unfold(Place::Start(filter.newest), move |place| {
            let (database, selection) = (database.clone(), selection.clone());
            async move {
                if let Place::End = place {
                    return Ok(None);
                }
                database.scan(move |conn| portion(conn, &selection, &place)).await.map(Some)
            }
        })
    }

    /// How many entries the filter lets through, but for [`AuditFilter::newest`].
    pub async fn count(&self, filter: &AuditFilter) -> Result<i64> {
        let selection = self.selection(filter);
        self.shared.database.scan(move |conn| Ok(db::audit::count(conn, &selection)?)).await
    }

    fn selection(&self, filter: &AuditFilter) -> Selection {
        let who = filter.who.clone().map(|(name, ids)| Who {
            ids: ids.into_iter().map(|UserId(id)| id).collect(),
            detail: format!("\"name\":\"{}\"", self.shared.seals.name(&fold(&name))),
            name,
        });
        Selection {
            since: filter.since.map(stored_time),
            until: filter.until.map(stored_time),
            event: filter.event.map(|event| event.name().to_owned()),
            dialect: filter.dialect.clone(),
            address: filter.address.map(|address| address.to_canonical().to_string()),
            who,
        }
    }
}

/// How far a reader is.
#[derive(Clone, Copy)]
enum Place {
    Start(Option<u32>),
    After(i64),
    End,
}

fn portion(
    conn: &mut db::connection::AnyConnection,
    selection: &Selection,
    place: &Place,
) -> Result<(Vec<Entry>, Place)> {
    let after = match *place {
        Place::Start(None) => i64::MIN,
        Place::Start(Some(0)) | Place::End => return Ok((Vec::new(), Place::End)),
        Place::Start(Some(newest)) => {
            db::audit::start_of_newest(conn, selection, newest.into())?.map_or(i64::MIN, |id| id - 1)
        }
        Place::After(id) => id,
    };
    let rows = db::audit::after_id(conn, selection, after, PORTION as i64)?;
    let next =
        if rows.len() < PORTION { Place::End } else { rows.last().map_or(Place::End, |row| Place::After(row.id)) };
    Ok((rows.into_iter().map(Entry::try_from).collect::<Result<_>>()?, next))
}

impl TryFrom<EntryRow> for Entry {
    type Error = Error;

    fn try_from(row: EntryRow) -> Result<Self> {
        let values = row.values;
        let person = |id: Option<i64>, name: Option<String>| id.zip(name).map(|(id, name)| Person { id, name });
        Ok(Self {
            sequence: row.sequence,
            time: values.at.and_utc(),
            event: values.event,
            dialect: values.dialect,
            actor: person(values.actor_id, values.actor_name),
            subject: person(values.subject_id, values.subject_name),
            address: values.address,
            outcome: values.outcome,
            detail: serde_json::from_str(&values.detail).map_err(Error::storage)?,
            digest: row.digest,
        })
    }
}

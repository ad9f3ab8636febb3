//! Users whom an old server could not tell from those whose records an import left out.

use std::collections::HashSet;

use diesel::result::QueryResult;

use crate::db::connection::AnyConnection;
use crate::db::departures::Row;
use crate::db::left_out::{self, Key, LeftOutRow};
use crate::text::fold;
use crate::user::{Realm, User};
use crate::{Error, Result};

/// As whom a stranger would go to the old server.
struct Stranger {
    id: i64,
    names: Vec<String>,
    keys: [String; 2],
}

impl Stranger {
    fn of((row, _): &Row, realm: Realm) -> Result<Self> {
        let user = User::of_row(row.clone(), realm)?;
        let names = [&user.username, &user.email].into_iter().flatten().map(|name| fold(name)).collect();
        let uuid = user.uuid.to_string();
        Ok(Self { id: row.id, names, keys: [Key::Number(user.number).stored(), Key::Uuid(&uuid).stored()] })
    }

    fn is(&self, record: &LeftOutRow) -> bool {
        let called = |name: &Option<String>| name.as_ref().is_some_and(|name| self.names.contains(name));
        called(&record.username) || called(&record.email) || self.keys.contains(&record.key)
    }
}

/// Those of these users who are called as somebody is whose record was left out, or have its id.
pub(super) fn doubles(conn: &mut AnyConnection, realm: Realm, rows: &[&Row]) -> Result<HashSet<i64>> {
    let strangers = rows.iter().map(|row| Stranger::of(row, realm)).collect::<Result<Vec<_>>>()?;
    let records = alike(conn, realm, &strangers).map_err(Error::from)?;
    let doubles = strangers.iter().filter(|stranger| records.iter().any(|record| stranger.is(record)));
    Ok(doubles.map(|stranger| stranger.id).collect())
}

fn alike(conn: &mut AnyConnection, realm: Realm, strangers: &[Stranger]) -> QueryResult<Vec<LeftOutRow>> {
    let names: Vec<String> = strangers.iter().flat_map(|stranger| stranger.names.iter().cloned()).collect();
    let keys: Vec<String> = strangers.iter().flat_map(|stranger| stranger.keys.iter().cloned()).collect();
    let mut found = left_out::alike(conn, realm, &names, &keys)?;
    let came_in = left_out::came_in(conn, realm, &found)?;
    found.retain(|record| record.record.is_some() && !came_in.contains(&record.key));
    Ok(found)
}

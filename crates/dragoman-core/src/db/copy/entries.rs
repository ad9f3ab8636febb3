//! Audit entries. The database takes an entry only without a place in the chain and gives it one later, and that
//! is how a copy comes in, too: no trigger is switched off. What vouches for the places is the chain itself.

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Binary};

use super::pour;
use super::tables::{audit_entries as entries, each_portion};
use crate::db;
use crate::db::connection::AnyConnection;
use crate::db::schema::audit_entries;

pub fn copy(source: &mut AnyConnection, target: &mut AnyConnection, watch: &mut dyn FnMut(usize)) -> QueryResult<()> {
    each_portion!(source, audit_entries::table.order(audit_entries::id) => entries::Row, |mut rows| {
        watch(rows.len());
        let places = places(&mut rows);
        entries::insert(target, &rows)?;
        give(target, &places)
    })
}

/// Id, sequence number, digest.
type Place = (i64, i64, Vec<u8>);

/// Takes the places out of the entries.
fn places(rows: &mut [entries::Row]) -> Vec<Place> {
    let place = |row: &mut entries::Row| Some((row.id, row.sequence.take()?, row.digest.take()?));
    rows.iter_mut().filter_map(place).collect()
}

fn give(conn: &mut AnyConnection, places: &[Place]) -> QueryResult<()> {
    if let AnyConnection::Postgres(conn) = conn {
        // One by one it would be a round trip for each entry.
        let all = "UPDATE audit_entries SET sequence = place.sequence, digest = place.digest \
                   FROM unnest($1, $2, $3) AS place (id, sequence, digest) WHERE audit_entries.id = place.id";
        return diesel::sql_query(all)
            .bind::<Array<BigInt>, _>(places.iter().map(|(id, _, _)| *id).collect::<Vec<_>>())
            .bind::<Array<BigInt>, _>(places.iter().map(|(_, sequence, _)| *sequence).collect::<Vec<_>>())
            .bind::<Array<Binary>, _>(places.iter().map(|(_, _, digest)| digest.as_slice()).collect::<Vec<_>>())
            .execute(conn)
            .map(drop);
    }
    places.iter().try_for_each(|(id, sequence, digest)| db::audit::chain(conn, *id, *sequence, digest).map(drop))
}

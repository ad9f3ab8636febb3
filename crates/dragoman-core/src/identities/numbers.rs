//! Which numbers and UUIDs have been given to whom, so that none is ever given to two people in one realm.

use uuid::Uuid;

use crate::Result;
use crate::db::connection::AnyConnection;
use crate::db::{self, numbers};
use crate::user::{Realm, UserId};

/// The numbers of old servers end here, and the gateway's own ones go on from here once users have come from one:
/// above those of any old server, and within what clients that count in 32 bits can read.
pub(crate) const LAST_OF_OLD_SERVERS: i64 = 1_000_000_000;

/// The last number that was given to a user before the first import.
const OWN: &str = "own";

/// Whose a number or a UUID is in a realm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    /// Nobody's, and never was.
    Nobody,
    /// This user's.
    User(UserId),
    /// That of somebody who is deleted.
    Deleted,
    /// None that an old server may bring.
    Beyond,
}

/// Notes which numbers the gateway has given, and has it go on above those of any old server. Once it is done it
/// does nothing. Belongs into a transaction.
pub(crate) fn begin_imports(conn: &mut AnyConnection) -> Result<()> {
    if numbers::mark(conn, OWN)?.is_none() {
        numbers::keep_users_from_coming(conn)?;
        // Another import may have done it while this one waited.
        if numbers::mark(conn, OWN)?.is_none() {
            let own = numbers::last_given(conn)?;
            numbers::set_mark(conn, OWN, own)?;
            numbers::go_on_after(conn, own.max(LAST_OF_OLD_SERVERS))?;
        }
    }
    Ok(())
}

/// The last number that was given to a user before the first import: until now, where there was none.
pub(crate) fn last_own(conn: &mut AnyConnection) -> Result<i64> {
    Ok(match numbers::mark(conn, OWN)? {
        Some(own) => own,
        None => numbers::last_given(conn)?,
    })
}

/// Whose this number is in the realm, for an old server that brings it.
pub(crate) fn holder_of_number(conn: &mut AnyConnection, realm: Realm, number: i64) -> Result<Holder> {
    if let Some(owner) = db::identities::owner_of_number(conn, realm, number)? {
        return Ok(owner.into());
    }
    if !(1..=LAST_OF_OLD_SERVERS).contains(&number) {
        return Ok(Holder::Beyond);
    }
    if let Some(row) = db::users::by_id(conn, number)? {
        // Who has another number in this realm has set the common one free there.
        let number = row.identity(realm)?.number;
        return Ok(number.map_or(Holder::User(UserId(row.id)), |_| Holder::Nobody));
    }
    Ok(if number <= last_own(conn)? { Holder::Deleted } else { Holder::Nobody })
}

/// Whose this UUID is in the realm, for an old server that brings it. The common UUIDs of the deleted are not kept:
/// they are random.
pub(crate) fn holder_of_uuid(conn: &mut AnyConnection, realm: Realm, uuid: Uuid) -> Result<Holder> {
    let uuid = uuid.to_string();
    if let Some(owner) = db::identities::owner_of_uuid(conn, realm, &uuid)? {
        return Ok(owner.into());
    }
    let Some(row) = db::users::by_common_uuid(conn, &uuid)? else { return Ok(Holder::Nobody) };
    let uuid = row.identity(realm)?.uuid()?;
    Ok(uuid.map_or(Holder::User(UserId(row.id)), |_| Holder::Nobody))
}

impl From<Option<i64>> for Holder {
    fn from(owner: Option<i64>) -> Self {
        owner.map_or(Self::Deleted, |id| Self::User(UserId(id)))
    }
}

//! Where a guess stands: what the database says of its counters, and whether it may be checked.

use chrono::{DateTime, Utc};

use super::quota::Quota;
use super::{FAMILIAR, Key, Keys};
use crate::Result;
use crate::db::connection::AnyConnection;
use crate::db::guesses::{self as queries, Counter};

/// What the database says of a guess's counters.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) pair: Option<Counter>,
    pub(super) network: Option<Counter>,
    pub(super) account: Option<Counter>,
    /// Whether the account signed in from this network before. Not looked up where nothing depends on it.
    pub(super) familiar: bool,
}

impl Standing {
    pub(super) fn read(conn: &mut AnyConnection, keys: &Keys, now: DateTime<Utc>) -> Result<Self> {
        let rows = queries::counters(conn, &keys.counters())?;
        let of = |key: Key| rows.iter().find(|(stored, _)| *stored == key).map(|(_, counter)| *counter);
        let account = of(keys.account);
        let since = now - FAMILIAR;
        let familiar = account.is_some() && queries::is_familiar(conn, &keys.account, &keys.network, since)?;
        Ok(Self { pair: of(keys.pair), network: of(keys.network), account, familiar })
    }
}

/// Refuses with the seconds to wait, while a delay runs or where `has_room` says no of the free failures that are left.
pub(super) fn judge(
    quota: &Quota,
    counter: Option<Counter>,
    now: DateTime<Utc>,
    has_room: impl FnOnce(usize) -> bool,
) -> Result<(), u64> {
    let counter = counter.unwrap_or_default();
    match seconds_until(counter, now) {
        0 => {}
        seconds => return Err(seconds),
    }
    let left = quota.free.saturating_sub(quota.failures(counter, now));
    // Those who are being served now will have been in a second, more or less.
    if has_room(usize::try_from(left).unwrap_or(usize::MAX)) { Ok(()) } else { Err(1) }
}

pub(super) fn seconds_until(counter: Counter, now: DateTime<Utc>) -> u64 {
    let left = counter.until_ms.saturating_sub(now.timestamp_millis()).max(0);
    left.unsigned_abs().div_ceil(1000)
}

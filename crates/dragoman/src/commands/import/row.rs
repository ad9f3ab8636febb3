//! A user out of a row.

use dragoman_core::hashes::store_as;
use dragoman_core::{Incoming, Place};
use dragoman_tables::Row;
use secrecy::ExposeSecret as _;

use crate::moving::{Arrived, ColumnMap};

/// What a row brings.
pub(super) fn incoming(row: Row, map: &ColumnMap, scheme: Option<&str>, place: Place) -> Incoming {
    match map.arrive(row) {
        Ok(Arrived { mut arrival, password, warnings }) => {
            if let (Some(scheme), Some(hash)) = (scheme, &arrival.password_hash) {
                // What says itself that it is of another kind is of that kind.
                if let Ok(named) = store_as(scheme, hash.expose_secret()) {
                    arrival.password_hash = Some(named.into());
                }
            }
            Incoming { place, arrival: Ok(arrival), password, passed_over: warnings }
        }
        Err(what) => unreadable(place, what),
    }
}

pub(super) const fn unreadable(place: Place, what: String) -> Incoming {
    Incoming { place, arrival: Err(what), password: None, passed_over: Vec::new() }
}

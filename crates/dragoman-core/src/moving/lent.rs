//! What a link gives a user that had none of it, and what goes again when the link is taken back.

use std::collections::{BTreeMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::Arrival;
use crate::db::connection::AnyConnection;
use crate::db::{self, imports, undo};
use crate::{Error, Result};

/// Addresses and a program's secret that came with a link.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Lent {
    /// By chain.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    addresses: BTreeMap<String, String>,
    /// The secret's digest, in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

impl Lent {
    /// Gives the user the arrival's addresses on chains where it has none, and its program's secret if it may bring it.
    pub(crate) fn give(conn: &mut AnyConnection, user_id: i64, arrival: &Arrival, may_sign_in: bool) -> Result<Self> {
        let own: HashSet<String> = db::users::addresses(conn, user_id)?.into_iter().map(|(chain, _)| chain).collect();
        let mut lent = Self::default();
        for (chain, address) in arrival.addresses.iter().filter(|(chain, _)| !own.contains(*chain)) {
            db::users::insert_address(conn, user_id, chain, address)?;
            lent.addresses.insert(chain.clone(), address.clone());
        }
        if let Some(digest) = arrival.secret_digest.as_ref().filter(|_| may_sign_in)
            && imports::lend_secret(conn, user_id, digest)? > 0
        {
            lent.secret = Some(STANDARD.encode(digest));
        }
        Ok(lent)
    }

    /// Takes from the user what it still has of it.
    pub(crate) fn take_back(self, conn: &mut AnyConnection, user_id: i64) -> Result<()> {
        for (chain, address) in &self.addresses {
            undo::take_address(conn, user_id, chain, address)?;
        }
        if let Some(secret) = self.secret {
            undo::take_secret(conn, user_id, &STANDARD.decode(secret).map_err(Error::storage)?)?;
        }
        Ok(())
    }

    pub(crate) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

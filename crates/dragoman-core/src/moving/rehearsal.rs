//! An import that writes nothing: everything is decided as it would be, over a scratch file.

use std::sync::{Arc, Mutex, PoisonError};

use super::batch::{Batch, Incoming};
use super::findings::Findings;
use super::ledger::{Books, Ledger};
use super::policies::Policies;
use super::scratch::Scratch;
use crate::db::Database;
use crate::db::connection::AnyConnection;
use crate::identities::numbers::last_own;
use crate::{Realm, Result};

/// A rehearsal of one or more imports, one after the other.
pub struct Rehearsal {
    database: Database,
    realm: Realm,
    policies: Policies,
    scratch: Arc<Mutex<Scratch>>,
    findings: Findings,
}

impl Rehearsal {
    pub(crate) fn new(database: Database, realm: Realm, policies: Policies) -> Result<Self> {
        let scratch = Arc::new(Mutex::new(Scratch::new()?));
        Ok(Self { database, realm, policies, scratch, findings: Findings::default() })
    }

    /// Decides about the next records.
    pub async fn add(&mut self, incoming: Vec<Incoming>) -> Result<()> {
        let batch = Arc::new(Batch::new(incoming));
        let (given, scratch) = (Arc::clone(&batch), Arc::clone(&self.scratch));
        let (realm, policies) = (self.realm.name(), self.policies);
        let decide = move |conn: &mut AnyConnection| {
            let mut scratch = scratch.lock().unwrap_or_else(PoisonError::into_inner);
            let own = last_own(conn)?;
            let made_up = scratch.made_up;
            let mut books = Books { database: conn, scratch: Some(&mut scratch.connection) };
            let mut ledger = Ledger::open(&mut books, realm, own, made_up, given.keys())?;
            let decided = given.decide(&mut books, &mut ledger, &policies)?;
            let plans: Vec<_> = given.planned(&decided).map(|(_, keys, plan)| (keys, plan)).collect();
            scratch.keep(realm, &plans)?;
            scratch.made_up = ledger.made_up();
            Ok(decided)
        };
        let decided = self.database.scan(decide).await?;
        batch.tell(&decided, &mut self.findings);
        Ok(())
    }

    /// What was found so far.
    #[must_use]
    pub const fn findings(&self) -> &Findings {
        &self.findings
    }
}

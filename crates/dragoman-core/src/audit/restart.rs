//! A chain that cannot go on with our key, and how one begins anew.

use super::chain::{ANCHOR, HEAD, LOCK, chain_on};
use super::{Audit, Detail, Event};
use crate::db::connection::AnyConnection;
use crate::db::{self, credentials};
use crate::{Error, Result};

impl Audit {
    /// Refuses to go on where the log was chained with the secret of another key file: whatever is written then would
    /// look made up to whoever has that file.
    ///
    /// # Errors
    /// `Storage`, which says so.
    pub async fn ensure_ours(&self) -> Result<()> {
        let head = self.shared.database.read(|conn| Ok(db::audit::mark(conn, HEAD)?)).await?;
        if self.shared.seals.is_ours(&head) { Ok(()) } else { Err(foreign()) }
    }

    /// Has the chain begin anew, with our key, behind what there is: from now on nothing vouches for that. The first
    /// new entry tells of it. Returns the number of the last entry before.
    pub async fn restart(&self) -> Result<i64> {
        let audit = self.clone();
        self.shared.database.write(move |conn| audit.restart_in(conn)).await
    }

    fn restart_in(&self, conn: &mut AnyConnection) -> Result<i64> {
        credentials::lock(conn, LOCK)?;
        let seals = &self.shared.seals;
        let mut head = db::audit::mark(conn, HEAD)?;
        loop {
            let (entries, next) = chain_on(conn, seals, head)?;
            head = next;
            if entries == 0 {
                break;
            }
        }
        let (sequence, digest) = (head.sequence, head.digest);
        db::audit::set_mark(conn, &seals.mark(ANCHOR, sequence, digest.clone()))?;
        db::audit::set_mark(conn, &seals.mark(HEAD, sequence, digest))?;
        self.tell_of_the_log(conn, Event::LogRestarted, Detail::from([("after", sequence.to_string())]))?;
        Ok(sequence)
    }
}

pub(super) fn foreign() -> Error {
    Error::storage(
        "the audit log was chained with the secret of another key file: bring that file back (keys.file), \
         or begin the log anew with `dragoman audit restart`",
    )
}

//! Where an import looks things up.

use std::collections::HashMap;

use crate::Result;
use crate::db::connection::AnyConnection;
use crate::db::imports;
use crate::moving::record::RecordDigest;
use crate::moving::scratch;

/// So many records are in memory at once, each of which may be long.
const RECORDS: usize = 50;

/// Where is looked: in the database, and before it in the scratch file of a rehearsal.
pub(crate) struct Books<'a> {
    pub(crate) database: &'a mut AnyConnection,
    pub(crate) scratch: Option<&'a mut AnyConnection>,
}

impl Books<'_> {
    pub(super) fn ask<T>(
        &mut self,
        query: impl Fn(&mut AnyConnection) -> diesel::result::QueryResult<Vec<T>>,
    ) -> Result<Vec<T>> {
        // What the scratch file says of a name comes first: it is what became of it.
        let mut rows = self.scratch.as_mut().map_or_else(|| Ok(Vec::new()), |scratch| query(scratch))?;
        rows.extend(query(self.database)?);
        Ok(rows)
    }

    /// By what the records of these users are compared with which they came into the realm.
    pub(super) fn records(&mut self, realm: &str, users: &[i64]) -> Result<HashMap<i64, RecordDigest>> {
        let mut digests = HashMap::new();
        for some in users.chunks(RECORDS) {
            let records = imports::records(self.database, realm, some)?.into_iter();
            digests.extend(records.filter_map(|(user, record)| Some((user, RecordDigest::of(&record)?))));
            if let Some(scratch) = &mut self.scratch {
                digests.extend(scratch::records(scratch, some)?);
            }
        }
        Ok(digests)
    }
}

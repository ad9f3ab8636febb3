//! Where an import looks things up.

use crate::Result;
use crate::db::connection::AnyConnection;

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
}

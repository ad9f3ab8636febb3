//! What is learned of a client while its request is served.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Audit, Draft, Person};

/// One request, as the audit log sees it.
#[derive(Default)]
pub(crate) struct Visit {
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    actor: Option<Person>,
    /// Right credentials, which have not opened a session yet.
    accepted: Option<(Audit, Draft)>,
}

impl Visit {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who it is that asks, once it has proved it.
    pub(crate) fn actor(&self) -> Option<Person> {
        self.seen().actor.clone()
    }

    pub(crate) fn comes_from(&self, actor: Person) {
        self.seen().actor = Some(actor);
    }

    pub(super) fn accepted(&self, audit: Audit, draft: Draft) {
        self.seen().accepted = Some((audit, draft));
    }

    pub(super) fn session_is_open(&self) {
        self.seen().accepted = None;
    }
}

/// At the end of the request, also of one whose client went away.
impl Drop for Visit {
    fn drop(&mut self) {
        let accepted = self.seen().accepted.take();
        if let Some((audit, draft)) = accepted {
            audit.keep_in_mind(draft);
        }
    }
}

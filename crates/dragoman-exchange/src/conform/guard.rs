//! Keeps a run from touching anybody who was there before it.

use percent_encoding::percent_decode_str;

use super::roster::Roster;
use crate::Cleanup;
use crate::cleanup::segments;
use crate::client::Request;
use crate::exchange::Message;

pub(crate) struct Guard<'a> {
    cleanup: &'a Cleanup,
    /// Who was there before, where that is known.
    before: Option<&'a Roster>,
    depth: usize,
}

impl<'a> Guard<'a> {
    pub(crate) fn new(cleanup: &'a Cleanup, before: Option<&'a Roster>) -> Self {
        Self { cleanup, before, depth: cleanup.depth() }
    }

    /// Why the request is not sent, if it is not. Only a faulty server would do harm here; but whether this one is
    /// faulty is what the run wants to know.
    pub(crate) fn objection(&self, message: &Message, request: &Request) -> Option<String> {
        if self.cleanup.leaves_users_alone(message) {
            return None;
        }
        if message.is_about_the_administrator() {
            return Some("could change the administrator".to_owned());
        }
        match self.before {
            Some(before) => {
                let whom = segments(&request.target).nth(self.depth)?;
                let whom = percent_decode_str(whom).decode_utf8_lossy();
                before.knows(&whom).then(|| format!("could change the user {whom:?}, who was there before"))
            }
            None => {
                let written = message.target.to_string();
                let whom =
                    segments(&written).nth(self.depth).filter(|whom| !whom.is_empty() && !whom.contains("{{"))?;
                Some(format!("could change the user {whom:?}, who may have been there before"))
            }
        }
    }
}

//! What the database says about an arrival.

use crate::moving::clash::Clash;
use crate::moving::keys::{Keys, Name};
use crate::moving::record::RecordDigest;
use crate::text::fold;

/// A user who is here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Holder {
    pub(crate) id: i64,
    pub(crate) username: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) admin: bool,
    pub(crate) enabled: bool,
    /// As which the arrival's own old server knew it, if it is from there.
    pub(crate) there: Option<There>,
    /// The record with which it came from there, if it came with one.
    pub(crate) record: Option<RecordDigest>,
}

/// Names that count in one dialect alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct There {
    pub(crate) username: Option<String>,
    pub(crate) email: Option<String>,
}

impl Holder {
    /// Its username as the arrival's old server knew it.
    pub(super) fn username_there(&self) -> Option<&str> {
        self.there.as_ref().and_then(|there| there.username.as_deref()).or(self.username.as_deref())
    }

    fn email_there(&self) -> Option<&str> {
        self.there.as_ref().and_then(|there| there.email.as_deref()).or(self.email.as_deref())
    }

    /// Whether it answers to a name of the arrival.
    pub(super) fn is_called_like(&self, arrival: &Keys) -> bool {
        let same = |own: Option<&str>, name: &Option<Name>| {
            own.zip(name.as_ref()).is_some_and(|(own, name)| fold(own) == name.folded)
        };
        same(self.username_there(), &arrival.username) || same(self.email_there(), &arrival.email)
    }

    /// Whether the arrival's old server knew it by this folded name.
    pub(crate) fn is_called_there(&self, folded: &str) -> bool {
        let own = [self.username_there(), self.email_there()];
        self.there.is_some() && own.into_iter().flatten().any(|own| fold(own) == folded)
    }

    /// Whether the old server knew it by this name in this very spelling.
    pub(crate) fn is_spelled_there(&self, name: &Name) -> bool {
        self.there.is_some() && self.username_there() == Some(name.given.as_str())
    }

    /// Whether its record is another now than when it came.
    pub(super) fn has_changed_there(&self, arrival: &Keys) -> bool {
        self.record.zip(arrival.record).is_some_and(|(before, now)| before != now)
    }

    /// In what the name differs from this user's, from which it cannot be told apart.
    pub(super) fn likeness(&self, name: &Name) -> Clash {
        let spellings = [self.username.as_deref(), self.username_there()];
        let by = |alike: &dyn Fn(&str) -> bool| spellings.into_iter().flatten().any(alike);
        if by(&|own| own == name.given) {
            Clash::SameName
        } else if by(&|own| own.to_lowercase() == name.given.to_lowercase()) {
            Clash::SameNameByCase
        } else {
            Clash::SameNameByForm
        }
    }

    pub(super) fn shown(&self) -> String {
        let name = self.username.as_deref().or(self.email.as_deref()).unwrap_or_default();
        match &self.email {
            Some(email) if email != name => format!("{name} <{email}>"),
            Some(_) | None => name.to_owned(),
        }
    }
}

/// Who has a name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Claim {
    /// Whoever has it everywhere, else whoever has it in one dialect.
    pub(crate) holder: Option<Holder>,
    /// Whether it is the holder's e-mail.
    pub(crate) as_email: bool,
    /// Whether somebody of the arrival's own old server has it.
    pub(crate) taken_there: bool,
    /// Whether it was somebody's of that old server who was deleted or renamed here.
    pub(crate) buried: bool,
}

/// Whose an id is in the arrival's dialect.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum IdState {
    #[default]
    Free,
    /// This gateway gave it: to this user, or to one who is gone.
    Given(Option<Holder>),
    /// It came from the old server: with this user, or with one who is gone.
    There(Option<Holder>),
}

/// What the database says about an arrival.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct View {
    /// Of the username.
    pub(crate) username: Claim,
    /// Of the e-mail.
    pub(crate) email: Claim,
    pub(crate) number: IdState,
    pub(crate) uuid: IdState,
    /// Whoever came from the same old server under the very same username, where the arrival has no id.
    pub(crate) namesake: Option<Holder>,
}

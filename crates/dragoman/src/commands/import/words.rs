//! The words for what can clash, and for what can be done about it.

use dragoman_core::{Action, Clash, Place};

use crate::commands::counted;

/// What it is.
pub(super) const fn title(clash: Clash) -> &'static str {
    match clash {
        Clash::SameEmail => "a user here has the e-mail: the same person?",
        Clash::SameEmailThere => "two users of this server have the same e-mail",
        Clash::SameName => "somebody else has the username",
        Clash::SameNameByCase => "somebody else has the username in other letters, upper or lower case",
        Clash::SameNameByForm => "somebody else has the username in another Unicode form",
        Clash::NameIsEmail => "the username is somebody else's e-mail, or the e-mail somebody else's username",
        Clash::SameId => "the id was given to somebody else here",
        Clash::IdTwice => "the id came from this server already, with somebody else",
        Clash::AlreadyHere => "came from this server before",
        Clash::ChangedThere => "came from this server before, and its record has changed there since",
        Clash::NoName => "neither username nor e-mail",
        Clash::TooLong => "a name is too long",
        Clash::Malformed => "a name has control characters, or none that anybody sees",
        Clash::BadId => "the id is not between 1 and 1,000,000,000",
        Clash::Unreadable => "the record cannot be read",
        Clash::InvalidEmail => "the e-mail is not of the form of one",
        Clash::UnknownHash => "the hash is of no known kind",
        Clash::CostlyHash => "the hash costs too much to verify",
        Clash::NoPassword => "there is no password",
        Clash::PassedOver => "something of it means nothing here",
        Clash::LinkToLess => "administers there, and is linked to a user who does not here",
        Clash::LinkToMore => "does not administer there, and is linked to a user who does here",
        Clash::LinkOfDisabled => "is switched off on one side, and linked",
    }
}

/// What there is to do about it, best first.
pub(super) const fn advice(clash: Clash) -> &'static str {
    match clash {
        Clash::SameEmail => {
            "link makes one person of both: right only where both servers confirmed e-mails. rename keeps them apart, \
             and the e-mail counts for each in its own dialect. skip leaves them out"
        }
        Clash::SameEmailThere => "rename (or link) keeps them apart. skip leaves the later one out",
        Clash::SameName | Clash::SameNameByCase | Clash::SameNameByForm => {
            "rename makes it NAME-DIALECT here; in its own dialect it keeps the old name. skip leaves it out"
        }
        Clash::NameIsEmail => "rename keeps it in its own dialect alone. skip leaves it out",
        Clash::SameId => {
            "move gives the one who has it here another in this dialect: right where no client of it has used this \
             gateway yet. skip leaves the newcomer out"
        }
        Clash::IdTwice => "mend the source, or skip: an id never means two people",
        Clash::AlreadyHere => "it is left as it is here",
        Clash::ChangedThere => "its record has changed since it came: not taken over",
        Clash::NoName | Clash::TooLong | Clash::Malformed | Clash::BadId | Clash::Unreadable => {
            "mend the source, or skip"
        }
        Clash::InvalidEmail => "it is kept as it is",
        Clash::UnknownHash | Clash::CostlyHash => {
            "say what it is with --hash-scheme; or import it without a password: the old server can still be asked \
             (mount.legacy), and the hash is kept for the way back. skip leaves it out"
        }
        Clash::NoPassword => "it cannot sign in before it is given one",
        Clash::PassedOver => "it stays in the record, for the way back",
        Clash::LinkToLess => "it will not administer here",
        Clash::LinkToMore | Clash::LinkOfDisabled => {
            "its own password does not come along: the user signs in with the one it has here"
        }
    }
}

/// What becomes of those concerned.
pub(super) const fn fate(action: Action) -> &'static str {
    match action {
        Action::Keep => "comes in",
        Action::Link => "is linked",
        Action::Rename => "is renamed",
        Action::KeepApart => "comes in, e-mail in its dialect alone",
        Action::Move => "comes in, the other gets a new id",
        Action::WithoutPassword => "without its password",
        Action::Skip => "stays out",
        Action::Refuse => "undecided",
    }
}

/// A number of records.
pub(super) fn records(count: u64) -> String {
    counted(count, "record", "records")
}

/// Which record of which file.
pub(super) fn place(place: &Place) -> String {
    format!("{}, record {}", place.source, place.record)
}

/// What it means where names, or e-mails, are taken from users who were here with them.
pub(super) fn taken(clash: Clash, taken: u64, dialect: &str) -> String {
    let what = if matches!(clash, Clash::SameEmail | Clash::SameEmailThere) { "e-mail" } else { "name" };
    let them = counted(taken, "of them takes", "of them take");
    format!(
        "{them} the {what} over in {dialect}: whoever was here with it keeps it everywhere else, and signs in to {dialect} \
         only where that dialect takes another name or e-mail of theirs"
    )
}

/// What to say where nobody is left, or comes, who administers.
pub(super) const NOBODY_ADMINISTERS: &str =
    "Nobody administers here: `dragoman user set NAME --admin true` makes somebody an administrator.";

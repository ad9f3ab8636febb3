//! What a person has decided about arrivals that clash with somebody.

use crate::named::named;

named! {
    /// What becomes of an arrival whose e-mail a user here has.
    #[derive(Default)]
    OnSameEmail {
        /// It is the same person: the arrival becomes one more identity of the user.
        Link = "link",
        /// It does not come in.
        Skip = "skip",
        /// It is somebody else: it comes in by itself, and has the e-mail in its own dialect alone.
        Rename = "rename",
        /// Nothing is written before a person has decided.
        #[default]
        Fail = "fail",
    }
}

named! {
    /// What becomes of an arrival whose name is another's username, or whose username is another's e-mail.
    #[derive(Default)]
    OnSameName {
        /// It gets another name, and keeps the old one in its own dialect.
        Rename = "rename",
        /// It does not come in.
        Skip = "skip",
        /// Nothing is written before a person has decided.
        #[default]
        Fail = "fail",
    }
}

named! {
    /// What becomes of an arrival whose integer id or UUID means somebody else in its dialect.
    #[derive(Default)]
    OnSameId {
        /// A user that was made here gets another id in this dialect: right where no client knows it by the present one.
        Move = "move",
        /// It does not come in.
        Skip = "skip",
        /// Nothing is written before a person has decided.
        #[default]
        Fail = "fail",
    }
}

named! {
    /// What becomes of an arrival whose hash nobody here can verify.
    #[derive(Default)]
    OnUnknownHash {
        /// It comes in without a password; its hash is kept with its record, for the way back.
        Import = "import",
        /// It does not come in.
        Skip = "skip",
        /// Nothing is written before a person has decided.
        #[default]
        Fail = "fail",
    }
}

named! {
    /// What becomes of what cannot be a user: without any name, unreadable, too long, or with an id out of range.
    #[derive(Default)]
    OnUnusable {
        /// It does not come in.
        Skip = "skip",
        /// Nothing is written before a person has decided.
        #[default]
        Fail = "fail",
    }
}

/// The decisions that a run was started with. What needs a person's decision is refused by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Policies {
    /// The e-mail is a user's.
    pub same_email: OnSameEmail,
    /// The name is a user's.
    pub same_name: OnSameName,
    /// The id is a user's.
    pub same_id: OnSameId,
    /// The hash is of no known kind, or costs too much.
    pub unknown_hash: OnUnknownHash,
    /// The record is no user.
    pub unusable: OnUnusable,
    /// A sign-in leaves the hashes as they are.
    pub keep_hashes: bool,
}

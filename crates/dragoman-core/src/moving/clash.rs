//! What there is to say about an arrival before it comes in.

use crate::named::named;

named! {
    /// What an arrival meets, or is itself, in the order in which it is told.
    Clash {
        /// A user that came from elsewhere, or was made here, has the e-mail.
        SameEmail = "same-email",
        /// Another user of the same old server has the e-mail.
        SameEmailThere = "same-email-there",
        /// Somebody has the username, in the same spelling.
        SameName = "same-name",
        /// Somebody has the username but for upper and lower case.
        SameNameByCase = "same-name-by-case",
        /// Somebody has the username but for the Unicode form of its characters.
        SameNameByForm = "same-name-by-form",
        /// The username is somebody's e-mail, or the e-mail somebody's username.
        NameIsEmail = "name-is-email",
        /// The integer id or the UUID was given to somebody else here.
        SameId = "same-id",
        /// The id came from the same old server already, with another user.
        IdTwice = "id-twice",
        /// It has neither a username nor an e-mail.
        NoName = "no-name",
        /// A name has more bytes than can be stored.
        TooLong = "too-long",
        /// A name has characters that cannot be stored, or none that anybody sees.
        Malformed = "malformed",
        /// The integer id is none that an old server could have given and a client can keep.
        BadId = "bad-id",
        /// The record could not be read.
        Unreadable = "unreadable",
        /// The hash is of no known kind.
        UnknownHash = "unknown-hash",
        /// To verify the hash would cost more than one sign-in may.
        CostlyHash = "costly-hash",
        /// It administers there, and the user that it is linked to does not here; nor will it.
        LinkToLess = "link-to-less",
        /// It does not administer there, and the user that it is linked to does here: its own password does not come along.
        LinkToMore = "link-to-more",
        /// It is switched off there or here, and linked: its own password does not come along.
        LinkOfDisabled = "link-of-disabled",
        /// The e-mail does not look like one.
        InvalidEmail = "invalid-email",
        /// There is no password.
        NoPassword = "no-password",
        /// Something of the record means nothing here, such as a role that nobody knows.
        PassedOver = "passed-over",
        /// It came from the same old server before.
        AlreadyHere = "already-here",
        /// It came from the same old server before, and its record has changed there since.
        ChangedThere = "changed-there",
    }
}

/// Who decides about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decider {
    /// A person, by this option.
    Option(&'static str),
    /// Nobody needs to.
    Nobody,
}

impl Clash {
    /// By which option of `dragoman import` a person decides.
    #[must_use]
    pub const fn decider(self) -> Decider {
        match self {
            Self::SameEmail | Self::SameEmailThere => Decider::Option("--on-same-email"),
            Self::SameName | Self::SameNameByCase | Self::SameNameByForm | Self::NameIsEmail => {
                Decider::Option("--on-same-name")
            }
            Self::SameId | Self::IdTwice => Decider::Option("--on-same-id"),
            Self::NoName | Self::TooLong | Self::Malformed | Self::BadId | Self::Unreadable => {
                Decider::Option("--on-unusable")
            }
            Self::UnknownHash | Self::CostlyHash => Decider::Option("--on-unknown-hash"),
            Self::AlreadyHere
            | Self::ChangedThere
            | Self::InvalidEmail
            | Self::NoPassword
            | Self::PassedOver
            | Self::LinkToLess
            | Self::LinkToMore
            | Self::LinkOfDisabled => Decider::Nobody,
        }
    }
}

named! {
    /// What becomes of an arrival because of a clash, or in spite of it.
    Action {
        /// It comes in as it is.
        Keep = "keep",
        /// It becomes one more identity of a user who is here.
        Link = "link",
        /// It comes in under another name, and keeps the old one in its own dialect.
        Rename = "rename",
        /// It comes in, and the e-mail counts in its own dialect alone.
        KeepApart = "keep-apart",
        /// It comes in with its id, and the user who had it gets another in this dialect.
        Move = "move",
        /// It comes in without a password.
        WithoutPassword = "without-password",
        /// It does not come in.
        Skip = "skip",
        /// Nobody has decided.
        Refuse = "refuse",
    }
}

/// One clash of one arrival.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) clash: Clash,
    pub(crate) action: Action,
    /// The user that it clashes with, or what else is to be said of it.
    pub(crate) with: String,
    /// Whether the name means the arrival in its dialect from now on, and no more whoever was here with it.
    pub(crate) takes_name: bool,
}

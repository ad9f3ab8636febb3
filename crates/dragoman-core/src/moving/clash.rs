//! What there is to say about an arrival before it comes in.

/// What an arrival meets, or is itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Clash {
    /// A user that came from elsewhere, or was made here, has the e-mail.
    SameEmail,
    /// Another user of the same old server has the e-mail.
    SameEmailThere,
    /// Somebody has the username, in the same spelling.
    SameName,
    /// Somebody has the username but for upper and lower case.
    SameNameByCase,
    /// Somebody has the username but for the Unicode form of its characters.
    SameNameByForm,
    /// The username is somebody's e-mail, or the e-mail somebody's username.
    NameIsEmail,
    /// The integer id or the UUID was given to somebody else here.
    SameId,
    /// The id came from the same old server already, with another user.
    IdTwice,
    /// It came from the same old server before.
    AlreadyHere,
    /// It has neither a username nor an e-mail.
    NoName,
    /// A name has more bytes than can be stored.
    TooLong,
    /// A name has characters that cannot be stored, or none that anybody sees.
    Malformed,
    /// The integer id is none that an old server could have given and a client can keep.
    BadId,
    /// The record could not be read.
    Unreadable,
    /// The e-mail does not look like one.
    InvalidEmail,
    /// The hash is of no known kind.
    UnknownHash,
    /// To verify the hash would cost more than one sign-in may.
    CostlyHash,
    /// There is no password.
    NoPassword,
    /// Something of the record means nothing here, such as a role that nobody knows.
    PassedOver,
    /// It administers there, and the user that it is linked to does not here; nor will it.
    LinkToLess,
    /// It does not administer there, and the user that it is linked to does here: its own password does not come along.
    LinkToMore,
    /// It is switched off there or here, and linked: its own password does not come along.
    LinkOfDisabled,
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
    /// All of them, in the order in which they are reported.
    pub const ALL: &[Self] = &[
        Self::SameEmail,
        Self::SameEmailThere,
        Self::SameName,
        Self::SameNameByCase,
        Self::SameNameByForm,
        Self::NameIsEmail,
        Self::SameId,
        Self::IdTwice,
        Self::NoName,
        Self::TooLong,
        Self::Malformed,
        Self::BadId,
        Self::Unreadable,
        Self::UnknownHash,
        Self::CostlyHash,
        Self::LinkToLess,
        Self::LinkToMore,
        Self::LinkOfDisabled,
        Self::InvalidEmail,
        Self::NoPassword,
        Self::PassedOver,
        Self::AlreadyHere,
    ];

    /// The word for it in scripts, for ever the same.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SameEmail => "same-email",
            Self::SameEmailThere => "same-email-there",
            Self::SameName => "same-name",
            Self::SameNameByCase => "same-name-by-case",
            Self::SameNameByForm => "same-name-by-form",
            Self::NameIsEmail => "name-is-email",
            Self::SameId => "same-id",
            Self::IdTwice => "id-twice",
            Self::AlreadyHere => "already-here",
            Self::NoName => "no-name",
            Self::TooLong => "too-long",
            Self::Malformed => "malformed",
            Self::BadId => "bad-id",
            Self::Unreadable => "unreadable",
            Self::InvalidEmail => "invalid-email",
            Self::UnknownHash => "unknown-hash",
            Self::CostlyHash => "costly-hash",
            Self::NoPassword => "no-password",
            Self::PassedOver => "passed-over",
            Self::LinkToLess => "link-to-less",
            Self::LinkToMore => "link-to-more",
            Self::LinkOfDisabled => "link-of-disabled",
        }
    }

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
            | Self::InvalidEmail
            | Self::NoPassword
            | Self::PassedOver
            | Self::LinkToLess
            | Self::LinkToMore
            | Self::LinkOfDisabled => Decider::Nobody,
        }
    }
}

/// What becomes of an arrival because of a clash, or in spite of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// It comes in as it is.
    Keep,
    /// It becomes one more identity of a user who is here.
    Link,
    /// It comes in under another name, and keeps the old one in its own dialect.
    Rename,
    /// It comes in, and the e-mail counts in its own dialect alone.
    KeepApart,
    /// It comes in with its id, and the user who had it gets another in this dialect.
    Move,
    /// It comes in without a password.
    WithoutPassword,
    /// It does not come in.
    Skip,
    /// Nobody has decided.
    Refuse,
}

impl Action {
    /// The word for it in scripts, for ever the same.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Link => "link",
            Self::Rename => "rename",
            Self::KeepApart => "keep-apart",
            Self::Move => "move",
            Self::WithoutPassword => "without-password",
            Self::Skip => "skip",
            Self::Refuse => "refuse",
        }
    }
}

/// One clash of one arrival.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) clash: Clash,
    pub(crate) action: Action,
    /// The user that it clashes with, or what else is to be said of it.
    pub(crate) with: String,
}

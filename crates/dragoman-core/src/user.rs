//! A person with an account, and what may be asked of one.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{Family, Password};

/// The name under which a dialect's ids, facts and tokens are kept apart from the others'.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Realm(&'static str);

impl Realm {
    /// A realm by its name: lower-case ASCII, for ever the same.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// No dialect's: who looks from here sees everybody under the ids and names that count wherever no realm has others.
    pub const COMMON: Self = Self("");

    /// The name, as it stands in the database and in tokens.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Realm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The core's own key of a user. It is shown to nobody: a dialect shows [`User::number`] or [`User::uuid`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(pub(crate) i64);

impl UserId {
    /// The key of a user that may be gone by now, as the audit log names it.
    #[must_use]
    pub const fn of_number(number: i64) -> Self {
        Self(number)
    }
}

/// A user as one realm sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The core's key, for further calls.
    pub id: UserId,
    /// The integer id in the realm that asked. Never reused.
    pub number: i64,
    /// The UUID in the realm that asked.
    pub uuid: Uuid,
    /// The name to sign in with, as it was given.
    pub username: Option<String>,
    /// The e-mail address, as it was given.
    pub email: Option<String>,
    /// The name for people; may be empty.
    pub name: String,
    /// What the user may do, now.
    pub roles: Roles,
    /// Whether the user may sign in.
    pub enabled: bool,
    /// Facts that only the realm that asked knows, by name.
    pub facts: Facts,
    /// When the account was made.
    pub created: DateTime<Utc>,
    /// When anything about it last changed.
    pub updated: DateTime<Utc>,
    /// Moves on when all sessions of the user end.
    pub(crate) session_epoch: i64,
}

impl User {
    /// Whether the user administers, in every dialect.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.roles.contains(Role::Admin)
    }
}

/// Facts of one realm about a user, by name.
pub type Facts = BTreeMap<String, String>;

/// What a user may be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Everything.
    Admin,
    /// What concerns the user itself.
    User,
}

impl Role {
    /// Every role, in the order in which they are shown.
    pub const ALL: [Self; 2] = [Self::Admin, Self::User];

    /// The stored name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "ADMIN",
            Self::User => "USER",
        }
    }

    /// The role with this stored name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// A set of roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Roles {
    admin: bool,
    user: bool,
}

impl Roles {
    /// What everybody gets: `USER` alone.
    pub const USER: Self = Self { admin: false, user: true };

    /// Whether the role is among them.
    #[must_use]
    pub const fn contains(self, role: Role) -> bool {
        match role {
            Role::Admin => self.admin,
            Role::User => self.user,
        }
    }

    /// The same roles with `ADMIN` put in or taken out.
    #[must_use]
    pub const fn with_admin(self, admin: bool) -> Self {
        Self { admin, ..self }
    }

    /// The roles in the order in which they are shown.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |&role| self.contains(role))
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        let none = Self { admin: false, user: false };
        roles.into_iter().fold(none, |set, role| match role {
            Role::Admin => Self { admin: true, ..set },
            Role::User => Self { user: true, ..set },
        })
    }
}

/// A user to be registered. Username or e-mail must be there; a user without a
/// username gets its e-mail as username.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The name to sign in with.
    pub username: Option<String>,
    /// The e-mail address; its form is the dialect's to judge (see [`crate::is_email`]).
    pub email: Option<String>,
    /// The name for people; may be empty.
    pub name: String,
    /// The password: 1 to 72 bytes without NUL.
    pub password: Password,
    /// What the user may do.
    pub roles: Roles,
    /// Facts that only the calling realm knows.
    pub facts: Facts,
    /// A secret for a program that acts as this user; only its digest is stored.
    pub client_secret: Option<Password>,
}

/// What to change about a user. `None` keeps what is stored.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// A new name to sign in with.
    pub username: Option<String>,
    /// A new e-mail address.
    pub email: Option<String>,
    /// A new name for people.
    pub name: Option<String>,
    /// A new set of roles.
    pub roles: Option<Roles>,
    /// Switch the account on or off; switching it off ends all its sessions.
    pub enabled: Option<bool>,
    /// A new password. It ends all sessions of the user but [`Changes::keep`].
    pub password: Option<Password>,
    /// Addresses to set, by chain; those on other chains stay.
    pub addresses: BTreeMap<String, String>,
    /// What the caller claims is the present password. Where it is given and wrong,
    /// nothing changes and the answer is [`crate::Error::BadCredentials`].
    pub current_password: Option<Password>,
    /// The session that makes the change and therefore outlives it.
    pub keep: Option<Family>,
}

/// What somebody signs in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// A username, or the e-mail of a user that has no username.
    Username(String),
    /// An e-mail, or the username of a user that has no e-mail.
    Email(String),
}

/// Which users to list; an empty filter lists all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Part of the username or of the name, without regard to case.
    pub term: Option<String>,
    /// Exactly this UUID.
    pub uuid: Option<Uuid>,
    /// Part of the name, without regard to case.
    pub name: Option<String>,
    /// Exactly this e-mail, without regard to case.
    pub email: Option<String>,
    /// Made at this moment or later.
    pub created_from: Option<DateTime<Utc>>,
    /// Made at this moment or earlier.
    pub created_until: Option<DateTime<Utc>>,
}

/// By what a page of users is sorted; ties go by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OrderBy {
    /// The integer id.
    #[default]
    Number,
    /// The UUID, as text.
    Uuid,
    /// The username, by code point.
    Username,
    /// The name, by code point.
    Name,
    /// The e-mail, by code point.
    Email,
    /// The roles, by their stored names.
    Roles,
    /// Disabled users first.
    Enabled,
}

/// One page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Page {
    /// By what the list is sorted.
    pub order_by: OrderBy,
    /// From the last to the first.
    pub descending: bool,
    /// How many users to pass over.
    pub offset: i64,
    /// How many users to give at the most.
    pub limit: i64,
}

//! What the columns of an old server's table of users mean.

use std::borrow::Cow;

/// What a column tells about a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// The integer id.
    Number,
    /// The UUID.
    Uuid,
    /// The name to sign in with.
    Username,
    /// The e-mail address.
    Email,
    /// The name for people.
    Name,
    /// The password's hash, as the old server verifies it.
    PasswordHash,
    /// The password itself. It is hashed on its way in, and no record keeps it.
    Password,
    /// The salt of the hash, where it stands in a column of its own.
    Salt,
    /// A program's secret, in the clear; only its digest is stored, and no record keeps it.
    ClientSecret,
    /// SHA-256 of a program's secret, in hexadecimal or base64.
    SecretDigest,
    /// Whether the user administers.
    Admin,
    /// The names of its roles.
    Roles,
    /// Whether the user may sign in.
    Enabled,
    /// When the account was made.
    Created,
    /// When it was last changed.
    Updated,
    /// A fact that only this realm knows, by its name there.
    Own(Cow<'static, str>),
    /// An object of facts that only this realm knows, by their names there.
    Facts,
    /// The address on this chain.
    Address(Cow<'static, str>),
    /// An object of addresses by chain.
    Addresses,
    /// Nothing that is used here; the column is kept for the way back.
    Kept,
}

/// How a column of an old server spells what it tells, where there is no record of the user to show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// As text; a list with commas.
    Text,
    /// As an integer: 1 and 0, seconds since 1970.
    Integer,
    /// `t` and `f`.
    Letter,
    /// `true` and `false`; RFC 3339.
    Word,
    /// `2018-01-23 13:20:23`, in UTC.
    SqlTime,
    /// `{ADMIN,USER}`.
    Array,
    /// As JSON.
    Json,
}

/// A column of an old server's table of users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it tells.
    pub fact: Fact,
    /// How it spells that.
    pub spelling: Spelling,
    /// What it has for a user of whom nothing else is known.
    pub absent: Option<&'static str>,
    /// Whether the table has nobody of whom it is not known, or two of whom it is the same.
    pub required: bool,
}

impl Column {
    /// A column that is null where nothing is known.
    #[must_use]
    pub const fn new(name: &'static str, fact: Fact, spelling: Spelling) -> Self {
        Self { name, fact, spelling, absent: None, required: false }
    }

    /// A column that has this where nothing is known.
    #[must_use]
    pub const fn or(name: &'static str, fact: Fact, spelling: Spelling, absent: &'static str) -> Self {
        Self { name, fact, spelling, absent: Some(absent), required: false }
    }

    /// A column that is `NOT NULL` and `UNIQUE`.
    #[must_use]
    pub const fn required(name: &'static str, fact: Fact, spelling: Spelling) -> Self {
        Self { name, fact, spelling, absent: None, required: true }
    }
}

/// The table of users of an old server, as its dump has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginTable {
    /// The name of the table.
    pub name: &'static str,
    /// Its columns in their order.
    pub columns: &'static [Column],
    /// Names that other versions of it have, or that people give its columns.
    pub also: &'static [(&'static str, Fact)],
    /// How the hashes begin that the server verifies.
    pub verifies: &'static str,
    /// A hash that the server reads, and that no password has.
    pub no_password: &'static str,
}

/// How bcrypt begins, by which library made it. They differ in no hash of a password that bcrypt reads to its end.
const BCRYPT: [&str; 3] = ["$2a$", "$2b$", "$2y$"];

impl OriginTable {
    /// A hash that is stored here, in the spelling in which this server verifies it; none where it does not.
    #[must_use]
    pub fn respelled(&self, stored: &str) -> Option<String> {
        let rest = match BCRYPT.contains(&self.verifies) {
            true => BCRYPT.iter().find_map(|prefix| stored.strip_prefix(prefix)),
            false => stored.strip_prefix(self.verifies),
        };
        rest.map(|rest| format!("{}{rest}", self.verifies))
    }
}

#[cfg(test)]
mod tests {
    use super::OriginTable;

    #[test]
    fn a_bcrypt_hash_is_spelled_as_the_server_does_and_nothing_else_is_taken_for_one() {
        let table = |verifies| OriginTable { name: "users", columns: &[], also: &[], verifies, no_password: "" };
        assert_eq!(table("$2y$").respelled("$2b$12$rest").as_deref(), Some("$2y$12$rest"));
        assert_eq!(table("$2a$").respelled("$2a$12$rest").as_deref(), Some("$2a$12$rest"));
        assert_eq!(table("$2a$").respelled("$5$salt$rest"), None);
        assert_eq!(table("$5$").respelled("$5$salt$rest").as_deref(), Some("$5$salt$rest"));
        assert_eq!(table("$5$").respelled("$2b$12$rest"), None);
    }
}

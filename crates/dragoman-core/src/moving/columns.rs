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
    /// The salt of the hash, where it stands in a column of its own.
    Salt,
    /// A program's secret, in the clear; only its digest is stored.
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
    /// The address on this chain.
    Address(Cow<'static, str>),
    /// Nothing that is used here; the column is kept for the way back.
    Kept,
}

/// The table of users of an old server, as its dump has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginTable {
    /// The name of the table.
    pub name: &'static str,
    /// Its columns in their order, each with what it tells.
    pub columns: &'static [(&'static str, Fact)],
}

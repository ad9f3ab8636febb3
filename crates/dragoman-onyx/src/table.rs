//! The original's table, for moving in and back.

use std::borrow::Cow;

use dragoman_core::{Column, Fact, OriginTable, Spelling};

/// The original's table of users, by SQLAlchemy; passwords are passlib's sha256-crypt.
pub const ORIGIN: OriginTable = OriginTable {
    name: "users",
    columns: &[
        Column::new("id", Fact::Number, Spelling::Integer),
        Column::new("admin", Fact::Admin, Spelling::Integer),
        Column::new("username", Fact::Username, Spelling::Text),
        Column::or("color", Fact::Own(Cow::Borrowed("color")), Spelling::Text, "indigo darken-1"),
        Column::or("background_color", Fact::Own(Cow::Borrowed("background_color")), Spelling::Text, "#efefef"),
        Column::new("password", Fact::PasswordHash, Spelling::Text),
        Column::new("email", Fact::Email, Spelling::Text),
        Column::or("tutorial", Fact::Own(Cow::Borrowed("tutorial")), Spelling::Integer, "0"),
    ],
    also: &[("password_hash", Fact::PasswordHash)],
    verifies: "$5$",
    no_password: "$5$rounds=535000$................$...........................................",
};

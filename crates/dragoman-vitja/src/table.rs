//! The original's table, for moving in and back.

use dragoman_core::{Column, Fact, OriginTable, Spelling};

/// The original's table of users, by xorm; passwords are bcrypt of Go, `$2a$14$`.
pub const ORIGIN: OriginTable = OriginTable {
    name: "users",
    columns: &[
        Column::new("id", Fact::Number, Spelling::Integer),
        Column::or("name", Fact::Name, Spelling::Text, ""),
        Column::new("username", Fact::Username, Spelling::Text),
        Column::or("password", Fact::PasswordHash, Spelling::Text, ""),
        Column::or("email", Fact::Email, Spelling::Text, ""),
        Column::new("is_admin", Fact::Admin, Spelling::Integer),
        Column::new("created", Fact::Created, Spelling::Integer),
        Column::new("updated", Fact::Updated, Spelling::Integer),
    ],
    also: &[("isAdmin", Fact::Admin), ("password_hash", Fact::PasswordHash)],
    verifies: "$2a$",
    no_password: "$2a$10$.....................................................",
};

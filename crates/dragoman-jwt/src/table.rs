//! The original's table, for moving in and back.

use dragoman_core::{Column, Fact, OriginTable, Spelling};

/// The original's table of users, in PostgreSQL; passwords are bcrypt of Go, `$2a$10$`.
pub const ORIGIN: OriginTable = OriginTable {
    name: "users",
    columns: &[
        Column::new("user_id", Fact::Uuid, Spelling::Text),
        Column::or("name", Fact::Name, Spelling::Text, ""),
        Column::required("email", Fact::Email, Spelling::Text),
        Column::new("roles", Fact::Roles, Spelling::Array),
        Column::or("password_hash", Fact::PasswordHash, Spelling::Text, ""),
        Column::new("enabled", Fact::Enabled, Spelling::Letter),
        Column::new("date_created", Fact::Created, Spelling::SqlTime),
        Column::new("date_updated", Fact::Updated, Spelling::SqlTime),
    ],
    also: &[("id", Fact::Uuid), ("dateCreated", Fact::Created), ("dateUpdated", Fact::Updated)],
    verifies: "$2a$",
    no_password: "$2a$10$.....................................................",
};

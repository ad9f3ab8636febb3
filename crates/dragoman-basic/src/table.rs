//! The original's table, for moving in and back.

use dragoman_core::{Column, Fact, OriginTable, Spelling};

/// The original's users. Its tables are not public: these names are those of its manual, and what the hash would be
/// called.
pub const ORIGIN: OriginTable = OriginTable {
    name: "users",
    columns: &[
        Column::new("username", Fact::Username, Spelling::Text),
        Column::or("password_hash", Fact::PasswordHash, Spelling::Text, ""),
        Column::new("admin", Fact::Admin, Spelling::Word),
    ],
    also: &[("password", Fact::PasswordHash)],
    verifies: "$2a$",
    no_password: "$2a$10$.....................................................",
};

//! The original's table, for moving in and back.

use dragoman_core::{Column, Fact, OriginTable, Spelling};

/// The original's table of users, by Laravel's own migration; passwords are bcrypt of PHP, `$2y$10$`.
///
/// Who administers stood elsewhere; a column that tells it has to be called `is_admin` or `role`, or to be mapped.
pub const ORIGIN: OriginTable = OriginTable {
    name: "users",
    columns: &[
        Column::new("id", Fact::Number, Spelling::Integer),
        Column::or("name", Fact::Name, Spelling::Text, ""),
        Column::required("email", Fact::Email, Spelling::Text),
        Column::new("email_verified_at", Fact::Kept, Spelling::SqlTime),
        Column::or("password", Fact::PasswordHash, Spelling::Text, ""),
        Column::new("remember_token", Fact::Kept, Spelling::Text),
        Column::new("created_at", Fact::Created, Spelling::SqlTime),
        Column::new("updated_at", Fact::Updated, Spelling::SqlTime),
    ],
    also: &[
        ("user_id", Fact::Uuid),
        ("uuid", Fact::Uuid),
        ("user_secret", Fact::ClientSecret),
        ("is_admin", Fact::Admin),
        ("role", Fact::Roles),
        ("roles", Fact::Roles),
    ],
    verifies: "$2y$",
    no_password: "$2y$10$.....................................................",
};

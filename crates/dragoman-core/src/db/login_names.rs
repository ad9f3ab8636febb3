//! The names that users sign in with: usernames and e-mails, unique together.

use diesel::prelude::*;
use diesel::result::QueryResult;

use super::connection::AnyConnection;
use super::schema::login_names;

/// Claims a folded name for a user; a `UniqueViolation` says that somebody has it.
pub fn insert(conn: &mut AnyConnection, folded: &str, user_id: i64) -> QueryResult<usize> {
    diesel::insert_into(login_names::table)
        .values((login_names::folded.eq(folded), login_names::user_id.eq(user_id)))
        .execute(conn)
}

/// Sets all names of a user free.
pub fn delete_of(conn: &mut AnyConnection, user_id: i64) -> QueryResult<usize> {
    diesel::delete(login_names::table.filter(login_names::user_id.eq(user_id))).execute(conn)
}

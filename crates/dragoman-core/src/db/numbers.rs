//! Which core ids have been given, and from where they go on.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::BigInt;

use super::connection::AnyConnection;
use super::numbering::USERS;
use super::schema::number_marks;

#[derive(QueryableByName)]
struct Given {
    #[diesel(sql_type = BigInt)]
    last: i64,
}

pub fn mark(conn: &mut AnyConnection, name: &str) -> QueryResult<Option<i64>> {
    number_marks::table.find(name).select(number_marks::value).get_result(conn).optional()
}

pub fn set_mark(conn: &mut AnyConnection, name: &str, value: i64) -> QueryResult<usize> {
    diesel::insert_into(number_marks::table)
        .values((number_marks::name.eq(name), number_marks::value.eq(value)))
        .execute(conn)
}

/// Until this transaction ends no user is made, and none is being made when this returns.
pub fn keep_users_from_coming(conn: &mut AnyConnection) -> QueryResult<()> {
    match conn {
        // An id is drawn before its row is seen: without this the last one would be known too early.
        AnyConnection::Postgres(conn) => conn.batch_execute("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE"),
        // A write transaction on SQLite has the whole database to itself.
        AnyConnection::Sqlite(_) => Ok(()),
    }
}

/// The last core id that was given, 0 where none was: also one whose user is gone.
pub fn last_given(conn: &mut AnyConnection) -> QueryResult<i64> {
    USERS.last_given(conn)
}

/// Draws so many core ids, in their order, for users that are written together.
pub fn reserve(conn: &mut AnyConnection, count: usize) -> QueryResult<Vec<i64>> {
    match conn {
        AnyConnection::Postgres(conn) => {
            let query = format!("SELECT nextval('users_id_seq') AS last FROM generate_series(1, {count})");
            let drawn: Vec<Given> = diesel::sql_query(query).load(conn)?;
            Ok(drawn.into_iter().map(|given| given.last).collect())
        }
        AnyConnection::Sqlite(conn) => {
            let query =
                format!("UPDATE sqlite_sequence SET seq = seq + {count} WHERE name = 'users' RETURNING seq AS last");
            let given: Given = diesel::sql_query(query).get_result(conn)?;
            Ok((0..count).rev().filter_map(|back| Some(given.last - i64::try_from(back).ok()?)).collect())
        }
    }
}

/// The next core id will be the one after this.
pub fn go_on_after(conn: &mut AnyConnection, last: i64) -> QueryResult<()> {
    USERS.go_on_after(conn, last)
}

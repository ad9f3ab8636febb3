//! The tables: what a row of each consists of.

/// Reads a query's rows one by one, from whichever database it is, and hands them on in portions.
/// A macro, because the two databases' rows are of different types.
macro_rules! each_portion {
    ($source:expr, $query:expr => $row:ty, $put:expr) => {
        match $source {
            AnyConnection::Postgres(conn) => {
                pour($query.load_iter::<$row, diesel::pg::PgRowByRowLoadingMode>(conn)?, $put)
            }
            AnyConnection::Sqlite(conn) => {
                pour($query.load_iter::<$row, diesel::connection::DefaultLoadingMode>(conn)?, $put)
            }
        }
    };
}
pub(super) use each_portion;

macro_rules! tables {
    ($($table:ident { $($column:ident: $type:ty),+ $(,)? })+) => {$(
        pub mod $table {
            use diesel::Table as _;
            use diesel::prelude::*;
            use diesel::result::QueryResult;

            use crate::db::connection::AnyConnection;
            use crate::db::copy::{Table, pour};
            use crate::db::schema::$table;

            #[derive(Queryable, Insertable)]
            #[cfg_attr(test, derive(PartialEq))]
            #[diesel(table_name = $table, treat_none_as_default_value = false)]
            pub struct Row {
                $(pub $column: $type,)+
            }

            pub const TABLE: Table = Table {
                name: stringify!($table),
                seeded: false,
                #[cfg(test)]
                columns: &[$(stringify!($column)),+],
                count: |conn| $table::table.count().get_result(conn),
                clear: |conn| diesel::delete($table::table).execute(conn),
                copy,
                #[cfg(test)]
                same,
            };

            fn copy(
                source: &mut AnyConnection,
                target: &mut AnyConnection,
                watch: &mut dyn FnMut(usize),
            ) -> QueryResult<()> {
                super::each_portion!(source, $table::table.order($table::table.primary_key()) => Row, |rows| {
                    watch(rows.len());
                    insert(target, &rows)
                })
            }

            pub fn insert(conn: &mut AnyConnection, rows: &[Row]) -> QueryResult<()> {
                match conn {
                    AnyConnection::Postgres(conn) => {
                        diesel::copy_from($table::table).from_insertable(rows).execute(conn).map(drop)
                    }
                    AnyConnection::Sqlite(conn) => rows.iter().try_for_each(|row| {
                        diesel::insert_into($table::table).values(row).execute(conn).map(drop)
                    }),
                }
            }

            #[cfg(test)]
            fn same(one: &mut AnyConnection, other: &mut AnyConnection) -> bool {
                let rows = |conn| {
                    $table::table.order($table::table.primary_key()).load::<Row>(conn).unwrap()
                };
                rows(one) == rows(other)
            }
        }
    )+};
}

tables! {
    users {
        id: i64,
        uuid: String,
        username: Option<String>,
        email: Option<String>,
        name: String,
        username_folded: String,
        name_folded: String,
        roles: String,
        enabled: bool,
        facts: String,
        identities: String,
        created: chrono::NaiveDateTime,
        updated: chrono::NaiveDateTime,
        session_epoch: i64,
    }
    login_names {
        folded: String,
        realm: String,
        user_id: Option<i64>,
    }
    credentials {
        user_id: i64,
        password_hash: Option<String>,
        keeps_hash: bool,
        secret_digest: Option<Vec<u8>>,
    }
    addresses {
        user_id: i64,
        chain: String,
        address: String,
    }
    import_runs {
        id: i64,
        realm: String,
        source: String,
        digest: Vec<u8>,
        options: String,
        position: i64,
        begun: chrono::NaiveDateTime,
        finished: Option<chrono::NaiveDateTime>,
        undone: Option<chrono::NaiveDateTime>,
    }
    identities {
        id: i64,
        realm: String,
        user_id: Option<i64>,
        run: Option<i64>,
        made: bool,
        number: Option<i64>,
        uuid: Option<String>,
        username: Option<String>,
        email: Option<String>,
        linked: Option<String>,
        password_hash: Option<String>,
        keeps_hash: bool,
        record: Option<String>,
        keeps_password: bool,
        updated: chrono::NaiveDateTime,
    }
    left_out {
        id: i64,
        run: i64,
        realm: String,
        key: String,
        number: Option<i64>,
        username: Option<String>,
        email: Option<String>,
        record: Option<String>,
    }
    number_marks {
        name: String,
        value: i64,
    }
    tokens {
        jti: String,
        user_id: i64,
        realm: String,
        kind: String,
        family: String,
        expires: chrono::NaiveDateTime,
        spent: bool,
    }
    adoptions {
        jti: String,
        expires: chrono::NaiveDateTime,
    }
    guesses {
        key: Vec<u8>,
        forgotten_ms: i64,
        until_ms: i64,
    }
    familiar_networks {
        account: Vec<u8>,
        network: Vec<u8>,
        seen: chrono::NaiveDateTime,
    }
    locks {
        name: String,
        taken: i64,
    }
    audit_entries {
        id: i64,
        at: chrono::NaiveDateTime,
        event: String,
        dialect: String,
        actor_id: Option<i64>,
        actor_name: Option<String>,
        subject_id: Option<i64>,
        subject_name: Option<String>,
        address: Option<String>,
        outcome: String,
        detail: String,
        seal: Vec<u8>,
        sequence: Option<i64>,
        digest: Option<Vec<u8>>,
    }
    audit_marks {
        name: String,
        sequence: i64,
        digest: Vec<u8>,
        mac: Vec<u8>,
    }
}

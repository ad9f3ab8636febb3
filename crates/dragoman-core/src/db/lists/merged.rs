//! Lists in a realm that knows some users by ids of its own: two lists that are each in order, merged.
//!
//! One has the realm's own ids, by the index of `identities`; the other, by that of `users`, those who have none
//! there. Either gives no more than the part needs, so that neither a portion nor a page sorts all users.

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, HasSqlType, Text};
use uuid::Uuid;

use super::Portion;
use crate::db::connection::AnyConnection;
use crate::db::schema::users;
use crate::db::users::{COLUMNS, UserRow};
use crate::user::{OrderBy, Page, Realm};
use crate::{Error, Result};

/// For each user of a portion so many are looked at, at the most.
const REACH: usize = 20;

/// By which of a realm's ids a list goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    Number,
    Uuid,
}

impl By {
    pub(super) fn of(order: OrderBy) -> Option<Self> {
        match order {
            OrderBy::Number => Some(Self::Number),
            OrderBy::Uuid => Some(Self::Uuid),
            OrderBy::Username | OrderBy::Name | OrderBy::Email | OrderBy::Roles | OrderBy::Enabled => None,
        }
    }

    /// The column of the realm's own, and that of the common ones.
    fn columns(self) -> [&'static str; 2] {
        match self {
            Self::Number => ["number", "id"],
            Self::Uuid => ["uuid", "uuid"],
        }
    }

    /// Beyond every id, on this side or the other.
    fn beyond_all(self, descending: bool) -> &'static str {
        match (self, descending) {
            (Self::Number, false) => "9223372036854775807",
            (Self::Number, true) => "-1",
            (Self::Uuid, false) => "'g'",
            (Self::Uuid, true) => "''",
        }
    }
}

/// The ids of one part of a merged list. `Q` gives id and UUID of the users that are asked for, three times: whoever
/// writes a query out cannot write a part of it twice.
pub(super) struct Merged<Q> {
    pub(super) users: [Q; 3],
    pub(super) realm: Realm,
    pub(super) by: By,
    /// Whether `users` are not simply all.
    pub(super) filtered: bool,
    /// Only numbers above the one and up to the other.
    pub(super) after: Option<i64>,
    pub(super) until: Option<i64>,
    pub(super) page: Page,
}

impl<Q> Merged<Q> {
    /// The realm's own ids: ` FROM … WHERE …`.
    fn push_own<'b, D>(&'b self, users: &'b Q, out: &mut AstPass<'_, 'b, D>) -> QueryResult<()>
    where
        Q: QueryFragment<D>,
        D: Backend + HasSqlType<BigInt> + HasSqlType<Text>,
        i64: ToSql<BigInt, D>,
        str: ToSql<Text, D>,
    {
        let [own, _] = self.by.columns();
        out.push_sql(" FROM identities AS known");
        if self.filtered {
            out.push_sql(" INNER JOIN (");
            users.walk_ast(out.reborrow())?;
            out.push_sql(") AS found ON found.id = known.user_id");
        }
        out.push_sql(" WHERE known.user_id IS NOT NULL AND known.realm = ");
        out.push_bind_param::<Text, str>(self.realm.name())?;
        out.push_sql(&format!(" AND known.{own} IS NOT NULL"));
        self.push_limits(&format!("known.{own}"), out)
    }

    /// How far this part goes: ` AND … > … AND … <= …`.
    fn push_limits<'b, D>(&'b self, number: &str, out: &mut AstPass<'_, 'b, D>) -> QueryResult<()>
    where
        D: Backend + HasSqlType<BigInt>,
        i64: ToSql<BigInt, D>,
    {
        for (limit, comparison) in [(&self.after, ">"), (&self.until, "<=")] {
            if let Some(limit) = limit {
                out.push_sql(&format!(" AND {number} {comparison} "));
                out.push_bind_param::<BigInt, i64>(limit)?;
            }
        }
        Ok(())
    }

    /// As many as the part takes from either list at the most: ` ORDER BY … LIMIT …`.
    fn push_most<'b, D>(&'b self, column: &str, out: &mut AstPass<'_, 'b, D>) -> QueryResult<()>
    where
        D: Backend + HasSqlType<BigInt>,
        i64: ToSql<BigInt, D>,
    {
        out.push_sql(&format!(" ORDER BY {column} {} LIMIT ", self.way()));
        out.push_bind_param::<BigInt, i64>(&self.page.limit)?;
        out.push_sql(" + ");
        out.push_bind_param::<BigInt, i64>(&self.page.offset)
    }

    fn way(&self) -> &'static str {
        if self.page.descending { "DESC" } else { "ASC" }
    }

    /// The common ids of the others. None is read beyond where the realm's own fill the part by themselves: users with
    /// ids of their own may lie there in any number, which would all be passed over in vain.
    fn push_common<'b, D>(&'b self, [users, own]: [&'b Q; 2], out: &mut AstPass<'_, 'b, D>) -> QueryResult<()>
    where
        Q: QueryFragment<D>,
        D: Backend + HasSqlType<BigInt> + HasSqlType<Text>,
        i64: ToSql<BigInt, D>,
        str: ToSql<Text, D>,
    {
        let [column, common] = self.by.columns();
        let within = if self.page.descending { ">=" } else { "<=" };
        out.push_sql(" FROM (");
        users.walk_ast(out.reborrow())?;
        out.push_sql(&format!(") AS found WHERE found.{common} {within} COALESCE((SELECT known.{column}"));
        self.push_own(own, out)?;
        out.push_sql(&format!(" ORDER BY known.{column} {} LIMIT 1 OFFSET ", self.way()));
        out.push_bind_param::<BigInt, i64>(&self.page.offset)?;
        out.push_sql(" + ");
        out.push_bind_param::<BigInt, i64>(&self.page.limit)?;
        out.push_sql(&format!("), {})", self.by.beyond_all(self.page.descending)));
        self.push_limits(&format!("found.{common}"), out)?;
        out.push_sql(" AND NOT EXISTS (SELECT 1 FROM identities AS other WHERE other.user_id = found.id");
        out.push_sql(" AND other.realm = ");
        out.push_bind_param::<Text, str>(self.realm.name())?;
        out.push_sql(&format!(" AND other.{column} IS NOT NULL)"));
        Ok(())
    }
}

impl<Q, D> QueryFragment<D> for Merged<Q>
where
    Q: QueryFragment<D>,
    D: Backend + HasSqlType<BigInt> + HasSqlType<Text>,
    i64: ToSql<BigInt, D>,
    str: ToSql<Text, D>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, D>) -> QueryResult<()> {
        let [one, two, three] = &self.users;
        let [own, common] = self.by.columns();
        out.push_sql(&format!("SELECT id FROM (SELECT * FROM (SELECT known.{own} AS place, known.user_id AS id"));
        self.push_own(one, &mut out)?;
        self.push_most(&format!("known.{own}"), &mut out)?;
        out.push_sql(&format!(") AS own UNION ALL SELECT * FROM (SELECT found.{common} AS place, found.id AS id"));
        self.push_common([two, three], &mut out)?;
        self.push_most(&format!("found.{common}"), &mut out)?;
        out.push_sql(&format!(") AS common ORDER BY 1 {} LIMIT ", self.way()));
        out.push_bind_param::<BigInt, i64>(&self.page.limit)?;
        out.push_sql(" OFFSET ");
        out.push_bind_param::<BigInt, i64>(&self.page.offset)?;
        out.push_sql(") AS part");
        Ok(())
    }
}

impl<Q> Query for Merged<Q> {
    type SqlType = BigInt;
}

/// Its text depends on what it is asked for.
impl<Q> QueryId for Merged<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q, C> RunQueryDsl<C> for Merged<Q> {}

/// The users with these ids, in the order of the realm's ids.
pub(super) fn in_order(
    conn: &mut AnyConnection,
    realm: Realm,
    (by, descending): (By, bool),
    ids: Vec<i64>,
) -> Result<Vec<UserRow>> {
    let rows: Vec<UserRow> = users::table.select(COLUMNS).filter(users::id.eq_any(ids)).load(conn)?;
    let mut keyed = rows.into_iter().map(|row| Ok((key(&row, realm, by)?, row))).collect::<Result<Vec<_>>>()?;
    keyed.sort_by(|(one, _), (other, _)| if descending { other.cmp(one) } else { one.cmp(other) });
    Ok(keyed.into_iter().map(|(_, row)| row).collect())
}

/// How far a portion goes after this number at the most. Where the realm's own numbers have ended, all users that
/// have one may have to be passed over before the next who has none, and that is not to take one query.
pub(super) fn reach(conn: &mut AnyConnection, after: i64, limit: usize) -> QueryResult<Option<i64>> {
    let passed_over = i64::try_from(limit.saturating_mul(REACH)).unwrap_or(i64::MAX);
    let further = users::table.filter(users::id.gt(after)).order(users::id.asc()).select(users::id);
    further.offset(passed_over).limit(1).get_result(conn).optional()
}

/// A portion of up to `limit` users, of `limit + 1` ids at the most; `until` is how far they were looked for.
pub(super) fn portion(
    conn: &mut AnyConnection,
    realm: Realm,
    ids: Vec<i64>,
    limit: usize,
    until: Option<i64>,
) -> Result<Portion<i64>> {
    let more = ids.len() > limit;
    let mut rows = in_order(conn, realm, (By::Number, false), ids)?;
    rows.truncate(limit);
    let last = rows.last().filter(|_| more).map(|row| number(row, realm)).transpose()?;
    Ok(Portion { rows, next: last.or(until) })
}

fn number(row: &UserRow, realm: Realm) -> Result<i64> {
    Ok(row.identity(realm)?.number.unwrap_or(row.id))
}

/// By what the row is sorted. UUIDs sort as their texts do.
fn key(row: &UserRow, realm: Realm, by: By) -> Result<(i64, Uuid)> {
    if by == By::Number {
        return Ok((number(row, realm)?, Uuid::nil()));
    }
    let common = || Uuid::parse_str(&row.uuid).map_err(Error::storage);
    Ok((0, row.identity(realm)?.uuid()?.map_or_else(common, Ok)?))
}

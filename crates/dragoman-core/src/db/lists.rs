//! Queries on many users: portions of a long list, pages, searches and counts.

mod merged;

use diesel::backend::Backend;
use diesel::dsl::{IntoBoxed, Select, exists, not, sql, sum};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Bool, HasSqlType};

use super::connection::{AnyConnection, MultiBackend, ask};
use super::identities::{self, Identified};
use super::login_names::COMMON;
use super::schema::{login_names, user_counts, users, users_search};
use super::search;
use super::users::{COLUMNS, Columns, UserRow};
use crate::Result;
use crate::text::fold;
use crate::user::{Filter, OrderBy, Page, Realm};
use merged::{By, Merged};

/// From here on a page is looked for by its keys alone: rows that are only passed over need not be read.
const DEEP: i64 = 1000;

/// So many users are met soon enough in the order that is asked for; a search index would gather them all first.
const MANY: i64 = 10_000;

/// Some rows of a list, and the key after which it goes on; without one, it has ended.
pub struct Portion<K> {
    pub rows: Vec<UserRow>,
    pub next: Option<K>,
}

impl<K> Portion<K> {
    /// Of up to `limit + 1` rows the last one only shows that there is more.
    fn of(mut rows: Vec<UserRow>, limit: usize, key: impl Fn(&UserRow) -> K) -> Self {
        let more = rows.len() > limit;
        rows.truncate(limit);
        Self { next: rows.last().filter(|_| more).map(key), rows }
    }
}

/// Up to `limit` users with numbers above `after`, in the order of their numbers in the realm.
pub fn after_number(
    conn: &mut AnyConnection,
    realm: Realm,
    filter: &Filter,
    after: i64,
    limit: usize,
) -> Result<Portion<i64>> {
    if identities::has_any(conn, realm)? {
        let page = Page { limit: one_more(limit), ..Page::default() };
        let found = search::pattern(filter).is_some() && count_up_to(conn, realm, filter, MANY)? <= MANY;
        let until = if found { None } else { merged::reach(conn, after, limit)? };
        let ids = merged(conn, realm, filter, found, By::Number, (Some(after), until), &page)?;
        return merged::portion(conn, realm, ids, limit, until);
    }
    if let (AnyConnection::Sqlite(_), Some(pattern)) = (&conn, search::pattern(filter)) {
        return Ok(found_after_id(conn, realm, filter, &pattern, after, limit)?);
    }
    let query = matching(conn, realm, filter).filter(users::id.gt(after)).order(users::id.asc());
    Ok(Portion::of(query.limit(one_more(limit)).load(conn)?, limit, |row| row.id))
}

/// The ids of the part that `page` names of a list in a realm that knows some users by ids of its own. Where there
/// are `few` users to find, an index finds them; many are met soon enough in the order that is asked for.
/// Numbers may be asked for after the one and until the other.
fn merged(
    conn: &mut AnyConnection,
    realm: Realm,
    filter: &Filter,
    few: bool,
    by: By,
    (after, until): (Option<i64>, Option<i64>),
    page: &Page,
) -> QueryResult<Vec<i64>> {
    let users = || {
        let query = if few { matching(conn, realm, filter) } else { exactly(realm, filter) };
        query.select((users::id, users::uuid))
    };
    let users = [users(), users(), users()];
    Merged { users, realm, by, filtered: *filter != Filter::default(), after, until, page: *page }.load(conn)
}

/// The same by SQLite's search index, which goes on where it stopped. As part of the one query it
/// would gather all that it finds, anew for each portion.
fn found_after_id(
    conn: &mut AnyConnection,
    realm: Realm,
    filter: &Filter,
    pattern: &str,
    after: i64,
    limit: usize,
) -> QueryResult<Portion<i64>> {
    let mut found: Vec<i64> = users_search::table
        .filter(search::matches(users_search::every_column, pattern).and(users_search::rowid.gt(after)))
        .order(users_search::rowid.asc())
        .limit(one_more(limit))
        .select(users_search::rowid)
        .load(conn)?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().copied().filter(|_| more);
    let rows = exactly(realm, filter).filter(users::id.eq_any(found)).order(users::id.asc()).load(conn)?;
    Ok(Portion { rows, next })
}

/// Up to `limit` users that have a username above `after`, in the order of usernames.
pub fn after_username(conn: &mut AnyConnection, after: &str, limit: usize) -> QueryResult<Portion<String>> {
    let query = users::table.select(COLUMNS).filter(users::username.gt(after)).order(users::username.asc());
    let rows = query.limit(one_more(limit)).load(conn)?;
    Ok(Portion::of(rows, limit, |row: &UserRow| row.username.clone().unwrap_or_default()))
}

fn one_more(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1)
}

/// How many users there are: triggers count them, so that nobody has to read them all.
pub fn total(conn: &mut AnyConnection) -> QueryResult<i64> {
    let query = user_counts::table.select(sum(user_counts::users));
    let total: Option<i64> = ask!(conn, conn => query.get_result(conn))?;
    Ok(total.unwrap_or_default())
}

/// How many users the filter lets through.
pub fn count(conn: &mut AnyConnection, realm: Realm, filter: &Filter) -> QueryResult<i64> {
    if *filter == Filter::default() { total(conn) } else { matching(conn, realm, filter).count().get_result(conn) }
}

/// The same, where it does not matter by how many it exceeds `most`.
fn count_up_to(conn: &mut AnyConnection, realm: Realm, filter: &Filter, most: i64) -> QueryResult<i64> {
    let found: Vec<i64> = matching(conn, realm, filter).select(users::id).limit(most + 1).load(conn)?;
    Ok(i64::try_from(found.len()).unwrap_or(i64::MAX))
}

/// Whether the page takes no longer than a few point reads: an index gives its order, and little is passed over.
pub fn is_quick(filter: &Filter, page: &Page) -> bool {
    let indexed = match page.order_by {
        // A realm with numbers of its own may have many above all others, which a list from the end passes over.
        OrderBy::Number => !page.descending,
        OrderBy::Uuid => true,
        OrderBy::Username | OrderBy::Name | OrderBy::Email | OrderBy::Roles | OrderBy::Enabled => false,
    };
    indexed && *filter == Filter::default() && page.offset < DEEP && page.limit <= DEEP
}

/// One page of the users that the filter lets through, and how many they are in all.
pub fn page(conn: &mut AnyConnection, realm: Realm, filter: &Filter, page: &Page) -> Result<(Vec<UserRow>, i64)> {
    let total = count(conn, realm, filter)?;
    if let Some(by) = By::of(page.order_by)
        && identities::has_any(conn, realm)?
    {
        let ids = merged(conn, realm, filter, total <= MANY, by, (None, None), page)?;
        return Ok((merged::in_order(conn, realm, (by, page.descending), ids)?, total));
    }
    if is_quick(filter, page) {
        return Ok((quick(conn, page)?, total));
    }
    let query = ordered(if total > MANY { exactly(realm, filter) } else { matching(conn, realm, filter) }, page);
    if page.offset < DEEP {
        return Ok((Slice { query, page: *page }.load(conn)?, total));
    }
    let keys: Vec<String> = Slice { query: query.select(users::uuid), page: *page }.load(conn)?;
    let rows = ordered(users::table.select(COLUMNS).filter(users::uuid.eq_any(keys)).into_boxed(), page).load(conn)?;
    Ok((rows, total))
}

/// A page that an index gives, by queries whose text is written once.
fn quick(conn: &mut AnyConnection, page: &Page) -> QueryResult<Vec<UserRow>> {
    macro_rules! by {
        ($order:expr) => {{
            let query = Slice { query: users::table.select(COLUMNS).order($order), page: *page };
            ask!(conn, conn => query.load(conn))
        }};
    }
    match (page.order_by == OrderBy::Uuid, page.descending) {
        (false, false) => by!(users::id.asc()),
        (false, true) => by!(users::id.desc()),
        (true, false) => by!(users::uuid.asc()),
        (true, true) => by!(users::uuid.desc()),
    }
}

fn ordered<'a>(query: Matching<'a>, page: &Page) -> Matching<'a> {
    macro_rules! by {
        ($($column:expr),+) => {
            if page.descending { query.order(($($column.desc(),)+)) } else { query.order(($($column.asc(),)+)) }
        };
    }
    match page.order_by {
        OrderBy::Number => by!(users::id),
        // Unique, and so without the id: PostgreSQL would not find the index to be the whole order.
        OrderBy::Uuid => by!(users::uuid),
        OrderBy::Username => by!(users::username, users::id),
        OrderBy::Name => by!(users::name, users::id),
        OrderBy::Email => by!(users::email, users::id),
        OrderBy::Roles => by!(users::roles, users::id),
        OrderBy::Enabled => by!(users::enabled, users::id),
    }
}

/// The part of a result that a page is. diesel's own LIMIT is a bare parameter, at which SQLite looks
/// while it plans, so that it parses the statement anew at each call.
#[derive(Debug, Clone, Copy, QueryId)]
struct Slice<Q> {
    query: Q,
    page: Page,
}

impl<Q: Query> Query for Slice<Q> {
    type SqlType = Q::SqlType;
}

impl<Q, C> RunQueryDsl<C> for Slice<Q> {}

impl<Q, D> QueryFragment<D> for Slice<Q>
where
    Q: QueryFragment<D>,
    D: Backend + HasSqlType<BigInt>,
    i64: ToSql<BigInt, D>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, D>) -> QueryResult<()> {
        self.query.walk_ast(out.reborrow())?;
        out.push_sql(" LIMIT ");
        out.push_bind_param::<BigInt, i64>(&self.page.limit)?;
        out.push_sql(" + 0 OFFSET ");
        out.push_bind_param::<BigInt, i64>(&self.page.offset)
    }
}

type Matching<'a> = IntoBoxed<'a, Select<users::table, Columns>, MultiBackend>;

/// The users that the filter lets through, found by the database's search index where it has one.
fn matching<'a>(conn: &AnyConnection, realm: Realm, filter: &'a Filter) -> Matching<'a> {
    let query = exactly(realm, filter);
    match (conn, search::pattern(filter)) {
        (AnyConnection::Sqlite(_), Some(pattern)) => {
            let found = users_search::table.filter(search::matches(users_search::every_column, pattern));
            query.filter(users::id.eq_any(found.select(users_search::rowid)))
        }
        // PostgreSQL finds its index only in a plan for this very pattern, and a cached statement soon gets a
        // general one. What holds a literal is not cached.
        (AnyConnection::Postgres(_), Some(_)) => query.filter(sql::<Bool>("TRUE")),
        (_, None) => query,
    }
}

diesel::alias! {
    const THERE: Alias<There> = login_names as there;
}

/// Who has the name in the realm alone, else who has it everywhere, unless it is buried there.
fn named<'a>(query: Matching<'a>, realm: Realm, name: &str) -> Matching<'a> {
    let folded = fold(name);
    let there = THERE
        .filter(THERE.field(login_names::folded).eq(folded.clone()))
        .filter(THERE.field(login_names::realm).eq(realm.name()));
    let counts = login_names::realm.eq(realm.name()).or(login_names::realm.eq(COMMON).and(not(exists(there))));
    let had = login_names::table.filter(login_names::folded.eq(folded).and(login_names::user_id.is_not_null()));
    query.filter(users::id.eq_any(had.filter(counts).select(login_names::user_id.assume_not_null())))
}

/// The users that the filter lets through, whatever it costs.
fn exactly(realm: Realm, filter: &Filter) -> Matching<'_> {
    let mut query = users::table.select(COLUMNS).into_boxed();
    if !search::can_match(filter) {
        return query.filter(users::id.is_null());
    }
    if let Some(term) = &filter.term {
        let pattern = search::containing(term);
        query = query.filter(
            users::username_folded.like(pattern.clone()).escape('\\').or(users::name_folded.like(pattern).escape('\\')),
        );
    }
    if let Some(part) = &filter.name {
        query = query.filter(users::name_folded.like(search::containing(part)).escape('\\'));
    }
    if let Some(email) = &filter.email {
        query = named(query.filter(users::email.is_not_null()), realm, email);
    }
    if let Some(uuid) = &filter.uuid {
        query = query.filter(users::id.eq(Identified { realm, uuid: uuid.to_string() }));
    }
    if let Some(from) = filter.created_from {
        query = query.filter(users::created.ge(from.naive_utc()));
    }
    if let Some(until) = filter.created_until {
        query = query.filter(users::created.le(until.naive_utc()));
    }
    query
}

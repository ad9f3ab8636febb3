//! The query of `GET /v1/users`: paging, order and filters (jwt R7, R8).

use dragoman_core::{Filter, OrderBy, Page, is_email};
use dragoman_http::form::Form;

use crate::error::ApiError;
use crate::parse;

/// More rows than these are not given at once.
const MOST_ROWS: i64 = 100;

/// What somebody wants to see of the list.
#[derive(Debug)]
pub(crate) struct ListQuery {
    pub(crate) number: i64,
    pub(crate) rows: i64,
    pub(crate) filter: Filter,
    order_by: OrderBy,
    descending: bool,
}

impl ListQuery {
    /// The first wrong value is the only one that is reported, and this is the order of the checks.
    pub(crate) fn parse(query: &str) -> Result<Self, ApiError> {
        let values = Values::parse(query)?;
        let number = values.read("page", |text| parse::positive("page", text))?.unwrap_or(1);
        let rows = values.read("rows", |text| parse::positive("rows", text))?.unwrap_or(10);
        let filter = filter(&values)?;
        let (order_by, descending) = order(values.get("orderBy").unwrap_or("user_id"))?;
        Ok(Self { number, rows: rows.min(MOST_ROWS), filter, order_by, descending })
    }

    pub(crate) fn page(&self) -> Page {
        Page {
            order_by: self.order_by,
            descending: self.descending,
            offset: (self.number - 1).saturating_mul(self.rows),
            limit: self.rows,
        }
    }
}

fn filter(values: &Values) -> Result<Filter, ApiError> {
    Ok(Filter {
        term: None,
        uuid: values.read("user_id", parse::uuid)?,
        name: values.read("name", storable)?,
        email: values.read("email", email)?,
        created_from: values.read("start_created_date", parse::time)?,
        created_until: values.read("end_created_date", parse::time)?,
    })
}

/// No name has a NUL in it, and PostgreSQL cannot even be asked for one.
fn storable(name: &str) -> Result<String, String> {
    if name.contains('\0') { Err("name must not contain control characters".into()) } else { Ok(name.into()) }
}

/// The complaint is that of Go's `mail.ParseAddress`.
fn email(text: &str) -> Result<String, String> {
    if is_email(text) { Ok(text.into()) } else { Err("mail: missing '@' or angle-addr".into()) }
}

/// `<field>[,ASC|DESC]`, with blanks around either.
fn order(text: &str) -> Result<(OrderBy, bool), ApiError> {
    let mut parts = text.split(',').map(|part| part.trim_matches(' '));
    let (field, direction) = match (parts.next(), parts.next(), parts.next()) {
        (Some(field), direction, None) => (field, direction.unwrap_or("ASC")),
        _ => return Err(ApiError::field(text, "unknown order field")),
    };
    let descending = match direction {
        "ASC" => false,
        "DESC" => true,
        other => return Err(ApiError::field(text, format!("unknown direction: {other}"))),
    };
    let order_by = match field {
        "user_id" => OrderBy::Uuid,
        "name" => OrderBy::Name,
        "email" => OrderBy::Email,
        "roles" => OrderBy::Roles,
        "enabled" => OrderBy::Enabled,
        other => return Err(ApiError::field(other, "order field does not exist")),
    };
    Ok((order_by, descending))
}

/// The parameters of a query. Of a repeated one the first counts, and an empty one is as good as none.
struct Values(Form);

impl Values {
    fn parse(query: &str) -> Result<Self, ApiError> {
        let form = Form::parse_urlencoded(query.as_bytes());
        form.map(Self).map_err(|_| ApiError::field("query", "query must be UTF-8"))
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.0.first(key).filter(|value| !value.is_empty())
    }

    fn read<T>(&self, key: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<Option<T>, ApiError> {
        self.get(key).map(parse).transpose().map_err(|complaint| ApiError::field(key, complaint))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(query: &str) -> (String, String) {
        match ListQuery::parse(query) {
            Err(ApiError::Fields(fields)) if fields.len() == 1 => fields.into_iter().next().unwrap(),
            other => panic!("{query}: {other:?}"),
        }
    }

    fn ordered(query: &str) -> (OrderBy, bool) {
        let page = ListQuery::parse(query).unwrap().page();
        (page.order_by, page.descending)
    }

    #[test]
    fn without_a_query_the_first_ten_by_id_are_meant() {
        for query in ["", "page=&rows=&orderBy=&user_id=&email=", "nonsense", "&&=&"] {
            let page = ListQuery::parse(query).unwrap().page();
            let expected = Page { order_by: OrderBy::Uuid, descending: false, offset: 0, limit: 10 };
            assert_eq!(page, expected, "{query}");
        }
    }

    #[test]
    fn pages_are_counted_from_one_and_have_at_most_100_rows() {
        let query = ListQuery::parse("page=3&rows=25").unwrap();
        assert_eq!((query.page().offset, query.page().limit), (50, 25));
        assert_eq!(ListQuery::parse("rows=101").unwrap().rows, 100);
        let far = ListQuery::parse("page=9223372036854775807&rows=100").unwrap();
        assert_eq!(far.page().offset, i64::MAX);
    }

    #[test]
    fn of_a_repeated_parameter_the_first_counts() {
        assert_eq!(ListQuery::parse("page=2&page=x").unwrap().number, 2);
        assert_eq!(ListQuery::parse("page=&page=x").unwrap().number, 1);
    }

    #[test]
    fn an_order_is_a_field_and_perhaps_a_direction() {
        assert_eq!(ordered("orderBy=name"), (OrderBy::Name, false));
        assert_eq!(ordered("orderBy=email,DESC"), (OrderBy::Email, true));
        assert_eq!(ordered("orderBy=%20roles+,+ASC"), (OrderBy::Roles, false));
        assert_eq!(fault("orderBy=age"), ("age".into(), "order field does not exist".into()));
        assert_eq!(fault("orderBy=name,desc"), ("name,desc".into(), "unknown direction: desc".into()));
        assert_eq!(fault("orderBy=age,up"), ("age,up".into(), "unknown direction: up".into()));
        assert_eq!(fault("orderBy=name,ASC,"), ("name,ASC,".into(), "unknown order field".into()));
    }

    #[test]
    fn filters_are_read_and_decoded() {
        let filter = ListQuery::parse("name=J%C3%BCrgen+B&email=a%2Bb@c.example").unwrap().filter;
        assert_eq!(filter.name.as_deref(), Some("Jürgen B"));
        assert_eq!(filter.email.as_deref(), Some("a+b@c.example"));
        let filter = ListQuery::parse("end_created_date=2023-09-21T16:12:09%2B00:00").unwrap().filter;
        assert_eq!(filter.created_until.unwrap().timestamp(), 1_695_312_729);
    }

    #[test]
    fn the_first_fault_is_the_only_one_reported() {
        let all = ["page=x", "rows=x", "user_id=x", "name=%00", "email=x", "start_created_date=x", "orderBy=x"];
        let keys = ["page", "rows", "user_id", "name", "email", "start_created_date", "x"];
        for (first, key) in keys.into_iter().enumerate() {
            assert_eq!(fault(&all[first..].join("&")).0, key);
            let mut backwards = all[first..].to_vec();
            backwards.reverse();
            assert_eq!(fault(&backwards.join("&")).0, key);
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        assert_eq!(fault("name=%ff"), ("query".into(), "query must be UTF-8".into()));
        assert!(ListQuery::parse("name=%C3%A9").is_ok());
    }
}

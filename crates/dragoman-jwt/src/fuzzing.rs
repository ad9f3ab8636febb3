//! A door for the fuzzer in `tests/fuzz`, which sets `--cfg fuzzing`, and for the same promises held with
//! generated input in every test run. Nobody else sees it.

use actix_web::HttpRequest;
use dragoman_core::Page;

use crate::paths;
use crate::query::ListQuery;

/// Which rows a query asks for; none where it is refused.
#[must_use]
pub fn page(query: &str) -> Option<Page> {
    ListQuery::parse(query).ok().map(|query| query.page())
}

/// Where a client is sent whose path only needs cleaning.
#[must_use]
pub fn clean_location(req: &HttpRequest) -> Option<String> {
    paths::clean_location(req)
}

#[cfg(test)]
mod tests {
    use actix_web::http::Uri;
    use actix_web::test::TestRequest;
    use proptest::prelude::*;

    use super::*;

    const NAMES: &str = "page|rows|orderBy|user_id|name|email|start_created_date|end_created_date|x";
    const VALUES: &str = "[0-9+-]{0,22}|[a-z_]{1,8}(,(ASC|DESC|[a-z]{0,4}))?|[0-9T:Z+.-]{0,28}|[%0-9a-fA-F]{0,9}";

    proptest! {
        #[test]
        fn any_query_is_refused_or_asks_for_at_most_a_hundred_rows(
            pairs in prop::collection::vec((NAMES, VALUES), 0..6),
        ) {
            let query = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
            if let Some(page) = page(&query) {
                prop_assert!((1..=100).contains(&page.limit), "{query}: {page:?}");
                prop_assert!(page.offset >= 0, "{query}: {page:?}");
            }
        }

        #[test]
        fn wherever_a_client_is_sent_is_below_the_dialects_root_and_clean(
            segments in prop::collection::vec("v1|users|token|\\.|\\.\\.||[0-9a-f-]{1,6}|evil\\.example", 0..8),
        ) {
            let Ok(uri) = format!("/{}", segments.join("/")).parse::<Uri>() else { return Ok(()) };
            let req = |uri: &str| TestRequest::with_uri(uri).to_http_request();
            if let Some(location) = clean_location(&req(&uri.to_string())) {
                prop_assert!(location.starts_with("/v1/users"), "{uri}: {location}");
                prop_assert_eq!(clean_location(&req(&location)), None);
            }
        }
    }
}

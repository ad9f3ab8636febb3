//! Requests that no route answers (jwt R17), and OPTIONS (jwt R18).

use actix_web::http::header::{ALLOW, ContentType, LOCATION, X_CONTENT_TYPE_OPTIONS};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};
use dragoman_http::{Allowed, Mount};

use crate::{ENDPOINTS, wire};

/// The path is ours and the method is not.
pub(crate) async fn wrong_method(req: HttpRequest) -> HttpResponse {
    if req.method() == Method::OPTIONS {
        return wire::json(StatusCode::OK, &"OK");
    }
    HttpResponse::MethodNotAllowed().insert_header((ALLOW, Allowed::of(&req).to_string())).finish()
}

/// The path is not ours, or not clean.
pub(crate) async fn unknown(req: HttpRequest) -> HttpResponse {
    match clean_location(&req) {
        Some(location) => moved(req.method(), &location),
        None => HttpResponse::NotFound()
            .content_type(ContentType::plaintext())
            .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .body("404 page not found\n"),
    }
}

/// Where the request would have found something, had its path been clean.
pub(crate) fn clean_location(req: &HttpRequest) -> Option<String> {
    let mount = Mount::of(req);
    let path = req.uri().path().strip_prefix(mount.prefix.as_str())?;
    let clean = clean(path);
    if clean == path || !is_known(&clean) {
        return None;
    }
    let query = req.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    Some(format!("{}{clean}{query}", mount.prefix))
}

/// The path without empty, `.` and `..` segments.
fn clean(path: &str) -> String {
    let mut segments = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            name => segments.push(name),
        }
    }
    format!("/{}", segments.join("/"))
}

fn is_known(path: &str) -> bool {
    ENDPOINTS.iter().any(|endpoint| fits(endpoint.path, path))
}

fn fits(pattern: &str, path: &str) -> bool {
    let same = |(wanted, given): (&str, &str)| wanted.starts_with('{') || wanted == given;
    pattern.split('/').count() == path.split('/').count() && pattern.split('/').zip(path.split('/')).all(same)
}

/// Go's `http.Redirect`: only GET and HEAD get a page with a link.
fn moved(method: &Method, location: &str) -> HttpResponse {
    let mut response = HttpResponse::MovedPermanently();
    response.insert_header((LOCATION, location));
    if method != Method::GET && method != Method::HEAD {
        return response.finish();
    }
    let href = location.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let href = href.replace('"', "&#34;").replace('\'', "&#39;");
    response.content_type(ContentType::html()).body(format!("<a href=\"{href}\">Moved Permanently</a>.\n\n"))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use actix_web::web::Data;

    use super::*;

    fn location(prefix: &str, uri: &str) -> Option<String> {
        let mount = Mount { prefix: prefix.into(), ..Mount::default() };
        let req = TestRequest::with_uri(uri).app_data(Data::new(mount)).to_http_request();
        clean_location(&req)
    }

    #[test]
    fn a_path_that_only_needs_cleaning_leads_to_the_clean_one() {
        for (uri, clean) in [
            ("/v1/users/", "/v1/users"),
            ("/v1//users", "/v1/users"),
            ("//v1/users//", "/v1/users"),
            ("/v1/./users/../users", "/v1/users"),
            ("/v1/users/?page=2&rows=1", "/v1/users?page=2&rows=1"),
            ("/v1/users/7/", "/v1/users/7"),
            ("/v1/users/7//addresses/", "/v1/users/7/addresses"),
        ] {
            assert_eq!(location("", uri).as_deref(), Some(clean), "{uri}");
        }
    }

    #[test]
    fn the_prefix_of_the_mount_stays() {
        assert_eq!(location("/jwt", "/jwt/v1/users/?page=2").as_deref(), Some("/jwt/v1/users?page=2"));
        assert_eq!(location("/jwt", "/jwt/v1/../../users"), None);
    }

    #[test]
    fn what_is_unknown_stays_unknown() {
        for uri in ["/v1", "/v1/", "/v1/users/7/x/", "/v2/users/", "//evil.example/", "/v1/users"] {
            assert_eq!(location("", uri), None, "{uri}");
        }
    }
}

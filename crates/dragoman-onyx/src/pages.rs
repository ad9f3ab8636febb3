//! The HTML pages that the original answered with where it had no JSON.

use actix_web::HttpResponse;
use actix_web::http::header::{ALLOW, CONTENT_TYPE};
use dragoman_http::Allowed;

/// Werkzeug's page, byte for byte: its title is what clients look for (onyx R7).
const BAD_REQUEST: &str = "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 3.2 Final//EN\">
<title>400 Bad Request</title>
<h1>Bad Request</h1>
<p>The browser (or proxy) sent a request that this server could not understand.</p>
";

/// In our own words: the original showed a page of its web interface (onyx R18).
const NOT_FOUND: &str = "<!DOCTYPE html>
<title>404 Not Found</title>
<h1>Not Found</h1>
<p>There is nothing at this address.</p>
";

/// A form that cannot be read, or that lacks a field (onyx R7: no charset here).
pub(crate) fn bad_request() -> HttpResponse {
    HttpResponse::BadRequest().insert_header((CONTENT_TYPE, "text/html")).body(BAD_REQUEST)
}

/// An address, or a method, that the dialect does not have (onyx R18).
pub(crate) fn not_found() -> HttpResponse {
    HttpResponse::NotFound().insert_header((CONTENT_TYPE, "text/html; charset=utf-8")).body(NOT_FOUND)
}

/// What may be done at a known address (onyx R19).
pub(crate) fn options(allowed: &Allowed) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((ALLOW, format!("{allowed}, OPTIONS")))
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .finish()
}

//! Calls across origins (jwt R18). The original allowed every origin; here the settings do.

use actix_web::HttpRequest;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
    HeaderMap, HeaderValue, ORIGIN, VARY,
};
use actix_web::middleware::Next;
use actix_web::web::Data;

use crate::Settings;

const METHODS: HeaderValue = HeaderValue::from_static("POST, GET, OPTIONS, PUT, DELETE");
const HEADERS: HeaderValue =
    HeaderValue::from_static("Accept, Content-Type, Content-Length, Accept-Encoding, X-CSRF-Token, Authorization");
const A_DAY: HeaderValue = HeaderValue::from_static("86400");

/// Puts the CORS headers on every answer to an allowed origin.
pub(crate) async fn answer(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let mut res = next.call(req).await?;
    if let Some(settings) = res.request().app_data::<Data<Settings>>().cloned() {
        let allowed = allowed(&settings.allowed_origins, res.request());
        allow(&settings.allowed_origins, allowed, res.headers_mut());
    }
    Ok(res)
}

/// What `Access-Control-Allow-Origin` says, if anything.
fn allowed(origins: &[String], req: &HttpRequest) -> Option<HeaderValue> {
    if any_origin(origins) {
        return Some(HeaderValue::from_static("*"));
    }
    let origin = req.headers().get(ORIGIN)?;
    origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes()).then(|| origin.clone())
}

fn allow(origins: &[String], allowed: Option<HeaderValue>, headers: &mut HeaderMap) {
    // Who keeps answers for others must keep them apart by origin.
    if !origins.is_empty() && !any_origin(origins) {
        headers.append(VARY, HeaderValue::from_static("Origin"));
    }
    if let Some(origin) = allowed {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
        headers.insert(ACCESS_CONTROL_MAX_AGE, A_DAY);
    }
}

fn any_origin(origins: &[String]) -> bool {
    origins.iter().any(|origin| origin == "*")
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn headers_for(origins: &[&str], origin: &'static str) -> HeaderMap {
        let origins: Vec<String> = origins.iter().map(ToString::to_string).collect();
        let req = TestRequest::default().insert_header((ORIGIN, origin)).to_http_request();
        let mut headers = HeaderMap::new();
        allow(&origins, allowed(&origins, &req), &mut headers);
        headers
    }

    #[test]
    fn only_an_allowed_origin_is_answered() {
        let ours = "https://app.example.com";
        assert_eq!(headers_for(&[ours], ours).get(ACCESS_CONTROL_ALLOW_ORIGIN).unwrap(), ours);
        let others = headers_for(&[ours], "https://app.example.com.evil.example");
        assert!(!others.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));
        assert_eq!(others.get(VARY).unwrap(), "Origin");
    }

    #[test]
    fn nobody_is_allowed_by_default_and_everybody_by_a_star() {
        assert!(headers_for(&[], "https://a.example").is_empty());
        let starred = headers_for(&["*"], "https://a.example");
        assert_eq!(starred.get(ACCESS_CONTROL_ALLOW_ORIGIN).unwrap(), "*");
        assert!(!starred.contains_key(VARY));
    }
}

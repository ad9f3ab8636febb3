//! A dialect's route table: what actix serves, and what people are shown of it.

use std::fmt;
use std::rc::Rc;

use actix_web::http::Method;
use actix_web::web::ServiceConfig;
use actix_web::{HttpRequest, Resource, Route};

/// One row of a route table.
#[derive(Debug, Clone, Copy)]
pub struct Endpoint {
    /// The HTTP method, in capitals.
    pub method: &'static str,
    /// The documented absolute path, in actix's pattern syntax.
    pub path: &'static str,
    /// Who may call, in words for people.
    pub caller: &'static str,
    /// The handler, such as `|| web::to(show)`; [`register`] adds the method itself.
    pub route: fn() -> Route,
}

/// Registers a route table: one resource a path, and `wrong_method` for every other method.
///
/// Rows of one path may stand anywhere; the path's first row decides its place, and the first
/// path that matches a request gets it, so `/users/me` has to come before `/users/{id}`.
pub fn register(cfg: &mut ServiceConfig, endpoints: &[Endpoint], wrong_method: fn() -> Route) {
    let mut seen = Vec::new();
    for path in endpoints.iter().map(|endpoint| endpoint.path) {
        if !seen.contains(&path) {
            seen.push(path);
            cfg.service(resource(path, endpoints, wrong_method));
        }
    }
}

fn resource(path: &str, endpoints: &[Endpoint], wrong_method: fn() -> Route) -> Resource {
    let rows = endpoints.iter().filter(|endpoint| endpoint.path == path);
    let mut resource = Resource::new(path).default_service(wrong_method());
    let mut allowed = Vec::new();
    for (method, route) in rows.filter_map(|row| Some((parse(row.method)?, row.route))) {
        resource = resource.route(route().method(method.clone()));
        allowed.push(method);
    }
    resource.app_data(Rc::new(Allowed(allowed)))
}

/// A name that is no HTTP method can never be asked for, so its row is left out.
fn parse(method: &str) -> Option<Method> {
    Method::from_bytes(method.as_bytes()).ok()
}

/// The methods of the path that was asked for, in the order of the table.
/// Displayed, it is the value of an `Allow` header.
#[derive(Debug, Default)]
pub struct Allowed(pub Vec<Method>);

impl Allowed {
    /// The methods of this request's path; none where the path is not in the table.
    #[must_use]
    pub fn of(req: &HttpRequest) -> Rc<Self> {
        req.app_data::<Rc<Self>>().cloned().unwrap_or_default()
    }
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.iter().map(Method::as_str).collect();
        f.write_str(&names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::{TestRequest, call_service, init_service, read_body};
    use actix_web::{App, HttpResponse, web};

    use super::*;

    const TABLE: &[Endpoint] = &[
        Endpoint { method: "GET", path: "/a", caller: "anybody", route: || web::to(|| answer("get a")) },
        Endpoint { method: "GET", path: "/me", caller: "anybody", route: || web::to(|| answer("me")) },
        Endpoint { method: "GET", path: "/{id}", caller: "anybody", route: || web::to(|| answer("get id")) },
        Endpoint { method: "PUT", path: "/a", caller: "anybody", route: || web::to(|| answer("put a")) },
    ];

    async fn answer(text: &'static str) -> HttpResponse {
        HttpResponse::Ok().body(text)
    }

    async fn wrong_method(req: HttpRequest) -> HttpResponse {
        HttpResponse::MethodNotAllowed().body(Allowed::of(&req).to_string())
    }

    async fn ask(method: Method, path: &str) -> (u16, String) {
        let app = init_service(
            App::new().service(web::scope("/p").configure(|cfg| register(cfg, TABLE, || web::to(wrong_method)))),
        )
        .await;
        let req = TestRequest::with_uri(path).method(method).to_request();
        let res = call_service(&app, req).await;
        let status = res.status().as_u16();
        (status, String::from_utf8(read_body(res).await.to_vec()).unwrap())
    }

    #[actix_web::test]
    async fn rows_of_one_path_are_one_resource() {
        assert_eq!(ask(Method::GET, "/p/a").await, (200, "get a".into()));
        assert_eq!(ask(Method::PUT, "/p/a").await, (200, "put a".into()));
        assert_eq!(ask(Method::GET, "/p/me").await, (200, "me".into()));
        assert_eq!(ask(Method::GET, "/p/7").await, (200, "get id".into()));
    }

    #[actix_web::test]
    async fn another_method_is_told_the_allowed_ones() {
        assert_eq!(ask(Method::POST, "/p/a").await, (405, "GET, PUT".into()));
        assert_eq!(ask(Method::HEAD, "/p/7").await, (405, "GET".into()));
    }

    #[actix_web::test]
    async fn another_path_is_not_ours() {
        assert_eq!(ask(Method::GET, "/p/a/b").await.0, 404);
    }

    #[test]
    fn outside_of_the_table_nothing_is_allowed() {
        let req = TestRequest::default().to_http_request();
        assert_eq!(Allowed::of(&req).to_string(), "");
    }
}

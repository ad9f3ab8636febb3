//! The dialects' OpenAPI documents, as files and as a page to browse them on.
//!
//! The viewer is Swagger UI. The build script takes its files out of a crate that carries them, so
//! that nothing is downloaded when the gateway is built, nor when the page is opened.

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use actix_web::middleware::DefaultHeaders;
use actix_web::web::{self, Path, ServiceConfig};
use actix_web::{HttpResponse, Responder};

use crate::dialects::{self, Dialect};

/// Nothing but what this listener itself serves. Images may stand in the style sheet; the hash is that of the only
/// style that the viewer brings along, the colours of its logo.
const POLICY: &str = "default-src 'none'; script-src 'self'; \
                      style-src 'self' 'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='; \
                      img-src 'self' data:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// A file of the viewer.
struct Asset {
    name: &'static str,
    content_type: &'static str,
    gzip: &'static [u8],
}

macro_rules! asset {
    ($name:literal, $content_type:expr) => {
        Asset {
            name: $name,
            content_type: $content_type,
            gzip: include_bytes!(concat!(env!("OUT_DIR"), "/viewer/", $name, ".gz")),
        }
    };
}

static ASSETS: [Asset; 4] = [
    asset!("index.css", CSS),
    asset!("swagger-ui.css", CSS),
    asset!("swagger-ui-bundle.js", JAVASCRIPT),
    asset!("swagger-ui-standalone-preset.js", JAVASCRIPT),
];

/// Serves the documents, the page and the viewer.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/openapi/{name}.yaml", web::get().to(document))
        .route("/docs", web::get().to(page))
        .route("/docs/start.js", web::get().to(start))
        .route("/docs/{file}", web::get().to(asset));
}

/// What a browser is told with every answer: believe the content type, load nothing from elsewhere, tell nobody.
#[must_use]
pub fn headers() -> DefaultHeaders {
    DefaultHeaders::new()
        .add((CONTENT_SECURITY_POLICY, POLICY))
        .add((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .add((REFERRER_POLICY, "no-referrer"))
}

async fn document(name: Path<String>) -> impl Responder {
    match Dialect::by_name(&name) {
        // RFC 9512
        Some(dialect) => HttpResponse::Ok().content_type("application/yaml").body(dialect.openapi),
        None => HttpResponse::NotFound().finish(),
    }
}

async fn page() -> impl Responder {
    let names: Vec<&str> = dialects::ALL.iter().map(|dialect| dialect.name).collect();
    let page = include_str!("docs/page.html").replace("{dialects}", &names.join(" "));
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page)
}

async fn start() -> impl Responder {
    HttpResponse::Ok().content_type(JAVASCRIPT).body(include_str!("docs/start.js"))
}

/// Always compressed, as it is embedded: only browsers ask, and all of them can read it.
async fn asset(file: Path<String>) -> impl Responder {
    match ASSETS.iter().find(|asset| asset.name == *file) {
        Some(Asset { content_type, gzip, .. }) => {
            HttpResponse::Ok().content_type(*content_type).insert_header((CONTENT_ENCODING, "gzip")).body(*gzip)
        }
        None => HttpResponse::NotFound().finish(),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::App;
    use actix_web::test::{TestRequest, call_service, init_service, read_body};

    use super::*;

    /// Status, content type and body of what is served at this path; the strict headers are there in any case.
    async fn get(path: &str) -> (u16, String, Vec<u8>) {
        let app = init_service(App::new().wrap(headers()).configure(routes)).await;
        let answer = call_service(&app, TestRequest::with_uri(path).to_request()).await;
        let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(header("content-security-policy").as_deref(), Some(POLICY), "{path}");
        assert_eq!(header("x-content-type-options").as_deref(), Some("nosniff"), "{path}");
        assert_eq!(header("content-encoding").is_some(), path.contains("swagger-ui") || path.contains("index"));
        let (status, content_type) = (answer.status().as_u16(), header("content-type").unwrap_or_default());
        (status, content_type, read_body(answer).await.to_vec())
    }

    #[actix_web::test]
    async fn every_dialect_has_its_document() {
        for dialect in dialects::ALL {
            let (status, content_type, body) = get(&format!("/openapi/{}.yaml", dialect.name)).await;
            assert_eq!((status, content_type.as_str()), (200, "application/yaml"));
            let title = format!("openapi: 3.1.0\ninfo:\n  title: {}\n", dialect.name);
            assert!(body.starts_with(title.as_bytes()), "{}", dialect.name);
        }
    }

    #[actix_web::test]
    async fn the_page_names_every_dialect_and_only_files_that_are_there() {
        let (status, content_type, body) = get("/docs").await;
        assert_eq!((status, content_type.as_str()), (200, "text/html; charset=utf-8"));
        let page = String::from_utf8(body).unwrap();
        assert!(page.contains("data-dialects=\"onyx basic vitja amadis jwt\""), "{page}");
        let quoted = page.split('"').filter(|text| text.starts_with('/'));
        for path in quoted {
            assert_eq!(get(path).await.0, 200, "{path}");
        }
        assert!(!page.contains("://"), "something is loaded from elsewhere: {page}");
    }

    #[actix_web::test]
    async fn the_viewer_is_compressed() {
        for asset in &ASSETS {
            let (status, content_type, body) = get(&format!("/docs/{}", asset.name)).await;
            assert_eq!((status, content_type.as_str()), (200, asset.content_type));
            assert!(body.starts_with(b"\x1f\x8b\x08"), "{}", asset.name);
        }
    }

    #[actix_web::test]
    async fn what_is_not_there_is_not_found() {
        for path in ["/openapi/latin.yaml", "/openapi/onyx", "/docs/", "/docs/NOTICE", "/docs/../openapi/onyx.yaml"] {
            assert_eq!(get(path).await.0, 404, "{path}");
        }
    }
}

//! Handlers that do for a request what a dialect asks of the core, and nothing of what the dialect does itself:
//! what a dialect's own answer costs more is its parsing, mapping and writing.

use std::sync::Arc;

use actix_web::dev::{Server, Service as _};
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::{self, Data, Path};
use actix_web::{HttpRequest, HttpResponse, error};
use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use dragoman::dialects;
use dragoman::metrics::Metrics;
use dragoman::settings::Settings;
use dragoman::telemetry::Watch;
use dragoman_core::{Accounts, Core, Kind, Login, Random, Tokens};
use uuid::Uuid;

use super::Body;

/// What a dialect would find in its application data.
#[derive(Clone)]
struct Handles {
    accounts: Accounts,
    tokens: Option<Tokens>,
}

/// Below `/bare` there is nothing but the handlers; `/watched` counts and logs requests as the gateway does.
pub fn bind(settings: &Settings, core: &Core, random: &Random) -> Result<(Server, String)> {
    let watch = Watch { metrics: Arc::new(Metrics::new(core)?), random: random.clone() };
    let mut handles = Vec::new();
    for dialect in dialects::ALL {
        let tokens =
            (dialect.algorithm)(settings).map(|algorithm| core.tokens(dialect.realm, algorithm)).transpose()?;
        handles.push((dialect.name, Handles { accounts: core.accounts(dialect.realm), tokens }));
    }
    super::bind(settings, move |app| {
        let watch = watch.clone();
        let reads = |scope: &mut web::ServiceConfig| {
            for (name, handles) in &handles {
                let resource = web::resource(format!("/{name}/{{key}}")).app_data(Data::new(handles.clone()));
                scope.service(resource.route(web::get().to(read)));
            }
        };
        let watched = web::scope("/watched").configure(reads).wrap_fn(move |request, service| {
            let watched = watch.begin(Some("core"), &request);
            watched.end(service.call(request))
        });
        app.app_data(Data::from(Arc::new(Body::new()))).service(watched).service(web::scope("/bare").configure(reads));
    })
}

async fn read(
    request: HttpRequest,
    handles: Data<Handles>,
    key: Path<String>,
    body: Data<Body>,
) -> actix_web::Result<HttpResponse> {
    let credential = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let asked = handles.ask(credential.unwrap_or_default(), &key).await;
    asked.map(|()| body.answer()).map_err(|error| error::ErrorUnauthorized(format!("{error:#}")))
}

impl Handles {
    /// Who calls, and then whom the call is about: two use cases, in every dialect.
    async fn ask(&self, credential: &str, key: &str) -> Result<()> {
        match &self.tokens {
            Some(tokens) => drop(tokens.verify(bearer(credential)?, Kind::Access).await?),
            None => {
                let (name, password) = basic(credential)?;
                drop(self.accounts.authenticate(Login::Username(name), password.into()).await?);
            }
        }
        let found = match (key.parse::<i64>(), Uuid::parse_str(key)) {
            (Ok(number), _) => self.accounts.by_number(number).await,
            (_, Ok(uuid)) => self.accounts.by_uuid(uuid).await,
            (Err(_), Err(_)) => self.accounts.by_username(key).await,
        };
        found.map(drop).map_err(Into::into)
    }
}

fn bearer(credential: &str) -> Result<&str> {
    credential.strip_prefix("Bearer ").context("no bearer token")
}

fn basic(credential: &str) -> Result<(String, String)> {
    let decoded = BASE64_STANDARD.decode(credential.strip_prefix("Basic ").context("no credentials")?)?;
    let text = String::from_utf8(decoded)?;
    let (name, password) = text.split_once(':').context("no colon")?;
    Ok((name.to_owned(), password.to_owned()))
}

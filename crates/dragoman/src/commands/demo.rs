//! `dragoman serve --demo`

use actix_web::rt::System;
use anyhow::{Context as _, Result, bail};
use dragoman_core::{Core, Random};
use secrecy::ExposeSecret as _;

use crate::commands::{print, serve};
use crate::dialects;
use crate::harness::UserLine;
use crate::mounts::{self, Placement};
use crate::settings::Settings;
use crate::startup;
use crate::telemetry;

/// No secret: it opens a throwaway database, which listens where the settings say.
const PASSWORD: &str = "demo-admin-password";
const CLIENT_SECRET: &str = "demo-client-secret";

/// The people of the dialects' documents, with the ids that their examples ask for.
const USERS: &str = include_str!("demo/users.jsonl");

/// Serves a throwaway database, and prints a request to each dialect.
pub(crate) fn run(mut settings: Settings) -> Result<()> {
    let folder =
        tempfile::Builder::new().prefix("dragoman-demo-").tempdir().context("cannot make a temporary folder")?;
    settings.database.url = format!("sqlite://{}", folder.path().join("demo.db").display());
    settings.keys.file = folder.path().join("demo.keys");
    settings.amadis.client_secret.get_or_insert_with(|| CLIENT_SECRET.into());
    let placements = mounts::resolve(&settings)?;
    if let Some(open) = placements.iter().find(|at| !at.listen.ip().is_loopback()) {
        bail!("the demo's passwords are known to everybody: it does not serve {open}, which is no loopback address");
    }
    let _log = telemetry::start(&settings.log)?;
    let random = Random::system();
    let core = serve::ready(&settings, &random)?;
    System::new().block_on(serve::serve(&settings, &core, &random, &placements, async |placements| {
        add_users(&core).await?;
        print(&greeting(&settings, placements))
    }))
}

async fn add_users(core: &Core) -> Result<()> {
    let realm = dialects::ALL.first().context("there is no dialect")?.realm;
    for line in UserLine::read_all(USERS)? {
        core.accounts(realm).seed(line.to_seed()?).await.map_err(startup::plain)?;
    }
    Ok(())
}

fn greeting(settings: &Settings, placements: &[Placement]) -> String {
    let requests = placements.iter().map(|at| format!("\n# {at}\n{}\n", request(settings, at)));
    format!(
        "\nA throwaway database: all is gone when this ends. Administrator: admin, admin@example.com, {PASSWORD}\n{}\n",
        requests.collect::<String>()
    )
}

/// One line for a shell, which signs in first where the dialect asks for a token.
fn request(settings: &Settings, at: &Placement) -> String {
    let curl = match &at.host {
        Some(host) => format!("curl -s -H 'Host: {host}'"),
        None => "curl -s".to_owned(),
    };
    let url = serve::url(at);
    let secret = settings.amadis.client_secret.as_ref().map(|secret| secret.expose_secret()).unwrap_or_default();
    let sign_in = |path: &str, arguments: &str, key: &str| {
        // The value of a JSON key, however the dialect spaces its JSON.
        let pick = format!(r#"sed 's/.*"{key}": *"\([^"]*\)".*/\1/'"#);
        format!("$({curl} {url}{path} {arguments} | {pick})")
    };
    match at.dialect.name {
        "onyx" => {
            let token = sign_in(
                "/api/user/login",
                &format!("-d email=admin@example.com -d password={PASSWORD}"),
                "access_token",
            );
            format!("{curl} {url}/api/users -H \"Authorization: {token}\"")
        }
        "vitja" => {
            let token = sign_in("/api/v1/login", &format!("-d username=admin -d password={PASSWORD}"), "token");
            format!("{curl} {url}/api/v1/users -H \"Authorization: Bearer {token}\"")
        }
        "amadis" => {
            let client =
                format!("-d grant_type=password -d client_id={} -d client_secret={secret}", settings.amadis.client_id);
            let user = format!("-d username=admin@example.com -d password={PASSWORD}");
            let token = sign_in("/oauth/token", &format!("{client} {user}"), "access_token");
            format!("{curl} {url}/api/datamanagement/v1/User -H \"Authorization: Bearer {token}\"")
        }
        "jwt" => {
            let token = sign_in("/v1/users/token", &format!("-u admin@example.com:{PASSWORD}"), "token");
            format!("{curl} {url}/v1/users -H \"Authorization: Bearer {token}\"")
        }
        _ => format!("{curl} -u admin:{PASSWORD} {url}/api/v1/users"),
    }
}

//! `dragoman keys …`

use std::io::{IsTerminal as _, Read as _};
use std::path::Path;

use actix_web::rt::System;
use anyhow::{Context as _, Result, ensure};
use chrono::{DateTime, Utc};
use dragoman_core::{
    Algorithm, Clock, Core, Event, KeyEntry, KeyFault, KeySource, KeyState, KeyStore, LegacyClaims, Random, Secret,
    UserKey,
};

use crate::cli::{ImportArgs, KeysCommand};
use crate::commands::{columns, last_word, warn};
use crate::dialects::{self, Dialect};
use crate::settings::Settings;
use crate::startup::{self, plain};

/// Looks at the key file, or changes it; running gateways follow.
pub(crate) fn run(settings: &Settings, command: KeysCommand) -> Result<()> {
    let keys = KeyStore::new(&settings.keys.file, Clock::system(), Random::system());
    if let Some(mode) = keys.open_mode() {
        let file = settings.keys.file.display();
        warn(&format!(
            "others can read {file} (mode {mode:o}), and whoever reads it can sign in as anybody: chmod 600"
        ));
    }
    match command {
        KeysCommand::List => list(settings, &keys),
        KeysCommand::Rotate { dialects } => rotate(settings, &keys, &dialects),
        KeysCommand::Import(args) if args.sign => install(settings, &keys, &args),
        KeysCommand::Import(args) => import(settings, &keys, &args),
        KeysCommand::Remove { kid } => remove(settings, &keys, &kid),
    }
}

fn list(settings: &Settings, keys: &KeyStore) -> Result<()> {
    let keys = keys.list(signing(settings)).map_err(plain)?;
    if keys.is_empty() {
        return last_word("there are no keys yet; the first start makes them\n");
    }
    let heading = ["DIALECT", "KID", "ALG", "CREATED", "STATE"].map(str::to_owned);
    let rows = dialects::ALL.iter().flat_map(|dialect| keys.iter().filter(|key| key.realm == dialect.name)).map(row);
    last_word(&columns(&std::iter::once(heading).chain(rows).collect::<Vec<_>>()))
}

fn row(key: &KeyEntry) -> [String; 5] {
    let state = match &key.state {
        KeyState::Signs => "signs".to_owned(),
        KeyState::Verifies => "verifies until the next rotation".to_owned(),
        KeyState::Until(time) => format!("verifies until {}", time.format(TIME)),
        KeyState::Imported(claims) => format!("imported, verifies only: {}", map(claims)),
    };
    let created = key.created.map_or_else(|| "-".to_owned(), |time| time.format(TIME).to_string());
    [key.realm.clone(), key.kid.clone(), key.algorithm.name().to_owned(), created, state]
}

const TIME: &str = "%Y-%m-%d %H:%M:%SZ";

fn map(claims: &LegacyClaims) -> String {
    let by = match claims.by {
        UserKey::Number => "integer id",
        UserKey::Uuid => "UUID",
        UserKey::Username => "username",
        UserKey::Email => "e-mail",
    };
    let kind = match &claims.kind {
        Some(claim) => format!("{claim} tells access from refresh"),
        None => "all are access tokens".to_owned(),
    };
    format!("{} is the user's {by}, {kind}", claims.user)
}

fn rotate(settings: &Settings, keys: &KeyStore, names: &[String]) -> Result<()> {
    let named = |dialect: &&Dialect| names.is_empty() || names.iter().any(|name| name == dialect.name);
    let signing =
        dialects::ALL.iter().filter(named).filter_map(|dialect| Some((dialect, algorithm(settings, dialect)?)));
    let signing: Vec<_> = signing.collect();
    ensure!(!signing.is_empty(), "{} has no tokens", names.join(", "));
    let core = startup::open_current(settings)?;
    System::new().block_on(async {
        core.audit().ensure_ours().await.map_err(plain)?;
        let mut said_of_each = String::new();
        for (dialect, algorithm) in signing {
            let until = last_expiry(settings, &core, dialect).await?;
            let key = keys.rotate(dialect.realm, algorithm, until).map_err(said)?;
            said_of_each += &signs_now(&key, &until);
            tell(Ok(core.clone()), Event::KeyRotation, &key).await;
        }
        last_word(&said_of_each)
    })
}

/// Beyond this time nothing needs the keys that sign now.
async fn last_expiry(settings: &Settings, core: &Core, dialect: &Dialect) -> Result<DateTime<Utc>> {
    core.last_expiry(dialect.realm, (dialect.longest_token)(settings)).await.map_err(plain)
}

fn signs_now(key: &KeyEntry, until: &DateTime<Utc>) -> String {
    format!("{}: {} signs; what signed before verifies until {}\n", key.realm, key.kid, until.format(TIME))
}

fn install(settings: &Settings, keys: &KeyStore, args: &ImportArgs) -> Result<()> {
    let dialect = Dialect::by_name(&args.dialect).context("there is no such dialect")?;
    let configured = algorithm(settings, dialect).with_context(|| format!("{} has no tokens", dialect.name))?;
    ensure!(args.algorithm == configured, "{} signs with {}", dialect.name, configured.name());
    let source = source(args)?;
    let core = startup::open_current(settings)?;
    System::new().block_on(async {
        core.audit().ensure_ours().await.map_err(plain)?;
        let until = last_expiry(settings, &core, dialect).await?;
        let key = keys.install(dialect.realm, &source, until).map_err(said)?;
        tell(Ok(core), Event::KeyRotation, &key).await;
        last_word(&signs_now(&key, &until))
    })
}

fn import(settings: &Settings, keys: &KeyStore, args: &ImportArgs) -> Result<()> {
    let dialect = Dialect::by_name(&args.dialect).context("there is no such dialect")?;
    let usual = (dialect.legacy)().with_context(|| format!("{} has no tokens", dialect.name))?;
    let claims = LegacyClaims {
        user: args.user_claim.clone().unwrap_or(usual.user),
        by: args.user_by.map_or(usual.by, UserKey::from),
        kind: args.kind_claim.clone().or(usual.kind).filter(|claim| !claim.is_empty()),
    };
    ensure!(!claims.user.is_empty(), "--user-claim is empty");
    let (key, short) = keys.import(dialect.realm, &source(args)?, claims.clone()).map_err(said)?;
    if let Some(bits) = short {
        warn(&format!(
            "the secret has {bits} bits, fewer than the 256 that HS256 needs (RFC 7518, 3.2): whoever has one of its \
             tokens may guess it and sign in as anybody; `dragoman keys remove {}` once you can do without",
            key.kid
        ));
    }
    System::new().block_on(tell(startup::open_current(settings), Event::KeyImport, &key));
    last_word(&format!("{}: {} verifies tokens of the old server: {}\n", key.realm, key.kid, map(&claims)))
}

fn remove(settings: &Settings, keys: &KeyStore, kid: &str) -> Result<()> {
    let removed = keys.remove(kid, signing(settings)).map_err(said)?;
    System::new().block_on(tell(startup::open_current(settings), Event::KeyRemoval, &removed));
    last_word(&format!("{}: {} is gone, and what it signed is worth nothing\n", removed.realm, removed.kid))
}

/// Writes the audit log, after the fact: a leaked key has to go also while the database is away.
async fn tell(core: Result<Core>, event: Event, key: &KeyEntry) {
    let told = async {
        let realm = Dialect::by_name(&key.realm).context("there is no such dialect")?.realm;
        let core = core?;
        core.audit().key_changed(event, realm, &key.kid).await.map_err(plain)?;
        core.audit().settle().await.map_err(plain)
    };
    if let Err(error) = told.await {
        warn(&format!("the audit log does not tell of this: {error:#}"));
    }
}

fn source(args: &ImportArgs) -> Result<KeySource> {
    let bytes = read(&args.file, args.algorithm)?;
    let text = || String::from_utf8(bytes.clone()).map(Into::into);
    let secret = match &bytes {
        pem if args.algorithm != Algorithm::Hs256 || pem.starts_with(b"-----BEGIN ") => {
            Secret::Pem(text().context("the key is not PEM")?)
        }
        _ if args.base64 => Secret::Base64(text().context("the secret is not base64")?),
        raw => Secret::Raw(without_line_end(raw).to_owned()),
    };
    Ok(KeySource { algorithm: args.algorithm, kid: args.kid.clone(), secret })
}

/// What an editor or `echo` put behind the secret is not part of it.
fn without_line_end(bytes: &[u8]) -> &[u8] {
    let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn read(file: &Path, algorithm: Algorithm) -> Result<Vec<u8>> {
    if file != Path::new("-") {
        return std::fs::read(file).with_context(|| format!("cannot read {}", file.display()));
    }
    if std::io::stdin().is_terminal() && algorithm == Algorithm::Hs256 {
        let secret = rpassword::prompt_password("Secret: ").context("cannot read the secret from the terminal")?;
        return Ok(secret.into_bytes());
    }
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).context("cannot read the key from standard input")?;
    Ok(bytes)
}

fn algorithm(settings: &Settings, dialect: &Dialect) -> Option<Algorithm> {
    (dialect.algorithm)(settings)
}

/// With which algorithm a realm signs.
fn signing(settings: &Settings) -> impl Fn(&str) -> Option<Algorithm> {
    |realm| algorithm(settings, Dialect::by_name(realm)?)
}

fn said(fault: KeyFault) -> anyhow::Error {
    if let KeyFault::File(error) = fault { plain(error) } else { fault.into() }
}

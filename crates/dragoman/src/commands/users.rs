//! `dragoman user …`

use std::pin::pin;

use actix_web::rt::System;
use anyhow::{Context as _, Result, bail};
use dragoman_core::{Accounts, Changes, Core, Error, Filter, Role, Roles, SeedUser, User};
use futures_util::TryStreamExt as _;

use crate::cli::{AddArgs, SetArgs, UserCommand};
use crate::commands::{columns, print};
use crate::dialects::{self, Dialect};
use crate::secrets;
use crate::settings::Settings;
use crate::startup::{self, plain};

/// Administers users without a gateway.
pub(crate) fn run(settings: &Settings, command: UserCommand) -> Result<()> {
    let core = startup::open_current(settings)?;
    System::new().block_on(async {
        core.audit().ensure_ours().await.map_err(plain)?;
        administer(&core, command).await?;
        // A gateway would do it within a second; here there may be none.
        core.audit().settle().await.map_err(plain)
    })
}

async fn administer(core: &Core, command: UserCommand) -> Result<()> {
    match command {
        UserCommand::Add { username, facts } => add(core, username, facts).await,
        UserCommand::Show { user } => show(core, &user).await,
        UserCommand::List => list(core).await,
        UserCommand::Set { user, changes } => set(core, &user, changes).await,
        UserCommand::SetPassword { user, password_file } => {
            let (accounts, user) = find(core, &user).await?;
            let password = Some(secrets::ask(password_file.as_deref())?);
            accounts.update(user.id, Changes { password, ..Changes::default() }).await.map_err(plain)?;
            print("the password is set, and every session of the user is ended\n")
        }
        UserCommand::Delete { user } => {
            let (accounts, user) = find(core, &user).await?;
            accounts.remove(user.id).await.map_err(plain)?;
            print(&format!("deleted: {}\n", name(&user)))
        }
    }
}

async fn add(core: &Core, username: String, facts: AddArgs) -> Result<()> {
    let password = secrets::ask(facts.password_file.as_deref())?;
    let user = SeedUser {
        username: Some(username),
        email: facts.email,
        name: facts.name,
        password: Some(password),
        roles: Roles::USER.with_admin(facts.admin),
        addresses: facts.addresses.into_iter().collect(),
        ..SeedUser::default()
    };
    let (accounts, _) = realms(core).next().context("there is no dialect")?;
    let user = accounts.seed(user).await.map_err(plain)?;
    print(&sheet(core, &user).await?)
}

async fn show(core: &Core, any: &str) -> Result<()> {
    let (_, user) = find(core, any).await?;
    print(&sheet(core, &user).await?)
}

async fn list(core: &Core) -> Result<()> {
    let (accounts, _) = realms(core).next().context("there is no dialect")?;
    let mut heading = Some(["ID", "USERNAME", "E-MAIL", "ROLES", "ENABLED", "UUID"].map(str::to_owned));
    let mut pages = pin!(accounts.list(Filter::default()));
    while let Some(users) = pages.try_next().await.map_err(plain)? {
        let rows = users.iter().map(|user| {
            [
                user.number.to_string(),
                user.username.clone().unwrap_or_default(),
                user.email.clone().unwrap_or_default(),
                roles(user),
                yes(user.enabled),
                user.uuid.to_string(),
            ]
        });
        print(&columns(&heading.take().into_iter().chain(rows).collect::<Vec<_>>()))?;
    }
    Ok(())
}

async fn set(core: &Core, any: &str, changes: SetArgs) -> Result<()> {
    let (accounts, user) = find(core, any).await?;
    let changes = Changes {
        username: changes.username,
        email: changes.email,
        name: changes.name,
        roles: changes.admin.map(|admin| user.roles.with_admin(admin)),
        enabled: changes.enabled,
        addresses: changes.addresses.into_iter().collect(),
        ..Changes::default()
    };
    let user = accounts.update(user.id, changes).await.map_err(plain)?;
    print(&sheet(core, &user).await?)
}

/// The users as each dialect sees them.
fn realms(core: &Core) -> impl Iterator<Item = (Accounts, &'static Dialect)> {
    dialects::ALL.iter().map(|dialect| (core.accounts(dialect.realm), dialect))
}

/// The one user who is meant: `7`, or where that is not clear, `id:7` or `username:7`.
async fn find(core: &Core, any: &str) -> Result<(Accounts, User)> {
    let (accounts, _) = realms(core).next().context("there is no dialect")?;
    let found = match any.split_once(':') {
        Some(("id", number)) => Some(accounts.by_number(number.parse().context("an id is an integer")?).await),
        Some(("uuid", uuid)) => Some(accounts.by_uuid(uuid.parse().context("no UUID")?).await),
        Some(("username", name)) => Some(accounts.by_username(name).await),
        Some(("email", email)) => Some(accounts.by_email(email).await),
        Some(_) | None => None,
    };
    let users = match found {
        Some(Err(Error::UserNotFound)) => Vec::new(),
        Some(found) => vec![found.map_err(plain)?],
        None => accounts.find(any).await.map_err(plain)?,
    };
    match <[User; 1]>::try_from(users) {
        Ok([user]) => Ok((accounts, user)),
        Err(none) if none.is_empty() => bail!("no user has the id, UUID, username or e-mail `{any}`"),
        Err(several) => {
            let names = several.iter().map(|user| format!("{} (id {})", name(user), user.number));
            let names = names.collect::<Vec<_>>().join(" and ");
            bail!("`{any}` may mean {names}: write id:…, uuid:…, username:… or email:…")
        }
    }
}

/// Everything about a user, and how each dialect names it.
async fn sheet(core: &Core, user: &User) -> Result<String> {
    let mut rows = vec![
        row("username", user.username.as_deref().unwrap_or("-")),
        row("e-mail", user.email.as_deref().unwrap_or("-")),
        row("name", &user.name),
        row("roles", &roles(user)),
        row("enabled", &yes(user.enabled)),
        row("created", &user.created.to_rfc3339()),
        row("updated", &user.updated.to_rfc3339()),
    ];
    for (accounts, dialect) in realms(core) {
        let user = seen_by(&accounts, user).await.map_err(plain)?;
        let facts = user.facts.iter().map(|(name, value)| format!("; {name} {value}"));
        rows.push(row(dialect.name, &((dialect.key)(&user) + &facts.collect::<String>())));
    }
    if let Some((accounts, _)) = realms(core).next() {
        let addresses = accounts.addresses(user).await.map_err(plain)?;
        rows.extend(addresses.iter().map(|(chain, address)| row("address", &format!("{chain} {address}"))));
    }
    Ok(columns(&rows))
}

/// The same person, as another dialect sees it. Not by `find`: a username may look like somebody's id.
async fn seen_by(accounts: &Accounts, user: &User) -> dragoman_core::Result<User> {
    match (&user.username, &user.email) {
        (Some(username), _) => accounts.by_username(username).await,
        (None, Some(email)) => accounts.by_email(email).await,
        (None, None) => accounts.by_number(user.number).await,
    }
}

fn row(name: &str, value: &str) -> [String; 2] {
    [name.to_owned(), value.to_owned()]
}

fn name(user: &User) -> String {
    user.username.clone().or_else(|| user.email.clone()).unwrap_or_else(|| user.number.to_string())
}

fn roles(user: &User) -> String {
    user.roles.iter().map(Role::name).collect::<Vec<_>>().join(", ")
}

fn yes(yes: bool) -> String {
    if yes { "yes" } else { "no" }.to_owned()
}

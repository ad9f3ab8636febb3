//! `dragoman user …`

mod find;
mod sheet;

use std::pin::pin;

use actix_web::rt::System;
use anyhow::Result;
use dragoman_core::{Accounts, Changes, Core, Filter, Realm, Role, Roles, SeedUser, User};
use futures_util::TryStreamExt as _;

use crate::cli::{AddArgs, SetArgs, UserCommand};
use crate::commands::{columns, last_word, print, unread_is_fine, warn};
use crate::dialects::{self, Dialect};
use crate::secrets;
use crate::settings::Settings;
use crate::startup::{self, plain};
pub(crate) use find::called;
use find::find;
use sheet::sheet;

/// Administers users without a gateway.
pub(crate) fn run(settings: &Settings, command: UserCommand) -> Result<()> {
    let core = startup::open_current(settings)?;
    System::new().block_on(async {
        core.audit().ensure_ours().await.map_err(plain)?;
        let done = administer(&core, command).await;
        // A gateway would do it within a second; here there may be none. What was refused is told as well.
        core.audit().settle().await.map_err(plain)?;
        done
    })
}

async fn administer(core: &Core, command: UserCommand) -> Result<()> {
    match command {
        UserCommand::Add { username, facts } => add(core, username, facts).await,
        UserCommand::Show { user } => show(core, &user).await,
        UserCommand::List => unread_is_fine(list(core).await),
        UserCommand::Set { user, changes } => set(core, &user, changes).await,
        UserCommand::SetPassword { user, password_file } => {
            let user = find(core, &user).await?;
            let password = Some(secrets::ask(password_file.as_deref())?);
            everybody(core).update(user.id, Changes { password, ..Changes::default() }).await.map_err(plain)?;
            last_word("the password is set, and every session of the user is ended\n")
        }
        UserCommand::EndSessions { user } => {
            let user = find(core, &user).await?;
            everybody(core).end_sessions(user.id).await.map_err(plain)?;
            last_word(&format!("every session is ended: {}\n", name(&user)))
        }
        UserCommand::Delete { user } => {
            let user = find(core, &user).await?;
            everybody(core).remove(user.id).await.map_err(plain)?;
            last_word(&format!("deleted: {}\n", name(&user)))
        }
    }
}

async fn add(core: &Core, username: String, facts: AddArgs) -> Result<()> {
    warn_of_colon(Some(&username));
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
    let user = everybody(core).seed(user).await.map_err(plain)?;
    last_word(&sheet(core, &user).await?)
}

async fn show(core: &Core, any: &str) -> Result<()> {
    let user = find(core, any).await?;
    last_word(&sheet(core, &user).await?)
}

async fn list(core: &Core) -> Result<()> {
    let accounts = everybody(core);
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
    let user = find(core, any).await?;
    warn_of_colon(changes.username.as_deref());
    let changes = Changes {
        username: changes.username,
        email: changes.email,
        name: changes.name,
        roles: changes.admin.map(|admin| user.roles.with_admin(admin)),
        enabled: changes.enabled,
        addresses: changes.addresses.into_iter().collect(),
        ..Changes::default()
    };
    let user = everybody(core).update(user.id, changes).await.map_err(plain)?;
    last_word(&sheet(core, &user).await?)
}

/// The other dialects take such a name, and their registrations do.
fn warn_of_colon(username: Option<&str>) {
    if username.is_some_and(|username| username.contains(':')) {
        warn("a username with a colon cannot be sent by HTTP Basic (RFC 7617, 2): this user signs in elsewhere alone");
    }
}

/// Everybody, under the ids and names that count wherever no dialect has others.
fn everybody(core: &Core) -> Accounts {
    core.accounts(Realm::COMMON)
}

/// The users as each dialect sees them.
fn realms(core: &Core) -> impl Iterator<Item = (Accounts, &'static Dialect)> {
    dialects::ALL.iter().map(|dialect| (core.accounts(dialect.realm), dialect))
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

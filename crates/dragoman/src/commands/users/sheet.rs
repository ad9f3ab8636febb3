//! Everything about a user.

use anyhow::Result;
use dragoman_core::{Accounts, Core, Error, User};

use super::{everybody, realms, roles, yes};
use crate::commands::columns;
use crate::startup::plain;

/// Everything about a user, and how each dialect shows it.
pub(super) async fn sheet(core: &Core, user: &User) -> Result<String> {
    let mut rows = vec![
        row("username", user.username.as_deref().unwrap_or("-")),
        row("e-mail", user.email.as_deref().unwrap_or("-")),
        row("name", &user.name),
        row("roles", &roles(user)),
        row("enabled", &yes(user.enabled)),
        row("created", &user.created.to_rfc3339()),
        row("updated", &user.updated.to_rfc3339()),
    ];
    let addresses = everybody(core).addresses(user).await.map_err(plain)?;
    rows.extend(addresses.iter().map(|(chain, address)| row("address", &format!("{chain} {address}"))));
    let mut shown = vec![["DIALECT", "ITS CLIENTS SAY", "ID", "USERNAME", "UUID", "FACTS"].map(str::to_owned)];
    for (accounts, dialect) in realms(core) {
        let user = found_there(&accounts, user).await?;
        let facts: Vec<_> = user.facts.iter().map(|(name, value)| format!("{name} {value}")).collect();
        shown.push([
            dialect.name.to_owned(),
            (dialect.key)(&user),
            user.number.to_string(),
            user.username.clone().unwrap_or_else(|| "-".to_owned()),
            user.uuid.to_string(),
            facts.join(", "),
        ]);
    }
    let nameless = shown.iter().skip(1).any(|[_, _, _, username, ..]| username == "-");
    let note = if nameless && user.username.is_some() { lost(user) } else { String::new() };
    Ok(columns(&rows) + "\n" + &columns(&shown) + &note)
}

/// The user as the dialect shows it, with the names alone by which it is found there.
async fn found_there(accounts: &Accounts, common: &User) -> Result<User> {
    let mut user = accounts.by_id(common.id).await.map_err(plain)?;
    let mut username = None;
    for name in [&user.username, &common.username].into_iter().flatten() {
        if username.is_none() && is_found(accounts.by_username(name).await, &user)? {
            username = Some(name.clone());
        }
    }
    if let Some(email) = &user.email
        && !is_found(accounts.by_email(email).await, &user)?
    {
        user.email = None;
    }
    user.username = username;
    Ok(user)
}

fn is_found(outcome: dragoman_core::Result<User>, user: &User) -> Result<bool> {
    match outcome {
        Ok(found) => Ok(found.id == user.id),
        Err(Error::UserNotFound) => Ok(false),
        Err(error) => Err(plain(error)),
    }
}

/// What follows from a name that is not the user's in some dialect.
fn lost(user: &User) -> String {
    let by_email = if user.email.is_some() { "by e-mail, where its clients do so" } else { "by its new name" };
    format!(
        "\n-: the username is somebody else's there, or was and means nobody. The user signs in {by_email};\n   \
         dragoman user set id:{} --username NAME gives it a name that counts everywhere\n",
        user.number
    )
}

fn row(name: &str, value: &str) -> [String; 2] {
    [name.to_owned(), value.to_owned()]
}

//! Everything about a user.

use anyhow::Result;
use dragoman_core::{Core, User};

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
        let user = accounts.by_id(user.id).await.map_err(plain)?;
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
    Ok(columns(&rows) + "\n" + &columns(&shown))
}

fn row(name: &str, value: &str) -> [String; 2] {
    [name.to_owned(), value.to_owned()]
}

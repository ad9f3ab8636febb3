//! Who is meant by what somebody wrote.

use anyhow::{Context as _, Result, bail};
use dragoman_core::{Core, Error, User};

use super::{everybody, name, realms};
use crate::dialects::Dialect;
use crate::startup::plain;

/// The one user who is meant: `7`, or where that is not clear, `id:7`, `username:7` or `7@vitja`.
pub(super) async fn find(core: &Core, any: &str) -> Result<User> {
    let accounts = everybody(core);
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
        None => called(core, any).await?,
    };
    match <[User; 1]>::try_from(users) {
        Ok([user]) => Ok(user),
        Err(none) if none.is_empty() => bail!("no user has the id, UUID, username or e-mail `{any}`"),
        Err(several) => {
            let names = several.iter().map(|user| format!("{} (id {})", name(user), user.number));
            let names = names.collect::<Vec<_>>().join(" and ");
            bail!("`{any}` may mean {names}: write id:…, uuid:…, username:… or email:…")
        }
    }
}

/// Everybody whom any dialect calls so. `26@vitja` is whom vitja calls 26, too: anybody may register under such a name.
pub(crate) async fn called(core: &Core, any: &str) -> Result<Vec<User>> {
    let mut found = everybody(core).find(any).await.map_err(plain)?;
    for (accounts, _) in realms(core) {
        found.extend(accounts.find(any).await.map_err(plain)?);
    }
    if let Some((any, dialect)) = any.rsplit_once('@')
        && let Some(dialect) = Dialect::by_name(dialect)
    {
        found.extend(core.accounts(dialect.realm).find(any).await.map_err(plain)?);
    }
    let mut ids: Vec<_> = found.into_iter().map(|user| user.id).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut users = Vec::with_capacity(ids.len());
    for id in ids {
        users.push(everybody(core).by_id(id).await.map_err(plain)?);
    }
    Ok(users)
}

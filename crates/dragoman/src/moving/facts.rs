//! The facts about a user by their names on the command line.

use anyhow::{Context as _, Result, bail, ensure};
use dragoman_core::Fact;

/// Every name of a fact, for messages.
pub const FACTS: &str = "id, uuid, username, email, name, password, password_hash, salt, client_secret, secret_digest, \
                         admin, roles, enabled, created, updated, own:NAME, address:CHAIN, addresses, kept";

/// The fact of this name.
fn by_name(name: &str) -> Option<Fact> {
    Some(match name {
        "id" => Fact::Number,
        "uuid" => Fact::Uuid,
        "username" => Fact::Username,
        "email" => Fact::Email,
        "name" => Fact::Name,
        "password" => Fact::Password,
        "password_hash" => Fact::PasswordHash,
        "salt" => Fact::Salt,
        "client_secret" => Fact::ClientSecret,
        "secret_digest" => Fact::SecretDigest,
        "admin" => Fact::Admin,
        "roles" => Fact::Roles,
        "enabled" => Fact::Enabled,
        "created" => Fact::Created,
        "updated" => Fact::Updated,
        "addresses" => Fact::Addresses,
        "kept" => Fact::Kept,
        _ => match name.split_once(':')? {
            (_, "") => return None,
            ("own", name) => Fact::Own(name.to_owned().into()),
            ("address", chain) => Fact::Address(chain.to_owned().into()),
            _ => return None,
        },
    })
}

/// Reads `column=fact,column=fact`, as `--map` takes it.
///
/// # Errors
/// Names what is no pair, no fact, or there twice.
pub fn parse_map(text: &str) -> Result<Vec<(String, Fact)>> {
    let mut map: Vec<(String, Fact)> = Vec::new();
    for pair in text.split(',') {
        let (column, fact) =
            pair.split_once('=').with_context(|| format!("`{pair}` is not of the form column=fact"))?;
        let (column, fact) = (column.trim(), fact.trim());
        let Some(known) = by_name(fact) else { bail!("`{fact}` is no fact about a user; there are: {FACTS}") };
        ensure!(!column.is_empty(), "`{pair}` is not of the form column=fact");
        ensure!(map.iter().all(|(other, _)| other != column), "`{column}` is mapped twice");
        map.push((column.to_owned(), known));
    }
    Ok(map)
}

//! Who the run is for the server. Passwords come from the environment or a prompt, never from an argument.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;

use anyhow::{Context as _, Result, bail, ensure};
use dragoman_exchange::Values;

use crate::secrets::environment;

const PASSWORD: &str = "DRAGOMAN_CONFORM_PASSWORD";
const CLIENT_ID: &str = "DRAGOMAN_CONFORM_CLIENT_ID";
const CLIENT_SECRET: &str = "DRAGOMAN_CONFORM_CLIENT_SECRET";

/// What exchanges may insert.
pub(super) fn values(username: String, email: Option<String>) -> Result<Values> {
    let mut values = Values::from_iter([("admin.username", username), ("admin.password", password()?)]);
    let others = [
        ("admin.email", email),
        ("oauth.client_id", environment(CLIENT_ID)?),
        ("oauth.client_secret", environment(CLIENT_SECRET)?),
    ];
    for (name, value) in others {
        if let Some(value) = value {
            values.set(name, value);
        }
    }
    Ok(values)
}

/// Where a line for a shell finds what is not shown.
pub(super) fn in_a_shell() -> BTreeMap<String, String> {
    let secrets = [("admin.password", PASSWORD), ("oauth.client_secret", CLIENT_SECRET)];
    secrets.into_iter().map(|(name, variable)| (name.to_owned(), format!("${variable}"))).collect()
}

fn password() -> Result<String> {
    if let Some(password) = environment(PASSWORD)? {
        return Ok(password);
    }
    if !std::io::stdin().is_terminal() {
        bail!("the administrator's password is not known: set {PASSWORD}");
    }
    let password = rpassword::prompt_password("The administrator's password: ")
        .context("cannot read the password from the terminal")?;
    ensure!(!password.is_empty(), "the password is empty");
    Ok(password)
}

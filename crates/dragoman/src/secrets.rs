//! Passwords: made up, or taken from a person without showing them.

use std::io::{IsTerminal as _, Read as _};
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use dragoman_core::{Password, Random};

/// Digits and letters that are not mistaken for one another.
const ALPHABET: &[u8; 32] = b"23456789abcdefghijkmnpqrstuvwxyz";

/// 130 random bits as 26 characters.
#[must_use]
pub fn generated(random: &Random) -> String {
    let character = |byte: u8| ALPHABET.iter().copied().nth(usize::from(byte & 31)).map(char::from);
    random.bytes::<26>().into_iter().filter_map(character).collect()
}

/// A password from a file, else from a prompt on the terminal, else from standard input.
///
/// # Errors
/// An unreadable source; two different entries at the prompt; nothing at all.
pub fn ask(file: Option<&Path>) -> Result<Password> {
    let password = match file {
        Some(file) => std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?,
        None if std::io::stdin().is_terminal() => prompt()?,
        None => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).context("cannot read the password from standard input")?;
            text
        }
    };
    let password = password.strip_suffix('\n').unwrap_or(&password);
    let password = password.strip_suffix('\r').unwrap_or(password);
    ensure!(!password.is_empty(), "the password is empty");
    Ok(password.to_owned().into())
}

/// What an environment variable holds; an empty one counts as none.
///
/// # Errors
/// When it is no text.
pub fn environment(name: &str) -> Result<Option<String>> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => bail!("{name} is no UTF-8"),
    }
}

fn prompt() -> Result<String> {
    let password = rpassword::prompt_password("Password: ").context("cannot read the password from the terminal")?;
    let again = rpassword::prompt_password("Once more: ").context("cannot read the password from the terminal")?;
    if password != again {
        bail!("the two passwords differ");
    }
    Ok(password)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_generated_password_is_130_random_bits() {
        let random = Random::system();
        let made: HashSet<String> = (0..1000).map(|_| generated(&random)).collect();
        assert_eq!(made.len(), 1000);
        let letters: HashSet<char> = made.iter().flat_map(|password| password.chars()).collect();
        assert_eq!(letters.len(), 32);
        assert!(made.iter().all(|password| password.len() == 26));
    }
}

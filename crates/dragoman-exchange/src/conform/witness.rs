//! Stands beside a replay: keeps it from doing harm, and remembers how to send its last request again.

use std::collections::BTreeMap;

use super::guard::Guard;
use crate::client::Request;
use crate::curl::{Secrets, curl};
use crate::exchange::{Expectation, Message};
use crate::replay::Watch;
use crate::template::{Kind, Part, Pattern};
use crate::values::Values;

/// What a JSON Web Token looks like to grep.
const TOKEN: &str = "grep -o 'eyJ[A-Za-z0-9_.-]*'";

pub(crate) struct Witness<'a> {
    /// The line for a shell that sends the last request again.
    pub(crate) last: Option<String>,
    base: &'a str,
    guard: Guard<'a>,
    secrets: Secrets,
    /// What must not be shown, and the name to show in its place.
    hidden: BTreeMap<String, String>,
}

impl<'a> Witness<'a> {
    pub(crate) fn new(base: &'a str, guard: Guard<'a>, secrets: &Secrets, values: &Values) -> Self {
        let mut witness = Self { last: None, base, guard, secrets: secrets.clone(), hidden: BTreeMap::new() };
        secrets.keys().for_each(|name| witness.hide(name, values));
        witness
    }

    /// The text without anything that must not be shown.
    pub(crate) fn discreet(&self, text: &str) -> String {
        self.hidden.iter().fold(text.to_owned(), |text, (value, name)| text.replace(value, &format!("{{{{{name}}}}}")))
    }

    fn hide(&mut self, name: &str, values: &Values) {
        if let Ok(value) = values.get(name)
            && !value.is_empty()
        {
            // As it is, and as JSON writes it.
            let spelled = serde_json::Value::from(value).to_string();
            let inside = spelled.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
            self.hidden.insert(inside.to_owned(), name.to_owned());
            self.hidden.insert(value.to_owned(), name.to_owned());
        }
    }
}

impl Watch for Witness<'_> {
    fn before(&mut self, message: &Message, request: &Request, values: &Values) -> Result<(), String> {
        self.last = curl(message, self.base, values, &self.secrets).ok();
        self.guard.objection(message, request).map_or(Ok(()), Err)
    }

    /// Tokens that a secret was given for are secrets as well: a shell gets its own by the same request.
    fn after(&mut self, message: &Message, expect: &Expectation, values: &Values) {
        let request = self.last.clone().filter(|_| message.carries(|name| self.secrets.contains_key(name)));
        for (place, name) in tokens(&expect.body) {
            let Some(name) = name else { continue };
            match &request {
                Some(request) => {
                    self.secrets.insert(name.to_owned(), format!("$({request} | {TOKEN} | sed -n {place}p)"));
                    self.hide(name, values);
                }
                // The name stands for somebody else's token from here on.
                None => drop(self.secrets.remove(name)),
            }
        }
    }
}

/// The tokens in an answer, counted from 1, with the names under which they are kept.
fn tokens(body: &Pattern) -> impl Iterator<Item = (usize, Option<&str>)> {
    let tokens = body.parts().iter().filter_map(|part| match part {
        Part::Slot { kind: Kind::Jwt, name } => Some(name.as_deref()),
        Part::Slot { .. } | Part::Literal(_) | Part::Value(_) => None,
    });
    tokens.enumerate().map(|(index, name)| (index + 1, name))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use anyhow::{Context as _, Result};

    use super::*;
    use crate::Cleanup;
    use crate::exchange::Step;
    use crate::read::read_str;

    const EXCHANGE: &str = r#"
- exchange: Two sessions
  clauses: [R1]
  steps:
    - send: POST /login
      form: { password: "{{admin.password}}" }
      expect: { status: 200, body: '"{{jwt}}" "{{jwt token}}"' }
    - send: GET /x
      bearer: "{{token}}"
      expect: { status: 200, body: '' }
    - send: POST /login
      form: { password: secret12 }
      expect: { status: 200, body: '"{{jwt token}}"' }
    - send: GET /x
      bearer: "{{token}}"
      expect: { status: 200, body: '' }
"#;

    const CLEANUP: &str = "
list: { send: GET /users }
user: { key: id, names: [name] }
delete: { send: 'DELETE /users/{{user}}' }
signs_in: [POST /login]
";

    /// The lines for curl of every request, and a text that holds everything secret, as it is shown.
    fn watched() -> Result<(Vec<String>, String)> {
        let exchange = read_str(EXCHANGE, Path::new("x.yaml"))?.pop().context("no exchange")?;
        let cleanup = Cleanup::read_str(CLEANUP, Path::new("cleanup.yaml"))?;
        let mut values = Values::from_iter([("admin.password", r#"h"sh"#)]);
        let secrets = [("admin.password".to_owned(), "$PASSWORD".to_owned())].into();
        let mut witness = Witness::new("http://h", Guard::new(&cleanup, None), &secrets, &values);
        let mut lines = Vec::new();
        for (step, token) in exchange.steps.iter().zip(["a.b.boss", "-", "a.b.ann", "-"]) {
            let Step::Send { message, expect } = &step.value else { anyhow::bail!("no request") };
            witness.before(message, &message.fill(&values)?, &values).map_err(anyhow::Error::msg)?;
            lines.extend(witness.last.clone());
            if token != "-" {
                values.set("token", token);
            }
            witness.after(message, expect, &values);
        }
        let shown = witness.discreet(r#"h"sh a.b.boss a.b.ann {"p":"h\"sh"}"#);
        Ok((lines, shown))
    }

    #[test]
    fn a_token_of_the_administrator_is_fetched_and_never_shown() -> Result<()> {
        let (lines, shown) = watched()?;
        let of_boss = lines.get(1).map_or("", String::as_str);
        assert!(of_boss.contains("\"$(curl -sig") && of_boss.contains("sed -n 2p)\""), "{of_boss}");
        let of_ann = lines.get(3).map_or("", String::as_str);
        assert!(of_ann.contains("Bearer a.b.ann") && !of_ann.contains("$("), "{of_ann}");
        assert!(lines.iter().all(|line| !line.contains("boss") && !line.contains("h\"sh")), "{lines:?}");
        assert_eq!(shown, r#"{{admin.password}} {{token}} a.b.ann {"p":"{{admin.password}}"}"#);
        Ok(())
    }
}

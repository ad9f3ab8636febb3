//! `dialects/access.md`: the table as a person reads it, printed from what a walk has seen.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::Result;
use dragoman::dialects;

use super::credentials::{Condition, Credential, Owner};
use super::plan::Row;
use crate::people::Kind;

const HEAD: &str = "\
<!-- Generated. Change access.toml, then run: DRAGOMAN_RECORD=1 tests/run --test all -- \"five by five\" -->
# Which credential opens which route

The five dialects share their users, so whatever one of them gives out is tried at all of them. This page is printed
by the tests from what they saw at a gateway in its default settings, on SQLite and on PostgreSQL alike. What they
expect stands in [access.toml](access.toml), by hand; a run that sees something else fails, and so does one in
which a rule below is broken, whatever access.toml says. The routes come from the dialects' own route tables: one
without a request in access.toml fails the run.

A credential goes into `Authorization` as HTTP Basic or as a Bearer token, and where a route takes its credential from
the body (a login, a grant, a change of password) into the body. Every request is well-formed: each of them lets an
administrator in.

";

const RULES: &str = "\
## The rules

1. A token of one dialect is worth nothing in another.
2. A refresh token is never taken for an access token, nor anything else for a refresh token.
3. What belonged to somebody who is now disabled or deleted opens nothing; what belonged to an administrator who is
   none any more opens what any user's does.
4. What has expired, was logged out, ended by a new password or used up opens nothing.
5. A token with a changed claim or signature, without a signature (`none`), signed with a public key as an HMAC secret,
   or signed with somebody else's key opens nothing.
6. A password is its owner's and no dialect's: it signs its owner in wherever a dialect takes that name.
7. Administration is for administrators, and nobody but an administrator makes one.
8. A request that is refused changes nothing.

";

/// What a walk has seen: for each row the credentials that opened it.
pub(crate) type Seen = Vec<BTreeSet<Credential>>;

pub(crate) fn print(rows: &[Row], seen: &Seen) -> Result<String> {
    let mut page = HEAD.to_owned();
    page.push_str(RULES);
    summary(&mut page, rows, seen)?;
    for dialect in dialects::ALL {
        section(&mut page, dialect.name, rows, seen)?;
    }
    tried(&mut page)?;
    Ok(page)
}

/// How many requests of each dialect the credentials of each dialect open.
fn summary(page: &mut String, rows: &[Row], seen: &Seen) -> Result<()> {
    let (requests, credentials) = (rows.len(), Credential::all().len());
    let cells = requests * credentials;
    let names: Vec<&str> = dialects::ALL.iter().map(|dialect| dialect.name).collect();
    let heads: String = names.iter().map(|name| format!(" {name} tokens |")).collect();
    write!(
        page,
        "## Five by five\n\n{requests} requests with {credentials} credentials each are {cells} cells. Of the requests \
         to a dialect that ask for a credential,\nhow many are opened by\n\n\
         | requests to | asking |{heads} passwords and secrets | what is dead or forged |\n|---|---|{}\n",
        "---|".repeat(names.len() + 2)
    )?;
    for name in &names {
        let asking = |(row, _): &(&Row, _)| row.dialect.name == *name && row.openers.is_some();
        let asking: Vec<_> = rows.iter().zip(seen).filter(asking).map(|(_, seen)| seen).collect();
        let tokens = names.iter().map(|of| opened(&asking, &|kind, _, _| kind.is_token() && kind.dialect() == *of));
        let passwords = opened(&asking, &|kind, _, _| !kind.is_token());
        let dead = opened(&asking, &|_, owner, condition| condition != Condition::Good || !owner.is_alive());
        let cells: Vec<String> = tokens.chain([passwords, dead]).collect();
        writeln!(page, "| {name} | {} | {} |", asking.len(), cells.join(" | "))?;
    }
    writeln!(page)?;
    Ok(())
}

/// How many rows were opened by a credential like this.
fn opened(rows: &[&BTreeSet<Credential>], like: &dyn Fn(Kind, Owner, Condition) -> bool) -> String {
    let alike = |credential: &Credential| match credential {
        Credential::Of { kind, owner, condition } => like(*kind, *owner, *condition),
        Credential::Nothing | Credential::OauthClient => false,
    };
    match rows.iter().filter(|seen| seen.iter().any(alike)).count() {
        0 => "–".to_owned(),
        count => count.to_string(),
    }
}

fn section(page: &mut String, dialect: &str, rows: &[Row], seen: &Seen) -> Result<()> {
    writeln!(page, "## {dialect}\n\n| request | opened by |\n|---|---|")?;
    for (row, seen) in rows.iter().zip(seen).filter(|(row, _)| row.dialect.name == dialect) {
        writeln!(page, "| `{}` | {} |", row.name(), openers(seen))?;
    }
    writeln!(page)?;
    Ok(())
}

/// Kinds of credentials that are opened to the same people stand together.
fn openers(seen: &BTreeSet<Credential>) -> String {
    if seen.len() == Credential::all().len() {
        return "anybody, whatever is shown".to_owned();
    }
    let mut of_whom: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for credential in seen {
        let (name, whose) = words(*credential);
        of_whom.entry(name).or_default().push(whose);
    }
    let mut by_people: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, people) in of_whom {
        by_people.entry(people.join(", ")).or_default().push(name);
    }
    let cell = by_people.into_iter().map(|(people, names)| format!("{} of: {people}", names.join(", ")));
    cell.collect::<Vec<_>>().join("; ")
}

fn words(credential: Credential) -> (String, &'static str) {
    match credential {
        Credential::Of { kind, owner, condition: Condition::Good } => (kind.name().to_owned(), owner.name()),
        Credential::Of { kind, owner, condition } => {
            (format!("**{}, {}**", kind.name(), condition.name()), owner.name())
        }
        Credential::Nothing | Credential::OauthClient => (credential.to_string(), "nobody"),
    }
}

fn tried(page: &mut String) -> Result<()> {
    writeln!(
        page,
        "## What is tried\n\nAt every request above: nothing at all, the id and the secret of the OAuth2 client, and\n"
    )?;
    writeln!(page, "| credential | of whom | an administrator's, but |\n|---|---|---|")?;
    for kind in Kind::ALL {
        let (mut owners, mut conditions) = (Vec::new(), Vec::new());
        for credential in Credential::all() {
            match credential {
                Credential::Of { kind: of, owner, condition: Condition::Good } if of == kind => {
                    owners.push(owner.name())
                }
                Credential::Of { kind: of, condition, .. } if of == kind => conditions.push(condition.name()),
                Credential::Of { .. } | Credential::Nothing | Credential::OauthClient => {}
            }
        }
        writeln!(page, "| {} | {} | {} |", kind.name(), owners.join(", "), conditions.join(", "))?;
    }
    Ok(())
}

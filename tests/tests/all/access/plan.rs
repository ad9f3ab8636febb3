//! What `dialects/access.toml` expects: for each route of each dialect a request, and who gets through with it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail, ensure};
use dragoman::dialects::{self, Dialect};
use dragoman_http::Endpoint;
use dragoman_tests::root;
use serde::Deserialize;

use super::credentials::{Condition, Credential, Owner};
use crate::people::Kind;

/// What `Endpoint::caller` says of a route that asks for no credential.
const ANYBODY: &str = "anybody";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    key: Key,
    caller: BTreeMap<String, Opening>,
    call: Vec<Call>,
}

/// What a dialect's paths name a user by.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Key {
    Number,
    Username,
    Uuid,
}

/// Which name belongs to a credential that has none of its own.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Names {
    #[default]
    Email,
    Username,
}

/// Where a request carries the credential.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Presented {
    #[default]
    Header,
    Body,
}

/// Owners by the name of the kind of credential.
type Openers = BTreeMap<String, BTreeSet<Owner>>;

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Opening {
    opened_by: Openers,
    for_oneself: Option<Openers>,
}

/// One well-formed request.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Call {
    route: String,
    /// What sets it apart from other requests for the same route.
    pub(crate) note: Option<String>,
    /// Where the route's own path will not do.
    pub(crate) path: Option<String>,
    pub(crate) form: Option<String>,
    pub(crate) json: Option<String>,
    #[serde(default)]
    pub(crate) presented: Presented,
    #[serde(default)]
    pub(crate) names: Names,
    #[serde(default)]
    pub(crate) spends: bool,
    opened_by: Option<Openers>,
    for_oneself: Option<Openers>,
}

/// Of whom a request speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    Nobody,
    SomebodyElse,
    Oneself,
}

/// One request, and who gets through with it.
pub(crate) struct Row {
    pub(crate) dialect: &'static Dialect,
    pub(crate) endpoint: &'static Endpoint,
    pub(crate) key: Key,
    pub(crate) call: Call,
    pub(crate) subject: Subject,
    /// None: anybody, whatever is shown.
    pub(crate) openers: Option<BTreeSet<(Kind, Owner)>>,
}

impl Row {
    /// What `dragoman routes` calls it, and which request it is.
    pub(crate) fn name(&self) -> String {
        let note = self.call.note.iter().map(|note| format!(", {note}"));
        let subject = match self.subject {
            Subject::Nobody => None,
            Subject::SomebodyElse => Some(", of somebody else".to_owned()),
            Subject::Oneself => Some(", of oneself".to_owned()),
        };
        let (method, path) = (self.endpoint.method, self.endpoint.path.replace(":[^/]*", ""));
        format!("{method} {path}{}", note.chain(subject).collect::<String>())
    }

    /// Whether showing this credential here uses it up, whatever is answered.
    pub(crate) fn is_spent_by(&self, credential: Credential) -> bool {
        let alive = matches!(credential, Credential::Of { condition: Condition::Good, .. });
        alive && self.call.presented == Presented::Body
    }

    /// Whether this credential should get through.
    pub(crate) fn opens_for(&self, credential: Credential) -> bool {
        let Some(openers) = &self.openers else { return true };
        match credential {
            Credential::Of { kind, owner, condition: Condition::Good } => openers.contains(&(kind, owner)),
            Credential::Of { .. } | Credential::Nothing | Credential::OauthClient => false,
        }
    }
}

/// Every row, in the order of the route tables.
///
/// # Errors
/// A route without a request, or an entry without a route.
pub(crate) fn rows() -> Result<Vec<Row>> {
    let text = std::fs::read_to_string(root().join("dialects").join("access.toml"))?;
    let mut parts: BTreeMap<String, Part> = toml::from_str(&text).context("dialects/access.toml")?;
    let mut rows = Vec::new();
    for dialect in dialects::ALL {
        let part = parts.remove(dialect.name).with_context(|| format!("access.toml knows no {}", dialect.name))?;
        rows.extend(of_dialect(dialect, part).with_context(|| format!("access.toml, {}", dialect.name))?);
    }
    ensure!(parts.is_empty(), "access.toml knows a dialect that is none: {:?}", parts.keys());
    Ok(rows)
}

fn of_dialect(dialect: &'static Dialect, mut part: Part) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let mut used = BTreeSet::new();
    for endpoint in dialect.endpoints {
        let route = format!("{} {}", endpoint.method, endpoint.path);
        let calls: Vec<Call> = part.call.extract_if(.., |call| call.route == route).collect();
        ensure!(!calls.is_empty(), "there is no request for {route}");
        for call in calls {
            if call.opened_by.is_none() {
                used.insert(endpoint.caller);
            }
            rows.extend(of_call(dialect, endpoint, part.key, &part.caller, &call).context(route.clone())?);
        }
    }
    ensure!(part.call.is_empty(), "nobody serves {:?}", part.call.iter().map(|call| &call.route).collect::<Vec<_>>());
    let idle: Vec<_> = part.caller.keys().filter(|caller| !used.contains(caller.as_str())).collect();
    ensure!(idle.is_empty(), "no route has the caller {idle:?}");
    Ok(rows)
}

fn of_call(
    dialect: &'static Dialect,
    endpoint: &'static Endpoint,
    key: Key,
    callers: &BTreeMap<String, Opening>,
    call: &Call,
) -> Result<Vec<Row>> {
    let own = call.opened_by.clone().map(|opened_by| Opening { opened_by, for_oneself: call.for_oneself.clone() });
    let opening = match (own, endpoint.caller) {
        (Some(own), _) => Some(own),
        (None, ANYBODY) => None,
        (None, caller) => Some(callers.get(caller).with_context(|| format!("nobody is {caller:?}"))?.clone()),
    };
    let row = |subject| {
        let openers = opening.as_ref().map(|opening| match subject {
            Subject::Oneself => opening.for_oneself.as_ref().unwrap_or(&opening.opened_by),
            Subject::Nobody | Subject::SomebodyElse => &opening.opened_by,
        });
        let openers = openers.map(known).transpose()?;
        Ok(Row { dialect, endpoint, key, call: call.clone(), subject, openers })
    };
    let texts = [&call.form, &call.json].into_iter().flatten();
    let in_path = call.path.is_none() && endpoint.path.contains('{');
    let subjects: &[_] = if in_path || texts.into_iter().any(|text| text.contains("{subject.")) {
        &[Subject::SomebodyElse, Subject::Oneself]
    } else {
        &[Subject::Nobody]
    };
    subjects.iter().copied().map(row).collect()
}

fn known(openers: &Openers) -> Result<BTreeSet<(Kind, Owner)>> {
    let mut known = BTreeSet::new();
    for (name, owners) in openers {
        let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.name() == name) else {
            bail!("no credential is called {name:?}")
        };
        known.extend(owners.iter().map(|owner| (kind, *owner)));
    }
    Ok(known)
}

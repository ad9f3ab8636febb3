//! What a dialect says about its users in `cleanup.yaml`, so that a run leaves a server as it found it.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, ensure};
use serde::Deserialize;

use crate::exchange::Message;
use crate::template::{Part, Pattern, Text};
use crate::values::Values;
use crate::yaml::{OneOrMore, Pairs, one_body, one_credential};

/// How users are listed and deleted, and which requests leave them alone.
#[derive(Debug, Clone)]
pub struct Cleanup {
    /// How the administrator signs in.
    pub(crate) sign_in: Vec<Errand>,
    /// How all users are listed.
    pub(crate) list: Errand,
    /// What a user looks like in the list.
    pub(crate) user: UserShape,
    /// How a user is deleted.
    pub(crate) delete: Errand,
    signs_in: Vec<Route>,
    changes: Vec<Route>,
}

/// A request that is no part of the contract, and what must be found in its answer.
#[derive(Debug, Clone)]
pub(crate) struct Errand {
    pub(crate) message: Message,
    pub(crate) answer: Option<Pattern>,
}

/// Where a user's names stand in a JSON object.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserShape {
    /// What the delete request calls it by.
    pub(crate) key: String,
    /// Where the mark of a run may be found.
    pub(crate) names: Vec<String>,
}

/// A method, and a path; a path that ends with a slash stands for all that lies below it.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
struct Route {
    method: String,
    path: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CleanupYaml {
    #[serde(default)]
    sign_in: Vec<ErrandYaml>,
    list: ErrandYaml,
    user: UserShape,
    delete: ErrandYaml,
    #[serde(default)]
    signs_in: Vec<Route>,
    #[serde(default)]
    changes: Vec<Route>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ErrandYaml {
    send: String,
    #[serde(default)]
    headers: Pairs<OneOrMore<Text>>,
    form: Option<Pairs<Text>>,
    json: Option<Text>,
    basic: Option<Text>,
    bearer: Option<Text>,
    answer: Option<Pattern>,
}

impl Cleanup {
    /// What the text says; `file` is what complaints call it.
    ///
    /// # Errors
    /// When it is not in the format, or inserts a value that nothing gives.
    pub fn read_str(text: &str, file: &Path) -> Result<Self> {
        let line = |error: &serde_saphyr::Error| error.location().map_or(0, |location| location.line());
        let written: CleanupYaml =
            serde_saphyr::from_str(text).map_err(|error| anyhow!("{}:{}: {error:#}", file.display(), line(&error)))?;
        written.checked().with_context(|| file.display().to_string())
    }

    /// The values that must be given and are not, for the requests of this file.
    #[must_use]
    pub fn missing(&self, values: &Values) -> BTreeSet<&'static str> {
        let errands = self.sign_in.iter().chain([&self.list, &self.delete]);
        let asked: BTreeSet<&str> = errands.flat_map(Errand::inserted).collect();
        Values::GIVEN.into_iter().filter(|name| asked.contains(name) && !values.knows(name)).collect()
    }

    /// Whether the request leaves every user alone: a safe method (RFC 9110, section 9.2.1) unless the dialect says
    /// that it changes something, or one of the dialect's requests that only give tokens.
    pub(crate) fn leaves_users_alone(&self, message: &Message) -> bool {
        let method = message.method.as_str();
        let named = |routes: &[Route], method: &str| routes.iter().any(|route| route.is(method, &message.target));
        match method {
            // Whatever GET does, a careless server does for HEAD.
            "GET" | "HEAD" => !named(&self.changes, "GET"),
            "OPTIONS" => true,
            _ => named(&self.signs_in, method),
        }
    }

    /// How many segments of a path come before the one that says which user is meant.
    pub(crate) fn depth(&self) -> usize {
        segments(&self.delete.message.target.to_string()).take_while(|segment| !segment.contains("{{user}}")).count()
    }
}

impl CleanupYaml {
    fn checked(self) -> Result<Cleanup> {
        let Self { sign_in, list, user, delete, signs_in, changes } = self;
        let sign_in = sign_in.into_iter().map(ErrandYaml::checked).collect::<Result<Vec<_>>>()?;
        let (list, delete) = (list.checked()?, delete.checked()?);
        ensure!(!user.names.is_empty(), "user: no names, so that nobody could be recognised");
        let mut known: BTreeSet<String> = Values::GIVEN.map(str::to_owned).into();
        for errand in &sign_in {
            errand.known(&known)?;
            known.extend(errand.captured().map(str::to_owned));
        }
        list.known(&known.iter().cloned().chain(["page".to_owned()]).collect())?;
        delete.known(&known.into_iter().chain(["user".to_owned()]).collect())?;
        ensure!(delete.inserted().any(|name| name == "user"), "delete: {{{{user}}}} does not say who goes");
        Ok(Cleanup { sign_in, list, user, delete, signs_in, changes })
    }
}

impl ErrandYaml {
    fn checked(self) -> Result<Errand> {
        let Self { send, headers, form, json, basic, bearer, answer } = self;
        let (method, target) = send.split_once(' ').context("send is METHOD, a space and the request target")?;
        let message = Message {
            method: method.to_owned(),
            target: Text::try_from(target.to_owned())?,
            headers: headers.flatten(),
            body: one_body(form, None, json, None, None)?,
            credentials: one_credential(basic, bearer)?,
        };
        Ok(Errand { message, answer })
    }
}

impl Errand {
    pub(crate) fn inserted(&self) -> impl Iterator<Item = &str> {
        self.message.texts().flat_map(Text::values)
    }

    fn captured(&self) -> impl Iterator<Item = &str> {
        self.answer.iter().flat_map(Pattern::parts).filter_map(|part| match part {
            Part::Slot { name, .. } => name.as_deref(),
            Part::Literal(_) | Part::Value(_) => None,
        })
    }

    fn known(&self, known: &BTreeSet<String>) -> Result<()> {
        let stranger = self.inserted().find(|name| !known.contains(*name));
        stranger.map_or(Ok(()), |name| Err(anyhow!("{{{{{name}}}}} is neither given nor captured before")))
    }
}

impl TryFrom<String> for Route {
    type Error = anyhow::Error;

    fn try_from(written: String) -> Result<Self> {
        let (method, path) = written.split_once(' ').context("a route is METHOD, a space and a path")?;
        Ok(Self { method: method.to_owned(), path: path.to_owned() })
    }
}

impl Route {
    fn is(&self, method: &str, target: &Text) -> bool {
        let target = target.to_string();
        let path = target.split('?').next().unwrap_or_default();
        let here = if self.path.ends_with('/') { path.starts_with(&self.path) } else { path == self.path };
        self.method == method && here
    }
}

/// The parts of a target's path, between its slashes.
pub(crate) fn segments(target: &str) -> impl Iterator<Item = &str> {
    target.split('?').next().unwrap_or_default().split('/').skip(1)
}

impl Message {
    /// Whether it is about the administrator itself, beside showing its credentials.
    pub(crate) fn is_about_the_administrator(&self) -> bool {
        let about = std::iter::once(&self.target).chain(self.body.texts());
        about.flat_map(Text::values).any(|name| matches!(name, "admin.username" | "admin.email"))
    }

    /// Whether it carries one of these values.
    pub(crate) fn carries(&self, secret: impl Fn(&str) -> bool) -> bool {
        self.texts().flat_map(Text::values).any(secret)
    }
}

#[cfg(test)]
#[path = "cleanup_tests.rs"]
mod tests;

//! What honest clients send: the requests of the exchanges.

use anyhow::{Context as _, Result};
use dragoman::dialects;
use dragoman_exchange::{Message, Request, Step, Values, read_folder};
use rand::prelude::*;

use super::people::Credential;
use super::{Person, Site};
use crate::root;

/// A request with its placeholders, and whose it is.
#[derive(Debug)]
pub(super) struct Template {
    pub(super) dialect: &'static str,
    message: Message,
}

/// Every request of every exchange.
#[derive(Debug)]
pub(super) struct Corpus(Vec<Template>);

impl Corpus {
    /// Reads `dialects/*/exchanges`.
    pub(super) fn read() -> Result<Self> {
        let mut templates = Vec::new();
        for dialect in dialects::ALL {
            let exchanges = read_folder(&root().join("dialects").join(dialect.name).join("exchanges"))?;
            let steps = exchanges.into_iter().flat_map(|exchange| exchange.steps).map(|step| step.value);
            templates.extend(steps.filter_map(|step| match step {
                Step::Send { message, .. } => Some(Template { dialect: dialect.name, message }),
                Step::Advance(_) | Step::Database { .. } | Step::Claims { .. } => None,
            }));
        }
        Ok(Self(templates))
    }

    pub(super) fn pick(&self, rng: &mut StdRng) -> Result<&Template> {
        self.0.choose(rng).context("there are no exchanges")
    }
}

/// What placeholders stand for, as long as one person is signed in.
#[derive(Debug)]
pub(super) struct Known<'a> {
    pub(super) site: &'a Site,
    pub(super) person: &'a Person,
    /// Of every dialect.
    pub(super) credentials: Vec<Credential>,
}

impl Template {
    /// The request as somebody who knows all this would send it.
    pub(super) fn fill(&self, known: &Known<'_>, rng: &mut StdRng) -> Result<Request> {
        let mut values = Values::default();
        for name in self.message.values() {
            values.set(name, known.value(name, self.dialect, rng));
        }
        self.message.fill(&values)
    }
}

impl Known<'_> {
    /// Exchanges call an id and a token what they like; both kinds are tried.
    fn value(&self, name: &str, dialect: &str, rng: &mut StdRng) -> String {
        let id = || if dialect == "jwt" { self.person.uuid() } else { self.person.number.to_string() };
        match name {
            "admin.username" => self.person.username(),
            "admin.email" => self.person.email(),
            "admin.password" => self.person.password(),
            "oauth.client_id" => self.site.oauth.0.clone(),
            "oauth.client_secret" => self.site.oauth.1.clone(),
            // Few, so that what somebody made is met again.
            "run" => format!("{:08x}", rng.random_range(0..1_000_u32)),
            "id" | "me" | "user_id" | "bob" | "made" | "xaver" | "yvonne" | "gone" | "eve" | "rob" => id(),
            _ => self.token(dialect, rng).unwrap_or_else(id),
        }
    }

    /// Mostly one that the dialect takes.
    fn token(&self, dialect: &str, rng: &mut StdRng) -> Option<String> {
        let any = rng.random_ratio(1, 6);
        let fitting = self.credentials.iter().filter(|credential| any || credential.dialect == dialect);
        fitting.filter_map(|credential| credential.value.strip_prefix("Bearer ")).choose(rng).map(str::to_owned)
    }
}

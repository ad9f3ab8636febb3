//! Holds an exchange with a server and says how it went.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::client::{Client, Request};
use crate::difference::{compare, compare_text};
use crate::exchange::{Exchange, Expectation, Message, Step};
use crate::template::{Part, Pattern, Text};
use crate::token;
use crate::values::Values;

/// What only a server under our control can do. Tests have one; a legacy server has none.
pub trait Lab {
    /// Puts a user into the database: the keys are those of `dragoman harness --users`.
    ///
    /// # Errors
    /// When the user cannot be put there.
    fn add_user(&self, user: &serde_json::Value) -> Result<()>;

    /// Moves the server's clock on.
    ///
    /// # Errors
    /// When the clock cannot be moved.
    fn advance(&self, by: Duration) -> Result<()>;

    /// Makes every query of the server fail, or lets them work again.
    ///
    /// # Errors
    /// When the database cannot be changed.
    fn database(&self, works: bool) -> Result<()>;
}

/// The server that exchanges are held with.
#[derive(Clone)]
pub struct Target<'a> {
    /// Its origin, perhaps with a path that stands before every documented path; no slash at the end.
    /// A `Location` must carry that path; bodies that quote it are compared as if it were not there.
    pub base: String,
    /// Those of [`Values::GIVEN`] that are known; `run` is given anew with each replay.
    pub values: Values,
    /// What can be done to it, if anything.
    pub lab: Option<&'a dyn Lab>,
    /// What sends the requests.
    pub client: Client,
}

/// How an exchange went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server did as expected.
    Held,
    /// The exchange needs something that this server does not offer; the text says what.
    NotReachable(String),
    /// The server did something else; the text shows where and what.
    Deviated(String),
}

/// Stands beside a replay, sees what goes out and what was learnt from the answer, and may step in.
pub(crate) trait Watch {
    /// Called before a request goes out. A refusal says why; the exchange then counts as not reachable.
    fn before(&mut self, message: &Message, request: &Request, values: &Values) -> Result<(), String>;

    /// Called after an answer that was as expected, with what is known now.
    fn after(&mut self, message: &Message, expect: &Expectation, values: &Values);
}

/// Nobody watches.
struct Unwatched;

impl Watch for Unwatched {
    fn before(&mut self, _: &Message, _: &Request, _: &Values) -> Result<(), String> {
        Ok(())
    }

    fn after(&mut self, _: &Message, _: &Expectation, _: &Values) {}
}

/// Holds the exchange. `run` stands for `{{run}}`, and should differ from replay to replay.
///
/// # Errors
/// When the server does not answer, or the [`Lab`] fails: then nothing is known about the exchange.
pub fn replay(exchange: &Exchange, target: &Target<'_>, run: &str) -> Result<Outcome> {
    replay_watched(exchange, target, run, &mut Unwatched)
}

/// As [`replay`], with somebody beside it.
pub(crate) fn replay_watched(
    exchange: &Exchange,
    target: &Target<'_>,
    run: &str,
    watch: &mut dyn Watch,
) -> Result<Outcome> {
    let mut values = target.values.clone();
    values.set("run", run);
    if let Some(reason) = unreachable(exchange, target, &values) {
        return Ok(Outcome::NotReachable(reason));
    }
    let mut conversation = Conversation { target, values, database_works: true, watch, refused: None };
    let outcome = conversation.hold(exchange);
    conversation.leave()?;
    outcome
}

fn unreachable(exchange: &Exchange, target: &Target<'_>, values: &Values) -> Option<String> {
    if target.lab.is_none()
        && let Some(need) = exchange.needs().first()
    {
        return Some(format!("needs {}", need.describe()));
    }
    let mut parts = exchange.steps.iter().flat_map(|step| step.value.parts());
    let missing = |part: &&Part| match part {
        Part::Value(name) => Values::GIVEN.contains(&name.as_str()) && !values.knows(name),
        Part::Literal(_) | Part::Slot { .. } => false,
    };
    parts.find(missing).map(|part| format!("needs {part}"))
}

struct Conversation<'a> {
    target: &'a Target<'a>,
    values: Values,
    database_works: bool,
    watch: &'a mut dyn Watch,
    /// Why the watch stepped in, once it did.
    refused: Option<String>,
}

impl Conversation<'_> {
    fn hold(&mut self, exchange: &Exchange) -> Result<Outcome> {
        for user in &exchange.given {
            self.lab()?
                .add_user(&filled(user, &self.values)?)
                .context("a given user cannot be put into the database")?;
        }
        for step in &exchange.steps {
            let place = || format!("{}:{}: {}", exchange.file.display(), step.line, exchange.name);
            let differences = self.step(&step.value).with_context(place)?;
            if let Some(reason) = self.refused.take() {
                return Ok(Outcome::NotReachable(reason));
            }
            if !differences.is_empty() {
                let clauses = exchange.clauses.join(", ");
                return Ok(Outcome::Deviated(format!("{} ({clauses})\n{}", place(), differences.join("\n"))));
            }
        }
        Ok(Outcome::Held)
    }

    fn step(&mut self, step: &Step) -> Result<Vec<String>> {
        match step {
            Step::Send { message, expect } => self.send(message, expect),
            Step::Claims { token, header, payload } => self.claims(token, header.as_ref(), payload.as_ref()),
            Step::Advance(by) => self.lab()?.advance(*by).map(|()| Vec::new()),
            Step::Database { works } => {
                self.lab()?.database(*works)?;
                self.database_works = *works;
                Ok(Vec::new())
            }
        }
    }

    fn send(&mut self, message: &Message, expect: &Expectation) -> Result<Vec<String>> {
        let request = message.fill(&self.values)?;
        if let Err(reason) = self.watch.before(message, &request, &self.values) {
            self.refused = Some(reason);
            return Ok(Vec::new());
        }
        let response = self.target.client.send(&self.target.base, &request)?;
        match compare(expect, self.target.base_path(), &self.values, &response) {
            Ok(values) => {
                self.values = values;
                self.watch.after(message, expect, &self.values);
            }
            Err(mut differences) => {
                differences.insert(0, format!("{} {}", request.method, request.target));
                return Ok(differences);
            }
        }
        Ok(Vec::new())
    }

    fn claims(&mut self, token: &Text, header: Option<&Pattern>, payload: Option<&Pattern>) -> Result<Vec<String>> {
        let (got_header, got_payload) = token::open(&token.fill(&self.values)?)?;
        let mut differences = Vec::new();
        for (what, pattern, received) in [("token header", header, got_header), ("token payload", payload, got_payload)]
        {
            let Some(pattern) = pattern else { continue };
            match compare_text(what, pattern, &self.values, &received) {
                Ok(values) => self.values = values,
                Err(difference) => differences.push(difference),
            }
        }
        Ok(differences)
    }

    fn lab(&self) -> Result<&dyn Lab> {
        self.target.lab.context("this server cannot be changed from outside")
    }

    /// Whatever happened, the database works for whoever comes next.
    fn leave(&self) -> Result<()> {
        if self.database_works { Ok(()) } else { self.lab()?.database(true) }
    }
}

impl Target<'_> {
    /// The path that stands before every documented path; often empty.
    fn base_path(&self) -> &str {
        let authority = self.base.split_once("://").map_or(self.base.as_str(), |(_, rest)| rest);
        authority.find('/').and_then(|slash| authority.get(slash..)).unwrap_or_default()
    }
}

fn filled(value: &serde_json::Value, values: &Values) -> Result<serde_json::Value> {
    use serde_json::Value;
    Ok(match value {
        Value::String(text) => Value::String(Text::try_from(text.clone())?.fill(values)?),
        Value::Array(items) => Value::Array(items.iter().map(|item| filled(item, values)).collect::<Result<_>>()?),
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| Ok((name.clone(), filled(value, values)?));
            Value::Object(fields.iter().map(field).collect::<Result<_>>()?)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    })
}

#[cfg(test)]
#[path = "replay_tests.rs"]
mod tests;

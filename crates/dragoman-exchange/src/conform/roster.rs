//! Who is on the server, before a run and after it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::Cleanup;
use crate::cleanup::{Errand, UserShape};
use crate::client::Response;
use crate::matching::matches;
use crate::replay::Target;
use crate::report::visible;
use crate::template::Pattern;
use crate::values::Values;

/// What needs no escape in a path segment (RFC 3986, section 2.3).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A server that never runs out of pages has to stop somewhere.
const PAGES: u32 = 10_000;

/// What became of the users that a run made.
#[derive(Debug, Default)]
pub struct Tidying {
    /// How many were found and deleted.
    pub deleted: usize,
    /// The names of those that are still there.
    pub left: Vec<String>,
    /// How many came during the run without its mark. They may be anybody's, and were left alone.
    pub strangers: usize,
    /// Why nothing could be deleted, if so.
    pub trouble: Option<String>,
}

impl Tidying {
    pub(crate) fn impossible(why: &str) -> Self {
        Self { trouble: Some(why.to_owned()), ..Self::default() }
    }
}

/// All users: their names by what the delete request calls them.
pub(crate) struct Roster(BTreeMap<String, Vec<String>>);

impl Roster {
    /// Whether somebody is called that, in whatever case.
    pub(crate) fn knows(&self, key: &str) -> bool {
        let key = key.to_lowercase();
        self.0.keys().any(|known| known.to_lowercase() == key)
    }

    /// Whether the mark stands in anybody's name.
    pub(crate) fn knows_mark(&self, mark: &str) -> bool {
        self.0.values().flatten().any(|name| name.to_lowercase().contains(mark))
    }
}

/// An administrator who is signed in.
pub(crate) struct Visit<'a> {
    cleanup: &'a Cleanup,
    target: &'a Target<'a>,
    values: Values,
}

impl<'a> Visit<'a> {
    pub(crate) fn open(cleanup: &'a Cleanup, target: &'a Target<'a>) -> Result<Self> {
        let mut visit = Self { cleanup, target, values: target.values.clone() };
        for errand in &cleanup.sign_in {
            let response = visit.run(errand)?;
            let Some(captures) = found(errand.answer.as_ref(), &visit.values, &response) else {
                bail!("the administrator cannot sign in: {}", answered(errand, &response));
            };
            captures.into_iter().for_each(|(name, value)| visit.values.set(name, value));
        }
        Ok(visit)
    }

    /// Everybody; or, where the server answers well and nobody can be made out, what it answered.
    pub(crate) fn list(&mut self) -> Result<Result<Roster, String>> {
        let errand = &self.cleanup.list;
        let paged = errand.inserted().any(|name| name == "page");
        let mut users = BTreeMap::new();
        for page in 1..=PAGES {
            self.values.set("page", page.to_string());
            let response = self.run(errand)?;
            let known = users.len();
            users.extend(rows(&self.cleanup.user, &response.body));
            if users.is_empty() {
                // The administrator itself should be there.
                let answered = answered(errand, &response);
                return match response.status {
                    200..=299 => Ok(Err(format!("nobody can be made out in the list of users: {answered}"))),
                    _ => bail!("the administrator cannot list the users: {answered}"),
                };
            }
            if !paged || users.len() == known {
                break;
            }
        }
        Ok(Ok(Roster(users)))
    }

    fn delete(&mut self, key: &str) -> Result<()> {
        self.values.set("user", utf8_percent_encode(key, UNRESERVED).to_string());
        self.run(&self.cleanup.delete).map(drop)
    }

    fn run(&self, errand: &Errand) -> Result<Response> {
        self.target.client.send(&self.target.base, &errand.message.fill(&self.values)?)
    }
}

/// Deletes whoever was not there before and has one of the marks in a name; then looks whether they are gone.
pub(crate) fn tidy(cleanup: &Cleanup, target: &Target<'_>, before: &Roster, marks: &[String]) -> Result<Tidying> {
    let mut visit = Visit::open(cleanup, target)?;
    let made_by_us = |(key, names): &(&String, &Vec<String>)| {
        !before.0.contains_key(*key)
            && names.iter().any(|name| marks.iter().any(|mark| name.to_lowercase().contains(mark)))
    };
    let Ok(after) = visit.list()? else { bail!("nobody can be made out in the list of users any more") };
    let made: BTreeSet<&String> = after.0.iter().filter(made_by_us).map(|(key, _)| key).collect();
    for key in &made {
        visit.delete(key).context("a user cannot be deleted")?;
    }
    let Ok(now) = visit.list()? else { bail!("nobody can be made out in the list of users any more") };
    let left: Vec<String> =
        now.0.iter().filter(|user| made_by_us(user)).map(|(_, names)| visible(names.join(" ").as_bytes())).collect();
    let strangers = now.0.keys().filter(|key| !before.0.contains_key(*key)).count() - left.len();
    Ok(Tidying { deleted: made.len().saturating_sub(left.len()), left, strangers, trouble: None })
}

/// What the pattern captures in the answer; an answer that needs to show nothing always does.
fn found(pattern: Option<&Pattern>, values: &Values, response: &Response) -> Option<Vec<(String, String)>> {
    pattern.map_or_else(|| Some(Vec::new()), |pattern| matches(pattern, values, &response.body).ok())
}

fn answered(errand: &Errand, response: &Response) -> String {
    let body: String = visible(&response.body).chars().take(200).collect();
    format!("{} {} was answered {} {body}", errand.message.method, errand.message.target, response.status)
}

/// Every object of a JSON text, however deep, that has the key.
fn rows(shape: &UserShape, body: &[u8]) -> Vec<(String, Vec<String>)> {
    let mut rows = Vec::new();
    if let Ok(value) = serde_json::from_slice(body) {
        collect(shape, &value, &mut rows);
    }
    rows
}

fn collect(shape: &UserShape, value: &Value, rows: &mut Vec<(String, Vec<String>)>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(shape, item, rows)),
        Value::Object(fields) => {
            let text = |name: &String| match fields.get(name) {
                Some(Value::String(text)) => Some(text.clone()),
                Some(Value::Number(number)) => Some(number.to_string()),
                Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => None,
            };
            if let Some(key) = text(&shape.key) {
                rows.push((key, shape.names.iter().filter_map(text).collect()));
            }
            fields.values().for_each(|field| collect(shape, field, rows));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

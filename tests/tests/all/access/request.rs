//! A row's request, filled in for one credential.

use anyhow::{Context as _, Result};
use dragoman_exchange::Request;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::credentials::Credential;
use super::plan::{Key, Names, Presented, Row, Subject};
use super::stage::Stage;
use crate::callers::encoded;
use crate::people::{PASSWORD, Person, Shown};

/// The request of this row with this credential in it.
pub(crate) fn of(row: &Row, credential: Credential, stage: &Stage<'_>) -> Result<Request> {
    let owner = stage.owner(credential)?;
    let subject = if row.subject == Subject::Oneself { owner } else { stage.subject() };
    let shown = stage.shown(credential)?;
    let values = values(row, shown.as_ref(), owner, subject, stage);
    let fill = |template: &String, escape: fn(&str) -> String| {
        values.iter().fold(template.clone(), |text, (name, value)| text.replace(name, &escape(value)))
    };
    let (content_type, body) = match (&row.call.form, &row.call.json) {
        (Some(form), _) => (Some("application/x-www-form-urlencoded"), Some(fill(form, encoded))),
        (None, Some(json)) => (Some("application/json"), Some(fill(json, in_json))),
        (None, None) => (None, None),
    };
    let authorization = shown.filter(|_| row.call.presented == Presented::Header).map(|shown| shown.authorization());
    let named = |name: &str, value: String| (name.to_owned(), value);
    let authorization = authorization.map(|value| named("Authorization", value));
    let content_type = content_type.map(|value| named("Content-Type", value.to_owned()));
    let path = row.call.path.as_ref().map(|path| fill(path, in_path));
    Ok(Request {
        method: row.endpoint.method.to_owned(),
        target: path.map_or_else(|| path_of(row, subject), Ok)?,
        headers: authorization.into_iter().chain(content_type).collect(),
        body: body.map(String::into_bytes),
    })
}

fn values(
    row: &Row,
    shown: Option<&Shown>,
    owner: &Person,
    subject: &Person,
    stage: &Stage<'_>,
) -> [(&'static str, String); 7] {
    let name = shown.and_then(|shown| shown.name.clone()).unwrap_or_else(|| match row.call.names {
        Names::Email => owner.caller.email.clone(),
        Names::Username => owner.caller.username.clone(),
    });
    let secret = shown.map_or_else(|| "nothing at all".to_owned(), |shown| shown.secret.clone());
    let (id, client_secret) = stage.people.client.clone();
    [
        ("{subject.email}", subject.caller.email.clone()),
        ("{client.id}", id),
        ("{client.secret}", client_secret),
        ("{fresh}", stage.people.fresh_name()),
        ("{password}", PASSWORD.to_owned()),
        ("{name}", name),
        ("{secret}", secret),
    ]
}

/// The route's path, with the subject in the place of its parameter.
fn path_of(row: &Row, subject: &Person) -> Result<String> {
    let pattern = row.endpoint.path;
    let Some((before, rest)) = pattern.split_once('{') else { return Ok(pattern.to_owned()) };
    let (_, after) = rest.rsplit_once('}').with_context(|| format!("{pattern} does not end its parameter"))?;
    let id = match row.key {
        Key::Number => subject.number.to_string(),
        Key::Username => in_path(&subject.caller.username),
        Key::Uuid => subject.uuid.clone(),
    };
    Ok(format!("{before}{id}{after}"))
}

fn in_path(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// Without the quotes, which stand in the template.
fn in_json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text).to_owned()
}

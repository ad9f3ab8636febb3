//! The command line of curl that sends a request of an exchange again.

use std::collections::BTreeMap;

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::client::has_body;
use crate::exchange::{Body, Credentials, Message};
use crate::request::urlencoded_pair;
use crate::template::{Part, Text};
use crate::values::Values;

/// Values that are not to be shown, by name, and what a shell puts in their place: `$NAME` or `$(command)`.
pub(crate) type Secrets = BTreeMap<String, String>;

/// One line for a POSIX shell that sends this request to the server at `base`.
pub(crate) fn curl(message: &Message, base: &str, values: &Values, secrets: &Secrets) -> Result<String> {
    let line = Line { values, secrets };
    // Nothing is globbed, normalised or added: what an exchange sends is sent.
    let mut words = vec!["curl -sig --path-as-is".to_owned()];
    match message.method.as_str() {
        "GET" if matches!(message.body, Body::None) => {}
        "HEAD" => words.push("--head".to_owned()),
        method => words.push(format!("-X {}", quoted(method))),
    }
    words.push("-H User-Agent: -H Accept:".to_owned());
    words.extend(line.headers(message)?);
    words.extend(line.credentials(message)?);
    let (piped, body) = line.body(message)?;
    words.extend(body);
    words.push(line.word(base, &message.target)?);
    Ok(piped + &words.join(" "))
}

struct Line<'a> {
    values: &'a Values,
    secrets: &'a Secrets,
}

impl Line<'_> {
    fn headers(&self, message: &Message) -> Result<Vec<String>> {
        let mut words = Vec::new();
        for (name, value) in &message.headers {
            // To curl, a colon with nothing behind it takes a header away; a semicolon sends it empty.
            let empty = value.fill(self.values)?.is_empty();
            words.push(if empty {
                format!("-H {}", quoted(&format!("{name};")))
            } else {
                format!("-H {}", self.word(&format!("{name}: "), value)?)
            });
        }
        let own_type = message.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        match &message.body {
            Body::Json(_) if !own_type => words.push("-H 'Content-Type: application/json'".to_owned()),
            Body::Text(_) | Body::Bytes(_) if !own_type => words.push("-H Content-Type:".to_owned()),
            Body::None if has_body(&message.method) => words.push("-H 'Content-Length: 0'".to_owned()),
            Body::None | Body::Form(_) | Body::Multipart(_) | Body::Json(_) | Body::Text(_) | Body::Bytes(_) => {}
        }
        Ok(words)
    }

    fn credentials(&self, message: &Message) -> Result<Option<String>> {
        Ok(match &message.credentials {
            Credentials::None => None,
            Credentials::Basic(text) => Some(format!("-u {}", self.word("", text)?)),
            Credentials::Bearer(text) => Some(format!("-H {}", self.word("Authorization: Bearer ", text)?)),
        })
    }

    /// What is piped into curl, and the words that name the body.
    fn body(&self, message: &Message) -> Result<(String, Vec<String>)> {
        Ok(match &message.body {
            Body::None => (String::new(), Vec::new()),
            Body::Form(fields) => (String::new(), self.form(fields)?),
            Body::Multipart(fields) => {
                let field = |(name, text): &(String, Text)| {
                    Ok(format!("--form-string {}", self.word(&format!("{name}="), text)?))
                };
                (String::new(), fields.iter().map(field).collect::<Result<_>>()?)
            }
            Body::Json(text) | Body::Text(text) => self.text(text)?,
            Body::Bytes(bytes) => piped(bytes),
        })
    }

    /// A field that holds a secret is encoded by curl, because only the shell knows what is to be encoded.
    fn form(&self, fields: &[(String, Text)]) -> Result<Vec<String>> {
        let field = |(name, text): &(String, Text)| {
            Ok(if text.values().any(|value| self.secrets.contains_key(value)) {
                format!("--data-urlencode {}", self.word(&format!("{name}="), text)?)
            } else {
                format!("--data-raw {}", quoted(&urlencoded_pair(name, &text.fill(self.values)?)))
            })
        };
        fields.iter().map(field).collect()
    }

    /// Text goes onto the command line, unless it cannot stand on one.
    fn text(&self, text: &Text) -> Result<(String, Vec<String>)> {
        let filled = text.fill(self.values)?;
        let secret = text.values().any(|value| self.secrets.contains_key(value));
        if filled.contains(char::is_control) && !secret {
            return Ok(piped(filled.as_bytes()));
        }
        Ok((String::new(), vec![format!("--data-raw {}", self.word("", text)?)]))
    }

    /// One word of the shell: what can be shown in single quotes, the rest as variables.
    fn word(&self, before: &str, text: &Text) -> Result<String> {
        let (mut word, mut plain) = (String::new(), before.to_owned());
        for part in text.parts() {
            match part {
                Part::Literal(literal) => plain.push_str(literal),
                Part::Value(name) => match self.secrets.get(name) {
                    Some(secret) => {
                        if !plain.is_empty() {
                            word.push_str(&quoted(&std::mem::take(&mut plain)));
                        }
                        word.push_str(&format!("\"{secret}\""));
                    }
                    None => plain.push_str(self.values.get(name)?),
                },
                Part::Slot { .. } => {}
            }
        }
        if !plain.is_empty() || word.is_empty() {
            word.push_str(&quoted(&plain));
        }
        Ok(word)
    }
}

fn piped(bytes: &[u8]) -> (String, Vec<String>) {
    let text = STANDARD.encode(bytes);
    (format!("printf %s {} | base64 -d | ", quoted(&text)), vec!["--data-binary @-".to_owned()])
}

/// A word that a POSIX shell takes as it is.
fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=@%+,".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
#[path = "curl_tests.rs"]
mod tests;

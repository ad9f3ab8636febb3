//! What the tests themselves sent: their passwords and tokens.

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use dragoman_exchange::Request;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::Ledger;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Keys of forms, queries and JSON whose values are secrets.
const SECRET_KEYS: [&str; 13] = [
    "password",
    "passwordConfirm",
    "current_password",
    "verifpassword",
    "lastpassword",
    "oldpassword",
    "newpassword",
    "client_secret",
    "user_secret",
    "access_token",
    "refresh_token",
    "token",
    "password_hash",
];

/// What to search for: of a token its signature, of a hash what follows its parameters, else the secret.
/// None where it could not be told from ordinary words.
pub(super) fn needle(secret: &str) -> Option<String> {
    let needle = match secret.split('.').collect::<Vec<_>>().as_slice() {
        [header, _, signature] if header.starts_with("ey") => signature,
        _ if secret.starts_with('$') => secret.rsplit('$').next()?,
        _ => secret,
    };
    let telling = needle.len() >= 8 && needle.bytes().any(|byte| !byte.is_ascii_lowercase() && byte != b'_');
    // Bytes that were no text look like all others that were none.
    (telling && !needle.contains(char::REPLACEMENT_CHARACTER)).then(|| needle.to_owned())
}

/// Learns what a request has in its headers, its query and its body.
pub(super) fn of_request(ledger: &Ledger, request: &Request) {
    for (name, value) in &request.headers {
        if ["authorization", "authentication"].contains(&name.to_lowercase().as_str()) {
            of_authorization(ledger, value);
        }
    }
    if let Some((_, query)) = request.target.split_once('?') {
        of_form(ledger, query);
    }
    let body = String::from_utf8_lossy(request.body.as_deref().unwrap_or_default());
    match serde_json::from_str(&body) {
        Ok(json) => of_json(ledger, &json),
        Err(_) => of_form(ledger, &body),
    }
}

fn of_authorization(ledger: &Ledger, value: &str) {
    match value.split_once(' ') {
        Some((scheme, pair)) if scheme.eq_ignore_ascii_case("basic") => {
            ledger.learn("HTTP Basic", pair);
            let decoded = LENIENT.decode(pair.trim()).unwrap_or_default();
            if let Some((_, password)) = String::from_utf8_lossy(&decoded).split_once(':') {
                ledger.learn("a password", password);
            }
        }
        Some((_, token)) => ledger.learn("a token", token.trim()),
        None => ledger.learn("a token", value.trim()),
    }
}

fn of_form(ledger: &Ledger, form: &str) {
    for (name, value) in form.split('&').filter_map(|pair| pair.split_once('=')) {
        let value = percent_decode_str(&value.replace('+', " ")).decode_utf8_lossy().into_owned();
        if SECRET_KEYS.contains(&name) {
            ledger.learn("a secret of a form or a body", &value);
        } else if let Ok(json) = serde_json::from_str(&value) {
            // vitja takes users as JSON in a form (vitja A9).
            of_json(ledger, &json);
        }
    }
}

/// Learns the values of secret keys, at any depth.
pub(super) fn of_json(ledger: &Ledger, json: &Value) {
    match json {
        Value::Object(object) => {
            for (name, value) in object {
                let secret = SECRET_KEYS.iter().any(|key| key.eq_ignore_ascii_case(name));
                match value.as_str().filter(|_| secret) {
                    Some(text) => ledger.learn("a secret of a form or a body", text),
                    None => of_json(ledger, value),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| of_json(ledger, item)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The request in these bytes, as far as they are one.
pub(super) fn request_in(bytes: &[u8]) -> Request {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let mut lines = head.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
    Request { method, target, headers: lines.filter_map(header).collect(), body: Some(body.into()) }
}

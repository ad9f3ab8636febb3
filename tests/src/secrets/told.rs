//! The answers that are there to tell a secret, route by route: everything else in them is searched all the same.

use dragoman_exchange::Request;
use serde_json::Value;

use super::Ledger;

/// Method, path, and the keys of the body whose values are for whoever asked.
const MAY_TELL: [(&str, &str, &[&str]); 7] = [
    ("POST", "/api/user/login", &["access_token", "refresh_token"]), // onyx R8
    ("GET", "/api/get_access_token", &["access_token"]),             // onyx R3
    ("POST", "/api/v1/login", &["token"]),                           // vitja A2
    ("POST", "/oauth/token", &["access_token", "refresh_token"]),    // amadis A1 to A3
    ("POST", "/api/user/v1/register", &["user_secret"]),             // amadis R1
    ("PATCH", "/api/user/v1/resetpassword", &["password"]),          // amadis R4
    ("GET", "/v1/users/token", &["token"]),                          // jwt A1
];

/// Paths of the rows that show the stored hash where `expose-password-hash` is on (onyx R2, amadis A6).
const ROWS: [&str; 3] = ["/api/users", "/api/user/manage/", "/api/datamanagement/v1/User"];

/// Pages that are the same for everybody and come with the program: their examples have the exchanges' own passwords.
const DOCUMENTS: [&str; 2] = ["/openapi/", "/docs"];

/// Whether this asks for a page that no user's data can be in.
pub(super) fn is_document(request: &Request) -> bool {
    DOCUMENTS.iter().any(|path| request.target.starts_with(path))
}

/// Stands where something was told.
const TOLD: &str = "(told)";

/// The body without the secrets that this route is there to tell. They are learnt, so that they are found elsewhere.
pub(super) fn without_what_it_may_tell(ledger: &Ledger, request: &Request, body: &[u8], exposing: bool) -> String {
    let path = request.target.split('?').next().unwrap_or_default();
    let text = String::from_utf8_lossy(body);
    if exposing && ROWS.iter().any(|row| path.contains(row)) {
        return without_hashes(&text);
    }
    let told = MAY_TELL.iter().find(|(method, route, _)| *method == request.method && path.ends_with(route));
    let (Some((_, _, keys)), Ok(json)) = (told, serde_json::from_str::<Value>(&text)) else {
        return text.into_owned();
    };
    super::learnt::of_json(ledger, &json);
    let mut secrets = Vec::new();
    collect(&json, keys, &mut secrets);
    // Once each: whoever tells a secret twice tells it somewhere else, too.
    secrets.iter().fold(text.into_owned(), |text, secret| {
        let spelled = Value::from(secret.as_str()).to_string();
        let escaped = spelled.replace('/', "\\/");
        if text.contains(&spelled) { text.replacen(&spelled, TOLD, 1) } else { text.replacen(&escaped, TOLD, 1) }
    })
}

/// The rows without the values of `password`, also of a list that was broken off and is no JSON.
fn without_hashes(rows: &str) -> String {
    let mut parts = rows.split("\"password\":");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let after =
            part.trim_start().strip_prefix('"').map(|value| value.split_once('"').map_or("", |(_, after)| after));
        kept.push_str(after.unwrap_or(part));
    }
    kept
}

fn collect(json: &Value, keys: &[&str], secrets: &mut Vec<String>) {
    match json {
        Value::Object(object) => {
            for (key, value) in object {
                match value.as_str().filter(|_| keys.contains(&key.as_str())) {
                    Some(text) => secrets.push(text.to_owned()),
                    None => collect(value, keys, secrets),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, keys, secrets)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

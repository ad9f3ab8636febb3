//! The documents of this dialect, named as the legacy server had them.

use base64::Engine as _;
use base64::alphabet::BCRYPT;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::NO_PAD;
use dragoman_core::{Stamp, User};
use dragoman_http::list::Envelope;
use serde::Serialize;
use serde_json::{Map, Value};

/// What `/api/user/v1` answers when all went well.
#[derive(Serialize)]
pub(crate) struct Success<T> {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<T>,
}

impl Success<()> {
    /// Without data: clients find no `data` key at all (R3).
    pub(crate) const BARE: Self = Self { status: "success", data: None };
}

impl<T> Success<T> {
    pub(crate) const fn with(data: T) -> Self {
        Self { status: "success", data: Some(data) }
    }
}

/// R1: the new user's ids, and the secret with which a program acts as that user (A2).
#[derive(Serialize)]
pub(crate) struct Registered {
    pub(crate) id: i64,
    pub(crate) user_id: String,
    pub(crate) user_secret: String,
}

/// R4: the new password, shown this once.
#[derive(Serialize)]
pub(crate) struct ResetBody<'a> {
    pub(crate) email: &'a str,
    pub(crate) password: &'a str,
}

/// What `/api/datamanagement` answers when there is nothing to show.
#[derive(Serialize)]
pub(crate) struct Done {
    #[serde(rename = "statusCode")]
    status_code: u16,
}

impl Done {
    pub(crate) const OK: Self = Self { status_code: 200 };
}

/// R5, R6: users; also a single one comes as a list.
#[derive(Serialize)]
pub(crate) struct UserList {
    #[serde(rename = "statusCode")]
    status_code: u16,
    #[serde(rename = "User")]
    users: Vec<UserRow>,
}

impl UserList {
    /// What this is to a list that is never in memory as a whole.
    pub(crate) const ENVELOPE: Envelope =
        Envelope { prefix: r#"{"statusCode":200,"User":"#, separator: ",", suffix: "}" };
}

impl From<Vec<UserRow>> for UserList {
    fn from(users: Vec<UserRow>) -> Self {
        Self { status_code: 200, users }
    }
}

/// A6: Laravel's users table, row by row.
#[derive(Serialize)]
pub(crate) struct UserRow {
    id: i64,
    name: String,
    /// Empty for a user that has none: clients know no null here.
    email: String,
    /// The document shows these as null for everybody; nothing ever filled them.
    email_verified_at: (),
    password: String,
    remember_token: (),
    created_at: (),
    updated_at: (),
}

impl UserRow {
    pub(crate) fn new(user: User, password: String) -> Self {
        Self {
            id: user.number,
            name: user.name,
            email: user.email.unwrap_or_default(),
            email_verified_at: (),
            password,
            remember_token: (),
            created_at: (),
            updated_at: (),
        }
    }
}

/// A text that looks like a bcrypt hash, `$2y$10$` with 22 characters of salt and 31 of digest,
/// and that no password verifies against.
pub(crate) fn decoy_hash(disguise: &[u8; 64]) -> String {
    const BASE64: GeneralPurpose = GeneralPurpose::new(&BCRYPT, NO_PAD);
    let [salt, digest] = [0..16, 16..39].map(|range| BASE64.encode(disguise.get(range).unwrap_or_default()));
    format!("$2y$10${salt}{digest}")
}

/// PHP writes `$2y$` where others write `$2b$`; the two mean the same, and clients know the first.
pub(crate) fn as_php_hash(stored: String) -> String {
    match stored.strip_prefix("$2b$") {
        Some(rest) => format!("$2y${rest}"),
        None => stored,
    }
}

/// R7: what may be changed about a user. `password` and unknown keys are not looked at.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UserPatch {
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
}

/// Why a body is no [`UserPatch`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PatchFault {
    NotJson,
    NoData,
    NoString(&'static str),
}

impl UserPatch {
    /// Reads it as PHP does: of duplicate keys the last counts, and case matters.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, PatchFault> {
        let body: Value = serde_json::from_slice(body).map_err(|_| PatchFault::NotJson)?;
        let data = body.get("data").and_then(Value::as_object).ok_or(PatchFault::NoData)?;
        Ok(Self { name: text(data, "name")?, email: text(data, "email")? })
    }
}

fn text(data: &Map<String, Value>, key: &'static str) -> Result<Option<String>, PatchFault> {
    let value = data.get(key).map(|value| value.as_str().ok_or(PatchFault::NoString(key)));
    Ok(value.transpose()?.map(str::to_owned))
}

/// A1, A2, A3: what the token endpoint gives out (RFC 6749, 5.1).
#[derive(Serialize)]
pub(crate) struct TokenBody {
    token_type: &'static str,
    expires_in: u32,
    access_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
}

impl TokenBody {
    pub(crate) const fn new(expires_in: u32, access_token: String, refresh_token: Option<String>) -> Self {
        Self { token_type: "Bearer", expires_in, access_token, refresh_token }
    }
}

/// The header of a token.
#[derive(Serialize)]
pub(crate) struct Header {
    typ: &'static str,
    alg: &'static str,
}

/// The claims of a token, in Passport's order.
#[derive(Serialize)]
pub(crate) struct Claims {
    aud: String,
    jti: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    sub: String,
    scopes: [String; 0],
}

/// The header and the claims of a token that a client gets for a user.
pub(crate) fn token_parts(client: &str, user: &User, stamp: &Stamp) -> (Header, Claims) {
    let issued = stamp.issued.timestamp();
    let claims = Claims {
        aud: client.to_owned(),
        jti: stamp.jti.to_string(),
        iat: issued,
        nbf: issued,
        exp: stamp.expires.timestamp(),
        sub: user.number.to_string(),
        scopes: [],
    };
    (Header { typ: "JWT", alg: stamp.algorithm }, claims)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::php;

    fn patch(body: &str) -> Result<(Option<String>, Option<String>), PatchFault> {
        UserPatch::parse(body.as_bytes()).map(|patch| (patch.name, patch.email))
    }

    #[test]
    fn a_patch_takes_name_and_email_and_passes_over_the_rest() {
        assert_eq!(patch(r#"{"data":{}}"#), Ok((None, None)));
        assert_eq!(patch(r#"{"data":{"name":"N","password":1,"Email":"x"},"x":[]}"#), Ok((Some("N".into()), None)));
        assert_eq!(patch(r#"{"data":{"email":"a","email":"b"}}"#), Ok((None, Some("b".into()))));
        assert_eq!(patch(r#"{"data":{"name":"A"},"data":{"name":"B"}}"#), Ok((Some("B".into()), None)));
    }

    #[test]
    fn a_patch_without_data_or_with_other_types_is_none() {
        for body in ["{}", "[]", "1", r#"{"data":[]}"#, r#"{"data":null}"#, r#"{"Data":{}}"#] {
            assert_eq!(patch(body), Err(PatchFault::NoData), "{body}");
        }
        assert_eq!(patch(r#"{"data":{"name":1}}"#), Err(PatchFault::NoString("name")));
        assert_eq!(patch(r#"{"data":{"email":null}}"#), Err(PatchFault::NoString("email")));
        let deep = "[".repeat(100_000);
        for body in ["", "{", r#"{"data":{}} x"#, r#"{"data":{"name":"\ud800"}}"#, &deep] {
            assert_eq!(patch(body), Err(PatchFault::NotJson), "{body:.20}");
        }
        assert_eq!(UserPatch::parse(b"{\"data\":{\"name\":\"\xff\"}}"), Err(PatchFault::NotJson));
    }

    #[test]
    fn a_list_has_the_envelope_of_a_single_user() {
        let Envelope { prefix, suffix, .. } = UserList::ENVELOPE;
        let none = php::encode(&UserList::from(Vec::new())).unwrap();
        assert_eq!(String::from_utf8(none).unwrap(), format!("{prefix}[]{suffix}"));
    }

    #[test]
    fn a_decoy_has_the_shape_of_a_bcrypt_hash() {
        let decoy = decoy_hash(&[0xff; 64]);
        assert_eq!(decoy.len(), 60);
        assert!(decoy.starts_with("$2y$10$"));
        assert_ne!(decoy, decoy_hash(&[0; 64]));
    }

    #[test]
    fn stored_bcrypt_hashes_are_spelled_as_php_does() {
        assert_eq!(as_php_hash("$2b$12$x".into()), "$2y$12$x");
        assert_eq!(as_php_hash("$2y$10$x".into()), "$2y$10$x");
        assert_eq!(as_php_hash("$5$rounds=535000$x".into()), "$5$rounds=535000$x");
    }
}

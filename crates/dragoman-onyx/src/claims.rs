//! What an onyx token says (onyx T3).

use dragoman_core::{Kind, Stamp, User};
use serde::Serialize;

use crate::wire::Appearance;

/// The JOSE header.
#[derive(Serialize)]
pub(crate) struct Header {
    typ: &'static str,
    alg: &'static str,
}

/// The claims. Those that the gateway needs beside them are put at the end by the core.
#[derive(Serialize)]
pub(crate) struct Claims {
    iat: i64,
    nbf: i64,
    jti: String,
    exp: i64,
    identity: Identity,
    /// Refresh tokens have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    fresh: Option<bool>,
    #[serde(rename = "type")]
    kind: &'static str,
}

/// The user's row as the original put it into its tokens: every column as a string. The
/// password hash that stood among them is left out.
#[derive(Serialize)]
struct Identity {
    id: String,
    admin: String,
    tutorial: String,
    username: String,
    email: String,
    color: String,
    background_color: String,
}

impl From<&User> for Identity {
    fn from(user: &User) -> Self {
        let Appearance { color, background_color, tutorial } = user.into();
        Self {
            id: user.number.to_string(),
            admin: u8::from(user.is_admin()).to_string(),
            tutorial: tutorial.to_string(),
            username: user.username.clone().unwrap_or_default(),
            email: user.email.clone().unwrap_or_default(),
            color,
            background_color,
        }
    }
}

/// Header and claims of a token for this user.
pub(crate) fn parts(user: &User) -> impl Fn(&Stamp) -> (Header, Claims) {
    |stamp| (Header { typ: "JWT", alg: stamp.algorithm }, Claims::new(user, stamp))
}

impl Claims {
    fn new(user: &User, stamp: &Stamp) -> Self {
        let (kind, fresh) = match stamp.kind {
            Kind::Access => ("access", Some(false)),
            Kind::Refresh => ("refresh", None),
        };
        Self {
            iat: stamp.issued.timestamp(),
            nbf: stamp.issued.timestamp(),
            jti: stamp.jti.to_string(),
            exp: stamp.expires.timestamp(),
            identity: user.into(),
            fresh,
            kind,
        }
    }
}

//! The documents that go out.

use actix_web::{HttpResponse, HttpResponseBuilder};
use dragoman_core::{Stamp, User};
use dragoman_http::go;
use md5::{Digest as _, Md5};
use serde::Serialize;

/// A success, which is always a 200: the original does not know 201.
pub(crate) fn ok(body: &impl Serialize) -> HttpResponse {
    json(HttpResponse::Ok(), body)
}

/// An answer in the original's spelling of JSON, without a newline at its end.
pub(crate) fn json(response: HttpResponseBuilder, body: &impl Serialize) -> HttpResponse {
    builder(response).body(go::to_string(body))
}

/// An answer whose JSON is to come.
pub(crate) fn builder(mut response: HttpResponseBuilder) -> HttpResponseBuilder {
    response.content_type("application/json; charset=UTF-8");
    response
}

/// `{"message":"…"}`
#[derive(Serialize)]
pub(crate) struct Message<'a> {
    pub(crate) message: &'a str,
}

/// The answer to a login (vitja A2).
#[derive(Serialize)]
pub(crate) struct TokenBody {
    pub(crate) token: String,
}

/// A token's header (vitja A3).
#[derive(Serialize)]
pub(crate) struct TokenHeader {
    alg: &'static str,
    typ: &'static str,
}

impl From<&Stamp> for TokenHeader {
    fn from(stamp: &Stamp) -> Self {
        Self { alg: stamp.algorithm, typ: "JWT" }
    }
}

/// A token's claims: the original kept them in a map, which Go writes in alphabetical order (vitja A3).
#[derive(Serialize)]
pub(crate) struct Claims<'a> {
    admin: bool,
    avatar: String,
    email: &'a str,
    exp: i64,
    id: i64,
    name: &'a str,
    username: &'a str,
}

impl<'a> Claims<'a> {
    pub(crate) fn new(user: &'a User, stamp: &Stamp) -> Self {
        let email = user.email.as_deref().unwrap_or_default();
        Self {
            admin: user.is_admin(),
            avatar: avatar(email),
            email,
            exp: stamp.expires.timestamp(),
            id: user.number,
            name: &user.name,
            username: user.username.as_deref().unwrap_or_default(),
        }
    }
}

/// The name of a picture at gravatar.com, from where the original's client fetched it.
fn avatar(email: &str) -> String {
    format!("{:032x}", u128::from_be_bytes(Md5::digest(email).into()))
}

/// A user as it is shown (vitja A7).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserBody<'a> {
    id: i64,
    name: &'a str,
    username: &'a str,
    /// Always empty: the original blanks the hash, and clients read the key.
    password: &'static str,
    email: &'a str,
    is_admin: bool,
    created: i64,
    updated: i64,
}

impl<'a> From<&'a User> for UserBody<'a> {
    fn from(user: &'a User) -> Self {
        Self {
            id: user.number,
            name: &user.name,
            username: user.username.as_deref().unwrap_or_default(),
            password: "",
            email: user.email.as_deref().unwrap_or_default(),
            is_admin: user.is_admin(),
            created: user.created.timestamp(),
            updated: user.updated.timestamp(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_avatar_is_the_md5_of_the_email() {
        assert_eq!(avatar(""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(avatar("user1@example.com"), "111d68d06e2d317b5a59c2c6c5bad808");
    }
}

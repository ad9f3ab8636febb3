//! Tokens that an old server made, and that go on working until they expire.
//!
//! The imported key says how to read them. At first sight such a token gets a row, as if it had been
//! issued here, and from then on all rules of sessions hold for it. That it got one is remembered apart
//! until it expires, so that a token whose row is gone does not come back.

use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::jws::{Jws, number};
use super::remembered::Signed;
use super::{CENTURY, Kind, Tokens};
use crate::accounts::by_login;
use crate::audit::{Detail, Event};
use crate::db::connection::AnyConnection;
use crate::db::tokens::TokenRow;
use crate::db::users::UserRow;
use crate::user::Login;
use crate::{Realm, Result, db};

/// Where the tokens of an old server say what we need to know. A claim is named by its name, or where it lies
/// within another, by a JSON Pointer (RFC 6901) that begins with `/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegacyClaims {
    /// The claim that names the user.
    pub user: String,
    /// By what it does.
    pub by: UserKey,
    /// The claim that is `access` or `refresh`. `None`: every token is an access token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// What a user is named by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UserKey {
    /// The integer id, as a number or in a string.
    Number,
    /// The UUID.
    Uuid,
    /// The username, without regard to case.
    Username,
    /// The e-mail, without regard to case.
    Email,
}

/// The server that an imported key belonged to.
#[derive(Debug)]
pub(crate) struct OldServer {
    pub(crate) claims: LegacyClaims,
    /// It had made its users and their tokens by then.
    pub(crate) imported: DateTime<Utc>,
}

/// Whose a token says it is.
#[derive(Debug)]
pub(crate) struct Claimed {
    user: Named,
    imported: NaiveDateTime,
    expires: DateTime<Utc>,
}

#[derive(Debug, Clone)]
enum Named {
    Number(i64),
    Uuid(Uuid),
    Name(Login),
}

impl OldServer {
    /// What a token says that its key has signed.
    pub(super) fn read(&self, realm: Realm, jws: &Jws<'_>) -> Signed {
        let exp = number(&jws.claims, "exp");
        let claimed = self.user(&jws.claims).zip(exp.and_then(|exp| DateTime::from_timestamp(exp, 0)));
        let claimed = claimed.map(|(user, expires)| Claimed { user, imported: self.imported.naive_utc(), expires });
        let kind = match &self.claims.kind {
            Some(name) => Kind::named(claim(&jws.claims, name).and_then(Value::as_str)),
            None => Some(Kind::Access),
        };
        Signed {
            nbf: number(&jws.claims, "nbf"),
            exp,
            // Without a user, an end or a kind it is none of the tokens that we were told of.
            ours: claimed.is_some() && kind.is_some(),
            kind,
            jti: Some(self.derived_id(realm, jws.message)),
            retires: None,
            legacy: claimed.map(Arc::new),
        }
    }

    /// The id under which a token is kept: of what was signed and not of the signature, because who has an ECDSA
    /// signature can make another of it. How the claims are read goes in, so that nothing is left of a mistake in
    /// that once the key is imported again. Version 8 (RFC 9562, 5.8), as none of our own.
    fn derived_id(&self, realm: Realm, message: &str) -> Uuid {
        let LegacyClaims { user, by, kind } = &self.claims;
        let context = format!("{realm}\0{user}\0{by:?}\0{kind:?}\0");
        let digest = Sha256::new().chain_update(context).chain_update(message).finalize();
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(digest).for_each(|(byte, from)| *byte = from);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }

    fn user(&self, claims: &Map<String, Value>) -> Option<Named> {
        let value = claim(claims, &self.claims.user)?;
        let text = || value.as_str();
        match self.claims.by {
            UserKey::Number => value.as_i64().or_else(|| text()?.parse().ok()).map(Named::Number),
            UserKey::Uuid => text().and_then(|text| Uuid::parse_str(text).ok()).map(Named::Uuid),
            UserKey::Username => text().map(|name| Named::Name(Login::Username(name.into()))),
            UserKey::Email => text().map(|name| Named::Name(Login::Email(name.into()))),
        }
    }
}

/// The claim of this name, or at this JSON Pointer.
fn claim<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let Some(path) = name.strip_prefix('/') else { return claims.get(name) };
    let (first, rest) = path.split_at(path.find('/').unwrap_or(path.len()));
    claims.get(&first.replace("~1", "/").replace("~0", "~"))?.pointer(rest)
}

impl Claimed {
    /// The user, if the token may be given a row.
    fn candidate(&self, conn: &mut AnyConnection, realm: Realm, jti: &str) -> Result<Option<UserRow>> {
        if db::adoptions::exists(conn, jti)? {
            return Ok(None);
        }
        let found = match &self.user {
            Named::Number(number) => db::users::by_number(conn, realm, *number)?,
            Named::Uuid(uuid) => db::users::by_uuid(conn, realm, *uuid)?,
            Named::Name(login) => by_login(conn, realm, login)?,
        };
        match found {
            Some(user) if self.may_be_of(&user, realm)? => Ok(Some(user)),
            Some(_) | None => Ok(None),
        }
    }

    /// Whoever registered after the import has no tokens of the old server, whatever number or name it got; unless
    /// the number is one that came from there, because such a one is never given again. Where
    /// a name says whose the token is, it must not have changed hands since. And all of the old server's tokens
    /// ended when the user's sessions were first ended here.
    fn may_be_of(&self, user: &UserRow, realm: Realm) -> Result<bool> {
        let known = user.identity(realm)?;
        let has_been_its = match self.user {
            Named::Number(number) if known.number == Some(number) => true,
            Named::Uuid(uuid) if known.uuid()? == Some(uuid) => true,
            Named::Number(_) | Named::Uuid(_) => user.created <= self.imported,
            Named::Name(_) => user.created.max(user.updated) <= self.imported,
        };
        Ok(user.enabled && user.session_epoch == 0 && has_been_its)
    }

    fn row(&self, realm: Realm, jti: Uuid, kind: Kind, user_id: i64, now: DateTime<Utc>) -> TokenRow {
        TokenRow {
            jti: jti.to_string(),
            user_id,
            realm: realm.name().into(),
            kind: kind.name().into(),
            // Nothing tells which tokens came of one sign-in.
            family: jti.to_string(),
            // The databases do not know all the years that JSON can write.
            expires: self.expires.min(now + CENTURY).naive_utc(),
            spent: false,
        }
    }
}

impl Tokens {
    /// Gives a token of an old server its row, if it may have one.
    pub(super) async fn adopt(
        &self,
        jti: Uuid,
        kind: Kind,
        claimed: &Arc<Claimed>,
    ) -> Result<Option<(TokenRow, UserRow)>> {
        let (realm, id, asked) = (self.realm, jti.to_string(), Arc::clone(claimed));
        // Who comes again with a token that was refused costs reads, and no write.
        let Some(user) = self.database.read(move |conn| asked.candidate(conn, realm, &id)).await? else {
            // Another request may have brought the token since we looked for its row.
            return self.stored(jti).await;
        };
        let row = claimed.row(self.realm, jti, kind, user.id, self.clock.now());
        let claimed = Arc::clone(claimed);
        let scribe = self.audit.scribe(self.realm);
        self.database
            .write(move |conn| {
                // Since we looked, another request may have brought the same token, or the sessions may have ended.
                let Some(user) = db::users::locked(conn, row.user_id)? else { return Ok(()) };
                if !claimed.may_be_of(&user, realm)? {
                    return Ok(());
                }
                if db::adoptions::exists(conn, &row.jti)? {
                    return Ok(());
                }
                db::adoptions::insert(conn, &row.jti, row.expires)?;
                db::tokens::insert(conn, &row)?;
                scribe.tell(conn, Event::TokenAdopted, Some((&user).into()), Detail::new())
            })
            .await?;
        self.stored(jti).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_named_or_pointed_at() {
        let Value::Object(claims) = serde_json::json!({"sub": 1, "identity": {"id": 2}, "a/b": {"c": [3]}}) else {
            panic!("an object");
        };
        for (name, expected) in [("sub", Some(1)), ("/sub", Some(1)), ("/identity/id", Some(2)), ("/a~1b/c/0", Some(3))]
        {
            assert_eq!(claim(&claims, name).and_then(Value::as_i64), expected, "{name}");
        }
        for name in ["", "/", "id", "identity/id", "/identity/no", "/sub/deeper"] {
            assert_eq!(claim(&claims, name), None, "{name}");
        }
    }
}

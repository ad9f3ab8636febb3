//! What a token has to stand before it opens anything.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::jws::{Jws, number};
use super::remembered::Signed;
use super::{Bearer, Family, Kind, Tokens};
use crate::db;
use crate::db::tokens::TokenRow;
use crate::db::users::UserRow;
use crate::keys::{Key, KeySet};
use crate::{Error, Result, TokenFault, User};

impl Tokens {
    /// The token's row and its bearer, if nothing speaks against it but that it may be spent.
    pub(super) async fn live(&self, token: &str, kind: Kind) -> Result<(TokenRow, Bearer)> {
        let (jti, signed) = self.check(token, kind).await?;
        let found = match (self.stored(jti).await?, &signed.legacy) {
            (None, Some(claimed)) => self.adopt(jti, kind, claimed).await?,
            (found, _) => found,
        };
        let (row, user) = found.ok_or(TokenFault::Revoked)?;
        // The row says the same as the claims did, or the token was not made by this code.
        if row.realm != self.realm.name() || row.kind != kind.name() {
            return Err(TokenFault::Foreign.into());
        }
        let user = User::of_row(user, self.realm)?;
        if !user.enabled {
            return Err(Error::Disabled);
        }
        let family = Uuid::parse_str(&row.family).map_err(Error::storage)?;
        Ok((row, Bearer { user, family: Family(family), jti }))
    }

    /// The token's row and its user.
    pub(super) async fn stored(&self, jti: Uuid) -> Result<Option<(TokenRow, UserRow)>> {
        self.database.read(move |conn| Ok(db::tokens::with_user(conn, &jti.to_string())?)).await
    }

    /// Everything that can be checked without the database.
    async fn check(&self, token: &str, kind: Kind) -> Result<(Uuid, Signed), TokenFault> {
        let signed = self.signed(token).await?;
        let now = self.clock.now().timestamp();
        if signed.nbf.is_some_and(|nbf| nbf > now) {
            return Err(TokenFault::Immature);
        }
        if signed.exp.ok_or(TokenFault::Foreign)? <= now {
            return Err(TokenFault::Expired);
        }
        if !signed.ours {
            return Err(TokenFault::Foreign);
        }
        match signed.kind {
            Some(named) if named == kind => Ok((signed.jti.ok_or(TokenFault::Foreign)?, signed)),
            Some(_) | None => Err(TokenFault::WrongKind),
        }
    }

    /// What a token says, if one of the realm's keys has signed it; perhaps one that we have yet to read of.
    async fn signed(&self, token: &str) -> Result<Signed, TokenFault> {
        let keys = self.keys.current();
        match self.signed_by(&keys, token) {
            Err(fault @ (TokenFault::Signature | TokenFault::Algorithm)) => match self.keys.newer_than(&keys).await {
                Some(newer) => self.signed_by(&newer, token),
                None => Err(fault),
            },
            outcome => outcome,
        }
    }

    fn signed_by(&self, keys: &KeySet, token: &str) -> Result<Signed, TokenFault> {
        let now = self.clock.now();
        let signed = keys.signed.find(token, || self.read(keys, token, now))?;
        // What is remembered outlives its key by nothing.
        if signed.retires.is_some_and(|retires| retires <= now) { Err(TokenFault::Signature) } else { Ok(signed) }
    }

    fn read(&self, keys: &KeySet, token: &str, now: DateTime<Utc>) -> Result<Signed, TokenFault> {
        let jws = Jws::parse(token)?;
        let key = signing_key(keys, &jws, now)?;
        let signed = match &key.legacy {
            Some(server) => server.read(self.realm, &jws),
            None => self.read_own(&jws),
        };
        Ok(Signed { retires: key.retires, ..signed })
    }

    fn read_own(&self, jws: &Jws<'_>) -> Signed {
        let text = |name| jws.claims.get(name).and_then(Value::as_str);
        Signed {
            nbf: number(&jws.claims, "nbf"),
            exp: number(&jws.claims, "exp"),
            ours: text("realm") == Some(self.realm.name()),
            kind: Kind::named(text("kind")),
            jti: text("jti").and_then(|jti| Uuid::parse_str(jti).ok()),
            retires: None,
            legacy: None,
        }
    }
}

/// The key whose signature it is. Only keys of the very algorithm that the header names are tried (RFC 8725, 3.1).
fn signing_key<'a>(keys: &'a KeySet, jws: &Jws<'_>, now: DateTime<Utc>) -> Result<&'a Key, TokenFault> {
    // Whatever it asks for, we do not understand it (RFC 7515, 4.1.11).
    if jws.header.contains_key("crit") {
        return Err(TokenFault::Algorithm);
    }
    let algorithm = jws.header.get("alg").and_then(Value::as_str);
    let allowed = |key: &&Key| Some(key.algorithm.name()) == algorithm;
    if !keys.at(now).any(|key| allowed(&key)) {
        return Err(TokenFault::Algorithm);
    }
    // `kid` only narrows the choice among our own keys; an old server may have named its keys otherwise.
    let named = jws.header.get("kid").and_then(Value::as_str);
    let known = keys.at(now).any(|key| named == Some(key.kid.as_str()));
    let meant = |key: &&Key| named.is_none_or(|kid| kid == key.kid || !known && key.legacy.is_some());
    let mut candidates = keys.at(now).filter(allowed).filter(meant);
    candidates.find(|key| key.verifies(jws.signature, jws.message.as_bytes())).ok_or(TokenFault::Signature)
}

//! Refresh tokens that are used once.

use serde::Serialize;

use super::{Grant, Kind, Stamp, Tokens};
use crate::audit::{Detail, Event, Person, Scribe};
use crate::db::connection::AnyConnection;
use crate::db::{self, tokens::TokenRow};
use crate::origin::Origin;
use crate::{Error, Result, TokenFault, User};

impl Tokens {
    /// Uses up a refresh token and issues more tokens of its session for it, in one transaction: of any number who
    /// present it at the same time exactly one gets them. Whoever presents it a second time ends the whole family, with
    /// what was just issued, because one of the two has stolen it, and nobody knows which (RFC 9700, 4.14.2).
    ///
    /// # Errors
    /// `BadToken`; `Forbidden` for whom `may` says no, who keeps the token.
    pub async fn renew<const N: usize, H: Serialize, C: Serialize>(
        &self,
        refresh_token: &str,
        may: impl FnOnce(&User) -> bool,
        grants: [Grant; N],
        parts: impl Fn(&User, &Stamp) -> (H, C),
    ) -> Result<[String; N]> {
        let (presented, bearer) = self.live(refresh_token, Kind::Refresh).await?;
        let person = Person::from(&bearer.user);
        if !presented.spent && !may(&bearer.user) {
            return Err(Error::Forbidden);
        }
        let (signed, rows) = self.prepare(bearer.family, bearer.user.id, grants, |stamp| parts(&bearer.user, stamp))?;
        let (scribe, subject) = (self.audit.scribe(self.realm), person.clone());
        let exchange = move |conn: &mut AnyConnection| {
            db::users::locked(conn, presented.user_id)?;
            if !db::tokens::spend(conn, &presented.jti)? {
                end_family(conn, &presented, &scribe, &subject)?;
                return Ok(false);
            }
            for row in &rows {
                db::tokens::insert(conn, row)?;
            }
            Ok(true)
        };
        if !self.database.write(exchange).await? {
            return Err(TokenFault::Revoked.into());
        }
        Origin::current().comes_from(person);
        Ok(signed)
    }
}

/// Ends the family of a token that is presented again, unless that has been done.
fn end_family(conn: &mut AnyConnection, reused: &TokenRow, scribe: &Scribe, subject: &Person) -> Result<()> {
    if db::tokens::delete_family(conn, &reused.family)? == 0 {
        return Ok(());
    }
    scribe.tell(conn, Event::RefreshReuse, Some(subject.clone()), Detail::new())
}

//! The people whose credentials are tried, and the gateway that they are tried at.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use dragoman_exchange::{Lab as _, Request, Response};
use dragoman_tests::gateway::Gateway;
use dragoman_tests::secrets;
use serde_json::Value;

use super::credentials::{Condition, Credential, Owner};
use super::forge::Forger;
use crate::callers::Caller;
use crate::people::{Kind, People, Person, Shown, Wallet};

/// Longer than any token lives (onyx T4).
const AGE: Duration = Duration::from_secs(31 * 24 * 60 * 60);

/// Somebody, and what it has to show.
struct Actor {
    person: Person,
    wallet: Wallet,
}

/// People who are made anew whenever one of them may have been changed.
struct Cast {
    administrator: Actor,
    user: Actor,
    demoted: Actor,
    subject: Person,
    /// The subject as it was at first.
    portrait: Value,
}

pub(crate) struct Stage<'a> {
    pub(crate) gateway: &'a Gateway,
    pub(crate) people: People,
    forger: Forger,
    /// Those whose credentials are dead for ever.
    departed: BTreeMap<(Owner, Condition), Actor>,
    cast: Cast,
}

impl<'a> Stage<'a> {
    pub(crate) fn set(gateway: &'a Gateway) -> Result<Self> {
        let client = (gateway.oauth.client_id.clone(), gateway.oauth.client_secret.clone());
        let people = People::new(Caller::administrator(gateway), client);
        let departed = departed(gateway, &people)?;
        let cast = Cast::of(&people)?;
        let key_set = cast.administrator.person.caller.ask("jwt", "GET", "/.well-known/jwks.json", ("", ""), None)?;
        Ok(Self { gateway, people, forger: Forger::new(&key_set)?, departed, cast })
    }

    /// Brings fresh people, because the ones that are there may have been changed.
    pub(crate) fn recast(&mut self) -> Result<()> {
        self.cast = Cast::of(&self.people)?;
        Ok(())
    }

    /// Whose record a request for somebody else's is for.
    pub(crate) fn subject(&self) -> &Person {
        &self.cast.subject
    }

    /// Who shows this credential; an ordinary user, where it is nobody's.
    pub(crate) fn owner(&self, credential: Credential) -> Result<&Person> {
        Ok(&self.actor(credential)?.person)
    }

    /// The credential as it is shown.
    pub(crate) fn shown(&self, credential: Credential) -> Result<Option<Shown>> {
        let Credential::Of { kind, condition, .. } = credential else {
            let (id, secret) = &self.people.client;
            return Ok((credential == Credential::OauthClient).then(|| Shown::pair(id, secret)));
        };
        let shown = self.actor(credential)?.wallet.get(&kind);
        let shown = shown.with_context(|| format!("nobody has {credential}"))?;
        Ok(Some(match condition {
            Condition::Good | Condition::Expired | Condition::Revoked | Condition::Spent => shown.clone(),
            Condition::WrongSecret => Shown { secret: format!("{}x", shown.secret), ..shown.clone() },
            Condition::OtherClaim
            | Condition::OtherSignature
            | Condition::NoAlgorithm
            | Condition::PublicKeyAsSecret
            | Condition::ForeignKey => Shown::token(self.forger.forge(&shown.secret, condition)?),
        }))
    }

    fn actor(&self, credential: Credential) -> Result<&Actor> {
        let Cast { administrator, user, demoted, .. } = &self.cast;
        let Credential::Of { owner, condition, .. } = credential else { return Ok(user) };
        if let Some(departed) = self.departed.get(&(owner, condition)) {
            return Ok(departed);
        }
        Ok(match owner {
            Owner::Administrator => administrator,
            Owner::User => user,
            Owner::Demoted => demoted,
            Owner::Disabled | Owner::Deleted => anyhow::bail!("nobody has {credential}"),
        })
    }

    /// Sends a request to a dialect.
    pub(crate) fn send(&self, dialect: &str, request: &Request) -> Result<Response> {
        let url = self.gateway.url(dialect)?;
        secrets::client(url).send(url, request)
    }

    /// Nobody whose credential was refused has changed the subject.
    pub(crate) fn subject_is_unharmed(&self) -> Result<()> {
        let now = self.people.look_at(&self.cast.subject)?;
        ensure!(now == self.cast.portrait, "a refused request changed {} to {now}", self.cast.portrait);
        self.cast.subject.caller.authorization("jwt").context("a refused request changed a password").map(drop)
    }
}

impl Cast {
    fn of(people: &People) -> Result<Self> {
        let demoted = Actor::join(people, true)?;
        people.demote(&demoted.person)?;
        let subject = people.join(false)?;
        Ok(Self {
            administrator: Actor::join(people, true)?,
            user: Actor::join(people, false)?,
            demoted,
            portrait: people.look_at(&subject)?,
            subject,
        })
    }
}

impl Actor {
    fn join(people: &People, administrator: bool) -> Result<Self> {
        let person = people.join(administrator)?;
        Ok(Self { wallet: person.wallet(administrator)?, person })
    }
}

fn departed(gateway: &Gateway, people: &People) -> Result<BTreeMap<(Owner, Condition), Actor>> {
    let expired = Actor::join(people, true)?;
    gateway.advance(AGE)?;
    let [revoked, spent, disabled, deleted] = [(); 4].map(|()| Actor::join(people, true));
    let (revoked, spent, disabled, deleted) = (revoked?, spent?, disabled?, deleted?);
    for (kind, target) in
        [(Kind::OnyxAccess, "/api/user/logout_access"), (Kind::OnyxRefresh, "/api/user/logout_refresh")]
    {
        let authorization = revoked.wallet.get(&kind).map(Shown::authorization);
        revoked.person.caller.ask("onyx", "GET", target, ("", ""), authorization)?;
    }
    people.end_sessions(&revoked.person)?;
    let token = spent.wallet.get(&Kind::AmadisRefresh).context("no refresh token")?;
    spent.person.refresh(&token.secret)?;
    people.disable(&disabled.person)?;
    people.delete(&deleted.person)?;
    Ok(BTreeMap::from([
        ((Owner::Administrator, Condition::Expired), expired),
        ((Owner::Administrator, Condition::Revoked), revoked),
        ((Owner::Administrator, Condition::Spent), spent),
        ((Owner::Disabled, Condition::Good), disabled),
        ((Owner::Deleted, Condition::Good), deleted),
    ]))
}

//! What tells whether a credential is worth something: at each dialect that takes it, a request that needs no more
//! than a user, and one that needs an administrator.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use dragoman_exchange::Request;
use dragoman_tests::secrets;

use super::endings::Left;
use crate::access::verdict::{self, Verdict};
use crate::callers::encoded;
use crate::people::{Kind, Person, Shown};

/// A request to a dialect: method, target, and where the credential goes into the body, the form.
struct Probe {
    dialect: &'static str,
    method: &'static str,
    target: String,
    form: Option<String>,
}

/// A gateway's dialects by name.
pub(super) type Urls = BTreeMap<String, String>;

/// Whether this credential is worth as much as it should be, at this gateway.
pub(super) fn check(urls: &Urls, person: &Person, kind: Kind, shown: &Shown, left: Left) -> Result<()> {
    let (user, power) = of(kind, person, shown);
    let probes = user.map(|probe| (probe, left != Left::Nothing));
    for (probe, opens) in probes.into_iter().chain(power.into_iter().map(|probe| (probe, left == Left::Everything))) {
        let expected = if opens { Verdict::Allowed } else { Verdict::Refused };
        let place = format!("{} at {} {}", kind.name(), probe.dialect, probe.target);
        let found = probe.ask(urls, shown).with_context(|| place.clone())?;
        anyhow::ensure!(found == expected, "{place}: {found:?}, not {expected:?}");
    }
    Ok(())
}

fn of(kind: Kind, person: &Person, shown: &Shown) -> (Option<Probe>, Vec<Probe>) {
    let get = |dialect, target: &str| Probe { dialect, method: "GET", target: target.to_owned(), form: None };
    let post = |dialect, target: &str, form| Probe { dialect, method: "POST", target: target.to_owned(), form };
    let secret = encoded(&shown.secret);
    let amadis = || get("amadis", "/api/datamanagement/v1/User");
    match kind {
        Kind::OnyxAccess => {
            let manage = format!("/api/user/manage/{}", person.number);
            (Some(get("onyx", "/api/token_valid")), vec![get("onyx", &manage)])
        }
        Kind::OnyxRefresh => (Some(get("onyx", "/api/get_access_token")), Vec::new()),
        Kind::UsernameAndPassword => {
            let own = format!("/api/v1/users/{}", person.caller.username);
            (Some(get("basic", &own)), vec![get("basic", "/api/v1/users"), amadis()])
        }
        Kind::Vitja => (Some(post("vitja", "/api/v1/tokenTest", None)), vec![get("vitja", "/api/v1/users")]),
        Kind::AmadisAccess | Kind::AmadisClient => (None, vec![amadis()]),
        Kind::AmadisRefresh => {
            let client = format!("client_id={}&client_secret={}", person.client.0, encoded(&person.client.1));
            let form = format!("grant_type=refresh_token&{client}&refresh_token={secret}");
            (None, vec![post("amadis", "/oauth/token", Some(form))])
        }
        Kind::UserIdAndSecret => {
            let form = format!("grant_type=client_credentials&client_id={}&client_secret={secret}", person.uuid);
            (Some(post("amadis", "/oauth/token", Some(form))), Vec::new())
        }
        Kind::Jwt => (Some(get("jwt", &format!("/v1/users/{}", person.uuid))), vec![get("jwt", "/v1/users")]),
        Kind::EmailAndPassword => (Some(get("jwt", "/v1/users/token")), vec![amadis()]),
    }
}

impl Probe {
    fn ask(self, urls: &Urls, shown: &Shown) -> Result<Verdict> {
        let url = urls.get(self.dialect).context("not served")?;
        let header = match &self.form {
            Some(_) => ("Content-Type", "application/x-www-form-urlencoded".to_owned()),
            None => ("Authorization", shown.authorization()),
        };
        let request = Request {
            method: self.method.to_owned(),
            target: self.target,
            headers: vec![(header.0.to_owned(), header.1)],
            body: self.form.map(String::into_bytes),
        };
        verdict::of(self.dialect, self.method, &secrets::client(url).send(url, &request)?)
    }
}

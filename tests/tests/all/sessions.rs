//! A session that is ended at one gateway is over at every other one with the next request, in every dialect.
//!
//! Two gateways in processes of their own share a database. Somebody signs in at both, everywhere; both have
//! remembered tokens and passwords when the session ends at the one, and the other is asked first.

mod endings;
mod probes;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use dragoman_exchange::Request;
use dragoman_tests::gateway::PATIENCE;
use dragoman_tests::program::{self, Serving};
use dragoman_tests::{Database, World, secrets, sql};
use serde_json::Value;

use crate::access::verdict::{self, Verdict};
use crate::callers::{encoded, text};
use crate::people::{Kind, PASSWORD, People, Person, Shown, Wallet};
use crate::processes;
use crate::trials::Trials;
use endings::{By, Ending, Left, Takes};

const TOKENS: &str = "SELECT jti AS text FROM tokens";

/// What passwords are changed to.
const NEW: &str = "8 closed sesames";

pub(crate) fn register(trials: &mut Trials) {
    trials.on_both("what ends a session at one gateway ends it at the other, in every dialect", every_ending);
    trials.on_both("a refresh token that is used twice ends its family at both gateways", reuse_ends_the_family);
    trials.on_both("expired tokens are pruned at the start of a gateway", expired_tokens_are_pruned);
}

/// Two gateways on one database, and somebody who administers it.
struct Scene<'a> {
    folder: &'a Path,
    here: Serving,
    there: Serving,
    people: People,
}

/// Credentials of somebody, and what they are worth now.
struct Outcome {
    ending: &'static Ending,
    person: Person,
    worth: Vec<(Kind, Shown, Left)>,
}

impl<'a> Scene<'a> {
    fn set(world: &World, database: Database, folder: &'a Path) -> Result<Self> {
        let settings = processes::settings(folder, &world.fresh_database(database, folder)?)?;
        std::fs::write(folder.join("new"), NEW)?;
        let here = Serving::start(&settings)?;
        let there = Serving::start(&settings)?;
        let client = ("1".to_owned(), "client secret".to_owned());
        let people = People::new(processes::administrator(&here), client);
        Ok(Self { folder, here, there, people })
    }

    /// Another gateway takes the place of the second.
    fn restart(self) -> Result<Self> {
        ensure!(self.there.stop()?.success(), "SIGTERM ended the gateway with a failure");
        Ok(Self { there: Serving::start(&self.folder.join("dragoman.toml"))?, ..self })
    }

    /// Somebody with a session at each gateway.
    fn somebody(&self) -> Result<(Person, Wallet, Wallet)> {
        let person = self.people.join(true)?;
        let own = person.wallet(true)?;
        let other = person.at(&self.there.urls).wallet(true)?;
        Ok((person, own, other))
    }

    /// At the gateway that did not end anything first.
    fn check(&self, person: &Person, kind: Kind, shown: &Shown, left: Left) -> Result<()> {
        probes::check(&self.there.urls, person, kind, shown, left).context("the other gateway")?;
        probes::check(&self.here.urls, person, kind, shown, left).context("the same gateway")
    }

    /// Does it, and says what came back.
    fn end(&self, ending: &Ending, person: &Person, own: &Wallet) -> Result<Vec<u8>> {
        let values = [
            ("{number}", person.number.to_string()),
            ("{uuid}", person.uuid.clone()),
            ("{username}", person.caller.username.clone()),
            ("{email}", person.caller.email.clone()),
            ("{password}", PASSWORD.to_owned()),
            ("{new}", NEW.to_owned()),
        ];
        let filled = |template: &str, escape: fn(&str) -> String| {
            values.iter().fold(template.to_owned(), |text, (name, value)| text.replace(name, &escape(value)))
        };
        let target = filled(ending.target, str::to_owned);
        let authorization = match ending.by {
            By::Oneself(kind) => own.get(&kind).context("nobody has it")?.authorization(),
            By::Administrator => processes::administrator(&self.here).authorization(ending.dialect)?,
            By::Operator => {
                let words: Vec<&str> = target.split(' ').collect();
                let output = program::run(self.folder, &words)?;
                ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
                return Ok(output.stdout);
            }
        };
        let (content_type, body) = match (ending.form, ending.json) {
            (Some(form), _) => ("application/x-www-form-urlencoded", Some(filled(form, encoded))),
            (None, json) => ("application/json", json.map(|json| filled(json, str::to_owned))),
        };
        let headers = [("Authorization", authorization), ("Content-Type", content_type.to_owned())];
        let request = Request {
            method: ending.method.to_owned(),
            target,
            headers: headers.map(|(name, value)| (name.to_owned(), value)).to_vec(),
            body: body.map(String::into_bytes),
        };
        let url = self.here.url(ending.dialect)?;
        let answer = secrets::client(url).send(url, &request)?;
        let verdict = verdict::of(ending.dialect, ending.method, &answer)?;
        ensure!(verdict == Verdict::Allowed, "{} {}", answer.status, String::from_utf8_lossy(&answer.body));
        Ok(answer.body)
    }
}

fn every_ending(world: &World, database: Database) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let scene = Scene::set(world, database, folder.path())?;
    let mut outcomes = Vec::new();
    for ending in &endings::ALL {
        outcomes.push(hold(&scene, ending).with_context(|| format!("{ending:?}"))?);
    }
    let scene = scene.restart()?;
    for Outcome { ending, person, worth } in outcomes {
        for (kind, shown, left) in worth {
            let place = || format!("after a restart, {ending:?}");
            probes::check(&scene.there.urls, &person, kind, &shown, left).with_context(place)?;
        }
    }
    Ok(())
}

fn hold(scene: &Scene<'_>, ending: &'static Ending) -> Result<Outcome> {
    let (person, own, other) = scene.somebody()?;
    let credentials = || own.iter().map(|of| (of, true)).chain(other.iter().map(|of| (of, false)));
    // Asking uses a refresh token of amadis up, so that it is asked only where it should be worth nothing.
    let asked = |kind: Kind, left| kind != Kind::AmadisRefresh || left != Left::Everything;
    for ((&kind, shown), _) in credentials().filter(|((kind, _), _)| asked(**kind, Left::Everything)) {
        scene.check(&person, kind, shown, Left::Everything).context("before")?;
    }
    let said = scene.end(ending, &person, &own)?;
    let mut worth = Vec::new();
    for ((&kind, shown), own) in credentials() {
        let left = ending.leaves(kind, own);
        if asked(kind, left) {
            let whose = if own { "the session that did it" } else { "another session" };
            scene.check(&person, kind, shown, left).context(whose)?;
            worth.push((kind, shown.clone(), left));
        }
    }
    if matches!(ending.takes, Takes::Password { .. }) {
        let new = Shown::pair(&person.caller.email, &new_password(ending, &said)?);
        scene.check(&person, Kind::EmailAndPassword, &new, Left::Everything).context("the new password")?;
    }
    Ok(Outcome { ending, person, worth })
}

/// The one that was set, or the one that a reset tells.
fn new_password(ending: &Ending, said: &[u8]) -> Result<String> {
    if !ending.target.ends_with("/resetpassword") {
        return Ok(NEW.to_owned());
    }
    let said: Value = serde_json::from_slice(said)?;
    text(said.get("data").context("nothing is told")?, "password")
}

fn reuse_ends_the_family(world: &World, database: Database) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let scene = Scene::set(world, database, folder.path())?;
    let (person, own, other) = scene.somebody()?;
    let spent = own.get(&Kind::AmadisRefresh).context("no refresh token")?;
    let next = person.refresh(&spent.secret)?;
    let next = |name| text(&next, name).map(Shown::token);
    let (next_access, next_refresh) = (next("access_token")?, next("refresh_token")?);
    let first_access = own.get(&Kind::AmadisAccess).context("no access token")?;
    for access in [first_access, &next_access] {
        scene.check(&person, Kind::AmadisAccess, access, Left::Everything).context("before")?;
    }
    probes::check(&scene.there.urls, &person, Kind::AmadisRefresh, spent, Left::Nothing).context("the second use")?;
    for access in [first_access, &next_access] {
        scene.check(&person, Kind::AmadisAccess, access, Left::Nothing).context("its family")?;
    }
    scene.check(&person, Kind::AmadisRefresh, &next_refresh, Left::Nothing).context("its family")?;
    for (&kind, shown) in other.iter().filter(|(kind, _)| **kind != Kind::AmadisRefresh) {
        scene.check(&person, kind, shown, Left::Everything).context("another session")?;
    }
    Ok(())
}

fn expired_tokens_are_pruned(world: &World, database: Database) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let url = world.fresh_database(database, folder.path())?;
    let settings = processes::settings(folder.path(), &url)?;
    let serving = Serving::start(&settings)?;
    let (expired, _) = processes::administrator(&serving).onyx_tokens()?;
    let first = sql::texts(&url, TOKENS)?.join("', '");
    let (kept, _) = processes::administrator(&serving).onyx_tokens()?;
    ensure!(serving.stop()?.success(), "SIGTERM ended the gateway with a failure");
    // While no gateway is there that could prune them.
    sql::execute(&url, &format!("UPDATE tokens SET expires = '2020-01-01 00:00:00' WHERE jti IN ('{first}')"))?;
    ensure!(sql::texts(&url, TOKENS)?.len() == 4, "two tokens for each sign-in");
    let serving = Serving::start(&settings)?;
    let begun = Instant::now();
    while sql::texts(&url, TOKENS)?.len() != 2 {
        ensure!(begun.elapsed() < PATIENCE, "nobody prunes expired tokens");
        std::thread::sleep(Duration::from_millis(50));
    }
    let valid = |token: String| processes::get(&serving, "onyx", "/api/token_valid", &token);
    ensure!(valid(kept)?.status == 200, "a token that has not expired is gone");
    ensure!(valid(expired)?.status == 401, "a token that was pruned opens something");
    Ok(())
}

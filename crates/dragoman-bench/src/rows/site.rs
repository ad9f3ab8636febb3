//! A gateway on a filled database, and the loads that can be put on it.

use std::path::PathBuf;

use anyhow::Result;
use dragoman_exchange::Request;

use crate::bench::Bench;
use crate::clients::{self, Dialect};
use crate::fill::{ADMINS, Database, PASSWORD};
use crate::load::{Load, Requests};
use crate::target::{Options, Target};

/// How many different requests a load repeats.
const VARIETY: u32 = 2048;

/// Steps through the users in no obvious order: it is prime, and no number of users is a multiple of it.
const STRIDE: u32 = 7919;

/// How many requests are under way in an ordinary load.
pub const CONNECTIONS: u32 = 16;

/// Different ones of so many users.
pub fn varied(users: u32) -> impl Iterator<Item = u32> {
    (0..VARIETY).map(move |i| 1 + (i * STRIDE) % users)
}

/// A gateway and its users.
#[derive(Debug)]
pub struct Site {
    /// The gateway.
    pub target: Target,
    users: u32,
    admins: u32,
    folder: PathBuf,
}

impl Site {
    /// Starts a gateway. Where a hash is dear, fewer administrators sign in.
    pub fn open(bench: &Bench, database: &Database, options: Options) -> Result<Self> {
        let target = bench.target(database, options)?;
        let admins = if database.cost > 8 { ADMINS / 4 } else { ADMINS };
        Ok(Self { target, users: database.users, admins, folder: bench.folder().to_owned() })
    }

    /// What administrators send along, after each has signed in. There are several, so that no luck with one
    /// token counts for all.
    pub fn credentials(&self, dialect: Dialect) -> Result<Vec<String>> {
        (1..=self.admins).map(|admin| dialect.credential(&self.target, admin)).collect()
    }

    /// Administrators read users, one at a time.
    pub fn reads(&self, dialect: Dialect) -> Result<Load> {
        let requests = self.asked(dialect, |credential, user| dialect.read(credential, user))?;
        self.load(dialect.name(), self.target.origin(dialect), requests)
    }

    /// The same requests to the handler that has nothing behind it; its answer is as long as the dialect's.
    pub fn ceiling(&self, dialect: Dialect) -> Result<Load> {
        let requests = self.asked(dialect, |credential, user| dialect.read(credential, user))?;
        self.limit(requests, self.target.origin(dialect))
    }

    /// The same reads of handlers that call the core and have no dialect; `place` is `bare` or `watched`.
    pub fn reads_of_core(&self, dialect: Dialect, place: &str) -> Result<Load> {
        let requests = self.asked(dialect, |credential, user| dialect.read_of_core(place, credential, user))?;
        self.load(&format!("{} core {place}", dialect.name()), self.target.core(), requests)
    }

    /// Administrators read the first page of ten users.
    pub fn pages(&self) -> Result<Load> {
        self.load("page of 10", self.target.origin(Dialect::Jwt), self.page_requests()?)
    }

    /// The same requests to the handler that has nothing behind it.
    pub fn page_ceiling(&self) -> Result<Load> {
        self.limit(self.page_requests()?, self.target.origin(Dialect::Jwt))
    }

    /// Different users sign in, with the right password or a wrong one.
    pub fn logins(&self, dialect: Dialect, connections: u32, right: bool) -> Result<Load> {
        let (name, password) = if right { ("logins", PASSWORD) } else { ("wrong passwords", "wrong-horse-7") };
        let requests = varied(self.users).map(|user| dialect.sign_in_with(user, password)).collect();
        Ok(Load { connections, ..self.load(name, self.target.origin(dialect), requests)? })
    }

    fn asked(&self, dialect: Dialect, read: impl Fn(&str, u32) -> Request) -> Result<Vec<Request>> {
        let credentials = self.credentials(dialect)?;
        Ok(varied(self.users)
            .zip(credentials.iter().cycle())
            .map(|(user, credential)| read(credential, user))
            .collect())
    }

    fn page_requests(&self) -> Result<Vec<Request>> {
        Ok(self.credentials(Dialect::Jwt)?.iter().map(|credential| Dialect::Jwt.list(credential)).collect())
    }

    /// The ceiling, with answers as long as the first of these requests gets from the dialect.
    fn limit(&self, requests: Vec<Request>, dialect: &str) -> Result<Load> {
        if let Some(request) = requests.first() {
            self.target.set_ceiling_size(clients::send(dialect, request)?.body.len())?;
        }
        self.load("static handler", self.target.ceiling(), requests)
    }

    fn load(&self, name: &str, origin: &str, requests: Vec<Request>) -> Result<Load> {
        let pid = self.target.pid();
        let file = format!("{pid}-{}", name.replace(' ', "-"));
        // A load of refusals would measure something else.
        if let Some(request) = requests.first().filter(|_| name != "wrong passwords") {
            clients::send(origin, request)?;
        }
        let requests = Requests::write(&self.folder, &file, requests)?;
        Ok(Load { name: name.to_owned(), origin: origin.to_owned(), requests, connections: CONNECTIONS, pid })
    }
}

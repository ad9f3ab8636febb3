//! A gateway in this process, on a thread of its own.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::rt::System;
use anyhow::{Context as _, Result, anyhow};
use dragoman::dialects;
use dragoman::harness::{Admin, Harness, Oauth, Options, UserLine};
use dragoman_core::{Clock, Filter, Random};
use dragoman_exchange::{Lab, Target, Values};
use dragoman_http::Hazard;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::secrets::{self, Place};
use crate::{outage, sql, wire};

/// How long an answer may take, on a machine that is busy with other tests.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A running gateway. Dropping it ends it and removes what it left.
pub struct Gateway {
    /// Origin of each dialect.
    pub urls: BTreeMap<String, String>,
    /// Origin of health and metrics.
    pub operations: String,
    /// The one administrator.
    pub admin: Admin,
    /// The OAuth2 client of amadis.
    pub oauth: Oauth,
    clock: Clock,
    database_url: String,
    orders: Option<UnboundedSender<Order>>,
    thread: Option<JoinHandle<Result<()>>>,
}

enum Order {
    Add(Box<UserLine>, mpsc::Sender<Result<()>>),
    Count(mpsc::Sender<Result<i64>>),
}

impl Gateway {
    /// Starts a gateway; it answers when this returns.
    ///
    /// # Errors
    /// Those of the harness.
    pub fn start(options: Options) -> Result<Self> {
        let (sender, started) = mpsc::channel();
        let (orders, inbox) = unbounded_channel();
        let exposing = options.hazards.contains(&Hazard::ExposePasswordHash);
        let thread = std::thread::spawn(move || System::new().block_on(run(options, sender, inbox)));
        let Ok(facts) = started.recv() else {
            let ended = thread.join().map_err(|_| anyhow!("the gateway panicked at its start"))?;
            return Err(ended.err().unwrap_or_else(|| anyhow!("the gateway ended at its start")));
        };
        let Facts { urls, operations, admin, oauth, clock, database_url, keys_file } = facts;
        secrets::watch(&database_url)?;
        secrets::learn_keys(&keys_file)?;
        secrets::RUN.learn("a password", &admin.password);
        secrets::RUN.learn("a secret", &oauth.client_secret);
        if exposing {
            urls.values().for_each(|url| secrets::RUN.expose(url));
        }
        Ok(Self { urls, operations, admin, oauth, clock, database_url, orders: Some(orders), thread: Some(thread) })
    }

    /// Origin of a dialect.
    ///
    /// # Errors
    /// When it is not served here.
    pub fn url(&self, dialect: &str) -> Result<&str> {
        self.urls.get(dialect).map(String::as_str).with_context(|| format!("{dialect} is not served"))
    }

    /// Where it keeps its data.
    #[must_use]
    pub fn database_url(&self) -> &str {
        &self.database_url
    }

    /// How many users there are.
    ///
    /// # Errors
    /// When the database cannot say.
    pub fn count(&self) -> Result<i64> {
        let (sender, answer) = mpsc::channel();
        self.order(Order::Count(sender))?;
        answer.recv()?
    }

    /// Runs statements on the gateway's database, past the gateway.
    ///
    /// # Errors
    /// Those of the database.
    pub fn execute(&self, statements: &str) -> Result<()> {
        sql::execute(&self.database_url, statements)
    }

    /// The values that exchanges may insert.
    #[must_use]
    pub fn values(&self) -> Values {
        let (admin, oauth) = (&self.admin, &self.oauth);
        Values::from_iter([
            ("admin.username", &admin.username),
            ("admin.email", &admin.email),
            ("admin.password", &admin.password),
            ("oauth.client_id", &oauth.client_id),
            ("oauth.client_secret", &oauth.client_secret),
        ])
    }

    /// A dialect of this gateway, to hold exchanges with.
    ///
    /// # Errors
    /// When the dialect is not served here.
    pub fn target(&self, dialect: &str) -> Result<Target<'_>> {
        let base = self.url(dialect)?.to_owned();
        Ok(Target { base, values: self.values(), lab: Some(self), client: secrets::client(self.url(dialect)?) })
    }

    fn order(&self, order: Order) -> Result<()> {
        let orders = self.orders.as_ref().context("the gateway is stopped")?;
        orders.send(order).map_err(|_| anyhow!("the gateway has ended"))
    }

    /// Ends the gateway and says whether that went well.
    ///
    /// # Errors
    /// When it left something behind.
    pub fn stop(mut self) -> Result<()> {
        self.end()
    }

    fn end(&mut self) -> Result<()> {
        let examined = self.orders.is_some().then(|| self.examine());
        self.orders.take();
        let Some(thread) = self.thread.take() else { return Ok(()) };
        thread.join().map_err(|_| anyhow!("the gateway panicked"))??;
        examined.unwrap_or(Ok(()))
    }

    /// What it counted, and what it stored, for the ledger of secrets.
    fn examine(&self) -> Result<()> {
        // What speaks TLS says the same by it.
        if self.operations.starts_with("http://") {
            let request = b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
            let metrics = wire::send(&self.operations, request)?.context("no metrics")?;
            secrets::RUN.hear(Place::Metrics, "", &String::from_utf8_lossy(&metrics.body));
        }
        secrets::read(&self.database_url)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        drop(self.end()); // whoever wants to know calls stop()
    }
}

impl Lab for Gateway {
    fn add_user(&self, user: &serde_json::Value) -> Result<()> {
        let line = serde_json::from_value(user.clone())?;
        let (sender, answer) = mpsc::channel();
        self.order(Order::Add(Box::new(line), sender))?;
        answer.recv()?
    }

    fn advance(&self, by: Duration) -> Result<()> {
        self.clock.advance(chrono::Duration::from_std(by)?);
        Ok(())
    }

    fn database(&self, works: bool) -> Result<()> {
        outage::set(&self.database_url, works)
    }
}

/// What the starting thread tells of the harness, which itself stays on its thread.
struct Facts {
    urls: BTreeMap<String, String>,
    operations: String,
    admin: Admin,
    oauth: Oauth,
    clock: Clock,
    database_url: String,
    keys_file: PathBuf,
}

async fn run(options: Options, started: mpsc::Sender<Facts>, mut orders: UnboundedReceiver<Order>) -> Result<()> {
    let harness = Harness::start(options).await?;
    let facts = Facts {
        urls: harness.urls.clone(),
        operations: harness.operations.clone(),
        admin: harness.admin.clone(),
        oauth: harness.oauth.clone(),
        clock: harness.clock.clone(),
        database_url: harness.database_url.clone(),
        keys_file: harness.keys_file(),
    };
    started.send(facts).map_err(|_| anyhow!("nobody waits for the gateway"))?;
    while let Some(order) = orders.recv().await {
        // Who asked may be gone by now.
        match order {
            Order::Add(line, answer) => drop(answer.send(harness.add_user(&line).await)),
            Order::Count(answer) => drop(answer.send(count(&harness).await)),
        }
    }
    harness.stop().await
}

async fn count(harness: &Harness) -> Result<i64> {
    let dialect = dialects::ALL.first().context("there is no dialect")?;
    Ok(harness.core.accounts(dialect.realm).count(Filter::default()).await?)
}

/// Eight hexadecimal digits that nobody else has.
#[must_use]
pub fn run_id() -> String {
    format!("{:08x}", u32::from_be_bytes(Random::system().bytes()))
}

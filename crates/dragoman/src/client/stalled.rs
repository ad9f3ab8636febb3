//! Connections whose clients do not go on.
//!
//! actix bounds the first head of a connection, and the adapters bound the bodies that they read. What comes after an
//! answer nobody bounds: the rest of a body that was answered unread, and the head of a later request. So whoever has
//! had an answer has to come with the next request in time, or the connection ends.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web::Bytes;
use rustix::net::{Shutdown, shutdown, sockopt};
use tokio::time::MissedTickBehavior;

use super::Socket;
use crate::settings::Server;

/// How often the connections are looked at.
const SECOND: Duration = Duration::from_secs(1);

/// Nothing is owed: the first request has not come, or one is being answered.
const NOTHING: u64 = 0;

/// A connection, and since when its client has had its answer.
pub(super) struct Connection {
    pub(super) socket: Socket,
    /// In milliseconds since `begun`, or [`NOTHING`].
    answered: AtomicU64,
    begun: Instant,
}

impl Connection {
    /// A request has come.
    pub(super) fn is_served(&self) {
        self.answered.store(NOTHING, Ordering::Relaxed);
    }

    fn has_answer(&self) {
        let now = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.answered.store(now.max(1), Ordering::Relaxed);
    }

    fn has_stalled(&self, now: Duration, limit: Duration) -> bool {
        let answered = self.answered.load(Ordering::Relaxed);
        answered != NOTHING && now.saturating_sub(Duration::from_millis(answered)) > limit
    }
}

/// All connections of a gateway, and how long it waits for their clients.
pub struct Patience {
    /// From an answer to the whole head of the next request.
    limit: Duration,
    /// Until a client takes at least something of its answer.
    untaken: Duration,
    begun: Instant,
    open: Mutex<Vec<Weak<Connection>>>,
}

impl Patience {
    /// As long as the settings say.
    #[must_use]
    pub fn new(settings: &Server) -> Self {
        let Server { keep_alive_seconds, client_timeout_seconds, body_timeout_seconds, .. } = settings;
        Self {
            limit: Duration::from_secs(keep_alive_seconds + client_timeout_seconds + body_timeout_seconds),
            untaken: Duration::from_secs(*body_timeout_seconds),
            begun: Instant::now(),
            open: Mutex::default(),
        }
    }

    pub(super) fn begin(&self, socket: Socket) -> Arc<Connection> {
        // The kernel ends a connection whose client takes nothing of what was sent to it (RFC 5482).
        let untaken = u32::try_from(self.untaken.as_millis()).unwrap_or(u32::MAX);
        if let Err(error) = sockopt::set_tcp_user_timeout(&socket.0, untaken) {
            tracing::debug!(%error, "a client may take for ever to take its answer");
        }
        let connection = Arc::new(Connection { socket, answered: AtomicU64::new(NOTHING), begun: self.begun });
        self.open.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::downgrade(&connection));
        connection
    }

    /// Ends what has stalled, once a second, for as long as it is polled.
    pub async fn watch(&self) {
        let mut seconds = tokio::time::interval(SECOND);
        seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            seconds.tick().await;
            self.end_stalled();
        }
    }

    fn end_stalled(&self) {
        let now = self.begun.elapsed();
        self.open.lock().unwrap_or_else(PoisonError::into_inner).retain(|connection| {
            let Some(connection) = connection.upgrade() else { return false };
            if connection.has_stalled(now, self.limit) {
                // actix finds it at its end, and lets it go; if it has done so already, all the better.
                let _ = shutdown(&connection.socket.0, Shutdown::Both);
            }
            true
        });
    }
}

/// An answer's body, which says when it has been handed over.
pub struct Handed {
    body: BoxBody,
    _end: End,
}

impl Handed {
    pub(super) fn new(body: BoxBody, connection: Option<Arc<Connection>>) -> Self {
        Self { body, _end: End(connection) }
    }
}

struct End(Option<Arc<Connection>>);

impl Drop for End {
    fn drop(&mut self) {
        if let Some(connection) = &self.0 {
            connection.has_answer();
        }
    }
}

impl MessageBody for Handed {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::OwnedFd;

    use super::*;

    fn connection() -> (Arc<Connection>, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let socket = Socket(Arc::new(OwnedFd::from(listener.accept().unwrap().0)));
        (Patience::new(&Server::default()).begin(socket), client)
    }

    #[test]
    fn only_who_has_had_an_answer_owes_a_request() {
        let (connection, _client) = connection();
        let late = Duration::from_secs(100);
        let limit = Duration::from_secs(50);
        assert!(!connection.has_stalled(late, limit), "the first head is bounded by actix");
        connection.has_answer();
        assert!(connection.has_stalled(late, limit));
        assert!(!connection.has_stalled(limit, limit));
        connection.is_served();
        assert!(!connection.has_stalled(late, limit));
    }

    #[test]
    fn the_kernel_ends_a_connection_whose_client_takes_nothing() {
        let (connection, _client) = connection();
        let seconds = u32::try_from(Server::default().body_timeout_seconds).unwrap();
        assert_eq!(sockopt::tcp_user_timeout(&connection.socket.0).unwrap(), seconds * 1000);
    }

    #[test]
    fn a_body_that_is_dropped_has_been_answered() {
        let (connection, _client) = connection();
        drop(Handed::new(BoxBody::new("body"), Some(Arc::clone(&connection))));
        assert!(connection.has_stalled(Duration::from_secs(100), Duration::ZERO));
    }
}

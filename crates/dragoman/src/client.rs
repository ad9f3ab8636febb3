//! The client at the other end of a connection, as the core wants to know it.

mod address;
mod stalled;

use std::any::Any;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::body::BoxBody;
use actix_web::dev::{Extensions, ServiceRequest, ServiceResponse};
use actix_web::rt::net::TcpStream;
pub use address::Proxies;
use dragoman_core::Origin;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{RecvFlags, recv};
use stalled::Connection;
pub use stalled::{Handed, Patience};

/// A second hold on a connection's socket: actix gives us the first only for a moment.
#[derive(Clone)]
struct Socket(Arc<OwnedFd>);

/// Keeps hold of a new connection's socket, so that a request can look whether its client is still there, and
/// that it can be ended when its client does not go on.
pub fn accepted(patience: &Patience, connection: &dyn Any, data: &mut Extensions) {
    let plain = connection.downcast_ref::<TcpStream>();
    let stream = plain.or_else(|| Some(connection.downcast_ref::<TlsStream<TcpStream>>()?.get_ref().0));
    let socket = stream.map(|stream| stream.as_fd().try_clone_to_owned());
    // Without it nobody is ever said to have gone.
    if let Some(Ok(socket)) = socket {
        data.insert(patience.begin(Socket(Arc::new(socket))));
    }
}

/// Where a request comes from.
#[must_use]
pub fn origin(request: &ServiceRequest, proxies: &Proxies) -> Origin {
    let address = request.peer_addr().map(|peer| proxies.client(peer.ip(), request.headers()));
    let socket = connection(request).map(|connection| connection.socket.clone());
    Origin::new(address, move || socket.as_ref().is_some_and(Socket::is_closed_by_peer))
}

/// Lets the connection wait for its client from the end of the answer on, and not before.
pub fn serves<E>(
    request: &ServiceRequest,
) -> impl FnOnce(Result<ServiceResponse<BoxBody>, E>) -> Result<ServiceResponse<Handed>, E> + use<E> {
    let connection = connection(request).cloned();
    connection.iter().for_each(|connection| connection.is_served());
    move |answer| Ok(answer?.map_body(|_, body| Handed::new(body, connection)))
}

fn connection(request: &ServiceRequest) -> Option<&Arc<Connection>> {
    request.conn_data()
}

impl Socket {
    /// Whether the client will send nothing more, read from the socket as anybody would read it: `POLLRDHUP`
    /// says it in one bit, but not on every kernel. One that only closed its half and waits for the answer cannot
    /// be told from one that has gone.
    fn is_closed_by_peer(&self) -> bool {
        match recv(&*self.0, &mut [0; 1], RecvFlags::PEEK | RecvFlags::DONTWAIT) {
            Ok((_, 0)) => true,
            // A farewell of TLS may lie before the end, and only that bit sees past it.
            Ok(_) => has_hung_up(&self.0),
            Err(Errno::AGAIN | Errno::INTR) => false,
            Err(_) => true,
        }
    }
}

fn has_hung_up(socket: &OwnedFd) -> bool {
    let mut sockets = [PollFd::new(socket, PollFlags::RDHUP)];
    let ends = PollFlags::RDHUP | PollFlags::HUP | PollFlags::ERR;
    let polled = poll(&mut sockets, Some(&Timespec::default()));
    polled.is_ok() && sockets.iter().any(|socket| socket.revents().intersects(ends))
}

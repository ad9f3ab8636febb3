//! The client at the other end of a connection, as the core wants to know it.

use std::any::Any;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;

use actix_web::dev::{Extensions, ServiceRequest};
use actix_web::rt::net::TcpStream;
use dragoman_core::Origin;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// A second hold on a connection's socket: actix gives us the first only for a moment.
#[derive(Clone)]
struct Socket(Arc<OwnedFd>);

/// Keeps hold of a new connection's socket, so that a request can look whether its client is still there.
pub fn accepted(connection: &dyn Any, data: &mut Extensions) {
    let socket = connection.downcast_ref::<TcpStream>().map(|stream| stream.as_fd().try_clone_to_owned());
    // Without it nobody is ever said to have gone.
    if let Some(Ok(socket)) = socket {
        data.insert(Socket(Arc::new(socket)));
    }
}

/// Where a request comes from.
#[must_use]
pub fn origin(request: &ServiceRequest) -> Origin {
    let address = request.peer_addr().map(|address| address.ip());
    let socket = request.conn_data::<Socket>().cloned();
    Origin::new(address, move || socket.as_ref().is_some_and(Socket::is_closed_by_peer))
}

impl Socket {
    /// Whether the client will send nothing more. One that only closed its half and waits for the answer
    /// cannot be told from one that has gone.
    fn is_closed_by_peer(&self) -> bool {
        const NOW: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };
        let mut polled = [PollFd::new(&*self.0, PollFlags::RDHUP)];
        let ready = poll(&mut polled, Some(&NOW)).is_ok_and(|ready| ready > 0);
        ready && polled.iter().any(|fd| fd.revents().intersects(PollFlags::RDHUP | PollFlags::HUP | PollFlags::ERR))
    }
}

//! Where the request comes from that is being served.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use crate::audit::{Person, Visit};

tokio::task_local! {
    static ORIGIN: Origin;
}

/// Whom work is done for, as far as fairness and the audit log have to know. It travels with the request and not
/// through every signature, because no dialect has a say in it.
#[derive(Clone, Default)]
pub struct Origin {
    address: Option<IpAddr>,
    hung_up: Option<Arc<dyn Fn() -> bool + Send + Sync>>,
    /// Only a request has one.
    visit: Option<Arc<Visit>>,
}

impl Origin {
    /// A client at this address, if it is known; `hung_up` tells whether it has gone away since.
    #[must_use]
    pub fn new(address: Option<IpAddr>, hung_up: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self { address, hung_up: Some(Arc::new(hung_up)), visit: Some(Arc::default()) }
    }

    /// Does work for this origin.
    pub async fn serve<F: Future>(self, work: F) -> F::Output {
        ORIGIN.scope(self, work).await
    }

    /// Whom the present task serves; nobody in particular, where no gateway has said.
    pub(crate) fn current() -> Self {
        ORIGIN.try_with(Self::clone).unwrap_or_default()
    }

    pub(crate) fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// What counts as one address: whoever has one of IPv6 has 2⁶⁴ of them (RFC 6177).
    pub(crate) fn network(&self) -> Option<IpAddr> {
        Some(match self.address?.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
            address @ IpAddr::V4(_) => address,
        })
    }

    /// What is learned of the client on the way; nothing, where nobody sent a request.
    pub(crate) fn visit(&self) -> Option<&Visit> {
        self.visit.as_deref()
    }

    /// The client has proved to be this user.
    pub(crate) fn comes_from(&self, user: Person) {
        if let Some(visit) = &self.visit {
            visit.comes_from(user);
        }
    }

    pub(crate) fn has_hung_up(&self) -> bool {
        self.hung_up.as_ref().is_some_and(|hung_up| hung_up())
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Origin").field("address", &self.address).finish_non_exhaustive()
    }
}

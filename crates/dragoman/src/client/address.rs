//! Whose address a request comes from, where proxies stand between.

use std::net::{IpAddr, SocketAddr};

use actix_web::http::header::{FORWARDED, HeaderMap, HeaderName};
use anyhow::{Context as _, Result, ensure};

use crate::settings::{self, Network};

/// The proxies that are believed, and where they write whom they speak for.
#[derive(Debug)]
pub struct Proxies {
    trusted: Vec<Network>,
    header: HeaderName,
}

impl Proxies {
    /// As the settings name them.
    ///
    /// # Errors
    /// A header that cannot be, or that holds no list of addresses.
    pub fn new(server: &settings::Server) -> Result<Self> {
        let name = &server.client_address_header;
        let header: HeaderName = name
            .parse()
            .with_context(|| format!("server.client_address_header is `{name}`, which is no name of a header"))?;
        ensure!(
            header != FORWARDED,
            "server.client_address_header is `forwarded` (RFC 7239), which is not read: let the proxy send X-Forwarded-For"
        );
        Ok(Self { trusted: server.trusted_proxies.clone(), header })
    }

    /// The client behind this peer. Each proxy has written its own client after what came to it, so that the
    /// list is read from its end, and no further than to the first address whose word counts for nothing.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if !self.trust(client) {
            return client;
        }
        let lines: Vec<_> = headers.get_all(&self.header).collect();
        let hops = lines.iter().rev().flat_map(|line| line.as_bytes().rsplit(|&byte| byte == b','));
        for hop in hops {
            // A proxy that writes what is no address speaks for nobody but itself.
            let Some(before) = address(hop) else { break };
            client = before;
            if !self.trust(client) {
                break;
            }
        }
        client
    }

    fn trust(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(address))
    }
}

/// An address; some proxies write the port, too.
fn address(hop: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(hop).ok()?.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let parsed = bare.parse().or_else(|_| text.parse::<SocketAddr>().map(|with_port| with_port.ip()));
    parsed.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;
    use crate::settings::Server;

    fn proxies(header: &str) -> Result<Proxies> {
        let trusted_proxies = ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"].map(|text| text.parse().unwrap()).to_vec();
        Proxies::new(&Server { trusted_proxies, client_address_header: header.to_owned(), ..Server::default() })
    }

    fn client(peer: &str, lines: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for".parse().unwrap(), HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        proxies("X-Forwarded-For").unwrap().client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_proxy_says_whom_it_speaks_for() {
        assert_eq!(client("10.1.2.3", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(client("192.0.2.7", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(client("::ffff:10.1.2.3", &["::ffff:203.0.113.9"]), "203.0.113.9");
        assert_eq!(client("2001:db8::1", &["2001:db9::9"]), "2001:db9::9");
        assert_eq!(client("10.1.2.3", &["203.0.113.9 , 10.9.9.9,192.0.2.7"]), "203.0.113.9", "a chain of them");
        assert_eq!(client("10.1.2.3", &["203.0.113.9", "10.9.9.9"]), "203.0.113.9", "on several lines");
    }

    #[test]
    fn nobody_else_does() {
        for peer in ["203.0.113.1", "192.0.2.8", "2001:db9::1"] {
            assert_eq!(client(peer, &["198.51.100.1"]), peer);
        }
        let unconfigured = Proxies::new(&Server::default()).unwrap();
        let headers = HeaderMap::from_iter([("x-forwarded-for".parse().unwrap(), HeaderValue::from_static("1.2.3.4"))]);
        assert_eq!(unconfigured.client("127.0.0.1".parse().unwrap(), &headers).to_string(), "127.0.0.1");
    }

    #[test]
    fn what_a_client_writes_itself_is_not_read() {
        assert_eq!(client("10.1.2.3", &["198.51.100.1, 203.0.113.9"]), "203.0.113.9");
        assert_eq!(client("10.1.2.3", &["10.0.0.1, 203.0.113.9, 10.9.9.9"]), "203.0.113.9");
        assert_eq!(client("10.1.2.3", &["198.51.100.1", "203.0.113.9"]), "203.0.113.9");
    }

    #[test]
    fn what_is_no_address_ends_the_way_at_the_last_proxy() {
        for line in ["", "unknown", "203.0.113.9;", "203.0.113", "_hidden", "203.0.113.9 10.0.0.1", "[::1", "\u{e9}"] {
            assert_eq!(client("10.1.2.3", &[line]), "10.1.2.3", "{line}");
            assert_eq!(client("10.1.2.3", &[&format!("{line}, 10.9.9.9")]), "10.9.9.9", "{line}");
        }
        assert_eq!(client("10.1.2.3", &[]), "10.1.2.3");
        assert_eq!(client("10.1.2.3", &["10.0.0.1, 10.0.0.2"]), "10.0.0.1", "proxies alone");
    }

    #[test]
    fn a_port_beside_the_address_does_not_matter() {
        assert_eq!(client("10.1.2.3", &["203.0.113.9:4711"]), "203.0.113.9");
        assert_eq!(client("10.1.2.3", &["[2001:db9::9]:4711"]), "2001:db9::9");
        assert_eq!(client("10.1.2.3", &["[2001:db9::9]"]), "2001:db9::9");
    }

    #[test]
    fn a_header_that_holds_no_list_of_addresses_is_refused() {
        assert!(proxies("x real ip").unwrap_err().to_string().contains("client_address_header"));
        assert!(proxies("Forwarded").unwrap_err().to_string().contains("RFC 7239"));
        assert!(proxies("CF-Connecting-IP").is_ok());
    }
}

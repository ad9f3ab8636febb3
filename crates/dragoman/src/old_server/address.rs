//! Where an old server is.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use anyhow::{Error, Result, anyhow};
use ureq::http::Uri;
use ureq::http::uri::Scheme;

/// Scheme, host and perhaps port and path, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    uri: Uri,
    base: String,
}

impl Address {
    /// Whether what is sent there can be read by nobody else.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.uri.scheme() == Some(&Scheme::HTTPS)
    }

    /// Whether it is this machine.
    #[must_use]
    pub fn is_local(&self) -> bool {
        let host = self.uri.host().unwrap_or_default();
        let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        host.eq_ignore_ascii_case("localhost") || address.is_some_and(|address| address.is_loopback())
    }
}

impl FromStr for Address {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let uri = text.parse::<Uri>().ok().filter(|uri| {
            let web = [Some(&Scheme::HTTP), Some(&Scheme::HTTPS)].contains(&uri.scheme());
            // Credentials would end up in the log.
            web && uri.authority().is_some_and(|place| !place.as_str().contains('@')) && uri.query().is_none()
        });
        let uri = uri.ok_or_else(|| anyhow!("`{text}` is no address: write it like http://old.example.com:5000"))?;
        let base = text.split('#').next().unwrap_or_default().trim_end_matches('/').to_owned();
        Ok(Self { uri, base })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_http_or_https_and_has_no_credentials() {
        let shown = |text: &str| text.parse::<Address>().map(|address| address.to_string()).ok();
        assert_eq!(shown("http://old.example.com:5000/").as_deref(), Some("http://old.example.com:5000"));
        assert_eq!(shown("https://old.example.com/app/").as_deref(), Some("https://old.example.com/app"));
        for text in
            ["", "old", "old:5000", "/x", "ftp://old", "http://", "http://u:p@old", "http://old/?x=1", "http://a b"]
        {
            assert_eq!(shown(text), None, "{text}");
        }
    }

    #[test]
    fn this_machine_is_told_from_others() {
        let local = |text: &str| text.parse::<Address>().unwrap().is_local();
        assert!(["http://localhost:1", "http://127.0.0.1", "http://[::1]:5000/x"].into_iter().all(local));
        assert!(!["http://old.example.com", "http://10.0.0.1", "http://localhost.example.com"].into_iter().any(local));
        assert!("https://x".parse::<Address>().unwrap().is_encrypted());
        assert!(!"http://x".parse::<Address>().unwrap().is_encrypted());
    }
}

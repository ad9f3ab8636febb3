//! HTTP to an old server: one origin, no redirect, no proxy, and answers of bounded length and time.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use dragoman_http::old_login::Question;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use secrecy::ExposeSecret as _;
use ureq::Agent;
use ureq::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use ureq::http::{Request, request};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::Address;
use super::failure::Answer;

/// No login of any dialect answers more: a token with all that an old server may put into it.
const LONGEST_ANSWER: u64 = 64 * 1024;

/// Sends questions to one address.
pub(super) struct Client {
    agent: Agent,
    base: String,
}

impl Client {
    /// `ca` names the file with the authorities that may vouch for the server.
    pub(super) fn new(address: &Address, patience: Duration, ca: Option<&Path>) -> Result<Self> {
        let config = Agent::config_builder()
            .timeout_global(Some(patience))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent("dragoman")
            // Each person asks once: a connection would be closed before the next one needs it.
            .max_idle_connections(0)
            .proxy(None);
        let config = match address.is_encrypted() {
            true => config.tls_config(tls(ca)?),
            false => config,
        };
        Ok(Self { agent: config.build().new_agent(), base: address.to_string() })
    }

    /// Blocks until there is an answer.
    pub(super) fn send(&self, question: &Question) -> Result<Answer, ureq::Error> {
        let request = self.head(question)?;
        let mut answer = match &question.body {
            Some((content_type, body)) => {
                let request = request.header(CONTENT_TYPE, *content_type).body(body.expose_secret())?;
                self.agent.run(request)?
            }
            None => self.agent.run(request.body(())?)?,
        };
        let body = answer.body_mut().with_config().limit(LONGEST_ANSWER).read_to_vec()?;
        let retry_after = answer.headers().get(RETRY_AFTER).map(|value| seconds(value).unwrap_or(1));
        Ok(Answer { status: answer.status().as_u16(), retry_after, body })
    }

    fn head(&self, question: &Question) -> Result<request::Builder, ureq::Error> {
        let request = Request::builder().method(question.method).uri(format!("{}{}", self.base, question.path));
        let Some(authorization) = &question.authorization else { return Ok(request) };
        let mut value = HeaderValue::from_str(authorization.expose_secret()).map_err(ureq::http::Error::from)?;
        value.set_sensitive(true);
        Ok(request.header(AUTHORIZATION, value))
    }
}

/// The number of seconds, which all give that are asked too often; a date (RFC 9110, 10.2.3) would want a clock that
/// goes as theirs.
fn seconds(value: &HeaderValue) -> Option<u64> {
    value.to_str().ok()?.trim().parse().ok()
}

fn tls(ca: Option<&Path>) -> Result<TlsConfig> {
    let authorities = match ca {
        Some(file) => of_file(file)?,
        None => rustls_native_certs::load_native_certs().certs,
    };
    ensure!(!authorities.is_empty(), "no certificate authority is known here: name one in legacy.ca");
    let authorities = authorities.iter().map(|der| Certificate::from_der(der).to_owned());
    Ok(TlsConfig::builder()
        .root_certs(RootCerts::from(authorities))
        .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()))
        .build())
}

fn of_file(file: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let name = || format!("legacy.ca: {}", file.display());
    CertificateDer::pem_file_iter(file).and_then(Iterator::collect).with_context(name)
}

//! Sends a request exactly as it is described, and hands back exactly what came.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use ureq::http::{self, HeaderName, HeaderValue};

/// A request, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The request target: path and query, as they go over the wire.
    pub target: String,
    /// Header fields in order. `Host` and `Content-Length` are added where they are missing.
    pub headers: Vec<(String, String)>,
    /// The body; none is not the same as an empty one.
    pub body: Option<Vec<u8>>,
}

impl Request {
    /// A POST with a body of this content type.
    #[must_use]
    pub fn post(target: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            method: "POST".to_owned(),
            target: target.to_owned(),
            headers: vec![("Content-Type".to_owned(), content_type.to_owned())],
            body: Some(body.into()),
        }
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header fields; the names are lower-case.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// Every value of a header field, in order.
    #[must_use]
    pub fn header(&self, name: &str) -> Vec<&[u8]> {
        let same = |(known, _): &&(String, Vec<u8>)| known.eq_ignore_ascii_case(name);
        self.headers.iter().filter(same).map(|(_, value)| value.as_slice()).collect()
    }
}

/// Sees each request together with its answer.
pub type Observer = Arc<dyn Fn(&Request, &Response) + Send + Sync>;

/// A client that follows no redirect, adds no header of its own, and takes every status for an answer.
#[derive(Clone)]
pub struct Client {
    agent: ureq::Agent,
    observers: Vec<Observer>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("agent", &self.agent).finish_non_exhaustive()
    }
}

impl Client {
    /// A client that waits this long for a whole answer.
    #[must_use]
    pub fn new(patience: Duration) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(patience))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .allow_non_standard_methods(true)
            .user_agent("")
            .accept("")
            .accept_encoding("")
            .max_idle_connections(0)
            .proxy(None);
        Self { agent: config.build().new_agent(), observers: Vec::new() }
    }

    /// The same client, with one more who sees every answer as it came.
    #[must_use]
    pub fn observed(mut self, observer: Observer) -> Self {
        self.observers.push(observer);
        self
    }

    /// Sends the request to the server at `base`, which is an origin, perhaps with a path before the target.
    ///
    /// # Errors
    /// When the request cannot be put into HTTP or no whole answer comes back.
    pub fn send(&self, base: &str, request: &Request) -> Result<Response> {
        let Request { method, target, headers, body } = request;
        let mut http = http::Request::builder().method(method.as_str()).uri(format!("{base}{target}"));
        for (name, value) in headers {
            let name =
                HeaderName::from_bytes(name.as_bytes()).with_context(|| format!("{name:?} is no header name"))?;
            let value = HeaderValue::from_bytes(value.as_bytes())
                .with_context(|| format!("{name}: {value:?} is no header value"))?;
            http = http.header(name, value);
        }
        let answer = match body {
            Some(body) => self.agent.run(http.body(body.as_slice())?),
            None if has_body(method) => self.agent.run(http.body(&[] as &[u8])?),
            None => self.agent.run(http.body(())?),
        };
        let response = received(answer.with_context(|| format!("{method} {base}{target} got no answer"))?)?;
        self.observers.iter().for_each(|observer| observer(request, &response));
        Ok(response)
    }
}

/// Methods for which a client says that there is no body, rather than saying nothing.
pub(crate) fn has_body(method: &str) -> bool {
    matches!(method, "POST" | "PUT" | "PATCH")
}

fn received(mut answer: http::Response<ureq::Body>) -> Result<Response> {
    let headers = answer.headers().iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_owned()));
    Ok(Response {
        status: answer.status().as_u16(),
        headers: headers.collect(),
        body: answer.body_mut().with_config().limit(64 << 20).read_to_vec().context("the body was cut off")?,
    })
}

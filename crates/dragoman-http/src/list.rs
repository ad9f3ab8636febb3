//! A list of any length as one JSON document, in the memory that one page of it takes.

use std::fmt::Display;

use actix_web::http::{Method, Version};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use futures_util::future::FutureExt as _;
use futures_util::stream::{self, Stream, StreamExt as _, TryStreamExt as _};
use tracing::Span;

/// What stands around a list, and between its elements.
#[derive(Debug, Clone, Copy)]
pub struct Envelope {
    /// Before the array's opening bracket.
    pub prefix: &'static str,
    /// Between two elements, as the dialect's JSON has it.
    pub separator: &'static str,
    /// After the array's closing bracket.
    pub suffix: &'static str,
}

/// Answers with JSON arrays as if they were one: each is the next page of the list, as a serializer
/// spells it, from bracket to bracket.
///
/// A list of one page is sent as any other body, with its length. A longer one goes out page by page,
/// each when the client has taken the one before it, in chunks or, to a client of HTTP/1.0, until the
/// connection ends.
///
/// # Errors
/// That of the first page, which the dialect can still put into words. A later one is logged, and
/// breaks the connection off: what the client has by then is no JSON.
pub async fn respond<E>(
    req: &HttpRequest,
    mut response: HttpResponseBuilder,
    envelope: Envelope,
    pages: impl Stream<Item = Result<Vec<u8>, E>> + 'static,
) -> Result<HttpResponse, E>
where
    E: Display + Into<Box<dyn std::error::Error>> + 'static,
{
    let mut pages = Box::pin(pages.fuse());
    let first = pages.try_next().await?;
    // A list that has ended says so at once, and any other begins to read on.
    let second = match pages.next().now_or_never() {
        Some(None) => None,
        Some(Some(page)) => Some(stream::iter(Some(page)).chain(pages).left_stream()),
        None => Some(pages.right_stream()),
    };
    let mut join = Join { envelope, begun: false };
    let mut beginning = envelope.prefix.as_bytes().to_vec();
    beginning.push(b'[');
    beginning.extend(join.next(first.as_deref().unwrap_or_default()));
    let Some(rest) = second else {
        beginning.extend(join.end());
        return Ok(response.body(beginning));
    };
    if *req.method() == Method::HEAD {
        return Ok(response.streaming(stream::empty::<Result<Bytes, E>>()));
    }
    if req.version() < Version::HTTP_11 {
        response.force_close();
    }
    let mut response = response.streaming(body(beginning, join, rest));
    response.head_mut().no_chunking(req.version() < Version::HTTP_11);
    Ok(response)
}

/// The rest of the list behind its beginning. After an error nothing comes, least of all its end.
fn body<E: Display>(
    beginning: Vec<u8>,
    join: Join,
    rest: impl Stream<Item = Result<Vec<u8>, E>> + Unpin,
) -> impl Stream<Item = Result<Bytes, E>> {
    let request = Span::current();
    let rest = stream::try_unfold(Some((join, rest)), |state| async move {
        let Some((mut join, mut rest)) = state else { return Ok(None) };
        Ok(Some(match rest.try_next().await? {
            Some(page) => (join.next(&page), Some((join, rest))),
            None => (join.end(), None),
        }))
    });
    let rest = rest.inspect_err(move |error| tracing::error!(parent: &request, %error, "a list broke off"));
    stream::iter([Ok(beginning)]).chain(rest).map_ok(Bytes::from)
}

/// Makes one array of many.
struct Join {
    envelope: Envelope,
    /// Whether there is an element that the next one must be kept apart from.
    begun: bool,
}

impl Join {
    fn next(&mut self, array: &[u8]) -> Vec<u8> {
        let elements = array.strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]")).unwrap_or_default();
        let separator = if self.begun && !elements.is_empty() { self.envelope.separator } else { "" };
        self.begun |= !elements.is_empty();
        [separator.as_bytes(), elements].concat()
    }

    fn end(&self) -> Vec<u8> {
        ["]", self.envelope.suffix].concat().into_bytes()
    }
}

#[cfg(test)]
mod tests;

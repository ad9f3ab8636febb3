//! Reading a request body, up to the mount's limit.

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web::{Bytes, BytesMut};
use futures_util::StreamExt as _;

use crate::Mount;

/// Why a body could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyFault {
    /// More bytes than [`Mount::body_limit`].
    TooLarge,
    /// The connection broke, the transfer encoding is wrong, or the client took longer than [`Mount::body_timeout`].
    Broken,
}

/// The whole body, whatever its content type.
pub async fn read(req: &HttpRequest, payload: Payload) -> Result<Bytes, BodyFault> {
    let mount = Mount::of(req);
    if announced_length(req).is_some_and(|length| length > mount.body_limit) {
        return Err(BodyFault::TooLarge);
    }
    let whole = collect(payload, mount.body_limit);
    actix_web::rt::time::timeout(mount.body_timeout, whole).await.unwrap_or(Err(BodyFault::Broken))
}

async fn collect(mut payload: Payload, limit: usize) -> Result<Bytes, BodyFault> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| BodyFault::Broken)?;
        if body.len() + chunk.len() > limit {
            return Err(BodyFault::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// Refusing by the announced length spares reading what would be thrown away.
fn announced_length(req: &HttpRequest) -> Option<usize> {
    req.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use actix_web::error::PayloadError;
    use actix_web::test::TestRequest;
    use actix_web::web::Data;
    use futures_util::stream;

    use super::*;

    fn limited(body_limit: usize) -> TestRequest {
        TestRequest::default().app_data(Data::new(Mount { body_limit, ..Mount::default() }))
    }

    async fn read_set(request: TestRequest, body: &'static str) -> Result<Bytes, BodyFault> {
        let (req, payload) = request.set_payload(body).to_http_parts();
        read(&req, payload).await
    }

    #[actix_web::test]
    async fn a_body_up_to_the_limit_is_read() {
        assert_eq!(read_set(limited(4), "1234").await.unwrap(), "1234");
        assert_eq!(read_set(limited(4), "").await.unwrap(), "");
    }

    #[actix_web::test]
    async fn a_body_over_the_limit_is_refused() {
        assert_eq!(read_set(limited(4), "12345").await, Err(BodyFault::TooLarge));
    }

    #[actix_web::test]
    async fn an_announced_length_over_the_limit_is_refused_unread() {
        let (req, _) = limited(4).insert_header((CONTENT_LENGTH, "5")).to_http_parts();
        assert_eq!(read(&req, Payload::None).await, Err(BodyFault::TooLarge));
    }

    #[actix_web::test]
    async fn a_body_that_stops_arriving_is_not_waited_for() {
        let payload = Payload::Stream { payload: stream::pending().boxed_local() };
        let mount = Mount { body_timeout: std::time::Duration::from_millis(1), ..Mount::default() };
        let req = TestRequest::default().app_data(Data::new(mount)).to_http_request();
        assert_eq!(read(&req, payload).await, Err(BodyFault::Broken));
    }

    #[actix_web::test]
    async fn a_broken_transfer_is_no_body() {
        let chunks = stream::iter([Ok(Bytes::from("12")), Err(PayloadError::Incomplete(None))]);
        let payload = Payload::Stream { payload: chunks.boxed_local() };
        let req = limited(4).to_http_request();
        assert_eq!(read(&req, payload).await, Err(BodyFault::Broken));
    }
}

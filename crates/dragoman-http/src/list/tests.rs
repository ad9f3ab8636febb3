use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;

use actix_web::body::{BodySize, MessageBody as _, to_bytes};
use actix_web::test::TestRequest;

use super::*;

const ENVELOPE: Envelope = Envelope { prefix: "{\"a\": ", separator: ", ", suffix: "}\n" };

type Page = Result<Vec<u8>, String>;

fn page(text: &str) -> Page {
    Ok(text.into())
}

async fn answer(req: TestRequest, pages: impl Stream<Item = Page> + 'static) -> Result<HttpResponse, String> {
    respond(&req.to_http_request(), HttpResponse::Ok(), ENVELOPE, pages).await
}

/// The size that is announced, and the body or the error that it ends with.
async fn sent(pages: Vec<Page>) -> Result<(BodySize, Result<String, String>), String> {
    let body = answer(TestRequest::default(), stream::iter(pages)).await?.into_body();
    let size = body.size();
    let bytes = to_bytes(body).await.map_err(|error| error.to_string());
    Ok((size, bytes.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())))
}

#[actix_web::test]
async fn a_list_of_one_page_has_its_length() {
    for (pages, expected) in
        [(vec![page("[1, 2]")], "{\"a\": [1, 2]}\n"), (vec![page("[]")], "{\"a\": []}\n"), (vec![], "{\"a\": []}\n")]
    {
        let size = BodySize::Sized(expected.len() as u64);
        assert_eq!(sent(pages).await, Ok((size, Ok(expected.to_owned()))));
    }
}

#[actix_web::test]
async fn pages_become_one_array() {
    for (pages, expected) in [
        (vec!["[1, 2]", "[3]", "[4, 5]"], "{\"a\": [1, 2, 3, 4, 5]}\n"),
        (vec!["[1]", "[]", "[2]", "[]"], "{\"a\": [1, 2]}\n"),
        (vec!["[]", "[]", "[[]]"], "{\"a\": [[]]}\n"),
    ] {
        let pages = pages.into_iter().map(page).collect();
        assert_eq!(sent(pages).await, Ok((BodySize::Stream, Ok(expected.to_owned()))));
    }
}

#[actix_web::test]
async fn a_failure_before_the_first_byte_is_the_callers_to_answer() {
    assert_eq!(sent(vec![Err("down".into()), page("[1]")]).await, Err("down".into()));
}

#[actix_web::test]
async fn a_failure_after_the_first_byte_ends_the_body_without_its_end() {
    let (size, body) = sent(vec![page("[1]"), Err("down".into()), page("[2]")]).await.unwrap();
    assert_eq!((size, body), (BodySize::Stream, Err("down".into())));
    let mut join = Join { envelope: ENVELOPE, begun: true };
    let rest = stream::iter([page("[1]"), Err("down".into()), page("[2]")]);
    let parts: Vec<_> = body_of(&mut join, rest).collect().await;
    assert_eq!(parts, [Ok("[".into()), Ok(", 1".into()), Err("down".to_owned())]);
}

fn body_of(join: &mut Join, rest: impl Stream<Item = Page> + Unpin) -> impl Stream<Item = Result<Bytes, String>> {
    body(b"[".to_vec(), Join { envelope: join.envelope, begun: join.begun }, rest)
}

#[actix_web::test]
async fn no_page_is_read_before_the_client_took_the_one_before() {
    let read = Rc::new(Cell::new(0));
    let counter = Rc::clone(&read);
    let pages = stream::unfold((), move |()| {
        counter.set(counter.get() + 1);
        async { Some((page("[1]"), ())) }
    });
    let response = answer(TestRequest::default(), pages).await.unwrap();
    assert_eq!(read.get(), 2, "the second page shows that there is one");
    let mut body = pin!(response.into_body());
    for taken in 1..5 {
        let chunk = std::future::poll_fn(|cx| body.as_mut().poll_next(cx)).await.unwrap().unwrap();
        assert!(chunk.ends_with(b"1"));
        assert_eq!(read.get(), taken.max(2));
    }
}

#[actix_web::test]
async fn whoever_asks_for_the_head_alone_gets_no_page() {
    let pages = stream::repeat_with(|| page("[1]"));
    let response = answer(TestRequest::default().method(Method::HEAD), pages).await.unwrap();
    assert_eq!(response.body().size(), BodySize::Stream);
    assert_eq!(to_bytes(response.into_body()).await.unwrap(), "");
}

#[actix_web::test]
async fn http_1_0_knows_no_chunks() {
    for (version, chunked) in [(Version::HTTP_10, false), (Version::HTTP_11, true)] {
        let pages = || stream::iter([page("[1]"), page("[2]")]);
        let response = answer(TestRequest::default().version(version), pages()).await.unwrap();
        assert_eq!((response.head().chunked(), response.head().keep_alive()), (chunked, chunked));
        assert_eq!(to_bytes(response.into_body()).await.unwrap(), "{\"a\": [1, 2]}\n");
    }
}

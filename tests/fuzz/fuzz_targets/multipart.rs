//! A multipart form, or one of any content type, is read or refused; what it holds came from the body.
#![no_main]

use actix_web::http::header::CONTENT_TYPE;
use actix_web::test::TestRequest;
use dragoman_http::form::Form;
use libfuzzer_sys::fuzz_target;

thread_local! {
    static RUNTIME: tokio::runtime::Runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
}

fuzz_target!(|input: &[u8]| {
    // The first line is the content type, the rest the body.
    let end = input.iter().position(|&byte| byte == b'\n').unwrap_or(input.len());
    let (content_type, body) = (&input[..end], input.get(end + 1..).unwrap_or_default());
    let Ok(content_type) = actix_web::http::header::HeaderValue::from_bytes(content_type) else { return };
    let request = TestRequest::post().insert_header((CONTENT_TYPE, content_type)).set_payload(body.to_vec());
    let (req, payload) = request.to_http_parts();
    let form = RUNTIME.with(|runtime| runtime.block_on(Form::read(&req, payload)));
    if let Ok(value) = form.as_ref().map(|form| form.first("a")) {
        assert!(value.is_none_or(|value| value.len() <= body.len()));
    }
});

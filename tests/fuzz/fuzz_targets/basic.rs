//! Any `Authorization` gives credentials or none; credentials that a client spells are those that are read.
#![no_main]

use actix_web::http::header::{AUTHORIZATION, HeaderValue};
use actix_web::test::TestRequest;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
use dragoman_http::basic_auth;
use libfuzzer_sys::fuzz_target;
use secrecy::ExposeSecret as _;

fn read(header: HeaderValue) -> Option<(String, String)> {
    let req = TestRequest::default().insert_header((AUTHORIZATION, header)).to_http_request();
    basic_auth::credentials(&req).map(|(name, password)| (name, password.expose_secret().to_owned()))
}

fuzz_target!(|input: &[u8]| {
    if let Some((name, password)) = HeaderValue::from_bytes(input).ok().and_then(read) {
        assert!(!name.contains(':') && !name.contains('\0') && !password.contains('\0'));
    }
    let expected = str::from_utf8(input).ok().filter(|text| !text.contains('\0')).and_then(|text| text.split_once(':'));
    let expected = expected.map(|(name, password)| (name.to_owned(), password.to_owned()));
    for encoded in [BASE64_STANDARD.encode(input), BASE64_STANDARD_NO_PAD.encode(input)] {
        assert_eq!(read(HeaderValue::try_from(format!("Basic {encoded}")).unwrap()), expected);
    }
});

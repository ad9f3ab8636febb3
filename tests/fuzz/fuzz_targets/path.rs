//! Segments of any path are decoded once; where jwt sends a client whose path is not clean is below the mount.
#![no_main]

use actix_web::http::Uri;
use actix_web::test::TestRequest;
use actix_web::web::Data;
use dragoman_http::{Mount, path};
use libfuzzer_sys::fuzz_target;
use percent_encoding::percent_decode_str;

const PREFIX: &str = "/legacy";

fuzz_target!(|text: &str| {
    for prefix in ["", PREFIX] {
        let Ok(uri) = format!("{prefix}/{text}").parse::<Uri>() else { return };
        let mount = Data::new(Mount { prefix: prefix.to_owned(), ..Mount::default() });
        let req = TestRequest::with_uri(&uri.to_string()).app_data(mount).to_http_request();
        let raw: Vec<_> = req.uri().path().split('/').rev().collect();
        for (from_end, raw) in raw.iter().enumerate() {
            let decoded = String::from_utf8(percent_decode_str(raw).collect()).ok();
            assert_eq!(path::segment(&req, from_end), decoded.filter(|name| !name.contains('\0')));
        }
        assert_eq!(path::segment(&req, raw.len()), None);
        if let Some(location) = dragoman_jwt::fuzzing::clean_location(&req) {
            assert!(location.starts_with(&format!("{prefix}/v1/users")), "{location}");
            let clean = TestRequest::with_uri(&location).app_data(Data::new(Mount::default())).to_http_request();
            assert!(prefix != "" || dragoman_jwt::fuzzing::clean_location(&clean).is_none(), "{location}");
        }
    }
});

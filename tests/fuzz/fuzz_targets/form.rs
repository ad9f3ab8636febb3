//! A urlencoded form is refused because of bytes that are no UTF-8, or has the pairs that WHATWG's parser finds.
#![no_main]

use dragoman_http::form::{Form, FormFault};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let theirs: Vec<_> = form_urlencoded::parse(text).collect();
    match Form::parse_urlencoded(text) {
        Ok(form) => {
            for (name, value) in &theirs {
                let of_name: Vec<_> =
                    theirs.iter().filter(|(other, _)| other == name).map(|(_, value)| value).collect();
                assert_eq!(form.first(name), of_name.first().map(|value| value.as_ref()), "{name:?}={value:?}");
                assert_eq!(form.last(name), of_name.last().map(|value| value.as_ref()), "{name:?}={value:?}");
            }
        }
        Err(fault) => {
            assert_eq!(fault, FormFault::NotUtf8);
            // Theirs puts U+FFFD in the place of what ours refuses.
            assert!(theirs.iter().any(|(name, value)| name.contains('\u{fffd}') || value.contains('\u{fffd}')));
        }
    }
});

//! Any query of jwt's list is refused, or asks for at most a hundred rows from some place on.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|query: &str| {
    if let Some(page) = dragoman_jwt::fuzzing::page(query) {
        assert!((1..=100).contains(&page.limit), "{page:?}");
        assert!(page.offset >= 0, "{page:?}");
    }
});

//! Any text is an exchange file or a complaint that names file and line; a placeholder is spelled back as it was.
#![no_main]

use std::path::Path;

use dragoman_exchange::{Text, read_str};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match read_str(text, Path::new("x.yaml")) {
        Ok(exchanges) => {
            assert!(!exchanges.is_empty());
            for exchange in exchanges {
                assert!(!exchange.name.trim().is_empty() && !exchange.steps.is_empty() && !exchange.clauses.is_empty());
                drop(exchange.needs());
            }
        }
        Err(error) => assert!(error.to_string().starts_with("x.yaml:"), "{error}"),
    }
    if let Ok(template) = Text::try_from(text.to_owned()) {
        assert_eq!(template.to_string(), text);
    }
});

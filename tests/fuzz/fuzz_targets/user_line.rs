//! Any text is a file of users or a complaint; each user is one that the core could take in, or a complaint.
#![no_main]

use dragoman::harness::UserLine;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match UserLine::read_all(text) {
        Ok(lines) => {
            assert_eq!(lines.len(), text.lines().filter(|line| !line.trim().is_empty()).count());
            for line in lines {
                if let Ok(seed) = line.to_seed() {
                    assert!(seed.username.is_some() || seed.email.is_some());
                    assert_eq!((seed.id, seed.enabled), (line.id, line.enabled));
                }
            }
        }
        Err(error) => assert!(error.to_string().starts_with("line "), "{error}"),
    }
});

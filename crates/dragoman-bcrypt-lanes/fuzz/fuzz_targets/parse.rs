//! Any text is a hash that is spelled back as it was, or an error; and the `bcrypt` crate agrees.
#![no_main]

use dragoman_bcrypt_lanes::Hash;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // The crate takes these, and any cost of two digits or a sign and one.
    let theirs = text
        .parse::<::bcrypt::HashParts>()
        .ok()
        .filter(|parts| (4..=31).contains(&parts.get_cost()) && !text.starts_with("$2x") && !text.contains('+'));
    let ours = text.parse::<Hash>().ok();
    assert_eq!(ours.as_ref().map(Hash::to_string), theirs.map(|parts| parts.to_string()));
    if let Some(hash) = ours {
        assert_eq!((&hash.to_string()[..4], &hash.to_string()[4..]), ("$2b$", &text[4..]));
    }
});

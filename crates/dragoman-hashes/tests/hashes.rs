//! Hashes that others made, and texts that nobody made.

use std::collections::BTreeSet;

use dragoman_hashes::{
    LONGEST_HASH, LONGEST_PASSWORD, Mark, MisnamedHash, ParseError, Reads, SCHEMES, StoredHash, What, original,
    store_as,
};
use proptest::prelude::*;
use serde::Deserialize;

/// A line of what `vectors/make` wrote.
#[derive(Deserialize)]
struct Line {
    library: String,
    version: String,
    scheme: String,
    password: String,
    hash: String,
}

impl Line {
    fn all() -> serde_json::Result<Vec<Self>> {
        include_str!("vectors/vectors.jsonl").lines().map(serde_json::from_str).collect()
    }

    fn name(&self) -> String {
        let Self { library, version, scheme, password, hash } = self;
        format!("{library} {version}, {scheme}, {password:?}: {hash}")
    }
}

fn verifies(stored: &str, password: &str) -> bool {
    StoredHash::parse(stored).is_ok_and(|hash| hash.verify(password.as_bytes()))
}

#[test]
fn every_library_s_hashes_verify_and_no_other_password_does() {
    for line in Line::all().unwrap() {
        let stored = store_as(&line.scheme, &line.hash).unwrap_or_else(|error| panic!("{}: {error}", line.name()));
        assert!(verifies(&stored, &line.password), "{}", line.name());
        // At the start, where every scheme reads it.
        assert!(!verifies(&stored, &format!("!{}", line.password)), "{}", line.name());
        assert_eq!(original(&stored), line.hash, "byte for byte");
    }
}

#[test]
fn every_scheme_has_hashes_of_a_library() {
    let made: BTreeSet<_> = Line::all().unwrap().into_iter().map(|line| line.scheme).collect();
    let listed: BTreeSet<_> = SCHEMES.iter().map(|scheme| scheme.name.to_owned()).collect();
    assert_eq!(made, listed);
}

#[test]
fn every_scheme_s_published_hash_verifies() {
    for scheme in SCHEMES {
        let vector = scheme.vector;
        let hash = StoredHash::parse(vector.stored).unwrap_or_else(|error| panic!("{}: {error}", scheme.name));
        assert_eq!(hash.scheme().name, scheme.name);
        assert!(hash.verify(vector.password.as_bytes()), "{}, {}", scheme.name, vector.source);
        assert!(!hash.verify(format!("!{}", vector.password).as_bytes()), "{}", scheme.name);
    }
}

#[test]
fn no_scheme_s_mark_is_taken_for_another_s() {
    let marks =
        |scheme: &'static dragoman_hashes::Scheme| scheme.marks.iter().map(move |mark| (scheme.name, text(*mark)));
    let all: Vec<_> = SCHEMES.iter().flat_map(marks).collect();
    for (one, mark) in &all {
        for (other, longer) in &all {
            assert!(mark == longer || !longer.starts_with(mark), "{one} swallows {other}");
        }
    }
    let names: BTreeSet<_> = SCHEMES.iter().map(|scheme| scheme.name).collect();
    assert_eq!(names.len(), SCHEMES.len());
}

fn text(mark: Mark) -> &'static str {
    let (Mark::Own(text) | Mark::AnyCase(text) | Mark::Given(text)) = mark;
    text
}

#[test]
fn what_is_dearer_than_the_limits_is_refused_with_the_reason() {
    let (salt, key) = ("c29tZXNhbHQ", "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4");
    let sha = "svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1";
    for (text, what) in [
        ("$2b$17$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW".to_owned(), What::Cost),
        ("bcrypt$$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW".to_owned(), What::Cost),
        (format!("$6$rounds=2000001$saltstring${sha}"), What::Rounds),
        (format!("$6$rounds=99999999999999999999999999$saltstring${sha}"), What::Rounds),
        (format!("$argon2id$v=19$m=262145,t=1,p=1${salt}${key}"), What::Memory),
        (format!("$argon2id$v=19$m=65536,t=17,p=1${salt}${key}"), What::Work),
        (format!("$argon2id$v=19$m=65536,t=18446744073709551615,p=1${salt}${key}"), What::Work),
        (format!("$argon2id$v=19$m=65536,t=1,p=65${salt}${key}"), What::Lanes),
        (format!("$scrypt$ln=19,r=8,p=1${salt}${key}"), What::Memory),
        (format!("$scrypt$ln=200,r=8,p=1${salt}${key}"), What::Memory),
        (format!("$scrypt$ln=1,r=1,p=65${salt}${key}"), What::Lanes),
        (format!("$scrypt$ln=17,r=8,p=3${salt}${key}"), What::Work),
        (format!("scrypt$99999999999999999999999$salt$8$1${key}"), What::Memory),
        (format!("pbkdf2_sha256$4000001$salt${key}"), What::Rounds),
        (format!("pbkdf2:sha1:2000001$salt${}", "ab".repeat(21)), What::Rounds),
        (format!("pbkdf2:sha512:2000001$salt${}", "ab".repeat(64)), What::Rounds),
        (format!("pbkdf2:sha1:1$salt${}", "ab".repeat(129)), What::Key),
        ("$P$J12345678IagS59wHZvyQMArzfx58u.".to_owned(), What::Rounds),
    ] {
        let refused = StoredHash::parse(&text).expect_err(&text);
        assert!(matches!(refused, ParseError::TooCostly { what: found, .. } if found == what), "{text}: {refused}");
    }
}

/// A hash of each kind that is as dear as it may be.
fn dearest() -> [(&'static str, String); 9] {
    let (salt, key) = ("c29tZXNhbHQ", "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4");
    let sha512 = "svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1";
    let key_of = |bytes: usize| "ab".repeat(bytes);
    [
        ("bcrypt, cost 16", "$2b$16$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW".to_owned()),
        (
            "sha256-crypt, 2,000,000 rounds",
            "$5$rounds=2000000$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5".to_owned(),
        ),
        ("sha512-crypt, 2,000,000 rounds", format!("$6$rounds=2000000$saltstring${sha512}")),
        ("PBKDF2 with SHA-1, 4,000,000 rounds", format!("pbkdf2:sha1:4000000$salt${}", key_of(20))),
        ("PBKDF2 with SHA-256, 4,000,000 rounds", format!("pbkdf2_sha256$4000000$salt${key}=")),
        ("PBKDF2 with SHA-512, 2,000,000 rounds", format!("pbkdf2:sha512:2000000$salt${}", key_of(64))),
        ("argon2id, 256 MiB, 4 passes", format!("$argon2id$v=19$m=262144,t=4,p=1${salt}${key}")),
        ("scrypt, 128 MiB, 2 lanes", format!("scrypt:131072:8:2$salt${}", key_of(64))),
        ("phpass, 2^20 rounds", "$P$I12345678IagS59wHZvyQMArzfx58u.".to_owned()),
    ]
}

#[test]
fn what_is_as_dear_as_it_may_be_is_taken() {
    for (name, text) in dearest() {
        assert!(StoredHash::parse(&text).is_ok(), "{name}");
    }
}

/// Two to three times what the libraries write by themselves.
#[test]
fn what_libraries_write_by_themselves_is_far_below_the_limits() {
    let key = "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    for text in [
        format!("pbkdf2_sha256$1800000$salt${key}="),
        "pbkdf2_sha1$1800000$salt$SwB5AbdlSJq+rUnZJvch0GWkKcE=".to_owned(),
        format!("pbkdf2:sha256:1000000$salt${}", "ab".repeat(32)),
        "$5$rounds=656000$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5".to_owned(),
        format!("$argon2id$v=19$m=65536,t=4,p=1$c29tZXNhbHQ${key}"),
        format!("$argon2id$v=19$m=262144,t=3,p=1$c29tZXNhbHQ${key}"),
        format!("scrypt$16384$salt$8$5${key}="),
        format!("scrypt:131072:8:1$salt${}", "ab".repeat(64)),
    ] {
        assert!(StoredHash::parse(&text).is_ok(), "{text}");
    }
}

/// Prints a table for `docs/performance.md`:
/// `cargo test -p dragoman-hashes --release -- --ignored --nocapture the_dearest`.
#[test]
#[ignore = "it measures, and takes a while"]
fn how_long_the_dearest_take() {
    for (name, text) in dearest() {
        let hash = StoredHash::parse(&text).unwrap();
        let before = time_on_a_core().unwrap();
        assert!(!hash.verify(b"nobody's password"));
        println!("| {name} | {:.2} s |", time_on_a_core().unwrap() - before);
    }
}

/// Seconds for which this thread has run: others may use the machine, too.
fn time_on_a_core() -> Option<f64> {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(statistics.split(' ').next()?.parse::<f64>().ok()? / 1e9)
}

#[test]
fn what_is_cut_or_filled_up_is_malformed_and_what_has_no_mark_is_unknown() {
    for scheme in SCHEMES {
        let stored = scheme.vector.stored;
        let cut = &stored[..stored.len() - 3];
        let malformed = ParseError::Malformed { scheme: scheme.name };
        if !may_be_cut(scheme.name) {
            assert_eq!(StoredHash::parse(cut).err(), Some(malformed), "{cut}");
        }
        let long = format!("{stored}{}", "x".repeat(LONGEST_HASH));
        assert_eq!(StoredHash::parse(&long).err(), Some(malformed), "{}", scheme.name);
    }
    for text in ["", "hunter2", "5f4dcc3b5aa765d61d8327deb882cf99", "$2x$05$CCCC", "$7$", "{CLEARTEXT}x", "!", "*"] {
        assert_eq!(StoredHash::parse(text).err(), Some(ParseError::Unknown), "{text}");
    }
    assert!(matches!(
        StoredHash::parse("$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$YWJj"),
        Err(ParseError::Malformed { .. })
    ));
}

/// Whether a cut one is still one, with a shorter salt or a shorter key.
fn may_be_cut(scheme: &str) -> bool {
    let salted = scheme.ends_with("salt") || scheme.ends_with("+password") || scheme.starts_with("ldap-ss");
    let keyed = ["pbkdf2", "scrypt", "argon2"].iter().any(|function| scheme.contains(function));
    salted || keyed || scheme == "ldap-smd5"
}

#[test]
fn a_password_that_is_too_long_is_never_right() {
    let long = "x".repeat(LONGEST_PASSWORD + 1);
    for scheme in SCHEMES.iter().filter(|scheme| scheme.reads == Reads::Everything) {
        let hash = StoredHash::parse(scheme.vector.stored).unwrap();
        assert!(hash.longest_password().is_some_and(|longest| longest <= LONGEST_PASSWORD));
        assert!(!hash.verify(long.as_bytes()), "{}", scheme.name);
        assert_eq!(hash.work(long.len()), 1, "{}", scheme.name);
    }
    let dear = StoredHash::parse("$5$rounds=2000000$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5").unwrap();
    assert_eq!(dear.longest_password(), Some(256));
    let usual = StoredHash::parse("$5$rounds=535000$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5").unwrap();
    assert_eq!(usual.longest_password(), Some(501));
}

#[test]
fn weak_hashes_are_told_from_strong_ones() {
    let key = "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    let weak = |text: &str, cost| StoredHash::parse(text).unwrap().is_weaker_than_bcrypt(cost);
    for scheme in SCHEMES.iter().filter(|scheme| scheme.name != "scrypt" && !scheme.name.ends_with("-scrypt")) {
        assert!(scheme.name.starts_with("argon2d") || weak(scheme.vector.stored, 12), "{}", scheme.name);
    }
    let [owasp, below, other] = ["m=19456,t=2,p=1", "m=4096,t=2,p=1", "m=19456,t=2,p=1"].map(|costs| costs.to_owned());
    assert!(!weak(&format!("$argon2id$v=19${owasp}$c29tZXNhbHQ${key}"), 16));
    assert!(weak(&format!("$argon2id$v=19${below}$c29tZXNhbHQ${key}"), 12));
    assert!(!weak(&format!("$argon2id$v=19${below}$c29tZXNhbHQ${key}"), 4), "bcrypt at a test's cost is worse");
    assert!(weak(&format!("$argon2i$v=19${other}$c29tZXNhbHQ${key}"), 12), "two passes are too few for it");
    assert!(!weak(&format!("scrypt:65536:8:2$salt${}", "ab".repeat(64)), 16));
    assert!(weak(&format!("pbkdf2_sha256$600000$salt${key}="), 12));
    assert!(!weak(&format!("pbkdf2_sha256$600000$salt${key}="), 6));
    let bcrypt = |cost| format!("$2y${cost:02}$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW");
    assert!(weak(&bcrypt(11), 12) && !weak(&bcrypt(12), 12) && !weak(&bcrypt(13), 12));
}

#[test]
fn the_work_grows_with_the_rounds_and_with_what_every_round_reads() {
    let work = |text: &str, password| StoredHash::parse(text).unwrap().work(password);
    let bcrypt = "$2b$12$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    assert_eq!(work(bcrypt, 10), 1 << 12);
    let sha = |rounds| format!("$5$rounds={rounds}$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5");
    assert!(work(&sha(535_000), 10) > 50 * work(&sha(5_000), 10));
    assert!(work(&sha(5_000), 1_000) > 10 * work(&sha(5_000), 10));
    assert_eq!(work("{MD5}kAFQmDzST7DWlj99KOF/cg==", 10), 1);
}

#[test]
fn a_hash_is_stored_under_the_name_that_it_bears_or_is_given() {
    let bcrypt = "$2b$12$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    let md5 = "900150983CD24FB0D6963F7D28E17F72";
    assert_eq!(store_as("bcrypt", bcrypt).unwrap(), bcrypt);
    assert_eq!(store_as("hex-md5", md5).unwrap(), format!("{{hex-md5}}{md5}"));
    assert!(verifies(&store_as("hex-md5", md5).unwrap(), "abc"), "in capitals, too");
    assert_eq!(store_as("md5-crypt", bcrypt), Err(MisnamedHash::Other("bcrypt")));
    assert_eq!(store_as("rot13", bcrypt), Err(MisnamedHash::NoScheme));
    assert_eq!(store_as("bcrypt", md5), Err(MisnamedHash::Unreadable(ParseError::Unknown)));
    assert!(matches!(store_as("hex-sha1", md5), Err(MisnamedHash::Unreadable(ParseError::Malformed { .. }))));
}

#[test]
fn debug_tells_the_scheme_and_no_more() {
    let hash = StoredHash::parse("{MD5}kAFQmDzST7DWlj99KOF/cg==").unwrap();
    assert_eq!(format!("{hash:?}"), r#"StoredHash { scheme: "ldap-md5", .. }"#);
}

/// Texts that look like hashes: marks and pieces of real ones in any order.
fn nearly() -> impl Strategy<Value = String> {
    let marks: Vec<_> =
        SCHEMES.iter().flat_map(|scheme| scheme.marks.iter().map(|mark| text(*mark).to_owned())).collect();
    let pieces = SCHEMES.iter().flat_map(|scheme| scheme.vector.stored.split_inclusive(['$', ',', ':', '}']));
    let pieces: Vec<_> = pieces.map(str::to_owned).collect();
    let piece = prop_oneof![proptest::sample::select(pieces), "[!-~]{0,8}", "\\PC{0,3}", "[0-9]{1,25}"];
    (proptest::sample::select(marks), proptest::collection::vec(piece, 0..6))
        .prop_map(|(mark, rest)| mark + &rest.concat())
}

proptest! {
    #[test]
    fn whatever_is_read_nothing_panics(text in prop_oneof![nearly(), "\\PC*"]) {
        if let Ok(hash) = StoredHash::parse(&text) {
            let _ = hash.is_weaker_than_bcrypt(12);
            // A few of the hashes that come out of this take seconds; what is cheap is also computed.
            if hash.work(100) < 64 {
                prop_assert!(!hash.verify(b"nobody's password"));
            }
        }
    }

    #[test]
    fn a_hash_with_one_byte_changed_is_refused_or_verifies_nothing_new(
        (scheme, at, byte) in (proptest::sample::select((0..SCHEMES.len()).collect::<Vec<_>>()), any::<prop::sample::Index>(), 1_u8..128)
    ) {
        let vector = SCHEMES[scheme].vector;
        let mut bytes = vector.stored.as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let changed = String::from_utf8(bytes).unwrap();
        if let Ok(hash) = StoredHash::parse(&changed) && hash.work(8) < 64 {
            prop_assert!(!hash.verify(b"nobody's password"));
        }
    }
}

//! Nothing but the tokens that were issued opens anything, however much it looks like one of them.
#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use dragoman_core::{
    Algorithm, Clock, Core, Error, Grant, Kind, PasswordSettings, Random, Realm, SeedUser, Settings, Tokens,
};
use libfuzzer_sys::fuzz_target;
use tokio::runtime::{Builder, Runtime};

const HOUR: Duration = Duration::from_secs(3600);

struct World {
    runtime: Runtime,
    tokens: Vec<Tokens>,
    /// An access and a refresh token of each algorithm.
    issued: Vec<String>,
    _folder: tempfile::TempDir,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = Settings { keys: folder.path().join("keys"), ..Settings::default() };
    settings.database.url = format!("sqlite://{}", folder.path().join("db").display());
    settings.passwords = PasswordSettings { bcrypt_cost: 4, ..PasswordSettings::default() };
    let core = Core::open(&settings, Clock::system(), Random::system()).unwrap();
    core.migrate().unwrap();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let realms =
        [("hs", Algorithm::Hs256), ("rs", Algorithm::Rs256), ("es", Algorithm::Es256), ("ed", Algorithm::EdDsa)];
    let tokens: Vec<_> = realms.map(|(name, algorithm)| core.tokens(Realm::new(name), algorithm).unwrap()).into();
    let user = SeedUser {
        username: Some("ann".to_owned()),
        password: Some("correct-horse-7".to_owned().into()),
        ..SeedUser::default()
    };
    let user = runtime.block_on(core.accounts(Realm::new("hs")).seed(user)).unwrap();
    let issue = |tokens: &Tokens| {
        let parts = |stamp: &dragoman_core::Stamp| {
            (serde_json::json!({"alg": stamp.algorithm, "kid": stamp.key_id, "typ": "JWT"}), serde_json::json!({}))
        };
        runtime.block_on(tokens.issue(&user, [Grant::access(HOUR), Grant::refresh(HOUR)], parts)).unwrap()
    };
    let issued = tokens.iter().flat_map(issue).collect();
    World { runtime, tokens, issued, _folder: folder }
});

/// The input itself, and each issued token with the input's bytes put over it, three by three: where and what.
fn candidates(input: &[u8]) -> Vec<String> {
    let bent = WORLD.issued.iter().map(|token| {
        let mut bytes = token.clone().into_bytes();
        for change in input.chunks_exact(3) {
            let at = usize::from(u16::from_be_bytes([change[0], change[1]])) % bytes.len();
            bytes[at] = b"ABCXYZabcxyz0189-_.="[usize::from(change[2]) % 20];
        }
        String::from_utf8(bytes).unwrap()
    });
    bent.chain(str::from_utf8(input).ok().map(str::to_owned)).collect()
}

fuzz_target!(|input: &[u8]| {
    for candidate in candidates(input) {
        for (place, tokens) in WORLD.tokens.iter().enumerate() {
            for (offset, kind) in [Kind::Access, Kind::Refresh].into_iter().enumerate() {
                let verified = WORLD.runtime.block_on(tokens.verify(&candidate, kind));
                let own = WORLD.issued[place * 2 + offset] == candidate;
                match verified {
                    Ok(_) => assert!(own, "{candidate}"),
                    Err(Error::BadToken(_)) => assert!(!own, "{candidate}"),
                    Err(error) => panic!("{error}: {candidate}"),
                }
            }
        }
    }
});

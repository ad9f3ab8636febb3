use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use chrono::Duration;

use super::*;
use crate::{Clock, LegacyClaims, Random, UserKey};

const REALM: Realm = Realm::new("test");
const OTHER: Realm = Realm::new("other");
const PAIRS: [Algorithm; 3] = [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa];

struct Bench {
    folder: tempfile::TempDir,
    path: PathBuf,
    clock: Clock,
    store: KeyStore,
}

fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let (path, clock) = (folder.path().join("dragoman.keys"), Clock::system());
    let store = KeyStore::new(&path, clock.clone(), Random::seeded(7));
    Bench { folder, path, clock, store }
}

impl Bench {
    fn ring(&self, seed: u64) -> KeyRing {
        KeyRing::open(&self.path, &self.clock, &Random::seeded(seed)).unwrap()
    }

    fn import(
        &self,
        realm: Realm,
        algorithm: Algorithm,
        secret: Secret,
    ) -> Result<(KeyEntry, Option<usize>), KeyFault> {
        self.store.import(realm, &source(algorithm, secret), claims())
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.path).unwrap()
    }
}

fn claims() -> LegacyClaims {
    LegacyClaims { user: "sub".into(), by: UserKey::Number, kind: None }
}

fn source(algorithm: Algorithm, secret: Secret) -> KeySource {
    KeySource { algorithm, kid: None, secret }
}

/// A private key as the file of some other server has it.
fn foreign(algorithm: Algorithm) -> String {
    let stored = generate::generate(REALM, algorithm, &Random::seeded(9), Clock::system().now()).unwrap();
    match stored.key {
        Material::Private(text) => text,
        Material::Public(_) => panic!("a new key is private"),
    }
}

fn public_pem(algorithm: Algorithm, private: &str) -> String {
    let der = match algorithm {
        Algorithm::EdDsa => {
            let key = encoding_key(algorithm, private).unwrap();
            let Jwk { algorithm: parameters, .. } = Jwk::from_encoding_key(&key, algorithm.jose()).unwrap();
            let jsonwebtoken::jwk::AlgorithmParameters::OctetKeyPair(pair) = parameters else { panic!("a pair") };
            use base64::Engine as _;
            let x = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(pair.x).unwrap();
            [&[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00][..], &x].concat()
        }
        Algorithm::Es256 => {
            use aws_lc_rs::encoding::AsDer as _;
            use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
            let pem = pem::parse(private).unwrap();
            let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pem.contents()).unwrap();
            let der: aws_lc_rs::encoding::PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
            der.as_ref().to_vec()
        }
        Algorithm::Rs256 => {
            use aws_lc_rs::encoding::AsDer as _;
            use aws_lc_rs::signature::KeyPair as _;
            let pem = pem::parse(private).unwrap();
            let pair = aws_lc_rs::rsa::KeyPair::from_pkcs8(pem.contents()).unwrap();
            let der: aws_lc_rs::encoding::PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
            der.as_ref().to_vec()
        }
        Algorithm::Hs256 => panic!("no pair"),
    };
    pem::encode(&pem::Pem::new("PUBLIC KEY", der))
}

fn signer(ring: &KeyRing, realm: Realm, algorithm: Algorithm) -> Key {
    ring.of_realm(realm, algorithm).unwrap().current().signer().unwrap().clone()
}

#[test]
fn keys_of_every_algorithm_sign_and_survive_a_restart() {
    let bench = bench();
    let ring = bench.ring(1);
    for algorithm in Algorithm::ALL {
        let signature = signer(&ring, REALM, algorithm).sign(b"message").unwrap();
        let key = signer(&bench.ring(2), REALM, algorithm);
        assert_eq!(key.algorithm, algorithm);
        assert!(key.verifies(&signature, b"message"));
        assert!(!key.verifies(&signature, b"massage"));
        assert_eq!(key.public().is_some(), algorithm != Algorithm::Hs256);
    }
    assert_eq!(fs::metadata(&bench.path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn the_public_half_shows_nothing_private() {
    let bench = bench();
    for algorithm in PAIRS {
        let shown = serde_json::to_value(signer(&bench.ring(1), REALM, algorithm).public().unwrap()).unwrap();
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(shown.get(private).is_none(), "{algorithm:?} shows {private}");
        }
    }
}

#[test]
fn realms_do_not_share_keys() {
    let bench = bench();
    let ring = bench.ring(1);
    let (one, other) = (signer(&ring, REALM, Algorithm::Hs256), signer(&ring, OTHER, Algorithm::Hs256));
    assert!(!other.verifies(&one.sign(b"message").unwrap(), b"message"));
}

#[test]
fn a_rotated_key_verifies_until_its_time_and_is_then_dropped_from_the_file() {
    let bench = bench();
    let old = signer(&bench.ring(1), REALM, Algorithm::Hs256);
    let until = bench.clock.now() + Duration::seconds(60);
    let new = bench.store.rotate(REALM, Algorithm::Hs256, until).unwrap();
    let keys = bench.ring(2).of_realm(REALM, Algorithm::Hs256).unwrap().current();
    assert_eq!(keys.signer().unwrap().kid, new.kid);
    let kids = |at| keys.at(at).map(|key| key.kid.clone()).collect::<Vec<_>>();
    assert_eq!(kids(until - Duration::seconds(1)), [new.kid.clone(), old.kid.clone()]);
    assert_eq!(kids(until), std::slice::from_ref(&new.kid));
    let kept = keys.at(bench.clock.now()).last().unwrap();
    assert!(kept.sign(b"message").is_err(), "a key that was replaced signs nothing");
    bench.clock.advance(Duration::seconds(61));
    assert!(bench.text().contains(&old.kid));
    bench.store.rotate(OTHER, Algorithm::Hs256, until).unwrap();
    assert!(!bench.text().contains(&old.kid));
}

#[test]
fn a_list_says_what_each_key_does_and_makes_no_file() {
    let bench = bench();
    let signing = |_: &str| Some(Algorithm::Es256);
    assert!(bench.store.list(signing).unwrap().is_empty());
    assert_eq!(fs::read_dir(bench.folder.path()).unwrap().count(), 0);
    let ring = bench.ring(1);
    let (rsa, old) = (signer(&ring, REALM, Algorithm::Rs256), signer(&ring, REALM, Algorithm::Es256));
    let state = |kid: &str| {
        let listed = bench.store.list(signing).unwrap();
        listed.into_iter().find(|entry| entry.kid == kid).map(|entry| entry.state)
    };
    assert_eq!((state(&rsa.kid), state(&old.kid)), (Some(KeyState::Verifies), Some(KeyState::Signs)));
    let until = bench.clock.now() + Duration::seconds(60);
    let new = bench.store.rotate(REALM, Algorithm::Es256, until).unwrap();
    let (imported, _) = bench.import(REALM, Algorithm::Hs256, Secret::Raw(vec![1; 32])).unwrap();
    let until = Some(KeyState::Until(until));
    assert_eq!((state(&rsa.kid), state(&old.kid)), (until.clone(), until));
    assert_eq!(state(&new.kid), Some(KeyState::Signs));
    assert_eq!(state(&imported.kid), Some(KeyState::Imported(claims())));
    bench.clock.advance(Duration::seconds(60));
    assert_eq!((state(&rsa.kid), state(&old.kid)), (None, None));
}

#[test]
fn a_running_gateway_follows_the_file_and_keeps_its_keys_where_it_is_broken() {
    let bench = bench();
    let ring = bench.ring(1);
    let keys = ring.of_realm(REALM, Algorithm::Hs256).unwrap();
    let before = keys.current();
    ring.refresh();
    ring.refresh();
    let unchanged = keys.current();
    assert!(before.has_the_keys_of(&unchanged), "what the first start puts into the file is no news");
    ring.refresh();
    assert!(Arc::ptr_eq(&unchanged, &keys.current()), "nothing has changed");
    let new = bench.store.rotate(REALM, Algorithm::Hs256, bench.clock.now() + Duration::seconds(60)).unwrap();
    ring.refresh();
    assert_eq!(keys.current().signer().unwrap().kid, new.kid);
    assert!(!before.has_the_keys_of(&keys.current()));
    let sound = bench.text();
    for broken in ["", "{", r#"{"server_secret":"x","keys":[{"realm":"test","kid":"k","alg":"RS256","key":"no PEM"}]}"#]
    {
        fs::write(&bench.path, broken).unwrap();
        ring.refresh();
        assert_eq!(keys.current().signer().unwrap().kid, new.kid, "{broken}");
    }
    fs::remove_file(&bench.path).unwrap();
    ring.refresh();
    assert_eq!(keys.current().signer().unwrap().kid, new.kid);
    // Whoever takes the keys out gets new ones to sign with.
    let mut file: serde_json::Value = serde_json::from_str(&sound).unwrap();
    file["keys"] = serde_json::json!([]);
    fs::write(&bench.path, file.to_string()).unwrap();
    ring.refresh();
    let after = keys.current();
    assert_eq!(after.at(bench.clock.now()).count(), 1);
    assert!(![&before.signer().unwrap().kid, &new.kid].contains(&&after.signer().unwrap().kid));
}

#[test]
fn of_an_imported_pair_only_the_public_half_is_kept() {
    for algorithm in PAIRS {
        let private = foreign(algorithm);
        for pem in [private.clone(), public_pem(algorithm, &private)] {
            let bench = bench();
            let (entry, short) = bench.import(REALM, algorithm, Secret::Pem(pem.into())).unwrap();
            assert_eq!(short, None);
            let file: serde_json::Value = serde_json::from_str(&bench.text()).unwrap();
            assert!(file["keys"][0]["key"].get("kty").is_some() && file["keys"][0]["key"].get("d").is_none(), "{file}");
            let keys = bench.ring(1).of_realm(REALM, algorithm).unwrap().current();
            let key = keys.at(bench.clock.now()).find(|key| key.kid == entry.kid).unwrap();
            let signing = encoding_key(algorithm, &private).unwrap();
            let signature = jsonwebtoken::crypto::sign(b"message", &signing, algorithm.jose()).unwrap();
            assert!(key.verifies(&signature, b"message"), "{algorithm:?}");
            assert!(key.sign(b"message").is_err());
            assert_ne!(keys.signer().unwrap().kid, entry.kid, "an imported key signs nothing");
        }
    }
}

#[test]
fn a_key_that_is_not_fit_is_refused() {
    let bench = bench();
    let pem = |text: &str| Secret::Pem(text.to_owned().into());
    let refused = |algorithm, secret| bench.import(REALM, algorithm, secret).unwrap_err().to_string();
    let (rsa, ec) = (foreign(Algorithm::Rs256), foreign(Algorithm::Es256));
    for (said, answer) in [
        ("no key in it", refused(Algorithm::Hs256, Secret::Raw(Vec::new()))),
        ("not base64", refused(Algorithm::Hs256, Secret::Base64("%%%".into()))),
        ("not a key in PEM", refused(Algorithm::Rs256, Secret::Raw(vec![1; 32]))),
        ("not a key in PEM", refused(Algorithm::Rs256, pem("hello"))),
        ("not a key in PEM", refused(Algorithm::Rs256, pem(&ec.replace("PRIVATE KEY", "EC PRIVATE KEY")))),
        ("not a key for RS256", refused(Algorithm::Rs256, pem(&ec))),
        ("not a key for ES256", refused(Algorithm::Es256, pem(&rsa))),
        ("not a key for HS256", refused(Algorithm::Hs256, pem(&public_pem(Algorithm::Rs256, &rsa)))),
        ("1024 bits", refused(Algorithm::Rs256, pem(SHORT_RSA))),
    ] {
        assert!(answer.contains(said), "{said}: {answer}");
    }
    assert!(!bench.path.exists(), "what was refused leaves nothing");
    let short = bench.import(REALM, Algorithm::Hs256, Secret::Raw(b"super-secret".to_vec())).unwrap().1;
    assert_eq!(short, Some(96), "an old secret is taken as it is");
    let until = bench.clock.now();
    let sign = |algorithm, secret| bench.store.install(REALM, &source(algorithm, secret), until).unwrap_err();
    assert!(matches!(sign(Algorithm::Hs256, Secret::Raw(vec![1; 31])), KeyFault::ShortSecret(248)));
    let public = pem(&public_pem(Algorithm::Rs256, &rsa));
    assert!(matches!(sign(Algorithm::Rs256, public), KeyFault::NotPrivate));
}

#[test]
fn base64_is_read_in_either_alphabet() {
    let secret = [0xfb; 33];
    for text in ["+/v7".repeat(11), "-_v7".repeat(11), format!("{}\n", "+/v7".repeat(11))] {
        let bench = bench();
        bench.import(REALM, Algorithm::Hs256, Secret::Base64(text.into())).unwrap();
        let keys = bench.ring(1).of_realm(REALM, Algorithm::Rs256).unwrap().current();
        let imported = keys.at(bench.clock.now()).find(|key| key.legacy.is_some()).unwrap();
        let own = EncodingKey::from_secret(&[0xfb, 0xfb, 0xfb].repeat(secret.len() / 3));
        let signature = jsonwebtoken::crypto::sign(b"message", &own, jsonwebtoken::Algorithm::HS256).unwrap();
        assert!(imported.verifies(&signature, b"message"));
    }
}

#[test]
fn a_key_is_there_once_and_of_one_realm() {
    let bench = bench();
    let pem = foreign(Algorithm::Es256);
    for (algorithm, secret) in [
        (Algorithm::Hs256, (|_| Secret::Raw(vec![1; 32])) as fn(&str) -> Secret),
        (Algorithm::Es256, |pem| Secret::Pem(pem.to_owned().into())),
    ] {
        bench.import(REALM, algorithm, secret(&pem)).unwrap();
        for realm in [REALM, OTHER] {
            assert!(matches!(bench.import(realm, algorithm, secret(&pem)), Err(KeyFault::Known { .. })));
        }
    }
    let named =
        |kid: &str, byte| KeySource { kid: Some(kid.into()), ..source(Algorithm::Hs256, Secret::Raw(vec![byte; 32])) };
    assert_eq!(bench.store.import(REALM, &named("2019-03", 2), claims()).unwrap().0.kid, "2019-03");
    let import = |key| bench.store.import(REALM, &key, claims());
    assert!(matches!(import(named("2019-03", 3)), Err(KeyFault::KidTaken(_))));
    for bad in ["", "a\nb", &"x".repeat(256)] {
        assert!(matches!(import(named(bad, 3)), Err(KeyFault::BadKid)), "{bad:?}");
    }
}

#[test]
fn a_key_is_removed_unless_it_signs() {
    let bench = bench();
    let signing = |_: &str| Some(Algorithm::Hs256);
    let old = signer(&bench.ring(1), REALM, Algorithm::Hs256).kid;
    assert!(matches!(bench.store.remove(&old, signing), Err(KeyFault::Signs(_))));
    bench.store.rotate(REALM, Algorithm::Hs256, bench.clock.now() + Duration::seconds(60)).unwrap();
    bench.store.remove(&old, signing).unwrap();
    assert!(!bench.text().contains(&old));
    assert!(matches!(bench.store.remove(&old, signing), Err(KeyFault::Unknown(_))));
}

#[test]
fn where_there_is_no_key_file_nothing_is_removed_and_nothing_left_behind() {
    let bench = bench();
    let signing = |_: &str| Some(Algorithm::Hs256);
    assert!(matches!(bench.store.remove("kid", signing), Err(KeyFault::Unknown(_))));
    assert_eq!(fs::read_dir(bench.folder.path()).unwrap().count(), 0);
}

#[test]
fn a_key_of_the_operators_own_signs() {
    let bench = bench();
    let pem = foreign(Algorithm::Rs256);
    let key = source(Algorithm::Rs256, Secret::Pem(pem.into()));
    let installed = bench.store.install(REALM, &key, bench.clock.now()).unwrap();
    assert_eq!(signer(&bench.ring(1), REALM, Algorithm::Rs256).kid, installed.kid);
}

#[test]
fn a_file_that_is_replaced_keeps_its_mode_and_its_link() {
    let bench = bench();
    drop(bench.ring(1));
    assert_eq!(bench.store.open_mode(), None);
    fs::set_permissions(&bench.path, fs::Permissions::from_mode(0o640)).unwrap();
    let link = bench.folder.path().join("link");
    std::os::unix::fs::symlink(&bench.path, &link).unwrap();
    let through = KeyStore::new(&link, bench.clock.clone(), Random::seeded(3));
    through.rotate(REALM, Algorithm::Hs256, bench.clock.now()).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(bench.store.open_mode(), Some(0o640));
    assert_eq!(bench.store.list(|_| None).unwrap().len(), 1);
}

/// 1024 bits.
const SHORT_RSA: &str = "-----BEGIN PUBLIC KEY-----\n\
    MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQD1kZUIbmUDMGicCmBp9UpXca3F\n\
    8/b8NK4eoXJUOkvpIRi6+0UyAGOzIAyOaF4H5gaeBaQzV6WX2UxbIPnI9cZsiv8T\n\
    T8JT4Hf0GA6tri4KWb9WRJWQQWIzbmilVOb/VS0/RGul0dA2GTBhjxHuh9cQ+6te\n\
    GrW2tICmxNRDRohkgQIDAQAB\n\
    -----END PUBLIC KEY-----\n";

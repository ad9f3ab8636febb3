use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

/// No queue to speak of is needed where one asks after the other.
fn settings() -> PasswordSettings {
    PasswordSettings { bcrypt_cost: 4, cache: 0, ..Default::default() }
}

fn hasher(settings: &PasswordSettings) -> Hasher {
    Hasher::start(settings, &Random::seeded(1)).unwrap()
}

fn password(text: &str) -> Password {
    text.into()
}

fn claim(name: &str) -> Claim {
    Claim { name: name.into(), user: None }
}

async fn verify(hasher: &Hasher, text: &str, hash: &str) -> bool {
    hasher.verify(&claim("ann"), &password(text), Some(hash)).await.unwrap()
}

#[tokio::test]
async fn a_new_password_verifies_and_another_does_not() {
    for lanes in [true, false] {
        let hasher = hasher(&PasswordSettings { lanes, ..settings() });
        let hash = hasher.hash(&claim("ann"), &password("secret12")).await.unwrap();
        assert!(hash.starts_with("$2b$04$"));
        assert!(verify(&hasher, "secret12", &hash).await);
        assert!(!verify(&hasher, "secret13", &hash).await);
        assert!(bcrypt::verify("secret12", &hash).unwrap(), "others verify it, too");
    }
}

#[tokio::test]
async fn the_known_spellings_of_bcrypt_verify_and_2x_does_not() {
    // From the test suite of crypt_blowfish 1.3 ("U*U" and "\xff\xff\xa3" left out: not UTF-8).
    let tail = "05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    for lanes in [true, false] {
        let hasher = hasher(&PasswordSettings { lanes, ..settings() });
        for (prefix, accepted) in [("$2a$", true), ("$2b$", true), ("$2y$", true), ("$2x$", false)] {
            assert_eq!(verify(&hasher, "U*U", &format!("{prefix}{tail}")).await, accepted, "{prefix}");
        }
    }
}

#[tokio::test]
async fn an_unknown_user_is_hashed_for_all_the_same() {
    let hasher = hasher(&settings());
    assert!(!hasher.verify(&claim("nobody"), &password("anything"), None).await.unwrap());
    assert_eq!(hasher.stats().done, 1);
}

#[test]
fn a_cheaper_hash_is_made_up_to_the_live_cost() {
    for (own, live) in [(4, 12), (10, 12), (11, 12), (12, 12)] {
        let rounds = missing_costs(1 << own, live).into_iter().map(|cost| 1_u64 << cost).sum::<u64>() + (1 << own);
        assert_eq!(rounds, 1 << live, "{own} of {live}");
    }
    // A dearer one takes its own time.
    assert!(missing_costs(1 << 14, 12).is_empty());
    // What is not bcrypt takes any number of rounds; what lacks less than its lowest cost has no hash of its own.
    assert_eq!(missing_costs(1, 6), [4, 5]);
    assert_eq!(missing_costs(30, 6), [5]);
}

#[tokio::test]
async fn a_new_password_has_1_to_72_bytes_and_no_nul() {
    let hasher = hasher(&settings());
    for (text, fault) in [("", Fault::Missing), (&*"x".repeat(73), Fault::TooLong), ("a\0b", Fault::Malformed)] {
        let answer = hasher.hash(&claim("ann"), &password(text)).await;
        assert!(matches!(answer, Err(Error::Invalid { field: Field::Password, fault: f }) if f == fault), "{text:?}");
    }
    // No rule on what it is made of, nor does anything of it go amiss.
    for text in ["1", " ", "aaaaaaaa", "\t\n", "p\u{1F600}", "Straße\u{301}", &*"é".repeat(36), &*"x".repeat(72)] {
        let hash = hasher.hash(&claim("ann"), &password(text)).await.unwrap();
        assert!(hasher.verify(&claim("ann"), &password(text), Some(&hash)).await.unwrap(), "{text:?}");
        let spaced = format!("{text} ");
        assert!(spaced.len() > 72 || !hasher.verify(&claim("ann"), &password(&spaced), Some(&hash)).await.unwrap());
    }
}

/// Polls a future once, so that it has asked for whatever it waits for.
async fn begin<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    std::future::poll_fn(|context| {
        std::task::Poll::Ready(match std::pin::Pin::new(&mut *future).poll(context) {
            std::task::Poll::Ready(output) => Some(output),
            std::task::Poll::Pending => None,
        })
    })
    .await
}

/// Verifications of this cost that keep every thread busy while the queue behind them is filled.
async fn occupy(hasher: &Hasher, cost: u32) -> Vec<tokio::task::JoinHandle<Result<bool>>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let hash = Hash::new(Cost::new(cost).unwrap(), [1; 16], [1; 23]).to_string();
    let mut busy = Vec::new();
    for thread in 0..threads {
        let (hasher, hash, name) = (hasher.clone(), hash.clone(), claim(&thread.to_string()));
        let waiting = hasher.clone();
        busy.push(tokio::spawn(async move { hasher.verify(&name, &password("x"), Some(&hash)).await }));
        tokio::task::yield_now().await;
        while waiting.stats().queue > 0 {
            tokio::task::yield_now().await;
        }
    }
    busy
}

#[tokio::test]
async fn a_full_queue_refuses_at_once() {
    let hasher = hasher(&PasswordSettings { queue: 1, ..settings() });
    let busy = occupy(&hasher, 9).await;
    let (name, secret) = (claim("ann"), password("x"));
    let mut waits = Box::pin(hasher.verify(&name, &secret, None));
    assert!(begin(&mut waits).await.is_none());
    let mut refused = Box::pin(hasher.verify(&name, &secret, None));
    assert!(matches!(begin(&mut refused).await, Some(Err(Error::Busy))));
    assert_eq!(hasher.stats().refused, 1);
    assert!(!waits.await.unwrap(), "whoever is in the queue has its turn");
    for verified in busy {
        assert!(!verified.await.unwrap().unwrap());
    }
}

#[tokio::test]
async fn what_would_wait_too_long_is_refused_at_once() {
    let hasher = hasher(&PasswordSettings { longest_wait_seconds: 0, ..settings() });
    // Until something has been hashed nobody knows how long anything takes.
    assert!(!hasher.verify(&claim("ann"), &password("x"), None).await.unwrap_or(false));
    let busy = occupy(&hasher, 9).await;
    let (name, secret) = (claim("ann"), password("x"));
    let first = Box::pin(hasher.verify(&name, &secret, None)).await;
    let refused = Box::pin(hasher.verify(&name, &secret, None)).await;
    assert!(matches!((first, refused), (Err(Error::Busy), Err(Error::Busy))));
    drop(busy);
}

#[tokio::test]
async fn whoever_hangs_up_is_not_hashed_for() {
    let hasher = hasher(&settings());
    let busy = occupy(&hasher, 14).await;
    let before = hasher.stats().done;
    let gone = Arc::new(AtomicBool::new(false));
    let look = Arc::clone(&gone);
    let origin = Origin::new(None, move || look.load(Ordering::Relaxed));
    let (name, secret) = (claim("ann"), password("x"));
    let mut hung_up = Box::pin(origin.serve(hasher.verify(&name, &secret, None)));
    assert!(begin(&mut hung_up).await.is_none());
    gone.store(true, Ordering::Relaxed);
    assert!(matches!(hung_up.await, Err(Error::Busy)));
    assert_eq!(hasher.stats().abandoned, 1);
    let hashed = busy.len() as u64;
    for verified in busy {
        verified.await.unwrap().unwrap();
    }
    assert!(hasher.stats().done - before <= hashed);
}

#[tokio::test]
async fn passwords_that_wait_are_hashed_together() {
    let hasher = hasher(&settings());
    let busy = occupy(&hasher, 9).await;
    let (name, secret) = (claim("ann"), password("x"));
    let mut waiting: Vec<_> = (0..16).map(|_| Box::pin(hasher.verify(&name, &secret, None))).collect();
    for verifying in &mut waiting {
        assert!(begin(verifying).await.is_none());
    }
    for verifying in waiting {
        assert!(!verifying.await.unwrap());
    }
    drop(busy);
    let [.., of_four] = hasher.stats().batches;
    assert!(of_four > 0, "{:?}", hasher.stats());
}

#[tokio::test]
async fn a_password_that_was_right_a_moment_ago_costs_no_hash() {
    let hasher = hasher(&PasswordSettings { cache: 8, ..settings() });
    let hash = hasher.hash(&claim("ann"), &password("secret12")).await.unwrap();
    let ann = Claim { name: "ann".into(), user: Some(UserId(1)) };
    let bob = Claim { name: "ann".into(), user: Some(UserId(2)) };
    let hashed = |claim: &Claim, text: &str, hash: &str| {
        let (hasher, claim, text, hash) = (hasher.clone(), claim.clone(), password(text), hash.to_owned());
        async move {
            let before = hasher.stats().done;
            let right = hasher.verify(&claim, &text, Some(&hash)).await.unwrap();
            (right, hasher.stats().done - before)
        }
    };
    assert_eq!(hashed(&ann, "secret12", &hash).await, (true, 1));
    assert_eq!(hashed(&ann, "secret12", &hash).await, (true, 0));
    for _ in 0..2 {
        assert_eq!(hashed(&ann, "secret13", &hash).await, (false, 1), "a wrong one is never remembered");
    }
    assert_eq!(hashed(&bob, "secret12", &hash).await, (true, 1), "nor is another user's");
    let new = hasher.hash(&claim("ann"), &password("secret13")).await.unwrap();
    assert_eq!(hashed(&ann, "secret12", &new).await, (false, 1), "a new hash is a miss at once");
}

#[tokio::test]
async fn of_those_who_ask_the_same_at_the_same_time_one_is_hashed_for() {
    let hasher = hasher(&PasswordSettings { cache: 8, ..settings() });
    let hash = hasher.hash(&claim("ann"), &password("secret12")).await.unwrap();
    let before = hasher.stats().done;
    let busy = occupy(&hasher, 9).await;
    let occupied = busy.len() as u64;
    let (name, secret) = (claim("ann"), password("secret12"));
    let mut all: Vec<_> = (0..64).map(|_| Box::pin(hasher.verify(&name, &secret, Some(&hash)))).collect();
    for verifying in &mut all {
        assert!(begin(verifying).await.is_none());
    }
    for verifying in all {
        assert!(verifying.await.unwrap());
    }
    for verified in busy {
        verified.await.unwrap().unwrap();
    }
    assert_eq!(hasher.stats().done - before, occupied + 1);
}

#[tokio::test]
async fn a_foreign_hash_is_verified_beside_our_own() {
    for lanes in [true, false] {
        let hasher = hasher(&PasswordSettings { lanes, ..settings() });
        let own = hasher.hash(&claim("ann"), &password("abc")).await.unwrap();
        let foreign = "{SHA}qZk+NkcGgWq6PiVxeFDCbJzQ2J0=";
        let busy = occupy(&hasher, 9).await;
        let (name, right, wrong) = (claim("ann"), password("abc"), password("abd"));
        let mut asked = Vec::new();
        for _ in 0..6 {
            for hash in [&*own, foreign] {
                asked.push((true, Box::pin(hasher.verify(&name, &right, Some(hash)))));
                asked.push((false, Box::pin(hasher.verify(&name, &wrong, Some(hash)))));
            }
        }
        for (_, verifying) in &mut asked {
            assert!(begin(verifying).await.is_none(), "nothing is hashed by whoever asks");
        }
        for (expected, verifying) in asked {
            assert_eq!(verifying.await.unwrap(), expected);
        }
        drop(busy);
    }
}

#[tokio::test]
async fn a_hash_that_is_too_costly_is_never_computed() {
    let hasher = hasher(&settings());
    let dear = "pbkdf2_sha256$4000000000$salt$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4=";
    assert!(!is_verifiable(dear));
    assert!(!verify(&hasher, "abc", dear).await);
}

#[test]
fn only_a_weak_hash_of_a_password_that_bcrypt_reads_is_replaced_and_by_one_at_a_time() {
    let hasher = hasher(&PasswordSettings { bcrypt_cost: 10, ..settings() });
    let of_cost = |cost| Hash::new(Cost::new(cost).unwrap(), [1; 16], [1; 23]).to_string();
    let argon = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    let weak = "{SHA}qZk+NkcGgWq6PiVxeFDCbJzQ2J0=";
    let begins = |text: &str, hash: &str| hasher.begin_upgrade(&password(text), hash);
    for hash in [&*of_cost(10), &of_cost(11), argon, "unknown"] {
        assert!(begins("abc", hash).is_none(), "{hash}");
    }
    for text in ["", "a\0b", &"x".repeat(73)] {
        assert!(begins(text, weak).is_none(), "{text:?}");
    }
    let turns = [begins("abc", weak), begins("abc", &of_cost(9))];
    assert!(turns.iter().all(Option::is_some));
    assert!(begins("abc", weak).is_none(), "somebody is at it");
    assert_eq!(hasher.upgrades.len(), 2);
    drop(turns);
    assert!(begins("abc", weak).is_some());
    let many: Vec<_> = (0..100)
        .filter_map(|number| {
            begins("abc", &format!("{{hex-md5:salt+password}}{number}$900150983cd24fb0d6963f7d28e17f72"))
        })
        .collect();
    assert_eq!(many.len(), 64);
}

//! Vectors that others have published.

use crate::{Cost, CostOutOfRange, Hash, HashError, Job, LANES, bcrypt, hash, verify};

/// From the tests of jBCrypt, at costs 6 to 12.
const JBCRYPT: [(&str, [&str; 4]); 5] = [
    (
        "",
        [
            "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.",
            "$2a$08$HqWuK6/Ng6sg9gQzbLrgb.Tl.ZHfXLhvt/SgVyWhQqgqcZ7ZuUtye",
            "$2a$10$k1wbIrmNyFAPwPVPSVa/zecw2BCEnBwVS2GbrmgzxFUOqW9dk4TCW",
            "$2a$12$k42ZFHFWqBp3vWli.nIn8uYyIkbvYRvodzbfbK18SSsY.CsIQPlxO",
        ],
    ),
    (
        "a",
        [
            "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe",
            "$2a$08$cfcvVd2aQ8CMvoMpP2EBfeodLEkkFJ9umNEfPD18.hUF62qqlC/V.",
            "$2a$10$k87L/MF28Q673VKh8/cPi.SUl7MU/rWuSiIDDFayrKk/1tBsSQu4u",
            "$2a$12$8NJH3LsPrANStV6XtBakCez0cKHXVxmvxIlcz785vxAIZrihHZpeS",
        ],
    ),
    (
        "abc",
        [
            "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i",
            "$2a$08$Ro0CUfOqk6cXEKf3dyaM7OhSCvnwM9s4wIX9JeLapehKK5YdLxKcm",
            "$2a$10$WvvTPHKwdBJ3uk0Z37EMR.hLA2W6N9AEBhEgrAOljy2Ae5MtaSIUi",
            "$2a$12$EXRkfkdmXn2gzds2SSitu.MW9.gAVqa9eLS1//RYtYCmB1eLHg.9q",
        ],
    ),
    (
        "abcdefghijklmnopqrstuvwxyz",
        [
            "$2a$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC",
            "$2a$08$aTsUwsyowQuzRrDqFflhgekJ8d9/7Z3GV3UcgvzQW3J5zMyrTvlz.",
            "$2a$10$fVH8e28OQRj9tqiDXs1e1uxpsjN0c7II7YPKXua2NAKYvM6iQk7dq",
            "$2a$12$D4G5f18o7aMMfwasBL7GpuQWuP3pkrZrOAnqP.bmezbMng.QwJ/pG",
        ],
    ),
    (
        "~!@#$%^&*()      ~!@#$%^&*()PNBFRD",
        [
            "$2a$06$fPIsBO8qRqkjj273rfaOI.HtSV9jLDpTbZn782DC6/t7qT67P6FfO",
            "$2a$08$Eq2r4G/76Wv39MzSX262huzPz612MZiYHVUJe/OcOql2jo4.9UxTW",
            "$2a$10$LgfYWkbzEvQ4JakH7rOvHe0y8pHKF9OaFgwUZ2q7W2FFZmZzJYlfS",
            "$2a$12$WApznUOJfkEGSmYRfnkrPOr466oFDCaj4b6HY3EXGvfxm43seyhgC",
        ],
    ),
];

/// From the tests of crypt_blowfish 1.3, but for `$2x$` and the passwords that its `$2a$` hashes in
/// a way of its own; the last three from those of OpenBSD's wrap-around bug and of pyca/bcrypt.
const OTHERS: [(&[u8], &str); 16] = [
    (b"U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
    (b"U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"),
    (b"U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"),
    (b"", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"),
    (
        b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored",
        "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui",
    ),
    (b"\xa3", "$2a$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq"),
    (b"\xa3", "$2b$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq"),
    (b"\xa3", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq"),
    (b"\xff\xff\xa3", "$2b$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e"),
    (b"\xff\xa3345", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.nRht2l/HRhr6zmCp9vYUvvsqynflf9e"),
    (b"\xa3ab", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.6IflQkJytoRVc1yuaNtHfiuq.FRlSIS"),
    (&[0xaa; 100], "$2a$05$/OK.fbVrR/bpIqNJ5ianF.swQOIzjOiJ9GHEPuhEkvqrUyvWhEMx6"),
    (b"\xd1\x91", "$2y$05$6bNw2HLQYeqHYyBfLMsv/OUcZd0LKP39b87nBw3.S2tVZSqiQX6eu"),
    (&DIGITS, "$2a$04$R1lJ2gkNaoPGdafE.H.16.1MKHPvmKwryeulRe225LKProWYwt9Oi"),
    (b"Kk4DQuMMfZL9o", "$2b$04$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEm"),
    (b"9IeRXmnGxMYbs", "$2b$04$pQ7gRO7e6wx/936oXhNjrOUNOHL1D0h1N2IDbJZYs.1ppzSof6SPy"),
];

/// As many digits as once made OpenBSD's `$2a$` forget all but the last.
const DIGITS: [u8; 256] = {
    let mut digits = [b'0'; 256];
    let mut place = 0;
    while place < digits.len() {
        digits[place] += (place % 10) as u8;
        place += 1;
    }
    digits
};

fn parsed(text: &str) -> Hash {
    text.parse().unwrap()
}

/// Every lane is a different cost.
#[test]
fn the_vectors_of_jbcrypt_verify() {
    for (password, hashes) in JBCRYPT {
        let hashes = hashes.map(parsed);
        let pairs: Vec<_> = hashes.iter().map(|hash| (password.as_bytes(), hash)).collect();
        assert_eq!(verify(&pairs), [true; 4], "{password}");
    }
}

#[test]
fn the_vectors_of_crypt_blowfish_and_others_verify_in_one_call() {
    let hashes: Vec<_> = OTHERS.iter().map(|(_, hash)| parsed(hash)).collect();
    let pairs: Vec<_> = OTHERS.iter().zip(&hashes).map(|((password, _), hash)| (*password, hash)).collect();
    assert_eq!(verify(&pairs), [true; OTHERS.len()]);
}

#[test]
fn only_the_right_password_verifies() {
    let hashes = OTHERS.map(|(_, hash)| parsed(hash));
    let neighbours = hashes[1..].iter().chain([&hashes[0]]);
    for ((password, own), hash) in OTHERS.iter().zip(neighbours) {
        if own[4..] != hash.to_string()[4..] {
            assert_eq!(verify(&[(password, hash)]), [false], "{password:?}");
        }
    }
}

#[test]
fn a_hash_is_made_as_it_was_published() {
    for (password, text) in OTHERS {
        let published = parsed(text);
        let made = hash(&[Job { password, salt: published.salt(), cost: published.cost() }]);
        let made = made[0].to_string();
        assert_eq!((&made[..4], &made[4..]), ("$2b$", &text[4..]));
    }
}

#[test]
fn a_cost_is_from_4_to_31() {
    for cost in 4..=31 {
        assert_eq!(Cost::new(cost).map(Cost::get), Ok(cost));
    }
    for bad in [0, 3, 32, 100, u32::MAX] {
        assert_eq!(Cost::new(bad), Err(CostOutOfRange(bad)));
    }
    assert_eq!(CostOutOfRange(3).to_string(), "bcrypt takes a cost from 4 to 31, not 3");
}

#[test]
fn no_jobs_have_no_results() {
    assert!(bcrypt(&[]).is_empty());
    assert!(hash(&[]).is_empty());
    assert!(verify(&[]).is_empty());
}

#[test]
fn more_jobs_than_lanes_keep_their_order() {
    let passwords: Vec<[u8; 1]> = (0..=2 * LANES as u8).map(|byte| [byte]).collect();
    let jobs: Vec<_> =
        passwords.iter().map(|password| Job { password, salt: [2; 16], cost: Cost::new(4).unwrap() }).collect();
    let alone: Vec<_> = jobs.iter().flat_map(|job| bcrypt(&[*job])).collect();
    assert_eq!(bcrypt(&jobs), alone);
}

#[test]
fn malformed_hashes_are_refused_with_the_reason() {
    let good = "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    parsed(good);
    let at = |place: usize, text: &str| {
        let mut hash = good.to_owned();
        hash.replace_range(place..place + text.len(), text);
        hash
    };
    for (text, error) in [
        (String::new(), HashError::Shape),
        (good[..59].to_owned(), HashError::Shape),
        (format!("{good}."), HashError::Shape),
        (format!("{good}\n"), HashError::Shape),
        ("é".repeat(30), HashError::Shape),
        (at(0, "!"), HashError::Shape),
        (at(3, "!"), HashError::Shape),
        (at(6, "5"), HashError::Shape),
        (at(1, "2x"), HashError::Version),
        (at(1, "2B"), HashError::Version),
        (at(1, "1a"), HashError::Version),
        (at(4, "03"), HashError::Cost),
        (at(4, "32"), HashError::Cost),
        (at(4, "99"), HashError::Cost),
        (at(4, "+5"), HashError::Cost),
        (at(4, " 5"), HashError::Cost),
        (at(4, "5a"), HashError::Cost),
        (at(7, "="), HashError::Salt),
        (at(10, "é"), HashError::Salt),
        // Bits that belong to no byte.
        (at(28, "/"), HashError::Salt),
        (at(59, "X"), HashError::Digest),
        (at(29, "-"), HashError::Digest),
        (at(40, "\0"), HashError::Digest),
    ] {
        assert_eq!(text.parse::<Hash>().err(), Some(error), "{text}");
        assert!(!error.to_string().is_empty());
    }
}

#[test]
fn neither_salt_nor_digest_is_in_the_debug_text() {
    assert_eq!(format!("{:?}", parsed(OTHERS[0].1)), "Hash { cost: 5, .. }");
}

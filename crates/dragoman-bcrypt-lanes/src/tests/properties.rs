//! Equal to the `bcrypt` crate, whatever comes.

use std::iter::repeat_n;

use proptest::{array::uniform16, collection::vec, prelude::*};

use crate::{Cost, Hash, Job, LANES, bcrypt, hash, verify};

/// A job that owns its password.
#[derive(Debug, Clone)]
struct Ask {
    password: Vec<u8>,
    salt: [u8; 16],
    cost: u32,
}

impl Ask {
    fn job(&self) -> Job<'_> {
        Job { password: &self.password, salt: self.salt, cost: Cost::new(self.cost).unwrap() }
    }

    /// What the other crate's raw function makes of it, which wants the NUL and the cut made for it.
    fn raw(&self) -> [u8; 24] {
        let bytes: Vec<u8> = self.password.iter().copied().chain([0]).take(72).collect();
        ::bcrypt::bcrypt(self.cost, self.salt, &bytes)
    }
}

/// Any bytes, and text beyond ASCII; some of it longer than what counts.
fn passwords() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => vec(any::<u8>(), 0..=72),
        2 => "\\PC{0,24}".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 71..=200),
    ]
}

fn asks() -> impl Strategy<Value = Ask> {
    (passwords(), uniform16(any::<u8>()), 4_u32..=8).prop_map(|(password, salt, cost)| Ask { password, salt, cost })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn raw_digests_are_those_of_the_crate(asks in vec(asks(), 1..=LANES)) {
        let jobs: Vec<_> = asks.iter().map(Ask::job).collect();
        let expected: Vec<_> = asks.iter().map(Ask::raw).collect();
        prop_assert_eq!(bcrypt(&jobs), expected);
    }

    #[test]
    fn hashes_are_those_of_the_crate_and_verify_in_both(asks in vec(asks(), 1..=LANES)) {
        let jobs: Vec<_> = asks.iter().map(Ask::job).collect();
        let hashes = hash(&jobs);
        for (ask, hash) in asks.iter().zip(&hashes) {
            let theirs = ::bcrypt::hash_with_salt(&ask.password, ask.cost, ask.salt).unwrap();
            prop_assert_eq!(hash.to_string(), theirs.to_string());
        }
        let pairs: Vec<_> = asks.iter().zip(&hashes).map(|(ask, hash)| (&*ask.password, hash)).collect();
        prop_assert_eq!(verify(&pairs), vec![true; asks.len()]);
    }

    /// A lane is told that its password is right by its own digest only, not by a neighbour's.
    #[test]
    fn one_wrong_password_among_right_ones_is_found(asks in vec(asks(), 1..=LANES), wrong: prop::sample::Index) {
        let hashes = hash(&asks.iter().map(Ask::job).collect::<Vec<_>>());
        let wrong = wrong.index(asks.len());
        let mut given: Vec<_> = asks.iter().map(|ask| ask.password.clone()).collect();
        match given[wrong].first_mut() {
            Some(byte) => *byte ^= 1,
            None => given[wrong].push(b'x'),
        }
        let pairs: Vec<_> = given.iter().map(Vec::as_slice).zip(&hashes).collect();
        let expected: Vec<_> = (0..asks.len()).map(|place| place != wrong).collect();
        prop_assert_eq!(verify(&pairs), expected);
    }
}

proptest! {
    /// The crate takes two spellings that are refused here: `$2x$`, and a cost like `+5`.
    #[test]
    fn a_text_near_a_hash_is_taken_just_as_the_crate_takes_it(
        text in "\\$2[abxy0]\\$[0-3+][0-9]\\$[./A-Za-z0-9]{21}[.Oeu2][./A-Za-z0-9]{30}[./A-Za-z0-9]",
    ) {
        let theirs = text.parse::<::bcrypt::HashParts>().ok();
        let theirs = theirs.filter(|parts| (4..=31).contains(&parts.get_cost()));
        let theirs = theirs.filter(|_| !text.starts_with("$2x") && !text.contains('+'));
        let ours = text.parse::<Hash>().ok();
        prop_assert_eq!(ours.map(|hash| hash.to_string()), theirs.map(|parts| parts.to_string()));
    }

    #[test]
    fn any_text_is_a_hash_or_an_error(text in any::<String>()) {
        if let Ok(hash) = text.parse::<Hash>() {
            prop_assert_eq!(&hash.to_string()[4..], &text[4..]);
        }
    }
}

/// Lengths 0 to 80, so that the NUL and the cut at 72 are passed at every place in a word.
#[test]
fn every_prefix_hashes_as_with_the_crate() {
    let long: Vec<u8> = "pässwörd-密码-🔑".bytes().cycle().take(80).collect();
    let asks: Vec<_> =
        (0..=long.len()).map(|length| Ask { password: long[..length].to_vec(), salt: [0xa5; 16], cost: 4 }).collect();
    let jobs: Vec<_> = asks.iter().map(Ask::job).collect();
    let expected: Vec<_> = asks.iter().map(Ask::raw).collect();
    assert_eq!(bcrypt(&jobs), expected);
    assert_eq!(expected[72], expected[80]);
    assert_ne!(expected[71], expected[72]);
}

/// One to four lanes that drop out in every order, alone and together.
#[test]
fn every_mixture_of_three_costs_keeps_its_order() {
    let ask =
        |place: usize, extra: usize| Ask { password: vec![place as u8; 9], salt: [3; 16], cost: 4 + extra as u32 };
    let known: Vec<_> = (0..LANES).map(|place| [0, 1, 2].map(|extra| ask(place, extra).raw())).collect();
    for lanes in 1..=LANES {
        for mixture in 0..3_usize.pow(lanes as u32) {
            let extras: Vec<_> = (0..lanes).map(|place| mixture / 3_usize.pow(place as u32) % 3).collect();
            let asks: Vec<_> = extras.iter().enumerate().map(|(place, extra)| ask(place, *extra)).collect();
            let jobs: Vec<_> = asks.iter().map(Ask::job).collect();
            let expected: Vec<_> = extras.iter().zip(&known).map(|(extra, known)| known[*extra]).collect();
            assert_eq!(bcrypt(&jobs), expected, "{extras:?}");
        }
    }
}

#[test]
fn equal_passwords_in_all_lanes_do_not_disturb_each_other() {
    let ask = Ask { password: b"same".to_vec(), salt: [9; 16], cost: 4 };
    for lanes in 1..=LANES {
        let jobs: Vec<_> = repeat_n(ask.job(), lanes).collect();
        assert_eq!(bcrypt(&jobs), vec![ask.raw(); lanes]);
    }
}

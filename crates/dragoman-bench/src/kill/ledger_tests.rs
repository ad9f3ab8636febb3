use super::ledger::{Account, Change, Kind, Sight};

/// Registered, with two sessions of onyx and one of jwt.
fn account() -> Account {
    let mut account = Account::new("ann".to_owned());
    account.acknowledge();
    for session in 1..=2 {
        account.signed_in([(Kind::OnyxAccess, format!("a{session}")), (Kind::OnyxRefresh, format!("r{session}"))]);
    }
    account.signed_in([(Kind::Jwt, "j3".to_owned())]);
    account
}

fn sight<const P: usize, const T: usize>(passwords: [(u32, bool); P], live: [bool; T]) -> Sight {
    Sight { passwords: passwords.to_vec(), live: live.to_vec() }
}

fn live(account: &Account) -> Vec<&str> {
    account.live_tokens().map(|(_, token)| token.text.as_str()).collect()
}

#[test]
fn a_registration_that_was_under_way_may_have_happened_or_not() {
    for happened in [true, false] {
        let mut account = Account::new("ann".to_owned());
        assert!(!account.is_usable());
        account.settle(&sight([(0, happened)], [])).unwrap();
        assert_eq!(account.is_usable(), happened);
        // What was seen once must stay so.
        account.settle(&sight([(0, happened)], [])).unwrap();
        account.settle(&sight([(0, !happened)], [])).unwrap_err();
    }
}

#[test]
fn an_acknowledged_registration_that_is_lost_is_a_violation() {
    let mut account = Account::new("ann".to_owned());
    account.acknowledge();
    let violation = account.settle(&sight([(0, false)], [])).unwrap_err();
    assert_eq!(violation.to_string(), "ann: password 0 is refused (acknowledged: exists true, password 0)");
}

#[test]
fn a_new_password_ends_every_session_but_the_one_that_set_it() {
    let mut account = account();
    account.begin(Change::Password { keep: 2 });
    assert!(!account.is_usable());
    account.acknowledge();
    assert_eq!(live(&account), ["a2", "r2"]);
    assert_eq!((account.present_password(), account.telling_passwords()), (1, 0..=1));
    account.settle(&sight([(0, false), (1, true)], [false, false, true, true, false])).unwrap();
    // The old one works too, or alone; a token that was ended is back; one that was kept is gone.
    for (old, new, tokens) in [
        (true, true, [false, false, true, true, false]),
        (true, false, [false, false, true, true, false]),
        (false, true, [true, false, true, true, false]),
        (false, true, [false, false, false, true, false]),
    ] {
        account.clone().settle(&sight([(0, old), (1, new)], tokens)).unwrap_err();
    }
}

#[test]
fn a_password_change_that_was_under_way_is_never_half_done() {
    let mut account = account();
    account.begin(Change::Password { keep: 1 });
    assert_eq!(account.telling_passwords(), 0..=1);
    let not = sight([(0, true), (1, false)], [true; 5]);
    let done = sight([(0, false), (1, true)], [true, true, false, false, false]);
    let mut before = account.clone();
    before.settle(&not).unwrap();
    assert_eq!((before.present_password(), live(&before).len()), (0, 5));
    let mut after = account.clone();
    after.settle(&done).unwrap();
    assert_eq!((after.present_password(), live(&after)), (1, vec!["a1", "r1"]));
    let halves = [
        sight([(0, false), (1, true)], [true; 5]),
        sight([(0, true), (1, false)], [true, true, false, false, false]),
        sight([(0, false), (1, false)], [true; 5]),
    ];
    for half in halves {
        let violation = account.clone().settle(&half).unwrap_err();
        assert!(violation.to_string().contains("under way was Password { keep: 1 }"), "{violation}");
    }
}

#[test]
fn a_revoked_token_must_not_come_back_and_others_must_stay() {
    let mut account = account();
    account.begin(Change::Revoke(0));
    account.acknowledge();
    assert_eq!(live(&account), ["r1", "a2", "r2", "j3"]);
    account.settle(&sight([(0, true)], [false, true, true, true, true])).unwrap();
    let violation = account.clone().settle(&sight([(0, true)], [true; 5])).unwrap_err();
    assert!(violation.to_string().contains("a token (OnyxAccess, session 1) lives though it was ended"), "{violation}");
    let violation = account.settle(&sight([(0, true)], [false, false, true, true, true])).unwrap_err();
    assert!(violation.to_string().contains("a token (OnyxRefresh, session 1) is dead"), "{violation}");
}

#[test]
fn a_deleted_user_neither_signs_in_nor_keeps_a_token() {
    let mut account = account();
    account.begin(Change::Delete);
    let mut unknown = account.clone();
    unknown.settle(&sight([(0, true)], [true; 5])).unwrap();
    assert!(unknown.is_usable());
    account.acknowledge();
    assert!(!account.is_usable());
    account.settle(&sight([(0, false)], [false; 5])).unwrap();
    account.clone().settle(&sight([(0, true)], [false; 5])).unwrap_err();
    account.settle(&sight([(0, false)], [false, false, false, false, true])).unwrap_err();
}

#[test]
fn a_renewed_token_belongs_to_the_session_that_renewed_it() {
    let mut account = account();
    account.given(Kind::OnyxAccess, "b1".to_owned(), 1);
    account.begin(Change::Password { keep: 1 });
    account.acknowledge();
    assert_eq!(live(&account), ["a1", "r1", "b1"]);
}

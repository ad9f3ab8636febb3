//! What is decided about an arrival, case by case.

use super::clash::{Action, Clash};
use super::decide::{Claim, Decision, Holder, IdState, NameThere, There, View, decide};
use super::keys::{HashState, Keys, Name};
use super::policies::{OnSameEmail, OnSameId, OnSameName, OnUnknownHash, OnUnusable, Policies};

const FAIL: Policies = Policies {
    same_email: OnSameEmail::Fail,
    same_name: OnSameName::Fail,
    same_id: OnSameId::Fail,
    unknown_hash: OnUnknownHash::Fail,
    unusable: OnUnusable::Fail,
    keep_hashes: false,
};

fn anna() -> Keys {
    Keys {
        username: Some(Name::new("anna")),
        email: Some(Name::new("anna@example.com")),
        number: Some(26),
        uuid: None,
        admin: false,
        enabled: true,
        hash: HashState::Verifiable,
        flaws: Vec::new(),
        passed_over: Vec::new(),
        record: None,
    }
}

/// A user who was made here.
fn here(username: &str, email: &str) -> Holder {
    Holder { id: 1, username: Some(username.into()), email: Some(email.into()), enabled: true, ..Holder::default() }
}

/// A user of the arrival's own old server.
fn there(username: &str, email: &str) -> Holder {
    Holder { there: Some(There::default()), ..here(username, email) }
}

fn claim(holder: Holder, as_email: bool) -> Claim {
    Claim { taken_there: holder.there.is_some(), holder: Some(holder), as_email, buried: false }
}

fn email(holder: Holder) -> View {
    View { email: claim(holder, true), ..View::default() }
}

fn name(holder: Holder) -> View {
    View { username: claim(holder, false), ..View::default() }
}

fn number(number: IdState) -> View {
    View { number, ..View::default() }
}

/// What becomes of it, in a word, and why.
fn told(arrival: &Keys, view: &View, policies: &Policies) -> (&'static str, Vec<(Clash, Action)>) {
    let judgement = decide(arrival, view, policies);
    let word = match judgement.decision {
        Decision::Make(making) => match (making.username, making.email) {
            (NameThere::None, NameThere::None) => "make",
            (NameThere::Folded, NameThere::None) => "rename",
            (NameThere::Exact, NameThere::None) => "rename, exactly",
            (NameThere::None, _) => "apart",
            (_, _) => "rename, apart",
        },
        Decision::Link(linking) if linking.credentials => "link",
        Decision::Link(_) => "link without its credentials",
        Decision::Skip => "skip",
        Decision::Refuse => "refuse",
    };
    (word, judgement.findings.into_iter().map(|finding| (finding.clash, finding.action)).collect())
}

#[test]
fn every_clash_is_refused_until_somebody_decides() {
    let unknown = Keys { hash: HashState::Unknown("$9$".into()), ..anna() };
    let costly = Keys { hash: HashState::Costly("too much".into()), ..anna() };
    let nameless = Keys { flaws: vec![(Clash::NoName, String::new())], ..anna() };
    let free = View::default();
    let decided = Policies { same_email: OnSameEmail::Link, same_name: OnSameName::Rename, ..FAIL };
    let decided = Policies { same_id: OnSameId::Move, unknown_hash: OnUnknownHash::Import, ..decided };
    let decided = Policies { unusable: OnUnusable::Skip, ..decided };
    let email_as_name = View { email: claim(here("anna@example.com", "x"), false), ..View::default() };
    let name_as_email = View { username: claim(here("x", "anna"), true), ..View::default() };
    for (arrival, view, clash, action, word) in [
        (anna(), email(here("x", "anna@example.com")), Clash::SameEmail, Action::Link, "link"),
        (anna(), email(there("x", "anna@example.com")), Clash::SameEmailThere, Action::KeepApart, "apart"),
        (anna(), name(here("anna", "x")), Clash::SameName, Action::Rename, "rename"),
        (anna(), name(here("ANNA", "x")), Clash::SameNameByCase, Action::Rename, "rename"),
        (anna(), name(here("ａｎｎａ", "x")), Clash::SameNameByForm, Action::Rename, "rename"),
        (anna(), name(there("Anna", "x")), Clash::SameNameByCase, Action::Rename, "rename, exactly"),
        (anna(), name_as_email, Clash::NameIsEmail, Action::Rename, "rename"),
        (anna(), email_as_name, Clash::NameIsEmail, Action::KeepApart, "apart"),
        (anna(), number(IdState::Given(Some(here("x", "x")))), Clash::SameId, Action::Move, "make"),
        (anna(), number(IdState::Given(None)), Clash::SameId, Action::Move, "make"),
        (unknown, free.clone(), Clash::UnknownHash, Action::WithoutPassword, "make"),
        (costly, free.clone(), Clash::CostlyHash, Action::WithoutPassword, "make"),
    ] {
        assert_eq!(told(&arrival, &view, &FAIL), ("refuse", vec![(clash, Action::Refuse)]), "{clash:?}");
        assert_eq!(told(&arrival, &view, &decided), (word, vec![(clash, action)]), "{clash:?}");
    }
    assert_eq!(told(&nameless, &free, &FAIL), ("refuse", vec![(Clash::NoName, Action::Refuse)]));
    assert_eq!(told(&nameless, &free, &decided), ("skip", vec![(Clash::NoName, Action::Skip)]));
    assert_eq!(told(&anna(), &free, &FAIL), ("make", Vec::new()));
}

#[test]
fn what_stays_out_has_nothing_else_to_be_decided() {
    let another = Holder { id: 2, ..here("anna", "x") };
    let view = View { username: claim(another, false), ..email(here("x", "anna@example.com")) };
    let policies = Policies { same_name: OnSameName::Skip, ..FAIL };
    assert_eq!(told(&anna(), &view, &policies), ("skip", vec![(Clash::SameName, Action::Skip)]));
}

#[test]
fn one_who_has_both_name_and_email_is_asked_about_once() {
    let both = || here("anna", "anna@example.com");
    let view = View { username: claim(both(), false), ..email(both()) };
    assert_eq!(told(&anna(), &view, &FAIL), ("refuse", vec![(Clash::SameEmail, Action::Refuse)]));
    let apart = Policies { same_email: OnSameEmail::Rename, same_name: OnSameName::Rename, ..FAIL };
    assert_eq!(told(&anna(), &view, &apart).0, "rename, apart");
}

#[test]
fn an_id_never_means_two_people_whoever_decides() {
    let decided = Policies { same_id: OnSameId::Move, ..FAIL };
    for holder in [Some(there("somebody", "else")), None] {
        let view = number(IdState::There(holder));
        assert_eq!(told(&anna(), &view, &decided), ("refuse", vec![(Clash::IdTwice, Action::Refuse)]));
        let skipped = Policies { same_id: OnSameId::Skip, ..FAIL };
        assert_eq!(told(&anna(), &view, &skipped), ("skip", vec![(Clash::IdTwice, Action::Skip)]));
    }
    let same = number(IdState::There(Some(there("Anna", "x"))));
    assert_eq!(told(&anna(), &same, &FAIL), ("skip", vec![(Clash::AlreadyHere, Action::Skip)]));
}

#[test]
fn whoever_has_no_id_is_known_by_its_spelled_name() {
    let arrival = Keys { number: None, email: None, ..anna() };
    let known = View { namesake: Some(there("anna", "x")), ..name(here("anna", "x")) };
    assert_eq!(told(&arrival, &known, &FAIL).1, [(Clash::AlreadyHere, Action::Skip)]);
    assert_eq!(told(&arrival, &name(there("Anna", "x")), &FAIL).1, [(Clash::SameNameByCase, Action::Refuse)]);
    let gone = View { username: Claim { buried: true, ..Claim::default() }, ..View::default() };
    assert_eq!(told(&arrival, &gone, &FAIL), ("skip", vec![(Clash::AlreadyHere, Action::Skip)]));
    assert_eq!(told(&anna(), &gone, &FAIL).0, "make", "whoever has an id is known by that");
}

#[test]
fn a_link_brings_its_password_only_where_that_gives_nobody_more() {
    let linked = Policies { same_email: OnSameEmail::Link, ..FAIL };
    let (no, yes) = ("link without its credentials", "link");
    for (admin_there, admin_here, enabled_there, enabled_here, word) in [
        (false, false, true, true, yes),
        (true, true, true, true, yes),
        (true, false, true, true, yes),
        (false, true, true, true, no),
        (false, false, false, true, no),
        (false, false, true, false, no),
    ] {
        let arrival = Keys { admin: admin_there, enabled: enabled_there, ..anna() };
        let holder = Holder { admin: admin_here, enabled: enabled_here, ..here("x", "anna@example.com") };
        assert_eq!(told(&arrival, &email(holder), &linked).0, word, "{admin_there} {admin_here}");
    }
}

#[test]
fn whoever_is_linked_keeps_the_id_that_it_has_here() {
    let holder = || here("x", "anna@example.com");
    let view = View { number: IdState::Given(Some(holder())), ..email(holder()) };
    let linked = Policies { same_email: OnSameEmail::Link, ..FAIL };
    assert_eq!(told(&anna(), &view, &linked), ("link", vec![(Clash::SameEmail, Action::Link)]));
}

#[test]
fn a_link_takes_nobodys_name_in_silence() {
    let another = Holder { id: 2, ..here("anna", "y") };
    let view = View { username: claim(another, false), ..email(here("x", "anna@example.com")) };
    let linked = Policies { same_email: OnSameEmail::Link, ..FAIL };
    let same_email = (Clash::SameEmail, Action::Link);
    assert_eq!(told(&anna(), &view, &linked), ("refuse", vec![same_email, (Clash::SameName, Action::Refuse)]));
    let decided = Policies { same_name: OnSameName::Rename, ..linked };
    assert_eq!(told(&anna(), &view, &decided), ("link", vec![same_email, (Clash::SameName, Action::Rename)]));
}

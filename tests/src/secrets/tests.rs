use dragoman_exchange::{Request, Response};

use super::{Ledger, Place};

const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJlIG9mIDMyIGJ5dGVzIGlzIGxvbmc";
const HASH: &str = "$2b$04$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZabcde";

fn request(method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Request {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Request { method: method.into(), target: target.into(), headers, body: Some(body.into()) }
}

fn answer(headers: &[(&str, &str)], body: &str) -> Response {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect();
    Response { status: 200, headers, body: body.into() }
}

/// What is said of a leak, if one is found.
fn leak(ledger: &Ledger) -> Option<String> {
    ledger.search().err().map(|error| error.to_string())
}

#[test]
fn a_password_is_found_wherever_a_request_had_it() {
    let basic = ("Authorization", "Basic YWRtaW46T3BlblNlc2FtZTE=");
    let requests = [
        request("GET", "/api/v1/users", &[basic], ""),
        request("POST", "/api/user/login", &[], "email=a&password=Open%53esame1"),
        request("PUT", "/api/v1/users/a", &[], r#"{"value":{"password":"OpenSesame1"}}"#),
        request("PATCH", "/api/user/v1/changepassword?oldpassword=OpenSesame1", &[], ""),
        request("PUT", "/api/v1/users", &[], "user=%7B%22password%22%3A%22OpenSesame1%22%7D"),
    ];
    for request in requests {
        let ledger = Ledger::default();
        ledger.see("", &request, &answer(&[], r#"{"message":"no"}"#));
        assert_eq!(leak(&ledger), None, "{request:?}");
        ledger.see("", &request, &answer(&[], r#"{"message":"OpenSesame1 is wrong"}"#));
        assert!(leak(&ledger).unwrap().starts_with("1 leaks"), "{request:?}");
    }
}

#[test]
fn a_planted_leak_is_found_in_every_place() {
    let asked = request("GET", "/api/users", &[("Authorization", &format!("Bearer {TOKEN}"))], "");
    let plants: [fn(&Ledger, &Request); 6] = [
        |ledger, asked| ledger.see("", asked, &answer(&[], TOKEN)),
        |ledger, asked| ledger.see("", asked, &answer(&[("x-debug", TOKEN)], "")),
        |ledger, _| ledger.hear(Place::Log, "", &format!("request token={TOKEN}")),
        |ledger, _| ledger.hear(Place::Metrics, "", &format!("requests{{token=\"{TOKEN}\"}} 1")),
        |ledger, _| ledger.hear(Place::Panic, "", &format!("no user for {TOKEN}")),
        // Also where it was said before anybody knew that it is a secret.
        |ledger, _| {
            ledger.hear(Place::Log, "", HASH);
            ledger.learn("a stored hash", HASH);
        },
    ];
    for plant in plants {
        let ledger = Ledger::default();
        ledger.see("", &asked, &answer(&[("content-type", "application/json")], "[]"));
        assert_eq!(leak(&ledger), None);
        plant(&ledger, &asked);
        assert!(leak(&ledger).is_some());
    }
}

#[test]
fn a_login_may_tell_its_token_once_and_nobody_else_may() {
    let login = request("POST", "/api/v1/login", &[], "");
    let told = format!(r#"{{"token":"{TOKEN}"}}"#);
    let ledger = Ledger::default();
    ledger.see("", &login, &answer(&[], &told));
    assert_eq!(leak(&ledger), None);
    assert!(ledger.knows(TOKEN));
    for (request, response) in [
        (request("GET", "/api/v1/users", &[], ""), answer(&[], &told)),
        (login.clone(), answer(&[("set-cookie", TOKEN)], &told)),
        (login, answer(&[], &format!(r#"{{"token":"{TOKEN}","again":"{TOKEN}"}}"#))),
    ] {
        let ledger = Ledger::default();
        ledger.learn("a token", TOKEN);
        ledger.see("", &request, &response);
        assert!(leak(&ledger).is_some(), "{response:?}");
    }
}

#[test]
fn stored_hashes_are_shown_only_where_a_person_turned_that_on() {
    let list = request("GET", "/api/datamanagement/v1/User", &[], "");
    let rows = answer(&[], &format!(r#"{{"User":[{{"password":"{}"}}]}}"#, HASH.replace("2b", "2y")));
    for (exposing, route, leaks) in
        [(true, &list, false), (false, &list, true), (true, &request("GET", "/v1/users", &[], ""), true)]
    {
        let ledger = Ledger::default();
        ledger.learn("a stored hash", HASH);
        if exposing {
            ledger.expose("http://here");
        }
        ledger.see("http://here", route, &rows);
        assert_eq!(leak(&ledger).is_some(), leaks);
    }
}

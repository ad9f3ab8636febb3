//! Columns, facts and values, and what is wrong with them.

use dragoman_core::{Role, Roles};
use dragoman_tables::Format::{Csv, JsonLines, Sql};
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::{arrive, map, row};
use crate::moving::parse_map;

#[test]
fn a_line_in_the_form_of_the_interface_is_a_user() {
    let line = json!({"id": 26, "uuid": "45b5fbd3-755f-4379-8f07-a58d4a30fa2f", "username": "user24", "name": "Noom",
        "password": "1234", "roles": ["ADMIN", "USER"], "enabled": false, "created": "2019-03-24T00:00:00Z",
        "addresses": {"akash": "akash1x"}, "onyx": {"color": "blue", "tutorial": 1}});
    let arrived = arrive("onyx", JsonLines, line, "").unwrap();
    let arrival = &arrived.arrival;
    assert_eq!((arrival.number, arrival.username.as_deref()), (Some(26), Some("user24")));
    assert!(arrival.roles.contains(Role::Admin) && !arrival.enabled);
    assert_eq!(arrival.facts["tutorial"], "1");
    assert_eq!(arrival.addresses["akash"], "akash1x");
    assert_eq!(arrived.password.unwrap().expose_secret(), "1234");
    assert!(arrival.password_hash.is_none());
    assert!(!arrival.record.expose_secret().contains("1234"), "a password in the clear is kept");
}

#[test]
fn a_line_with_every_column_of_the_original_is_its_row() {
    let line = json!({"id": 1, "name": "x", "username": "x", "password": "$2a$04$x", "email": "", "is_admin": 1,
        "created": 1_516_713_623, "updated": 1_516_713_623});
    let arrived = arrive("vitja", JsonLines, line, "").unwrap();
    assert_eq!(arrived.arrival.password_hash.unwrap().expose_secret(), "$2a$04$x");
    assert!(arrived.password.is_none() && arrived.arrival.email.is_none());
    assert!(arrived.arrival.roles.contains(Role::Admin));
}

#[test]
fn a_map_says_what_columns_of_others_mean() {
    let record = json!({"login": "ann", "mail": "a@b.c", "pw": "5f4d", "grain": "xyz", "su": "TRUE", "at": "1516713623",
        "shoe": "42", "wallet": "akash1x", "rest": 1.5});
    let given =
        "login=username, mail=email,pw=password_hash,grain=salt,su=admin,at=created,shoe=own:shoe,wallet=address:akash";
    let arrival = arrive("vitja", Sql, record.clone(), given).unwrap().arrival;
    assert_eq!(arrival.password_hash.unwrap().expose_secret(), "5f4d:xyz");
    assert_eq!(arrival.created.unwrap().timestamp(), 1_516_713_623);
    assert_eq!((arrival.facts["shoe"].as_str(), arrival.addresses["akash"].as_str()), ("42", "akash1x"));
    assert!(arrival.roles.contains(Role::Admin));
    assert_eq!(arrival.record.expose_secret(), record.to_string());
}

#[test]
fn a_map_that_makes_no_sense_is_named() {
    let complaint = |given: &str| parse_map(given).unwrap_err().to_string();
    assert!(complaint("a").contains("column=fact"));
    assert!(complaint("a=colour").contains("`colour` is no fact"));
    assert!(complaint("a=own:").contains("`own:` is no fact"));
    assert!(complaint("a=id,a=uuid").contains("mapped twice"));
    let record = row(json!({"a": 1, "username": "x"}));
    let complaint = |given| map("vitja", Csv, &record, given).unwrap_err().to_string();
    assert!(complaint("b=id").contains("no column `b`; there are: a, username"));
    assert!(complaint("a=kept,username=kept").contains("say by --map"));
    let twice = row(json!({"a": 1, "b": 2}));
    assert!(map("vitja", Csv, &twice, "a=email,b=email").unwrap_err().to_string().contains("`a` and `b`"));
}

#[test]
fn what_is_wrong_is_told_with_its_column() {
    let fault = |record| arrive("jwt", Sql, record, "").unwrap_err();
    let record = |key: &str, value| {
        let mut record = json!({"user_id": "45b5fbd3-755f-4379-8f07-a58d4a30fa2f"});
        record[key] = value;
        record
    };
    assert_eq!(fault(record("date_created", json!("yesterday"))), "date_created: \"yesterday\" is no time");
    assert_eq!(fault(record("enabled", json!(2))), "enabled: 2 is no yes or no");
    assert_eq!(fault(record("user_id", json!("26"))), "user_id: \"26\" is no UUID");
    assert_eq!(fault(record("roles", json!({"a": 1}))), "roles: a nested value is no list of roles");
    assert_eq!(fault(record("password_hash", json!(["hush"]))), "password_hash: what is there is no text");
    let fault = arrive("onyx", JsonLines, json!({"username": "x", "vitja": {}}), "").unwrap_err();
    assert!(fault.contains("`vitja` is no key"), "{fault}");
}

#[test]
fn every_spelling_of_roles_and_flags_is_read() {
    let roles = |value| arrive("jwt", Sql, json!({"email": "x", "roles": value}), "").unwrap().arrival.roles;
    let both = Roles::USER.with_admin(true);
    for spelled in
        [json!("{ADMIN,USER}"), json!("{\"ADMIN\",USER}"), json!("[\"USER\",\"ADMIN\"]"), json!("ADMIN, USER")]
    {
        assert_eq!(roles(spelled), both);
    }
    assert_eq!(roles(json!(["USER"])), Roles::USER);
    assert_eq!(roles(json!(null)), Roles::USER);
    assert_eq!(roles(json!("{}")).iter().count(), 0);
    let enabled = |value| arrive("jwt", Sql, json!({"email": "x", "enabled": value}), "").unwrap().arrival.enabled;
    for yes in [json!(1), json!("1"), json!("t"), json!("true"), json!(true), json!({"$bytes": "AQ=="}), json!(null)] {
        assert!(enabled(yes));
    }
    for no in [json!(0), json!("0"), json!("f"), json!("False"), json!(false), json!({"$bytes": "AA=="})] {
        assert!(!enabled(no));
    }
}

#[test]
fn secrets_of_programs_become_digests_and_leave_no_trace() {
    let record = json!({"id": 1, "email": "x", "user_secret": "abc"});
    let arrival = arrive("amadis", Sql, record, "").unwrap().arrival;
    let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let mapped = arrive("amadis", Sql, json!({"id": 1, "d": hex}), "d=secret_digest").unwrap().arrival;
    assert_eq!(arrival.secret_digest, mapped.secret_digest);
    assert!(arrival.secret_digest.is_some() && arrival.record.expose_secret().contains("\"user_secret\":null"));
    assert!(arrive("amadis", Sql, json!({"id": 1, "d": "abc"}), "d=secret_digest").unwrap_err().contains("no SHA-256"));
}

use dragoman_core::Changes;
use secrecy::ExposeSecret as _;

use super::*;

fn form(text: &str) -> Form {
    Form::parse_urlencoded(text.as_bytes()).unwrap()
}

fn edit(text: &str, all_fields: bool) -> Result<Changes, ApiError> {
    EditRequest::read(&form(text), all_fields).map(Changes::from)
}

#[test]
fn registering_takes_the_first_of_repeated_fields_and_no_others() {
    let form = form("username=a&username=b&email=e&password=p&verifpassword=p&admin=1&color=red&id=7");
    let new = NewUser::from(RegisterRequest::try_from(&form).unwrap());
    assert_eq!((new.username.as_deref(), new.email.as_deref()), (Some("a"), Some("e")));
    assert_eq!(new.password.expose_secret(), "p");
    assert_eq!(new.roles, Roles::USER);
    assert!(new.facts.is_empty());
}

#[test]
fn every_field_of_a_registration_is_required() {
    let all = ["username=a", "email=e", "password=p", "verifpassword=q"];
    for missing in 0..all.len() {
        let rest: Vec<&str> =
            all.iter().enumerate().filter(|(at, _)| *at != missing).map(|(_, field)| *field).collect();
        let outcome = RegisterRequest::try_from(&form(&rest.join("&"))).map(drop);
        assert!(matches!(outcome, Err(ApiError::BadForm)), "{rest:?}");
    }
    let outcome = RegisterRequest::try_from(&form(&all.join("&"))).map(drop);
    assert!(matches!(outcome, Err(ApiError::NotSamePassword)));
}

#[test]
fn neither_name_may_be_empty() {
    for (text, empty) in [
        ("username=&email=e&password=p&verifpassword=p", Field::Username),
        ("username=a&email=&password=p&verifpassword=p", Field::Email),
    ] {
        let outcome = RegisterRequest::try_from(&form(text)).map(drop);
        assert!(matches!(outcome, Err(ApiError::Core(Error::Invalid { field, .. })) if field == empty), "{text:?}");
    }
}

#[test]
fn a_missing_or_blank_field_keeps_the_value() {
    for text in ["", "username=&email=&password=", "username=+%09&email=+"] {
        let changes = edit(text, false).unwrap();
        assert!(changes.username.is_none() && changes.email.is_none() && changes.password.is_none(), "{text:?}");
    }
    let changes = edit("username=a&password=+", false).unwrap();
    assert_eq!(changes.username.as_deref(), Some("a"));
    assert_eq!(changes.password.unwrap().expose_secret(), " ");
}

#[test]
fn the_original_wanted_all_fields_of_an_edit() {
    assert!(matches!(edit("username=a&email=", true), Err(ApiError::BadForm)));
    assert!(edit("username=a&email=&password=", true).is_ok());
}

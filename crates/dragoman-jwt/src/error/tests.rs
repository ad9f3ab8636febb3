//! Every failure, in both profiles.

use actix_web::body::to_bytes;
use dragoman_core::TokenFault;

use super::*;

const ASKED: Uuid = Uuid::from_u128(7);
const INVALID: &str = r#"{"error":"data validation error","fields":{"#;

fn said(error: &ApiError, profile: Profile) -> (u16, String) {
    let failure = error.failure(profile, Some(ASKED));
    (failure.status.as_u16(), failure.json())
}

/// What both profiles say.
fn both(error: impl Into<ApiError>) -> (u16, String) {
    let error = error.into();
    let documented = said(&error, Profile::Documented);
    assert_eq!(documented, said(&error, Profile::Observed));
    documented
}

fn of(status: u16, error: &str) -> (u16, String) {
    (status, format!(r#"{{"error":"{error}"}}"#))
}

#[test]
fn bad_credentials_and_bad_tokens_are_told_alike() {
    for error in [Error::BadCredentials, Error::Disabled, TokenFault::Expired.into(), TokenFault::Segments.into()] {
        assert_eq!(both(error), of(401, "Unauthorized"));
    }
}

#[test]
fn refusals_differ_by_profile() {
    for error in [Error::Forbidden, Error::LastAdmin] {
        let error = ApiError::from(error);
        assert_eq!(said(&error, Profile::Documented), of(403, "Forbidden"));
        assert_eq!(said(&error, Profile::Observed), of(401, "Unauthorized"));
    }
    assert_eq!(both(ApiError::MayNotGrant), of(403, "Forbidden"));
}

#[test]
fn a_taken_name_is_a_taken_email() {
    for field in [Field::Username, Field::Email] {
        let error = ApiError::from(Error::Taken(field));
        let documented = format!(r#"{INVALID}"email":"email is not unique"}}}}"#);
        assert_eq!(said(&error, Profile::Documented), (400, documented));
        let observed = of(409, "create: namedexeccontext: email is not unique");
        assert_eq!(said(&error, Profile::Observed), observed);
    }
}

#[test]
fn an_unknown_user_is_told_with_its_id_by_the_original_only() {
    let error = ApiError::from(Error::UserNotFound);
    assert_eq!(said(&error, Profile::Documented), of(404, "user not found"));
    let observed = format!("query: userID[{ASKED}]: namedquerystruct: user not found");
    assert_eq!(said(&error, Profile::Observed), of(404, &observed));
}

#[test]
fn what_cannot_be_stored_is_a_field_in_error() {
    for (field, fault, complaint) in [
        (Field::Username, Fault::Malformed, r#""email":"email must be a valid email address""#),
        (Field::Email, Fault::Missing, r#""email":"email is a required field""#),
        (Field::Name, Fault::TooLong, r#""name":"name must be a maximum of 255 characters in length""#),
        (Field::Name, Fault::Malformed, r#""name":"name must not contain control characters""#),
        (Field::Password, Fault::TooLong, r#""password":"password must be a maximum of 72 characters in length""#),
        (Field::Id, Fault::Missing, r#""id":"id is a required field""#),
        (Field::Uuid, Fault::Malformed, r#""id":"id must not contain control characters""#),
    ] {
        assert_eq!(both(Error::Invalid { field, fault }), (400, format!("{INVALID}{complaint}}}}}")));
    }
}

#[test]
fn the_machine_s_failures_tell_nothing_of_their_cause() {
    assert_eq!(both(Error::storage("SELECT failed")), of(500, "Internal Server Error"));
    assert_eq!(both(Error::Busy), of(503, "Service Unavailable"));
    assert_eq!(both(Error::TooManyAttempts { seconds: 8 }), of(503, "Service Unavailable"));
    let retry_after = |error: Error| ApiError::from(error).error_response().headers().get(RETRY_AFTER).cloned();
    assert_eq!(retry_after(Error::Busy).unwrap(), "1");
    assert_eq!(retry_after(Error::TooManyAttempts { seconds: 8 }).unwrap(), "8");
}

#[test]
fn requests_that_cannot_be_read() {
    assert_eq!(both(ApiError::MalformedId), of(400, "ID is not in its proper form"));
    assert_eq!(both(ApiError::UnknownRole("a\"b".into())).1, r#"{"error":"parsing role: invalid role \"a\\\"b\""}"#);
    assert_eq!(
        both(go::Error::unknown_field("x")).1,
        r#"{"error":"unable to decode payload: json: unknown field \"x\""}"#
    );
    assert_eq!(both(BodyFault::TooLarge), of(413, "Request Entity Too Large"));
    assert_eq!(both(BodyFault::Broken), of(400, "unable to decode payload: unexpected EOF"));
}

#[test]
fn fields_are_sorted_by_key() {
    let fields = ["password", "name", "passwordConfirm", "email"].map(|key| (key.to_owned(), String::new()));
    let expected = format!(r#"{INVALID}"email":"","name":"","password":"","passwordConfirm":""}}}}"#);
    assert_eq!(both(ApiError::Fields(fields.into())), (400, expected));
}

#[actix_web::test]
async fn a_failure_is_json() {
    let response = ApiError::UNAUTHORIZED.error_response();
    assert_eq!(response.headers().get("content-type").unwrap(), "application/json");
    assert_eq!(to_bytes(response.into_body()).await.unwrap(), r#"{"error":"Unauthorized"}"#);
}

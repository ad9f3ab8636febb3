use actix_web::body::to_bytes;
use actix_web::http::header::CONTENT_TYPE;
use dragoman_core::{Fault, Field};

use super::*;

async fn answer(error: impl Into<ApiError>) -> (u16, String, String) {
    let response = error.into().error_response();
    let status = response.status().as_u16();
    let content_type = response.headers().get(CONTENT_TYPE).unwrap().to_str().unwrap().to_owned();
    let body = to_bytes(response.into_body()).await.unwrap();
    (status, content_type, String::from_utf8(body.to_vec()).unwrap())
}

async fn assert_json(error: impl Into<ApiError>, status: u16, body: &str) {
    assert_eq!(answer(error).await, (status, "application/json".to_owned(), body.to_owned()));
}

#[actix_web::test]
async fn every_refusal_of_the_core_is_a_200_that_says_error() {
    let invalid = Error::Invalid { field: Field::Password, fault: Fault::TooLong };
    for error in [Error::UserNotFound, Error::Taken(Field::Email), invalid, Error::LastAdmin] {
        assert_json(error, 200, r#"{"status": "error"}"#).await;
    }
    for error in [Error::BadCredentials, Error::Disabled] {
        assert_json(error, 200, r#"{"status": "error", "message": "Wrong Informations"}"#).await;
    }
    assert_json(Error::Forbidden, 200, r#"{"status": "error", "message": "You're not admin"}"#).await;
}

#[actix_web::test]
async fn trouble_of_the_gateway_is_a_503_that_tells_no_cause() {
    assert_json(Error::Busy, 503, r#"{"status": "error"}"#).await;
    assert_json(Error::TooManyAttempts { seconds: 8 }, 503, r#"{"status": "error"}"#).await;
    assert_json(Error::storage("select * from users"), 503, r#"{"status": "error"}"#).await;
}

#[actix_web::test]
async fn overload_and_a_delay_say_when_to_come_back() {
    let retry_after = |error: Error| ApiError::from(error).error_response().headers().get(RETRY_AFTER).cloned();
    assert_eq!(retry_after(Error::Busy).unwrap(), "1");
    assert_eq!(retry_after(Error::TooManyAttempts { seconds: 8 }).unwrap(), "8");
    assert_eq!(retry_after(Error::storage("gone")), None);
}

#[actix_web::test]
async fn every_fault_of_a_token_has_its_own_words() {
    let not_json = |part| TokenFault::NotJson { part, reason: "“x”".to_owned() };
    for (fault, status, text) in [
        (TokenFault::Segments, 422, "Not enough segments"),
        (TokenFault::Undecodable(TokenPart::Header), 422, "Invalid header padding"),
        (TokenFault::Undecodable(TokenPart::Payload), 422, "Invalid payload padding"),
        (TokenFault::Undecodable(TokenPart::Signature), 422, "Invalid crypto padding"),
        (not_json(TokenPart::Header), 422, r"Invalid header string: \u201cx\u201d"),
        (not_json(TokenPart::Payload), 422, r"Invalid payload string: \u201cx\u201d"),
        (TokenFault::Algorithm, 422, "The specified alg value is not allowed"),
        (TokenFault::Signature, 422, "Signature verification failed"),
        (TokenFault::Immature, 422, "The token is not yet valid (nbf)"),
        (TokenFault::Expired, 401, "Token has expired"),
        (TokenFault::Foreign, 422, "Missing claims"),
        (TokenFault::WrongKind, 422, "Only access tokens are allowed"),
        (TokenFault::Revoked, 401, "Token has been revoked"),
    ] {
        assert_json(Error::from(fault), status, &format!("{{\"msg\":\"{text}\"}}\n")).await;
    }
}

#[actix_web::test]
async fn a_wrong_kind_of_token_is_told_which_kind_is_wanted() {
    let error = ApiError::Token { fault: TokenFault::WrongKind, wanted: Kind::Refresh };
    assert_json(error, 422, "{\"msg\":\"Only refresh tokens are allowed\"}\n").await;
}

#[actix_web::test]
async fn a_form_that_is_no_form_gets_a_page_without_a_charset() {
    for error in [ApiError::BadForm, FormFault::Broken.into(), FormFault::NotUtf8.into()] {
        let (status, content_type, body) = answer(error).await;
        assert_eq!((status, content_type.as_str()), (400, "text/html"));
        assert!(body.contains("<title>400 Bad Request</title>"), "{body}");
    }
    assert_json(FormFault::TooLarge, 413, r#"{"status": "error"}"#).await;
}

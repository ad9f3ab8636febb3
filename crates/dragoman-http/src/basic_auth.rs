//! HTTP Basic credentials (RFC 7617).

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use secrecy::SecretString;

/// Clients leave the padding out, and some leave stray bits in the last character.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The user name and password of the first `Authorization` header.
///
/// The scheme's case does not matter and the first `:` splits. `None` for no header, another
/// scheme, and whatever is no base64 of UTF-8 without NUL that has a `:`.
#[must_use]
pub fn credentials(req: &HttpRequest) -> Option<(String, SecretString)> {
    let header = req.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(LENIENT.decode(encoded.trim()).ok()?).ok()?;
    let (name, password) = text.split_once(':').filter(|_| !text.contains('\0'))?;
    Some((name.to_owned(), SecretString::from(password.to_owned())))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use secrecy::ExposeSecret as _;

    use super::*;

    fn of(header: &str) -> Option<(String, String)> {
        let req = TestRequest::default().insert_header((AUTHORIZATION, header)).to_http_request();
        let (name, password) = credentials(&req)?;
        Some((name, password.expose_secret().to_owned()))
    }

    fn pair(name: &str, password: &str) -> Option<(String, String)> {
        Some((name.to_owned(), password.to_owned()))
    }

    #[test]
    fn padding_is_optional() {
        assert_eq!(of("Basic YTpi"), pair("a", "b"));
        assert_eq!(of("Basic YTpiYg=="), pair("a", "bb"));
        assert_eq!(of("Basic YTpiYg"), pair("a", "bb"));
    }

    #[test]
    fn the_scheme_has_any_case_and_spaces_around_the_value_do_not_matter() {
        assert_eq!(of("bAsIc YTpi"), pair("a", "b"));
        assert_eq!(of("Basic  YTpi "), pair("a", "b"));
    }

    #[test]
    fn the_first_colon_splits() {
        assert_eq!(of("Basic YTpiOmM="), pair("a", "b:c"));
        assert_eq!(of("Basic Og=="), pair("", ""));
    }

    #[test]
    fn names_and_passwords_are_utf8() {
        assert_eq!(of("Basic SsO8cmdlbjrDqQ=="), pair("Jürgen", "é"));
        assert_eq!(of("Basic /zpi"), None);
    }

    #[test]
    fn anything_else_is_no_credentials() {
        for header in ["", "Basic", "Basic ", "Bearer YTpi", "Basic YWI=", "Basic !!!!", "Basic AGE6Yg=="] {
            assert_eq!(of(header), None, "{header:?}");
        }
        assert!(credentials(&TestRequest::default().to_http_request()).is_none());
    }

    #[test]
    fn the_password_is_not_in_its_debug_text() {
        let req = TestRequest::default().insert_header((AUTHORIZATION, "Basic YTpzZWNyZXQ=")).to_http_request();
        assert!(!format!("{:?}", credentials(&req)).contains("secret"));
    }
}

//! Path segments as the client wrote them.

use actix_web::HttpRequest;
use percent_encoding::percent_decode_str;

/// The path segment at this place counted from the end (0 is the last), percent-decoded once.
///
/// actix decodes a path before it matches it, all but `%2F`, `%25` and `%2B`; a name
/// taken from its match is therefore half decoded. This one is taken from the raw path.
/// `None` where there is no such segment, and for bytes that are no UTF-8 or have a NUL.
#[must_use]
pub fn segment(req: &HttpRequest, from_end: usize) -> Option<String> {
    let raw = req.uri().path().rsplit('/').nth(from_end)?;
    let name = percent_decode_str(raw).decode_utf8().ok()?;
    (!name.contains('\0')).then(|| name.into_owned())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn of(uri: &str, from_end: usize) -> Option<String> {
        segment(&TestRequest::with_uri(uri).to_http_request(), from_end)
    }

    #[test]
    fn segments_are_counted_from_the_end() {
        assert_eq!(of("/users/anna/password?x=/y", 0).unwrap(), "password");
        assert_eq!(of("/users/anna/password", 1).unwrap(), "anna");
        assert_eq!(of("/users/", 0).unwrap(), "");
        assert_eq!(of("/users", 2), None);
    }

    #[test]
    fn a_segment_is_decoded_once() {
        assert_eq!(of("/a%2Fb", 0).unwrap(), "a/b");
        assert_eq!(of("/a%252Fb", 0).unwrap(), "a%2Fb");
        assert_eq!(of("/J%C3%BCrgen+x%20y", 0).unwrap(), "Jürgen+x y");
        assert_eq!(of("/100%", 0).unwrap(), "100%");
    }

    #[test]
    fn a_segment_that_could_not_be_stored_is_none() {
        assert_eq!(of("/%ff", 0), None);
        assert_eq!(of("/a%00b", 0), None);
    }
}

//! Form data, urlencoded or multipart.

use actix_multipart::{Field, Multipart};
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use actix_web::{HttpMessage as _, HttpRequest};
use futures_util::{TryStreamExt as _, stream};
use percent_encoding::percent_decode;

use crate::body::{self, BodyFault};

/// The text fields of a form, in the order in which they were sent.
#[derive(Clone, Default)]
pub struct Form(Vec<(String, String)>);

/// Why a form could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormFault {
    /// More bytes than [`crate::Mount::body_limit`].
    TooLarge,
    /// The connection broke, or the multipart structure is wrong or cut off.
    Broken,
    /// A field that is no UTF-8.
    NotUtf8,
}

impl From<BodyFault> for FormFault {
    fn from(fault: BodyFault) -> Self {
        match fault {
            BodyFault::TooLarge => Self::TooLarge,
            BodyFault::Broken => Self::Broken,
        }
    }
}

impl Form {
    /// Reads the body as its content type says; any other content type makes an empty form.
    /// File parts of a multipart form are passed over.
    pub async fn read(req: &HttpRequest, payload: Payload) -> Result<Self, FormFault> {
        let body = body::read(req, payload).await?;
        let content_type = req.content_type().to_ascii_lowercase();
        match content_type.as_str() {
            "application/x-www-form-urlencoded" => Self::parse_urlencoded(&body),
            "multipart/form-data" => Self::parse_multipart(req, body).await,
            _ => Ok(Self::default()),
        }
    }

    /// `a=1&b=2`, as in a body or a query. A field without `=` is empty; a `%` that two
    /// hexadecimal digits do not follow stands for itself.
    pub fn parse_urlencoded(text: &[u8]) -> Result<Self, FormFault> {
        let fields = text.split(|&byte| byte == b'&').filter(|field| !field.is_empty());
        fields.map(parse_pair).collect::<Result<_, _>>().map(Self)
    }

    async fn parse_multipart(req: &HttpRequest, body: Bytes) -> Result<Self, FormFault> {
        let limit = body.len();
        // The body is here already, so the parser cannot be made to wait or to collect more than the limit.
        let chunks = stream::iter(pieces(body).map(Ok::<_, PayloadError>));
        let mut parts = Multipart::new(req.headers(), chunks);
        let mut fields = Vec::new();
        while let Some(mut part) = parts.try_next().await.map_err(|_| FormFault::Broken)? {
            let content = part.bytes(limit).await.map_err(|_| FormFault::TooLarge)?;
            let content = content.map_err(|_| FormFault::Broken)?;
            if let Some(name) = text_name(&part) {
                fields.push((name, utf8(content.to_vec())?));
            }
        }
        Ok(Self(fields))
    }

    /// The first field of this name.
    #[must_use]
    pub fn first(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    /// The last field of this name.
    #[must_use]
    pub fn last(&self, name: &str) -> Option<&str> {
        self.values(name).next_back()
    }

    fn values(&self, name: &str) -> impl DoubleEndedIterator<Item = &str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// The names alone: the values may be passwords.
impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

fn parse_pair(field: &[u8]) -> Result<(String, String), FormFault> {
    let mut halves = field.splitn(2, |&byte| byte == b'=');
    let mut next = || decode(halves.next().unwrap_or_default());
    Ok((next()?, next()?))
}

fn decode(text: &[u8]) -> Result<String, FormFault> {
    let spaced: Vec<u8> = text.iter().map(|&byte| if byte == b'+' { b' ' } else { byte }).collect();
    utf8(percent_decode(&spaced).collect())
}

fn utf8(bytes: Vec<u8>) -> Result<String, FormFault> {
    String::from_utf8(bytes).map_err(|_| FormFault::NotUtf8)
}

/// actix-multipart buffers 64 KiB at the most, and stops at a chunk that is larger.
fn pieces(mut body: Bytes) -> impl Iterator<Item = Bytes> {
    const PIECE: usize = 16 * 1024;
    std::iter::from_fn(move || {
        let piece = body.split_to(body.len().min(PIECE));
        (!piece.is_empty()).then_some(piece)
    })
}

/// The name of a part that has one and is no file.
fn text_name(part: &Field) -> Option<String> {
    let disposition = part.content_disposition()?;
    let is_file = disposition.get_filename().is_some() || disposition.get_filename_ext().is_some();
    part.name().filter(|_| !is_file).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::CONTENT_TYPE;
    use actix_web::test::TestRequest;
    use actix_web::web::Data;

    use super::*;
    use crate::Mount;

    fn urlencoded(text: &str) -> Form {
        Form::parse_urlencoded(text.as_bytes()).unwrap()
    }

    async fn read(content_type: &str, body: impl Into<Bytes>) -> Result<Form, FormFault> {
        let mount = Mount { body_limit: 200 * 1024, ..Mount::default() };
        let request = TestRequest::default().insert_header((CONTENT_TYPE, content_type));
        let (req, payload) = request.app_data(Data::new(mount)).set_payload(body).to_http_parts();
        Form::read(&req, payload).await
    }

    fn part(headers: &str, content: &str) -> String {
        format!("--x\r\nContent-Disposition: form-data; {headers}\r\n\r\n{content}\r\n")
    }

    #[test]
    fn of_a_repeated_field_both_ends_can_be_had() {
        let form = urlencoded("a=1&b=2&a=3");
        assert_eq!((form.first("a"), form.last("a"), form.first("c")), (Some("1"), Some("3"), None));
    }

    #[test]
    fn percent_and_plus_are_decoded_in_names_and_values() {
        let form = urlencoded("a+b%3D=J%C3%BCrgen+%2B%26x=y");
        assert_eq!(form.first("a b="), Some("Jürgen +&x=y"));
        assert_eq!(urlencoded("a=100%&b=%zz").first("a"), Some("100%"));
        assert_eq!(urlencoded("a=100%&b=%zz").first("b"), Some("%zz"));
    }

    #[test]
    fn a_field_without_a_value_is_empty_and_an_empty_one_is_none() {
        let form = urlencoded("&a&&b=&=c&");
        assert_eq!((form.first("a"), form.first("b"), form.first("")), (Some(""), Some(""), Some("c")));
        assert_eq!(urlencoded("").first(""), None);
    }

    #[test]
    fn bytes_that_are_no_utf8_are_no_form() {
        assert_eq!(Form::parse_urlencoded(b"a=%ff").unwrap_err(), FormFault::NotUtf8);
        assert_eq!(Form::parse_urlencoded(b"\xff=a").unwrap_err(), FormFault::NotUtf8);
    }

    #[actix_web::test]
    async fn the_content_type_decides() {
        let form = read("Application/x-www-form-urlencoded; charset=utf-8", "a=1").await.unwrap();
        assert_eq!(form.first("a"), Some("1"));
        for other in ["application/json", "text/plain", ""] {
            assert_eq!(read(other, "a=1").await.unwrap().first("a"), None, "{other:?}");
        }
    }

    #[actix_web::test]
    async fn a_multipart_form_gives_its_text_parts_and_passes_over_files() {
        let file = part("name=\"b\"; filename=\"b.txt\"", "file");
        let body = format!("{}{file}{}--x--\r\n", part("name=\"a\"", "ü\r\n1"), part("name=\"a\"", ""));
        let form = read("multipart/form-data; boundary=x", body).await.unwrap();
        assert_eq!((form.first("a"), form.last("a"), form.first("b")), (Some("ü\r\n1"), Some(""), None));
    }

    #[actix_web::test]
    async fn a_multipart_form_larger_than_the_parsers_buffer_is_read() {
        let long = "y".repeat(150 * 1024);
        let body = format!("{}{}--x--\r\n", part("name=\"a\"", &long), part("name=\"b\"", "1"));
        let form = read("multipart/form-data; boundary=x", body).await.unwrap();
        assert_eq!((form.first("a").map(str::len), form.first("b")), (Some(long.len()), Some("1")));
    }

    #[actix_web::test]
    async fn a_multipart_form_that_is_cut_off_or_has_no_boundary_is_broken() {
        let body = part("name=\"a\"", "1");
        for (content_type, body) in [
            ("multipart/form-data; boundary=x", body.as_str()),
            ("multipart/form-data; boundary=x", "--x\r\nContent-Disp"),
            ("multipart/form-data; boundary=x", ""),
            ("multipart/form-data", body.as_str()),
            ("multipart/form-data; boundary=other", body.as_str()),
        ] {
            let fault = read(content_type, body.to_owned()).await.unwrap_err();
            assert_eq!(fault, FormFault::Broken, "{content_type} {body:?}");
        }
    }

    #[actix_web::test]
    async fn a_multipart_field_that_is_no_utf8_is_no_form() {
        let mut body = part("name=\"a\"", "?").into_bytes();
        let at = body.iter().position(|&byte| byte == b'?').unwrap();
        body[at] = 0xff;
        body.extend_from_slice(b"--x--\r\n");
        let fault = read("multipart/form-data; boundary=x", body).await.unwrap_err();
        assert_eq!(fault, FormFault::NotUtf8);
    }

    #[actix_web::test]
    async fn a_form_over_the_limit_is_too_large() {
        let body = "a".repeat(201 * 1024);
        let fault = read("application/x-www-form-urlencoded", body).await.unwrap_err();
        assert_eq!(fault, FormFault::TooLarge);
    }

    #[test]
    fn values_are_not_in_the_debug_text() {
        assert_eq!(format!("{:?}", urlencoded("password=secret")), r#"["password"]"#);
    }
}

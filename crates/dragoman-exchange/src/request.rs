//! From what an exchange says to what goes over the wire.

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::client::Request;
use crate::exchange::{Body, Credentials, Message};
use crate::template::Text;
use crate::values::Values;

/// What stays as it is in a urlencoded form; a space becomes `+` (WHATWG URL, section 5.2).
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_').remove(b' ');

const BOUNDARY: &str = "----exchange-7d1f0a4c";

impl Message {
    /// The names of the values that it inserts.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.texts().flat_map(Text::values)
    }

    /// The request with every value put in. Headers that the exchange sets itself are not set again.
    ///
    /// # Errors
    /// When a value is missing.
    pub fn fill(&self, values: &Values) -> Result<Request> {
        let mut headers = Vec::new();
        for (name, value) in &self.headers {
            headers.push((name.clone(), value.fill(values)?));
        }
        if let Some(value) = self.credentials.fill(values)? {
            add(&mut headers, "Authorization", value);
        }
        if let Some(value) = self.body.content_type() {
            add(&mut headers, "Content-Type", value);
        }
        let target = self.target.fill(values)?;
        Ok(Request { method: self.method.clone(), target, headers, body: self.body.fill(values)? })
    }
}

fn add(headers: &mut Vec<(String, String)>, name: &str, value: String) {
    if !headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
        headers.push((name.to_owned(), value));
    }
}

impl Credentials {
    fn fill(&self, values: &Values) -> Result<Option<String>> {
        Ok(match self {
            Self::None => None,
            Self::Basic(text) => Some(format!("Basic {}", STANDARD.encode(text.fill(values)?))),
            Self::Bearer(text) => Some(format!("Bearer {}", text.fill(values)?)),
        })
    }
}

impl Body {
    fn content_type(&self) -> Option<String> {
        match self {
            Self::Form(_) => Some("application/x-www-form-urlencoded".to_owned()),
            Self::Multipart(_) => Some(format!("multipart/form-data; boundary={BOUNDARY}")),
            Self::Json(_) => Some("application/json".to_owned()),
            Self::None | Self::Text(_) | Self::Bytes(_) => None,
        }
    }

    fn fill(&self, values: &Values) -> Result<Option<Vec<u8>>> {
        Ok(match self {
            Self::None => None,
            Self::Form(fields) => Some(urlencoded(&filled(fields, values)?).into_bytes()),
            Self::Multipart(fields) => Some(multipart(&filled(fields, values)?).into_bytes()),
            Self::Json(text) | Self::Text(text) => Some(text.fill(values)?.into_bytes()),
            Self::Bytes(bytes) => Some(bytes.clone()),
        })
    }
}

fn filled(fields: &[(String, Text)], values: &Values) -> Result<Vec<(String, String)>> {
    fields.iter().map(|(name, text)| Ok((name.clone(), text.fill(values)?))).collect()
}

fn urlencoded(fields: &[(String, String)]) -> String {
    fields.iter().map(|(name, value)| urlencoded_pair(name, value)).collect::<Vec<_>>().join("&")
}

pub(crate) fn urlencoded_pair(name: &str, value: &str) -> String {
    let encode = |text: &str| utf8_percent_encode(text, FORM).to_string().replace(' ', "+");
    format!("{}={}", encode(name), encode(value))
}

fn multipart(fields: &[(String, String)]) -> String {
    let part = |(name, value): &(String, String)| {
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    fields.iter().map(part).chain([format!("--{BOUNDARY}--\r\n")]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(source: &str) -> Result<Text> {
        Text::try_from(source.to_owned())
    }

    fn message(body: Body, credentials: Credentials) -> Result<Message> {
        let headers = vec![("content-type".to_owned(), text("text/plain")?)];
        Ok(Message { method: "POST".to_owned(), target: text("/a%2Fb/../{{run}}")?, headers, body, credentials })
    }

    #[test]
    fn a_form_is_encoded_after_its_values_are_put_in() -> Result<()> {
        let fields = vec![("a b".to_owned(), text("{{v}}")?), ("a b".to_owned(), text("~*-._")?)];
        let body = Body::Form(fields).fill(&Values::from_iter([("v", "1&2=3+4 é%")]))?;
        assert_eq!(body.as_deref(), Some(b"a+b=1%262%3D3%2B4+%C3%A9%25&a+b=%7E*-._".as_slice()));
        Ok(())
    }

    #[test]
    fn a_multipart_body_ends_with_its_boundary() -> Result<()> {
        let fields = vec![("a".to_owned(), text("1")?)];
        let body = Body::Multipart(fields).fill(&Values::default())?.unwrap_or_default();
        let expected =
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--{BOUNDARY}--\r\n");
        assert_eq!(String::from_utf8(body)?, expected);
        Ok(())
    }

    #[test]
    fn a_header_of_the_exchange_replaces_the_usual_one_and_the_target_stays_raw() -> Result<()> {
        let message = message(Body::Json(text("{}")?), Credentials::Basic(text("a:b")?))?;
        let request = message.fill(&Values::from_iter([("run", "07")]))?;
        assert_eq!(request.target, "/a%2Fb/../07");
        let expected = [("content-type", "text/plain"), ("Authorization", "Basic YTpi")];
        assert_eq!(request.headers, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        Ok(())
    }
}

//! The form of a token: three parts, two of them JSON objects.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};
use serde_json::{Map, Value};

use crate::{Result, TokenFault, TokenPart};

/// A JWS in compact form (RFC 7515, 7.1), taken apart.
pub(super) struct Jws<'a> {
    pub(super) message: &'a str,
    pub(super) header: Map<String, Value>,
    pub(super) claims: Map<String, Value>,
    pub(super) signature: &'a str,
}

impl<'a> Jws<'a> {
    pub(super) fn parse(token: &'a str) -> Result<Self, TokenFault> {
        let (message, signature) = token.rsplit_once('.').ok_or(TokenFault::Segments)?;
        let (header, payload) = message.split_once('.').ok_or(TokenFault::Segments)?;
        let header = json_object(TokenPart::Header, &decode(TokenPart::Header, header)?)?;
        let payload = decode(TokenPart::Payload, payload)?;
        decode(TokenPart::Signature, signature)?;
        let claims = json_object(TokenPart::Payload, &payload)?;
        Ok(Self { message, header, claims, signature })
    }
}

/// Trailing bits that mean nothing are no fault of form; where they were put in, the signature does not match.
const LENIENT: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, NO_PAD.with_decode_allow_trailing_bits(true));

fn decode(part: TokenPart, text: &str) -> Result<Vec<u8>, TokenFault> {
    LENIENT.decode(text).map_err(|_| TokenFault::Undecodable(part))
}

fn json_object(part: TokenPart, bytes: &[u8]) -> Result<Map<String, Value>, TokenFault> {
    serde_json::from_slice(bytes).map_err(|error| TokenFault::NotJson { part, reason: error.to_string() })
}

/// A NumericDate (RFC 7519, 2), rounded down to whole seconds.
pub(super) fn number(claims: &Map<String, Value>, name: &str) -> Option<i64> {
    let value = claims.get(name)?;
    #[expect(clippy::cast_possible_truncation, reason = "whole seconds are meant")]
    value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds.floor() as i64))
}

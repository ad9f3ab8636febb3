//! Takes a JSON Web Token apart without believing it: only its bytes are of interest here.

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The header and the claims of a JSON Web Signature in compact form (RFC 7515), as they were written.
pub(crate) fn open(token: &str) -> Result<(Vec<u8>, Vec<u8>)> {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, payload, _signature] = *parts.as_slice() else { bail!("{token:?} has not three parts") };
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).with_context(|| format!("{part:?} is no base64url"));
    Ok((decode(header)?, decode(payload)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_opened_byte_for_byte() -> Result<()> {
        let (header, payload) = open("eyJ0eXAiOiJKV1QiLCAiYWxnIjoxfQ.eyJhIjogMX0.AA")?;
        assert_eq!(
            (header.as_slice(), payload.as_slice()),
            (br#"{"typ":"JWT", "alg":1}"#.as_slice(), br#"{"a": 1}"#.as_slice())
        );
        Ok(())
    }

    #[test]
    fn what_is_no_token_is_refused() {
        for text in ["", "a.b", "a.b.c.d", "e30=.e30.AA", "e 0.e30.AA"] {
            assert!(open(text).is_err(), "{text:?}");
        }
    }
}

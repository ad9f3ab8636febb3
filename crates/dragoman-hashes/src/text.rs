//! Reading the parts of a hash: numbers, base64, hexadecimal.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Some pad and some do not; what is meant is plain either way.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A number. One that is too large for a computer is still a number, and too large for every limit.
pub(crate) fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text).ok()
}

/// passlib's, which writes `.` for `+`.
pub(crate) fn adapted_base64(text: &str) -> Option<Vec<u8>> {
    base64(&text.replace('.', "+"))
}

pub(crate) fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    pairs.iter().map(|[high, low]| Some(digit(high)? << 4 | digit(low)?)).collect()
}

/// A derived key. Where it is shorter than 128 bits, a wrong password might well fit.
pub(crate) fn key(bytes: Vec<u8>) -> Option<Vec<u8>> {
    (bytes.len() >= 16).then_some(bytes)
}

/// The `N` parts of a text with `separator` between them.
pub(crate) fn parts<const N: usize>(text: &str, separator: char) -> Option<[&str; N]> {
    text.split(separator).collect::<Vec<_>>().try_into().ok()
}

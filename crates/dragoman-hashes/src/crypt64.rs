//! The base64 of `crypt(3)`, whose first character holds the lowest bits.

const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What a character stands for.
pub(crate) fn value(character: u8) -> Option<u8> {
    let place = ALPHABET.iter().position(|known| *known == character)?;
    u8::try_from(place).ok()
}

/// The bytes, if there are `N` of them and nothing is left over.
pub(crate) fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != (N * 8).div_ceil(6) {
        return None;
    }
    let mut bytes = Vec::with_capacity(N);
    let (mut held, mut bits) = (0_u32, 0_u32);
    for character in text.bytes() {
        held |= u32::from(value(character)?) << bits;
        bits += 6;
        if bits >= 8 {
            bytes.push(held.to_le_bytes()[0]);
            held >>= 8;
            bits -= 8;
        }
    }
    if held == 0 { bytes.try_into().ok() } else { None }
}

/// Puts each byte where it belongs: `crypt(3)` writes those of a digest in an order of its own.
pub(crate) fn reorder<const N: usize>(written: [u8; N], order: &[u8; N]) -> Vec<u8> {
    let mut digest = vec![0; N];
    for (byte, place) in written.into_iter().zip(order) {
        if let Some(slot) = digest.get_mut(usize::from(*place)) {
            *slot = byte;
        }
    }
    digest
}

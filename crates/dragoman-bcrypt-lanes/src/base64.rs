//! bcrypt's own base64: the usual bit order, another alphabet, no padding.

const ALPHABET: &[u8; 64] = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Encodes up to 24 bits at a time.
pub(crate) fn encode(bytes: &[u8]) -> String {
    bytes.chunks(3).flat_map(encode_group).collect()
}

fn encode_group(bytes: &[u8]) -> impl Iterator<Item = char> {
    let bits = bytes.iter().zip([16, 8, 0]).fold(0, |bits, (byte, shift)| bits | u32::from(*byte) << shift);
    [18, 12, 6, 0].into_iter().take(bytes.len() + 1).filter_map(move |shift| {
        let digit = usize::try_from(bits >> shift & 63).ok()?;
        ALPHABET.get(digit).copied().map(char::from)
    })
}

/// Decodes exactly `N` bytes. `None` at a foreign character, at another length, and where the last
/// character has bits that belong to no byte: two spellings of one hash would pass for two hashes.
pub(crate) fn decode<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    if text.len() != (N * 8).div_ceil(6) {
        return None;
    }
    let mut digits = text.iter();
    let (mut bits, mut known) = (0_u32, 0);
    let mut bytes = [0; N];
    for byte in &mut bytes {
        while known < 8 {
            bits = bits << 6 | value(*digits.next()?)?;
            known += 6;
        }
        known -= 8;
        *byte = u8::try_from(bits >> known).ok()?;
        bits &= (1 << known) - 1;
    }
    (bits == 0).then_some(bytes)
}

fn value(digit: u8) -> Option<u32> {
    let place = ALPHABET.iter().position(|known| *known == digit)?;
    u32::try_from(place).ok()
}

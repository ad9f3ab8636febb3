//! What stands where the original showed its users' password hashes (onyx R2).

/// The alphabet of crypt(3), in its order.
const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

const SALT_LENGTH: usize = 16;
const DIGEST_LENGTH: usize = 43;

/// Something of the shape of a sha256-crypt hash, as passlib writes it, that no password verifies against.
pub(crate) fn hash(noise: &[u8; 64]) -> String {
    let symbols: String = noise.iter().take(SALT_LENGTH + DIGEST_LENGTH - 1).map(|&byte| symbol(byte)).collect();
    let (salt, digest) = symbols.split_at(SALT_LENGTH);
    // 256 bits end in the middle of the last symbol: a real one is always among the first sixteen.
    let last = noise.last().map_or('.', |&byte| symbol(byte & 0x0f));
    format!("$5$rounds=535000${salt}${digest}{last}")
}

fn symbol(byte: u8) -> char {
    ALPHABET.get(usize::from(byte & 0x3f)).map_or('.', |&symbol| char::from(symbol))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoy_has_the_shape_of_a_sha256_crypt_hash() {
        let noise = std::array::from_fn(|index| 255 - index as u8);
        let hash = hash(&noise);
        let parts: Vec<&str> = hash.split('$').collect();
        assert!(
            matches!(parts.as_slice(), ["", "5", "rounds=535000", salt, digest] if salt.len() == 16 && digest.len() == 43)
        );
        assert!(hash.bytes().skip("$5$rounds=535000$".len()).all(|byte| byte == b'$' || ALPHABET.contains(&byte)));
    }

    #[test]
    fn the_last_symbol_carries_four_bits_only() {
        assert!(hash(&[0xff; 64]).ends_with('D'));
    }

    #[test]
    fn the_same_noise_gives_the_same_decoy() {
        assert_eq!(hash(&[7; 64]), hash(&[7; 64]));
        assert_ne!(hash(&[7; 64]), hash(&[8; 64]));
    }
}

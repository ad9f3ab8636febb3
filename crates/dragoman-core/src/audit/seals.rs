//! The keyed digests of the audit log: HMAC-SHA-256 (RFC 2104) under a key that is made from the server's secret.
//!
//! What is digested begins with a label that says what for, and goes on with fields, each written as one
//! byte 0 where it is absent, else as one byte 1, its length in bytes (32 bits, big-endian) and its bytes.
//! Numbers stand there in decimal, a time as microseconds since 1970-01-01T00:00:00Z.
//!
//! - key: `key`, over nothing, under the server's secret
//! - seal of an entry: `entry`, then at, event, dialect, actor_id, actor_name, subject_id, subject_name, address,
//!   outcome, detail: all that a row says. It is made by the process that writes the entry.
//! - digest of an entry in the chain: `link`, then its sequence, the digest of the entry before it, its own seal.
//!   Before the first entry stands an empty digest.
//! - mac of a mark: `mark`, then the mark's name, sequence and digest.
//! - name of nobody: `name`, then the folded name; of this digest the first four bytes are kept, in hexadecimal.
//!   People type their password into the field for their name (ASVS 16.2.5): from so little of it, nobody finds
//!   it out, and still it shows that a hundred addresses try one name.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::db::audit::{EntryValues, MarkRow};

/// The size of a digest, in bytes.
pub(crate) type Digest = Vec<u8>;

/// Makes digests.
#[derive(Clone)]
pub(crate) struct Seals {
    keyed: Hmac<Sha256>,
}

impl Seals {
    pub(crate) fn new(server_secret: &str) -> Self {
        let key = Text::new(&under(server_secret.as_bytes()), "key").digest();
        Self { keyed: under(&key) }
    }

    /// Over all that an entry says.
    pub(crate) fn entry(&self, entry: &EntryValues) -> Digest {
        let number = |number: Option<i64>| number.map(|number| number.to_string());
        Text::new(&self.keyed, "entry")
            .field(entry.at.and_utc().timestamp_micros().to_string())
            .field(&entry.event)
            .field(&entry.dialect)
            .optional(number(entry.actor_id))
            .optional(entry.actor_name.as_ref())
            .optional(number(entry.subject_id))
            .optional(entry.subject_name.as_ref())
            .optional(entry.address.as_ref())
            .field(&entry.outcome)
            .field(&entry.detail)
            .digest()
    }

    /// Over an entry and all before it.
    pub(crate) fn link(&self, sequence: i64, before: &[u8], seal: &[u8]) -> Digest {
        Text::new(&self.keyed, "link").field(sequence.to_string()).field(before).field(seal).digest()
    }

    /// A mark that says what it is.
    pub(crate) fn mark(&self, name: &str, sequence: i64, digest: Digest) -> MarkRow {
        let mac = self.mac(name, sequence, &digest);
        MarkRow { name: name.to_owned(), sequence, digest, mac }
    }

    /// Whether the mark was set with our key. One that nobody has ever set stands at 0.
    pub(crate) fn is_ours(&self, mark: &MarkRow) -> bool {
        let untouched = mark.sequence == 0 && mark.digest.is_empty() && mark.mac.is_empty();
        untouched || mark.mac == self.mac(&mark.name, mark.sequence, &mark.digest)
    }

    fn mac(&self, name: &str, sequence: i64, digest: &[u8]) -> Digest {
        Text::new(&self.keyed, "mark").field(name).field(sequence.to_string()).field(digest).digest()
    }

    /// What the log says in place of a name that is nobody's.
    pub(crate) fn name(&self, folded: &str) -> String {
        let digest = Text::new(&self.keyed, "name").field(folded).digest();
        hex(digest.get(..4).unwrap_or_default())
    }
}

/// Lower-case hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length (RFC 2104)")]
fn under(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("any length is a key")
}

/// A text that is being digested, in which no two lists of fields look alike.
struct Text(Hmac<Sha256>);

impl Text {
    fn new(keyed: &Hmac<Sha256>, label: &str) -> Self {
        Self(keyed.clone()).field("dragoman audit 1").field(label)
    }

    fn field(self, bytes: impl AsRef<[u8]>) -> Self {
        self.optional(Some(bytes))
    }

    fn optional(mut self, bytes: Option<impl AsRef<[u8]>>) -> Self {
        let Some(bytes) = bytes else {
            self.0.update(&[0]);
            return self;
        };
        let bytes = bytes.as_ref();
        // No field is anywhere near four gigabytes long.
        self.0.update(&[1]);
        self.0.update(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
        self.0.update(bytes);
        self
    }

    fn digest(self) -> Digest {
        self.0.finalize().into_bytes().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn the_serialisation_is_the_documented_one() {
        let entry = EntryValues {
            at: DateTime::from_timestamp(1_000_000_000, 5_000).unwrap().naive_utc(),
            event: "login".into(),
            dialect: "onyx".into(),
            actor_id: None,
            actor_name: None,
            subject_id: Some(7),
            subject_name: Some("ann".into()),
            address: None,
            outcome: "refused".into(),
            detail: "{}".into(),
            seal: Vec::new(),
        };
        let field = |text: &str| [&[1, 0, 0, 0, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
        let labelled = |label: &str| [field("dragoman audit 1"), field(label)].concat();
        let text = [
            labelled("entry"),
            field("1000000000000005"),
            field("login"),
            field("onyx"),
            vec![0, 0],
            field("7"),
            field("ann"),
            vec![0],
            field("refused"),
            field("{}"),
        ];
        let mac = |key: &[u8], text: &[u8]| under(key).chain_update(text).finalize().into_bytes().to_vec();
        let key = mac(b"secret", &labelled("key"));
        assert_eq!(Seals::new("secret").entry(&entry), mac(&key, &text.concat()));
        assert_ne!(Seals::new("another").entry(&entry), mac(&key, &text.concat()));
    }

    #[test]
    fn a_mark_holds_for_its_name_sequence_and_digest_alone() {
        let seals = Seals::new("secret");
        let mark = seals.mark("head", 3, vec![1, 2]);
        assert!(seals.is_ours(&mark));
        assert!(!Seals::new("another").is_ours(&mark));
        assert!(!seals.is_ours(&MarkRow { name: "anchor".into(), ..mark.clone() }));
        assert!(!seals.is_ours(&MarkRow { sequence: 2, ..mark.clone() }));
        assert!(!seals.is_ours(&MarkRow { digest: vec![1], ..mark }));
    }
}

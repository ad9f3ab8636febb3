//! Records that do not come in, on their way to be kept for an export.

use secrecy::ExposeSecret as _;

use super::batch::Incoming;
use super::keys::{Keys, Name};
use crate::accounts::digest_of;
use crate::db::left_out::{Key, LeftOutValues};
use crate::user::Realm;

/// What is kept of a record that a run left out.
pub(super) fn kept(run: i64, realm: Realm, incoming: &Incoming, keys: &Keys) -> LeftOutValues {
    let record = incoming.arrival.as_ref().ok().map(|arrival| arrival.record.expose_secret().to_owned());
    let digest = record.as_deref().map(|record| hex(&digest_of(&record.into())));
    let name = keys.login().map(|name| Key::Name(&name.given));
    let uuid = keys.uuid.as_deref().map(Key::Uuid);
    let key = keys.number.map(Key::Number).or(uuid).or(name).or(digest.as_deref().map(Key::Digest));
    let folded = |name: &Option<Name>| name.as_ref().map(|name| storable(&name.folded));
    LeftOutValues {
        run,
        realm: realm.name().to_owned(),
        key: storable(&key.unwrap_or(Key::Unreadable).stored()),
        number: keys.number,
        username: folded(&keys.username),
        email: folded(&keys.email),
        record,
    }
}

/// PostgreSQL stores no NUL, and a name that has one is nobody's here.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

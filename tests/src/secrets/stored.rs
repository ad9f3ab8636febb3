//! What the databases and the key files hold: every hash that was ever stored, every digest and every key.

use std::path::Path;

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::RUN;
use crate::sql;

/// Keeps what is stored, because it may be overwritten before anybody reads it.
const POSTGRES: &str = "
    CREATE TABLE IF NOT EXISTS ever_stored (text TEXT);
    INSERT INTO ever_stored SELECT password_hash FROM credentials;
    INSERT INTO ever_stored SELECT encode(secret_digest, 'hex') FROM credentials;
    CREATE OR REPLACE FUNCTION ever_stored() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO ever_stored VALUES (new.password_hash), (encode(new.secret_digest, 'hex'));
        RETURN NULL;
    END $$;
    CREATE OR REPLACE TRIGGER ever_stored AFTER INSERT OR UPDATE ON credentials
        FOR EACH ROW EXECUTE FUNCTION ever_stored();";

/// Finds the table of [`POSTGRES`] where it was made.
const KEPT: &str = "SELECT table_name::text AS text FROM information_schema.tables
    WHERE table_name = 'ever_stored' AND table_schema = current_schema()";

/// Has the database at this URL keep every hash that is stored from now on. Not SQLite's: its schema would have to
/// change under a gateway that is writing, which now and then does not find its tables then. The same trials store
/// the same there.
///
/// # Errors
/// Those of the database.
pub fn watch(url: &str) -> Result<()> {
    if is_sqlite(url) { read(url) } else { sql::execute(url, POSTGRES) }
}

/// Learns the keys in this file.
///
/// # Errors
/// Those of the file.
pub fn learn_keys(file: &Path) -> Result<()> {
    for word in std::fs::read_to_string(file)?.split(|letter: char| !is_of_base64(letter)) {
        // No name and no id is as long as the shortest key.
        if word.len() >= 40 {
            RUN.learn("a key of the key file", word);
        }
    }
    Ok(())
}

fn is_of_base64(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "+/_-".contains(letter)
}

fn is_sqlite(url: &str) -> bool {
    url.starts_with("sqlite://")
}

/// Learns the hashes and the digests of the database at this URL: those that it has now, and those that it kept
/// since [`watch`].
///
/// # Errors
/// Those of the database.
pub fn read(url: &str) -> Result<()> {
    let digest = if is_sqlite(url) { "hex(secret_digest)" } else { "encode(secret_digest, 'hex')" };
    let now = [
        "SELECT password_hash AS text FROM credentials WHERE password_hash IS NOT NULL".to_owned(),
        format!("SELECT {digest} AS text FROM credentials WHERE secret_digest IS NOT NULL"),
    ];
    for query in now {
        sql::texts(url, &query)?.iter().for_each(|stored| learn(stored));
    }
    if !is_sqlite(url) && !sql::texts(url, KEPT)?.is_empty() {
        let ever = "SELECT DISTINCT text FROM ever_stored WHERE text <> ''";
        sql::texts(url, ever)?.iter().for_each(|stored| learn(stored));
    }
    Ok(())
}

/// A hash, or a digest in hexadecimal, which is looked for as base64, too.
fn learn(stored: &str) {
    RUN.learn("a stored hash", stored);
    let bytes = stored.as_bytes().chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok());
    if let Some(digest) = bytes.collect::<Option<Vec<u8>>>() {
        RUN.learn("a stored digest", &stored.to_lowercase());
        RUN.learn("a stored digest", &STANDARD.encode(digest));
    }
}
